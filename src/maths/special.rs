//! Gamma function and its relatives, error function.
//!
//! Bounds are relative unless they say absolute, u = 2⁻⁵³ ≈ 1.1e-16; they are held against 50-digit
//! values in `tests/reference_tables.rs`.

/// Unit roundoff, 2⁻⁵³.
pub const U: f64 = f64::EPSILON / 2.0;

/// ln √(2π).
pub const LN_SQRT_2PI: f64 = 0.918_938_533_204_672_8;

/// Error function erf(x) = 2/√π ∫₀ˣ e^(−t²) dt. Error at most 2u.
pub fn erf(x: f64) -> f64 {
    libm::erf(x)
}

/// 1 − erf(x), also where it is tiny. Error at most 4u as long as it is a normal number (x < 26).
pub fn erfc(x: f64) -> f64 {
    libm::erfc(x)
}

/// ln |Γ(x)|. Error at most 8u max(1, |ln Γ(x)|), absolute.
pub fn ln_gamma(x: f64) -> f64 {
    libm::lgamma(x)
}

/// Stirling's correction δ(x) = ln Γ(x) − (x − ½) ln x + x − ln √(2π) for x > 0, about 1/(12x).
///
/// Absolute error at most 8u for x ≥ ½ (40u for smaller ones, times the size of δ). Series: DLMF
/// 5.11.1; below 16 the argument is moved up by δ(x) = δ(x+1) + (x + ½) ln(1 + 1/x) − 1.
pub fn stirling_correction(x: f64) -> f64 {
    let mut x = x;
    let mut shift = super::sum::Sum::default();
    while x < 16.0 {
        shift.add(lift(x));
        x += 1.0;
    }
    let y = 1.0 / (x * x);
    let series = 1.0 / 12.0
        - y * (1.0 / 360.0
            - y * (1.0 / 1260.0
                - y * (1.0 / 1680.0 - y * (1.0 / 1188.0 - y * (691.0 / 360_360.0)))));
    shift.add(series / x);
    shift.value()
}

/// (x + ½) ln(1 + 1/x) − 1 = Σ_{k≥1} v^{2k}/(2k+1) with v = 1/(2x+1): no cancellation.
fn lift(x: f64) -> f64 {
    let v = 1.0 / (2.0 * x + 1.0);
    if v > 0.4 {
        return (x + 0.5) * (1.0 / x).ln_1p() - 1.0;
    }
    let square = v * v;
    let (mut power, mut total, mut k) = (square, 0.0, 3.0);
    while power > total * U {
        total += power / k;
        power *= square;
        k += 2.0;
    }
    total
}

/// Digamma ψ(x) = Γ′/Γ for x > 0; NaN for x ≤ 0. Absolute error at most 8u max(1, |ψ(x)|, 1/x).
///
/// Recurrence ψ(x) = ψ(x+1) − 1/x up to 12, then DLMF 5.11.2.
pub fn digamma(x: f64) -> f64 {
    if x.is_nan() || x <= 0.0 {
        return f64::NAN;
    }
    let mut x = x;
    let mut total = super::sum::Sum::default();
    while x < 12.0 {
        total.add(-1.0 / x);
        x += 1.0;
    }
    let y = 1.0 / (x * x);
    let tail = y
        * (1.0 / 12.0
            - y * (1.0 / 120.0
                - y * (1.0 / 252.0
                    - y * (1.0 / 240.0
                        - y * (1.0 / 132.0 - y * (691.0 / 32_760.0 - y * (1.0 / 12.0)))))));
    total.add(x.ln());
    total.add(-0.5 / x);
    total.add(-tail);
    total.value()
}

/// Trigamma ψ′(x) for x > 0; NaN for x ≤ 0. Error at most 16u. Recurrence and DLMF 5.15.8.
pub fn trigamma(x: f64) -> f64 {
    if x.is_nan() || x <= 0.0 {
        return f64::NAN;
    }
    let mut x = x;
    let mut total = super::sum::Sum::default();
    while x < 16.0 {
        total.add(1.0 / (x * x));
        x += 1.0;
    }
    let y = 1.0 / (x * x);
    let tail = y
        * (1.0 / 6.0
            - y * (1.0 / 30.0
                - y * (1.0 / 42.0 - y * (1.0 / 30.0 - y * (5.0 / 66.0 - y * 691.0 / 2730.0)))));
    total.add(1.0 / x);
    total.add(0.5 * y);
    total.add(tail / x);
    total.value()
}

/// ln [Γ(a + ½)/Γ(a)] for a > 0. Absolute error at most 24u max(1, |result|).
pub fn ln_half_step(a: f64) -> f64 {
    // ½ ln a + [a ln(1 + 1/(2a)) − ½] + δ(a + ½) − δ(a), from Stirling's formula.
    let bend = a * (0.5 / a).ln_1p() - 0.5;
    0.5 * a.ln() + bend + (stirling_correction(a + 0.5) - stirling_correction(a))
}

/// Mean of the chi law, √2 Γ((b+1)/2)/Γ(b/2), for b > 0; 0 for b = 0. Error at most 64u.
pub fn chi_mean(b: f64) -> f64 {
    if b == 0.0 {
        return 0.0;
    }
    if b < 1e6 {
        return (ln_half_step(0.5 * b) + 0.5 * std::f64::consts::LN_2).exp();
    }
    // √b (1 − 1/(4b) + 1/(32b²) + …), DLMF 5.11.13.
    b.sqrt() * (1.0 - 0.25 / b + 1.0 / (32.0 * b * b))
}

/// Deviance part of Loader's saddle point, x ln(x/y) + y − x ≥ 0 for x ≥ 0, y > 0.
///
/// Error at most 8u relative. Loader, Fast and accurate computation of binomial probabilities (2000).
pub fn deviance(x: f64, y: f64) -> f64 {
    if x == 0.0 {
        return y;
    }
    let v = (x - y) / (x + y);
    if v.abs() > 0.3 {
        return x * (x / y).ln() + y - x;
    }
    // (x−y)²/(x+y) + 2x Σ_{k≥1} v^{2k+1}/(2k+1)
    let mut total = (x - y) * v;
    let mut term = 2.0 * x * v;
    let square = v * v;
    let mut k = 3.0;
    loop {
        term *= square;
        let next = total + term / k;
        if next == total {
            return total;
        }
        total = next;
        k += 2.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::f64::consts::PI;

    #[test]
    fn known_values() {
        // ψ(1) = −γ, ψ′(1) = π²/6, mean of chi_1 = √(2/π), of chi_2 = √(π/2).
        assert!((digamma(1.0) + 0.577_215_664_901_532_9).abs() < 1e-15);
        assert!((trigamma(1.0) - PI * PI / 6.0).abs() < 1e-15);
        assert!((chi_mean(1.0) - (2.0 / PI).sqrt()).abs() < 4e-15);
        assert!((chi_mean(2.0) - (PI / 2.0).sqrt()).abs() < 4e-15);
        assert_eq!(chi_mean(0.0), 0.0);
        assert!(digamma(0.0).is_nan());
    }

    proptest! {
        #[test]
        fn chi_means_multiply_to_the_degrees_of_freedom(b in 1u32..3_000_000) {
            // E χ_b · E χ_{b+1} = b
            let b = f64::from(b);
            prop_assert!((chi_mean(b) * chi_mean(b + 1.0) / b - 1.0).abs() < 128.0 * U);
        }

        #[test]
        fn deviance_vanishes_only_on_the_diagonal(x in 0.01f64..1e6, ratio in 0.1f64..10.0) {
            let d = deviance(x, x * ratio);
            prop_assert!(d >= 0.0);
            let direct = x * (1.0 / ratio).ln() + x * ratio - x;
            prop_assert!((d - direct).abs() <= 1e-14 * x * (1.0 + ratio));
        }
    }
}
