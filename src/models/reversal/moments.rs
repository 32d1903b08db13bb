//! Gaussian moments of a ReLU, and what they say of one layer's inference (Arora, Liang and Ma 2015,
//! Section 2 and Appendix B).
//!
//! `x = r(αWh)` on the kept rows, `ĥ = Wᵀx`, `α = 2/t`. Everything rests on `r(y) = (y + |y|)/2`: if the law
//! of `(u, v, y)` is invariant under a change of all signs, then `E[u r(y)] = E[uy]/2` and
//! `E[uv r(y)²] = E[uvy²]/2`, because the terms with `|y|` are odd.

use crate::maths::normal::{cdf, pdf};

/// `E r(μ + σN)` for a standard normal N; σ ≥ 0.
pub fn mean_relu(mu: f64, sigma: f64) -> f64 {
    if sigma == 0.0 {
        return mu.max(0.0);
    }
    let u = mu / sigma;
    mu * cdf(u) + sigma * pdf(u)
}

/// `E r(μ + σN)²` for a standard normal N; σ ≥ 0.
pub fn mean_square_relu(mu: f64, sigma: f64) -> f64 {
    if sigma == 0.0 {
        return mu.max(0.0).powi(2);
    }
    let u = mu / sigma;
    (mu * mu + sigma * sigma) * cdf(u) + mu * sigma * pdf(u)
}

/// Moments of `y = au + bv + ξ`, `u, v ~ N(0, 1)`, `ξ ~ N(0, σ²)`, through a ReLU (Lemmas B.1 and B.2).
#[derive(Clone, Copy, Debug)]
pub struct Sum {
    /// Coefficient of u.
    pub a: f64,
    /// Coefficient of v.
    pub b: f64,
    /// Standard deviation of the rest.
    pub sigma: f64,
}

impl Sum {
    /// `E[u r(y)] = a/2`.
    pub fn first(&self) -> f64 {
        self.a / 2.0
    }

    /// `E[u² r(y)²] = (3a² + b² + σ²)/2`.
    pub fn second(&self) -> f64 {
        (3.0 * self.a * self.a + self.b * self.b + self.sigma * self.sigma) / 2.0
    }

    /// `E[uv r(y)²] = ab`.
    pub fn mixed(&self) -> f64 {
        self.a * self.b
    }

    /// `E[u⁴ r(y)⁴] = E[u⁴y⁴]/2`: with `y = au + s·N`, `(105a⁴ + 90a²s² + 9s⁴)/2`.
    pub fn second_squared(&self) -> f64 {
        let (a2, s2) = (self.a * self.a, self.b * self.b + self.sigma * self.sigma);
        (105.0 * a2 * a2 + 90.0 * a2 * s2 + 9.0 * s2 * s2) / 2.0
    }

    /// `E[u²v² r(y)⁴] = E[u²v²y⁴]/2`.
    pub fn mixed_squared(&self) -> f64 {
        let (a2, b2, s2) = (self.a * self.a, self.b * self.b, self.sigma * self.sigma);
        let both = 15.0 * a2 * a2 + 54.0 * a2 * b2 + 15.0 * b2 * b2;
        (both + 18.0 * s2 * (a2 + b2) + 3.0 * s2 * s2) / 2.0
    }
}

/// Which rows of the layer are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rows {
    /// Each with probability ρ, independently.
    Bernoulli,
    /// Exactly t of them.
    Fixed,
}

/// Second moments of `ĥ − h` for one layer with Gaussian weights and a code of squared norm `norm_sq`.
#[derive(Clone, Copy, Debug)]
pub struct Noise {
    /// Expected number of kept rows.
    pub t: f64,
    /// Retention probability of a row.
    pub rho: f64,
    /// How rows are kept.
    pub rows: Rows,
    /// `‖h‖²`.
    pub norm_sq: f64,
}

impl Noise {
    /// `Cov(ĥ_i, ĥ_j) = (2‖h‖² 1[i = j] + (4 − ρ) h_i h_j)/t`; 3 in place of 4 − ρ if |T| = t is fixed
    /// (Lemma B.4 made exact). From the row moments of [`Sum`]: `t α² (E[w_i w_j r²] − κ E[w_i r] E[w_j r])`
    /// with κ = ρ or 1.
    pub fn covariance(&self, h_i: f64, h_j: f64, same: bool) -> f64 {
        let rest = self.norm_sq - h_i * h_i - if same { 0.0 } else { h_j * h_j };
        let row = Sum { a: h_i, b: if same { 0.0 } else { h_j }, sigma: rest.max(0.0).sqrt() };
        let product = if same { row.second() } else { row.mixed() };
        let means = h_i * h_j / 4.0;
        let kept = if self.rows == Rows::Fixed { 1.0 } else { self.rho };
        4.0 / self.t * (product - kept * means)
    }

    /// `E|uᵀ(ĥ_K − Eĥ_K)|²` from `‖u‖²` and `uᵀh` (Lemma B.5 made exact).
    pub fn quadratic(&self, u_sq: f64, u_dot_h: f64) -> f64 {
        let kept = if self.rows == Rows::Fixed { 1.0 } else { self.rho };
        (2.0 * self.norm_sq * u_sq + (4.0 - kept) * u_dot_h * u_dot_h) / self.t
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::maths::quadrature::integrate;
    use approx::assert_relative_eq;

    fn expectation(f: impl Fn(f64) -> f64) -> f64 {
        integrate(|z| f(z) * pdf(z), -12.0, 12.0, 1e-10).unwrap().value
    }

    #[test]
    fn relu_moments_are_integrals() {
        for (mu, sigma) in [(0.0, 1.0), (1.3, 0.4), (-2.0, 1.5)] {
            let kink = -mu / sigma;
            let f = |p: i32| {
                let g = |z: f64| (mu + sigma * z).powi(p) * pdf(z);
                integrate(g, kink, 14.0, 1e-11).unwrap().value
            };
            assert_relative_eq!(mean_relu(mu, sigma), f(1), epsilon = 1e-9);
            assert_relative_eq!(mean_square_relu(mu, sigma), f(2), epsilon = 1e-9);
        }
        assert_eq!((mean_relu(2.0, 0.0), mean_square_relu(-2.0, 0.0)), (2.0, 0.0));
    }

    #[test]
    fn lemmas_b1_and_b2_are_integrals() {
        for (a, b, sigma) in [(1.0, 1.0, 1.0), (2.0, 3.0, 0.5), (0.5, 0.1, 10.0)] {
            let sum = Sum { a, b, sigma };
            let spread = f64::hypot(b, sigma);
            let first = expectation(|u| u * mean_relu(a * u, spread));
            let second = expectation(|u| u * u * mean_square_relu(a * u, spread));
            assert_relative_eq!(sum.first(), first, epsilon = 1e-8);
            assert_relative_eq!(sum.second(), second, max_relative = 1e-8);
            // No rotation: the inner integral over v is done by quadrature too.
            let inner = |u: f64| expectation(|v| v * mean_square_relu(a * u + b * v, sigma));
            let mixed = expectation(|u| u * inner(u));
            assert_relative_eq!(sum.mixed(), mixed, epsilon = 1e-6);
        }
    }

    #[test]
    fn the_quadratic_form_is_the_sum_of_covariances() {
        let h = [1.0, 2.0, 0.5];
        let u = [1.0, -1.0, 0.3];
        for rows in [Rows::Bernoulli, Rows::Fixed] {
            let noise = Noise { t: 10.0, rho: 0.3, rows, norm_sq: 5.25 };
            let mut total = 0.0;
            for i in 0..3 {
                for j in 0..3 {
                    total += u[i] * u[j] * noise.covariance(h[i], h[j], i == j);
                }
            }
            let u_sq: f64 = u.iter().map(|x| x * x).sum();
            let dot: f64 = u.iter().zip(&h).map(|(x, y)| x * y).sum();
            assert_relative_eq!(noise.quadratic(u_sq, dot), total, max_relative = 1e-13);
        }
    }
}
