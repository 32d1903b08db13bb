//! Regularised incomplete gamma functions, linear and logarithmic.
//!
//! P(a, x) = γ(a, x)/Γ(a), Q = 1 − P. The power series of P where x ≤ a, Legendre's continued
//! fraction for Q where x > a (DLMF 8.11.4 and 8.9.2), both multiplied by the saddle-point form of
//! D(a, x) = xᵃ e⁻ˣ/Γ(a+1), which keeps its digits for shapes of 10⁶ and more.

use super::special::{LN_SQRT_2PI, U, deviance, ln_gamma, stirling_correction};
use super::sum::ln_one_minus_exp;

/// Iterations after which the series and the fraction give up (never met for a ≤ 10¹²).
const LIMIT: usize = 20_000_000;

/// ln [xᵃ e⁻ˣ / Γ(a+1)] for a ≥ 0, x ≥ 0: the Poisson weight of a at mean x.
///
/// Absolute error at most (8 + 8 |result|) u. Loader (2000), with Γ(a+1) = a Γ(a).
pub fn ln_poisson(a: f64, x: f64) -> f64 {
    if a == 0.0 {
        return -x;
    }
    if x == 0.0 {
        return f64::NEG_INFINITY;
    }
    if a < 1e-3 {
        return a * x.ln() - x - ln_gamma(a + 1.0);
    }
    -stirling_correction(a) - deviance(a, x) - 0.5 * a.ln() - LN_SQRT_2PI
}

/// Upper bound of the absolute error of [`ln_p`] and [`ln_q`], that is, of the relative error of
/// [`p`] and [`q`], for a ≥ ½.
///
/// Worst case: the n-th term of either expansion carries 2n roundings and about √a terms matter;
/// the prefactor adds 8u a unit of the logarithm. Measured errors are some 20 times smaller.
pub fn ln_error(a: f64, ln_value: f64) -> f64 {
    (64.0 + 8.0 * a.sqrt() + 8.0 * ln_value.abs()) * U
}

/// Lower function P(a, x). Relative error: [`ln_error`].
pub fn p(a: f64, x: f64) -> f64 {
    ln_p(a, x).exp()
}

/// Upper function Q(a, x). Relative error: [`ln_error`].
pub fn q(a: f64, x: f64) -> f64 {
    ln_q(a, x).exp()
}

/// ln P(a, x) for a ≥ 0 (a = 0: an atom at 0), x ≥ 0; NaN outside.
pub fn ln_p(a: f64, x: f64) -> f64 {
    if let Some(edge) = edge(a, x) {
        return edge.0;
    }
    if x <= a { ln_p_series(a, x) } else { ln_one_minus_exp(ln_q_fraction(a, x)) }
}

/// ln Q(a, x) for a ≥ 0 (a = 0: an atom at 0), x ≥ 0; NaN outside.
pub fn ln_q(a: f64, x: f64) -> f64 {
    if let Some(edge) = edge(a, x) {
        return edge.1;
    }
    if x <= a { ln_one_minus_exp(ln_p_series(a, x)) } else { ln_q_fraction(a, x) }
}

/// (ln P, ln Q) at the borders of the domain.
fn edge(a: f64, x: f64) -> Option<(f64, f64)> {
    const NEVER: f64 = f64::NEG_INFINITY;
    if a.is_nan() || x.is_nan() || a < 0.0 || a == f64::INFINITY {
        return Some((f64::NAN, f64::NAN));
    }
    if x < 0.0 {
        return Some((NEVER, 0.0));
    }
    if a == 0.0 || x == f64::INFINITY {
        return Some((0.0, NEVER));
    }
    (x == 0.0).then_some((NEVER, 0.0))
}

/// ln P by D(a, x) Σ xⁿ/((a+1)…(a+n)): positive terms.
fn ln_p_series(a: f64, x: f64) -> f64 {
    let (mut term, mut total, mut n) = (1.0, 1.0, a);
    for _ in 0..LIMIT {
        n += 1.0;
        term *= x / n;
        total += term;
        // What is left is below a geometric series of ratio x/(n+1).
        if term * (n + 1.0) < total * (n + 1.0 - x) * (0.25 * U) {
            return ln_poisson(a, x) + f64::ln(total);
        }
    }
    f64::NAN
}

/// ln Q by Legendre's continued fraction (modified Lentz), x > a.
fn ln_q_fraction(a: f64, x: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let mut b = x + 1.0 - a;
    let mut c = 1.0 / TINY;
    let mut d = 1.0 / b;
    let mut h = d;
    for i in 1..LIMIT {
        let i = i as f64;
        let numerator = -i * (i - a);
        b += 2.0;
        d = numerator * d + b;
        c = b + numerator / c;
        d = 1.0 / if d.abs() < TINY { TINY } else { d };
        c = if c.abs() < TINY { TINY } else { c };
        let factor = d * c;
        h *= factor;
        if (factor - 1.0).abs() <= U {
            // Γ(a, x)/Γ(a) = xᵃ e⁻ˣ h/Γ(a) = a D(a, x) h
            return ln_poisson(a, x) + (a * h).ln();
        }
    }
    f64::NAN
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn shape_one_is_the_exponential_law() {
        for x in [1e-12, 0.3, 1.0, 2.0, 700.0, 5000.0] {
            assert!((ln_q(1.0, x) + x).abs() <= 4e-15 * x.max(1.0));
        }
    }

    #[test]
    fn borders() {
        assert_eq!((p(0.0, 3.0), q(0.0, 3.0)), (1.0, 0.0));
        assert_eq!((p(2.0, 0.0), q(2.0, 0.0)), (0.0, 1.0));
        assert_eq!((p(2.0, -1.0), q(2.0, f64::INFINITY)), (0.0, 0.0));
        assert!(ln_p(-1.0, 1.0).is_nan() && ln_q(f64::NAN, 1.0).is_nan());
    }

    proptest! {
        #[test]
        fn one_step_of_the_recurrence(a in 0.5f64..3000.0, spread in -6f64..6.0) {
            let x = (a + spread * a.sqrt()).max(0.01);
            let step = q(a + 1.0, x) - q(a, x);
            prop_assert!((step - ln_poisson(a, x).exp()).abs() < 4.0 * ln_error(a, 0.0));
            prop_assert!((p(a, x) + q(a, x) - 1.0).abs() < ln_error(a, 0.0));
        }
    }
}
