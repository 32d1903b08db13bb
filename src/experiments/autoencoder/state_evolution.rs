//! The scalar recursion that describes a wide random autoencoder, and what it predicts of the output.
//!
//! `τ_l²` (encoder), `γ_l`, `ρ_l` (decoder) of Theorem 1 of Li & Nguyen (2019), for any depth, variances, activations
//! and ratios of widths (`src/models/autoencoder/state_evolution.rs`). The output is
//! `φ_0(β_1γ_2σ_0(x) + √(β_1ρ_2 + σ_v,1²) z)` entry by entry: its moments are one-dimensional integrals. Error bars
//! are those of the quadrature, carried through the recursion.

use std::sync::OnceLock;

use crate::experiment::{Definition, Enclosure, Failure, Observable, Parameters, Prepared};
use crate::maths::gaussian::expect_all;
use crate::models::autoencoder::description::Autoencoder;
use crate::models::autoencoder::state_evolution::StateEvolution;

/// State evolution of a wide random autoencoder.
pub static EXPERIMENT: Definition = Definition::of::<Autoencoder>(
    "state evolution of a wide random autoencoder, and the moments of its output",
    "",
    OBSERVABLES,
);

const OBSERVABLES: &[Observable] = &[
    Observable::quadrature(
        "tau_sq",
        &["l"],
        r"\tau_{#1}^2",
        "τ_l², l = 1, …, L (0: ‖σ_0(x)‖²/n_0)",
    ),
    Observable::quadrature(
        "tau_bar_sq",
        &["l"],
        r"\bar\tau_{#1}^2",
        "τ_l² without the biases, l = 0, …, L",
    ),
    Observable::quadrature("gamma_l", &["l"], r"\gamma_{#1}", "γ_l, l = 2, …, L + 1"),
    Observable::quadrature("rho_l", &["l"], r"\rho_{#1}", "ρ_l, l = 2, …, L + 1"),
    Observable::quadrature(
        "signal",
        &[],
        r"\beta_1\gamma_2",
        "coefficient of σ_0(x) in the output before φ_0",
    ),
    Observable::quadrature(
        "noise_sq",
        &[],
        r"\beta_1\rho_2+\sigma_{v,1}^2",
        "variance of the noise in the output before φ_0",
    ),
    Observable::quadrature(
        "out_second_moment",
        &[],
        r"\mathbb{E}\|\hat x\|^2/n_0",
        "second moment of the output",
    ),
    Observable::quadrature(
        "out_in_correlation",
        &[],
        r"\langle x,\hat x\rangle/n_0",
        "inner product of input and output over n_0",
    ),
    Observable::quadrature(
        "mse",
        &[],
        r"\|x-\hat x\|^2/n_0",
        "squared error of the reconstruction over n_0",
    ),
];

impl Parameters for Autoencoder {
    fn prepare(self) -> Result<Box<dyn Prepared>, Failure> {
        self.check()?;
        Ok(Box::new(Recursion { net: self, found: OnceLock::new() }))
    }
}

struct Recursion {
    net: Autoencoder,
    found: OnceLock<Result<StateEvolution, Failure>>,
}

impl Recursion {
    fn found(&self) -> Result<&StateEvolution, Failure> {
        let run =
            || StateEvolution::of(&self.net).map_err(|error| Failure::domain(error.to_string()));
        self.found.get_or_init(run).as_ref().map_err(Clone::clone)
    }

    /// (signal, noise variance) of the output before φ_0.
    fn last(&self) -> Result<(Enclosure, Enclosure), Failure> {
        let found = self.found()?;
        // A net of depth 1 has γ_2, ρ_2 too: those of φ_L.
        let (Some(gamma), Some(rho)) = (found.gamma(2), found.rho(2)) else {
            return Err(Failure::domain("the net has no decoder"));
        };
        let beta = self.net.beta(1);
        let noise = beta * rho.value + self.net.sigma_v2(1);
        Ok((
            Enclosure::with_error(beta * gamma.value, beta * gamma.radius()),
            Enclosure::with_error(noise, beta * rho.radius()),
        ))
    }

    /// Second moment, correlation with x, squared error.
    fn output(&self) -> Result<[Enclosure; 3], Failure> {
        let (signal, noise) = self.last()?;
        let (phi, sigma) = (self.net.phi(0), self.net.sigma(0));
        let b = noise.value.sqrt();
        let mut sums = [(0.0, 0.0); 3];
        for (x, share) in self.net.input_values() {
            let a = signal.value * sigma.value(x);
            let kinks: Vec<f64> = match b > 0.0 {
                true => phi.kinks().iter().map(|kink| (kink - a) / b).collect(),
                false => Vec::new(),
            };
            let at = |z: f64| {
                let y = phi.value(a + b * z);
                [y * y, x * y, (x - y) * (x - y)]
            };
            let step = (0.18 * phi.strip() / b.max(1e-9)).min(0.4);
            let found =
                expect_all(at, &kinks, step).map_err(|error| Failure::domain(error.to_string()))?;
            // φ_0 is Lipschitz: errors of signal and noise move y by at most K (|σ_0(x)| ds + |z| db).
            let slip = phi.lipschitz()
                * (signal.radius() * sigma.value(x).abs() + noise.radius() / (2.0 * b).max(1e-9));
            let size = found[0].value.sqrt();
            let moved = [2.0 * size * slip, x.abs() * slip, 2.0 * (size + x.abs()) * slip];
            for ((sum, found), moved) in sums.iter_mut().zip(found).zip(moved) {
                sum.0 += share * found.value;
                sum.1 += share * (found.radius() + 1.01 * moved);
            }
        }
        Ok(sums.map(|(value, error)| Enclosure::with_error(value, error)))
    }
}

impl Prepared for Recursion {
    fn exact(&self, name: &str, arguments: &[f64]) -> Result<Enclosure, Failure> {
        let l = arguments.first().copied().unwrap_or(0.0);
        let layer = match l.fract() == 0.0 && (0.0..1e9).contains(&l) {
            true => l as usize,
            false => return Err(Failure::domain(format!("{l} is no layer"))),
        };
        let value = match name {
            "tau_sq" => self.found()?.tau_sq(layer),
            "tau_bar_sq" => self.found()?.tau_bar_sq(layer),
            "gamma_l" => self.found()?.gamma(layer),
            "rho_l" => self.found()?.rho(layer),
            "signal" => Some(self.last()?.0),
            "noise_sq" => Some(self.last()?.1),
            "out_second_moment" => Some(self.output()?[0]),
            "out_in_correlation" => Some(self.output()?[1]),
            "mse" => Some(self.output()?[2]),
            _ => return Err(Failure::no_such_observable(name)),
        };
        let depth = self.net.depth;
        value.ok_or_else(|| Failure::domain(format!("no `{name}({l})` in a net of depth {depth}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// Linear net, α = σ_W² = 1: γ_2 = 1, ρ_2 = L, so E‖x̂‖²/n = 1 + L, ⟨x, x̂⟩/n = 1 and the error is L.
    #[test]
    fn linear_output() {
        let value = json!({"L": 7, "sigma_w2": 1, "sigma": "identity", "phi": "identity"});
        let net = (EXPERIMENT.prepare)(&value).unwrap();
        for (name, exact) in [("out_second_moment", 8.0), ("out_in_correlation", 1.0), ("mse", 7.0)]
        {
            let found = net.exact(name, &[]).unwrap();
            assert!(
                found.lo <= exact && exact <= found.hi && found.radius() < 1e-8,
                "{name} {found:?}"
            );
        }
        assert!(net.exact("gamma_l", &[1.0]).is_err() && net.exact("gamma_l", &[2.5]).is_err());
    }
}
