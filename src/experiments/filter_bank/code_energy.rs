//! The squared norm of Wᵀz for a fixed code z and random filters: exact moments, and samples.
//!
//! With Gaussian filters scaled by 1/√(Mℓ), y = Wᵀz has independent Gaussian channels of covariance S/(Mℓ),
//! S = Σ_i T_iT_iᵀ, so E‖y‖² = ‖z‖² and Var ‖y‖² = 2‖S‖_F²/(Mℓ²)
//! (`models::filter_bank::energy`; gilbert2017, Lemma A.1, Eq. 4, Corollary 3.2). All variances are relative
//! to ‖z‖⁴ and hold for one-dimensional banks. A trial draws the filters that z uses and records
//! `ratio` = ‖Wᵀz‖²/‖z‖² for `law` and `scaling`.
//!
//! `code` is `fixed-z` (10 filters, shift 3i mod n, value 1 − i/10), `aligned` (`count` filters at the same
//! shift), `pair` (one filter, two equal taps `distance` shifts apart) or `comb` (one filter, `count` equal
//! taps `distance` apart). A trial may instead search: `multiplier_found` is the variance multiplier of a
//! random code of two taps a filter.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::experiment::{
    Column, Definition, Enclosure, Failure, Observable, Parameters, Prepared, Tail,
};
use crate::models::filter_bank::energy::{Energy, Sizes, Tap};
use crate::models::filter_bank::iht::norm;
use crate::models::filter_bank::{Code, Law, Scaling, Shape, Weights};
use crate::random::Stream;

/// Norm of the signal of a fixed code under random filters.
pub static EXPERIMENT: Definition = Definition::of::<Params>(
    "squared norm of the signal of a fixed code under random filters",
    "fresh filters, the code is fixed",
    OBSERVABLES,
);

const OBSERVABLES: &[Observable] = &[
    Observable::exact(
        "mean_ratio",
        &[],
        r"\mathbb E\|W^Tz\|^2/\|z\|^2",
        "mean of the squared norm ratio for scaled filters",
    ),
    Observable::exact(
        "var_ratio",
        &[],
        r"\mathrm{Var}\|W^Tz\|^2/\|z\|^4",
        "variance for scaled Gaussian filters",
    ),
    Observable::exact(
        "var_ratio_unit",
        &[],
        r"\mathrm{Var}_{\mathrm{unit}}",
        "variance for Gaussian filters of unit norm, codes with one tap a filter",
    ),
    Observable::exact("multiplier", &[], r"\kappa", "var_ratio over 2/(Mℓ)"),
    Observable::exact(
        "largest_variance",
        &[],
        r"\max_d\sigma_d^2",
        "largest variance of an entry of Wᵀz over ‖z‖²",
    ),
    Observable::exact(
        "loss_factor",
        &[],
        r"D\max\sigma_d^4/\sum\sigma_d^4",
        "what counting all samples at the largest variance loses",
    ),
    Observable::exact(
        "correlation",
        &[],
        r"\max_{d\neq d'}\rho",
        "largest correlation of two samples of a channel",
    ),
    Observable::exact(
        "interior_correlation",
        &[],
        r"\max_{d\neq d'}\rho_{\mathrm{int}}",
        "the same among samples of the largest variance",
    ),
    Observable::exact(
        "mean_back",
        &["K"],
        r"\mathbb E\|WW^Tz\|^2/\|z\|^2",
        "mean of ‖WWᵀz‖²/‖z‖² for a bank of K filters, codes with one tap a filter",
    ),
    Observable::sampled("ratio", &[], r"\|W^Tz\|^2/\|z\|^2", "squared norm ratio"),
    Observable::searched(
        "multiplier_found",
        &[],
        r"\kappa(z)",
        "variance multiplier of a random code of two taps a filter, one to three filters",
    ),
];

/// Form of the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Form {
    /// Ten filters, shift 3i mod n, value 1 − i/10.
    FixedZ,
    /// `count` filters at one shift, equal values.
    Aligned,
    /// One filter at two shifts, equal values.
    Pair,
    /// One filter at `count` shifts, equal values.
    Comb,
}

/// Sizes and code.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Input channels.
    #[serde(rename = "M")]
    channels: usize,
    /// Filter length ℓ.
    l: usize,
    /// Stride; 1 if left out.
    #[serde(default = "one")]
    t: usize,
    /// Length of a channel.
    #[serde(rename = "D")]
    samples: usize,
    /// Form of the code.
    code: Form,
    /// Filters of `aligned`, taps of `comb`.
    #[serde(default = "two")]
    count: usize,
    /// Shifts between neighbouring taps of `pair` and `comb`.
    #[serde(default = "one")]
    distance: usize,
    /// How weights are drawn.
    #[serde(flatten)]
    weights: Weights,
}

fn one() -> usize {
    1
}

fn two() -> usize {
    2
}

impl Params {
    fn sizes(&self) -> Sizes {
        Sizes { channels: self.channels, length: self.l, stride: self.t, samples: self.samples }
    }

    fn taps(&self, shifts: usize) -> Vec<Tap> {
        let equal = |block, shift| Tap { block, shift, value: 1.0 };
        match self.code {
            Form::FixedZ => {
                let tap = |i: usize| Tap {
                    block: i,
                    shift: 3 * i % shifts,
                    value: 1.0 - i as f64 / 10.0,
                };
                (0..10).map(tap).collect()
            }
            Form::Aligned => (0..self.count).map(|i| equal(i, 0)).collect(),
            Form::Pair => (0..2).map(|j| equal(0, j * self.distance)).collect(),
            Form::Comb => (0..self.count).map(|j| equal(0, j * self.distance)).collect(),
        }
    }
}

impl Parameters for Params {
    fn prepare(self) -> Result<Box<dyn Prepared>, Failure> {
        let shape = Shape::line(1, self.channels, self.l, self.t, self.samples);
        if let Some(complaint) = shape.complaint() {
            return Err(Failure::parameter(complaint, "M, l, t, D ≥ 1, l ≤ D, (D − l)/t whole"));
        }
        if self.count == 0
            || self.count > 1000
            || self.distance == 0
            || self.samples > 3000
            || self.channels > 100_000
        {
            let message = "count, distance, M or D is out of range";
            return Err(Failure::parameter(
                message,
                "count 1 to 1000, distance ≥ 1, M ≤ 10^5, D ≤ 3000",
            ));
        }
        if !self.weights.law.is_random() || self.weights.law == Law::Equal {
            return Err(Failure::parameter(
                "the law has no independent filters",
                "gauss, rademacher or uniform",
            ));
        }
        let shifts = shape.shifts();
        let taps = self.taps(shifts);
        if taps.iter().any(|tap| tap.shift >= shifts) {
            return Err(Failure::parameter("a tap is outside the input", "enlarge D"));
        }
        let blocks = taps.iter().map(|tap| tap.block + 1).max().unwrap_or(1);
        let code =
            Code::new(taps.iter().map(|tap| (tap.block * shifts + tap.shift, tap.value)).collect());
        let energy = Energy::new(self.sizes(), taps);
        Ok(Box::new(CodeEnergy {
            shape: Shape { filters: blocks, ..shape },
            code,
            energy,
            params: self,
        }))
    }
}

struct CodeEnergy {
    shape: Shape,
    code: Code,
    energy: Energy,
    params: Params,
}

impl CodeEnergy {
    /// The law of the samples has the exact variance where formulas are proven.
    fn tail(&self) -> Tail {
        let unit = self.energy.variance_ratio_unit();
        match (self.params.weights.law, self.params.weights.scaling, unit) {
            (Law::Gauss, Scaling::Scaled, _) => Tail::Variance(self.energy.variance_ratio()),
            (Law::Gauss, Scaling::Unit, Some(variance)) => Tail::Variance(variance),
            _ => Tail::Unknown,
        }
    }

    fn multiplier(&self, variance: f64) -> f64 {
        0.5 * variance * self.shape.fan_in() as f64
    }
}

impl Prepared for CodeEnergy {
    fn exact(&self, name: &str, arguments: &[f64]) -> Result<Enclosure, Failure> {
        let energy = &self.energy;
        let value = match name {
            "mean_ratio" => energy.mean_ratio(),
            "var_ratio" => energy.variance_ratio(),
            "var_ratio_unit" => energy
                .variance_ratio_unit()
                .ok_or_else(|| Failure::domain("a filter has two taps"))?,
            "multiplier" => self.multiplier(energy.variance_ratio()),
            "largest_variance" => energy.largest_variance(),
            "loss_factor" => energy.loss_factor(),
            "correlation" => energy.correlation(false),
            "interior_correlation" => energy.correlation(true),
            "mean_back" => energy.mean_back(arguments[0] as usize),
            _ => return Err(Failure::no_such_observable(name)),
        };
        // Sums of at most D² positive terms; a correlation that vanishes is exactly 0.
        Ok(Enclosure::with_relative_error(value, 1e-13 + 1e-15 * self.params.samples as f64))
    }

    fn columns(&self) -> Vec<Column> {
        vec![Column::plain("ratio", self.tail()), Column::plain("multiplier_found", Tail::Unknown)]
    }

    fn trial(&self, stream: &mut Stream, out: &mut [f64]) -> Result<(), Failure> {
        let mut weights = stream.substream(0);
        let bank = self.params.weights.draw(self.shape, &mut weights);
        out[0] = norm(&bank.synthesise(&self.code)).powi(2) / self.code.square();
        let mut search = stream.substream(1);
        let shifts = self.shape.shifts() as u64;
        let mut taps = Vec::new();
        for block in 0..=search.below(3) as usize {
            let (first, second) = (search.below(shifts) as usize, search.below(shifts) as usize);
            taps.push(Tap { block, shift: first, value: search.normal() });
            if first != second {
                taps.push(Tap { block, shift: second, value: search.normal() });
            }
        }
        out[1] = self.multiplier(Energy::new(self.params.sizes(), taps).variance_ratio());
        Ok(())
    }

    fn cost(&self) -> f64 {
        8.0 * self.shape.parameters() as f64 + (self.params.samples as f64).powi(2) + 500.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn closed_forms() {
        let value = |params: serde_json::Value, name: &str| {
            (EXPERIMENT.prepare)(&params).unwrap().exact(name, &[3.0]).unwrap().value
        };
        let pair = json!({"M": 3, "l": 5, "t": 1, "D": 12, "code": "pair"});
        assert!((value(pair, "multiplier") - 1.4).abs() < 1e-13);
        let pair = json!({"M": 3, "l": 5, "t": 5, "D": 20, "code": "pair"});
        assert!((value(pair, "multiplier") - 1.0).abs() < 1e-13);
        let fixed = json!({"M": 32, "l": 5, "D": 32, "code": "fixed-z"});
        assert!((value(fixed.clone(), "mean_ratio") - 1.0).abs() < 1e-13);
        assert_eq!(value(fixed, "correlation"), 0.0);
        assert!(
            (EXPERIMENT.prepare)(&json!({"M": 1, "l": 5, "D": 6, "code": "pair", "distance": 5}))
                .is_err()
        );
    }
}
