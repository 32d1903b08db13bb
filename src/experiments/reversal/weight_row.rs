//! One term of a sum over rows: a weight, and the noise beside it.
//!
//! `w ~ N(0, 1)` and `η ~ N(0, σ²)` are independent, `y = w h + η` is a row's pre-activation, and `w y` or `w r(y)` is what
//! the row adds to the estimate of `h` (arora2015, equations (4), (12), (13)). Signal `μ = w² h`, noise `w η`.
//!
//! Exact: `P(|wη| > |μ|) = (2/π) arctan(σ/h)`, because `η/w` is Cauchy of scale σ;
//! `r(wh + η)` and `1(η > 0)(wh + η)` differ when `η` and `wh + η` have different signs, with probability
//! `arctan(h/σ)/π`; `E w r(y) = h/2`, `E w² r(y)² = (σ² + 3h²)/2`.

use std::f64::consts::{FRAC_1_PI, FRAC_2_PI};

use schemars::JsonSchema;
use serde::Deserialize;

use crate::experiment::{
    Column, Definition, Enclosure, Failure, Observable, Parameters, Prepared, Tail,
};
use crate::random::Stream;

/// One term of a sum over rows.
pub static EXPERIMENT: Definition = Definition::of::<Params>(
    "one row's contribution to the estimate of a hidden unit: signal, noise, linearisation",
    "a fresh row",
    OBSERVABLES,
);

const OBSERVABLES: &[Observable] = &[
    Observable::exact(
        "noise_dominates_probability",
        &[],
        r"\mathbb{P}(|w\eta| > |\mu|)",
        "probability that the noise term exceeds the signal term",
    ),
    Observable::exact(
        "wrong_branch_probability",
        &[],
        r"\mathbb{P}(r(y) \ne 1_{\eta>0}\,y)",
        "probability that the linearisation is wrong",
    ),
    Observable::exact(
        "contribution_mean",
        &[],
        r"\mathbb{E}\,w\,r(y)",
        "mean of the row's contribution",
    ),
    Observable::exact(
        "contribution_variance",
        &[],
        r"\mathrm{Var}\,w\,r(y)",
        "variance of the row's contribution",
    ),
    Observable::sampled(
        "noise_dominates",
        &[],
        r"1(|w\eta| > |\mu|)",
        "1 if the noise term exceeds the signal term",
    ),
    Observable::sampled(
        "wrong_branch",
        &[],
        r"1(r(y) \ne 1_{\eta>0}\,y)",
        "1 if the linearisation is wrong",
    ),
    Observable::sampled("small_noise", &[], r"1(|\eta| \le |w h|)", "1 if η is at most |w h|"),
    Observable::sampled("contribution", &[], r"w\,r(y)", "the row's contribution"),
    Observable::sampled("linearised", &[], r"w\,1_{\eta>0}\,y", "the linearised contribution"),
];

/// Entry and noise.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// The hidden unit's value, positive.
    h: f64,
    /// Standard deviation of η over h, positive.
    sigma_over_h: f64,
}

impl Parameters for Params {
    fn prepare(self) -> Result<Box<dyn Prepared>, Failure> {
        for (name, x) in [("h", self.h), ("sigma_over_h", self.sigma_over_h)] {
            if !(x > 0.0 && x.is_finite()) {
                return Err(Failure::parameter(
                    format!("{name} = {x} is not positive"),
                    "a positive number",
                ));
            }
        }
        Ok(Box::new(self))
    }
}

impl Params {
    fn sigma(&self) -> f64 {
        self.sigma_over_h * self.h
    }

    fn variance(&self) -> f64 {
        0.5 * (self.sigma().powi(2) + 3.0 * self.h * self.h) - 0.25 * self.h * self.h
    }
}

impl Prepared for Params {
    fn exact(&self, name: &str, _: &[f64]) -> Result<Enclosure, Failure> {
        let value = match name {
            "noise_dominates_probability" => FRAC_2_PI * (self.sigma_over_h).atan(),
            "wrong_branch_probability" => FRAC_1_PI * (1.0 / self.sigma_over_h).atan(),
            "contribution_mean" => 0.5 * self.h,
            "contribution_variance" => self.variance(),
            _ => return Err(Failure::no_such_observable(name)),
        };
        Ok(Enclosure::with_relative_error(value, 8.0 * f64::EPSILON))
    }

    fn columns(&self) -> Vec<Column> {
        let event = Tail::Bounded { lo: 0.0, hi: 1.0 };
        // E w² 1(η > 0) y² ≤ E w² y² = σ² + 3h².
        let wide = self.sigma().powi(2) + 3.0 * self.h * self.h;
        vec![
            Column::plain("noise_dominates", event),
            Column::plain("wrong_branch", event),
            Column::plain("small_noise", event),
            Column::plain("contribution", Tail::Variance(self.variance() * (1.0 + 1e-14))),
            Column::plain("linearised", Tail::Variance(wide)),
        ]
    }

    fn trial(&self, stream: &mut Stream, out: &mut [f64]) -> Result<(), Failure> {
        let w = stream.normal();
        let eta = self.sigma() * stream.normal();
        let y = w * self.h + eta;
        let linear = if eta > 0.0 { y } else { 0.0 };
        let record = [
            f64::from((w * eta).abs() > w * w * self.h),
            f64::from(linear != y.max(0.0)),
            f64::from(eta.abs() <= (w * self.h).abs()),
            w * y.max(0.0),
            w * linear,
        ];
        out.copy_from_slice(&record);
        Ok(())
    }

    fn cost(&self) -> f64 {
        30.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::StreamKey;

    #[test]
    fn draws_have_the_exact_means() {
        let row = Params { h: 1.0, sigma_over_h: 2.0 };
        let key = StreamKey::derive(9, "weight-row", "test");
        let n = 100_000;
        let mut sums = [0.0; 6];
        for trial in 0..n {
            let mut out = [0.0; 5];
            row.trial(&mut key.trial(trial), &mut out).unwrap();
            sums[..5].iter_mut().zip(out).for_each(|(sum, x)| *sum += x / n as f64);
            sums[5] += (out[3] - 0.5).powi(2) / n as f64;
        }
        let exact = [
            row.exact("noise_dominates_probability", &[]).unwrap().value,
            row.exact("wrong_branch_probability", &[]).unwrap().value,
            2.0 * row.exact("wrong_branch_probability", &[]).unwrap().value,
            0.5,
            0.5,
            row.variance(),
        ];
        // Five standard errors; the fourth moment of the product is below 20 squared variances.
        let errors = [0.5, 0.5, 0.5, 1.9, 2.7, 16.0].map(|sd| 5.0 * sd / (n as f64).sqrt());
        for i in 0..6 {
            assert!((sums[i] - exact[i]).abs() < errors[i], "{i}: {} {}", sums[i], exact[i]);
        }
    }
}
