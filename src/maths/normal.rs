//! Standard normal law.

use super::special::{LN_SQRT_2PI, erf, erfc};
use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI};

/// What FRAC_1_SQRT_2 lacks of 1/√2.
const FRAC_1_SQRT_2_REST: f64 = -4.833_646_656_726_457e-17;

/// Density e^(−x²/2)/√(2π). Error at most (4 + x²) u.
pub fn pdf(x: f64) -> f64 {
    ln_pdf(x).exp()
}

/// Logarithm of the density.
pub fn ln_pdf(x: f64) -> f64 {
    -0.5 * x * x - LN_SQRT_2PI
}

/// P(Z ≤ x). Error at most 8u while it is a normal number.
pub fn cdf(x: f64) -> f64 {
    sf(-x)
}

/// P(Z > x). Error at most 8u while it is a normal number.
pub fn sf(x: f64) -> f64 {
    // x/√2 = z + rest: without the rest, rounding z would cost a relative x²u.
    let z = x * FRAC_1_SQRT_2;
    let rest = x.mul_add(FRAC_1_SQRT_2, -z) + x * FRAC_1_SQRT_2_REST;
    if !rest.is_finite() {
        return 0.5 * erfc(z);
    }
    0.5 * (erfc(z) - FRAC_2_SQRT_PI * (-z * z).exp() * rest)
}

/// ln P(Z ≤ x).
pub fn ln_cdf(x: f64) -> f64 {
    ln_sf(-x)
}

/// ln P(Z > x), for x of any size. Error at most 16u max(|result|, 1) absolute; relative 16u for x < 0.
pub fn ln_sf(x: f64) -> f64 {
    if x < 0.0 {
        return (-sf(-x)).ln_1p();
    }
    if x < 25.0 {
        return sf(x).ln();
    }
    // Mills' ratio, A&S 26.2.12: error below the last term, (2k−1)!!/x^{2k} < 1e-18.
    let y = 1.0 / (x * x);
    let mut series = 0.0;
    for odd in [15.0, 13.0, 11.0, 9.0, 7.0, 5.0, 3.0, 1.0] {
        series = -odd * y * (1.0 + series);
    }
    ln_pdf(x) - x.ln() + series.ln_1p()
}

/// The x with P(Z ≤ x) = p; ±∞ at 0 and 1, NaN outside [0, 1].
///
/// Error at most 32u relative (Newton's method on the distribution function or its logarithm).
pub fn quantile(p: f64) -> f64 {
    if p < 0.2 {
        return -upper_quantile(p);
    }
    if p > 0.8 {
        return upper_quantile(1.0 - p);
    }
    let target = p - 0.5;
    let mut x = target / pdf(0.0);
    for _ in 0..6 {
        x -= (0.5 * erf(x * FRAC_1_SQRT_2) - target) / pdf(x);
    }
    x
}

/// The x with P(Z > x) = q, without loss for tiny q. Error at most 32u relative for q < 0.2.
pub fn upper_quantile(q: f64) -> f64 {
    if q.is_nan() || !(0.0..=1.0).contains(&q) {
        return f64::NAN;
    }
    if q > 0.5 {
        return quantile(1.0 - q);
    }
    if q > 0.2 {
        return -quantile(q);
    }
    upper_quantile_ln(q.ln())
}

/// The x with ln P(Z > x) = `ln_q`, for `ln_q` < ln 0.2: tails beyond the range of floats.
pub fn upper_quantile_ln(ln_q: f64) -> f64 {
    if ln_q == f64::NEG_INFINITY {
        return f64::INFINITY;
    }
    // A&S 26.2.23, error below 4.5e-4; Newton on the concave ln P(Z > x) then converges.
    let t = (-2.0 * ln_q).sqrt();
    let top = 2.515_517 + t * (0.802_853 + t * 0.010_328);
    let bottom = 1.0 + t * (1.432_788 + t * (0.189_269 + t * 0.001_308));
    let mut x = t - top / bottom;
    for _ in 0..6 {
        let value = ln_sf(x);
        x += (value - ln_q) * (value - ln_pdf(x)).exp();
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn printed_quantiles() {
        // z_{0.975}, z_{0.95} to 16 digits (mpmath).
        assert!((quantile(0.975) - 1.959_963_984_540_054).abs() < 1e-15);
        assert!((upper_quantile(0.05) - 1.644_853_626_951_472_7).abs() < 1e-15);
        assert_eq!(quantile(0.0), f64::NEG_INFINITY);
        assert_eq!(quantile(1.0), f64::INFINITY);
        assert!(quantile(-0.1).is_nan() && quantile(f64::NAN).is_nan());
    }

    proptest! {
        #[test]
        fn a_quantile_undoes_the_distribution(ln_q in -5000f64..-1.7) {
            let x = upper_quantile_ln(ln_q);
            prop_assert!((ln_sf(x) - ln_q).abs() <= 1e-14 * ln_q.abs());
        }

        #[test]
        fn the_two_sides_add_up(x in -8f64..8.0) {
            prop_assert!((cdf(x) + sf(x) - 1.0).abs() < 4e-16);
        }
    }
}
