//! What Theorem 1 of Li & Nguyen (2019) predicts for functions of the decoder's vectors.
//!
//! `x̂_l ≅ θ_l = A σ_{l−1}(τ_{l−1}z₁) + B z₂` with `A = β_l γ_{l+1}`, `B² = β_l ρ_{l+1} + σ_v,l²`; for l = 1 the input itself
//! stands in place of `τ_0 z₁`, and the output is `φ_0(θ_1)`.

use super::battery::TestFunction;
use super::description::Autoencoder;
use super::state_evolution::StateEvolution;
use crate::maths::gaussian::{Rule, expect};
use crate::maths::{Enclosure, NumericalError, normal};

/// Step of the rule inside [`Activation::smoothed`](super::activation::Activation::smoothed); half of it gives the error bar.
const STEP: f64 = 0.1;

/// Amplitude A of the signal and B of the noise in `x̂_l`.
pub fn signal_and_noise(
    net: &Autoencoder,
    theory: &StateEvolution,
    l: usize,
) -> Option<(Enclosure, Enclosure)> {
    let (gamma, rho, beta) = (theory.gamma(l + 1)?, theory.rho(l + 1)?, net.beta(l));
    let signal = Enclosure::with_error(beta * gamma.value, beta * gamma.radius());
    let square = beta * rho.value + net.sigma_v2(l);
    let noise = square.max(0.0).sqrt();
    let radius = 0.5 * beta * rho.radius() / noise.max(1e-150) + f64::EPSILON * noise;
    Some((signal, Enclosure::with_error(noise, radius)))
}

/// Limits that the output is held against.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OutputLimits {
    /// `‖x‖²/n_0`.
    pub input_square: f64,
    /// `E‖x̂‖²/n_0` of the output.
    pub square: f64,
    /// `⟨x, x̂⟩/n_0`.
    pub overlap: f64,
}

impl OutputLimits {
    /// `‖x − x̂‖²/n_0`.
    pub fn error(&self) -> f64 {
        self.input_square - 2.0 * self.overlap + self.square
    }

    /// `min_c ‖x − c x̂‖²/‖x‖²`.
    pub fn best_error(&self) -> f64 {
        1.0 - self.overlap * self.overlap / (self.square * self.input_square)
    }
}

/// Limits of the output; the second set is from a rule of half the step.
pub fn output(net: &Autoencoder, theory: &StateEvolution) -> Option<[OutputLimits; 2]> {
    let (signal, noise) = signal_and_noise(net, theory, 1)?;
    let (values, phi, sigma) = (net.input_values(), net.phi(0), net.sigma(0));
    let at = |step: f64| {
        let rule = Rule::trapezoid(step);
        let mut limits = OutputLimits { input_square: 0.0, square: 0.0, overlap: 0.0 };
        for &(x, share) in &values {
            let seen = phi.smoothed(signal.value * sigma.value(x), noise.value, &rule, step);
            limits.input_square += share * x * x;
            limits.square += share * seen.square;
            limits.overlap += share * x * seen.mean;
        }
        limits
    };
    Some([at(STEP), at(0.5 * STEP)])
}

/// `E f(τz)` for a long vector of independent normals.
pub fn of_normal(f: TestFunction, tau: f64) -> Option<f64> {
    match f {
        TestFunction::MeanSquare => Some(tau * tau),
        TestFunction::Halves | TestFunction::Neighbours => Some(0.0),
        TestFunction::MeanAbsolute => Some(tau * std::f64::consts::FRAC_2_PI.sqrt()),
        TestFunction::MeanCosine => Some(libm::exp(-0.5 * tau * tau)),
        // The sorted normal vector is near τ times the quantiles, which have mean square 1.
        TestFunction::Norm | TestFunction::Sorted => Some(tau),
        TestFunction::Maximum | TestFunction::FourthPower => None,
    }
}

/// `E f(θ_l)` for a long vector of independent copies of θ_l, l ≥ 2; not offered for order statistics.
///
/// # Errors
/// [`NumericalError`] if a quadrature does not settle.
pub fn of_decoded(
    net: &Autoencoder,
    theory: &StateEvolution,
    l: usize,
    f: TestFunction,
) -> Result<Option<Enclosure>, NumericalError> {
    let below = if l < 2 { None } else { theory.tau_sq(l - 1) };
    let (Some(parts), Some(tau_sq)) = (signal_and_noise(net, theory, l), below) else {
        return Ok(None);
    };
    let (a, b, tau) = (parts.0.value, parts.1.value, tau_sq.value.sqrt());
    let sigma = net.sigma(l - 1);
    let kinks: Vec<f64> = sigma.kinks().iter().map(|kink| kink / tau).collect();
    let over = |g: &dyn Fn(f64) -> f64| expect(|z| g(a * sigma.value(tau * z)), &kinks);
    let mapped = |x: Enclosure, g: &dyn Fn(f64) -> f64| Enclosure {
        value: g(x.value),
        lo: g(x.lo),
        hi: g(x.hi),
    };
    let value = match f {
        TestFunction::MeanSquare => over(&|u| u * u + b * b)?,
        TestFunction::Norm => mapped(over(&|u| u * u + b * b)?, &|x| x.max(0.0).sqrt()),
        // Two entries are independent: half of the product of means.
        TestFunction::Halves => squared(over(&|u| u)?, 0.5),
        TestFunction::Neighbours => squared(over(&|u| u)?, 1.0),
        TestFunction::MeanAbsolute => over(&|u| folded_mean(u, b))?,
        TestFunction::MeanCosine => over(&|u| libm::cos(u) * libm::exp(-0.5 * b * b))?,
        TestFunction::Sorted | TestFunction::Maximum | TestFunction::FourthPower => {
            return Ok(None);
        }
    };
    Ok(Some(value))
}

fn squared(x: Enclosure, factor: f64) -> Enclosure {
    let value = factor * x.value * x.value;
    Enclosure::with_error(value, factor * (2.0 * x.value.abs() + x.radius()) * x.radius())
}

/// `E|u + bz|`.
fn folded_mean(u: f64, b: f64) -> f64 {
    if b == 0.0 {
        return u.abs();
    }
    let k = u / b;
    u * (1.0 - 2.0 * normal::cdf(-k)) + 2.0 * b * normal::pdf(k)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// Linear net of depth L, α = σ_W² = 1: γ_2 = 1, ρ_2 = L, so x̂ = x + √L z.
    #[test]
    fn the_output_of_a_linear_net() {
        let value =
            json!({"L": 3, "n0": 10, "sigma_w2": 1, "sigma": "identity", "phi": "identity"});
        let net: Autoencoder = serde_json::from_value(value).unwrap();
        let theory = StateEvolution::of(&net).unwrap();
        let [_, limits] = output(&net, &theory).unwrap();
        assert!((limits.square - 4.0).abs() < 1e-12 && (limits.overlap - 1.0).abs() < 1e-12);
        assert!((limits.error() - 3.0).abs() < 1e-12);
        assert!((limits.best_error() - 0.75).abs() < 1e-12);
        // θ_2 is N(0, τ_1² + β ρ_3) with variance 1 + 2.
        for (f, exact) in [
            (TestFunction::MeanSquare, 3.0),
            (TestFunction::Norm, 3_f64.sqrt()),
            (TestFunction::MeanAbsolute, (6.0 / std::f64::consts::PI).sqrt()),
            (TestFunction::MeanCosine, (-1.5_f64).exp()),
            (TestFunction::Neighbours, 0.0),
        ] {
            let found = of_decoded(&net, &theory, 2, f).unwrap().unwrap();
            assert!((found.value - exact).abs() < 1e-11, "{f:?} {found:?} {exact}");
        }
        assert!(of_decoded(&net, &theory, 1, TestFunction::Norm).unwrap().is_none());
    }
}
