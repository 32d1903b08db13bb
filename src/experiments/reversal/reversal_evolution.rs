//! State evolution of two layers at any sizes: gain, noise and the least error over uniform offsets.
//!
//! A top code with k₂ unit entries, `k₁` of `n₁` units and `k₀` inputs kept below it (Arora, Liang and Ma 2015, Theorems 3.1 and
//! C.2, where they are q, k, m, t). `gain` is the factor on the code and `noise` the variance after two inference layers
//! in the large-size limit (`models::reversal::evolution`); sizes are real numbers, so growth can be followed to sizes
//! that no machine could draw. `least_error` is `min_λ (1 − γ)² + V` over λ in [−6, 6].

use schemars::JsonSchema;
use serde::Deserialize;

use crate::experiment::{Definition, Enclosure, Failure, Observable, Parameters, Prepared};
use crate::models::function::Limit;
use crate::models::reversal::evolution::{Chain, Rule, survival};

/// State evolution of two layers at any sizes.
pub static EXPERIMENT: Definition = Definition::of::<Params>(
    "gain, noise and least error of two inference layers by state evolution",
    "",
    OBSERVABLES,
);

const OBSERVABLES: &[Observable] = &[
    Observable::quadrature("gain", &[], r"\gamma", "factor on the top code"),
    Observable::quadrature("noise", &[], r"V", "variance of the top's noise"),
    Observable::quadrature(
        "support_loss",
        &[],
        r"\mathbb P(\tilde h_j=0\mid h_j>0)",
        "share of the active hidden units that inference silences",
    ),
    Observable::quadrature(
        "least_error",
        &[],
        r"\min_\lambda\{(1-\gamma)^2+V\}",
        "least squared error of a unit entry over uniform offsets",
    ),
    Observable::quadrature("best_lambda", &[], r"\lambda^*", "offset at which the error is least"),
];

/// Sizes and offset.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Support of the top code.
    #[schemars(extend("format" = "formula"))]
    k2: Limit,
    /// Kept hidden units.
    #[schemars(extend("format" = "formula"))]
    k1: Limit,
    /// Kept inputs.
    #[schemars(extend("format" = "formula"))]
    k0: Limit,
    /// Hidden units.
    #[schemars(extend("format" = "formula"))]
    n1: Limit,
    /// Offset in norms of the input, downwards.
    #[serde(default)]
    lambda: f64,
    /// Share of its inputs that each inference layer keeps, compensated by its reciprocal.
    #[serde(default = "one")]
    keep: f64,
    /// Hidden inference layer without ReLU and offset.
    #[serde(default)]
    linear: bool,
}

fn one() -> f64 {
    1.0
}

impl Parameters for Params {
    fn prepare(self) -> Result<Box<dyn Prepared>, Failure> {
        let [k2, k1, k0, n1] =
            [("k2", &self.k2), ("k1", &self.k1), ("k0", &self.k0), ("n1", &self.n1)]
                .map(|(name, limit)| limit.value(name).map(|value| value.0));
        let (k2, k1, k0, n1) = (k2?, k1?, k0?, n1?);
        // A formula such as K^1.4 may miss its equal by rounding.
        let sizes = k2 > 0.0 && k1 > 0.0 && k0 > 0.0 && n1 >= k1 * (1.0 - 1e-12) && n1.is_finite();
        if !(sizes && self.keep > 0.0 && self.keep <= 1.0 && self.lambda.abs() <= 30.0) {
            let message = format!(
                "k2 = {k2}, k1 = {k1}, k0 = {k0}, n1 = {n1}, keep or lambda is out of range"
            );
            return Err(Failure::parameter(
                message,
                "positive sizes, n1 ≥ k1, 0 < keep ≤ 1, |lambda| ≤ 30",
            ));
        }
        let lambda = if self.linear { 0.0 } else { self.lambda };
        let (kept, widths) = (vec![k1, k0], vec![n1, k0]);
        let chain = Chain {
            top_sq: k2,
            kept,
            widths,
            lambda,
            keep: self.keep,
            compensated: true,
            linear: self.linear,
        };
        Ok(Box::new(Evolution { chain }))
    }
}

struct Evolution {
    chain: Chain,
}

impl Prepared for Evolution {
    fn exact(&self, name: &str, _: &[f64]) -> Result<Enclosure, Failure> {
        let failed = |error: crate::maths::NumericalError| Failure::domain(error.to_string());
        let close = |value: f64| Ok(Enclosure::with_relative_error(value, 1e-9));
        let top = || self.chain.evolve(Rule::Checked).map(|stages| stages[1]).map_err(failed);
        let least = || self.chain.least_error(-6.0, 6.0).map_err(failed);
        match name {
            "gain" => close(top()?.gain),
            "noise" => close(top()?.noise),
            "support_loss" => {
                let sigma = (self.chain.kept[0] / self.chain.kept[1]).sqrt();
                close(
                    1.0 - 2.0
                        * survival(1.0, sigma, self.chain.lambda, Rule::Checked).map_err(failed)?,
                )
            }
            "least_error" => close(least()?.1),
            // The error is flat at its least.
            "best_lambda" => Ok(Enclosure::with_error(least()?.0, 1e-5)),
            _ => Err(Failure::no_such_observable(name)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_loss_of_gain_is_the_loss_of_support() {
        let value = json!({"k2": 64, "k1": "2^8", "k0": 2048, "n1": 512, "lambda": 1.0});
        let found = (EXPERIMENT.prepare)(&value).unwrap();
        let at = |name: &str| found.exact(name, &[]).unwrap().value;
        assert!((at("gain") + at("support_loss") - 1.0).abs() < 1e-11);
        assert!(at("least_error") < (1.0 - at("gain")).powi(2) + at("noise"));
        assert!((EXPERIMENT.prepare)(&json!({"k2": 1, "k1": 10, "k0": 10, "n1": 5})).is_err());
    }
}
