//! Search for the inputs of a d-dimensional subspace that a random ReLU net stretches and shrinks most.
//!
//! W_1 is n × d and W_2, …, W_L are n × n with independent N(0, `variance`/n) entries (`variance` = 2 is
//! He's, by fan-out). A trial draws the weights, and for each depth l of `depths` searches the unit sphere
//! for the extremes of ln(‖h_l(u)‖²/‖u‖²): gradient steps from `starts` random points for either
//! direction, then, for l ≥ 2, random steps of adapted length from the better half of them
//! (`models::subspace::search`). What is found is attained: `max_log_sq` bounds the supremum from below,
//! `min_log_sq` the infimum from above. For d = 2 the search agrees with the exact sweep of
//! `circle-sweep` to 1e-4 (unit test).
//!
//! The width is called `m` for a layer and `n` for a net, as papers do: give one of them.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::experiment::{Column, Definition, Failure, Observable, Parameters, Prepared, Tail};
use crate::models::subspace::search::{Effort, Net, search};
use crate::random::Stream;

/// Extremes of the norm of a net over a subspace, by search.
pub static EXPERIMENT: Definition = Definition::of::<Params>(
    "largest and smallest norm of a ReLU net over a subspace, by search",
    "fresh weights, all inputs of the subspace",
    OBSERVABLES,
);

const OBSERVABLES: &[Observable] = &[
    Observable::searched(
        "max_log_sq",
        &["l"],
        r"\max_u\ln\frac{\|h_{#1}(u)\|^2}{\|u\|^2}",
        "largest ln(‖h_l(u)‖²/‖u‖²) that the search finds: a lower bound of the supremum",
    ),
    Observable::searched(
        "min_log_sq",
        &["l"],
        r"\min_u\ln\frac{\|h_{#1}(u)\|^2}{\|u\|^2}",
        "smallest ln(‖h_l(u)‖²/‖u‖²) that the search finds: an upper bound of the infimum",
    ),
];

/// The net and the effort.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Dimension of the subspace of inputs, 1 to 10⁴.
    d: usize,
    /// Width of the layers, 1 to 10⁵ (or give `n`).
    #[serde(default)]
    m: Option<usize>,
    /// Width of the layers, 1 to 10⁵ (or give `m`).
    #[serde(default)]
    n: Option<usize>,
    /// Layers whose norms are searched, in increasing order, each 1 to 100; `[1]` if left out.
    #[serde(default = "first")]
    depths: Vec<usize>,
    /// Variance of a weight times the layer's width (fan-out); 2 if left out.
    #[serde(default = "two")]
    variance: f64,
    /// Starting points for either direction.
    #[serde(default = "twelve")]
    starts: usize,
    /// Gradient steps.
    #[serde(default = "hundred")]
    gradient_steps: usize,
    /// Random steps for each depth but the first.
    #[serde(default = "two_hundred")]
    random_steps: usize,
}

fn first() -> Vec<usize> {
    vec![1]
}

fn two() -> f64 {
    2.0
}

fn twelve() -> usize {
    12
}

fn hundred() -> usize {
    100
}

fn two_hundred() -> usize {
    200
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
        let sizes = (1..=10_000).contains(&self.d) && (1..=100_000).contains(&width);
        let increasing = self.depths.windows(2).all(|pair| pair[0] < pair[1]);
        let depths = !self.depths.is_empty() && self.depths.iter().all(|l| (1..=100).contains(l));
        if !(sizes && increasing && depths) {
            let message = format!(
                "d = {}, width {width} or depths {:?} is out of range",
                self.d, self.depths
            );
            let hint = "d 1 to 10^4, width 1 to 10^5, increasing depths from 1 to 100";
            return Err(Failure::parameter(message, hint));
        }
        let effort = (1..=10_000).contains(&self.starts)
            && self.gradient_steps.max(self.random_steps) <= 1_000_000;
        if !(effort && self.variance > 0.0 && self.variance.is_finite()) {
            let message = format!(
                "variance {}, starts {} or steps are out of range",
                self.variance, self.starts
            );
            return Err(Failure::parameter(
                message,
                "variance > 0, 1 to 10^4 starts, at most 10^6 steps",
            ));
        }
        Ok(Box::new(Sphere { width, params: self }))
    }
}

struct Sphere {
    width: usize,
    params: Params,
}

impl Prepared for Sphere {
    fn columns(&self) -> Vec<Column> {
        let both = |l: &usize| {
            ["max_log_sq", "min_log_sq"].map(|name| Column::indexed(name, *l, Tail::Unknown))
        };
        self.params.depths.iter().flat_map(both).collect()
    }

    fn trial(&self, stream: &mut Stream, out: &mut [f64]) -> Result<(), Failure> {
        let params = &self.params;
        let broken = || Failure::domain("the layers don't fit together");
        let depth = params.depths.last().copied().unwrap_or(1);
        let mut weights = stream.substream(0);
        let net = Net::random(params.d, self.width, depth, params.variance, &mut weights)
            .ok_or_else(broken)?;
        for (record, l) in out.chunks_mut(2).zip(&params.depths) {
            let effort = Effort {
                starts: params.starts,
                gradient_steps: params.gradient_steps,
                random_steps: if *l == 1 { 0 } else { params.random_steps },
            };
            let part = net.first_layers(*l).ok_or_else(broken)?;
            let found = search(&part, &effort, &mut stream.substream(*l as u64));
            record.copy_from_slice(&[found.max, found.min]);
        }
        Ok(())
    }

    fn cost(&self) -> f64 {
        let params = &self.params;
        let (n, d) = (self.width as f64, params.d as f64);
        let one_pass =
            |l: usize| 2.0 * (n * d + (l as f64 - 1.0) * n * n) * 2.0 * params.starts as f64;
        let steps = |l: usize| {
            let random = if l == 1 { 0.0 } else { 0.5 * params.random_steps as f64 };
            2.0 * params.gradient_steps as f64 + random
        };
        params.depths.iter().map(|l| one_pass(*l) * steps(*l)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::StreamKey;
    use serde_json::json;

    /// For one layer every trial's supremum is within the Gaussian comparison's mean plus a deviation
    /// of probability e^{−mt²/4} = 1e-9, and so is the infimum (Borell).
    #[test]
    fn one_layer_stays_within_the_comparison_bounds() {
        let (m, d) = (400.0_f64, 10.0_f64);
        let layer = (EXPERIMENT.prepare)(&json!({"m": 400, "d": 10})).unwrap();
        let key = StreamKey::derive(1, "sphere-search", "{}");
        let deviation = (2.0 * d / m).sqrt() + 2.5 / m + (4.0 * 1e9_f64.ln() / m).sqrt();
        for trial in 0..10 {
            let mut out = [0.0; 2];
            layer.trial(&mut key.trial(trial), &mut out).unwrap();
            assert!(
                (0.5 * out[0]).exp() <= 1.0 + deviation && (0.5 * out[1]).exp() >= 1.0 - deviation
            );
            // Far beyond the fluctuation √(5/m) of a single input: the search does search.
            assert!(out[0] > 0.25 && out[1] < -0.25, "{out:?}");
        }
    }

    #[test]
    fn the_net_is_the_same_for_every_effort() {
        let key = StreamKey::derive(1, "sphere-search", "{}");
        let found = |starts: usize| {
            let net =
                (EXPERIMENT.prepare)(&json!({"n": 30, "d": 4, "depths": [1, 3], "starts": starts}));
            let mut out = [0.0; 4];
            net.unwrap().trial(&mut key.trial(5), &mut out).unwrap();
            out
        };
        let (few, many) = (found(8), found(40));
        assert!(few.iter().zip(&many).all(|(a, b)| (a - b).abs() < 0.02), "{few:?} {many:?}");
    }

    #[test]
    fn parameters_out_of_range_are_refused() {
        for value in [
            json!({"d": 2}),
            json!({"d": 0, "n": 3}),
            json!({"d": 2, "n": 3, "depths": []}),
            json!({"d": 2, "n": 3, "depths": [2, 1]}),
            json!({"d": 2, "n": 3, "starts": 0}),
        ] {
            assert!((EXPERIMENT.prepare)(&value).is_err(), "{value}");
        }
    }
}
