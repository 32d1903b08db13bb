//! State evolution: the scalar recursion that describes a wide random autoencoder of any depth.
//!
//! Li & Nguyen (2019), Theorem 1. With `τ̄_l² = σ_W,l² E σ_{l−1}(τ_{l−1}z)²` (l = 1: `σ_W,1² ‖σ_0(x)‖²/n_0`),
//! `τ_l² = τ̄_l² + σ_b,l²`, `γ_{L+1} = E φ_L′(τ_L z)`, `ρ_{L+1} = E φ_L(τ_L z)²`, and for l = L, …, 2, with
//! `θ = β_l γ_{l+1} σ_{l−1}(τ_{l−1}z₁) + √(β_l ρ_{l+1} + σ_v,l²) z₂`,
//! `γ_l = τ_{l−1}⁻¹ E[z₁ φ_{l−1}(θ)]`, `ρ_l = E φ_{l−1}(θ)²`.
//! Errors of quadrature are carried through the recursion by its derivatives.

use super::activation::{Activation, Parity};
use super::channel::Channel;
use super::description::Autoencoder;
use super::smoothing;
use crate::maths::gaussian::{expect_all, refine};
use crate::maths::{Enclosure, NumericalError};

/// Values of the recursion, with error bars.
#[derive(Clone, Debug, PartialEq)]
pub struct StateEvolution {
    depth: usize,
    tau_sq: Vec<Enclosure>,
    tau_bar_sq: Vec<Enclosure>,
    gamma: Vec<Enclosure>,
    rho: Vec<Enclosure>,
}

/// `E φ(τz)²` with an error bar; τ ≥ 0.
///
/// # Errors
/// [`NumericalError`] if the quadrature does not settle.
pub fn mean_square(phi: &Activation, tau: f64) -> Result<Enclosure, NumericalError> {
    if tau == 0.0 {
        return Ok(Enclosure::point(phi.value(0.0).powi(2)));
    }
    of_scaled(phi, tau, |_, u| phi.value(u).powi(2))
}

/// `E φ′(τz)` with an error bar; τ ≥ 0.
///
/// # Errors
/// [`NumericalError`] if the quadrature does not settle.
pub fn mean_slope(phi: &Activation, tau: f64) -> Result<Enclosure, NumericalError> {
    if tau == 0.0 {
        return Ok(Enclosure::point(phi.slope(0.0)));
    }
    of_scaled(phi, tau, |_, u| phi.slope(u))
}

/// `E f(z, τz)` for an f made of φ: the rule knows φ's kinks and scale.
///
/// # Errors
/// [`NumericalError`] if the quadrature does not settle.
pub fn of_scaled(
    phi: &Activation,
    tau: f64,
    f: impl Fn(f64, f64) -> f64,
) -> Result<Enclosure, NumericalError> {
    let (kinks, step) = rule_of_scaled(phi, tau);
    let [value] = expect_all(|z| [f(z, tau * z)], &kinks, step)?;
    Ok(value)
}

/// Kinks of `φ(τz)` in z, and a step that suits it.
fn rule_of_scaled(phi: &Activation, tau: f64) -> (Vec<f64>, f64) {
    let kinks = phi.kinks().iter().map(|kink| kink / tau).collect();
    (kinks, (0.18 * phi.strip() / tau).min(0.4))
}

/// Derivative of `E φ(τz)²` in τ²: `E[zφφ′]/τ`.
///
/// # Errors
/// [`NumericalError`] if the quadrature does not settle.
pub fn mean_square_rate(phi: &Activation, tau: f64) -> Result<Enclosure, NumericalError> {
    let product = |z: f64, u: f64| {
        let (value, slope) = phi.value_and_slope(u);
        z * value * slope / tau
    };
    of_scaled(phi, tau, product)
}

impl StateEvolution {
    /// The recursion of a net.
    ///
    /// # Errors
    /// [`NumericalError`] if a quadrature does not settle or a value overflows.
    pub fn of(net: &Autoencoder) -> Result<Self, NumericalError> {
        let start: f64 = net
            .input_values()
            .iter()
            .map(|(x, share)| share * net.sigma(0).value(*x).powi(2))
            .sum();
        Self::from_input(net, start)
    }

    /// The same with a given `‖σ_0(x)‖²/n_0`.
    ///
    /// # Errors
    /// As [`Self::of`].
    pub fn from_input(net: &Autoencoder, tau0_sq: f64) -> Result<Self, NumericalError> {
        let depth = net.depth;
        let mut tau_bar_sq = vec![Enclosure::with_relative_error(tau0_sq, 1e-14)];
        let mut tau_sq: Vec<Enclosure> = tau_bar_sq.clone();
        for l in 1..=depth {
            let before: Enclosure = tau_sq[l - 1];
            let square = if l == 1 { before } else { spread(net.sigma(l - 1), before)? };
            let bar = scaled(square, net.sigma_w2(l));
            tau_bar_sq.push(bar);
            tau_sq.push(Enclosure::with_error(bar.value + net.sigma_b2(l), bar.radius()));
        }
        let mut gamma = vec![Enclosure::UNKNOWN; depth + 2];
        let mut rho = gamma.clone();
        let last = tau_sq[depth];
        rho[depth + 1] = spread(net.phi(depth), last)?;
        gamma[depth + 1] = slope_of(net.phi(depth), last)?;
        for l in (2..=depth).rev() {
            let (up_gamma, up_rho): (Enclosure, Enclosure) = (gamma[l + 1], rho[l + 1]);
            let beta = net.beta(l);
            let tau = tau_sq[l - 1];
            let channel = Channel::new(net.phi(l - 1), net.sigma(l - 1), tau.value.sqrt());
            let (s, q) = (beta * up_gamma.value, beta * up_rho.value + net.sigma_v2(l));
            let found = channel.checked(s, q)?;
            let (value, error) = (found.value, found.error);
            let (ds, dq) = (beta * up_gamma.radius(), beta * up_rho.radius());
            let by_tau = sensitivity(net, l, tau, s, q)?;
            let second_order = 1.0 + 1e-3;
            let gamma_error = s.abs() * error.gain
                + second_order * (value.signal_by_s.abs() * ds + value.signal_by_q.abs() * dq)
                + by_tau.0;
            let rho_error = error.power
                + second_order * (value.power_by_s.abs() * ds + value.power_by_q.abs() * dq)
                + by_tau.1;
            gamma[l] = Enclosure::with_error(s * value.gain, gamma_error);
            rho[l] = Enclosure::with_error(value.power, rho_error);
        }
        Ok(Self { depth, tau_sq, tau_bar_sq, gamma, rho })
    }

    /// L.
    pub fn depth(&self) -> usize {
        self.depth
    }

    /// `τ_l²`, l = 1, …, L; l = 0 gives `‖σ_0(x)‖²/n_0`.
    pub fn tau_sq(&self, l: usize) -> Option<Enclosure> {
        self.tau_sq.get(l).copied()
    }

    /// `τ̄_l²`, l = 0, …, L.
    pub fn tau_bar_sq(&self, l: usize) -> Option<Enclosure> {
        self.tau_bar_sq.get(l).copied()
    }

    /// `γ_l`, l = 2, …, L + 1.
    pub fn gamma(&self, l: usize) -> Option<Enclosure> {
        (2..=self.depth + 1).contains(&l).then(|| self.gamma[l])
    }

    /// `ρ_l`, l = 2, …, L + 1.
    pub fn rho(&self, l: usize) -> Option<Enclosure> {
        (2..=self.depth + 1).contains(&l).then(|| self.rho[l])
    }
}

fn scaled(x: Enclosure, factor: f64) -> Enclosure {
    let value = x.value * factor;
    Enclosure::with_error(value, x.radius() * factor.abs() + 2.0 * f64::EPSILON * value.abs())
}

/// `E σ(τz)²` for a τ² with an error bar.
fn spread(sigma: &Activation, tau_sq: Enclosure) -> Result<Enclosure, NumericalError> {
    let tau = tau_sq.value.sqrt();
    if tau == 0.0 {
        return mean_square(sigma, tau);
    }
    let [square, rate] = mean_square_and_rate(sigma, tau)?;
    let moved = 1.001 * rate.value.abs() * tau_sq.radius();
    Ok(Enclosure::with_error(square.value, square.radius() + moved))
}

/// [`mean_square`] and [`mean_square_rate`] of φ at τ > 0, by one rule.
fn mean_square_and_rate(phi: &Activation, tau: f64) -> Result<[Enclosure; 2], NumericalError> {
    let (kinks, step) = rule_of_scaled(phi, tau);
    refine(step, |step| {
        let rule = smoothing::rule(&kinks, step, phi.parity() != Parity::Neither);
        let places: Vec<f64> = rule.points.iter().map(|(z, _)| tau * z).collect();
        let (values, slopes) = phi.values_and_slopes(&places);
        let mut sums = [0.0; 2];
        for ((&(z, w), value), slope) in rule.points.iter().zip(values).zip(slopes) {
            sums[0] += w * value * value;
            sums[1] += w * z * value * slope / tau;
        }
        Ok(sums)
    })
}

/// `E φ′(τz)` for a τ² with an error bar: `dE φ′/dτ² = ½E φ‴`, from the values at both ends.
fn slope_of(phi: &Activation, tau_sq: Enclosure) -> Result<Enclosure, NumericalError> {
    let middle = mean_slope(phi, tau_sq.value.sqrt())?;
    let step = (1e-4 * tau_sq.value).max(tau_sq.radius());
    let beside = mean_slope(phi, (tau_sq.value + step).sqrt())?;
    let rate = if step > 0.0 { (beside.value - middle.value).abs() / step } else { 0.0 };
    Ok(Enclosure::with_error(middle.value, middle.radius() + 1.1 * rate * tau_sq.radius()))
}

/// What the error of τ_{l−1}² does to (γ_l, ρ_l): difference quotients, with room for their own error.
fn sensitivity(
    net: &Autoencoder,
    l: usize,
    tau_sq: Enclosure,
    s: f64,
    q: f64,
) -> Result<(f64, f64), NumericalError> {
    let radius = tau_sq.radius();
    if radius == 0.0 {
        return Ok((0.0, 0.0));
    }
    // Lipschitz in τ: σ(τz) moves by |z| K dτ; Cauchy–Schwarz and E z² = 1 give a bound without quadrature.
    let tau = tau_sq.value.sqrt();
    let moved =
        0.5 * radius / tau * net.sigma(l - 1).lipschitz() * s.abs() * net.phi(l - 1).lipschitz();
    let size = match net.phi(l - 1).bound() {
        Some(bound) => bound,
        None => mean_square(net.phi(l - 1), (q + s * s * tau_sq.value).sqrt())?.value.sqrt(),
    };
    let size = size.max(1.0);
    Ok((moved / tau + radius / tau_sq.value * size, 2.0 * size * moved))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(value: serde_json::Value) -> StateEvolution {
        StateEvolution::of(&serde_json::from_value::<Autoencoder>(value).unwrap()).unwrap()
    }

    /// Linear net, α = σ_W² = 1: γ_l = 1 and ρ_l = τ² (L − l + 2).
    #[test]
    fn linear_nets_are_exact() {
        let found = read(json!({"L": 20, "sigma_w2": 1, "sigma": "identity", "phi": "identity"}));
        for l in 2..=21 {
            let (gamma, rho) = (found.gamma(l).unwrap(), found.rho(l).unwrap());
            assert!((gamma.value - 1.0).abs() < 1e-12 && gamma.radius() < 1e-10, "{gamma:?}");
            let exact = (22 - l) as f64;
            assert!((rho.value - exact).abs() < 1e-11, "{l} {rho:?}");
            assert!(rho.lo <= exact && exact <= rho.hi);
        }
        assert!(found.gamma(1).is_none() && found.rho(22).is_none());
    }

    #[test]
    fn error_bars_stay_small_through_fifty_layers() {
        let found = read(
            json!({"L": 50, "sigma_w2": 2.312, "sigma_b2": 0.211, "sigma": "tanh", "phi": "tanh"}),
        );
        for l in 2..=51 {
            assert!(found.gamma(l).unwrap().radius() < 1e-9, "{l} {:?}", found.gamma(l));
            assert!(found.rho(l).unwrap().radius() < 1e-9, "{l} {:?}", found.rho(l));
        }
    }
}
