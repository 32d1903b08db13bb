//! Where fixed points of (γ, ρ) ↦ (G, R) with γ > 0 begin (Li & Nguyen 2019, Section 3.2 and Proposition 11).

use super::channel::{Channel, Checked, Moments};
use super::state_evolution::{mean_slope, of_scaled};
use crate::maths::{Enclosure, Interval, NumericalError, roots};

/// Where γ > 0 branches off the axis.
#[derive(Clone, Copy, Debug)]
pub struct Onset {
    /// β₀.
    pub beta: Enclosure,
    /// ρ there.
    pub rho: Enclosure,
    /// `C` in `γ ≃ C √(β − β₀)`; NaN if the branch does not bend forward.
    pub amplitude: Enclosure,
}

/// Where the signal γ > 0 branches off the axis γ = 0, on the branch ρ > 0: the smallest q with
/// `q gain(0, q) = power(0, q)`; β₀ = q/ρ.
///
/// # Errors
/// No such transition; a quadrature that does not settle.
pub fn onset(channel: &Channel) -> Result<Onset, NumericalError> {
    let q = first_crossing(channel, |q, m| m.gain - m.power / q)?;
    let found = channel.checked(0.0, q)?;
    let (m, error) = (found.value, found.error);
    // d/dq of E φ′(√q z) E σ′ and of power/q at the root.
    let gain_rate = gain_rate(channel, q)?;
    let slope = gain_rate.value - (m.power_by_q - m.power / q) / q;
    let noise = error.gain + error.power / q + (m.gain - m.power / q).abs();
    let q_bar = 1.1 * noise / slope.abs() + 4.0 * f64::EPSILON * q;
    // β = 1/gain(0, q).
    let beta = 1.0 / m.gain;
    let beta_bar = beta * beta * (error.gain + gain_rate.value.abs() * q_bar) * 1.1;
    let rho_bar = error.power + m.power_by_q.abs() * q_bar;
    Ok(Onset {
        beta: Enclosure::with_error(beta, beta_bar),
        rho: Enclosure::with_error(m.power, rho_bar),
        amplitude: amplitude(channel, q, q_bar, found)?,
    })
}

/// The amplitude at q, with what quadrature and an error of q up to `bar` leave open (twice its difference quotient).
fn amplitude(
    channel: &Channel,
    q: f64,
    bar: f64,
    found: Checked,
) -> Result<Enclosure, NumericalError> {
    let here = amplitude_at(channel, q, found)?;
    let aside = q * (1.0 + 1e-4);
    let there = amplitude_at(channel, aside, channel.checked(0.0, aside)?)?;
    let quotient = (there.midpoint() - here.midpoint()).abs() / (aside - q);
    let value = here.midpoint();
    Ok(Enclosure::with_error(value, 0.5 * here.width() + 2.0 * quotient * bar))
}

/// Amplitude of the pitchfork. With `A(q) = gain(0, q)`, `B = ½E φ‴ E[σ²σ′]`, `D = ∂_q power`:
/// `q` moves by `k s²`, `k = (D Eσ² − qB)/(A + qA′ − D)`, and `β − β₀ = −β₀² (A′k + B) s²`; γ = s/β.
fn amplitude_at(channel: &Channel, q: f64, found: Checked) -> Result<Interval, NumericalError> {
    let (sigma, tau) = (channel.sigma(), channel.tau());
    let kinks: Vec<f64> = sigma.kinks().iter().map(|kink| kink / tau).collect();
    let moments = |z: f64| {
        let (value, slope) = sigma.value_and_slope(tau * z);
        [value * value, value * value * slope, slope]
    };
    let [square, mixed, slope] =
        crate::maths::gaussian::expect_all(moments, &kinks, 0.4)?.map(Interval::from);
    let around = |value: f64, error: f64| Interval::from(Enclosure::with_error(value, error));
    let gain = around(found.value.gain, found.error.gain);
    let power_rate = around(found.value.power_by_q, found.error.power_by_q);
    let (gain_rate, q) = (Interval::from(gain_rate(channel, q)?), Interval::point(q));
    let bend = gain_rate / slope * mixed;
    let k = (power_rate * square - q * bend) / (gain + q * gain_rate - power_rate);
    // 1/β is the gain.
    let forward = -gain.square() / (gain_rate * k + bend);
    Ok(forward.sqrt() * gain)
}

/// Smallest q > 0 at which a function of q and the moments at (0, q) changes sign.
fn first_crossing(
    channel: &Channel,
    excess: impl Fn(f64, &Moments) -> f64,
) -> Result<f64, NumericalError> {
    let value = |q: f64| excess(q, &channel.moments(0.0, q));
    let grid: Vec<(f64, f64)> =
        (0..200).map(|k| 1e-8 * 1.17f64.powi(k)).map(|q| (q, value(q))).collect();
    let pair = grid.windows(2).find(|pair| pair[0].1.signum() != pair[1].1.signum());
    let Some(pair) = pair else {
        return Err(NumericalError::Domain("there is no such transition".into()));
    };
    Ok(roots::root(value, pair[0].0, pair[1].0, 1e-15 * pair[1].0)?.value)
}

/// `d/dq E φ′(√q z) · E σ′ = E[φ′(√q z)(z² − 1)]/(2q) · E σ′`.
fn gain_rate(channel: &Channel, q: f64) -> Result<Enclosure, NumericalError> {
    let phi = channel.phi();
    let third = of_scaled(phi, q.sqrt(), |z, u| phi.slope(u) * (z * z - 1.0))?;
    let slope = mean_slope(channel.sigma(), channel.tau())?;
    let value = third.value / (2.0 * q) * slope.value;
    let relative = third.radius() * slope.value.abs() + third.value.abs() * slope.radius();
    Ok(Enclosure::with_error(value, relative / (2.0 * q) + 4.0 * f64::EPSILON * value.abs()))
}

/// `β*(ρ)` of Proposition 11(d): where `∂G/∂γ` at γ = 0 reaches 1 with ρ frozen.
///
/// # Errors
/// No such β; a quadrature that does not settle.
pub fn frozen_onset(channel: &Channel, rho: f64) -> Result<Enclosure, NumericalError> {
    if rho == 0.0 {
        let found = channel.checked(0.0, 0.0)?.gain();
        let value = 1.0 / found.value;
        return Ok(Enclosure::with_error(value, 1.1 * value * value * found.radius()));
    }
    let q = first_crossing(channel, |q, m| q * m.gain / rho - 1.0)?;
    let found = channel.checked(0.0, q)?;
    let slope = found.value.gain + q * gain_rate(channel, q)?.value;
    let noise = q * found.error.gain + (q * found.value.gain - rho).abs();
    Ok(Enclosure::with_error(q / rho, 1.1 * noise / slope.abs() / rho + 1e-15 * q / rho))
}

/// Smallest ρ > 0 with `∂G/∂γ = 1` at γ = 0, β fixed.
///
/// # Errors
/// No such ρ; a quadrature that does not settle.
pub fn frozen_power(channel: &Channel, beta: f64) -> Result<Enclosure, NumericalError> {
    let q = first_crossing(channel, |_, m| beta * m.gain - 1.0)?;
    let found = channel.checked(0.0, q)?;
    let noise = found.error.gain + (found.value.gain - 1.0 / beta).abs();
    let bar = 1.1 * noise / gain_rate(channel, q)?.value.abs() / beta;
    Ok(Enclosure::with_error(q / beta, bar + 1e-15 * q / beta))
}
