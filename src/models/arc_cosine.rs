//! Two inputs through one wide ReLU layer: how their cosine moves, and how their norms co-vary.
//!
//! For unit vectors with cosine `ρ = cos θ` and a He layer of width `n` (weights `N(0, 2/n)`), `u` and
//! `v` being standard normals of correlation `ρ`:
//!
//! - `κ(ρ) = 2E[u₊v₊] = (sin θ + (π − θ) cos θ)/π`, the mean of `⟨h, h′⟩` (Cho & Saul 2009, the
//!   arc-cosine kernel of order 1);
//! - `c(ρ) = 4E[u₊²v₊²] − 1 = (2/π)(3 sin θ cos θ + (π − θ)(1 + 2 cos² θ)) − 1`, the kernel of order 2
//!   less one: `Cov(‖h‖², ‖h′‖²) = c(ρ)/n`, so `c(1) = 5` and `c(0) = 0`.
//!
//! Both are NaN outside `[−1, 1]`. They keep an absolute accuracy of a few ulps of their value at
//! `ρ = 1`.

use std::f64::consts::{FRAC_1_PI, FRAC_2_PI, PI};

/// `κ(ρ)`: the cosine of two inputs above a wide ReLU layer, if it is `ρ` below.
pub fn kappa(rho: f64) -> f64 {
    let (sine, away) = parts(rho);
    FRAC_1_PI * (sine + away * rho)
}

/// `c(ρ)`: the covariance, times the width, of the squared norms of two unit inputs above one layer.
pub fn c(rho: f64) -> f64 {
    let (sine, away) = parts(rho);
    FRAC_2_PI * (3.0 * sine * rho + away * (1.0 + 2.0 * rho * rho)) - 1.0
}

/// `P(u > 0, v > 0) = (π − θ)/(2π)`: both inputs activate a unit.
pub fn joint_active(rho: f64) -> f64 {
    0.5 * FRAC_1_PI * parts(rho).1
}

/// `sin θ` and `π − θ`, without the loss that `√(1 − ρ²)` suffers near the ends.
fn parts(rho: f64) -> (f64, f64) {
    (((1.0 - rho) * (1.0 + rho)).sqrt(), PI - rho.acos())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// mpmath 1.3, 30 digits: `2E[u₊v₊]` and `4E[u₊²v₊²] − 1` by two-dimensional quadrature in polar
    /// coordinates, not by the closed forms.
    const TABLE: [(f64, f64, f64); 5] = [
        (-0.6, 0.077_547_567_766_512_61, -0.901_357_182_774_336_2),
        (0.0, std::f64::consts::FRAC_1_PI, 0.0),
        (0.3, 0.482_744_283_835_487_6, 0.955_455_475_821_512_2),
        (0.9, 0.909_538_398_844_672_1, 4.236_952_162_372_321),
        (1.0, 1.0, 5.0),
    ];

    #[test]
    fn values_agree_with_quadrature() {
        for (rho, kappa_there, c_there) in TABLE {
            approx::assert_abs_diff_eq!(kappa(rho), kappa_there, epsilon = 1e-14);
            approx::assert_abs_diff_eq!(c(rho), c_there, epsilon = 1e-13);
        }
    }

    /// `c′(1) = 8` and `κ′(1) = 1`: what makes norms of nearby inputs move together.
    #[test]
    fn slopes_at_the_diagonal() {
        let step = 1e-6;
        approx::assert_abs_diff_eq!((5.0 - c(1.0 - step)) / step, 8.0, epsilon = 1e-2);
        approx::assert_abs_diff_eq!((1.0 - kappa(1.0 - step)) / step, 1.0, epsilon = 1e-2);
    }

    #[test]
    fn opposite_inputs_share_no_unit() {
        for (value, expected) in [(kappa(-1.0), 0.0), (c(-1.0), -1.0), (joint_active(-1.0), 0.0)] {
            approx::assert_abs_diff_eq!(value, expected, epsilon = 1e-15);
        }
        approx::assert_abs_diff_eq!(joint_active(0.5), 1.0 / 3.0, epsilon = 1e-15);
        assert!(kappa(1.5).is_nan() && c(-1.5).is_nan());
    }
}
