//! One tied layer around a map that mixes its units: `f(u) = Wᵀ φ(g(Wσ(u) + b)) + v`.
//!
//! Li & Nguyen (2019), Proposition 5 and Corollary 6. W is m × n with entries of variance `σ_W²/n`, β = σ_W² m/n,
//! `y = Wσ(u)`, and `f(u) ≅ βγσ(u) + √(βρ) z + v` with `γ = E⟨τz, φ(g(τz + b))⟩/(mτ²) = E div(φ∘g)/m`,
//! `ρ = E‖φ(g(τz + b))‖²/m`, `τ² = σ_W²‖σ(u)‖²/n`.

mod predictions;

use schemars::JsonSchema;
use serde::Deserialize;

use super::activation::Activation;
use super::chain::{Chain, Conditioning};
use super::dense::Dense;
use super::simulation::Method;
use super::weight_law::WeightLaw;
use super::weights::{Shape, Weights, add_scaled, dot, norm_sq};
use crate::random::Stream;

/// The map g.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Inner {
    /// `g(y) = y`.
    #[default]
    Identity,
    /// `g(y)_i = (y_i + y_{i+1})/√2`, cyclic.
    Pairs,
    /// `g(y)_i = y_{i+1}`, cyclic.
    Shift,
    /// `g(y) = y/(1 + ‖y‖²/m)`.
    Shrink,
    /// `g(y)_i = y_i³`: not Lipschitz.
    Cube,
    /// `g(y) = ±y` by the sign of y_1: not continuous.
    Switch,
    /// `g(y) = y + Wr` with `r_i = (−1)^{⌊i/2⌋}`: not independent of W.
    Weights,
}

/// The vector u.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Vector {
    /// `u_i = (−1)^i (1 + (i mod 5))/2`, i = 0, …, n − 1.
    #[default]
    Sawtooth,
    /// All ones.
    Ones,
    /// `√n e_1`.
    Spike,
    /// Fresh independent normals in every trial.
    Gaussian,
    /// `√n` times W's top right singular vector: not independent of W.
    SingularVector,
}

/// The bias b: `constant + alternating · (−1)^i` plus fresh normals of variance `variance`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bias {
    /// Constant part.
    pub constant: f64,
    /// Alternating part.
    pub alternating: f64,
    /// Variance of the random part.
    pub variance: f64,
}

/// The layer and how it is drawn.
#[derive(Clone, Debug)]
pub struct TiedLayer {
    /// Length of u.
    pub n: usize,
    /// Length of y.
    pub m: usize,
    /// σ_W².
    pub sigma_w2: f64,
    /// σ.
    pub sigma: Activation,
    /// φ.
    pub phi: Activation,
    /// g.
    pub inner: Inner,
    /// u.
    pub vector: Vector,
    /// Second moment of the entries of a Gaussian u.
    pub sigma_u2: f64,
    /// b.
    pub bias: Bias,
    /// Variance of v.
    pub sigma_v2: f64,
    /// Applied to f(u) in the end.
    pub outer: Activation,
    /// Law of the entries of W.
    pub law: WeightLaw,
    /// How W is drawn.
    pub method: Method,
    /// What is kept of the conditioning identity (chain), or whether Wᵀ is that of W (dense).
    pub rule: Conditioning,
}

/// One draw.
#[derive(Clone, Debug, Default)]
pub struct LayerDraw {
    /// u.
    pub u: Vec<f64>,
    /// σ(u).
    pub s: Vec<f64>,
    /// Wσ(u).
    pub y: Vec<f64>,
    /// φ(g(Wσ(u) + b)).
    pub a: Vec<f64>,
    /// v.
    pub v: Vec<f64>,
    /// f(u).
    pub f: Vec<f64>,
}

/// Largest matrix whose top singular vector is sought.
pub const LARGEST_SINGULAR: usize = 1 << 18;
/// Steps of the power iteration: the relative error of the squared singular value is below 1e-3 at
/// n = 200 (the gap to the next one is about n^{−2/3}).
const POWER_STEPS: usize = 400;

impl TiedLayer {
    /// β = σ_W² m/n.
    pub fn beta(&self) -> f64 {
        self.sigma_w2 * self.m as f64 / self.n as f64
    }

    fn shape(&self) -> Shape {
        Shape { rows: self.m, columns: self.n, variance: self.sigma_w2 }
    }

    /// u, if it is neither random nor a function of W.
    fn fixed_vector(&self) -> Vec<f64> {
        let at = |i: usize| match self.vector {
            Vector::Spike => f64::from(u8::from(i == 0)) * (self.n as f64).sqrt(),
            Vector::Ones => 1.0,
            _ => (if i.is_multiple_of(2) { 0.5 } else { -0.5 }) * (1 + i % 5) as f64,
        };
        (0..self.n).map(at).collect()
    }

    /// One draw of W, u, b and v.
    pub fn draw(&self, stream: &Stream) -> LayerDraw {
        let source = stream.substream(0);
        let shapes = vec![self.shape()];
        let tied = self.rule != Conditioning::Untied;
        match self.method {
            Method::Chain => self.run(&mut Chain::new(shapes, self.rule, source), stream),
            Method::Dense => self.run(&mut Dense::new(shapes, self.law, source, tied), stream),
        }
    }

    fn run(&self, weights: &mut dyn Weights, stream: &Stream) -> LayerDraw {
        let mut rest = stream.substream(1);
        let u = match self.vector {
            Vector::Gaussian => normals(&mut rest, self.n, self.sigma_u2),
            Vector::SingularVector => self.singular_vector(stream),
            _ => self.fixed_vector(),
        };
        let s: Vec<f64> = u.iter().map(|&u| self.sigma.value(u)).collect();
        let mut asked = s.clone();
        if self.inner == Inner::Weights {
            asked
                .iter_mut()
                .enumerate()
                .for_each(|(i, s)| *s += if i / 2 % 2 == 0 { 1.0 } else { -1.0 });
        }
        let mut y = vec![0.0; self.m];
        weights.encode(1, &asked, &mut y);
        let mut b = normals(&mut rest, self.m, self.bias.variance);
        for (i, b) in b.iter_mut().enumerate() {
            let side = if i.is_multiple_of(2) { 1.0 } else { -1.0 };
            *b += self.bias.constant + side * self.bias.alternating;
        }
        add_scaled(&mut b, 1.0, &y);
        let a: Vec<f64> = self.inner.apply(&b).into_iter().map(|x| self.phi.value(x)).collect();
        let mut f = vec![0.0; self.n];
        weights.decode(1, &a, &mut f);
        let v = normals(&mut rest, self.n, self.sigma_v2);
        add_scaled(&mut f, 1.0, &v);
        LayerDraw { u, s, y, a, v, f }
    }

    /// √n times the top right singular vector of the W that a dense draw will use, by power iteration.
    fn singular_vector(&self, stream: &Stream) -> Vec<f64> {
        let mut x = normals(&mut stream.substream(2), self.n, 1.0);
        let shape = self.shape();
        for _ in 0..POWER_STEPS {
            let source = stream.substream(0);
            let mut weights = Dense::new(vec![shape], self.law, source, true);
            let mut y = vec![0.0; self.m];
            weights.encode(1, &x, &mut y);
            weights.decode(1, &y, &mut x);
            let length = (norm_sq(&x) / self.n as f64).sqrt();
            x.iter_mut().for_each(|x| *x /= length);
        }
        x
    }
}

fn normals(stream: &mut Stream, length: usize, variance: f64) -> Vec<f64> {
    let mut x = vec![0.0; length];
    if variance > 0.0 {
        stream.fill_normal(&mut x);
        x.iter_mut().for_each(|x| *x *= variance.sqrt());
    }
    x
}

impl Inner {
    /// `g(y)`.
    fn apply(self, y: &[f64]) -> Vec<f64> {
        let m = y.len();
        match self {
            Self::Identity | Self::Weights => y.to_vec(),
            Self::Pairs => {
                (0..m).map(|i| (y[i] + y[(i + 1) % m]) * std::f64::consts::FRAC_1_SQRT_2).collect()
            }
            Self::Shift => (0..m).map(|i| y[(i + 1) % m]).collect(),
            Self::Shrink => {
                let factor = 1.0 / (1.0 + norm_sq(y) / m as f64);
                y.iter().map(|y| factor * y).collect()
            }
            Self::Cube => y.iter().map(|y| y.powi(3)).collect(),
            Self::Switch => {
                let side = y.first().map_or(1.0, |y| y.signum());
                y.iter().map(|y| side * y).collect()
            }
        }
    }
}

impl LayerDraw {
    /// `γ̂ = ⟨f, s⟩/(β‖s‖²)`, `ρ̂ = [(‖f‖² − β²γ̂²‖s‖²)/n − σ_v²]/β`.
    pub fn estimates(&self, layer: &TiedLayer) -> (f64, f64) {
        let (beta, length) = (layer.beta(), norm_sq(&self.s));
        let gamma = dot(&self.f, &self.s) / (beta * length);
        let noise = (norm_sq(&self.f) - (beta * gamma).powi(2) * length) / layer.n as f64;
        (gamma, (noise - layer.sigma_v2) / beta)
    }

    /// An entry of y, standardised: normal for Gaussian W and any independent u.
    pub fn standard_y(&self, layer: &TiedLayer, i: usize) -> f64 {
        let scale = layer.shape().entry_scale() * norm_sq(&self.s).sqrt();
        self.y.get(i).map_or(f64::NAN, |y| y / scale)
    }

    /// First entry of `f − v − s⟨y, a⟩/‖s‖²`, standardised: by the conditioning identity it is standard normal
    /// and independent of y, for Gaussian W at every size.
    pub fn standard_rest(&self, layer: &TiedLayer) -> f64 {
        let (f, v, s) = match (self.f.first(), self.v.first(), self.s.first()) {
            (Some(f), Some(v), Some(s)) => (f, v, s),
            _ => return f64::NAN,
        };
        let length = norm_sq(&self.s);
        let rest = f - v - s * dot(&self.y, &self.a) / length;
        let kept = 1.0 - s * s / length;
        rest / (layer.shape().entry_scale() * (norm_sq(&self.a) * kept).sqrt())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::StreamKey;

    fn layer(inner: Inner, phi: &str, method: Method) -> TiedLayer {
        let read = |text| Activation::parse(text).unwrap();
        TiedLayer {
            n: 200,
            m: 300,
            sigma_w2: 1.2,
            sigma: read("tanh"),
            phi: read(phi),
            inner,
            vector: Vector::Sawtooth,
            sigma_u2: 1.0,
            bias: Bias { constant: 0.0, alternating: 0.3, variance: 0.0 },
            sigma_v2: 0.0,
            outer: read("identity"),
            law: WeightLaw::Gauss,
            method,
            rule: Conditioning::Exact,
        }
    }

    /// Closed forms for maps that mix units: ReLU of pairs, a cyclic shift, a global shrinking.
    #[test]
    fn predictions_have_closed_forms() {
        let pairs = layer(Inner::Pairs, "relu", Method::Chain);
        let tau_sq = pairs.tau_sq().unwrap().value;
        let (gamma, rho) = pairs.gamma_rho().unwrap();
        assert!((gamma.value - 0.125_f64.sqrt()).abs() < 1e-12, "{gamma:?}");
        assert!((rho.value - 0.5 * tau_sq).abs() < 1e-12);
        assert_eq!(layer(Inner::Shift, "tanh", Method::Chain).gamma_rho().unwrap().0.value, 0.0);
        let mut shrink = layer(Inner::Shrink, "identity", Method::Chain);
        assert!(shrink.gamma_rho().is_err());
        shrink.bias.alternating = 0.0;
        let (gamma, rho) = shrink.gamma_rho().unwrap();
        assert!((gamma.value - 1.0 / (1.0 + tau_sq)).abs() < 1e-12);
        assert!((rho.value - tau_sq / (1.0 + tau_sq).powi(2)).abs() < 1e-12);
        assert!(layer(Inner::Cube, "tanh", Method::Chain).gamma_rho().is_err());
    }

    /// Means over 200 draws near the limits, with matrices and without.
    #[test]
    fn draws_are_near_their_predictions() {
        for (inner, phi) in
            [(Inner::Identity, "tanh"), (Inner::Pairs, "relu"), (Inner::Shift, "tanh")]
        {
            for method in [Method::Chain, Method::Dense] {
                let layer = layer(inner, phi, method);
                let (gamma, rho) = layer.gamma_rho().unwrap();
                let key = StreamKey::derive(4, "tied layer", phi);
                let mut sums = [0.0; 2];
                for trial in 0..200 {
                    let found = layer.draw(&key.trial(trial)).estimates(&layer);
                    sums = [sums[0] + found.0 / 200.0, sums[1] + found.1 / 200.0];
                }
                // One draw has a deviation of about 0.08 and 0.05; a bias of order 1/n.
                let apart = [sums[0] - gamma.value, sums[1] - rho.value];
                assert!(
                    apart[0].abs() < 0.03 && apart[1].abs() < 0.02,
                    "{inner:?} {method:?} {apart:?}"
                );
            }
        }
    }

    /// The top singular vector gains σ_W²(1 + √α)² in a linear layer, up to its finite-size shift.
    #[test]
    fn a_dependent_vector_gains_more() {
        let mut linear = layer(Inner::Identity, "identity", Method::Dense);
        linear.sigma = Activation::parse("identity").unwrap();
        linear.bias.alternating = 0.0;
        linear.vector = Vector::SingularVector;
        let gain = linear.draw(&StreamKey::derive(4, "singular", "").trial(0)).estimates(&linear).0;
        let edge = 1.2 * (1.0 + 1.5_f64.sqrt()).powi(2);
        assert!((gain * linear.beta() / edge - 1.0).abs() < 0.15, "{gain}");
    }
}
