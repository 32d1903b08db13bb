//! Tails of the beta, binomial, normal and Student laws in logarithms.
//!
//! Written here because error probabilities of 10⁻¹² and counts of 10⁹ are usual: the difference of
//! three `ln_gamma`s loses seven digits there. The powers are taken by Loader's deviance form
//! (C. Loader, *Fast and Accurate Computation of Binomial Probabilities*, 2000), the incomplete beta
//! function by its continued fraction (DLMF 8.17.22).

use std::f64::consts::{FRAC_1_SQRT_2, LN_2, TAU};

use super::solve::boundary;

/// ln(1 − eˣ) for x ≤ 0.
pub(super) fn ln_one_minus_exp(x: f64) -> f64 {
    if x > -LN_2 { (-libm::expm1(x)).ln() } else { libm::log1p(-libm::exp(x)) }
}

/// ln Γ(x) − [(x − ½) ln x − x + ½ ln 2π], the error of Stirling's formula, for x > 0.
fn stirling_error(x: f64) -> f64 {
    if x < 16.0 {
        return libm::lgamma(x) - (x - 0.5) * x.ln() + x - 0.5 * TAU.ln();
    }
    let r = 1.0 / (x * x);
    // Bernoulli numbers: DLMF 5.11.1. The first term left out is below 2e-18 at x = 16.
    let series = 1.0 / 1260.0 - r * (1.0 / 1680.0 - r * (1.0 / 1188.0 - r * 691.0 / 360_360.0));
    (1.0 / 12.0 - r * (1.0 / 360.0 - r * series)) / x
}

/// a ln(a/m) + m − a without cancellation for a near m; m for a = 0.
fn deviance(a: f64, m: f64) -> f64 {
    if a == 0.0 {
        return m;
    }
    let d = (a - m) / (a + m);
    if d.abs() >= 0.1 {
        return a * (a / m).ln() + m - a;
    }
    // a ln(a/m) = 2a artanh d, and 2ad − (a − m) = (a − m) d.
    let mut sum = (a - m) * d;
    let mut power = 2.0 * a * d;
    for j in 1..60 {
        power *= d * d;
        let next = sum + power / f64::from(2 * j + 1);
        if next == sum {
            break;
        }
        sum = next;
    }
    sum
}

/// ln[xᵃ yᵇ / B(a, b)] for x + y = 1, a, b > 0.
pub(super) fn ln_beta_power(a: f64, b: f64, x: f64, y: f64) -> f64 {
    if x <= 0.0 || y <= 0.0 {
        return f64::NEG_INFINITY;
    }
    let n = a + b;
    let stirling = stirling_error(n) - stirling_error(a) - stirling_error(b);
    stirling + 0.5 * (a / n * b / TAU).ln() - deviance(a, n * x) - deviance(b, n * y)
}

/// Continued fraction of the incomplete beta function by the modified Lentz method, for
/// x < (a + 1)/(a + b + 2), where it converges within some √max(a, b) steps.
fn beta_fraction(a: f64, b: f64, x: f64) -> f64 {
    const TINY: f64 = 1e-290;
    let guard = |v: f64| if v.abs() < TINY { TINY } else { v };
    let mut c = 1.0;
    let mut d = 1.0 / guard(1.0 - (a + b) * x / (a + 1.0));
    let mut h = d;
    for step in 1..4_000_000_u32 {
        let m = f64::from(step);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / guard(1.0 + even * d);
        c = guard(1.0 + even / c);
        h *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / guard(1.0 + odd * d);
        c = guard(1.0 + odd / c);
        let factor = d * c;
        h *= factor;
        if (factor - 1.0).abs() < 2.0 * f64::EPSILON {
            break;
        }
    }
    h
}

/// ln I_x(a, b) and ln(1 − I_x(a, b)), the two tails of the beta law, for x + y = 1.
pub(super) fn ln_beta_tails(a: f64, b: f64, x: f64, y: f64) -> (f64, f64) {
    if x <= 0.0 {
        return (f64::NEG_INFINITY, 0.0);
    }
    if y <= 0.0 {
        return (0.0, f64::NEG_INFINITY);
    }
    let power = ln_beta_power(a, b, x, y);
    if x < (a + 1.0) / (a + b + 2.0) {
        let lower = (power - a.ln() + beta_fraction(a, b, x).ln()).min(0.0);
        (lower, ln_one_minus_exp(lower))
    } else {
        let upper = (power - b.ln() + beta_fraction(b, a, y).ln()).min(0.0);
        (ln_one_minus_exp(upper), upper)
    }
}

/// ln P(B ≤ k) and ln P(B > k) for B ~ Binomial(n, p).
pub(super) fn ln_binomial_tails(n: u64, p: f64, k: u64) -> (f64, f64) {
    if k >= n {
        return (0.0, f64::NEG_INFINITY);
    }
    let (upper, lower) = ln_beta_tails((k + 1) as f64, (n - k) as f64, p, 1.0 - p);
    (lower, upper)
}

/// z with P(Z > z) = `alpha` for a standard normal Z and `alpha` ≤ ½.
pub(super) fn normal_upper_quantile(alpha: f64) -> f64 {
    if alpha <= 0.0 {
        return f64::INFINITY;
    }
    boundary(0.0, 50.0, |z| 0.5 * libm::erfc(z * FRAC_1_SQRT_2) > alpha)
}

/// t with P(T > t) = `alpha` for Student's law with `dof` degrees of freedom and `alpha` ≤ ½.
pub(super) fn student_upper_quantile(dof: f64, alpha: f64) -> f64 {
    if alpha <= 0.0 || dof.is_nan() || dof <= 0.0 {
        return f64::INFINITY;
    }
    let target = (2.0 * alpha).ln();
    boundary(0.0, f64::INFINITY, |t| {
        // P(|T| > t) = I_x(dof/2, 1/2) with x = dof/(dof + t²).
        let ratio = t / dof * t;
        let (x, y) = (1.0 / (1.0 + ratio), 1.0 / (1.0 + 1.0 / ratio));
        ln_beta_tails(0.5 * dof, 0.5, x, y).0 > target
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(name: &str, ours: f64, exact: f64, relative: f64) {
        let error = (ours - exact).abs() / exact.abs();
        assert!(error <= relative, "{name}: {ours}, exactly {exact}, off by {error:e}");
    }

    /// mpmath, 60 digits: ln of the series of I_x(a, b) at the very floats given.
    #[test]
    fn lower_beta_tails_agree_with_mpmath() {
        let cases: [(f64, f64, f64, f64); 5] = [
            (0.5, 0.5, 0.25, -1.098_612_288_668_109_7),
            (3.0, 98.0, 1e-5, -22.546_005_834_612_44),
            (1000.5, 9000.5, 0.08, -28.269_561_557_210_115),
            (1e6, 2e6, 0.333, -2.204_344_306_917_438_6),
            (2e3, 1e9, 1.75e-6, -19.728_471_687_987_484),
        ];
        for (a, b, x, exact) in cases {
            // 1 − x rounded moves the tail of the large cases by up to (a + b) 1e-16.
            let tolerance = 1e-14 + 1e-16 * (a + b).sqrt();
            close("beta tail", ln_beta_tails(a, b, x, 1.0 - x).0, exact, tolerance);
        }
    }

    /// mpmath: roots of I_{ν/(ν+t²)}(ν/2, ½) = 2α, and √2 erf⁻¹(1 − 2α) in 50 digits.
    #[test]
    fn quantiles_agree_with_mpmath() {
        for (dof, alpha, exact) in [
            (9.0, 0.025, 2.262_157_162_798_205_5),
            (99.0, 1e-10, 7.091_350_608_351_461),
            (9999.0, 5e-13, 7.139_759_862_599_901),
        ] {
            close("student", student_upper_quantile(dof, alpha), exact, 1e-13);
        }
        for (alpha, exact) in [
            (0.025, 1.959_963_984_540_054_2),
            (1e-6, 4.753_424_308_822_899),
            (5e-13, 7.130_506_848_171_324),
            (1e-30, 11.464_024_688_443_616),
        ] {
            close("normal", normal_upper_quantile(alpha), exact, 1e-14);
        }
    }

    #[test]
    fn the_two_beta_tails_swap_with_the_parameters() {
        for (a, b, x) in [(0.5, 3.0, 0.2), (40.0, 2.0, 0.99), (1e6, 2e6, 0.3335)] {
            let (lower, upper) = ln_beta_tails(a, b, x, 1.0 - x);
            let (upper_swapped, lower_swapped) = ln_beta_tails(b, a, 1.0 - x, x);
            assert!((lower - lower_swapped).abs() < 1e-8 && (upper - upper_swapped).abs() < 1e-8);
            assert!((lower.exp() + upper.exp() - 1.0).abs() < 1e-14);
        }
    }

    #[test]
    fn binomial_tails_of_a_coin() {
        // P(B ≤ 2) of 5 fair throws is 16/32, of 4 it is 11/16.
        close("5", ln_binomial_tails(5, 0.5, 2).0.exp(), 0.5, 1e-14);
        close("4", ln_binomial_tails(4, 0.5, 2).1.exp(), 5.0 / 16.0, 1e-14);
        assert_eq!(ln_binomial_tails(4, 0.5, 4), (0.0, f64::NEG_INFINITY));
        assert_eq!(ln_binomial_tails(4, 0.0, 1), (0.0, f64::NEG_INFINITY));
    }

    #[test]
    fn stirling_error_of_both_branches() {
        // mpmath, 30 digits.
        close("1", stirling_error(1.0), 0.081_061_466_795_327_26, 1e-13);
        close("15.9", stirling_error(15.9), 0.005_240_399_880_756_108, 1e-11);
        close("16", stirling_error(16.0), 0.005_207_655_919_609_64, 1e-15);
    }
}
