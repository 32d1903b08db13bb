//! A deterministic filter bank: its matrix, its isometry constants, its worst codes. All exactly.
//!
//! W ∈ ℝ^{Kn×MD}: K filters over M channels of length D, filter length ℓ, stride t, n = (D − ℓ)/t + 1 shifts
//! (gilbert2017, Sec. 2.2). 𝓜_k: at most one entry a block of n rows and k in all; 𝓜_{2k}: at most two
//! a block and 2k in all. The isometry constants come from the extreme eigenvalues of the Gram matrices of
//! *all* supports; their error bars bound rounding. The worst errors over codes (k ≤ 2) are suprema over the
//! whole circle of codes of every support, arc by arc (`models::filter_bank::sweep`).
//!
//! With `taps` a code is given, as [filter, shift, value] triples; `tap_…` observables speak of it.
//! `K, M, l, t, D` as in the paper. Counting observables do not form the matrix.

mod observables;

use nalgebra::DMatrix;
use schemars::JsonSchema;
use serde::Deserialize;

use observables::OBSERVABLES;

use crate::experiment::{Definition, Enclosure, Failure, Parameters, Prepared};
use crate::models::filter_bank::codes::project;
use crate::models::filter_bank::iht::relative_error;
use crate::models::filter_bank::rip::{Spectrum, coherence, restricted_orthogonality, spectrum};
use crate::models::filter_bank::supports::{Model, split};
use crate::models::filter_bank::sweep::{Setting, Worst, worst};
use crate::models::filter_bank::{Bank, Code, Gram, Law, Pooling, Scaling, Shape};

/// Exact properties of a deterministic filter bank.
pub static EXPERIMENT: Definition = Definition::of::<Params>(
    "rank, isometry constants and worst codes of a deterministic filter bank",
    "",
    OBSERVABLES,
);

/// The bank.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Filters.
    #[serde(rename = "K")]
    filters: usize,
    /// Input channels; 1 if left out.
    #[serde(rename = "M", default = "one")]
    channels: usize,
    /// Filter length ℓ; 1 if left out.
    #[serde(default = "one")]
    l: usize,
    /// Stride; 1 if left out.
    #[serde(default = "one")]
    t: usize,
    /// Length of a channel.
    #[serde(rename = "D")]
    samples: usize,
    /// Law of the weights: a deterministic one.
    #[serde(default = "dfb")]
    law: Law,
    /// What the weights are divided by; each filter's norm if left out.
    #[serde(default = "unit")]
    scaling: Scaling,
    /// Adds the filter −w to every filter w: 2K blocks.
    #[serde(default)]
    negatives: bool,
    /// Pooling of the hidden values; largest modulus with its own place if left out.
    #[serde(default = "max_abs")]
    pooling: Pooling,
    /// Worst codes are sought among those without negative entries.
    #[serde(default)]
    nonnegative: bool,
    /// A code, as [filter, shift, value] triples.
    #[serde(default)]
    taps: Vec<(usize, usize, f64)>,
}

fn one() -> usize {
    1
}

fn dfb() -> Law {
    Law::Dfb
}

fn unit() -> Scaling {
    Scaling::Unit
}

fn max_abs() -> Pooling {
    Pooling::MaxAbs
}

impl Parameters for Params {
    fn prepare(self) -> Result<Box<dyn Prepared>, Failure> {
        let shape = Shape::line(self.filters, self.channels, self.l, self.t, self.samples);
        if let Some(complaint) = shape.complaint() {
            return Err(Failure::parameter(complaint, "K, M, l, t, D ≥ 1, l ≤ D, (D − l)/t whole"));
        }
        if let Some(complaint) = self.law.complaint(&shape) {
            return Err(Failure::parameter(complaint, "see the law"));
        }
        if shape.parameters() > 1_000_000 || shape.rows() > 100_000 {
            return Err(Failure::parameter(
                "the bank is too large",
                "at most 10^6 weights, 10^5 rows",
            ));
        }
        let outside =
            |tap: &&(usize, usize, f64)| tap.0 >= shape.filters || tap.1 >= shape.shifts();
        if let Some(tap) = self.taps.iter().find(outside) {
            return Err(Failure::parameter(
                format!("tap {tap:?} is outside the bank"),
                "filter < K, shift < n",
            ));
        }
        let Some(bank) = self.law.bank(shape, self.scaling) else {
            return Err(Failure::parameter("the law is random", "see `random-filter-bank`"));
        };
        let bank = if self.negatives { bank.with_negatives() } else { bank };
        Ok(Box::new(Deterministic { bank, params: self }))
    }
}

struct Deterministic {
    bank: Bank,
    params: Params,
}

/// Rows up to which the whole matrix is formed.
const MOST_ROWS: usize = 3000;

impl Deterministic {
    fn model(&self, k: f64, double: bool) -> Result<Model, Failure> {
        let shape = &self.bank.shape;
        if !(k >= 1.0 && k.fract() == 0.0 && k <= shape.filters as f64) {
            return Err(Failure::domain(format!(
                "k = {k} is not a whole number from 1 to the number of blocks"
            )));
        }
        let (blocks, shifts) = (shape.filters, shape.shifts());
        let model = if double { Model::double } else { Model::single };
        Ok(model(blocks, shifts, k as usize))
    }

    fn gram(&self) -> Result<Gram, Failure> {
        if self.bank.shape.rows() > MOST_ROWS {
            return Err(Failure::domain(format!("more than {MOST_ROWS} rows")));
        }
        Ok(Gram::of(&self.bank))
    }

    fn spectrum(&self, model: &Model) -> Result<Spectrum, Failure> {
        spectrum(&self.gram()?, model, self.bank.shape.fan_in())
            .ok_or_else(|| Failure::domain("too many supports to enumerate"))
    }

    fn count(
        &self,
        model: &Model,
        counts: impl Fn(&[usize]) -> bool,
    ) -> Result<Enclosure, Failure> {
        if model.count() > crate::models::filter_bank::rip::MOST_SUPPORTS {
            return Err(Failure::domain("too many supports to enumerate"));
        }
        let mut count = 0_u64;
        model.each(&mut |support| count += u64::from(counts(support)));
        Ok(Enclosure::point(count as f64))
    }

    fn worst(&self, k: f64) -> Result<Worst, Failure> {
        let setting = Setting {
            k: self.model(k, false)?.size,
            pooling: self.params.pooling,
            nonnegative: self.params.nonnegative,
        };
        worst(&self.gram()?, &setting).ok_or_else(|| Failure::domain("worst codes need k = 1 or 2"))
    }

    fn code(&self) -> Code {
        let n = self.bank.shape.shifts();
        Code::new(self.params.taps.iter().map(|(i, j, value)| (i * n + j, *value)).collect())
    }

    /// The given code, what pooling makes of its signal, and the signal.
    fn pass(&self, k: f64) -> Result<(Code, Code, Vec<f64>), Failure> {
        if self.params.taps.is_empty() {
            return Err(Failure::domain("no code is given: set `taps`"));
        }
        let code = self.code();
        let x = self.bank.synthesise(&code);
        let k = self.model(k, false)?.size;
        let found = project(&self.bank.apply(&x), self.bank.shape.shifts(), k, self.params.pooling);
        Ok((code, found, x))
    }

    fn matrix(&self) -> Result<DMatrix<f64>, Failure> {
        if self.bank.shape.rows() * self.bank.shape.columns() > 4_000_000 {
            return Err(Failure::domain("the matrix has more than 4·10^6 entries"));
        }
        Ok(self.bank.matrix())
    }
}

/// A supremum over codes carries the rounding of eigenvalue-free arithmetic only.
const SWEEP_ERROR: f64 = 1e-7;

impl Prepared for Deterministic {
    fn exact(&self, name: &str, arguments: &[f64]) -> Result<Enclosure, Failure> {
        let k = arguments.first().copied().unwrap_or(1.0);
        let shape = &self.bank.shape;
        let whole = |count: usize| Ok(Enclosure::point(count as f64));
        let near = |value: f64| Ok(Enclosure::with_error(value, SWEEP_ERROR));
        match name {
            "shifts" => whole(shape.shifts()),
            "rank" => {
                let values = self.matrix()?.singular_values();
                whole(values.iter().filter(|value| **value > 1e-10 * values.max()).count())
            }
            "nonzeros" => whole(self.matrix()?.iter().filter(|entry| **entry != 0.0).count()),
            "distinct" => {
                let mut bits: Vec<u64> =
                    self.matrix()?.iter().filter(|e| **e != 0.0).map(|e| e.to_bits()).collect();
                bits.sort_unstable();
                bits.dedup();
                whole(bits.len())
            }
            "supports" => self.count(&self.model(k, false)?, |_| true),
            "double_supports" => self.count(&self.model(k, true)?, |_| true),
            "split_failures" => {
                let n = shape.shifts();
                self.count(&self.model(k, true)?, |support| split(support, n).is_none())
            }
            "delta" => Ok(self.spectrum(&self.model(k, false)?)?.delta_enclosure()),
            "delta_double" => Ok(self.spectrum(&self.model(k, true)?)?.delta_enclosure()),
            "delta_plain" => {
                let model = Model::plain(shape.filters, shape.shifts(), self.model(k, false)?.size);
                Ok(self.spectrum(&model)?.delta_enclosure())
            }
            "smallest" | "largest" => {
                let found = self.spectrum(&self.model(k, false)?)?;
                let value = if name == "largest" { found.max } else { found.min };
                Ok(Enclosure::with_error(value, found.error))
            }
            "theta" => {
                let theta = restricted_orthogonality(&self.gram()?, &self.model(k, false)?)
                    .ok_or_else(|| Failure::domain("too many pairs of supports"))?;
                Ok(Enclosure::with_error(theta, 1e-11))
            }
            "coherence" => Ok(Enclosure::with_error(coherence(&self.gram()?, false), 1e-12)),
            "worst_missed" => near(self.worst(k)?.missed),
            "worst_code" => near(self.worst(k)?.code),
            "worst_signal" => near(self.worst(k)?.signal),
            "tap_signal_error" => {
                let (_, found, x) = self.pass(k)?;
                Ok(Enclosure::with_error(relative_error(&self.bank, &x, &found), 1e-12))
            }
            "tap_code_error" => {
                let (code, found, _) = self.pass(k)?;
                let error = (code.distance_square(&found) / code.square()).sqrt();
                Ok(Enclosure::with_error(error, 1e-12))
            }
            "tap_gain" => {
                let (code, _, x) = self.pass(k)?;
                let h = self.bank.apply(&x);
                let rows = (0..k as usize).map(|i| h[i * shape.shifts()]);
                let gain = (rows.map(|h| h * h).sum::<f64>() / code.square()).sqrt();
                Ok(Enclosure::with_error(gain, 1e-12))
            }
            _ => Err(Failure::no_such_observable(name)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn value(params: serde_json::Value, name: &str, k: f64) -> f64 {
        (EXPERIMENT.prepare)(&params).unwrap().exact(name, &[k]).unwrap().value
    }

    /// numpy: matrix_rank, eigvalsh over all supports.
    #[test]
    fn reference_values() {
        let setup = json!({"K": 6, "M": 2, "l": 3, "D": 8});
        assert_eq!(value(setup, "rank", 1.0), 16.0);
        assert_eq!(value(json!({"K": 8, "l": 2, "t": 3, "D": 8}), "rank", 1.0), 6.0);
        let pairs = json!({"K": 4, "M": 8, "l": 3, "D": 6, "negatives": true});
        assert!((value(pairs, "delta", 2.0) - 1.0).abs() < 1e-12);
        let haar = json!({"K": 2, "l": 2, "D": 8, "law": "haar"});
        assert!((value(haar.clone(), "delta", 2.0) - 0.5).abs() < 1e-12);
        assert!((value(haar, "delta_double", 2.0) - 1.0).abs() < 1e-12);
        let dct = json!({"K": 8, "l": 8, "t": 4, "D": 16, "law": "dct"});
        assert!((value(dct, "delta", 2.0) - 0.453_063_723_176_444).abs() < 1e-12);
        let trap = json!({"K": 2, "M": 2, "l": 100, "D": 101, "law": "trap", "taps": [[0, 0, 1.0], [1, 0, 1.3]]});
        assert!((value(trap.clone(), "delta", 2.0) - 0.005_025_377_531_487).abs() < 1e-12);
        assert!((value(trap.clone(), "delta_double", 1.0) - 0.99).abs() < 1e-12);
        // h = (0.99353, 0.99647, …): the shift of the first filter is mistaken.
        assert!(value(trap, "tap_code_error", 2.0) > 0.8);
    }

    #[test]
    fn bad_parameters_are_refused() {
        for params in [
            json!({"K": 0, "D": 3}),
            json!({"K": 2, "l": 4, "D": 3}),
            json!({"K": 2, "l": 2, "D": 3, "law": "gauss"}),
            json!({"K": 2, "l": 2, "D": 3, "taps": [[2, 0, 1.0]]}),
        ] {
            assert!((EXPERIMENT.prepare)(&params).is_err(), "{params}");
        }
    }
}
