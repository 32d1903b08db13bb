//! The best constant of Bernstein's inequality for variables of Orlicz norm 1.
//!
//! Arora, Liang and Ma 2015, Theorem D.1: `P(|ΣX_i| > t) ≤ 2 exp(−c min(t²/(n v̄), t/M))`. Exact by duality
//! (`models::reversal::orlicz`): `ln M*(λ)`, Cramér's rate over `min(x², x)`, the best constant `c* = max_λ(λ − ln M*(λ))`,
//! each between a primal and a dual value; and the exact ratio of `P(|S_n| ≥ t)` to the bound for n copies of the
//! extremal law, from multinomial probabilities (relative accuracy 1e-9).

use std::sync::OnceLock;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::experiment::{Definition, Enclosure, Failure, Observable, Parameters, Prepared};
use crate::models::reversal::orlicz;

/// The best constant of Bernstein's inequality.
pub static EXPERIMENT: Definition = Definition::of::<Params>(
    "best constant of Bernstein's inequality for variables of Orlicz norm 1",
    "",
    OBSERVABLES,
);

const OBSERVABLES: &[Observable] = &[
    Observable::quadrature(
        "ln_mgf",
        &["lambda"],
        r"\ln M^*(#1)",
        "logarithm of the largest E exp(λX) over centred laws of norm 1, 0 < λ < 1",
    ),
    Observable::quadrature(
        "rate_over_min",
        &["x"],
        r"\frac{I(#1)}{\min(#1^2,#1)}",
        "Cramér's rate of the extremal laws over min(x², x)",
    ),
    Observable::quadrature("optimal_c", &[], r"c^*", "the best constant"),
    Observable::quadrature("optimal_lambda", &[], r"\lambda^*", "where λ − ln M*(λ) is largest"),
    Observable::quadrature(
        "violation",
        &["n", "c"],
        r"\max_t\frac{\mathbb P(|S_{#1}|\ge t)}{2e^{-#2\min(t^2/#1,t)}}",
        "largest ratio of the exact tail of n extremal variables to the bound with constant c",
    ),
];

/// Nothing to choose.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {}

impl Parameters for Params {
    fn prepare(self) -> Result<Box<dyn Prepared>, Failure> {
        Ok(Box::new(Bernstein { best: OnceLock::new() }))
    }
}

struct Bernstein {
    best: OnceLock<(f64, Enclosure)>,
}

/// Most summands of the exact multinomial sum.
const SUMMANDS: f64 = 500.0;

impl Prepared for Bernstein {
    fn exact(&self, name: &str, arguments: &[f64]) -> Result<Enclosure, Failure> {
        let best = || *self.best.get_or_init(|| orlicz::rate(1.0));
        match (name, arguments) {
            ("ln_mgf", [lambda]) if *lambda > 0.01 && *lambda < 1.0 => Ok(orlicz::ln_mgf(*lambda)),
            ("rate_over_min", [x]) if *x > 0.1 && *x < 10.0 => {
                let rate = orlicz::rate(*x).1;
                let over = (x * x).min(*x);
                Ok(Enclosure::with_error(rate.value / over, rate.radius() / over))
            }
            ("optimal_c", []) => Ok(best().1),
            ("optimal_lambda", []) => Ok(Enclosure::with_error(best().0, 1e-5)),
            ("violation", [n, c])
                if n.fract() == 0.0 && (1.0..=SUMMANDS).contains(n) && *c > 0.0 =>
            {
                Ok(Enclosure::with_relative_error(orlicz::violation(*n as u64, *c), 1e-5))
            }
            ("ln_mgf" | "rate_over_min" | "violation", _) => {
                let hint = "λ in (0.01, 1), x in (0.1, 10), whole n up to 500";
                Err(Failure::domain(format!("{name} at {arguments:?}: {hint}")))
            }
            _ => Err(Failure::no_such_observable(name)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn constants_and_ranges() {
        let found = (EXPERIMENT.prepare)(&json!({})).unwrap();
        let c = found.exact("optimal_c", &[]).unwrap();
        assert!((c.value - 0.495_656_369_95).abs() < 1e-9, "{c:?}");
        assert!(found.exact("ln_mgf", &[1.5]).is_err());
        assert!(found.exact("violation", &[0.5, 0.5]).is_err());
    }
}
