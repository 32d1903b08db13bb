//! The loss before training, by state evolution: what a wide random net gives on each test image.
//!
//! Without an activation at the output, `x̂ ≅ β_1 γ_2 x + √(β_1 ρ_2) z`, so the normalised loss of an image
//! is `(β_1 γ_2 − 1)² + n_0 β_1 ρ_2/‖x‖²` with `β_1 = σ_W² n/n_0`, the recursion started from `‖x‖²/n_0` (Li & Nguyen, ICLR
//! 2019, Theorem 1(c)). `γ_2` and `ρ_2` are smooth in `ln ‖x‖²`: they are interpolated in Chebyshev points between
//! the smallest and the largest norm, with half the points for an error bar.

use serde_json::json;

use super::scheme::Scheme;
use crate::experiment::Failure;
use crate::maths::Enclosure;
use crate::models::autoencoder::description::Autoencoder;
use crate::models::autoencoder::state_evolution::StateEvolution;

/// Intervals between interpolation points.
const INTERVALS: usize = 16;

/// Which net the recursion describes: the one that is trained, or a wrong one for controls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variant {
    /// The net as it is.
    Trained,
    /// A tanh in place of the ReLU between encoder and decoder.
    TanhOnTop,
    /// First-layer weights of variance σ_W²/n in place of σ_W²/n_0.
    FirstByWidth,
}

impl Variant {
    /// By number, 0 to 2.
    pub fn of(number: f64) -> Option<Self> {
        [Self::Trained, Self::TanhOnTop, Self::FirstByWidth]
            .into_iter()
            .zip(0..)
            .find_map(|(variant, known)| (f64::from(known) == number).then_some(variant))
    }
}

/// Mean loss over images of these squared norms, with `inputs` pixels, for depth and width.
///
/// # Errors
/// [`Failure::Domain`] if the recursion does not settle.
pub fn initial_loss(
    scheme: Scheme,
    (depth, width, inputs): (usize, usize, usize),
    squared_norms: &[f64],
    variant: Variant,
) -> Result<Enclosure, Failure> {
    let top = if variant == Variant::TanhOnTop { "tanh" } else { "relu" };
    let described = json!({"L": depth, "sigma_w2": scheme.weight, "sigma_b2": scheme.bias,
        "sigma": scheme.sigma, "phi": scheme.phi, "phi_last": top});
    let net: Autoencoder =
        serde_json::from_value(described).map_err(|error| Failure::domain(error.to_string()))?;
    let first = if variant == Variant::FirstByWidth { width } else { inputs } as f64;
    let beta = scheme.weight * width as f64 / first;
    let (low, high) = squared_norms
        .iter()
        .fold((f64::INFINITY, 0.0_f64), |(low, high), &norm| (low.min(norm), high.max(norm)));
    let (middle, half) = (0.5 * (low.ln() + high.ln()), (0.5 * (high / low).ln()).max(1e-9));
    let mut values = Vec::with_capacity(INTERVALS + 1);
    let mut error = 0.0_f64;
    for index in 0..=INTERVALS {
        let norm = (middle + half * node(index)).exp();
        let found = StateEvolution::from_input(&net, norm / first)
            .map_err(|error| Failure::domain(error.to_string()))?;
        let (Some(gamma), Some(rho)) = (found.gamma(2), found.rho(2)) else {
            return Err(Failure::domain("the net has no second layer"));
        };
        let inputs = inputs as f64;
        let loss = |gamma: f64, rho: f64| (beta * gamma - 1.0).powi(2) + inputs * beta * rho / norm;
        values.push(loss(gamma.value, rho.value));
        error = error.max(
            2.0 * (beta * gamma.value - 1.0).abs() * beta * gamma.radius()
                + inputs * beta * rho.radius() / norm,
        );
    }
    let mean = |every: usize| {
        let points: Vec<(f64, f64)> =
            (0..=INTERVALS).step_by(every).map(|index| (node(index), values[index])).collect();
        let at = |norm: &f64| interpolated(&points, (norm.ln() - middle) / half);
        squared_norms.iter().map(at).sum::<f64>() / squared_norms.len() as f64
    };
    let (fine, coarse) = (mean(1), mean(2));
    Ok(Enclosure::with_error(fine, (fine - coarse).abs() + error + 1e-13 * fine.abs()))
}

/// Chebyshev point of the second kind.
fn node(index: usize) -> f64 {
    (std::f64::consts::PI * index as f64 / INTERVALS as f64).cos()
}

/// Barycentric interpolation in Chebyshev points of the second kind (Berrut & Trefethen 2004, Eq. 5.4).
fn interpolated(points: &[(f64, f64)], x: f64) -> f64 {
    let (mut above, mut below) = (0.0, 0.0);
    for (index, &(node, value)) in points.iter().enumerate() {
        let gap = x - node;
        if gap == 0.0 {
            return value;
        }
        let end = if index == 0 || index + 1 == points.len() { 0.5 } else { 1.0 };
        let weight = if index % 2 == 0 { end } else { -end } / gap;
        above += weight * value;
        below += weight;
    }
    above / below
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::scheme::table;

    #[test]
    fn interpolation_is_exact_for_polynomials() {
        let points: Vec<(f64, f64)> = (0..=INTERVALS).map(|i| (node(i), node(i).powi(5))).collect();
        approx::assert_relative_eq!(
            interpolated(&points, 0.3),
            0.3_f64.powi(5),
            max_relative = 1e-13
        );
    }

    /// Slow schemes start at loss 1: nothing reaches the output. One image needs no interpolation.
    #[test]
    fn slow_schemes_start_at_one() {
        let loss =
            initial_loss(table(2).unwrap(), (20, 100, 784), &[80.0, 90.0, 120.0], Variant::Trained);
        approx::assert_relative_eq!(loss.unwrap().value, 1.0, max_relative = 1e-4);
    }

    /// ReLU nets of depth 2 by the closed forms of the inner map: with κ = γτ√(β/ρ), h = ¼ + arctan κ/(2π),
    /// G = βγh and R = βρ(¼ + (1 + κ²)h + κ/(2π)); at σ_W² = 2, τ² stays, γ_3 = ½ and ρ_3 = τ²/2.
    #[test]
    fn relu_nets_have_a_closed_form() {
        let scheme = table(1).unwrap();
        let norm = 100.0_f64;
        let found = initial_loss(scheme, (2, 50, 784), &[norm], Variant::Trained).unwrap();
        let tau_sq = 2.0 * norm / 784.0;
        let (gamma3, rho3, beta) = (0.5, tau_sq / 2.0, 2.0_f64);
        let kappa: f64 = gamma3 * tau_sq.sqrt() * (beta / rho3).sqrt();
        let h = 0.25 + kappa.atan() / (2.0 * std::f64::consts::PI);
        let gamma2 = beta * gamma3 * h;
        let rho2 =
            beta * rho3 * (0.25 + (1.0 + kappa * kappa) * h + kappa / (2.0 * std::f64::consts::PI));
        let beta1 = 2.0 * 50.0 / 784.0;
        let expected = (beta1 * gamma2 - 1.0).powi(2) + 784.0 * beta1 * rho2 / norm;
        approx::assert_relative_eq!(found.value, expected, max_relative = 1e-9);
        assert!(found.lo <= expected && expected <= found.hi);
    }
}
