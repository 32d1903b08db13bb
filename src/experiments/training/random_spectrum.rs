//! Singular values of a random N × N matrix against the quarter circle.
//!
//! Scaled by `1/√(Nv)`, `v` the mean square of the drawn entries, those of a matrix with independent entries of finite variance follow
//! the density `√(4 − x²)/π` on [0, 2] as N grows; the Kolmogorov–Smirnov distance of a Gaussian matrix is of order 1/N. Cauchy entries
//! have no variance: the largest few make up the scale. `low-rank` is a matrix of rank 20, entries of variance 1, plus 0.3 times noise.
//! A trial draws a matrix; singular values are roots of the eigenvalues of the Gram matrix, good to 1e-6.

use nalgebra::DMatrix;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::experiment::{
    Column, Definition, Failure, Nature, Observable, Parameters, Prepared, Tail,
};
use crate::random::Stream;
use crate::training::mlp::shape::quarter_circle_distance;

/// Singular values of random matrices.
pub static EXPERIMENT: Definition = Definition::of::<Params>(
    "singular values of a random square matrix against the quarter circle",
    "a fresh matrix",
    &[Observable {
        name: "quarter_circle",
        arguments: &[],
        latex: r"d_{\mathrm{KS}}(W, \mathrm{qc})",
        doc: "Kolmogorov–Smirnov distance of the scaled singular values to the quarter circle",
        nature: Nature::Sampled,
    }],
);

/// Laws of entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Law {
    /// Standard normal.
    Gaussian,
    /// Cauchy.
    Cauchy,
    /// Rank 20 plus 0.3 times noise.
    LowRank,
}

/// The matrix.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Rows and columns, at most 5000.
    #[serde(rename = "N")]
    size: usize,
    /// Law of the entries.
    weights: Law,
}

/// Rank of the low-rank matrix.
const RANK: usize = 20;

impl Parameters for Params {
    fn prepare(self) -> Result<Box<dyn Prepared>, Failure> {
        if !(2..=5000).contains(&self.size) {
            return Err(Failure::parameter(
                format!("N = {} is out of range", self.size),
                "2 to 5000",
            ));
        }
        Ok(Box::new(self))
    }
}

impl Params {
    fn draw(self, stream: &mut Stream) -> DMatrix<f64> {
        let n = self.size;
        let mut normals = |rows: usize, columns: usize| {
            let mut matrix = DMatrix::zeros(rows, columns);
            stream.fill_normal(matrix.as_mut_slice());
            matrix
        };
        match self.weights {
            Law::Gaussian => normals(n, n),
            // A quotient of two normals.
            Law::Cauchy => normals(n, n).component_div(&normals(n, n)),
            Law::LowRank => {
                let (left, right) = (normals(n, RANK), normals(RANK, n));
                left * right / (RANK as f64).sqrt() + normals(n, n) * 0.3
            }
        }
    }
}

impl Prepared for Params {
    fn columns(&self) -> Vec<Column> {
        // Proven is only a range, which would say nothing of so small a number.
        vec![Column::plain("quarter_circle", Tail::Unknown)]
    }

    fn trial(&self, stream: &mut Stream, out: &mut [f64]) -> Result<(), Failure> {
        out[0] = quarter_circle_distance(&self.draw(stream));
        Ok(())
    }

    fn cost(&self) -> f64 {
        10.0 * (self.size as f64).powi(3)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::StreamKey;

    #[test]
    fn only_the_gaussian_matrix_is_near() {
        let distance = |weights| {
            let mut out = [0.0];
            let mut stream = StreamKey::derive(1, "spectrum", "{}").trial(0);
            Params { size: 120, weights }.trial(&mut stream, &mut out).unwrap();
            out[0]
        };
        assert!(distance(Law::Gaussian) < 0.03);
        assert!(distance(Law::Cauchy) > 0.3);
        assert!(distance(Law::LowRank) > 0.3);
    }
}
