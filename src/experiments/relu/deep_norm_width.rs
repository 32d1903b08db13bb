//! The width that a deep ReLU network needs to keep the norm of one input, exactly.
//!
//! With He's fan-out initialisation, uniform width `n` and depth `L`, the squared ratio
//! `‖h_L‖²/‖x‖²` is a product of `L` independent factors of known law. `least_width(E, δ)` is the
//! smallest `n` with
//!
//! `P(‖h_L‖²/‖x‖² ∉ [(1 − ε)^L, (1 + ε)^L]) ≤ δ`, where `(1 + ε)^L = 1 + E`
//!
//! (Arpit & Bengio 2019, Theorem 1, for one input). The probability comes from a convolution with an
//! error bar; a width is returned only if the bar decides it, so the number is exact.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::experiment::{Definition, Enclosure, Failure, Observable, Parameters, Prepared};
use crate::models::relu::deep_norm::n_true;

const OBSERVABLES: &[Observable] = &[Observable::quadrature(
    "least_width",
    &["distortion", "delta"],
    r"n_{\mathrm{true}}(#1,#2)",
    "Smallest width at which one input leaves the band of total distortion with probability at most delta.",
)];

/// The width that a network of a given depth needs.
pub static EXPERIMENT: Definition = Definition::of::<Params>(
    "smallest width at which a deep ReLU network keeps the norm of one input",
    "",
    OBSERVABLES,
);

/// A depth.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Number of layers.
    #[serde(rename = "L")]
    pub depth: usize,
}

impl Parameters for Params {
    fn prepare(self) -> Result<Box<dyn Prepared>, Failure> {
        if !(1..=1000).contains(&self.depth) {
            return Err(Failure::parameter("`L` must be 1 to 1000", ""));
        }
        Ok(Box::new(Width(self)))
    }
}

struct Width(Params);

impl Prepared for Width {
    fn exact(&self, name: &str, arguments: &[f64]) -> Result<Enclosure, Failure> {
        match (name, arguments) {
            ("least_width", &[distortion, delta]) => {
                if !(distortion > 0.0 && distortion.is_finite() && delta > 0.0 && delta < 1.0) {
                    return Err(Failure::domain(
                        "the distortion must be positive, delta in (0, 1)",
                    ));
                }
                let width = n_true(self.0.depth, distortion, delta)
                    .map_err(|error| Failure::domain(error.to_string()))?;
                Ok(Enclosure::point(width as f64))
            }
            _ => Err(Failure::no_such_observable(name)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::relu::relu_layer::min_width_exact;

    /// One layer: the law of a single layer decides, by another route.
    #[test]
    fn one_layer_is_the_layer_law() {
        let width = Params { depth: 1 }.prepare().unwrap().exact("least_width", &[0.3, 0.05]);
        assert_eq!(width.unwrap().value as u64, min_width_exact(0.3, 0.05).unwrap());
    }

    #[test]
    fn nonsense_is_refused() {
        let experiment = Params { depth: 2 }.prepare().unwrap();
        for arguments in [[0.0, 0.05], [0.5, 0.0], [0.5, 1.0], [f64::NAN, 0.5]] {
            assert!(experiment.exact("least_width", &arguments).is_err());
        }
        assert!(Params { depth: 0 }.prepare().is_err());
    }
}
