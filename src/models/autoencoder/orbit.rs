//! Orbits of (γ, ρ) ↦ (G, R), in logarithms where φ is positively homogeneous.
//!
//! Deep layers of an autoencoder are such an orbit: L − 1 steps from `γ_{L+1} = E φ_L′(τz)`,
//! `ρ_{L+1} = E φ_L(τz)²` give (γ_2, ρ_2) (Li & Nguyen 2019, Section 3.1). For a homogeneous φ only
//! `κ = γτ√(β/ρ)` matters: `γ′ = βγ gain(κ)`, `ρ′ = βρ power(κ)`, so logarithms never overflow. ReLU after ReLU:
//! `gain = ¼ + arctan κ/2π`, `power = ¼ + (1 + κ²) gain + κ/2π`; ReLU after an odd σ:
//! `gain = ½Eσ′`, `power = ½ + ½κ² Eσ²/τ²`.

use super::activation::Parity;
use super::channel::Channel;
use super::infinite_depth::{Maps, Order};
use super::orbit_errors::{Errors, Linear};
use super::state_evolution::{mean_slope, mean_square};
use crate::maths::{Enclosure, NumericalError};

/// Most steps.
pub const MAX_STEPS: usize = 200_000;

/// A start and a rule.
#[derive(Clone, Debug)]
pub struct Orbit {
    channel: Channel,
    beta: f64,
    frozen: bool,
    law: Law,
}

#[derive(Clone, Copy, Debug)]
enum Law {
    /// Quadrature.
    General,
    /// Homogeneous φ, by quadrature at q = 1.
    Homogeneous,
    /// ReLU after ReLU.
    ReluRelu,
    /// ReLU after an odd σ with `E σ′` and `E σ²/τ²`.
    ReluOdd { slope: Enclosure, square: Enclosure },
}

/// What a homogeneous φ does at κ.
struct Factors {
    /// γ′/(βγ) and its relative error.
    gain: f64,
    gain_error: f64,
    /// ρ′/(βρ) and its relative error.
    power: f64,
    power_error: f64,
    /// d ln gain/d ln κ and d ln power/d ln κ.
    elasticity: [f64; 2],
}

/// A point of an orbit: logarithms of |γ| and ρ, the sign of γ, and bounds of the errors of γ and ρ
/// (relative ones for homogeneous φ).
#[derive(Clone, Copy, Debug)]
pub struct State {
    sign: f64,
    ln_gamma: f64,
    ln_rho: f64,
    plain: Order,
    error: Order,
    relative: bool,
}

/// The start of an orbit, with error bars.
#[derive(Clone, Copy, Debug)]
pub struct Start {
    /// γ.
    pub gamma: Enclosure,
    /// ρ.
    pub rho: Enclosure,
}

impl Start {
    fn value(self) -> Order {
        Order { gamma: self.gamma.value, rho: self.rho.value }
    }
}

impl State {
    /// γ.
    pub fn gamma(&self) -> Enclosure {
        if self.relative {
            let value = self.sign * self.ln_gamma.exp();
            return Enclosure::with_error(value, value.abs() * self.error.gamma);
        }
        Enclosure::with_error(self.plain.gamma, self.error.gamma)
    }

    /// ρ.
    pub fn rho(&self) -> Enclosure {
        if self.relative {
            let value = self.ln_rho.exp();
            return Enclosure::with_error(value, value * self.error.rho);
        }
        Enclosure::with_error(self.plain.rho, self.error.rho)
    }

    /// ln |γ|.
    pub fn ln_gamma(&self) -> Enclosure {
        match self.relative {
            true => Enclosure::with_error(self.ln_gamma, self.error.gamma),
            false => ln(self.gamma()),
        }
    }

    /// ln ρ.
    pub fn ln_rho(&self) -> Enclosure {
        match self.relative {
            true => Enclosure::with_error(self.ln_rho, self.error.rho),
            false => ln(self.rho()),
        }
    }
}

fn ln(x: Enclosure) -> Enclosure {
    let value = x.value.abs().ln();
    Enclosure::with_error(value, 1.1 * x.radius() / x.value.abs())
}

impl Orbit {
    /// Orbits at β; `frozen` keeps ρ at its start (the map γ ↦ G(γ, ρ) alone).
    ///
    /// # Errors
    /// [`NumericalError`] if a constant of the law has no value.
    pub fn new(channel: Channel, beta: f64, frozen: bool) -> Result<Self, NumericalError> {
        let (phi, sigma) = (channel.phi(), channel.sigma());
        let law = match (phi.name(), sigma.name(), sigma.parity()) {
            _ if frozen || !phi.is_homogeneous() => Law::General,
            ("relu", "relu", _) => Law::ReluRelu,
            ("relu", _, Parity::Odd) => Law::ReluOdd {
                slope: mean_slope(sigma, channel.tau())?,
                square: scaled(mean_square(sigma, channel.tau())?, channel.tau().powi(-2)),
            },
            _ => Law::Homogeneous,
        };
        Ok(Self { channel, beta, frozen, law })
    }

    /// The orbit's first `steps` points and the start.
    ///
    /// # Errors
    /// [`NumericalError`] if a quadrature does not settle.
    pub fn run(&self, start: Start, steps: usize) -> Result<Vec<State>, NumericalError> {
        match self.law {
            Law::General => self.run_plain(start, steps),
            _ => self.run_logarithmic(start, steps),
        }
    }

    fn run_logarithmic(&self, start: Start, steps: usize) -> Result<Vec<State>, NumericalError> {
        let relative = |x: Enclosure| if x.value == 0.0 { 0.0 } else { x.radius() / x.value.abs() };
        let error = Order { gamma: relative(start.gamma), rho: relative(start.rho) };
        let plain = start.value();
        let (ln_gamma, ln_rho) = (plain.gamma.abs().ln(), plain.rho.ln());
        let sign = plain.gamma.signum();
        let mut state = State { sign, ln_gamma, ln_rho, plain, error, relative: true };
        // ln κ follows a recursion of its own, and what it is off by moves ln γ and ln ρ: no products of matrices.
        let mut kappa_error = error.gamma + 0.5 * error.rho;
        let mut orbit = vec![state];
        for _ in 0..steps {
            let ratio = (state.ln_gamma - 0.5 * state.ln_rho).exp() * self.beta.sqrt();
            let kappa = state.sign * ratio * self.channel.tau();
            let found = self.factors(kappa)?;
            // κ comes from the logarithms, so that it has their rounding.
            let digits =
                |ln: f64| if ln.is_finite() { f64::EPSILON * (4.0 + ln.abs()) } else { 0.0 };
            let rounding = digits(state.ln_gamma) + digits(state.ln_rho);
            let [by_gain, by_power] = found.elasticity;
            state.ln_gamma += (self.beta * found.gain.abs()).ln();
            state.sign *= found.gain.signum();
            state.ln_rho += (self.beta * found.power).ln();
            let fault = Order {
                gamma: match state.ln_gamma.is_finite() {
                    true => found.gain_error + digits(state.ln_gamma) + by_gain.abs() * rounding,
                    false => 0.0,
                },
                rho: found.power_error + digits(state.ln_rho) + by_power.abs() * rounding,
            };
            // Elasticities change by about as much as ln κ.
            let bent = 4.0 * kappa_error * kappa_error;
            state.error = Order {
                gamma: state.error.gamma + by_gain.abs() * kappa_error + fault.gamma + bent,
                rho: state.error.rho + by_power.abs() * kappa_error + fault.rho + bent,
            };
            let multiplier = 1.0 + by_gain - 0.5 * by_power;
            kappa_error = multiplier.abs() * kappa_error + fault.gamma + 0.5 * fault.rho + bent;
            orbit.push(state);
        }
        Ok(orbit)
    }

    fn factors(&self, kappa: f64) -> Result<Factors, NumericalError> {
        match self.law {
            Law::ReluRelu => Ok(relu_relu(kappa)),
            Law::ReluOdd { slope, square } => {
                let signal = 0.5 * kappa * kappa * square.value;
                let share = if signal.is_finite() { signal / (0.5 + signal) } else { 1.0 };
                Ok(Factors {
                    gain: 0.5 * slope.value,
                    gain_error: slope.radius() / slope.value.abs(),
                    power: 0.5 + signal,
                    power_error: share * square.radius() / square.value + 2.0 * f64::EPSILON,
                    elasticity: [0.0, 2.0 * share],
                })
            }
            _ => {
                let s = kappa / self.channel.tau();
                let found = self.channel.checked(s, 1.0)?;
                let (value, error) = (found.value, found.error);
                Ok(Factors {
                    gain: value.gain,
                    gain_error: error.gain / value.gain.abs(),
                    power: value.power,
                    power_error: error.power / value.power,
                    elasticity: [
                        (value.signal_by_s - value.gain) / value.gain,
                        s * value.power_by_s / value.power,
                    ],
                })
            }
        }
    }

    fn run_plain(&self, start: Start, steps: usize) -> Result<Vec<State>, NumericalError> {
        let maps = Maps { channel: &self.channel, beta: self.beta };
        let state = |plain: Order, error: Order| State {
            sign: plain.gamma.signum(),
            ln_gamma: 0.0,
            ln_rho: 0.0,
            plain,
            error,
            relative: false,
        };
        let mut at = start.value();
        let first = Order { gamma: start.gamma.radius(), rho: start.rho.radius() };
        // Entries of the Jacobian are β times first derivatives in (s, q) = β(γ, ρ).
        let mut errors = Errors::new(first, self.beta * self.beta);
        let mut orbit = vec![state(at, first)];
        // Errors of fast gain and power, seen on steps 1, 2, 4, 8, …; twice the largest one stands for the others.
        let (mut gain_off, mut power_off, mut next) = (0.0_f64, 0.0_f64, 0);
        for step in 0..steps {
            let moments = if step == next {
                next = (2 * next).max(1);
                let found = maps.checked(at)?;
                let fast = maps.moments(at);
                let off = (found.value.gain - fast.gain).abs() + found.error.gain;
                gain_off = gain_off.max(2.0 * off);
                let off = (found.value.power - fast.power).abs() + found.error.power;
                power_off = power_off.max(2.0 * off);
                found.value
            } else {
                maps.moments(at)
            };
            let jacobian = self.jacobian(&maps, at, &moments);
            let s = (self.beta * at.gamma).abs();
            let fault = Order {
                gamma: s * (gain_off + 4.0 * f64::EPSILON * moments.gain.abs()),
                rho: if self.frozen { 0.0 } else { power_off + 4.0 * f64::EPSILON * moments.power },
            };
            at.gamma *= self.beta * moments.gain;
            if !self.frozen {
                at.rho = moments.power;
            }
            let bar = errors.step(jacobian, fault, at);
            if !(at.gamma.is_finite() && at.rho.is_finite()) || at.gamma.abs() > 1e100 {
                return Err(NumericalError::Domain(format!(
                    "the orbit leaves all bounds at step {step}"
                )));
            }
            orbit.push(state(at, bar));
        }
        Ok(orbit)
    }

    /// `∂(G, R)/∂(γ, ρ)`; with ρ frozen its row is that of the identity.
    fn jacobian(&self, maps: &Maps<'_>, at: Order, moments: &super::channel::Moments) -> Linear {
        let mut jacobian = maps.jacobian(moments);
        if at.gamma == 0.0 {
            // G(0, ρ) = 0 for every ρ: what the quadrature leaves there is rounding.
            jacobian[0][1] = 0.0;
        }
        if self.frozen {
            jacobian[1] = [0.0, 1.0];
        }
        jacobian
    }
}

fn scaled(x: Enclosure, factor: f64) -> Enclosure {
    Enclosure::with_error(
        factor * x.value,
        factor.abs() * x.radius() + f64::EPSILON * (factor * x.value).abs(),
    )
}

/// ReLU after ReLU. Far to the left the terms of `power` cancel: an error of κ roundings.
fn relu_relu(kappa: f64) -> Factors {
    use std::f64::consts::{PI, TAU};
    let gain = match kappa < -1.0 {
        true => (-1.0 / kappa).atan() / TAU,
        false => 0.25 + kappa.atan() / TAU,
    };
    let power = 0.25 + (1.0 + kappa * kappa) * gain + kappa / TAU;
    let rate = 2.0 * kappa * gain + 1.0 / PI;
    Factors {
        gain,
        gain_error: 4e-16,
        power,
        power_error: 1e-15 * (1.0 + (-kappa).max(0.0)),
        elasticity: [kappa / (TAU * (1.0 + kappa * kappa) * gain), kappa * rate / power],
    }
}

#[cfg(test)]
mod tests {
    use super::super::activation::Activation;
    use super::*;
    use approx::assert_relative_eq;

    fn orbit(phi: &str, sigma: &str, tau2: f64, beta: f64) -> Orbit {
        let read = |text| Activation::parse(text).unwrap();
        let channel = Channel::new(&read(phi), &read(sigma), f64::sqrt(tau2));
        Orbit::new(channel, beta, false).unwrap()
    }

    fn at(gamma: f64, rho: f64) -> Start {
        Start { gamma: Enclosure::point(gamma), rho: Enclosure::point(rho) }
    }

    /// Closed forms and quadrature give the same orbit.
    #[test]
    fn closed_forms_against_quadrature() {
        for sigma in ["relu", "tanh"] {
            let closed = orbit("relu", sigma, 1.2, 3.0);
            let general = orbit("max(u, 0*u)", sigma, 1.2, 3.0);
            let start = at(0.7, 0.9);
            let (a, b) = (closed.run(start, 5).unwrap(), general.run(start, 5).unwrap());
            assert_relative_eq!(a[5].gamma().value, b[5].gamma().value, max_relative = 1e-8);
            assert_relative_eq!(a[5].rho().value, b[5].rho().value, max_relative = 1e-8);
        }
    }

    /// Without signal `ρ` grows by β/2 a step, far beyond the doubles.
    #[test]
    fn logarithms_do_not_overflow() {
        let found = orbit("relu", "tanh", 1.0, 20.0).run(at(0.0, 1.0), 2000).unwrap();
        let exact = 2000.0 * 10f64.ln();
        let last = found[2000].ln_rho();
        assert!(last.lo <= exact && exact <= last.hi && last.radius() < 1e-6, "{last:?}");
    }

    /// ReLU after ReLU below 4: γ dies, its logarithm keeps an error that grows with the steps, not with their powers.
    #[test]
    fn long_logarithmic_orbits_keep_their_digits() {
        let found = orbit("relu", "relu", 1.0, 3.0).run(at(1.0, 1.0), 3000).unwrap();
        let last = found[3000].ln_gamma();
        assert!(last.value < -100.0 && last.radius() < 1e-7, "{last:?}");
        assert!(found[3000].ln_rho().radius() < 1e-7);
    }

    /// Close to the transition (multiplier 0.98) the bar stays near what one step leaves, and holds the limit, which is
    /// from Gauss–Legendre quadrature with 240 nodes in each direction.
    #[test]
    fn error_bars_do_not_outgrow_the_orbit() {
        let found = orbit("tanh", "tanh", 1.2, 3.468).run(at(0.5, 0.5), 2000).unwrap();
        let gamma = found[2000].gamma();
        assert!(gamma.radius() < 1e-8 && found[2000].rho().radius() < 1e-8, "{gamma:?}");
        assert!((gamma.value - 0.089_694_122_36).abs() < 1e-9);
    }

    /// γ = 0 is never left, although it is unstable there.
    #[test]
    fn no_signal_stays_none() {
        let found = orbit("tanh", "tanh", 1.2, 5.0).run(at(0.0, 1.2), 1000).unwrap();
        assert_eq!(found[1000].gamma(), Enclosure::point(0.0));
        assert!(found[1000].rho().radius() < 1e-10);
    }

    /// ReLU after ReLU far to the left: κ → −∞ halves neither digits nor signs.
    #[test]
    fn factors_on_both_sides_of_zero() {
        for kappa in [-50.0, -1.5, -0.5, 0.3, 4.0] {
            let (closed, general) =
                (orbit("relu", "relu", 1.0, 2.0), orbit("max(u, 0*u)", "relu", 1.0, 2.0));
            let found = closed.factors(kappa).unwrap();
            let by_rule = general.channel.checked(kappa, 1.0).unwrap().value;
            assert_relative_eq!(found.gain, by_rule.gain, max_relative = 1e-9);
            assert_relative_eq!(found.power, by_rule.power, max_relative = 1e-9);
            let elasticity = (by_rule.signal_by_s - by_rule.gain) / by_rule.gain;
            assert_relative_eq!(found.elasticity[0], elasticity, epsilon = 1e-6);
            let elasticity = kappa * by_rule.power_by_s / by_rule.power;
            assert_relative_eq!(found.elasticity[1], elasticity, epsilon = 1e-6);
        }
    }
}
