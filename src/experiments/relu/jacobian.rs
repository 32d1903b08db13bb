//! Jacobians of a random ReLU net: Frobenius norms at every layer, and the spread of the entries.
//!
//! A net without biases, `x ~ N(0, I)`, weights of variance `σ_l²`. Sampled from full matrices:
//! `‖∂h_L/∂a_l‖_F²`, `‖∂h_L/∂h_l‖_F²` (`h_0 = x`), and over the rows of `∂h_L/∂x` that belong to active output
//! units the sums of `J_ij²` and `J_ij⁴`, each entry with weight `2/(n_L n_0)` (the expected share).
//!
//! Exact, at every finite width (recursions of `src/models/relu/backward_moments.rs`, from the one-step law
//! of the backward pass; error bars: rounding and dead layers): the means of all of these. For the
//! entries: an active unit's row `r` has `‖r‖²` with known first two moments, and a direction that is
//! uniform because `x`'s is, so `E Σ_j r_j⁴ = 3/(n_0 + 2) E‖r‖⁴` and the pooled kurtosis is
//! `E[J⁴]/E[J²]² = 3 n_0/(n_0 + 2) · E‖r‖⁴/(E‖r‖²)²`, which is `3 (1 + 5/n)^{L−1}` at uniform width.

use nalgebra::DMatrix;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::experiment::{
    Column, Definition, Enclosure, Failure, Observable, Parameters, Prepared, Tail,
};
use crate::models::relu::backward_moments;
use crate::models::relu::layers::Layers;
use crate::models::relu::net::Net;
use crate::models::relu::net_description::NetDescription;
use crate::random::Stream;

/// Parameters.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Layers.
    #[serde(flatten)]
    layers: Layers,
}

const LAYER: &[&str] = &["l"];

const OBSERVABLES: &[Observable] = &[
    Observable::sampled(
        "jacobian_sq",
        LAYER,
        r"\|\partial h_L/\partial a_{#1}\|_F^2",
        "squared Frobenius norm of the Jacobian from the pre-activations of layer l to the output",
    ),
    Observable::sampled(
        "jacobian_sq_below",
        LAYER,
        r"\|\partial h_L/\partial h_{#1}\|_F^2",
        "squared Frobenius norm of the Jacobian from the activations of layer l (0: the input) to the output",
    ),
    Observable::sampled(
        "entry_sq",
        &[],
        r"\overline{J^2}",
        "mean over active rows and columns of the squared entries of the input-output Jacobian",
    ),
    Observable::sampled(
        "entry_fourth",
        &[],
        r"\overline{J^4}",
        "mean over active rows and columns of the fourth powers of the entries",
    ),
    Observable::exact("width", LAYER, "n_{#1}", "width of layer l (0: of the input)"),
    Observable::exact(
        "mean_jacobian_sq",
        LAYER,
        r"\mathbb E\|\partial h_L/\partial a_{#1}\|_F^2",
        "mean of jacobian_sq",
    ),
    Observable::exact(
        "mean_jacobian_sq_below",
        LAYER,
        r"\mathbb E\|\partial h_L/\partial h_{#1}\|_F^2",
        "mean of jacobian_sq_below",
    ),
    Observable::exact("mean_entry_sq", &[], r"\mathbb E J^2", "mean of entry_sq"),
    Observable::exact("mean_entry_fourth", &[], r"\mathbb E J^4", "mean of entry_fourth"),
];

/// Jacobians of a random ReLU net.
pub static EXPERIMENT: Definition = Definition::of::<Params>(
    "Frobenius norms and entries of the Jacobians of a random ReLU net",
    "fresh weights and input",
    OBSERVABLES,
);

struct Instance {
    net: NetDescription,
}

impl Parameters for Params {
    fn prepare(self) -> Result<Box<dyn Prepared>, Failure> {
        let net = self.layers.net()?;
        Ok(Box::new(Instance { net }))
    }
}

impl Instance {
    /// The argument as a layer between `first` and `last`.
    fn layer(&self, arguments: &[f64], first: usize, last: usize) -> Result<usize, Failure> {
        let argument = arguments.first().copied().unwrap_or(f64::NAN);
        if argument.fract() != 0.0 || !(first as f64..=last as f64).contains(&argument) {
            let message = format!("layer {argument} is not one of {first} to {last}");
            return Err(Failure::domain(message));
        }
        Ok(argument as usize)
    }

    fn fourth(&self) -> Enclosure {
        let n = self.net.input as f64;
        let second = backward_moments::jacobian_row(&self.net).second;
        scaled(second, 3.0 / (n * (n + 2.0)))
    }
}

fn scaled(e: Enclosure, factor: f64) -> Enclosure {
    Enclosure::with_error(e.value * factor, e.radius() * factor * (1.0 + 1e-15))
}

impl Prepared for Instance {
    fn exact(&self, name: &str, arguments: &[f64]) -> Result<Enclosure, Failure> {
        let (net, depth) = (&self.net, self.net.depth());
        match name {
            "width" => Ok(Enclosure::point(net.width(self.layer(arguments, 0, depth)?) as f64)),
            "mean_jacobian_sq" => {
                Ok(backward_moments::jacobian(net, self.layer(arguments, 1, depth)?))
            }
            "mean_jacobian_sq_below" => {
                Ok(backward_moments::jacobian_below(net, self.layer(arguments, 0, depth - 1)?))
            }
            "mean_entry_sq" => {
                Ok(scaled(backward_moments::jacobian_row(net).mean, 1.0 / net.input as f64))
            }
            "mean_entry_fourth" => Ok(self.fourth()),
            _ => Err(Failure::no_such_observable(name)),
        }
    }

    fn columns(&self) -> Vec<Column> {
        let depth = self.net.depth();
        let above = (1..=depth).map(|l| Column::indexed("jacobian_sq", l, Tail::Unknown));
        let below = (0..depth).map(|l| Column::indexed("jacobian_sq_below", l, Tail::Unknown));
        let entries = ["entry_sq", "entry_fourth"].map(|name| Column::plain(name, Tail::Unknown));
        above.chain(below).chain(entries).collect()
    }

    fn trial(&self, stream: &mut Stream, out: &mut [f64]) -> Result<(), Failure> {
        let depth = self.net.depth();
        let net: Net = self.net.draw(&mut stream.substream(0));
        let mut x = DMatrix::zeros(self.net.input, 1);
        stream.fill_normal(x.as_mut_slice());
        let jacobians = net.jacobians(&net.forward(&x), 0);
        for l in 1..=depth {
            out[l - 1] = jacobians[l].norm_squared();
            // (∂h_L/∂a_l) W_l, transposed: W_lᵀ (∂h_L/∂a_l)ᵀ.
            let below = net.transposed(l) * jacobians[l].transpose();
            out[depth + l - 1] = below.norm_squared();
        }
        let weight = 2.0 / jacobians[0].len() as f64;
        // Rows of inactive units are zero: they add nothing.
        out[2 * depth] = weight * jacobians[0].norm_squared();
        out[2 * depth + 1] = weight * jacobians[0].iter().map(|x| x.powi(4)).sum::<f64>();
        Ok(())
    }

    fn cost(&self) -> f64 {
        let top = self.net.width(self.net.depth()) as f64;
        self.net.weights() as f64 * (20.0 + 4.0 * top)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::StreamKey;

    fn prepared(parameters: serde_json::Value) -> Box<dyn Prepared> {
        (EXPERIMENT.prepare)(&parameters).unwrap()
    }

    /// Every mean within 6.5 standard errors of the exact one, at uneven small widths.
    #[test]
    fn means_agree_with_the_recursions() {
        for init in ["he-fan-out", "glorot"] {
            let instance =
                prepared(serde_json::json!({"widths": [16, 24, 14], "n0": 9, "init": init}));
            let columns = instance.columns();
            let key = StreamKey::derive(4, "jacobian", init);
            let trials = 4000_u32;
            let (mut sums, mut squares) = (vec![0.0; columns.len()], vec![0.0; columns.len()]);
            for trial in 0..u64::from(trials) {
                let mut out = vec![f64::NAN; columns.len()];
                instance.trial(&mut key.trial(trial), &mut out).unwrap();
                sums.iter_mut().zip(&out).for_each(|(sum, x)| *sum += x);
                squares.iter_mut().zip(&out).for_each(|(sum, x)| *sum += x * x);
            }
            let n = f64::from(trials);
            for (k, column) in columns.iter().enumerate() {
                let exact = format!("mean_{}", column.observable);
                let expected = instance.exact(&exact, &column.arguments).unwrap().value;
                let mean = sums[k] / n;
                let error = ((squares[k] / n - mean * mean) / n).sqrt();
                assert!(
                    (mean - expected).abs() < 6.5 * error,
                    "{init} {column:?}: {mean} ± {error}, {expected}"
                );
            }
        }
    }

    /// A row is a product of `L − 1` factors and a Gaussian one: `3 (1 + 5/n)^{L−1}`.
    #[test]
    fn kurtosis_of_the_entries() {
        for (n, depth) in [(60, 6), (1000, 3)] {
            let instance = prepared(serde_json::json!({"n": n, "L": depth}));
            let fourth = instance.exact("mean_entry_fourth", &[]).unwrap().value;
            let square = instance.exact("mean_entry_sq", &[]).unwrap().value;
            let expected = 3.0 * (1.0 + 5.0 / f64::from(n)).powi(depth - 1);
            approx::assert_relative_eq!(fourth / (square * square), expected, max_relative = 1e-12);
        }
    }

    #[test]
    fn impossible_parameters_are_refused() {
        for parameters in [
            serde_json::json!({"n": 10}),
            serde_json::json!({"widths": []}),
            serde_json::json!({"n": 3, "L": 0}),
        ] {
            assert!((EXPERIMENT.prepare)(&parameters).is_err(), "{parameters}");
        }
        let instance = prepared(serde_json::json!({"n": 10, "L": 2}));
        assert!(instance.exact("mean_jacobian_sq", &[0.0]).is_err());
        assert!(instance.exact("mean_jacobian_sq_below", &[2.0]).is_err());
    }
}
