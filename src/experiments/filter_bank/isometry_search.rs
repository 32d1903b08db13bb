//! Isometry constants of a bank of realistic size, from below: a support found by search, and what it proves.
//!
//! Truncated power iteration (multiply by WWᵀ, keep the best rows that the model allows) from random starts, then
//! exchanges of single entries. The code z that is found proves λ_max ≥ ‖Wᵀz‖²/‖z‖² on its support, and
//! this ratio is computed in interval arithmetic: `delta_k` and `delta_2k` are the lower ends less 1, true
//! lower bounds of the constants of 𝓜_k (one entry a block) and 𝓜_{2k} (two a block) of this very bank
//! (gilbert2017, Eq. 1). `random_support` is the largest eigenvalue of a random support of 𝓜_k: what a
//! histogram over random codes sees.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::experiment::{Column, Definition, Failure, Observable, Parameters, Prepared, Tail};
use crate::models::filter_bank::power_search::{PowerSearch, certified_ratio, random_support};
use crate::models::filter_bank::{Correlations, Line, Shape, Weights};
use crate::random::Stream;

/// Isometry constants from below.
pub static EXPERIMENT: Definition = Definition::of::<Params>(
    "lower bounds of isometry constants, proven by supports that a search finds",
    "a fresh bank (if its law is random) and fresh starts of the search",
    OBSERVABLES,
);

const OBSERVABLES: &[Observable] = &[
    Observable::sampled(
        "delta_k",
        &[],
        r"\underline{\delta}_k",
        "certified lower bound of the isometry constant of 𝓜_k, through the largest eigenvalue",
    ),
    Observable::sampled("delta_2k", &[], r"\underline{\delta}_{2k}", "the same for 𝓜_{2k}"),
    Observable::sampled(
        "random_support",
        &[],
        r"\lambda_{\max}(\text{random support})",
        "largest eigenvalue of a random support of 𝓜_k",
    ),
];

/// Bank, model and effort.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Sizes.
    #[serde(flatten)]
    line: Line,
    /// How weights are drawn.
    #[serde(flatten)]
    weights: Weights,
    /// Random starts of the search.
    #[serde(default = "starts")]
    starts: usize,
}

const fn starts() -> usize {
    40
}

/// Power steps from a start, and rounds of exchanges from the best.
const STEPS: usize = 30;
const EXCHANGES: usize = 10;

impl Parameters for Params {
    fn prepare(self) -> Result<Box<dyn Prepared>, Failure> {
        if !(1..=10_000).contains(&self.starts) {
            let message = format!("starts = {} is out of range", self.starts);
            return Err(Failure::parameter(message, "1 to 10 000 starts"));
        }
        let shape = self.line.checked()?;
        self.weights.check(&shape)?;
        if shape.filters * shape.filters * shape.fan_in() > 1_000_000_000 {
            return Err(Failure::parameter("the bank is too large", "K²Ml at most 10⁹"));
        }
        Ok(Box::new(Search { params: self, shape }))
    }
}

struct Search {
    params: Params,
    shape: Shape,
}

impl Prepared for Search {
    fn columns(&self) -> Vec<Column> {
        OBSERVABLES.iter().map(|it| Column::plain(it.name, Tail::Unknown)).collect()
    }

    fn trial(&self, stream: &mut Stream, out: &mut [f64]) -> Result<(), Failure> {
        let Params { line: Line { k, .. }, weights, starts } = self.params;
        let bank = weights.draw(self.shape, &mut stream.substream(0));
        let gram = Correlations::of(&bank)
            .ok_or_else(|| Failure::domain("a padded bank has no correlations"))?;
        for (per_block, out) in [1, 2].into_iter().zip(out.iter_mut()) {
            let size = per_block * k;
            let search =
                PowerSearch { per_block, size, starts, steps: STEPS, exchanges: EXCHANGES };
            let code = search.run(&gram, &mut stream.substream(per_block as u64));
            *out = certified_ratio(&bank, &code).lo - 1.0;
        }
        out[2] = random_support(&gram, k, &mut stream.substream(3));
        Ok(())
    }

    fn cost(&self) -> f64 {
        let rows = (self.shape.rows() * self.params.line.k) as f64;
        30.0 * rows * (self.params.starts * STEPS / 3) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::StreamKey;
    use serde_json::json;

    #[test]
    fn bounds_are_ordered_and_deterministic() {
        let value = json!({"K": 8, "M": 2, "l": 3, "D": 6, "k": 3, "law": "dfb", "scaling": "unit", "starts": 10});
        let search = (EXPERIMENT.prepare)(&value).unwrap();
        let run = |trial| {
            let mut out = [f64::NAN; 3];
            search
                .trial(&mut StreamKey::derive(1, "isometry-search", "t").trial(trial), &mut out)
                .unwrap();
            out
        };
        let out = run(0);
        assert_eq!(out, run(0));
        assert!(
            out[2] - 1.0 <= out[0] + 1e-9 && out[0] <= out[1] + 1e-9 && out[0] > 0.3,
            "{out:?}"
        );
    }

    #[test]
    fn wrong_parameters_are_refused() {
        for value in [
            json!({"K": 8, "M": 2, "l": 3, "D": 6, "k": 9}),
            json!({"K": 8, "M": 2, "l": 7, "D": 6, "k": 2}),
            json!({"K": 8, "M": 2, "l": 3, "D": 6, "k": 2, "starts": 0}),
        ] {
            assert!((EXPERIMENT.prepare)(&value).is_err(), "{value}");
        }
    }
}
