//! Two inputs through wide ReLU layers with shared weights (inventory of arpit2019, law E5).
//!
//! For jointly standard normal (u, v) with correlation ρ = cos θ.

use std::f64::consts::PI;

/// Cosine map of a wide ReLU layer: κ(ρ) = 2E[u₊v₊] = [sin θ + (π − θ) cos θ]/π (Cho & Saul 2009).
///
/// ρ is clamped to [−1, 1].
pub fn cosine_map(rho: f64) -> f64 {
    let (sine, rest) = sine_and_rest(rho);
    (sine + rest * rho.clamp(-1.0, 1.0)) / PI
}

/// c(ρ) = 4E[u₊²v₊²] − 1 = (2/π)[3 sin θ cos θ + (π − θ)(1 + 2cos²θ)] − 1, with
/// Cov(Q(x), Q(x′)) = c(ρ)/n for one He layer of width n. c(0) = 0, c(1) = 5, c′ = 8κ.
pub fn square_covariance(rho: f64) -> f64 {
    let rho = rho.clamp(-1.0, 1.0);
    let (sine, rest) = sine_and_rest(rho);
    2.0 / PI * (3.0 * sine * rho + rest * (1.0 + 2.0 * rho * rho)) - 1.0
}

/// sin θ and π − θ.
fn sine_and_rest(rho: f64) -> (f64, f64) {
    let rho = rho.clamp(-1.0, 1.0);
    // π − arccos ρ = arccos(−ρ), without cancellation near ρ = −1.
    (((1.0 - rho) * (1.0 + rho)).sqrt(), (-rho).acos())
}

/// P(both units active) = (π − θ)/(2π).
pub fn joint_activity(rho: f64) -> f64 {
    sine_and_rest(rho).1 / (2.0 * PI)
}

/// Leading order of n·Var[ln ‖h_l‖²] for inputs of initial cosine ρ₀ at uniform width n.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogVariance {
    /// Among inputs of one network: Σ_{j<l} (5 − c(ρ_j)).
    pub within: f64,
    /// Of the networks' common part: Σ_{j<l} c(ρ_j).
    pub between: f64,
}

/// Splits 5l into the within- and between-network parts, ρ_{j+1} = κ(ρ_j).
pub fn log_variance(rho: f64, depth: usize) -> LogVariance {
    let mut rho = rho;
    let mut split = LogVariance { within: 0.0, between: 0.0 };
    for _ in 0..depth {
        let common = square_covariance(rho);
        split.within += 5.0 - common;
        split.between += common;
        rho = cosine_map(rho);
    }
    split
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::maths::normal::pdf;
    use crate::maths::quadrature::gauss_kronrod;

    #[test]
    fn ends() {
        assert!((cosine_map(1.0) - 1.0).abs() < 1e-15);
        assert!((cosine_map(0.0) - 1.0 / PI).abs() < 1e-15);
        assert!(cosine_map(-1.0).abs() < 1e-15);
        assert!(square_covariance(0.0).abs() < 1e-15);
        assert!((square_covariance(1.0) - 5.0).abs() < 1e-14);
        assert!((square_covariance(-1.0) + 1.0).abs() < 1e-15);
        let slope = (square_covariance(1.0) - square_covariance(1.0 - 1e-6)) / 1e-6;
        assert!((slope - 8.0).abs() < 1e-4);
        assert!((joint_activity(0.5) - 1.0 / 3.0).abs() < 1e-15);
    }

    #[test]
    fn moments_by_quadrature() {
        // v = ρu + √(1−ρ²)w; both integrals over u, w > −ρu/√(1−ρ²).
        for rho in [-0.7f64, 0.3, 0.9] {
            let s = (1.0 - rho * rho).sqrt();
            let moment = |power: i32| {
                let inner = |u: f64| {
                    let tail = |w: f64| (rho * u + s * w).powi(power) * pdf(w);
                    gauss_kronrod(tail, -rho * u / s, 12.0 + 12.0 * (1.0 + u), 1e-12).unwrap().value
                };
                gauss_kronrod(|u| u.powi(power) * pdf(u) * inner(u), 0.0, 12.0, 1e-11)
                    .unwrap()
                    .value
            };
            assert!((2.0 * moment(1) - cosine_map(rho)).abs() < 1e-10, "{rho}");
            assert!((4.0 * moment(2) - 1.0 - square_covariance(rho)).abs() < 1e-10, "{rho}");
        }
    }

    #[test]
    fn parts_add_up() {
        let split = log_variance(0.0, 10);
        assert!((split.within + split.between - 50.0).abs() < 1e-12);
        assert!(split.within < 25.0, "bounded in depth");
    }
}
