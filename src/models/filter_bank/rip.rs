//! Isometry constants over model-sparse codes: exactly, by enumeration of the supports, and bounds from
//! below by search.
//!
//! δ = max over supports S of max(1 − λ_min(W_S W_Sᵀ), λ_max(W_S W_Sᵀ) − 1) (gilbert2017, Eq. 1): only the
//! Gram matrices of single supports are formed.

use nalgebra::DMatrix;

use super::gram::Products;
use super::supports::Model;
use crate::maths::Enclosure;
use crate::random::Stream;

/// Most supports that an enumeration visits.
pub const MOST_SUPPORTS: f64 = 2e7;

/// Extreme eigenvalues of the Gram matrices of all supports of a model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spectrum {
    /// Smallest eigenvalue over all supports.
    pub min: f64,
    /// Largest eigenvalue over all supports.
    pub max: f64,
    /// Bound of the rounding error of both, given the inner products.
    pub error: f64,
}

impl Spectrum {
    /// The isometry constant.
    pub fn delta(&self) -> f64 {
        (1.0 - self.min).max(self.max - 1.0)
    }

    /// The isometry constant with its error bar.
    pub fn delta_enclosure(&self) -> Enclosure {
        Enclosure::with_error(self.delta(), self.error)
    }
}

/// Smallest and largest eigenvalue of a symmetric matrix.
pub fn extremes(matrix: &DMatrix<f64>) -> (f64, f64) {
    match matrix.nrows() {
        0 => (1.0, 1.0),
        1 => (matrix[(0, 0)], matrix[(0, 0)]),
        2 => pair(matrix[(0, 0)], matrix[(1, 1)], matrix[(0, 1)]),
        _ => {
            let values = matrix.symmetric_eigenvalues();
            let min = values.iter().copied().fold(f64::INFINITY, f64::min);
            (min, values.iter().copied().fold(f64::NEG_INFINITY, f64::max))
        }
    }
}

/// Eigenvalues of ((a, c), (c, b)).
fn pair(a: f64, b: f64, c: f64) -> (f64, f64) {
    let (middle, half) = (0.5 * (a + b), (0.5 * (a - b)).hypot(c));
    (middle - half, middle + half)
}

/// The extreme eigenvalues over every support of the model; `None` if there are more than
/// [`MOST_SUPPORTS`]. `terms` is the number of terms of an inner product, for the error bar.
pub fn spectrum(gram: &impl Products, model: &Model, terms: usize) -> Option<Spectrum> {
    if model.count() > MOST_SUPPORTS {
        return None;
    }
    let (mut min, mut max) = (f64::INFINITY, f64::NEG_INFINITY);
    let size = model.largest();
    let mut block = DMatrix::zeros(size, size);
    model.each(&mut |support| {
        let (low, high) = if let [a, b] = *support {
            pair(gram.dot(a, a), gram.dot(b, b), gram.dot(a, b))
        } else {
            for (i, a) in support.iter().enumerate() {
                for (j, b) in support.iter().enumerate().take(i + 1) {
                    let product = gram.dot(*a, *b);
                    block[(i, j)] = product;
                    block[(j, i)] = product;
                }
            }
            extremes(&block)
        };
        (min, max) = (min.min(low), max.max(high));
    });
    Some(Spectrum { min, max, error: error(size, terms, max) })
}

/// Rounding: an inner product of `terms` numbers is off by terms·u·‖a‖‖b‖ at most, which moves eigenvalues by
/// `size` times that; the eigenvalues themselves are accurate to a small multiple of size·u.
fn error(size: usize, terms: usize, max: f64) -> f64 {
    (terms + 50) as f64 * size as f64 * f64::EPSILON * max.max(1.0)
}

/// Largest ‖W_Ω W_Γᵀ‖ over disjoint supports Ω, Γ of the largest size of the model: θ_{k,k} (gilbert2017,
/// Lemma B.2). `None` if there are too many pairs.
pub fn restricted_orthogonality(gram: &impl Products, model: &Model) -> Option<f64> {
    if model.count().powi(2) > MOST_SUPPORTS {
        return None;
    }
    let mut supports = Vec::new();
    model.each(&mut |support| supports.push(support.to_vec()));
    let mut largest = 0.0_f64;
    for (index, first) in supports.iter().enumerate() {
        for second in &supports[index + 1..] {
            if first.iter().any(|row| second.contains(row)) {
                continue;
            }
            let cross =
                DMatrix::from_fn(first.len(), second.len(), |i, j| gram.dot(first[i], second[j]));
            let square = extremes(&(cross.transpose() * &cross)).1;
            largest = largest.max(square.max(0.0).sqrt());
        }
    }
    Some(largest)
}

/// Largest |⟨a, b⟩|/(‖a‖‖b‖) over pairs of different rows; `across` leaves out pairs of one block.
pub fn coherence(gram: &impl Products, across: bool) -> f64 {
    let mut largest = 0.0_f64;
    let norms: Vec<f64> = (0..gram.rows()).map(|a| gram.dot(a, a).sqrt()).collect();
    for a in 0..gram.rows() {
        for b in 0..a {
            if !(across && a / gram.shifts() == b / gram.shifts()) {
                largest = largest.max((gram.dot(a, b) / (norms[a] * norms[b])).abs());
            }
        }
    }
    largest
}

/// A support that a search found, with the extreme eigenvalue that it proves.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// Row indices, in increasing order.
    pub support: Vec<usize>,
    /// Its smallest (or largest) eigenvalue: the constant is at least 1 − this (or this − 1).
    pub eigenvalue: f64,
}

/// Which end of the spectrum is searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Smallest eigenvalue.
    Min,
    /// Largest eigenvalue.
    Max,
}

impl End {
    fn of(self, matrix: &DMatrix<f64>) -> f64 {
        let (min, max) = extremes(matrix);
        match self {
            Self::Min => -min,
            Self::Max => max,
        }
    }
}

/// Searches the supports of 𝓜_k for an extreme eigenvalue: from a random support, each entry in turn goes
/// to the best row of any free block, until a round changes nothing or `rounds` are over. What is found is
/// attained: a bound of the isometry constant from below, certain up to rounding.
pub fn search(
    gram: &impl Products,
    k: usize,
    end: End,
    rounds: usize,
    stream: &mut Stream,
) -> Found {
    let mut blocks: Vec<usize> = (0..gram.blocks()).collect();
    stream.shuffle(&mut blocks);
    let n = gram.shifts();
    let mut support: Vec<usize> =
        blocks.iter().take(k).map(|b| b * n + stream.below(n as u64) as usize).collect();
    let mut best = end.of(&gram.block(&support));
    for _ in 0..rounds {
        let before = best;
        for slot in 0..support.len() {
            best = improve(gram, end, &mut support, slot, best);
        }
        if best <= before {
            break;
        }
    }
    support.sort_unstable();
    let eigenvalue = if end == End::Min { -best } else { best };
    Found { support, eigenvalue }
}

/// Puts the best row into a slot of the support; the value with it.
fn improve(
    gram: &impl Products,
    end: End,
    support: &mut [usize],
    slot: usize,
    mut best: f64,
) -> f64 {
    let n = gram.shifts();
    let mut chosen = support[slot];
    let mut matrix = gram.block(support);
    for row in 0..gram.rows() {
        let taken = |(i, other): (usize, &usize)| i != slot && other / n == row / n;
        if support.iter().enumerate().any(taken) {
            continue;
        }
        for (i, other) in support.iter().enumerate() {
            let product = if i == slot { gram.dot(row, row) } else { gram.dot(row, *other) };
            matrix[(i, slot)] = product;
            matrix[(slot, i)] = product;
        }
        // A row that meets none of the others can't move the extreme beyond its own norm.
        let value = end.of(&matrix);
        if value > best {
            (best, chosen) = (value, row);
        }
    }
    support[slot] = chosen;
    best
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::filter_bank::{Gram, Law, Scaling, Shape};
    use crate::random::StreamKey;

    fn dfb(shape: Shape, scaling: Scaling) -> (Gram, usize) {
        (Gram::of(&Law::Dfb.bank(shape, scaling).unwrap()), shape.fan_in())
    }

    #[test]
    fn search_reaches_the_enumerated_extremes() {
        let (gram, terms) = dfb(Shape::line(5, 3, 3, 1, 6), Scaling::Unit);
        let exact = spectrum(&gram, &Model::single(5, 4, 3), terms).unwrap();
        let mut stream = StreamKey::derive(1, "rip", "{}").trial(0);
        let mut best = |end: End| {
            (0..20).map(|_| search(&gram, 3, end, 10, &mut stream).eigenvalue).fold(
                if end == End::Max { f64::NEG_INFINITY } else { f64::INFINITY },
                |a, b| {
                    if end == End::Max { a.max(b) } else { a.min(b) }
                },
            )
        };
        assert!((best(End::Max) - exact.max).abs() < 1e-12);
        assert!((best(End::Min) - exact.min).abs() < 1e-12);
    }

    /// Reference: numpy's eigvalsh over itertools.combinations, the bank from mpmath sines in 40 digits.
    #[test]
    fn constants_of_the_deterministic_bank() {
        let shape = Shape::line(6, 40, 8, 1, 10);
        for (scaling, single, double) in [
            (Scaling::Unit, 0.147_141_818_547_855, 0.306_708_382_397_948),
            (Scaling::Scaled, 0.151_427_669_548_895, 0.301_669_376_018_31),
        ] {
            let (gram, terms) = dfb(shape, scaling);
            let of = |model: Model| spectrum(&gram, &model, terms).unwrap().delta();
            assert!((of(Model::single(6, 3, 2)) - single).abs() < 1e-12);
            assert!((of(Model::double(6, 3, 2)) - double).abs() < 1e-12);
        }
        let (gram, _) = dfb(shape, Scaling::Unit);
        let theta = restricted_orthogonality(&gram, &Model::single(6, 3, 2)).unwrap();
        assert!((theta - 0.248_457_225_829_91).abs() < 1e-12);
        for (k, double, expected) in [
            (2, false, 0.595_139_922_964_96),
            (3, false, 0.815_919_468_163_98),
            (2, true, 1.193_859_033_164_08),
        ] {
            let (gram, terms) = dfb(Shape::line(4, 3, 3, 1, 8), Scaling::Unit);
            let model = if double { Model::double(4, 6, k) } else { Model::single(4, 6, k) };
            let found = spectrum(&gram, &model, terms).unwrap().delta();
            assert!((found - expected).abs() < 1e-12, "{k}");
        }
    }

    #[test]
    fn orthonormal_banks_have_constant_zero() {
        let bank = Law::Dct.bank(Shape::line(8, 1, 8, 8, 16), Scaling::Raw).unwrap();
        let exact = spectrum(&Gram::of(&bank), &Model::double(8, 2, 1), 8).unwrap();
        assert!(exact.delta() < 1e-14);
    }

    #[test]
    fn coherence_is_the_constant_of_pairs_for_unit_rows() {
        let (gram, terms) = dfb(Shape::line(6, 40, 8, 1, 10), Scaling::Unit);
        let pairs = spectrum(&gram, &Model::double(6, 3, 1), terms).unwrap();
        assert!((pairs.delta() - coherence(&gram, false)).abs() < 1e-13);
        let theta = restricted_orthogonality(&gram, &Model::single(6, 3, 1)).unwrap();
        assert!((theta - pairs.delta()).abs() < 1e-13);
    }
}
