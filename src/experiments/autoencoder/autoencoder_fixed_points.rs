//! All fixed points of the infinite-depth recursion of an autoencoder with a bounded φ, their stability, and its transitions.
//!
//! A fixed point solves γ = G(γ, ρ), ρ = R(γ, ρ) at β = ασ_W² (Li & Nguyen 2019, Section 3.2 and App. C). `gamma_fp`, `rho_fp` are the
//! stable one that positive starts reach; `axis_…` the one with γ = 0 and the largest ρ. `lambda_gamma(β)` is ∂G/∂γ there: the
//! signal switches on at `beta0`, where it is 1. Exponents are local ones, d ln/d ln β along the branch, by implicit
//! differentiation. Errors: quadrature, carried through `(I − J)⁻¹` (`src/models/autoencoder/stability.rs`).

use schemars::JsonSchema;
use serde::Deserialize;

use crate::experiment::{Definition, Enclosure, Failure, Observable, Parameters, Prepared};
use crate::maths::{NumericalError, roots};
use crate::models::autoencoder::fixed_points::{FixedPoint, FixedPoints};
use crate::models::autoencoder::infinite_depth::sigma_w_max_sq;
use crate::models::autoencoder::pair::Pair;
use crate::models::autoencoder::state_evolution::mean_square;

/// Fixed points and transitions of an autoencoder.
pub static EXPERIMENT: Definition = Definition::of::<Params>(
    "fixed points of the infinite-depth recursion of an autoencoder, stability and transitions",
    "",
    OBSERVABLES,
);

const B: &[&str] = &["beta"];

const OBSERVABLES: &[Observable] = &[
    Observable::quadrature("gamma_fp", B, r"\gamma(#1)", "γ of the stable fixed point at β"),
    Observable::quadrature("rho_fp", B, r"\rho(#1)", "ρ of the stable fixed point at β"),
    Observable::quadrature(
        "spectral_radius",
        B,
        r"\lambda_1(#1)",
        "spectral radius of the Jacobian at the stable fixed point",
    ),
    Observable::quadrature(
        "second_eigenvalue",
        B,
        r"\lambda_2(#1)",
        "modulus of its other eigenvalue",
    ),
    Observable::quadrature("axis_rho", B, r"\rho_*(#1)", "largest ρ with ρ = R(0, ρ)"),
    Observable::quadrature("lambda_gamma", B, r"\lambda_\gamma(#1)", "∂G/∂γ at (0, ρ_*)"),
    Observable::quadrature("lambda_rho", B, r"\lambda_\rho(#1)", "∂R/∂ρ at (0, ρ_*)"),
    Observable::quadrature("count", B, r"\#(#1)", "number of fixed points with γ ≥ 0 found at β"),
    Observable::quadrature("stable_count", B, r"\#_{\mathrm{stable}}(#1)", "number of stable ones"),
    Observable::quadrature("beta0", &[], r"\beta_0", "β at which γ > 0 branches off the axis"),
    Observable::quadrature("rho_at_beta0", &[], r"\rho_*(\beta_0)", "ρ there"),
    Observable::quadrature("onset_amplitude", &[], "C", "C of γ ≃ C√(β − β₀)"),
    Observable::quadrature("sigma_w_max_sq", &[], r"\sigma_{W,\max}^2", "τ²/E σ(τz)²"),
    Observable::quadrature("sigma_sq", &[], r"\mathbb{E}\sigma(\tau z)^2", "E σ(τz)²"),
    Observable::quadrature("e_gamma", B, r"e_\gamma(#1)", "d ln γ/d ln β on the stable branch"),
    Observable::quadrature("e_rho", B, r"e_\rho(#1)", "d ln ρ/d ln β on the stable branch"),
    Observable::quadrature(
        "beta_of_exponent",
        &["e"],
        r"\beta_{#1}",
        "β > β₀ at which the local exponent of S_sig/S_var, ½ + e_γ − ½e_ρ, falls to e",
    ),
];

/// A pair of activations.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// The pair; φ bounded.
    #[serde(flatten)]
    pair: Pair,
}

impl Parameters for Params {
    fn prepare(self) -> Result<Box<dyn Prepared>, Failure> {
        let (channel, tau_sq) = self.pair.channel()?;
        let points = FixedPoints::new(channel).map_err(|error| {
            Failure::parameter(error.to_string(), "for unbounded φ use `autoencoder-orbit`")
        })?;
        Ok(Box::new(Branches { points, tau_sq }))
    }
}

struct Branches {
    points: FixedPoints,
    tau_sq: f64,
}

impl Branches {
    fn exponents(&self, beta: f64) -> Result<[Enclosure; 2], NumericalError> {
        let at: FixedPoint = self.points.attractor(beta)?;
        if at.gamma.value == 0.0 {
            return Err(NumericalError::Domain(format!("there is no signal at β = {beta}")));
        }
        let exponent = |rate: Enclosure, x: Enclosure| {
            let value = beta * rate.value / x.value;
            let off =
                beta * rate.radius() / x.value.abs() + value.abs() * x.radius() / x.value.abs();
            Enclosure::with_error(value, 1.01 * off)
        };
        Ok([exponent(at.rate[0], at.gamma), exponent(at.rate[1], at.rho)])
    }

    fn beta_of_exponent(&self, exponent: f64) -> Result<Enclosure, NumericalError> {
        let start = self.points.onset()?.beta.value;
        let excess = |beta: f64| {
            self.exponents(beta)
                .map_or(f64::NAN, |[gamma, rho]| 0.5 + gamma.value - 0.5 * rho.value - exponent)
        };
        let found = roots::root(excess, start * 1.0005, start * 20.0, 1e-11)?;
        // The exponent's own error, divided by its slope.
        let step = 1e-4 * found.value;
        let slope = (excess(found.value + step) - excess(found.value - step)) / (2.0 * step);
        let [gamma, rho] = self.exponents(found.value)?;
        let noise = gamma.radius() + 0.5 * rho.radius() + excess(found.value).abs();
        Ok(Enclosure::with_error(found.value, found.radius() + 1.1 * noise / slope.abs()))
    }

    fn stable_count(&self, beta: f64) -> Result<Enclosure, NumericalError> {
        let all = self.points.all(beta)?;
        let below = |end: fn(&Enclosure) -> f64| {
            all.iter().filter(|point| end(&point.moduli[0]) < 1.0).count() as f64
        };
        Ok(Enclosure { value: below(|x| x.value), lo: below(|x| x.hi), hi: below(|x| x.lo) })
    }

    fn answer(&self, name: &str, beta: f64) -> Result<Enclosure, NumericalError> {
        let sigma = self.points.channel().sigma();
        match name {
            "gamma_fp" => Ok(self.points.attractor(beta)?.gamma),
            "rho_fp" => Ok(self.points.attractor(beta)?.rho),
            "spectral_radius" => Ok(self.points.attractor(beta)?.moduli[0]),
            "second_eigenvalue" => Ok(self.points.attractor(beta)?.moduli[1]),
            "axis_rho" => Ok(self.points.axis_point(beta)?.rho),
            "lambda_gamma" => Ok(self.points.axis_point(beta)?.diagonal[0]),
            "lambda_rho" => Ok(self.points.axis_point(beta)?.diagonal[1]),
            "count" => Ok(Enclosure::point(self.points.all(beta)?.len() as f64)),
            "stable_count" => self.stable_count(beta),
            "beta0" => Ok(self.points.onset()?.beta),
            "rho_at_beta0" => Ok(self.points.onset()?.rho),
            "onset_amplitude" => Ok(self.points.onset()?.amplitude),
            "sigma_w_max_sq" => sigma_w_max_sq(sigma, self.tau_sq),
            "sigma_sq" => mean_square(sigma, self.tau_sq.sqrt()),
            "e_gamma" => Ok(self.exponents(beta)?[0]),
            "e_rho" => Ok(self.exponents(beta)?[1]),
            _ => self.beta_of_exponent(beta),
        }
    }
}

impl Prepared for Branches {
    fn exact(&self, name: &str, arguments: &[f64]) -> Result<Enclosure, Failure> {
        if EXPERIMENT.observable(name).is_none() {
            return Err(Failure::no_such_observable(name));
        }
        let argument = arguments.first().copied().unwrap_or(f64::NAN);
        self.answer(name, argument).map_err(|error| Failure::domain(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn relu_has_no_isolated_fixed_points() {
        let value = json!({"phi": "relu", "sigma": "tanh", "tau2": 1});
        let failure = (EXPERIMENT.prepare)(&value).err().unwrap();
        assert!(failure.to_string().contains("orbits"));
    }

    /// tanh/tanh, τ² = 1.2: the universal law λ_γ(σ_W,max²) < 1 and the exponent ½ far above β₀.
    #[test]
    fn signal_appears_beyond_the_largest_weight_variance() {
        let value = json!({"phi": "tanh", "sigma": "tanh", "tau2": 1.2});
        let points = (EXPERIMENT.prepare)(&value).unwrap();
        let get = |name: &str, at: f64| points.exact(name, &[at]).unwrap();
        let largest = points.exact("sigma_w_max_sq", &[]).unwrap();
        assert!(get("lambda_gamma", largest.value).hi < 1.0);
        assert!(points.exact("beta0", &[]).unwrap().lo > largest.hi);
        assert!((get("axis_rho", largest.value).value - 1.2 / largest.value).abs() < 1e-10);
        assert!(points.exact("e_gamma", &[2.0]).is_err());
    }
}
