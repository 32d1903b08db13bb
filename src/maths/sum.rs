//! Sums that keep their digits: compensated addition and log-sum-exp.

/// Neumaier's compensated sum: error at most 2u|Σx| + O(n u²) Σ|x| with u = 2⁻⁵³.
///
/// Neumaier, Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen, ZAMM 54 (1974).
#[derive(Clone, Copy, Debug, Default)]
pub struct Sum {
    total: f64,
    lost: f64,
}

impl Sum {
    /// Adds one term.
    #[inline]
    pub fn add(&mut self, x: f64) {
        let total = self.total + x;
        self.lost += if self.total.abs() >= x.abs() {
            (self.total - total) + x
        } else {
            (x - total) + self.total
        };
        self.total = total;
    }

    /// The sum so far.
    #[inline]
    pub fn value(&self) -> f64 {
        // An overflow leaves NaN in the correction: the plain total then says more.
        if self.lost.is_finite() { self.total + self.lost } else { self.total }
    }
}

impl FromIterator<f64> for Sum {
    fn from_iter<I: IntoIterator<Item = f64>>(terms: I) -> Self {
        let mut sum = Self::default();
        terms.into_iter().for_each(|x| sum.add(x));
        sum
    }
}

/// Compensated sum of all terms.
pub fn sum(terms: impl IntoIterator<Item = f64>) -> f64 {
    terms.into_iter().collect::<Sum>().value()
}

/// ln Σ exp(xᵢ) without overflow or underflow; −∞ for no terms.
///
/// Absolute error at most about (4 + max spread of the dominant terms) u.
pub fn log_sum_exp(terms: &[f64]) -> f64 {
    let top = terms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if top.is_infinite() || terms.iter().any(|x| x.is_nan()) {
        return if terms.iter().any(|x| x.is_nan()) { f64::NAN } else { top };
    }
    top + sum(terms.iter().map(|x| (x - top).exp())).ln()
}

/// ln(1 − eˣ) for x ≤ 0, accurate at both ends (Mächler 2012); NaN for x > 0.
pub fn ln_one_minus_exp(x: f64) -> f64 {
    if x > -std::f64::consts::LN_2 { (-x.exp_m1()).ln() } else { (-x.exp()).ln_1p() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compensation_keeps_what_plain_addition_drops() {
        assert_eq!(sum([1.0, 1e100, 1.0, -1e100]), 2.0);
        assert_eq!(sum([f64::INFINITY, 1.0]), f64::INFINITY);
    }

    #[test]
    fn log_sum_exp_far_out() {
        let third = log_sum_exp(&[-5000.0, -5000.0, -5000.0]);
        assert!((third - (-5000.0 + 3f64.ln())).abs() < 1e-12);
        assert_eq!(log_sum_exp(&[]), f64::NEG_INFINITY);
        assert_eq!(log_sum_exp(&[f64::INFINITY, 0.0]), f64::INFINITY);
        assert!(log_sum_exp(&[0.0, f64::NAN]).is_nan());
    }

    #[test]
    fn complement_of_an_exponential() {
        assert!((ln_one_minus_exp(-1e-20) - 1e-20f64.ln()).abs() < 1e-13);
        assert_eq!(ln_one_minus_exp(-800.0), -0.0);
    }
}
