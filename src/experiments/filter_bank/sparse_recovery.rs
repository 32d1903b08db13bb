//! Codes of 𝓜_k recovered from x = Wᵀz: one step of iterative hard thresholding against ℓ1 in two stages.
//!
//! The filters have a common component: w_i ∝ √(1−c) g_i + √c u with independent random unit vectors g_i, u, so
//! that their mean inner product is about c, then unit rows. `error_iht` is ‖x − Wᵀ𝐌(Wx, k)‖/‖x‖; Algorithm 2
//! of gilbert2017 minimises ‖x − Wᵀz‖² + λ‖z‖₁ by FISTA, keeps one row a block and k in all
//! (`pool: false` keeps all), and minimises again on what is left. `duality_gap` bounds how far the second
//! stage is from its minimum, relative to ‖x‖².

use schemars::JsonSchema;
use serde::Deserialize;

use crate::experiment::{Column, Definition, Failure, Observable, Parameters, Prepared, Tail};
use crate::models::filter_bank::codes::project;
use crate::models::filter_bank::coherence::of_rows;
use crate::models::filter_bank::iht::{norm, relative_error};
use crate::models::filter_bank::parameters::affordable;
use crate::models::filter_bank::recovery::{
    Fista, Recovered, Rows, largest_eigenvalue, stationarity_gap,
};
use crate::models::filter_bank::{Bank, Code, Law, Line, Pooling, Scaling, Shape};
use crate::random::Stream;

/// Two ways to recover a code.
pub static EXPERIMENT: Definition = Definition::of::<Params>(
    "model-sparse codes recovered by one hard-thresholding step and by two-stage ℓ1 minimisation",
    "a fresh bank and a fresh code",
    OBSERVABLES,
);

const OBSERVABLES: &[Observable] = &[
    Observable::sampled(
        "coherence",
        &[],
        r"\mu",
        "largest absolute inner product of two filters, without shifts",
    ),
    Observable::sampled(
        "error_iht",
        &[],
        r"e_{\mathrm{IHT}}",
        "relative error of one step of iterative hard thresholding",
    ),
    Observable::sampled(
        "error_alg2",
        &[],
        r"e_{\ell_1}",
        "relative error ‖x − Wᵀz‖/‖x‖ of the two-stage recovery",
    ),
    Observable::sampled(
        "code_error",
        &[],
        r"\tfrac{\|\hat z - z\|}{\|z\|}",
        "relative distance of the recovered code to the true one",
    ),
    Observable::sampled(
        "ratio",
        &[],
        r"\tfrac{\|W^T\hat z\|}{\|\hat z\|}",
        "‖Wᵀz‖/‖z‖ of the recovered code; NaN if it is 0",
    ),
    Observable::sampled(
        "kkt_gap",
        &[],
        r"g_{\mathrm{KKT}}",
        "departure from ‖Wᵀz‖² = ⟨x, Wᵀz⟩ − (λ/2)‖z‖₁, over ‖x‖²",
    ),
    Observable::sampled(
        "duality_gap",
        &[],
        r"g_{\mathrm{dual}}",
        "proven distance of the second stage to its minimum, over ‖x‖²",
    ),
    Observable::sampled("entries", &[], r"\|\hat z\|_0", "non-zero entries of the recovered code"),
    Observable::sampled(
        "spurious",
        &[],
        r"\#",
        "blocks of the recovered code with more than one entry, and entries beyond k",
    ),
];

/// Sizes and solver.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Sizes.
    #[serde(flatten)]
    line: Line,
    /// Share of the common component, in [0, 1).
    #[serde(default)]
    c: f64,
    /// Weight λ of the ℓ1 norm.
    lam: f64,
    /// Steps of FISTA in each stage, at most 10⁵.
    #[serde(default = "steps")]
    steps: usize,
    /// Keep one row a block between the stages, as Algorithm 2 does.
    #[serde(default = "yes")]
    pool: bool,
    /// Skip the second stage.
    #[serde(default)]
    first_only: bool,
}

const fn steps() -> usize {
    150
}

const fn yes() -> bool {
    true
}

/// Power steps for the step size of FISTA.
const POWER: usize = 20;

impl Parameters for Params {
    fn prepare(self) -> Result<Box<dyn Prepared>, Failure> {
        if !((0.0..1.0).contains(&self.c) && self.lam > 0.0 && self.lam.is_finite()) {
            let message = format!("c = {}, lam = {} is out of range", self.c, self.lam);
            return Err(Failure::parameter(message, "0 ≤ c < 1 and lam > 0"));
        }
        if !(1..=100_000).contains(&self.steps) {
            let message = format!("steps = {} is out of range", self.steps);
            return Err(Failure::parameter(message, "1 to 10⁵ steps"));
        }
        let shape = self.line.checked()?;
        affordable(&shape)?;
        Ok(Box::new(Recovery { params: self, shape }))
    }
}

struct Recovery {
    params: Params,
    shape: Shape,
}

impl Recovery {
    fn bank(&self, stream: &mut Stream) -> Bank {
        let mut bank = Law::Gauss.draw(self.shape, Scaling::Unit, stream);
        let mut common = vec![0.0; self.shape.fan_in()];
        stream.unit_vector(&mut common);
        let (own, shared) = ((1.0 - self.params.c).sqrt(), self.params.c.sqrt());
        for filter in bank.weights.chunks_mut(common.len()) {
            filter.iter_mut().zip(&common).for_each(|(w, u)| *w = own * *w + shared * u);
        }
        bank.normalise();
        bank
    }

    /// Algorithm 2. The second stage knows the rows that are left only.
    fn recover(&self, bank: &Bank, x: &[f64], fista: &Fista) -> Recovered {
        let first = fista.solve(bank, x, None);
        if self.params.first_only {
            return first;
        }
        let rows: Vec<usize> = if self.params.pool {
            project(&first.z, self.shape.shifts(), self.params.line.k, Pooling::MaxAbs).support()
        } else {
            (0..first.z.len()).filter(|&row| first.z[row] != 0.0).collect()
        };
        let found = fista.solve(&Rows::of(bank, &rows), x, None);
        let mut z = vec![0.0; first.z.len()];
        rows.iter().zip(&found.z).for_each(|(&row, &value)| z[row] = value);
        Recovered { z, ..found }
    }
}

impl Prepared for Recovery {
    fn columns(&self) -> Vec<Column> {
        OBSERVABLES.iter().map(|it| Column::plain(it.name, Tail::Unknown)).collect()
    }

    fn trial(&self, stream: &mut Stream, out: &mut [f64]) -> Result<(), Failure> {
        let Params { line: Line { k, .. }, lam: lambda, steps, .. } = self.params;
        let n = self.shape.shifts();
        let bank = self.bank(&mut stream.substream(0));
        let uniform = |stream: &mut Stream| 2.0 * stream.uniform() - 1.0;
        let z = Code::random(&self.shape, k, &mut stream.substream(1), uniform);
        let x = bank.synthesise(&z);
        let iht = relative_error(&bank, &x, &project(&bank.apply(&x), n, k, Pooling::MaxAbs));
        let largest = largest_eigenvalue(&bank, self.shape.columns(), POWER);
        let fista = Fista { lambda, steps, largest };
        let found = self.recover(&bank, &x, &fista);
        let size = norm(&x);
        let apart =
            |a: &[f64], b: &[f64]| norm(&a.iter().zip(b).map(|(a, b)| a - b).collect::<Vec<_>>());
        let counts: Vec<usize> =
            found.z.chunks(n).map(|block| block.iter().filter(|z| **z != 0.0).count()).collect();
        let entries: usize = counts.iter().sum();
        let crowded = counts.iter().filter(|count| **count > 1).count();
        let rows = nalgebra::DMatrix::from_row_slice(
            self.shape.filters,
            self.shape.fan_in(),
            &bank.weights,
        );
        out.copy_from_slice(&[
            of_rows(&rows).0,
            iht,
            apart(&x, &found.x) / size,
            apart(&z.dense(self.shape.rows()), &found.z) / z.square().sqrt(),
            norm(&found.x) / norm(&found.z),
            stationarity_gap(&x, &found, lambda),
            found.gap / (size * size),
            entries as f64,
            (crowded + entries.saturating_sub(k)) as f64,
        ]);
        Ok(())
    }

    fn cost(&self) -> f64 {
        let products = (self.shape.rows() * self.shape.fan_in()) as f64;
        4.0 * products * (self.params.steps + POWER) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::StreamKey;
    use serde_json::{Value, json};

    fn trial(value: &Value) -> Vec<f64> {
        let recovery = (EXPERIMENT.prepare)(value).unwrap();
        let mut out = vec![f64::NAN; OBSERVABLES.len()];
        recovery.trial(&mut StreamKey::derive(2, "sparse", "t").trial(0), &mut out).unwrap();
        out
    }

    fn at(out: &[f64], name: &str) -> f64 {
        out[OBSERVABLES.iter().position(|it| it.name == name).unwrap()]
    }

    #[test]
    fn a_small_code_is_recovered() {
        let value = json!({"K": 12, "M": 30, "l": 4, "D": 10, "k": 3, "lam": 0.01, "steps": 300});
        let out = trial(&value);
        assert!(at(&out, "error_alg2") < 0.1 && at(&out, "code_error") < 0.1, "{out:?}");
        assert!(at(&out, "kkt_gap") < 1e-8 && at(&out, "duality_gap") < 1e-6, "{out:?}");
        assert!(at(&out, "entries") <= 3.0 && at(&out, "spurious") == 0.0, "{out:?}");
    }

    #[test]
    fn a_common_component_raises_the_coherence() {
        let value = |c: f64| json!({"K": 12, "M": 30, "l": 4, "D": 10, "k": 3, "lam": 0.01, "steps": 5, "c": c});
        assert!(at(&trial(&value(0.7)), "coherence") > at(&trial(&value(0.0)), "coherence") + 0.3);
    }

    #[test]
    fn wrong_parameters_are_refused() {
        for value in [
            json!({"K": 12, "M": 30, "l": 4, "D": 10, "k": 3, "lam": 0}),
            json!({"K": 12, "M": 30, "l": 4, "D": 10, "k": 3, "lam": 1, "c": 1.0}),
            json!({"K": 12, "M": 30, "l": 14, "D": 10, "k": 3, "lam": 1}),
            json!({"K": 12, "M": 30, "l": 4, "D": 10, "k": 0, "lam": 1}),
        ] {
            assert!((EXPERIMENT.prepare)(&value).is_err(), "{value}");
        }
    }
}
