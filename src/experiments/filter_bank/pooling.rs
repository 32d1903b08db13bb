//! Pooling of independent normals: what is kept, and when two pipelines differ.
//!
//! A trial draws h, K blocks of n independent standard normals. `excess` compares the code that `pooling`
//! gives with the best code of 𝓜_k, found by enumeration of all supports:
//! (‖h − 𝐌(h)‖² − best)/‖h‖² (gilbert2017, Eq. 2). `mismatch` is 1 if pooling the 2K blocks of ReLU(h) and
//! ReLU(−h) by their largest values keeps, among its k blocks, both signs of one filter, so that it
//! differs from max-abs pooling (Sec. 3, after Proposition 1). `captured` is ‖𝐌(h)‖².

use schemars::JsonSchema;
use serde::Deserialize;

use crate::experiment::{Column, Definition, Failure, Observable, Parameters, Prepared, Tail};
use crate::models::filter_bank::Pooling;
use crate::models::filter_bank::codes::project;
use crate::models::filter_bank::supports::Model;
use crate::random::Stream;

/// Pooling of independent normals.
pub static EXPERIMENT: Definition = Definition::of::<Params>(
    "what pooling keeps of independent normals, against the best code",
    "fresh hidden values",
    OBSERVABLES,
);

const OBSERVABLES: &[Observable] = &[
    Observable::sampled(
        "excess",
        &[],
        r"\Delta",
        "squared distance beyond that of the best code, over ‖h‖²",
    ),
    Observable::sampled(
        "captured",
        &[],
        r"\|\mathbf M(h,k)\|^2",
        "squared norm of the pooled code",
    ),
    Observable::sampled(
        "mismatch",
        &[],
        r"\mathbf 1[\mathrm{both\ signs}]",
        "1 if rectified pooling with ± pairs differs from max-abs pooling",
    ),
    Observable::sampled(
        "fixed_error_sq",
        &[],
        r"\|z-\mathbf M_{\mathrm{fixed}}(z)\|^2/\|z\|^2",
        "squared relative error of fixed switches for the code z = 𝐌(h, k) of an orthonormal bank",
    ),
];

/// Sizes and pooling.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Blocks.
    #[serde(rename = "K")]
    blocks: usize,
    /// Entries of a block.
    n: usize,
    /// Entries of the code.
    k: usize,
    /// Pooling; largest modulus with its own place if left out.
    #[serde(default = "max_abs")]
    pooling: Pooling,
}

fn max_abs() -> Pooling {
    Pooling::MaxAbs
}

impl Parameters for Params {
    fn prepare(self) -> Result<Box<dyn Prepared>, Failure> {
        let sizes = self.blocks >= 1 && self.n >= 1 && self.k >= 1 && self.k <= self.blocks;
        if !sizes || Model::single(self.blocks, self.n, self.k).count() > 1e5 {
            let message =
                format!("K = {}, n = {} or k = {} is out of range", self.blocks, self.n, self.k);
            return Err(Failure::parameter(message, "1 ≤ k ≤ K, at most 10^5 supports"));
        }
        Ok(Box::new(self))
    }
}

impl Prepared for Params {
    fn columns(&self) -> Vec<Column> {
        let bounded = Tail::Bounded { lo: 0.0, hi: 1.0 };
        vec![
            Column::plain("excess", Tail::Unknown),
            Column::plain("captured", Tail::Unknown),
            Column::plain("mismatch", bounded),
            Column::plain("fixed_error_sq", Tail::Bounded { lo: 0.0, hi: 2.0 }),
        ]
    }

    fn trial(&self, stream: &mut Stream, out: &mut [f64]) -> Result<(), Failure> {
        let mut h = vec![0.0; self.blocks * self.n];
        stream.fill_normal(&mut h);
        let code = project(&h, self.n, self.k, self.pooling);
        let square: f64 = h.iter().map(|h| h * h).sum();
        let mut best = 0.0_f64;
        Model::single(self.blocks, self.n, self.k).each(&mut |support| {
            best = best.max(support.iter().map(|row| h[*row] * h[*row]).sum());
        });
        // ‖h − v‖² entry by entry: fixed switches put values where others stand.
        let pooled = code.dense(h.len());
        let distance: f64 = h.iter().zip(&pooled).map(|(h, v)| (h - v).powi(2)).sum();
        out[0] = (distance - (square - best)) / square;
        out[1] = code.square();
        let both: Vec<f64> = h.iter().copied().chain(h.iter().map(|h| -h)).collect();
        let kept = project(&both, self.n, self.k, Pooling::Relu).support();
        let block = |row: &usize| row / self.n % self.blocks;
        let mut blocks: Vec<usize> = kept.iter().map(block).collect();
        blocks.sort_unstable();
        out[2] = if blocks.windows(2).any(|pair| pair[0] == pair[1]) { 1.0 } else { 0.0 };
        let z = project(&h, self.n, self.k, Pooling::MaxAbs);
        let fixed = project(&z.dense(h.len()), self.n, self.k, Pooling::Fixed);
        out[3] = z.distance_square(&fixed) / z.square();
        Ok(())
    }

    fn cost(&self) -> f64 {
        Model::single(self.blocks, self.n, self.k).count() * 10.0 * self.k as f64
            + 50.0 * (self.blocks * self.n) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::StreamKey;
    use serde_json::json;

    #[test]
    fn what_must_hold_in_every_draw() {
        let draw = |params: serde_json::Value, trial: u64| {
            let mut out = [f64::NAN; 4];
            let pooling = (EXPERIMENT.prepare)(&params).unwrap();
            pooling
                .trial(&mut StreamKey::derive(1, "pooling", "{}").trial(trial), &mut out)
                .unwrap();
            out
        };
        let (mut signed, mut mismatches) = (0.0, 0.0);
        for trial in 0..200 {
            let best = draw(json!({"K": 4, "n": 3, "k": 2}), trial);
            assert!(best[0].abs() < 1e-14);
            signed += draw(json!({"K": 4, "n": 3, "k": 2, "pooling": "signed"}), trial)[0];
            mismatches += draw(json!({"K": 4, "n": 3, "k": 2}), trial)[2];
            assert_eq!(draw(json!({"K": 6, "n": 1, "k": 3}), trial)[2], 0.0);
        }
        assert!(signed > 1.0 && mismatches > 10.0);
        assert!((EXPERIMENT.prepare)(&json!({"K": 2, "n": 3, "k": 3})).is_err());
    }
}
