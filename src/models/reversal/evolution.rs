//! State evolution: gain and noise of the inference pass through a chain of layers.
//!
//! Generative chain (Arora, Liang and Ma 2015, Eq. 14), top down: `h^(j) = s_{k_j}(r(α_j W_j h^(j+1)))`,
//! `α_j = 2/k_j`. Inference, bottom up: `ĥ^(1) = W_0ᵀx`, `h̃^(j) = r(ĥ^(j) − λ s_j)`, `ĥ^(j+1) = W_jᵀh̃^(j)`. For large
//! sizes a pre-activation is `a_j h_j + s_j ε`, `ε ~ N(0, 1)`. With `A = α_j‖h^(j+1)‖` a kept unit has
//! `h_j = A r(z)`, z its projection, so in units of A (`σ = s_j/A`)
//!
//! `a_{j+1} = 2 E[z r(a_j z₊ + σ(ε − λ))] = 2 a_j P(z > 0, a_j z + σ(ε − λ) > 0)` (integration by parts),
//!
//! `s_{j+1}² = A² {k_j E r(a_j z₊ + σ(ε − λ))² + (n_j − k_j) σ² q(λ)}`, `q(λ) = E(N − λ)₊²`,
//!
//! from `a_1 = 1`, `s_1² = 2‖h^(1)‖²/k_0`, `‖h^(j)‖² = 2‖h^(j+1)‖²/k_j`. With `a_1 = 1` the gain of the second layer is
//! 1 minus the share of the active units that the offset and the noise silence. Dropping a share of the inputs of
//! every inference layer multiplies gain and noise variance by obvious factors.

use super::moments::mean_square_relu;
use crate::maths::NumericalError;
use crate::maths::normal::{cdf, pdf};
use crate::maths::quadrature::{gauss_kronrod, integrate};

/// Absolute error asked of an integral of size 1.
const TOLERANCE: f64 = 1e-12;
/// Beyond it the normal density vanishes in double precision.
const FAR: f64 = 39.0;

/// A chain of layers and how inference runs through it.
#[derive(Clone, Debug)]
pub struct Chain {
    /// `‖h^(L)‖²` of the top code.
    pub top_sq: f64,
    /// Expected numbers of kept units `k_{L−1}, …, k_0`, top down.
    pub kept: Vec<f64>,
    /// Widths `n_{L−1}, …, n_0`, top down.
    pub widths: Vec<f64>,
    /// Offset of a hidden layer in standard deviations of its noise, downwards.
    pub lambda: f64,
    /// Share of its inputs that an inference layer keeps.
    pub keep: f64,
    /// Kept inputs are multiplied by 1/keep.
    pub compensated: bool,
    /// Hidden inference layers have no ReLU.
    pub linear: bool,
}

/// What is known of the pre-activations of a layer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stage {
    /// Factor on the true code.
    pub gain: f64,
    /// Variance of the noise.
    pub noise: f64,
}

/// How integrals are computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Gauss–Kronrod alone.
    Fast,
    /// Two rules that must agree.
    Checked,
}

impl Rule {
    fn integral(
        self,
        f: impl Fn(f64) -> f64,
        split: f64,
        size: f64,
    ) -> Result<f64, NumericalError> {
        let tolerance = TOLERANCE * size.max(1.0);
        let piece = |a: f64, b: f64| match self {
            Self::Fast => gauss_kronrod(&f, a, b, tolerance),
            Self::Checked => integrate(&f, a, b, tolerance),
        };
        if split > 0.0 && split < FAR {
            return Ok(piece(0.0, split)?.value + piece(split, FAR)?.value);
        }
        Ok(piece(0.0, FAR)?.value)
    }
}

/// `q(λ) = E(N − λ)₊²`.
pub fn q(lambda: f64) -> f64 {
    mean_square_relu(-lambda, 1.0)
}

/// `p(λ) = E(N − λ)₊`.
pub fn p(lambda: f64) -> f64 {
    super::moments::mean_relu(-lambda, 1.0)
}

/// `P(z > 0, az + σ(ε − λ) > 0)` for independent standard normals: the share of kept units that are active and stay so.
pub fn survival(a: f64, sigma: f64, lambda: f64, rule: Rule) -> Result<f64, NumericalError> {
    let split = (lambda.abs() + 8.0) * sigma / a.max(f64::MIN_POSITIVE);
    rule.integral(|z| pdf(z) * cdf(a * z / sigma - lambda), split, 1.0)
}

/// `E r(a z₊ + σ(ε − λ))²`.
fn second(a: f64, sigma: f64, lambda: f64, rule: Rule) -> Result<f64, NumericalError> {
    let split = (lambda.abs() + 8.0) * sigma / a.max(f64::MIN_POSITIVE);
    let size = a * a + (1.0 + lambda * lambda) * sigma * sigma;
    let active = |z: f64| pdf(z) * mean_square_relu(a * z - lambda * sigma, sigma);
    Ok(0.5 * sigma * sigma * q(lambda) + rule.integral(active, split, size)?)
}

impl Chain {
    /// Layers of pre-activations from the bottom, `1..=L`.
    pub fn evolve(&self, rule: Rule) -> Result<Vec<Stage>, NumericalError> {
        let depth = self.kept.len();
        // ‖h^(j)‖² for j = L, L − 1, …, 1.
        let mut norms = vec![self.top_sq];
        for k in &self.kept[..depth - 1] {
            norms.push(2.0 * norms[norms.len() - 1] / k);
        }
        let factor = if self.compensated { 1.0 / self.keep } else { 1.0 };
        let (on_gain, on_noise) = (self.keep * factor, self.keep * factor * factor);
        let first = 2.0 * norms[depth - 1] / self.kept[depth - 1];
        let mut stages = vec![Stage { gain: on_gain, noise: on_noise * first }];
        for at in (0..depth - 1).rev() {
            let below = stages[stages.len() - 1];
            let (k, n, above) = (self.kept[at], self.widths[at], norms[at]);
            let scale = 2.0 * above.sqrt() / k;
            let step = self.step(below.gain, below.noise.sqrt() / scale, n / k, rule)?;
            let noise = on_noise * scale * scale * k * step.noise;
            stages.push(Stage { gain: on_gain * step.gain, noise });
        }
        Ok(stages)
    }

    /// One layer in units of its scale, noise divided by k; `spare` is n/k.
    fn step(&self, a: f64, sigma: f64, spare: f64, rule: Rule) -> Result<Stage, NumericalError> {
        let lambda = self.lambda;
        if self.linear {
            let cross = 2.0 * a * lambda * sigma * pdf(0.0);
            let noise = a * a / 2.0 - cross + spare * sigma * sigma * (1.0 + lambda * lambda);
            return Ok(Stage { gain: a, noise });
        }
        let gain = 2.0 * a * survival(a, sigma, lambda, rule)?;
        let idle = (spare - 1.0) * sigma * sigma * q(lambda);
        Ok(Stage { gain, noise: second(a, sigma, lambda, rule)? + idle })
    }

    /// Squared error of a unit entry of the top code, before its offset and ReLU: `(1 − a_L)² + s_L²`.
    pub fn error(&self, rule: Rule) -> Result<f64, NumericalError> {
        let stages = self.evolve(rule)?;
        let top = stages[stages.len() - 1];
        Ok((1.0 - top.gain).powi(2) + top.noise)
    }

    /// Least error over a common offset λ in `[low, high]`: (λ, error), by a scan in steps of ¼ and golden section
    /// around the best.
    pub fn least_error(&self, low: f64, high: f64) -> Result<(f64, f64), NumericalError> {
        let mut chain = self.clone();
        let steps = ((high - low) / 0.25).ceil().max(1.0) as usize;
        let mut best = (low, f64::INFINITY);
        for i in 0..=steps {
            let lambda = low + (high - low) * i as f64 / steps as f64;
            chain.lambda = lambda;
            let error = chain.error(Rule::Fast)?;
            if error < best.1 {
                best = (lambda, error);
            }
        }
        let at = |lambda: f64| {
            let chain = Chain { lambda, ..self.clone() };
            chain.error(Rule::Fast).unwrap_or(f64::INFINITY)
        };
        let (from, to) = ((best.0 - 0.25).max(low), (best.0 + 0.25).min(high));
        let found = crate::maths::roots::minimise(at, from, to, 1e-7);
        Ok(if found.1 < best.1 { found } else { best })
    }

    /// A chain whose layers all expand by the same ratio and drop nothing, unit entries on top.
    pub fn expanding(layers: usize, ratio: f64, lambda: f64) -> Self {
        let kept: Vec<f64> = (1..=layers).map(|j| ratio.powi(j as i32)).collect();
        let widths = kept.clone();
        Self { top_sq: 1.0, kept, widths, lambda, keep: 1.0, compensated: true, linear: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    fn valid(lambda: f64) -> Chain {
        Chain {
            top_sq: 64.0,
            kept: vec![256.0, 2048.0],
            widths: vec![512.0, 20480.0],
            lambda,
            keep: 1.0,
            compensated: true,
            linear: false,
        }
    }

    /// Against a double integral of mpmath (20 digits) of the definition, not of the reduced forms.
    #[test]
    fn two_layers_agree_with_the_double_integral() {
        let stage = valid(1.0).evolve(Rule::Checked).unwrap()[1];
        assert_relative_eq!(stage.gain, GAIN, max_relative = 1e-10);
        assert_relative_eq!(stage.noise, NOISE, max_relative = 1e-10);
        let fast = valid(1.0).evolve(Rule::Fast).unwrap()[1];
        assert_relative_eq!(fast.noise, stage.noise, max_relative = 1e-11);
    }

    const GAIN: f64 = 0.715_892_384_534_539_5;
    const NOISE: f64 = 0.333_880_828_877_377_26;

    /// At λ = 0 the orthant probability is elementary: gain = 1 − arctan(σ)/π.
    #[test]
    fn zero_offset_is_an_angle() {
        let stage = valid(0.0).evolve(Rule::Checked).unwrap()[1];
        let exact = 1.0 - (0.125_f64.sqrt()).atan() / std::f64::consts::PI;
        assert_relative_eq!(stage.gain, exact, max_relative = 1e-11);
    }

    #[test]
    fn scale_of_the_top_and_dropping_without_compensation_are_factors() {
        let base = valid(1.0).evolve(Rule::Fast).unwrap();
        let double = Chain { top_sq: 256.0, ..valid(1.0) }.evolve(Rule::Fast).unwrap();
        assert_relative_eq!(double[1].gain, base[1].gain, max_relative = 1e-12);
        assert_relative_eq!(double[1].noise, 4.0 * base[1].noise, max_relative = 1e-12);
        let dropped = Chain { keep: 0.5, ..valid(1.0) };
        let plain = Chain { compensated: false, ..dropped.clone() };
        let (with, without) =
            (dropped.evolve(Rule::Fast).unwrap(), plain.evolve(Rule::Fast).unwrap());
        assert_relative_eq!(without[1].gain, 0.25 * with[1].gain, max_relative = 1e-10);
        assert_relative_eq!(without[1].noise, with[1].noise / 16.0, max_relative = 1e-10);
    }

    #[test]
    fn a_linear_hidden_layer_has_gain_one() {
        let chain = Chain { linear: true, ..valid(0.7) };
        assert_eq!(chain.evolve(Rule::Fast).unwrap()[1].gain, 1.0);
    }

    #[test]
    fn one_layer_needs_eightfold_expansion_for_a_quarter() {
        assert_relative_eq!(Chain::expanding(1, 8.0, 0.0).error(Rule::Fast).unwrap(), 0.25);
        let (lambda, error) = Chain::expanding(3, 20.0, 0.0).least_error(-4.0, 3.0).unwrap();
        for other in [-4.0, -1.0, 0.0, lambda - 0.1, lambda + 0.1] {
            assert!(error <= Chain::expanding(3, 20.0, other).error(Rule::Fast).unwrap());
        }
    }
}
