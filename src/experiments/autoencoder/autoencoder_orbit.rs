//! Orbits of the infinite-depth recursion (γ, ρ) ↦ (G, R) at a given β.
//!
//! `G = τ⁻¹E[z₁φ(θ)]`, `R = E φ(θ)²`, `θ = βγσ(τz₁) + √(βρ) z₂` (Li & Nguyen 2019, Section 3.1). The start is
//! (`gamma0`, `rho0`), or that of a last activation `phi_last`: (E φ_L′(τz), E φ_L(τz)²), so that t = L − 1 steps give
//! (γ_2, ρ_2) of a net of depth L whose encoder is at its fixed point. For a positively homogeneous φ the orbit runs
//! in logarithms and can't overflow (`src/models/autoencoder/orbit.rs`). `frozen` keeps ρ at its start.

use std::sync::OnceLock;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::experiment::{Definition, Enclosure, Failure, Observable, Parameters, Prepared};
use crate::models::autoencoder::activation::Activation;
use crate::models::autoencoder::orbit::{MAX_STEPS, Orbit, Start, State};
use crate::models::autoencoder::pair::{Pair, positive};
use crate::models::autoencoder::state_evolution::{mean_slope, mean_square};
use crate::models::function::Limit;

/// Orbits of the infinite-depth recursion.
pub static EXPERIMENT: Definition = Definition::of::<Params>(
    "orbits of signal and power under the infinite-depth recursion of an autoencoder",
    "",
    OBSERVABLES,
);

const OBSERVABLES: &[Observable] = &[
    Observable::quadrature("gamma_t", &["t"], r"\gamma^{(#1)}", "γ after t steps"),
    Observable::quadrature("rho_t", &["t"], r"\rho^{(#1)}", "ρ after t steps"),
    Observable::quadrature("ln_gamma", &["t"], r"\ln|\gamma^{(#1)}|", "ln |γ| after t steps"),
    Observable::quadrature("ln_rho", &["t"], r"\ln\rho^{(#1)}", "ln ρ after t steps"),
    Observable::quadrature(
        "stop_steps",
        &["tol"],
        r"t_{#1}",
        "first t at which |Δγ| + |Δρ| of the step to it is below tol",
    ),
    Observable::quadrature("stop_gamma", &["tol"], r"\gamma^{(t_{#1})}", "γ at that step"),
];

/// An orbit.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// The pair.
    #[serde(flatten)]
    pair: Pair,
    /// β = ασ_W².
    #[schemars(extend("format" = "formula"))]
    beta: Limit,
    /// γ at the start.
    #[serde(default)]
    #[schemars(extend("format" = "formula"))]
    gamma0: Option<Limit>,
    /// ρ at the start.
    #[serde(default)]
    #[schemars(extend("format" = "formula"))]
    rho0: Option<Limit>,
    /// Last activation φ_L, instead of `gamma0` and `rho0`.
    #[serde(default)]
    phi_last: Option<Activation>,
    /// Keep ρ at its start.
    #[serde(default)]
    frozen: bool,
    /// Steps that observables may ask for.
    #[serde(default = "default_steps")]
    steps: usize,
}

const fn default_steps() -> usize {
    1000
}

impl Parameters for Params {
    fn prepare(self) -> Result<Box<dyn Prepared>, Failure> {
        let (channel, tau2) = self.pair.channel()?;
        let beta = positive(&self.beta, "beta")?;
        if self.steps == 0 || self.steps > MAX_STEPS {
            let message = format!("`steps` = {}", self.steps);
            return Err(Failure::parameter(message, format!("give 1 to {MAX_STEPS}")));
        }
        let numerical = |error: crate::maths::NumericalError| Failure::domain(error.to_string());
        let start = match (&self.gamma0, &self.rho0, &self.phi_last) {
            (Some(gamma), Some(rho), None) => Start {
                gamma: Enclosure::point(gamma.value("gamma0")?.0),
                rho: Enclosure::point(rho.value("rho0")?.0),
            },
            (None, None, Some(last)) => Start {
                gamma: mean_slope(last, tau2.sqrt()).map_err(numerical)?,
                rho: mean_square(last, tau2.sqrt()).map_err(numerical)?,
            },
            _ => {
                let message = "the start is given by `gamma0` and `rho0`, or by `phi_last`";
                return Err(Failure::parameter(message, "give one of the two"));
            }
        };
        if !(start.gamma.value.is_finite() && start.rho.value.is_finite() && start.rho.value >= 0.0)
        {
            return Err(Failure::parameter("the start is not finite, or ρ < 0", ""));
        }
        let orbit = Orbit::new(channel, beta, self.frozen).map_err(numerical)?;
        Ok(Box::new(Run { orbit, start, steps: self.steps, found: OnceLock::new() }))
    }
}

struct Run {
    orbit: Orbit,
    start: Start,
    steps: usize,
    found: OnceLock<Result<Vec<State>, Failure>>,
}

impl Run {
    fn states(&self) -> Result<&[State], Failure> {
        let run = || {
            self.orbit
                .run(self.start, self.steps)
                .map_err(|error| Failure::domain(error.to_string()))
        };
        match self.found.get_or_init(run) {
            Ok(states) => Ok(states),
            Err(failure) => Err(failure.clone()),
        }
    }

    fn stop(&self, tol: f64) -> Result<(usize, &State), Failure> {
        let states = self.states()?;
        let close = |pair: &[State]| {
            let (a, b) = (&pair[0], &pair[1]);
            (b.gamma().value - a.gamma().value).abs() + (b.rho().value - a.rho().value).abs() < tol
        };
        match states.windows(2).position(close) {
            Some(index) => Ok((index + 1, &states[index + 1])),
            None => {
                Err(Failure::domain(format!("no step below {tol:e} within {} steps", self.steps)))
            }
        }
    }
}

impl Prepared for Run {
    fn exact(&self, name: &str, arguments: &[f64]) -> Result<Enclosure, Failure> {
        let argument = arguments.first().copied().unwrap_or(f64::NAN);
        match name {
            "stop_steps" => return Ok(Enclosure::point(self.stop(argument)?.0 as f64)),
            "stop_gamma" => return Ok(self.stop(argument)?.1.gamma()),
            _ => {}
        }
        if !(argument.fract() == 0.0 && (0.0..=self.steps as f64).contains(&argument)) {
            let message =
                format!("{argument} is no step between 0 and {}: raise `steps`", self.steps);
            return Err(Failure::domain(message));
        }
        let state = &self.states()?[argument as usize];
        match name {
            "gamma_t" => Ok(state.gamma()),
            "rho_t" => Ok(state.rho()),
            "ln_gamma" => Ok(state.ln_gamma()),
            "ln_rho" => Ok(state.ln_rho()),
            _ => Err(Failure::no_such_observable(name)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_linear_orbit() {
        let value = json!({"phi": "identity", "sigma": "identity", "tau2": 1.0, "beta": "1", "gamma0": 1, "rho0": 1});
        let run = (EXPERIMENT.prepare)(&value).unwrap();
        // γ stays 1, ρ grows by 1 a step.
        assert!((run.exact("rho_t", &[30.0]).unwrap().value - 31.0).abs() < 1e-9);
        assert!((run.exact("gamma_t", &[30.0]).unwrap().value - 1.0).abs() < 1e-10);
        assert!(run.exact("gamma_t", &[1e6]).is_err() && run.exact("gamma_t", &[0.5]).is_err());
    }

    #[test]
    fn starts_that_make_no_sense_are_refused() {
        let base = json!({"phi": "tanh", "sigma": "tanh", "tau2": 1.0, "beta": 2.0});
        assert!((EXPERIMENT.prepare)(&base).is_err());
        let value =
            json!({"phi": "tanh", "sigma": "tanh", "tau2": -1.0, "beta": 2.0, "phi_last": "tanh"});
        assert!((EXPERIMENT.prepare)(&value).is_err());
    }
}
