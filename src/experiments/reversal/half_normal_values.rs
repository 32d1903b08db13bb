//! How large the largest of k half-normal values is beside their norm.
//!
//! `h_i = |g_i|`, `g ~ N(0, I_k)`: the example prior of arora2015, equations (8), (20), made non-negative. The direction of g is
//! independent of its norm, so `E ‖h‖_∞/‖h‖ = E max_i |g_i| / E χ_k`; `E χ_k = √2 Γ((k+1)/2)/Γ(k/2)` and
//! `E max |g_i| = ∫_0^∞ (1 − erf(x/√2)^k) dx` by quadrature.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::experiment::{
    Column, Definition, Enclosure, Failure, Observable, Parameters, Prepared, Tail,
};
use crate::maths::quadrature::integrate;
use crate::maths::special::{chi_mean, erf};
use crate::random::Stream;

/// How large the largest of k half-normal values is.
pub static EXPERIMENT: Definition = Definition::of::<Params>(
    "the largest of k half-normal values relative to their norm, and mean over root mean square",
    "fresh values",
    OBSERVABLES,
);

const OBSERVABLES: &[Observable] = &[
    Observable::quadrature(
        "mean_peak",
        &[],
        r"\mathbb{E}\frac{\|h\|_\infty}{\|h\|}",
        "mean of the largest value over the norm",
    ),
    Observable::sampled("peak", &[], r"\frac{\|h\|_\infty}{\|h\|}", "largest value over the norm"),
    Observable::sampled(
        "mean_over_rms",
        &[],
        r"\frac{\sum_i h_i/k}{\|h\|/\sqrt k}",
        "mean of the values over their root mean square",
    ),
];

/// Size.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Number of values, 1 to a million.
    k: u64,
}

impl Parameters for Params {
    fn prepare(self) -> Result<Box<dyn Prepared>, Failure> {
        match (1..=1_000_000).contains(&self.k) {
            true => Ok(Box::new(self)),
            false => {
                Err(Failure::parameter(format!("k = {} is out of range", self.k), "1 to a million"))
            }
        }
    }
}

impl Prepared for Params {
    fn exact(&self, name: &str, _: &[f64]) -> Result<Enclosure, Failure> {
        if name != "mean_peak" {
            return Err(Failure::no_such_observable(name));
        }
        let k = self.k as f64;
        // Beyond 12 the tail is below 1e6 · 1e-32.
        let integrand = |x: f64| -(k * erf(x * std::f64::consts::FRAC_1_SQRT_2).ln()).exp_m1();
        let largest = integrate(integrand, 0.0, 12.0, 1e-10)
            .map_err(|error| Failure::domain(format!("mean_peak: {error}")))?;
        let norm = chi_mean(k);
        Ok(Enclosure::with_error(largest.value / norm, (largest.radius() + 1e-13) / norm))
    }

    fn columns(&self) -> Vec<Column> {
        let share = Tail::Bounded { lo: 0.0, hi: 1.0 };
        vec![Column::plain("peak", share), Column::plain("mean_over_rms", share)]
    }

    fn trial(&self, stream: &mut Stream, out: &mut [f64]) -> Result<(), Failure> {
        let (mut peak, mut sum, mut square) = (0.0_f64, 0.0, 0.0);
        for _ in 0..self.k {
            let value = stream.normal().abs();
            peak = peak.max(value);
            sum += value;
            square += value * value;
        }
        out[0] = peak / square.sqrt();
        out[1] = (sum / (square * self.k as f64).sqrt()).min(1.0);
        Ok(())
    }

    fn cost(&self) -> f64 {
        10.0 * self.k as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_and_two_values() {
        let peak = |k| Params { k }.exact("mean_peak", &[]).unwrap().value;
        assert!((peak(1) - 1.0).abs() < 1e-9);
        // On the circle: (4/π) ∫_0^{π/4} cos = (4/π) sin(π/4).
        let exact = 4.0 / std::f64::consts::PI * std::f64::consts::FRAC_PI_4.sin();
        assert!((peak(2) - exact).abs() < 1e-9);
    }
}
