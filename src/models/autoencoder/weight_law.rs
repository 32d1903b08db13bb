//! Laws of weight entries with mean 0 and variance 1 (Li & Nguyen 2019, Remark 2 and Appendix B).

use schemars::JsonSchema;
use serde::Deserialize;

use crate::random::Stream;

/// Degrees of freedom of [`WeightLaw::Student`]: just enough for a variance.
const STUDENT_DOF: f64 = 2.1;
/// Mean number of non-zero entries in a row of [`WeightLaw::Sparse`].
const SPARSE_ENTRIES: f64 = 2.0;

/// Law of an entry, scaled to variance 1 where there is one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WeightLaw {
    /// Standard normal.
    #[default]
    Gauss,
    /// ±1 with equal probability.
    Bernoulli,
    /// Uniform on (−√3, √3).
    Uniform,
    /// Two-sided exponential.
    Laplace,
    /// Student's t with 2.1 degrees of freedom, scaled to variance 1; moments from 2.1 on are infinite.
    #[serde(rename = "student2.1")]
    Student,
    /// Normal with probability 2/n, n the length of the row, else 0; scaled to variance 1.
    #[serde(rename = "sparse2")]
    Sparse,
    /// Standard Cauchy: no mean, no variance.
    Cauchy,
}

impl WeightLaw {
    /// Fills a row of a matrix with independent entries.
    pub fn fill(self, stream: &mut Stream, row: &mut [f64]) {
        match self {
            Self::Gauss => stream.fill_normal(row),
            Self::Bernoulli => fill_signs(stream, row),
            Self::Uniform => {
                let width = 2.0 * 3_f64.sqrt();
                row.iter_mut().for_each(|w| *w = width * (stream.uniform() - 0.5));
            }
            Self::Laplace => {
                let scale = std::f64::consts::FRAC_1_SQRT_2;
                row.iter_mut().for_each(|w| *w = scale * stream.sign() * stream.exponential());
            }
            Self::Student => {
                // normal/√(χ²/ν) has variance ν/(ν − 2).
                let scale = (STUDENT_DOF - 2.0).sqrt();
                row.iter_mut().for_each(|w| {
                    *w = scale * stream.normal() / stream.chi_squared(STUDENT_DOF).sqrt();
                });
            }
            Self::Sparse => fill_sparse(stream, row),
            Self::Cauchy => {
                row.iter_mut().for_each(|w| *w = stream.normal() / stream.normal());
            }
        }
    }
}

/// One random bit an entry.
fn fill_signs(stream: &mut Stream, row: &mut [f64]) {
    for block in row.chunks_mut(64) {
        let bits = stream.bits();
        for (i, w) in block.iter_mut().enumerate() {
            *w = if bits >> i & 1 == 0 { 1.0 } else { -1.0 };
        }
    }
}

/// Jumps from one non-zero entry to the next by geometric gaps.
fn fill_sparse(stream: &mut Stream, row: &mut [f64]) {
    row.fill(0.0);
    let p = (SPARSE_ENTRIES / row.len() as f64).min(1.0);
    let scale = p.sqrt().recip();
    let ln_miss = libm::log1p(-p);
    let mut next = 0.0;
    loop {
        // P(gap ≥ k) = (1 − p)^k.
        next += (libm::log(stream.uniform()) / ln_miss).floor();
        if next.is_nan() || next >= row.len() as f64 {
            return;
        }
        row[next as usize] = scale * stream.normal();
        next += 1.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::StreamKey;

    /// Mean 0, variance 1, and the fourth moment where the sampling of it says anything.
    #[test]
    fn entries_have_mean_zero_and_variance_one() {
        let laws = [
            (WeightLaw::Gauss, 3.0, 105.0),
            (WeightLaw::Bernoulli, 1.0, 1.0),
            (WeightLaw::Uniform, 1.8, 9.0),
            // E x⁴ = 4!/4, E x⁸ = 8!/16.
            (WeightLaw::Laplace, 6.0, 2520.0),
            // E x⁴ = 3/p, E x⁸ = 105/p³ with p = 2/50.
            (WeightLaw::Sparse, 75.0, 105.0 * 25.0 * 25.0 * 25.0),
        ];
        for (law, fourth, eighth) in laws {
            let mut stream = StreamKey::derive(3, "weights", &format!("{law:?}")).trial(0);
            let mut row = [0.0; 50];
            let (mut sums, rows) = ([0.0; 3], 8000);
            for _ in 0..rows {
                law.fill(&mut stream, &mut row);
                for w in row {
                    let square = w * w;
                    sums = [sums[0] + w, sums[1] + square, sums[2] + square * square];
                }
            }
            let n = f64::from(rows) * 50.0;
            // Five standard errors each; a little room for the ±1 law, where moments are exact.
            let near = |sum: f64, mean: f64, variance: f64| {
                (sum / n - mean).abs() < 5.0 * (variance / n).sqrt() + 1e-12
            };
            assert!(near(sums[0], 0.0, 1.0), "{law:?} {sums:?}");
            assert!(near(sums[1], 1.0, fourth - 1.0), "{law:?} {sums:?}");
            assert!(near(sums[2], fourth, eighth - fourth * fourth), "{law:?} {sums:?}");
        }
    }

    /// Quartiles of laws without enough moments: Cauchy ±1; Student by mpmath.
    #[test]
    fn heavy_laws_have_their_quartiles() {
        // t(2.1) has its upper quartile at 0.808856793… (mpmath); times √(0.1/2.1).
        for (law, quartile) in [(WeightLaw::Cauchy, 1.0), (WeightLaw::Student, 0.176_507_022_9)] {
            let mut stream = StreamKey::derive(3, "weights", &format!("{law:?}")).trial(0);
            let mut row = vec![0.0; 100_000];
            law.fill(&mut stream, &mut row);
            let inside = row.iter().filter(|w| w.abs() < quartile).count() as f64 / 1e5;
            assert!((inside - 0.5).abs() < 5.0 * 0.5 / 1e5_f64.sqrt(), "{law:?} {inside}");
        }
    }
}
