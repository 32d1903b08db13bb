//! A definite integral, with an error bar from two rules that agree.
//!
//! `integrand` is a formula in one variable, the limits are numbers or formulas of constants and may be
//! infinite. Adaptive Gauss–Kronrod (10, 21) gives the value; the error bar is the larger of its own
//! estimate and its distance to a tanh–sinh rule. Kinks and jumps of the integrand belong into `split`.

use std::sync::OnceLock;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::experiment::{Definition, Enclosure, Failure, Observable, Parameters, Prepared};
use crate::maths::quadrature::integrate;
use crate::models::function::{Function, Limit};

/// A definite integral, with an error bar from two rules that agree.
pub static EXPERIMENT: Definition = Definition::of::<Params>(
    "a definite integral, by two quadrature rules that agree",
    "",
    OBSERVABLES,
);

const OBSERVABLES: &[Observable] = &[Observable::quadrature(
    "integral",
    &[],
    r"\int f",
    "integral of the integrand between the limits",
)];

/// Nodes of a rule for infinite ranges may lie so far out that a power overflows beside an exponential
/// that underflows; ∞ · 0 beyond this distance counts as 0.
const FAR: f64 = 1e30;

/// Integrand and limits.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// The integrand, in `variable`.
    #[schemars(extend("format" = "formula"))]
    integrand: String,
    /// Name of the variable of integration.
    #[serde(default = "default_variable")]
    variable: String,
    /// Lower limit; `-inf` is allowed.
    #[schemars(extend("format" = "formula"))]
    from: Limit,
    /// Upper limit; `inf` is allowed.
    #[schemars(extend("format" = "formula"))]
    to: Limit,
    /// Points between the limits where the integrand has kinks or jumps, in increasing order.
    #[serde(default)]
    split: Vec<Limit>,
    /// Absolute error that is asked of each piece.
    #[serde(default = "default_tolerance")]
    tolerance: f64,
}

fn default_variable() -> String {
    "x".into()
}

fn default_tolerance() -> f64 {
    1e-12
}

impl Parameters for Params {
    fn prepare(self) -> Result<Box<dyn Prepared>, Failure> {
        let integrand = Function::parse("integrand", &self.integrand, &[&self.variable])?;
        let mut ends = vec![self.from.value("from")?.0];
        for point in &self.split {
            ends.push(point.value("split")?.0);
        }
        ends.push(self.to.value("to")?.0);
        if ends.windows(2).any(|pair| pair[0].is_nan() || pair[0] >= pair[1]) {
            let message = format!("the limits and splits {ends:?} do not increase");
            return Err(Failure::parameter(message, "give `from` < `split` … < `to`"));
        }
        if self.tolerance.is_nan() || self.tolerance <= 0.0 {
            let message = format!("tolerance = {} is not positive", self.tolerance);
            return Err(Failure::parameter(message, "give a small positive number"));
        }
        let tolerance = self.tolerance;
        Ok(Box::new(Integral { integrand, ends, tolerance, found: OnceLock::new() }))
    }
}

struct Integral {
    integrand: Function,
    ends: Vec<f64>,
    tolerance: f64,
    found: OnceLock<Result<Enclosure, Failure>>,
}

impl Prepared for Integral {
    fn exact(&self, name: &str, _: &[f64]) -> Result<Enclosure, Failure> {
        match name {
            "integral" => self.found.get_or_init(|| self.integral()).clone(),
            _ => Err(Failure::no_such_observable(name)),
        }
    }
}

impl Integral {
    fn integral(&self) -> Result<Enclosure, Failure> {
        let mut total = Enclosure::point(0.0);
        for pair in self.ends.windows(2) {
            let f = |x: f64| match self.integrand.value(&[x]) {
                y if y.is_nan() && x.abs() > FAR => 0.0,
                y => y,
            };
            let piece = integrate(f, pair[0], pair[1], self.tolerance).map_err(|error| {
                let place = format!("integral from {} to {}", pair[0], pair[1]);
                Failure::domain(format!("{place}: {error}; {}", error.hint()))
            })?;
            let lo = (total.lo + piece.lo).next_down();
            total = Enclosure {
                value: total.value + piece.value,
                lo,
                hi: (total.hi + piece.hi).next_up(),
            };
        }
        Ok(total)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn integral(value: serde_json::Value) -> Result<Enclosure, Failure> {
        (EXPERIMENT.prepare)(&value)?.exact("integral", &[])
    }

    #[test]
    fn known_integrals_lie_within_the_error_bar() {
        let half_gauss =
            integral(json!({"integrand": "exp(-x^2)", "from": 0, "to": "inf"})).unwrap();
        let exact = 0.886_226_925_452_758; // √π/2
        assert!(half_gauss.lo <= exact && exact <= half_gauss.hi, "{half_gauss:?}");
        assert!(half_gauss.hi - half_gauss.lo < 1e-11);
        let moment = integral(
            json!({"integrand": "x^6*exp(-x^2/2)/sqrt(2*pi)", "from": "-inf", "to": "inf"}),
        );
        let moment = moment.unwrap();
        assert!(moment.lo <= 15.0 && 15.0 <= moment.hi, "{moment:?}");
        let kink = json!({"integrand": "abs(t - 0.3)", "variable": "t", "from": 0, "to": 1, "split": [0.3]});
        let kink = integral(kink).unwrap();
        assert!((kink.value - 0.29).abs() < 1e-14 && kink.lo <= 0.29 && 0.29 <= kink.hi);
    }

    #[test]
    fn what_has_no_integral_is_refused() {
        assert!(integral(json!({"integrand": "1/x", "from": 0, "to": 1})).is_err());
        assert!(
            integral(json!({"integrand": "exp(0.6*x^2)*normal_pdf(x)", "from": 0, "to": "inf"}))
                .is_err()
        );
    }

    #[test]
    fn wrong_limits_are_refused() {
        assert!(integral(json!({"integrand": "x", "from": 1, "to": 0})).is_err());
        assert!(integral(json!({"integrand": "x", "from": 0, "to": 1, "split": [2]})).is_err());
        assert!(integral(json!({"integrand": "x", "from": 0, "to": 1, "tolerance": 0})).is_err());
        assert!(integral(json!({"integrand": "y", "from": 0, "to": 1})).is_err());
    }
}
