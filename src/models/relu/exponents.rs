//! Exponents of the concentration bounds for one He layer (arpit2019, Lemmas 2 and 5).

use std::f64::consts::LN_2;

use crate::maths::{NumericalError, roots};

/// Optimal Chernoff exponent of the upper or the lower tail of a He layer at distortion ε.
///
/// I = max over λ ≥ 0 of ±½λ(1±ε) − ln ½(1 + s) with s = (1∓2λ)^(−1/2); the optimum solves
/// 2s³ = (1±ε)(1 + s) (arpit2019, Eqs. 46–47). Returns (λ, I): P(tail) ≤ e^(−mI).
pub fn chernoff(eps: f64, upper: bool) -> Result<(f64, f64), NumericalError> {
    let sign = if upper { 1.0 } else { -1.0 };
    let level = 1.0 + sign * eps;
    if !(eps > 0.0 && level > 0.0) {
        return Err(NumericalError::Domain(format!("no exponent at distortion {eps}")));
    }
    let s = roots::root(|s| 2.0 * s * s * s - level * (1.0 + s), 0.0, 2.0 + level, 1e-16)?.value;
    // 1 ∓ 2λ = s⁻²; exponent ±½λ(1±ε) − ln[(1 + s)/2]
    let lambda = sign * 0.5 * (1.0 - 1.0 / (s * s));
    Ok((lambda, sign * 0.5 * lambda * level - (0.5 * (1.0 + s)).ln()))
}

/// The paper's exponent g(ε) = ε/4 − ln[(1 + √(1+ε))/2] (Lemma 2), without cancellation at small ε.
pub fn paper_exponent(eps: f64) -> f64 {
    // (√(1+ε) − 1)/2 = ε/(2(1 + √(1+ε)))
    let half = 0.5 * eps / (1.0 + (1.0 + eps).sqrt());
    if eps.abs() > 1e-3 {
        return 0.25 * eps - half.ln_1p();
    }
    // −Σ_{k≥2} (−1)^{k+1} C(2k,k)/(2k 4^k) ε^k
    let (mut total, mut ratio, mut power) = (0.0, 1.0, 1.0);
    for k in 1..=8 {
        let k = f64::from(k);
        ratio *= (2.0 * k - 1.0) / (2.0 * k);
        power *= -eps;
        if k > 1.0 {
            total += ratio / (2.0 * k) * power;
        }
    }
    total
}

/// ln of the paper's bound 2e^{−m g(ε)} on the failure probability.
pub fn ln_paper_bound(m: u64, eps: f64) -> f64 {
    LN_2 - m as f64 * paper_exponent(eps)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::relu::relu_layer::LayerLaw;

    #[test]
    fn exponents() {
        // g = 3ε²/32 − 5ε³/96 + …; the optimum loses 1/16 less: ε²/10.
        let eps = 1e-4;
        assert!(
            (paper_exponent(eps) / (3.0 / 32.0 * eps * eps - 5.0 / 96.0 * eps.powi(3)) - 1.0).abs()
                < 1e-7
        );
        let (lambda, exponent) = chernoff(0.01, true).unwrap();
        assert!((exponent / 1e-5 - 1.0).abs() < 0.02 && (lambda - 0.004).abs() < 2e-4);
        for upper in [true, false] {
            for eps in [0.1, 0.5, 0.9] {
                let law = LayerLaw::he_fan_out(400);
                let ln = if upper { law.ln_sf(1.0 + eps) } else { law.ln_cdf(1.0 - eps) };
                assert!(ln.value <= -400.0 * chernoff(eps, upper).unwrap().1);
            }
        }
        assert!(
            (paper_exponent(1.001e-3) / paper_exponent(0.999e-3) - (1.001f64 / 0.999).powi(2))
                .abs()
                < 1e-5
        );
    }
}
