//! Chi-squared law with real degrees of freedom; with none it is an atom at 0.
//!
//! Relative errors of probabilities: [`gamma::ln_error`] at shape dof/2.

use super::gamma;

/// P(χ² ≤ x).
pub fn cdf(dof: f64, x: f64) -> f64 {
    ln_cdf(dof, x).exp()
}

/// P(χ² > x).
pub fn sf(dof: f64, x: f64) -> f64 {
    ln_sf(dof, x).exp()
}

/// ln P(χ² ≤ x).
pub fn ln_cdf(dof: f64, x: f64) -> f64 {
    gamma::ln_p(0.5 * dof, 0.5 * x)
}

/// ln P(χ² > x).
pub fn ln_sf(dof: f64, x: f64) -> f64 {
    gamma::ln_q(0.5 * dof, 0.5 * x)
}

/// ln of the density ½ (x/2)^(dof/2−1) e^(−x/2)/Γ(dof/2); −∞ for x < 0, NaN for dof = 0 (no density).
pub fn ln_pdf(dof: f64, x: f64) -> f64 {
    if dof.is_nan() || dof <= 0.0 {
        return f64::NAN;
    }
    if x < 0.0 {
        return f64::NEG_INFINITY;
    }
    if x == 0.0 {
        return match dof {
            d if d < 2.0 => f64::INFINITY,
            2.0 => -std::f64::consts::LN_2,
            _ => f64::NEG_INFINITY,
        };
    }
    // D(a, y) a/y ½ with a = dof/2, y = x/2
    gamma::ln_poisson(0.5 * dof, 0.5 * x) + (0.5 * dof / x).ln()
}

/// Density.
pub fn pdf(dof: f64, x: f64) -> f64 {
    ln_pdf(dof, x).exp()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::maths::normal;

    #[test]
    fn one_degree_is_a_squared_normal() {
        for z in [0.1, 1.0, 3.0, 8.0] {
            assert!((sf(1.0, z * z) / (2.0 * normal::sf(z)) - 1.0).abs() < 2e-14);
            assert!((pdf(1.0, z * z) * z / normal::pdf(z) - 1.0).abs() < 2e-14);
        }
    }

    #[test]
    fn no_degrees_is_an_atom() {
        assert_eq!((cdf(0.0, 0.0), sf(0.0, 0.0), cdf(0.0, -1.0)), (1.0, 0.0, 0.0));
        assert!(pdf(0.0, 1.0).is_nan());
        assert_eq!(pdf(2.0, 0.0), 0.5);
    }
}
