//! Coherence and isometry constants of a few vectors given by their Gram matrix.
//!
//! `delta(k)` is the largest |λ − 1| over eigenvalues of all k × k principal blocks, `coherence` the largest
//! absolute off-diagonal entry over the roots of the diagonal ones. Gershgorin: with unit vectors
//! `delta(k)` ≤ (k − 1)·`coherence`, with equality at k = 2.
//!
//! A trial draws `vectors` random unit vectors in `dimension` dimensions in place of the given ones:
//! `drawn_coherence`, `drawn_delta(k)`.

use nalgebra::DMatrix;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::experiment::{
    Column, Definition, Enclosure, Failure, Observable, Parameters, Prepared, Tail,
};
use crate::models::filter_bank::rip::{coherence, spectrum};
use crate::models::filter_bank::supports::Model;
use crate::models::filter_bank::{Gram, Law, Products, Scaling, Shape};
use crate::random::Stream;

/// Coherence and isometry constants from a Gram matrix.
pub static EXPERIMENT: Definition = Definition::of::<Params>(
    "coherence and isometry constants of a few vectors given by their Gram matrix",
    "fresh random unit vectors",
    OBSERVABLES,
);

const OBSERVABLES: &[Observable] = &[
    Observable::exact("coherence", &[], r"\mu", "largest absolute cosine of two of the vectors"),
    Observable::exact(
        "delta",
        &["k"],
        r"\delta_{#1}",
        "largest |λ − 1| over the k × k principal blocks",
    ),
    Observable::exact(
        "least_eigenvalue",
        &[],
        r"\lambda_{\min}",
        "smallest eigenvalue of the whole matrix: a Gram matrix has none below 0",
    ),
    Observable::sampled("drawn_coherence", &[], r"\mu", "coherence of the drawn vectors"),
    Observable::sampled(
        "drawn_delta",
        &["k"],
        r"\delta_{#1}",
        "isometry constant of the drawn vectors, k = 2, 3",
    ),
];

/// Gram matrix, and sizes of the drawn vectors.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// The Gram matrix, row by row, at most 12 × 12.
    #[serde(default)]
    gram: Vec<Vec<f64>>,
    /// K, M, ℓ, D of the deterministic bank sin((q + 1)³), unit rows, stride 1, in place of `gram`: the vectors
    /// are its rows, all shifts included (at most 200).
    #[serde(default)]
    dfb: Vec<usize>,
    /// Number of drawn vectors, 3 to 12.
    #[serde(default = "three")]
    vectors: usize,
    /// Dimension of the drawn vectors, 1 to 1000.
    #[serde(default = "three")]
    dimension: usize,
}

const fn three() -> usize {
    3
}

impl Parameters for Params {
    fn prepare(self) -> Result<Box<dyn Prepared>, Failure> {
        let size = self.gram.len();
        let square = self.gram.iter().all(|row| row.len() == size);
        let entry = |i: usize, j: usize| self.gram[i][j];
        if size > 12 || !square {
            let message = format!("`gram` has {size} rows, or is not square");
            return Err(Failure::parameter(message, "give up to 12 rows of equal length"));
        }
        let symmetric = (0..size).all(|i| (0..i).all(|j| entry(i, j) == entry(j, i)));
        if !symmetric || (0..size).any(|i| !(entry(i, i) > 0.0)) {
            let message = "`gram` is not symmetric with a positive diagonal";
            return Err(Failure::parameter(
                message,
                "entry (i, j) is the product of vectors i and j",
            ));
        }
        if !(3..=12).contains(&self.vectors) || !(1..=1000).contains(&self.dimension) {
            let message = format!("vectors = {}, dimension = {}", self.vectors, self.dimension);
            return Err(Failure::parameter(message, "3 to 12 vectors, 1 to 1000 dimensions"));
        }
        let gram = match &self.dfb[..] {
            [] => Gram::from_matrix(DMatrix::from_fn(size, size, entry), size),
            &[k, m, l, d] if size == 0 => deterministic(Shape::line(k, m, l, 1, d))?,
            _ => {
                let message = "`dfb` is not four sizes, or comes beside `gram`";
                return Err(Failure::parameter(message, "dfb: [[K, M, l, D]], or a Gram matrix"));
            }
        };
        Ok(Box::new(Vectors { gram, vectors: self.vectors, dimension: self.dimension }))
    }
}

/// The Gram matrix of all rows of the deterministic bank, every row a block of its own.
fn deterministic(shape: Shape) -> Result<Gram, Failure> {
    if let Some(complaint) = shape.complaint() {
        return Err(Failure::parameter(complaint, "l must be at most D"));
    }
    if shape.rows() > 200 || shape.parameters() > 1_000_000 {
        return Err(Failure::parameter("the bank is too large", "at most 200 rows"));
    }
    let bank = Law::Dfb.bank(shape, Scaling::Unit);
    let bank = bank.ok_or_else(|| Failure::domain("the deterministic bank is not there"))?;
    Ok(Gram::from_matrix(Gram::of(&bank).matrix().clone(), shape.rows()))
}

struct Vectors {
    gram: Gram,
    vectors: usize,
    dimension: usize,
}

/// Largest |λ − 1| over the k × k blocks, with its rounding error.
fn delta(gram: &Gram, k: usize) -> Option<Enclosure> {
    spectrum(gram, &Model::single(gram.blocks(), 1, k), 1).map(|found| found.delta_enclosure())
}

impl Prepared for Vectors {
    fn exact(&self, name: &str, arguments: &[f64]) -> Result<Enclosure, Failure> {
        let size = self.gram.rows();
        match (name, arguments) {
            ("coherence", []) if size >= 2 => {
                Ok(Enclosure::with_relative_error(coherence(&self.gram, false), 1e-14))
            }
            ("delta", &[k]) if k >= 1.0 && k <= size as f64 && k.fract() == 0.0 => {
                delta(&self.gram, k as usize).ok_or_else(|| Failure::domain("too many blocks"))
            }
            ("least_eigenvalue", []) if size >= 1 => {
                let least = self.gram.matrix().clone().symmetric_eigenvalues().min();
                Ok(Enclosure::with_error(least, 1e-13 * self.gram.matrix().norm()))
            }
            ("coherence" | "delta" | "least_eigenvalue", _) => {
                Err(Failure::domain(format!("`gram` has {size} rows: {name} is not defined here")))
            }
            _ => Err(Failure::no_such_observable(name)),
        }
    }

    fn columns(&self) -> Vec<Column> {
        let bound = |hi| Tail::Bounded { lo: 0.0, hi };
        vec![
            Column::plain("drawn_coherence", bound(1.0 + 1e-12)),
            Column::indexed("drawn_delta", 2, bound(1.0 + 1e-12)),
            Column::indexed("drawn_delta", 3, bound(2.0 + 1e-12)),
        ]
    }

    fn trial(&self, stream: &mut Stream, out: &mut [f64]) -> Result<(), Failure> {
        let mut columns = DMatrix::zeros(self.dimension, self.vectors);
        for column in columns.as_mut_slice().chunks_mut(self.dimension) {
            stream.unit_vector(column);
        }
        let gram = Gram::of_rows(&columns.transpose(), self.vectors);
        let value = |k| delta(&gram, k).map_or(f64::NAN, |found| found.value);
        out.copy_from_slice(&[coherence(&gram, false), value(2), value(3)]);
        Ok(())
    }

    fn cost(&self) -> f64 {
        1e4 + (self.vectors * self.vectors * self.dimension) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::StreamKey;
    use serde_json::{Value, json};

    fn value(gram: &Value, name: &str, arguments: &[f64]) -> f64 {
        let prepared = (EXPERIMENT.prepare)(&json!({ "gram": gram })).unwrap();
        prepared.exact(name, arguments).unwrap().value
    }

    #[test]
    fn eigenvalues_by_hand() {
        let equal = json!([[1, 0.3, 0.3], [0.3, 1, 0.3], [0.3, 0.3, 1]]);
        let pair = json!([[1, 0.5, 0], [0.5, 1, 0], [0, 0, 1]]);
        for (gram, mu, two, three) in [(&equal, 0.3, 0.3, 0.6), (&pair, 0.5, 0.5, 0.5)] {
            assert!((value(gram, "coherence", &[]) - mu).abs() < 1e-13);
            assert!((value(gram, "delta", &[2.0]) - two).abs() < 1e-13);
            assert!((value(gram, "delta", &[3.0]) - three).abs() < 1e-13);
        }
    }

    #[test]
    fn all_pairs_of_a_bank_have_its_coherence() {
        let prepared = (EXPERIMENT.prepare)(&json!({"dfb": [6, 40, 8, 10]})).unwrap();
        let value = |name: &str, arguments: &[f64]| prepared.exact(name, arguments).unwrap().value;
        // numpy: largest off-diagonal modulus of the 18 × 18 Gram matrix.
        assert!((value("coherence", &[]) - 0.147_141_818_547_855_05).abs() < 1e-12);
        assert!((value("delta", &[2.0]) - value("coherence", &[])).abs() < 1e-13);
    }

    #[test]
    fn drawn_vectors_obey_gershgorin() {
        let prepared = (EXPERIMENT.prepare)(&json!({"vectors": 5, "dimension": 6})).unwrap();
        let mut out = [f64::NAN; 3];
        prepared.trial(&mut StreamKey::derive(1, "gram", "t").trial(0), &mut out).unwrap();
        assert!((out[0] - out[1]).abs() < 1e-12 && out[2] <= 2.0 * out[0] + 1e-12, "{out:?}");
    }

    #[test]
    fn wrong_matrices_are_refused() {
        assert!((EXPERIMENT.prepare)(&json!({"dfb": [6, 40, 8]})).is_err());
        for gram in [json!([[1, 0.3], [0.2, 1]]), json!([[1, 0.3]]), json!([[0]])] {
            assert!((EXPERIMENT.prepare)(&json!({ "gram": gram })).is_err(), "{gram}");
        }
    }
}
