//! One random layer run in both directions: what is drawn, and the law of what comes back.
//!
//! Generation `x = s(r(α W h))`: `s` keeps each of the n coordinates with probability ρ, `r` is ReLU (or the identity).
//! Inference `ĥ = W′ᵀ x`, `W′ = c W + √(1 − c²) V` with an independent copy V; `c = 1` is the tied case of
//! Arora, Liang & Ma 2015, equations (1) and (9), where `α = 2/(ρn)`. Possibly a further part of x is dropped before inference.

use schemars::JsonSchema;
use serde::Deserialize;

use super::law::EntryLaw;
use crate::random::Stream;

/// Law of the weights, symmetric but for the exponential; mean 0 and variance 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Weights {
    /// Standard normal.
    #[default]
    Gaussian,
    /// −1 or 1.
    Rademacher,
    /// Uniform on (−√3, √3).
    Uniform,
    /// Density proportional to e^(−√2 |x|).
    Laplace,
    /// Exponential of mean 1, less 1: skewed.
    Exponential,
}

impl Weights {
    /// Fourth moment.
    pub const fn kurtosis(self) -> f64 {
        match self {
            Self::Gaussian => 3.0,
            Self::Rademacher => 1.0,
            Self::Uniform => 1.8,
            Self::Laplace => 6.0,
            Self::Exponential => 9.0,
        }
    }

    /// Whether `w` and `−w` have the same law.
    pub fn symmetric(self) -> bool {
        self != Self::Exponential
    }

    /// Independent weights.
    pub fn fill(self, stream: &mut Stream, out: &mut [f64]) {
        match self {
            Self::Gaussian => stream.fill_normal(out),
            _ => out.iter_mut().for_each(|w| *w = self.one(stream)),
        }
    }

    /// Independent weights, rounded to single precision; Gaussian ones are another sequence of the stream.
    pub fn fill_single(self, stream: &mut Stream, out: &mut [f32]) {
        match self {
            Self::Gaussian => stream.fill_normal_f32(out),
            _ => out.iter_mut().for_each(|w| *w = self.one(stream) as f32),
        }
    }

    fn one(self, stream: &mut Stream) -> f64 {
        match self {
            Self::Gaussian => stream.normal(),
            Self::Rademacher => stream.sign(),
            Self::Uniform => 3f64.sqrt() * (2.0 * stream.uniform() - 1.0),
            Self::Laplace => stream.sign() * stream.exponential() * std::f64::consts::FRAC_1_SQRT_2,
            Self::Exponential => stream.exponential() - 1.0,
        }
    }
}

/// How the further part of x is chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Dropping {
    /// Each coordinate independently.
    #[default]
    Independent,
    /// A random set of exactly that part of the n coordinates.
    ExactPart,
    /// The largest entries: that part of the coordinates that are not zero.
    Largest,
}

/// A layer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Layer {
    /// Observed units n.
    pub n: usize,
    /// Probability ρ that a coordinate of x is kept.
    pub rho: f64,
    /// Factor of the whole pass, α times what rescales after dropping.
    pub scale: f64,
    /// Generation with ReLU, or linear.
    pub relu: bool,
    /// Correlation c of the weights of the two passes.
    pub tie: f64,
    /// Law of the weights.
    pub weights: Weights,
    /// Mean added to every weight.
    pub mean: f64,
    /// Further part of x that is dropped before inference.
    pub dropped: f64,
    /// How it is chosen.
    pub dropping: Dropping,
}

impl Layer {
    /// The paper's layer: `α = 2/(ρn)`, ReLU, tied Gaussian weights.
    pub fn new(n: usize, rho: f64) -> Self {
        Self {
            n,
            rho,
            scale: 2.0 / (rho * n as f64),
            relu: true,
            tie: 1.0,
            weights: Weights::Gaussian,
            mean: 0.0,
            dropped: 0.0,
            dropping: Dropping::Independent,
        }
    }

    /// `t = ρn`.
    pub fn t(&self) -> f64 {
        self.rho * self.n as f64
    }

    /// Rows that reach the inference pass at most, and the probability that such a row contributes.
    pub fn rows_and_activity(&self) -> (f64, f64) {
        let open = if self.relu { 0.5 * self.rho } else { self.rho };
        match self.dropping {
            Dropping::ExactPart => ((self.n - self.exact_part()) as f64, open),
            _ => (self.n as f64, open * (1.0 - self.dropped)),
        }
    }

    /// Coordinates dropped by [`Dropping::ExactPart`].
    pub fn exact_part(&self) -> usize {
        (self.n as f64 * self.dropped).round() as usize
    }

    /// Whether [`Self::entry`] is the law: Gaussian weights of mean 0, and coordinates dropped without looking at them.
    pub fn has_law(&self) -> bool {
        self.weights == Weights::Gaussian && self.mean == 0.0 && !self.looks()
    }

    /// Whether mean and variance are known: symmetric weights will do.
    pub fn has_moments(&self) -> bool {
        let known = self.weights == Weights::Gaussian || self.tie == 1.0;
        self.weights.symmetric() && known && self.mean == 0.0 && !self.looks()
    }

    fn looks(&self) -> bool {
        self.dropping == Dropping::Largest && self.dropped > 0.0
    }

    /// The law of `ĥ_i` for `h_i = value` in a vector of norm `norm`.
    pub fn entry(&self, value: f64, norm: f64) -> EntryLaw {
        let (rows, active) = self.rows_and_activity();
        EntryLaw { rows, active, scale: self.scale, covariance: self.tie * value, norm }
    }

    /// `E⟨ĥ, h⟩/‖h‖²`: rows · activity · scale · c, for symmetric weights.
    pub fn gain(&self) -> f64 {
        let (rows, active) = self.rows_and_activity();
        rows * active * self.scale * self.tie
    }

    /// Variance of `ĥ_i`: `E w²y² = ‖h‖² + (κ₄ − 1) h_i²` for symmetric weights of fourth moment κ₄.
    pub fn variance(&self, value: f64, norm: f64) -> f64 {
        if self.weights == Weights::Gaussian {
            return self.entry(value, norm).variance();
        }
        let (rows, active) = self.rows_and_activity();
        let square = value * value;
        let second = norm * norm + (self.weights.kurtosis() - 1.0) * square;
        rows * self.scale * self.scale * active * (second - active * square)
    }

    /// Covariance of `ĥ_i` and `ĥ_j`, i ≠ j: `E w_i w_j y² = 2 h_i h_j` for symmetric weights.
    pub fn covariance(&self, first: f64, second: f64) -> f64 {
        let (rows, active) = self.rows_and_activity();
        let tie = self.tie * self.tie;
        rows * self.scale * self.scale * active * tie * (2.0 - active) * first * second
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_of_the_paper_by_hand() {
        let (layer, norm) = (Layer::new(4000, 0.5), 50f64.sqrt());
        let close = |x: f64, y: f64| assert!((x / y - 1.0).abs() < 1e-13, "{x} {y}");
        close(layer.gain(), 1.0);
        // (2‖h‖² + (4 − ρ) h²)/t, and for other laws (2‖h‖² + (2κ₄ − 2 − ρ) h²)/t.
        close(layer.variance(1.0, norm), 103.5 / 2000.0);
        close(layer.covariance(1.0, 1.0), 3.5 / 2000.0);
        close(Layer { weights: Weights::Rademacher, ..layer }.variance(1.0, norm), 99.5 / 2000.0);
        // Exactly half dropped: (4‖h‖² + (8 − 2ρ) h²)/t; independently: 8 − ρ.
        let half = Layer { dropped: 0.5, scale: 2.0 * layer.scale, ..layer };
        close(half.variance(1.0, norm), 207.5 / 2000.0);
        close(Layer { dropping: Dropping::ExactPart, ..half }.variance(1.0, norm), 207.0 / 2000.0);
    }
}
