//! Binomial coefficients and law, by Loader's saddle point: digits do not decay with n.

use super::special::{LN_SQRT_2PI, deviance, stirling_correction};

/// ln C(n, k); −∞ for k > n. Relative error at most 32u, up to n = 10⁷ and beyond.
///
/// k ln(n/k) + (n−k) ln(n/(n−k)) plus Stirling's corrections: no large terms cancel, as they would
/// in a difference of three ln Γ.
pub fn ln_choose(n: u64, k: u64) -> f64 {
    if k > n {
        return f64::NEG_INFINITY;
    }
    let k = k.min(n - k);
    if k == 0 {
        return 0.0;
    }
    let (n, k) = (n as f64, k as f64);
    if k <= 30.0 {
        // A short product is exact to the last digits where the corrections would cancel.
        return super::sum::sum((0..k as u64).map(|i| ((n - i as f64) / (i as f64 + 1.0)).ln()));
    }
    let rest = n - k;
    let entropy = k * (n / k).ln() - rest * (-k / n).ln_1p();
    entropy + corrections(n, k)
}

/// δ(n) − δ(k) − δ(n−k) + ½ ln(n/(2πk(n−k))) for 0 < k < n.
fn corrections(n: f64, k: f64) -> f64 {
    let rest = n - k;
    stirling_correction(n) - stirling_correction(k) - stirling_correction(rest)
        + 0.5 * (n / (k * rest)).ln()
        - LN_SQRT_2PI
}

/// ln P(Bin(n, p) = k); −∞ where impossible, NaN for p outside [0, 1].
///
/// Absolute error at most (16 + 8 |result| + 2 |k − np|) u; the last term is that of rounding np and
/// is absent for p = ½.
pub fn ln_pmf(n: u64, p: f64, k: u64) -> f64 {
    if p.is_nan() || !(0.0..=1.0).contains(&p) {
        return f64::NAN;
    }
    if k > n {
        return f64::NEG_INFINITY;
    }
    let (size, successes) = (n as f64, k as f64);
    if k == 0 {
        return if n == 0 { 0.0 } else { size * (-p).ln_1p() };
    }
    if k == n {
        return size * p.ln();
    }
    if p == 0.0 || p == 1.0 {
        return f64::NEG_INFINITY;
    }
    corrections(size, successes)
        - deviance(successes, size * p)
        - deviance(size - successes, size * (1.0 - p))
}

/// P(Bin(n, p) = k). Relative error as the absolute one of [`ln_pmf`].
pub fn pmf(n: u64, p: f64, k: u64) -> f64 {
    ln_pmf(n, p, k).exp()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::maths::sum::sum;
    use proptest::prelude::*;

    #[test]
    fn small_coefficients() {
        for (n, k, value) in [(5, 2, 10.0), (10, 5, 252.0), (70, 35, 112_186_277_816_662_845_432.0)]
        {
            let got = ln_choose(n, k);
            assert!((got - f64::ln(value)).abs() < 1e-14 * got, "{n} over {k}: {got}");
        }
        assert_eq!(ln_choose(3, 4), f64::NEG_INFINITY);
        assert_eq!(ln_choose(7, 7), 0.0);
    }

    #[test]
    fn edges_of_the_law() {
        assert_eq!(pmf(0, 0.3, 0), 1.0);
        assert_eq!(pmf(5, 0.0, 0), 1.0);
        assert_eq!(pmf(5, 1.0, 5), 1.0);
        assert_eq!(pmf(5, 1.0, 2), 0.0);
        assert!(pmf(5, 1.5, 2).is_nan());
    }

    proptest! {
        #[test]
        fn the_law_sums_to_one(n in 1u64..3000, p in 0.001f64..0.999) {
            let total = sum((0..=n).map(|k| pmf(n, p, k)));
            prop_assert!((total - 1.0).abs() < 1e-13);
        }
    }
}
