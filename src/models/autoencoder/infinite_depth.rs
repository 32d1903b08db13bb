//! Infinite depth: the maps G, R, T of Li & Nguyen (2019), Section 3.1, in terms of (γ, ρ) and β = ασ_W².
//!
//! `G(γ, ρ) = τ⁻¹E[z₁φ(θ)]`, `R(γ, ρ) = E φ(θ)²` with `θ = βγσ(τz₁) + √(βρ) z₂`, and
//! `T(τ²) = σ_W² E σ(τz)² + σ_b²`. G is always evaluated in Stein's form.

use super::activation::Activation;
use super::channel::{Channel, Checked, Moments};
use super::state_evolution::{mean_square, mean_square_rate};
use crate::maths::{Enclosure, NumericalError, roots};

/// A pair (γ, ρ).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Order {
    /// Signal.
    pub gamma: f64,
    /// Power.
    pub rho: f64,
}

/// The maps at a given β.
#[derive(Clone, Copy, Debug)]
pub struct Maps<'a> {
    /// The layer.
    pub channel: &'a Channel,
    /// `β = ασ_W²`.
    pub beta: f64,
}

impl Maps<'_> {
    /// Moments at (γ, ρ), fast.
    pub fn moments(&self, at: Order) -> Moments {
        self.channel.moments(self.beta * at.gamma, self.beta * at.rho)
    }

    /// Moments at (γ, ρ) with error bars.
    ///
    /// # Errors
    /// As [`Channel::checked`].
    pub fn checked(&self, at: Order) -> Result<Checked, NumericalError> {
        self.channel.checked(self.beta * at.gamma, self.beta * at.rho)
    }

    /// (G, R), fast.
    pub fn step(&self, at: Order) -> Order {
        let moments = self.moments(at);
        Order { gamma: self.beta * at.gamma * moments.gain, rho: moments.power }
    }

    /// (G, R) with error bars.
    ///
    /// # Errors
    /// As [`Channel::checked`].
    pub fn step_checked(&self, at: Order) -> Result<(Enclosure, Enclosure), NumericalError> {
        let found = self.checked(at)?;
        let s = self.beta * at.gamma;
        let gain = found.gain();
        Ok((Enclosure::with_error(s * gain.value, s.abs() * gain.radius()), found.power()))
    }

    /// `∂(G, R)/∂(γ, ρ)`, rows G and R.
    pub fn jacobian(&self, moments: &Moments) -> [[f64; 2]; 2] {
        let m = moments;
        [
            [self.beta * m.signal_by_s, self.beta * m.signal_by_q],
            [self.beta * m.power_by_s, self.beta * m.power_by_q],
        ]
    }
}

/// `σ_W,max² = τ²/E σ(τz)²`: the largest weight variance for which τ² is a fixed point of T with `σ_b² ≥ 0`.
///
/// # Errors
/// [`NumericalError`] if the quadrature does not settle or `E σ²` vanishes.
pub fn sigma_w_max_sq(sigma: &Activation, tau_sq: f64) -> Result<Enclosure, NumericalError> {
    let square = mean_square(sigma, tau_sq.sqrt())?;
    if square.lo <= 0.0 {
        return Err(NumericalError::Domain("the activation vanishes".into()));
    }
    let value = tau_sq / square.value;
    Ok(Enclosure::with_error(value, 1.01 * value * square.radius() / square.lo))
}

/// `T(τ²)`.
///
/// # Errors
/// [`NumericalError`] if the quadrature does not settle.
pub fn length_map(
    sigma: &Activation,
    w2: f64,
    b2: f64,
    tau_sq: f64,
) -> Result<Enclosure, NumericalError> {
    let square = mean_square(sigma, tau_sq.sqrt())?;
    Ok(Enclosure::with_error(w2 * square.value + b2, w2 * square.radius()))
}

/// The largest stable fixed point of T: 0 or infinity where there is none between `1e-9` and `1e9`.
/// Where T is the identity (ReLU at (2, 0)) every τ² is fixed and the input decides: an error.
///
/// # Errors
/// [`NumericalError`] if the quadrature does not settle, or every τ² is a fixed point.
pub fn length_fixed_point(
    sigma: &Activation,
    w2: f64,
    b2: f64,
) -> Result<Enclosure, NumericalError> {
    let excess = |x: f64| length_map(sigma, w2, b2, x).map_or(f64::NAN, |t| t.value / x - 1.0);
    // T of a bounded σ is bounded.
    let end = sigma.bound().map_or(1e9, |bound| 1.1 * (w2 * bound * bound + b2));
    let (start, steps) = (1e-9_f64.min(1e-6 * end), 160);
    let ratio = (end / start).powf(1.0 / f64::from(steps));
    let grid: Vec<(f64, f64)> =
        (0..=steps).map(|k| start * ratio.powi(k)).map(|x| (x, excess(x))).collect();
    if grid.iter().any(|(_, y)| y.is_nan()) {
        return Err(NumericalError::Domain("T has no value".into()));
    }
    if grid.iter().all(|(_, y)| y.abs() < 1e-12) {
        return Err(NumericalError::Domain("every τ² is a fixed point: the input decides".into()));
    }
    if grid[steps as usize].1 > -1e-12 {
        return Ok(Enclosure::point(f64::INFINITY));
    }
    let Some(pair) = grid.windows(2).rev().find(|pair| pair[0].1 > 0.0 && pair[1].1 <= 0.0) else {
        return Ok(Enclosure::point(0.0));
    };
    let found = roots::root(excess, pair[0].0, pair[1].0, 1e-15 * pair[1].0)?;
    let slope = 1.0 - length_slope(sigma, w2, found.value)?;
    let noise = length_map(sigma, w2, b2, found.value)?.radius();
    Ok(Enclosure::with_error(found.value, found.radius() + 2.0 * noise / slope.abs()))
}

/// `T′(τ²) = σ_W² E[σ′² + σσ″] = σ_W² E[zσσ′]/τ`, τ² > 0.
///
/// # Errors
/// [`NumericalError`] if the quadrature does not settle.
pub fn length_slope(sigma: &Activation, w2: f64, tau_sq: f64) -> Result<f64, NumericalError> {
    Ok(w2 * mean_square_rate(sigma, tau_sq.sqrt())?.value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    fn read(text: &str) -> Activation {
        Activation::parse(text).unwrap()
    }

    #[test]
    fn lengths() {
        let relu = read("relu");
        assert_relative_eq!(sigma_w_max_sq(&relu, 0.2).unwrap().value, 2.0, max_relative = 1e-13);
        let fixed = |w2, b2| length_fixed_point(&relu, w2, b2);
        assert_relative_eq!(fixed(1.0, 0.1).unwrap().value, 0.2, max_relative = 1e-12);
        assert_eq!(fixed(2.5, 0.3).unwrap().value, f64::INFINITY);
        assert_eq!(fixed(2.0, 0.3).unwrap().value, f64::INFINITY);
        assert_eq!(fixed(1.0, 0.0).unwrap().value, 0.0);
        assert!(fixed(2.0, 0.0).is_err());
        // E tanh²(√1.2 z) by mpmath: τ² = 1.2 is the fixed point of its own σ_b².
        let square = 0.427_561_304_476_902_6;
        let found = length_fixed_point(&read("tanh"), 2.312, 1.2 - 2.312 * square).unwrap();
        assert!((found.value - 1.2).abs() < 1e-11, "{found:?}");
        assert!((0.0..1.0).contains(&length_slope(&read("tanh"), 2.312, 1.2).unwrap()));
    }

    #[test]
    fn a_step_is_the_closed_form_of_relu_tanh() {
        let channel = Channel::new(&read("relu"), &read("tanh"), f64::sqrt(1.2));
        let maps = Maps { channel: &channel, beta: 2.5 };
        let (gamma, rho) = maps.step_checked(Order { gamma: 0.4, rho: 0.3 }).unwrap();
        let square = 0.427_561_304_476_902_6;
        assert_relative_eq!(gamma.value, 0.5 * 2.5 * (1.0 - square) * 0.4, max_relative = 1e-12);
        assert_relative_eq!(
            rho.value,
            1.25 * 0.3 + 0.5 * 6.25 * 0.16 * square,
            max_relative = 1e-12
        );
    }
}
