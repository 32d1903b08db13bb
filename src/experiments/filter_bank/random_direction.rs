//! How far a random vector of the same norm is from a given one.
//!
//! f ∈ ℝᵈ is fixed, f̂ has independent standard normal entries and is rescaled to ‖f‖: e = ‖f − f̂‖/‖f‖ =
//! √(2 − 2 cos), with cos the cosine between them (gilbert2017, footnote 13). With `half_normal` both f and f̂ have
//! entries |N(0, 1)|, f drawn afresh in every trial. For signed f̂ the law of cos is that of a coordinate of a
//! uniform point of the sphere, whatever f: E e² = 2 and
//! E e = 2 Γ(a + ½) Γ(2a)/(Γ(a) Γ(2a + ½)), a = (d − 1)/2.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::experiment::{
    Column, Definition, Enclosure, Failure, Observable, Parameters, Prepared, Tail,
};
use crate::maths::special::ln_gamma;
use crate::random::Stream;

/// Distance of a random vector of the same norm.
pub static EXPERIMENT: Definition = Definition::of::<Params>(
    "relative distance of a Gaussian vector, rescaled to the same norm, to a given vector",
    "a fresh vector",
    OBSERVABLES,
);

const OBSERVABLES: &[Observable] = &[
    Observable::sampled("rel_error", &[], r"\tfrac{\|f-\hat f\|}{\|f\|}", "relative error"),
    Observable::exact(
        "mean_rel_error",
        &[],
        r"\mathbb{E}\tfrac{\|f-\hat f\|}{\|f\|}",
        "mean of the relative error, signed entries",
    ),
    Observable::exact(
        "mean_square",
        &[],
        r"\mathbb{E}\tfrac{\|f-\hat f\|^2}{\|f\|^2}",
        "mean square of the relative error, signed entries: 2, because the cosine is symmetric",
    ),
];

/// Dimension and law.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Dimension, 2 to 10⁶.
    d: u64,
    /// Both vectors have entries |N(0, 1)|.
    #[serde(default)]
    half_normal: bool,
}

impl Parameters for Params {
    fn prepare(self) -> Result<Box<dyn Prepared>, Failure> {
        if !(2..=1_000_000).contains(&self.d) {
            return Err(Failure::parameter(format!("d = {} is out of range", self.d), "2 to 10⁶"));
        }
        Ok(Box::new(Direction { params: self }))
    }
}

struct Direction {
    params: Params,
}

impl Prepared for Direction {
    fn exact(&self, name: &str, _: &[f64]) -> Result<Enclosure, Failure> {
        if self.params.half_normal {
            return Err(Failure::domain(format!("`{name}` is that of signed entries")));
        }
        match name {
            "mean_square" => return Ok(Enclosure::point(2.0)),
            "mean_rel_error" => {}
            _ => return Err(Failure::no_such_observable(name)),
        }
        let a = 0.5 * (self.params.d as f64 - 1.0);
        let ln = ln_gamma(a + 0.5) - ln_gamma(a) + ln_gamma(2.0 * a) - ln_gamma(2.0 * a + 0.5);
        // Each ln Γ is accurate to a few ulps of itself; the largest is that of 2a + ½.
        let error = 32.0 * f64::EPSILON * ln_gamma(2.0 * a + 0.5).abs().max(1.0);
        Ok(Enclosure::with_relative_error(2.0 * ln.exp(), error))
    }

    fn columns(&self) -> Vec<Column> {
        vec![Column::plain("rel_error", Tail::Bounded { lo: 0.0, hi: 2.0 })]
    }

    fn trial(&self, stream: &mut Stream, out: &mut [f64]) -> Result<(), Failure> {
        let half = self.params.half_normal;
        let (mut dot, mut own, mut other) = (0.0, 0.0, 0.0);
        for index in 0..self.params.d {
            let f = if half { stream.normal().abs() } else { 1.0 + index as f64 };
            let g = if half { stream.normal().abs() } else { stream.normal() };
            dot += f * g;
            own += f * f;
            other += g * g;
        }
        let cosine = dot / (own * other).sqrt();
        out[0] = (2.0 - 2.0 * cosine).max(0.0).sqrt().min(2.0);
        Ok(())
    }

    fn cost(&self) -> f64 {
        20.0 * self.params.d as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::StreamKey;
    use serde_json::json;

    #[test]
    fn means_by_hand() {
        let mean = |d: u64| {
            let direction = (EXPERIMENT.prepare)(&json!({ "d": d })).unwrap();
            direction.exact("mean_rel_error", &[]).unwrap()
        };
        // d = 2: E 2|sin(θ/2)| = 4/π. d = 3: cos uniform, E √(2 − 2c) = 4/3.
        for (d, exact) in [(2, 4.0 / std::f64::consts::PI), (3, 4.0 / 3.0)] {
            let found = mean(d);
            assert!(found.lo <= exact && exact <= found.hi, "{found:?}");
        }
        assert!((mean(1_000_000).value - 2_f64.sqrt()).abs() < 1e-6);
    }

    #[test]
    fn draws_have_that_mean() {
        let direction = (EXPERIMENT.prepare)(&json!({"d": 10})).unwrap();
        let key = StreamKey::derive(1, "random-direction", "t");
        let mut total = 0.0;
        for trial in 0..20_000 {
            let mut out = [0.0];
            direction.trial(&mut key.trial(trial), &mut out).unwrap();
            total += out[0];
        }
        let exact = direction.exact("mean_rel_error", &[]).unwrap().value;
        // The standard deviation of one draw is below 0.23: five standard errors.
        assert!((total / 20_000.0 - exact).abs() < 0.009);
        assert!((EXPERIMENT.prepare)(&json!({"d": 1})).is_err());
    }
}
