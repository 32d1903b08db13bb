//! Worst cases of one pass of hard thresholding for a given isometry constant δ.
//!
//! With Gram matrix I + E on the rows that a code and its estimate use, ‖E‖ ≤ δ: the missed part of
//! the code is at most √2 δ, its error at most φδ (φ the golden ratio), and both are attained by explicit
//! 3 × 3 matrices for k = 2, n = 1 (gilbert2017, Lemmas B.3, B.4 made sharp;
//! `models::filter_bank::extremes`). The errors of the instances are measured, by an exact sweep over all
//! their codes, not copied from the proof. `sharp_signal` maximises the signal's error over
//! (1 + δ)I − 2δuuᵀ, u ∈ S²: an attained value, so a lower bound of the supremum.
//!
//! A trial searches all I + δ Q diag(±1) Qᵀ of `dimension` rows, Q orthogonal, once for each of the three
//! errors.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::experiment::{
    Column, Definition, Enclosure, Evidence, Failure, Nature, Observable, Parameters, Prepared,
    Tail,
};
use crate::models::filter_bank::extremes::{
    GOLDEN, code_instance, missed_instance, search, sharp_signal_error, single_instance,
};
use crate::models::filter_bank::rip::extremes;
use crate::models::filter_bank::sweep::{Setting, Worst, worst};
use crate::models::filter_bank::{Gram, Pooling};
use crate::random::Stream;

/// Worst cases for an isometry constant.
pub static EXPERIMENT: Definition = Definition::of::<Params>(
    "worst errors of one pass of hard thresholding for a given isometry constant",
    "a search over Gram matrices",
    OBSERVABLES,
);

const OBSERVABLES: &[Observable] = &[
    Observable::exact(
        "missed_instance",
        &[],
        r"\|z|_{\Omega^c}\|/\|z\|",
        "largest missed part over the codes of the instance for Lemma B.3",
    ),
    Observable::exact(
        "missed_instance_delta",
        &[],
        r"\delta",
        "isometry constant of that instance",
    ),
    Observable::exact(
        "code_instance",
        &[],
        r"\|z-\hat z\|/\|z\|",
        "largest error of the code over the codes of the instance for Lemma B.4",
    ),
    Observable::exact("code_instance_delta", &[], r"\delta", "isometry constant of that instance"),
    Observable::exact(
        "code_instance_signal",
        &[],
        r"\|x-\hat x\|/\|x\|",
        "largest error of the signal over the codes of that instance",
    ),
    Observable::exact(
        "single_instance",
        &[],
        r"\|x-\hat x\|/\|x\|",
        "largest error of the signal over the codes of one entry for the two-row instance",
    ),
    Observable::of(
        "sharp_signal",
        &[],
        r"R^*(\delta)",
        "largest error of the signal found over (1 + δ)I − 2δuuᵀ; attained",
        Nature::Exact(Evidence::Search),
    ),
    Observable::searched(
        "found_missed",
        &[],
        r"\|z|_{\Omega^c}\|/\|z\|",
        "largest missed part that the search finds",
    ),
    Observable::searched(
        "found_code",
        &[],
        r"\|z-\hat z\|/\|z\|",
        "largest error of the code that the search finds",
    ),
    Observable::searched(
        "found_signal",
        &[],
        r"\|x-\hat x\|/\|x\|",
        "largest error of the signal that the search finds",
    ),
];

/// The constant, and the search's size.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Isometry constant, in (0, 1); the instance for Lemma B.3 needs δ ≤ √(2/5), that for Lemma B.4 δ ≤ 1/φ.
    delta: f64,
    /// Rows of the searched Gram matrices, 3 to 6.
    #[serde(default = "three")]
    dimension: usize,
    /// Steps of each search.
    #[serde(default = "sixty")]
    steps: usize,
    /// Pooling in the instances; signed pooling is a control.
    #[serde(default = "max_abs")]
    pooling: Pooling,
}

fn three() -> usize {
    3
}

fn sixty() -> usize {
    60
}

fn max_abs() -> Pooling {
    Pooling::MaxAbs
}

impl Parameters for Params {
    fn prepare(self) -> Result<Box<dyn Prepared>, Failure> {
        let sizes = (3..=6).contains(&self.dimension) && (1..=100_000).contains(&self.steps);
        if !(sizes && self.delta > 0.0 && self.delta < 1.0) {
            let message = format!("delta = {}, dimension or steps is out of range", self.delta);
            return Err(Failure::parameter(
                message,
                "0 < delta < 1, dimension 3 to 6, 1 to 10^5 steps",
            ));
        }
        Ok(Box::new(self))
    }
}

impl Params {
    fn sweep(&self, gram: &Gram, k: usize) -> Worst {
        let setting = Setting { k, pooling: self.pooling, nonnegative: false };
        worst(gram, &setting).unwrap_or_default()
    }

    /// Beyond these constants a row of the instance leaves the estimate, and its error is no longer the extreme one.
    fn attained(&self, name: &str) -> Result<(), Failure> {
        if name.starts_with("missed_instance") && self.delta > 0.4_f64.sqrt() {
            return Err(Failure::domain(
                "the instance for Lemma B.3 is extreme for δ ≤ √(2/5) only",
            ));
        }
        if name.starts_with("code_instance") && self.delta > 1.0 / GOLDEN {
            return Err(Failure::domain("the instance for Lemma B.4 is extreme for δ ≤ 1/φ only"));
        }
        Ok(())
    }
}

fn constant(gram: &Gram) -> f64 {
    let (min, max) = extremes(gram.matrix());
    (1.0 - min).max(max - 1.0)
}

impl Prepared for Params {
    fn exact(&self, name: &str, _: &[f64]) -> Result<Enclosure, Failure> {
        self.attained(name)?;
        let delta = self.delta;
        let (value, error) = match name {
            "missed_instance" => (self.sweep(&missed_instance(delta), 2).missed, 1e-7),
            "missed_instance_delta" => (constant(&missed_instance(delta)), 1e-12),
            "code_instance" => (self.sweep(&code_instance(delta), 2).code, 1e-7),
            "code_instance_delta" => (constant(&code_instance(delta)), 1e-12),
            "code_instance_signal" => (self.sweep(&code_instance(delta), 2).signal, 1e-7),
            "single_instance" => (self.sweep(&single_instance(delta), 1).signal, 1e-12),
            "sharp_signal" => (sharp_signal_error(delta), 1e-7),
            _ => return Err(Failure::no_such_observable(name)),
        };
        Ok(Enclosure::with_error(value, error))
    }

    fn columns(&self) -> Vec<Column> {
        ["found_missed", "found_code", "found_signal"]
            .map(|name| Column::plain(name, Tail::Unknown))
            .into()
    }

    fn trial(&self, stream: &mut Stream, out: &mut [f64]) -> Result<(), Failure> {
        let objectives: [fn(&Worst) -> f64; 3] = [|w| w.missed, |w| w.code, |w| w.signal];
        for (index, objective) in objectives.into_iter().enumerate() {
            let mut own = stream.substream(index as u64);
            let found = search(self.dimension, self.delta, self.steps, objective, &mut own);
            out[index] = objective(&found);
        }
        Ok(())
    }

    fn cost(&self) -> f64 {
        3.0 * self.steps as f64 * 3000.0 * (self.dimension as f64).powi(4)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::StreamKey;
    use serde_json::json;

    #[test]
    fn searches_stay_below_the_sharp_constants() {
        let case =
            (EXPERIMENT.prepare)(&json!({"delta": 0.2, "dimension": 4, "steps": 20})).unwrap();
        let mut out = [f64::NAN; 3];
        for trial in 0..4 {
            case.trial(&mut StreamKey::derive(1, "extremes", "{}").trial(trial), &mut out).unwrap();
            assert!(out[0] <= 0.2 * 2.0_f64.sqrt() + 1e-7 && out[1] <= 0.2 * 1.618_034 + 1e-7);
            assert!(out[2] <= 0.6 && out[2] > 0.1);
        }
        assert!((EXPERIMENT.prepare)(&json!({"delta": 1.0})).is_err());
    }

    #[test]
    fn instances_end_where_a_row_leaves_the_estimate() {
        let at = |delta: f64| (EXPERIMENT.prepare)(&json!({"delta": delta})).unwrap();
        assert!(at(0.632).exact("missed_instance", &[]).is_ok());
        assert!(at(0.633).exact("missed_instance", &[]).is_err());
        assert!(at(0.618).exact("code_instance_signal", &[]).is_ok());
        assert!(at(0.619).exact("code_instance_signal", &[]).is_err());
        assert!(at(0.9).exact("single_instance", &[]).is_ok());
    }
}
