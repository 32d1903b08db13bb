//! The least expansion at which a deep chain of random ReLU layers is inverted.
//!
//! Every layer is R times as wide as the one above it, nothing is dropped, the top has unit entries, and all hidden
//! inference layers share one offset λ in [−4, 3] (in norms of their input). `min_ratio` is the root R of
//! `min_λ (1 − a_L)² + s_L² = criterion` in the large-size limit (`models::reversal::evolution`; Arora, Liang and Ma 2015, Section 3).

use schemars::JsonSchema;
use serde::Deserialize;

use crate::experiment::{Definition, Enclosure, Failure, Observable, Parameters, Prepared};
use crate::maths::roots::root;
use crate::models::reversal::evolution::Chain;

/// The least expansion at which a deep chain is inverted.
pub static EXPERIMENT: Definition = Definition::of::<Params>(
    "least expansion of a deep random ReLU chain that is inverted up to a squared error",
    "",
    OBSERVABLES,
);

const OBSERVABLES: &[Observable] = &[
    Observable::quadrature(
        "min_ratio",
        &["criterion"],
        r"R_{\min}\left(#1\right)",
        "expansion at which the least squared error of a unit entry equals the criterion",
    ),
    Observable::quadrature(
        "least_error",
        &["ratio"],
        r"\min_\lambda\{(1-a_L)^2+s_L^2\}\big|_{R=#1}",
        "least squared error of a unit entry at this expansion",
    ),
    Observable::quadrature(
        "best_lambda",
        &["ratio"],
        r"\lambda^*\left(#1\right)",
        "offset at which it is least",
    ),
];

/// The depth.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Number of layers of weights, 1 to 20.
    layers: usize,
}

impl Parameters for Params {
    fn prepare(self) -> Result<Box<dyn Prepared>, Failure> {
        if !(1..=20).contains(&self.layers) {
            let message = format!("layers = {} is out of range", self.layers);
            return Err(Failure::parameter(message, "1 to 20"));
        }
        Ok(Box::new(Depth { layers: self.layers }))
    }
}

struct Depth {
    layers: usize,
}

impl Depth {
    /// (λ, least error) at an expansion.
    fn least(&self, ratio: f64) -> Result<(f64, f64), Failure> {
        if !(1.0..=1e4).contains(&ratio) {
            return Err(Failure::domain(format!(
                "the expansion {ratio} is not between 1 and 10^4"
            )));
        }
        let chain = Chain::expanding(self.layers, ratio, 0.0);
        chain.least_error(-4.0, 3.0).map_err(|error| Failure::domain(error.to_string()))
    }
}

impl Prepared for Depth {
    fn exact(&self, name: &str, arguments: &[f64]) -> Result<Enclosure, Failure> {
        match (name, arguments) {
            ("least_error", [ratio]) => {
                Ok(Enclosure::with_relative_error(self.least(*ratio)?.1, 1e-9))
            }
            ("best_lambda", [ratio]) => Ok(Enclosure::with_error(self.least(*ratio)?.0, 1e-5)),
            ("min_ratio", [criterion]) if *criterion > 0.0 && *criterion < 1.0 => {
                let excess =
                    |s: f64| self.least(s.exp()).map_or(f64::NAN, |found| found.1 - criterion);
                let found = root(excess, 2.0_f64.ln(), 9.0, 1e-9)
                    .map_err(|error| Failure::domain(error.to_string()))?;
                Ok(Enclosure::with_relative_error(found.value.exp(), 1e-7))
            }
            ("min_ratio", _) => Err(Failure::domain("the criterion is not between 0 and 1")),
            _ => Err(Failure::no_such_observable(name)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn one_layer_by_hand_and_two_by_their_own_error() {
        let one = (EXPERIMENT.prepare)(&json!({"layers": 1})).unwrap();
        assert!((one.exact("min_ratio", &[0.25]).unwrap().value - 8.0).abs() < 1e-6);
        let two = (EXPERIMENT.prepare)(&json!({"layers": 2})).unwrap();
        let ratio = two.exact("min_ratio", &[0.25]).unwrap().value;
        // By another quadrature and root finder: 7.709123516.
        assert!((ratio - 7.709_123_516).abs() < 1e-6, "{ratio}");
        assert!((two.exact("least_error", &[ratio]).unwrap().value - 0.25).abs() < 1e-6);
    }
}
