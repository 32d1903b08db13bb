//! Test functions for Li & Nguyen's operator "≅" (Appendix A.1), and two that are none.
//!
//! `X_n ≅ Y_n` means `f_n(X_n) − E f_n(Y_n) → 0` in probability for all uniformly pseudo-Lipschitz `f_n`:
//! `|f_n(x) − f_n(y)| ≤ C (1 + ‖x‖/√n + ‖y‖/√n) ‖x − y‖/√n`. The functions here have C = 1, by
//! Cauchy–Schwarz (for `Sorted`: rearrangement does not increase a distance, and the reference has
//! norm at most √n).

use super::weights::{dot, norm_sq};
use crate::maths::normal::quantile;

/// A function of one vector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TestFunction {
    /// `‖x‖²/n`.
    MeanSquare,
    /// `⟨x′, x″⟩/m` of the two halves of x, each of length m = n/2, halved: two vectors of a network at once.
    Halves,
    /// `Σ|x_i|/n`.
    MeanAbsolute,
    /// `Σ cos(x_i)/n`.
    MeanCosine,
    /// `Σ x_i x_{i+1}/n`, cyclic: not a sum of functions of single entries.
    Neighbours,
    /// `‖x‖/√n`.
    Norm,
    /// `Σ x_(i) q_i/n` with sorted entries and the normal quantiles `q_i` at `(i − ½)/n`.
    Sorted,
    /// `max x_i`: not in the class (its constant grows like √n).
    Maximum,
    /// `Σ x_i⁴/n`: not in the class (growth beyond quadratic, constant up to n).
    FourthPower,
}

impl TestFunction {
    /// All, those in the class first.
    pub const ALL: [Self; 9] = [
        Self::MeanSquare,
        Self::Halves,
        Self::MeanAbsolute,
        Self::MeanCosine,
        Self::Neighbours,
        Self::Norm,
        Self::Sorted,
        Self::Maximum,
        Self::FourthPower,
    ];

    /// The value at `x`.
    pub fn value(self, x: &[f64]) -> f64 {
        let n = x.len() as f64;
        match self {
            Self::MeanSquare => norm_sq(x) / n,
            Self::Halves => {
                let half = x.len() / 2;
                dot(&x[..half], &x[half..2 * half]) / n
            }
            Self::MeanAbsolute => x.iter().map(|x| x.abs()).sum::<f64>() / n,
            Self::MeanCosine => x.iter().map(|&x| libm::cos(x)).sum::<f64>() / n,
            Self::Neighbours => {
                let wrap = x.first().zip(x.last()).map_or(0.0, |(a, b)| a * b);
                (x.windows(2).map(|pair| pair[0] * pair[1]).sum::<f64>() + wrap) / n
            }
            Self::Norm => (norm_sq(x) / n).sqrt(),
            Self::Sorted => {
                let mut sorted = x.to_vec();
                sorted.sort_unstable_by(f64::total_cmp);
                let level = |i: usize| quantile((i as f64 + 0.5) / n);
                sorted.iter().enumerate().map(|(i, x)| x * level(i)).sum::<f64>() / n
            }
            Self::Maximum => x.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            Self::FourthPower => x.iter().map(|x| x.powi(4)).sum::<f64>() / n,
        }
    }
}

/// `|f(x) − f(y)|` over `(1 + ‖x‖/√n + ‖y‖/√n) ‖x − y‖/√n`.
pub fn lipschitz_quotient(f: TestFunction, x: &[f64], y: &[f64]) -> f64 {
    let root = (x.len() as f64).sqrt();
    let apart = x.iter().zip(y).map(|(x, y)| (x - y) * (x - y)).sum::<f64>().sqrt() / root;
    let growth = 1.0 + norm_sq(x).sqrt() / root + norm_sq(y).sqrt() / root;
    (f.value(x) - f.value(y)).abs() / (growth * apart)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_by_hand() {
        let x = [1.0, -2.0, 3.0, 0.0];
        let expected = [
            (TestFunction::MeanSquare, 3.5),
            (TestFunction::Halves, 0.75),
            (TestFunction::MeanAbsolute, 1.5),
            (TestFunction::MeanCosine, (1_f64.cos() + 2_f64.cos() + 3_f64.cos() + 1.0) / 4.0),
            (TestFunction::Neighbours, -2.0),
            (TestFunction::Norm, 3.5_f64.sqrt()),
            // Quantiles at 1/8, 3/8, …: ∓1.15034938, ∓0.31863936 (mpmath).
            (TestFunction::Sorted, (5.0 * 1.150_349_380_376_008 + 0.318_639_363_964_375) / 4.0),
            (TestFunction::Maximum, 3.0),
            (TestFunction::FourthPower, 98.0 / 4.0),
        ];
        for (f, value) in expected {
            assert!((f.value(&x) - value).abs() < 1e-12, "{f:?} {}", f.value(&x));
        }
    }

    #[test]
    fn the_maximum_feels_one_entry_fully() {
        let (mut x, y) = (vec![0.0; 100], vec![0.0; 100]);
        x[7] = 1e-3;
        let quotient = lipschitz_quotient(TestFunction::Maximum, &x, &y);
        assert!((quotient - 10.0 / 1.0001).abs() < 1e-9, "{quotient}");
    }
}
