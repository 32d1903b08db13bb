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
    ReluOdd { slope: f64, square: f64 },
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
                slope: mean_slope(sigma, channel.tau())?.value,
                square: mean_square(sigma, channel.tau())?.value / channel.tau().powi(2),
            },
            _ => Law::Homogeneous,
        };
        Ok(Self { channel, beta, frozen, law })
    }

    /// The orbit's first `steps` points and the start.
    ///
    /// # Errors
    /// [`NumericalError`] if a quadrature does not settle.
    pub fn run(&self, start: Order, steps: usize) -> Result<Vec<State>, NumericalError> {
        match self.law {
            Law::General => self.run_plain(start, steps),
            _ => self.run_logarithmic(start, steps),
        }
    }

    fn run_logarithmic(&self, start: Order, steps: usize) -> Result<Vec<State>, NumericalError> {
        let mut state = State {
            sign: start.gamma.signum(),
            ln_gamma: start.gamma.abs().ln(),
            ln_rho: start.rho.ln(),
            plain: start,
            error: Order { gamma: 1e-15, rho: 1e-15 },
            relative: true,
        };
        let mut orbit = vec![state];
        for _ in 0..steps {
            let ratio = (state.ln_gamma - 0.5 * state.ln_rho).exp() * self.beta.sqrt();
            let kappa = state.sign * ratio * self.channel.tau();
            let (gain, power, noise) = self.factors(kappa)?;
            state.ln_gamma += (self.beta * gain.abs()).ln();
            state.sign *= gain.signum();
            state.ln_rho += (self.beta * power).ln();
            // κ moves gain and power by at most its own relative error (their elasticities are below 1 and 2).
            let size =
                4.0 * f64::EPSILON * (1.0 + state.ln_gamma.abs().max(state.ln_rho.abs()).min(1e4));
            let both = state.error.gamma + 0.5 * state.error.rho;
            let weight = kappa.abs().min(1.0 / kappa.abs().max(1e-300)).min(1.0);
            state.error = Order {
                gamma: state.error.gamma + 0.5 * weight * both + noise + size,
                rho: state.error.rho + weight * both + noise + size,
            };
            orbit.push(state);
        }
        Ok(orbit)
    }

    /// (γ′/(βγ), ρ′/(βρ)) at κ, and the relative error.
    fn factors(&self, kappa: f64) -> Result<(f64, f64, f64), NumericalError> {
        use std::f64::consts::TAU;
        Ok(match self.law {
            Law::ReluRelu => {
                let gain = 0.25 + kappa.atan() / TAU;
                (gain, 0.25 + (1.0 + kappa * kappa) * gain + kappa / TAU, 4e-16)
            }
            Law::ReluOdd { slope, square } => {
                (0.5 * slope, 0.5 + 0.5 * kappa * kappa * square, 1e-13)
            }
            _ => {
                let found = self.channel.checked(kappa / self.channel.tau(), 1.0)?;
                let (value, error) = (found.value, found.error);
                let noise = error.gain / value.gain.abs() + error.power / value.power;
                (value.gain, value.power, noise)
            }
        })
    }

    fn run_plain(&self, start: Order, steps: usize) -> Result<Vec<State>, NumericalError> {
        let maps = Maps { channel: &self.channel, beta: self.beta };
        let state = |plain: Order, error: Order| State {
            sign: plain.gamma.signum(),
            ln_gamma: 0.0,
            ln_rho: 0.0,
            plain,
            error,
            relative: false,
        };
        let (mut at, mut error) = (start, Order::default());
        let mut orbit = vec![state(at, error)];
        // Error of a fast step, seen on steps 1, 2, 4, 8, …; twice the largest one bounds the others.
        let (mut fault, mut next) = (Order { gamma: 1e-16, rho: 1e-16 }, 0);
        for step in 0..steps {
            let moments = if step == next {
                next = (2 * next).max(1);
                let found = maps.checked(at)?;
                let fast = maps.moments(at);
                let s = (self.beta * at.gamma).abs();
                let off = (found.value.gain - fast.gain).abs() + found.error.gain;
                fault.gamma = fault.gamma.max(2.0 * s * off);
                let off = (found.value.power - fast.power).abs() + found.error.power;
                fault.rho = fault.rho.max(2.0 * off);
                found.value
            } else {
                maps.moments(at)
            };
            let j = maps.jacobian(&moments);
            let to =
                |row: usize| 1.001 * (j[row][0].abs() * error.gamma + j[row][1].abs() * error.rho);
            error = Order { gamma: to(0) + fault.gamma, rho: to(1) + fault.rho };
            at.gamma *= self.beta * moments.gain;
            if self.frozen {
                error.rho = 0.0;
            } else {
                at.rho = moments.power;
            }
            if !(at.gamma.is_finite() && at.rho.is_finite()) || at.gamma.abs() > 1e100 {
                return Err(NumericalError::Domain(format!(
                    "the orbit leaves all bounds at step {step}"
                )));
            }
            orbit.push(state(at, error));
        }
        Ok(orbit)
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

    /// Closed forms and quadrature give the same orbit.
    #[test]
    fn closed_forms_against_quadrature() {
        for sigma in ["relu", "tanh"] {
            let closed = orbit("relu", sigma, 1.2, 3.0);
            let general = orbit("max(u, 0*u)", sigma, 1.2, 3.0);
            let start = Order { gamma: 0.7, rho: 0.9 };
            let (a, b) = (closed.run(start, 5).unwrap(), general.run(start, 5).unwrap());
            assert_relative_eq!(a[5].gamma().value, b[5].gamma().value, max_relative = 1e-8);
            assert_relative_eq!(a[5].rho().value, b[5].rho().value, max_relative = 1e-8);
        }
    }

    /// Without signal `ρ` grows by β/2 a step, far beyond the doubles.
    #[test]
    fn logarithms_do_not_overflow() {
        let found =
            orbit("relu", "tanh", 1.0, 20.0).run(Order { gamma: 0.0, rho: 1.0 }, 2000).unwrap();
        let exact = 2000.0 * 10f64.ln();
        let last = found[2000].ln_rho();
        assert!(last.lo <= exact && exact <= last.hi && last.radius() < 1e-6, "{last:?}");
    }

    /// β = 1, γ = 0: ρ′ = E tanh²(√ρ z), whose error does not grow.
    #[test]
    fn error_bars_of_general_orbits() {
        let found =
            orbit("tanh", "tanh", 1.2, 3.468).run(Order { gamma: 0.5, rho: 0.5 }, 300).unwrap();
        assert!(
            found[300].gamma().radius() < 1e-7 && found[300].rho().radius() < 1e-7,
            "{:?}",
            found[300]
        );
    }
}
