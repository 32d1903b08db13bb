//! Adversarial search against the laws that every decoder layer obeys.
//!
//! A trial draws activations φ and σ (from tanh, ReLU, erf, leaky ReLU, the identity, |u|, sin, hard tanh, sigmoid, and random
//! monotone broken lines), τ, β, a signal γ and a power ρ = γ²τ² · `floor` · (1 + something ≥ 0), and evaluates one step. With
//! `s = γ²τ²/ρ` (at most 1 for any feasible pair, by Cauchy–Schwarz) and `b = βEσ(τz)²/τ²` it records
//!
//! * `snr_excess`: `s′ − bs/(1 + bs)`. Proof that it is ≤ 0: `z₁ → σ(τz₁) → θ` is a Gaussian channel of signal-to-noise
//!   ratio bs, and its capacity bounds the reduction of the mean square error of z₁ (rate-distortion of a Gaussian);
//! * `cauchy_schwarz_excess`: `γ′²τ² − ρ′`, relative to ρ′; `sup_excess`: `ρ′ − sup φ²` for bounded φ, else −1;
//! * `sign_excess`: `−γ′` for non-decreasing φ, σ and γ ≥ 0, else −1; `lipschitz_excess`: `|γ′| − β|γ| K_φ K_σ`.
//!
//! Quadrature errors are subtracted a thousandfold, and 1e-9: a positive value is a violation.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::experiment::{Column, Definition, Failure, Observable, Parameters, Prepared, Tail};
use crate::models::autoencoder::activation::Activation;
use crate::models::autoencoder::channel::Channel;
use crate::models::autoencoder::state_evolution::mean_square;
use crate::random::Stream;

/// Search for violations of the laws of a decoder layer.
pub static EXPERIMENT: Definition = Definition::of::<Params>(
    "search for a layer that beats the signal-to-noise law of random autoencoders",
    "fresh activations, length, β, signal and power",
    OBSERVABLES,
);

const NAMES: [&str; 5] =
    ["snr_excess", "cauchy_schwarz_excess", "sup_excess", "sign_excess", "lipschitz_excess"];

const OBSERVABLES: &[Observable] = &[
    Observable::searched(
        NAMES[0],
        &[],
        r"s'-\frac{bs}{1+bs}",
        "excess over the signal-to-noise law",
    ),
    Observable::searched(
        NAMES[1],
        &[],
        r"\gamma'^2\tau^2/\rho'-1",
        "excess over Cauchy–Schwarz, relative to ρ′",
    ),
    Observable::searched(
        NAMES[2],
        &[],
        r"\rho'-\sup\varphi^2",
        "excess of the power over sup φ²; −1 for unbounded φ",
    ),
    Observable::searched(NAMES[3], &[], r"-\gamma'", "−γ′ for non-decreasing activations, else −1"),
    Observable::searched(
        NAMES[4],
        &[],
        r"|\gamma'|-\beta|\gamma|K_\varphi K_\sigma",
        "excess over the Lipschitz bound",
    ),
];

/// What is searched.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Smallest ρ in units of γ²τ²; below 1 the pair is infeasible.
    #[serde(default = "one")]
    floor: f64,
    /// Sign of φ: −1 makes every φ non-increasing.
    #[serde(default = "one")]
    sign: f64,
}

const fn one() -> f64 {
    1.0
}

impl Parameters for Params {
    fn prepare(self) -> Result<Box<dyn Prepared>, Failure> {
        if !(self.floor > 0.0 && self.floor <= 1e6 && self.sign.abs() == 1.0) {
            let message = format!("floor = {}, sign = {}", self.floor, self.sign);
            return Err(Failure::parameter(message, "0 < floor ≤ 10⁶, and sign is 1 or −1"));
        }
        Ok(Box::new(Search { floor: self.floor, sign: self.sign }))
    }
}

struct Search {
    floor: f64,
    sign: f64,
}

/// An activation and whether it is non-decreasing.
fn draw(stream: &mut Stream) -> Result<(Activation, bool), Failure> {
    const WORDS: [(&str, bool); 9] = [
        ("tanh", true),
        ("relu", true),
        ("erf", true),
        ("identity", true),
        ("leaky-relu(0.3)", true),
        ("abs", false),
        ("hard-tanh", true),
        ("sigmoid", true),
        ("sin", false),
    ];
    let choice = stream.below(13) as usize;
    match WORDS.get(choice) {
        Some((word, rising)) => Ok((Activation::parse(word)?, *rising)),
        None => {
            let knots = 2 + stream.below(5) as usize;
            let mut ends: Vec<f64> = (0..knots).map(|_| 2.0 * stream.normal()).collect();
            ends.sort_by(f64::total_cmp);
            ends.dedup();
            let slopes: Vec<f64> = (0..=ends.len())
                .map(|_| if stream.bernoulli(0.3) { 0.0 } else { stream.exponential() })
                .collect();
            Ok((Activation::broken_line(&ends, &slopes, stream.normal()), true))
        }
    }
}

impl Prepared for Search {
    fn columns(&self) -> Vec<Column> {
        NAMES.iter().map(|name| Column::plain(name, Tail::Unknown)).collect()
    }

    fn trial(&self, stream: &mut Stream, out: &mut [f64]) -> Result<(), Failure> {
        let (phi, phi_rises) = draw(stream)?;
        let (sigma, sigma_rises) = draw(stream)?;
        let log_uniform =
            |stream: &mut Stream, from: f64, to: f64| from * (to / from).powf(stream.uniform());
        let tau = log_uniform(stream, 0.05, 3.0);
        let beta = log_uniform(stream, 0.1, 10.0);
        let gamma = log_uniform(stream, 0.01, 3.0);
        let extra = if stream.bernoulli(0.3) { 0.0 } else { log_uniform(stream, 1e-3, 1e2) };
        let rho = gamma * gamma * tau * tau * self.floor * (1.0 + extra);
        let channel = Channel::new(&phi, &sigma, tau);
        let found = channel.best(beta * gamma, beta * rho);
        let square = mean_square(&sigma, tau);
        let (Ok(found), Ok(square)) = (found, square) else {
            out.fill(f64::NAN);
            return Ok(());
        };
        let (value, error) = (found.value, found.error);
        let next = self.sign * beta * gamma * value.gain;
        let slack = 1e-9 + 1e3 * (error.gain + error.power);
        let b = beta * square.value / (tau * tau);
        let s = gamma * gamma * tau * tau / rho;
        let ratio = next * next * tau * tau / value.power;
        // A power of 0 (a φ that vanishes where the noise lives) has no ratio.
        let tiny = value.power < 1e-6;
        out[0] = if tiny { -1.0 } else { ratio - b * s / (1.0 + b * s) - slack };
        out[1] = if tiny { -1.0 } else { ratio - 1.0 - slack };
        out[2] = phi.bound().map_or(-1.0, |bound| value.power - bound * bound - slack);
        out[3] = if phi_rises && sigma_rises { -next - slack } else { -1.0 };
        out[4] = next.abs() - beta * gamma * phi.lipschitz() * sigma.lipschitz() - slack;
        Ok(())
    }

    fn cost(&self) -> f64 {
        2e6
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::StreamKey;
    use serde_json::json;

    fn largest(floor: f64, column: usize) -> f64 {
        let search = (EXPERIMENT.prepare)(&json!({"floor": floor})).unwrap();
        let key = StreamKey::derive(1, "snr-search", "{}");
        let mut out = [0.0; 5];
        let mut worst = f64::NEG_INFINITY;
        for trial in 0..60 {
            search.trial(&mut key.trial(trial), &mut out).unwrap();
            worst = worst.max(out[column]);
        }
        worst
    }

    /// Among thousands of draws there are some whose quadrature does not settle to 13 digits: they count all the same.
    #[test]
    fn every_draw_is_a_number() {
        let search = (EXPERIMENT.prepare)(&json!({"sign": 1})).unwrap();
        let key = StreamKey::derive(1, "snr-search", r#"{"sign":1}"#);
        let mut out = [0.0; 5];
        for trial in 0..3000 {
            search.trial(&mut key.trial(trial), &mut out).unwrap();
            assert!(out.iter().all(|x| x.is_finite() && *x <= 0.0), "{trial}: {out:?}");
        }
    }

    #[test]
    fn laws_hold_for_feasible_pairs_only() {
        for column in 0..5 {
            assert!(largest(1.0, column) <= 0.0, "{}", NAMES[column]);
        }
        assert!(largest(0.01, 0).is_finite());
        assert!((EXPERIMENT.prepare)(&json!({"floor": 0})).is_err());
    }
}
