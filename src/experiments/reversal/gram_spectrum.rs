//! The spectrum of `WᵀW/n` for an n × m matrix W with independent standard normal entries.
//!
//! As n and m grow with `γ = m/n` fixed, the largest eigenvalue tends to `(1 + √γ)²` and the spectral distance to the identity to
//! `2√γ + γ` (Bai and Yin 1993), for γ > 1 too: then m − n eigenvalues are 0. The eigenvalues follow the law of Marchenko and
//! Pastur. A trial draws a matrix; eigenvalues come from a dense symmetric solver, accurate to about `m ε` of the largest.

use nalgebra::DMatrix;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::experiment::{Column, Definition, Failure, Observable, Parameters, Prepared, Tail};
use crate::random::Stream;

/// The spectrum of a Gram matrix.
pub static EXPERIMENT: Definition = Definition::of::<Params>(
    "eigenvalues of the Gram matrix WᵀW/n of a Gaussian matrix",
    "a fresh matrix",
    OBSERVABLES,
);

/// Number of bins of `density`.
const BINS: usize = 40;

const OBSERVABLES: &[Observable] = &[
    Observable::sampled(
        "deviation",
        &[],
        r"\left\|\tfrac1n W^TW - I\right\|",
        "largest distance of an eigenvalue to 1",
    ),
    Observable::sampled(
        "largest_off_diagonal",
        &[],
        r"\max_{i\ne j}\left|\tfrac1n (W^TW)_{ij}\right|",
        "largest absolute value off the diagonal",
    ),
    Observable::sampled(
        "unscaled_deviation",
        &[],
        r"\left\|W^TW - I\right\|",
        "the spectral distance to the identity without the factor 1/n",
    ),
    Observable::sampled(
        "density",
        &["bin"],
        r"p_{#1}",
        "share of the eigenvalues in bin number 1, …, 40 of [0, (1 + √γ)²], over the bin's width",
    ),
];

/// Sizes.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Rows.
    n: usize,
    /// Columns, at most 2000.
    m: usize,
}

impl Parameters for Params {
    fn prepare(self) -> Result<Box<dyn Prepared>, Failure> {
        if !((1..=100_000).contains(&self.n) && (2..=2000).contains(&self.m)) {
            let message = format!("n = {}, m = {} are out of range", self.n, self.m);
            return Err(Failure::parameter(message, "n up to 10⁵, m from 2 to 2000"));
        }
        Ok(Box::new(self))
    }
}

impl Params {
    /// `WᵀW/n`, gathered from blocks of rows.
    fn gram(&self, stream: &mut Stream) -> DMatrix<f64> {
        const BLOCK: usize = 256;
        let mut gram = DMatrix::zeros(self.m, self.m);
        let mut left = self.n;
        while left > 0 {
            let rows = left.min(BLOCK);
            let mut block = DMatrix::zeros(self.m, rows);
            stream.fill_normal(block.as_mut_slice());
            gram.gemm(1.0 / self.n as f64, &block, &block.transpose(), 1.0);
            left -= rows;
        }
        gram
    }
}

impl Prepared for Params {
    fn columns(&self) -> Vec<Column> {
        let mut columns: Vec<Column> = ["deviation", "largest_off_diagonal", "unscaled_deviation"]
            .into_iter()
            .map(|name| Column::plain(name, Tail::Unknown))
            .collect();
        columns.extend((1..=BINS).map(|bin| Column::indexed("density", bin, Tail::Unknown)));
        columns
    }

    fn trial(&self, stream: &mut Stream, out: &mut [f64]) -> Result<(), Failure> {
        let gram = self.gram(stream);
        let mut off = 0.0_f64;
        for i in 0..self.m {
            for j in 0..i {
                off = off.max(gram[(i, j)].abs());
            }
        }
        let eigenvalues = gram.symmetric_eigenvalues();
        let n = self.n as f64;
        let distance =
            |factor: f64| eigenvalues.iter().map(|e| (factor * e - 1.0).abs()).fold(0.0, f64::max);
        out[0] = distance(1.0);
        out[1] = off;
        out[2] = distance(n);
        let width = (1.0 + (self.m as f64 / n).sqrt()).powi(2) / BINS as f64;
        out[3..].fill(0.0);
        for e in eigenvalues.iter() {
            // Rounding puts the eigenvalue 0 of a singular matrix on either side of 0.
            let bin = (e.max(0.0) / width).floor();
            if (0.0..BINS as f64).contains(&bin) {
                out[3 + bin as usize] += 1.0 / (self.m as f64 * width);
            }
        }
        Ok(())
    }

    fn cost(&self) -> f64 {
        let m = self.m as f64;
        2.0 * self.n as f64 * m * m / 10.0 + 4.0 * m * m * m
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::StreamKey;

    #[test]
    fn a_tall_matrix_is_near_the_identity_and_a_wide_one_singular() {
        let key = StreamKey::derive(8, "gram-spectrum", "test");
        let mut out = vec![0.0; 3 + BINS];
        Params { n: 4000, m: 20 }.trial(&mut key.trial(0), &mut out).unwrap();
        // 2√γ + γ = 0.146.
        assert!((out[0] - 0.146).abs() < 0.04, "{}", out[0]);
        Params { n: 30, m: 60 }.trial(&mut key.trial(1), &mut out).unwrap();
        assert!(out[0] >= 1.0 - 1e-12 && out[2] > 30.0);
        let zero_share = out[3] * (1.0 + 2f64.sqrt()).powi(2) / BINS as f64;
        assert!(zero_share >= 0.3, "{zero_share}");
    }
}
