//! The infinite-depth maps of a pair of activations, and Gaussian expectations of each.
//!
//! `G(γ, ρ) = βγ E[φ′(θ)σ′(τz₁)]` (Stein's form; `G_plain` is `τ⁻¹E[z₁φ(θ)]`, its definition), `R = E φ(θ)²`,
//! `θ = βγσ(τz₁) + √(βρ) z₂` (Li & Nguyen 2019, Section 3.1, App. C.1), and their derivatives. With ρ frozen,
//! `frozen_gamma` are the solutions γ > 0 of G(γ, ρ) = γ and `frozen_beta(ρ)` is where the first one
//! branches off γ = 0. Values are quadratures with error bars; piecewise linear φ are integrated in closed form inside.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::experiment::{Definition, Enclosure, Failure, Observable, Parameters, Prepared};
use crate::maths::{NumericalError, roots};
use crate::models::autoencoder::channel::Channel;
use crate::models::autoencoder::fixed_points::{frozen_onset, frozen_power};
use crate::models::autoencoder::infinite_depth::{Maps, Order, sigma_w_max_sq};
use crate::models::autoencoder::pair::Pair;
use crate::models::autoencoder::state_evolution::{mean_slope, mean_square, of_scaled};

/// The infinite-depth maps of an autoencoder.
pub static EXPERIMENT: Definition = Definition::of::<Params>(
    "the infinite-depth maps of an autoencoder and Gaussian expectations of its activations",
    "",
    OBSERVABLES,
);

const AT: &[&str] = &["gamma", "rho", "beta"];

const OBSERVABLES: &[Observable] = &[
    Observable::quadrature("G", AT, r"G_{#3}(#1,#2)", "G(γ, ρ) at β, in Stein's form"),
    Observable::quadrature(
        "G_plain",
        AT,
        r"\tau^{-1}\mathbb{E}[z_1\varphi(\theta_{#1,#2,#3})]",
        "G by its definition",
    ),
    Observable::quadrature("R", AT, r"R_{#3}(#1,#2)", "R(γ, ρ) at β"),
    Observable::quadrature("G_slope", AT, r"\partial_\gamma G_{#3}(#1,#2)", "∂G/∂γ"),
    Observable::quadrature("R_slope", AT, r"\partial_\rho R_{#3}(#1,#2)", "∂R/∂ρ"),
    Observable::quadrature(
        "frozen_gamma",
        &["rho", "beta", "index"],
        r"\gamma_{#3}(#1,#2)",
        "the index-th solution γ > 0 (from 1) of G(γ, ρ) = γ with ρ frozen, below γ = 10⁴",
    ),
    Observable::quadrature(
        "frozen_count",
        &["rho", "beta"],
        r"\#\{\gamma>0:G=\gamma\}",
        "number of such solutions",
    ),
    Observable::quadrature(
        "frozen_beta",
        &["rho"],
        r"\beta^*(#1)",
        "smallest β with ∂G/∂γ = 1 at γ = 0, ρ frozen",
    ),
    Observable::quadrature(
        "frozen_rho",
        &["beta"],
        r"\rho_1(#1)",
        "smallest ρ with ∂G/∂γ = 1 at γ = 0, β fixed",
    ),
    Observable::quadrature("sigma_sq", &[], r"\mathbb{E}\sigma(\tau z)^2", "E σ(τz)²"),
    Observable::quadrature("sigma_slope", &[], r"\mathbb{E}\sigma'(\tau z)", "E σ′(τz)"),
    Observable::quadrature(
        "sigma_positive_sq",
        &[],
        r"\mathbb{E}\max(\sigma(\tau z),0)^2",
        "E max(σ(τz), 0)²",
    ),
    Observable::quadrature("sigma_w_max_sq", &[], r"\sigma_{W,\max}^2", "τ²/E σ(τz)²"),
    Observable::quadrature("phi_sq", &["q"], r"\mathbb{E}\varphi(\sqrt{#1}z)^2", "E φ(√q z)²"),
    Observable::quadrature("phi_slope", &["q"], r"\mathbb{E}\varphi'(\sqrt{#1}z)", "E φ′(√q z)"),
    Observable::quadrature(
        "phi_signal",
        &["q"],
        r"\mathbb{E}[z\varphi(\sqrt{#1}z)]",
        "E[z φ(√q z)]",
    ),
    Observable::quadrature("phi_slope_at_0", &[], r"\varphi'(0)", "φ′(0)"),
];

/// A pair of activations.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// The pair.
    #[serde(flatten)]
    pair: Pair,
}

impl Parameters for Params {
    fn prepare(self) -> Result<Box<dyn Prepared>, Failure> {
        let (channel, tau_sq) = self.pair.channel()?;
        Ok(Box::new(AtPair { channel, tau_sq }))
    }
}

struct AtPair {
    channel: Channel,
    tau_sq: f64,
}

impl AtPair {
    fn map(&self, name: &str, at: [f64; 3]) -> Result<Enclosure, NumericalError> {
        let [gamma, rho, beta] = at;
        let maps = Maps { channel: &self.channel, beta };
        let at = Order { gamma, rho };
        if name == "G" || name == "R" {
            let (g, r) = maps.step_checked(at)?;
            return Ok(if name == "G" { g } else { r });
        }
        let found = maps.checked(at)?;
        let pick = |value: f64, error: f64| Enclosure::with_error(value, error);
        Ok(match name {
            "G_plain" => pick(found.value.plain, found.error.plain),
            "G_slope" => pick(beta * found.value.signal_by_s, beta * found.error.signal_by_s),
            _ => pick(beta * found.value.power_by_q, beta * found.error.power_by_q),
        })
    }

    /// Solutions γ > 0 of β gain(βγ, βρ) = 1, between neighbours of a fine grid.
    fn frozen(&self, rho: f64, beta: f64) -> Result<Vec<Enclosure>, NumericalError> {
        let excess = |gamma: f64| beta * self.channel.moments(beta * gamma, beta * rho).gain - 1.0;
        // A bounded φ has |G| ≤ sup|φ| E|z|/τ.
        let end = self.channel.phi().bound().map_or(1e4, |sup| 0.8 * sup / self.channel.tau());
        let ratio = (end / 1e-4).powf(1.0 / 100.0);
        let grid: Vec<(f64, f64)> =
            (0..=100).map(|k| 1e-4 * ratio.powi(k)).map(|gamma| (gamma, excess(gamma))).collect();
        let mut found = Vec::new();
        for pair in grid.windows(2) {
            if pair[0].1.signum() == pair[1].1.signum() {
                continue;
            }
            let gamma = roots::root(excess, pair[0].0, pair[1].0, 1e-14 * pair[1].0)?.value;
            let checked = self.channel.checked(beta * gamma, beta * rho)?;
            let (value, error) = (checked.value, checked.error);
            // Slope of β gain in γ.
            let slope = beta * (value.signal_by_s - value.gain) / gamma;
            let noise = (beta * value.gain - 1.0).abs() + beta * error.gain;
            found.push(Enclosure::with_error(gamma, 1.1 * noise / slope.abs() + 1e-14 * gamma));
        }
        Ok(found)
    }

    fn answer(&self, name: &str, arguments: &[f64]) -> Result<Enclosure, NumericalError> {
        let (phi, sigma) = (self.channel.phi(), self.channel.sigma());
        let first = arguments.first().copied().unwrap_or(f64::NAN);
        let scale = first.max(0.0).sqrt();
        match (name, arguments) {
            (_, &[gamma, rho, beta]) if name != "frozen_gamma" => {
                self.map(name, [gamma, rho, beta])
            }
            ("frozen_gamma", &[rho, beta, index]) => {
                let found = self.frozen(rho, beta)?;
                let place = (index - 1.0).max(0.0) as usize;
                found.get(place).copied().ok_or_else(|| {
                    NumericalError::Domain(format!("there are {} solutions", found.len()))
                })
            }
            ("frozen_count", &[rho, beta]) => {
                Ok(Enclosure::point(self.frozen(rho, beta)?.len() as f64))
            }
            ("frozen_beta", &[rho]) => frozen_onset(&self.channel, rho),
            ("frozen_rho", &[beta]) => frozen_power(&self.channel, beta),
            ("sigma_sq", _) => mean_square(sigma, self.channel.tau()),
            ("sigma_slope", _) => mean_slope(sigma, self.channel.tau()),
            ("sigma_positive_sq", _) => {
                let kinks: Vec<f64> = [0.0]
                    .into_iter()
                    .chain(sigma.kinks().iter().map(|k| k / self.channel.tau()))
                    .collect();
                crate::maths::gaussian::expect(
                    |z| sigma.value(self.channel.tau() * z).max(0.0).powi(2),
                    &kinks,
                )
            }
            ("sigma_w_max_sq", _) => sigma_w_max_sq(sigma, self.tau_sq),
            ("phi_sq", _) => mean_square(phi, scale),
            ("phi_slope", _) => mean_slope(phi, scale),
            ("phi_signal", _) => of_scaled(phi, scale, |z, u| z * phi.value(u)),
            _ => Ok(Enclosure::point(phi.slope(0.0))),
        }
    }
}

impl Prepared for AtPair {
    fn exact(&self, name: &str, arguments: &[f64]) -> Result<Enclosure, Failure> {
        if EXPERIMENT.observable(name).is_none() {
            return Err(Failure::no_such_observable(name));
        }
        self.answer(name, arguments).map_err(|error| Failure::domain(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// ReLU/ReLU at frozen ρ: γ_u = −√(ρ/β) cot(2π/β)/τ for 2 < β < 4 (Li & Nguyen 2019, Prop. 10(c)).
    #[test]
    fn the_unstable_point_of_relu() {
        let pair =
            (EXPERIMENT.prepare)(&json!({"phi": "relu", "sigma": "relu", "tau2": 1})).unwrap();
        for beta in [2.2, 2.7, 3.8] {
            let exact = -(1.0 / f64::sqrt(beta)) / (std::f64::consts::TAU / beta).tan();
            let found = pair.exact("frozen_gamma", &[1.0, beta, 1.0]).unwrap();
            assert!(
                (found.value - exact).abs() <= found.radius() + 1e-12,
                "{beta} {found:?} {exact}"
            );
        }
        assert_eq!(pair.exact("frozen_count", &[1.0, 5.0]).unwrap().value, 0.0);
        assert!(pair.exact("frozen_gamma", &[1.0, 5.0, 1.0]).is_err());
        assert!((pair.exact("R_slope", &[0.0, 1.0, 2.5]).unwrap().value - 1.25).abs() < 1e-12);
    }

    #[test]
    fn both_forms_of_g() {
        let pair =
            (EXPERIMENT.prepare)(&json!({"phi": "tanh", "sigma": "tanh", "tau2": "6/5"})).unwrap();
        let at = [0.3, 0.4, 3.0];
        let (a, b) = (pair.exact("G", &at).unwrap(), pair.exact("G_plain", &at).unwrap());
        assert!((a.value - b.value).abs() < 1e-12);
        assert!((EXPERIMENT.prepare)(&json!({"phi": "tanh", "sigma": "tanh", "tau2": 0})).is_err());
    }
}
