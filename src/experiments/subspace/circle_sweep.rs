//! How far a random ReLU net stretches and shrinks the inputs of a plane: exactly.
//!
//! The subspace of inputs has dimension 2, so its unit sphere is a circle; W_1 is n × 2 and W_2, …, W_L
//! are n × n with independent N(0, `variance`/n) entries (`variance` = 2 is He's, by fan-out). A trial
//! draws the weights and finds, for every layer l, the largest and the smallest ‖h_l(u)‖ over all
//! ‖u‖ = 1: h_l is linear on arcs, whose ends are zeros of pre-activations, and on an arc the squared
//! norm is a sinusoid (`models::subspace::circle`; relative accuracy of the squares about 1e-13).
//!
//! Both extremes of the first layer are √(`variance`/n)-Lipschitz in a standard Gaussian matrix, so their
//! variance is at most `variance`/n (Poincaré). The width is called `m` for a layer and `n` for a net,
//! as papers do: give one of them.

use nalgebra::DMatrix;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::experiment::{Column, Definition, Failure, Observable, Parameters, Prepared, Tail};
use crate::models::subspace::circle;
use crate::random::Stream;

/// Exact extremes of the norms of a net over the unit circle.
pub static EXPERIMENT: Definition = Definition::of::<Params>(
    "exact largest and smallest norm of a ReLU net over the unit circle",
    "fresh weights, all inputs of the plane",
    OBSERVABLES,
);

const OBSERVABLES: &[Observable] = &[
    Observable::sampled(
        "sup_norm_ratio",
        &["l"],
        r"\sup_u\frac{\|h_{#1}(u)\|}{\|u\|}",
        "largest ‖h_l(u)‖/‖u‖ over the plane",
    ),
    Observable::sampled(
        "inf_norm_ratio",
        &["l"],
        r"\inf_u\frac{\|h_{#1}(u)\|}{\|u\|}",
        "smallest ‖h_l(u)‖/‖u‖ over the plane",
    ),
    Observable::sampled(
        "arcs",
        &["l"],
        r"A_{#1}",
        "number of arcs on which h_l was found linear (four cuts at the quarters included)",
    ),
];

/// The net.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Width of the layers, 1 to 10⁵ (or give `n`).
    #[serde(default)]
    m: Option<usize>,
    /// Width of the layers, 1 to 10⁵ (or give `m`).
    #[serde(default)]
    n: Option<usize>,
    /// Number of layers, 1 to 50; 1 if left out.
    #[serde(default = "one")]
    depth: usize,
    /// Variance of a weight times the layer's width (fan-out); 2 if left out.
    #[serde(default = "two")]
    variance: f64,
}

fn one() -> usize {
    1
}

fn two() -> f64 {
    2.0
}

impl Parameters for Params {
    fn prepare(self) -> Result<Box<dyn Prepared>, Failure> {
        let width = match (self.m, self.n) {
            (Some(width), None) | (None, Some(width)) => width,
            _ => {
                return Err(Failure::parameter(
                    "the width is given twice or not at all",
                    "give `m` or `n`",
                ));
            }
        };
        if !((1..=100_000).contains(&width) && (1..=50).contains(&self.depth)) {
            let message = format!("width {width} or depth {} is out of range", self.depth);
            return Err(Failure::parameter(message, "width 1 to 10^5, depth 1 to 50"));
        }
        if !(self.variance > 0.0 && self.variance.is_finite()) {
            let message = format!("variance is {}", self.variance);
            return Err(Failure::parameter(message, "give a positive number; 2 is He's"));
        }
        Ok(Box::new(Sweep { width, depth: self.depth, variance: self.variance }))
    }
}

struct Sweep {
    width: usize,
    depth: usize,
    variance: f64,
}

impl Prepared for Sweep {
    fn columns(&self) -> Vec<Column> {
        let tail = |l| match l {
            1 => Tail::Variance(self.variance / self.width as f64),
            _ => Tail::Unknown,
        };
        let layer = |l| {
            let extreme = |name| Column::indexed(name, l, tail(l));
            [
                extreme("sup_norm_ratio"),
                extreme("inf_norm_ratio"),
                Column::indexed("arcs", l, Tail::Unknown),
            ]
        };
        (1..=self.depth).flat_map(layer).collect()
    }

    fn trial(&self, stream: &mut Stream, out: &mut [f64]) -> Result<(), Failure> {
        let scale = (self.variance / self.width as f64).sqrt();
        let mut layer = |inputs: usize| {
            let mut entries = vec![0.0; self.width * inputs];
            stream.fill_normal(&mut entries);
            DMatrix::from_vec(self.width, inputs, entries) * scale
        };
        let weights: Vec<_> =
            (0..self.depth).map(|l| layer(if l == 0 { 2 } else { self.width })).collect();
        for (record, found) in out.chunks_mut(3).zip(circle::extremes(&weights)) {
            record.copy_from_slice(&[found.sup, found.inf, found.arcs as f64]);
        }
        Ok(())
    }

    fn cost(&self) -> f64 {
        let (n, depth) = (self.width as f64, self.depth as f64);
        // About 2nl arcs after l layers, one n × n × 2 product each; and the zeros of the first layer.
        200.0 * n
            + (depth - 1.0) * depth * n * (4.0 * n * n + 40.0 * n)
            + (depth - 1.0) * 10.0 * n * n
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::StreamKey;
    use serde_json::json;

    /// Gaussian comparison: E sup ≤ 1 + √(2d/m) and E inf ≥ 1 − √(2d/m) − 5/(2m), and the mean norm of a
    /// fixed input, E√Q ≤ 1, lies between them. 400 trials, 6.5 standard errors of at most √(2/m)/20.
    #[test]
    fn means_are_within_the_comparison_bounds() {
        let m = 200.0_f64;
        let layer = (EXPERIMENT.prepare)(&json!({"m": 200})).unwrap();
        let key = StreamKey::derive(1, "circle-sweep", "{}");
        let (mut sup, mut inf) = (0.0, 0.0);
        for trial in 0..400 {
            let mut out = [0.0; 3];
            layer.trial(&mut key.trial(trial), &mut out).unwrap();
            sup += out[0] / 400.0;
            inf += out[1] / 400.0;
            // R(m, 2) = 2m arcs and four cuts.
            assert_eq!(out[2], 404.0);
        }
        let error = 6.5 * (2.0 / m).sqrt() / 20.0;
        assert!(sup <= 1.0 + (4.0 / m).sqrt() + error && sup >= 1.0 - error, "{sup}");
        assert!(inf >= 1.0 - (4.0 / m).sqrt() - 2.5 / m - error && inf <= 1.0 + error, "{inf}");
    }

    #[test]
    fn one_width_is_wanted() {
        for value in [
            json!({}),
            json!({"m": 3, "n": 3}),
            json!({"m": 0}),
            json!({"n": 3, "depth": 0}),
            json!({"n": 3, "variance": 0.0}),
        ] {
            assert!((EXPERIMENT.prepare)(&value).is_err(), "{value}");
        }
    }

    #[test]
    fn one_unit_kills_half_of_the_plane() {
        let layer = (EXPERIMENT.prepare)(&json!({"n": 1, "depth": 2})).unwrap();
        let mut out = [0.0; 6];
        layer.trial(&mut StreamKey::derive(1, "circle-sweep", "{}").trial(0), &mut out).unwrap();
        assert!(out[0] > 0.0 && out[1].abs() < 1e-7 && out[4].abs() < 1e-7);
    }
}
