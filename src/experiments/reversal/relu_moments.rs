//! Moments of a weight times a unit's output, drawn.
//!
//! `y = au + bv + ξ` with independent weights u, v (Gaussian, or exponential minus 1: mean 0 and variance
//! 1 but not symmetric) and `ξ ~ N(0, sigma²)`; the unit is `L(y) = max(y, 0) + slope · min(y, 0)`
//! (Arora, Liang and Ma 2015, Lemmas B.1 and B.2). For a ReLU and Gaussian weights the means are exactly
//! `a/2`, `(3a² + b² + sigma²)/2` and `ab` (`models::reversal::moments`), and the second moments of what is
//! averaged are known too: they are the proven variances of the confidence intervals.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::experiment::{
    Column, Definition, Enclosure, Failure, Observable, Parameters, Prepared, Tail,
};
use crate::models::reversal::moments::Sum;
use crate::random::Stream;

/// Moments of a weight times a unit's output.
pub static EXPERIMENT: Definition = Definition::of::<Params>(
    "moments of a weight times the output of a ReLU",
    "fresh weights and noise",
    OBSERVABLES,
);

const OBSERVABLES: &[Observable] = &[
    Observable::sampled("first", &[], "u\\,L(y)", "weight times output"),
    Observable::sampled("first_v", &[], "v\\,L(y)", "other weight times output"),
    Observable::sampled("second", &[], "u^2L(y)^2", "square of weight times output"),
    Observable::sampled("mixed", &[], "uv\\,L(y)^2", "both weights times the squared output"),
    Observable::exact(
        "mixed_moment",
        &[],
        "\\mathbb E[uv\\,r(y)^2]",
        "mean of `mixed` for a ReLU and symmetric weights, ab",
    ),
];

/// Coefficients, weights and unit.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Coefficient of u; or give `h`.
    #[serde(default)]
    a: Option<f64>,
    /// Coefficient of u, the name it has in Lemma B.1.
    #[serde(default)]
    h: Option<f64>,
    /// Coefficient of v; 0 if left out.
    #[serde(default)]
    b: f64,
    /// Standard deviation of the rest.
    sigma: f64,
    /// Law of u and v.
    #[serde(default)]
    weights: Weights,
    /// Slope of the unit for negative y: 0 for a ReLU, 1 for a linear unit.
    #[serde(default)]
    slope: f64,
}

/// Law of the weights.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Weights {
    /// Standard normal.
    #[default]
    Gaussian,
    /// Exp(1) − 1.
    Exponential,
}

impl Parameters for Params {
    fn prepare(self) -> Result<Box<dyn Prepared>, Failure> {
        let a = match (self.a, self.h) {
            (Some(a), None) | (None, Some(a)) => a,
            _ => {
                return Err(Failure::parameter(
                    "the coefficient of u is missing or told twice",
                    "give `a` or `h`",
                ));
            }
        };
        let finite = [a, self.b, self.sigma, self.slope].iter().all(|x| x.abs() < 1e6);
        if !(finite && self.sigma >= 0.0) {
            let message = "a, b, sigma or slope is out of range";
            return Err(Failure::parameter(message, "below 10^6 in size, sigma not negative"));
        }
        let sum = Sum { a, b: self.b, sigma: self.sigma };
        Ok(Box::new(Unit { sum, weights: self.weights, slope: self.slope }))
    }
}

struct Unit {
    sum: Sum,
    weights: Weights,
    slope: f64,
}

impl Unit {
    /// The proven second moment, where there is one.
    fn tail(&self, second: f64) -> Tail {
        if self.weights == Weights::Gaussian && self.slope == 0.0 {
            Tail::Variance(second * (1.0 + 1e-12))
        } else {
            Tail::Unknown
        }
    }

    fn weight(&self, stream: &mut Stream) -> f64 {
        match self.weights {
            Weights::Gaussian => stream.normal(),
            Weights::Exponential => stream.exponential() - 1.0,
        }
    }
}

impl Prepared for Unit {
    fn exact(&self, name: &str, _: &[f64]) -> Result<Enclosure, Failure> {
        match name {
            "mixed_moment" => Ok(Enclosure::with_relative_error(self.sum.mixed(), 1e-15)),
            _ => Err(Failure::no_such_observable(name)),
        }
    }

    fn columns(&self) -> Vec<Column> {
        let sum = &self.sum;
        let other = Sum { a: sum.b, b: sum.a, sigma: sum.sigma };
        vec![
            Column::plain("first", self.tail(sum.second())),
            Column::plain("first_v", self.tail(other.second())),
            Column::plain("second", self.tail(sum.second_squared())),
            Column::plain("mixed", self.tail(sum.mixed_squared())),
        ]
    }

    fn trial(&self, stream: &mut Stream, out: &mut [f64]) -> Result<(), Failure> {
        let (u, v) = (self.weight(stream), self.weight(stream));
        let y = self.sum.a * u + self.sum.b * v + self.sum.sigma * stream.normal();
        let output = if y > 0.0 { y } else { self.slope * y };
        out.copy_from_slice(&[
            u * output,
            v * output,
            (u * output).powi(2),
            u * v * output * output,
        ]);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::StreamKey;
    use serde_json::json;

    #[test]
    fn draws_have_the_exact_moments() {
        let unit = (EXPERIMENT.prepare)(&json!({"a": 1.0, "b": 0.5, "sigma": 2.0})).unwrap();
        let sum = Sum { a: 1.0, b: 0.5, sigma: 2.0 };
        let key = StreamKey::derive(3, "relu-moments", "test");
        let n = 40_000;
        let mut total = [0.0; 4];
        for trial in 0..n {
            let mut out = [0.0; 4];
            unit.trial(&mut key.trial(trial), &mut out).unwrap();
            total.iter_mut().zip(out).for_each(|(t, x)| *t += x / n as f64);
        }
        let wide = |mean: f64, exact: f64, second: f64| {
            assert!((mean - exact).abs() < 6.0 * (second / n as f64).sqrt(), "{mean} {exact}");
        };
        wide(total[0], 0.5, sum.second());
        wide(total[1], 0.25, 3.0);
        wide(total[2], sum.second(), sum.second_squared());
        wide(total[3], 0.5, sum.mixed_squared());
    }

    #[test]
    fn wrong_parameters_are_refused() {
        for value in
            [json!({"sigma": 1}), json!({"a": 1, "h": 1, "sigma": 1}), json!({"a": 1, "sigma": -1})]
        {
            assert!((EXPERIMENT.prepare)(&value).is_err(), "{value}");
        }
    }
}
