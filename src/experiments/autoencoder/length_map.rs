//! How the length of the encoder's signal settles: the map `T(τ²) = σ_W² E σ(τz)² + σ_b²` and its fixed point.
//!
//! `tau2_fp` is the largest stable fixed point (0 or infinity where there is none; refused where every τ² is one, as for
//! ReLU at (2, 0)); `slope` is `T′`, and `chi = σ_W² E σ′(τz)²` is 1 on the edge of chaos (Li & Nguyen 2019, Eq. 1 and App. E.1).

use schemars::JsonSchema;
use serde::Deserialize;

use crate::experiment::{Definition, Enclosure, Failure, Observable, Parameters, Prepared};
use crate::maths::NumericalError;
use crate::models::autoencoder::activation::Activation;
use crate::models::autoencoder::infinite_depth::{length_fixed_point, length_map, length_slope};
use crate::models::autoencoder::state_evolution::{mean_square_rate, of_scaled};
use crate::models::function::Limit;

/// The length map of an encoder.
pub static EXPERIMENT: Definition = Definition::of::<Params>(
    "the length map of a random encoder and its fixed point",
    "",
    OBSERVABLES,
);

const OBSERVABLES: &[Observable] = &[
    Observable::quadrature(
        "tau2_fp",
        &[],
        r"\tau^2",
        "largest stable fixed point of T; 0 or infinity where there is none",
    ),
    Observable::quadrature("length", &["tau2"], r"T(#1)", "T(τ²)"),
    Observable::quadrature("slope", &["tau2"], r"T'(#1)", "derivative of T in τ², τ² > 0"),
    Observable::quadrature("chi", &["tau2"], r"\chi(#1)", "σ_W² E σ′(τz)² at τ² > 0"),
    Observable::quadrature(
        "iterate",
        &["tau2", "t"],
        r"T^{#2}(#1)",
        "t applications of T to τ²; infinite beyond 1e100",
    ),
];

/// An encoder.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Activation σ.
    sigma: Activation,
    /// σ_W².
    #[schemars(extend("format" = "formula"))]
    sigma_w2: Limit,
    /// σ_b².
    #[schemars(extend("format" = "formula"))]
    sigma_b2: Limit,
}

impl Parameters for Params {
    fn prepare(self) -> Result<Box<dyn Prepared>, Failure> {
        let (w2, b2) = (self.sigma_w2.value("sigma_w2")?.0, self.sigma_b2.value("sigma_b2")?.0);
        if !(w2 > 0.0 && w2 < 1e9 && (0.0..1e9).contains(&b2)) {
            let message = format!("σ_W² = {w2}, σ_b² = {b2}");
            return Err(Failure::parameter(message, "σ_W² > 0 and σ_b² ≥ 0, both finite"));
        }
        Ok(Box::new(Length { sigma: self.sigma, w2, b2 }))
    }
}

struct Length {
    sigma: Activation,
    w2: f64,
    b2: f64,
}

impl Length {
    fn answer(&self, name: &str, arguments: &[f64]) -> Result<Enclosure, NumericalError> {
        let (sigma, w2, b2) = (&self.sigma, self.w2, self.b2);
        let x = arguments.first().copied().unwrap_or(1.0);
        if !(x > 0.0 && x.is_finite()) {
            return Err(NumericalError::Domain(format!("τ² = {x} is not positive and finite")));
        }
        match name {
            "tau2_fp" => length_fixed_point(sigma, w2, b2),
            "length" => length_map(sigma, w2, b2, x),
            "slope" => {
                let rate = mean_square_rate(sigma, x.sqrt())?;
                Ok(Enclosure::with_error(w2 * rate.value, w2 * rate.radius()))
            }
            "chi" => {
                let square = of_scaled(sigma, x.sqrt(), |_, u| sigma.slope(u).powi(2))?;
                Ok(Enclosure::with_error(w2 * square.value, w2 * square.radius()))
            }
            _ => {
                let (mut at, mut error) = (x, 0.0);
                for _ in 0..arguments.get(1).map_or(0, |t| *t as usize).min(100_000) {
                    if at > 1e100 {
                        return Ok(Enclosure::point(f64::INFINITY));
                    }
                    let next = length_map(sigma, w2, b2, at)?;
                    error = error * length_slope(sigma, w2, at)?.abs() * 1.001 + next.radius();
                    at = next.value;
                }
                Ok(Enclosure::with_error(at, error))
            }
        }
    }
}

impl Prepared for Length {
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

    #[test]
    fn relu_in_closed_form() {
        let value = json!({"sigma": "relu", "sigma_w2": 1, "sigma_b2": "0.1"});
        let map = (EXPERIMENT.prepare)(&value).unwrap();
        assert!((map.exact("tau2_fp", &[]).unwrap().value - 0.2).abs() < 1e-12);
        assert!((map.exact("chi", &[3.0]).unwrap().value - 0.5).abs() < 1e-12);
        assert!((map.exact("slope", &[3.0]).unwrap().value - 0.5).abs() < 1e-12);
        // 0.2 + (x − 0.2)/2^t.
        let after = map.exact("iterate", &[1.0, 10.0]).unwrap();
        assert!((after.value - 0.2 - 0.8 / 1024.0).abs() < 1e-12 && after.radius() < 1e-9);
        assert!(map.exact("length", &[-1.0]).is_err());
    }
}
