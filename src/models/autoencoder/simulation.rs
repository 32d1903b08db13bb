//! Simulated autoencoders: one draw of weights and biases, and all vectors of the pass.

use schemars::JsonSchema;
use serde::Deserialize;

use super::chain::{Chain, Conditioning};
use super::dense::Dense;
use super::description::Autoencoder;
use super::weight_law::WeightLaw;
use super::weights::{Shape, Weights, dot, norm_sq};
use crate::random::Stream;

/// How the weights are drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// The exact law of Gaussian matrices in a pass, without matrices.
    #[default]
    Chain,
    /// Matrices, entry by entry.
    Dense,
}

/// What the simulation does otherwise than the description says: for controls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Departure {
    /// Nothing.
    #[default]
    None,
    /// The decoder has its own, independent weights.
    Untied,
    /// Entries of variance σ_W²/n_l in place of σ_W²/n_{l−1}.
    FanOut,
    /// No encoder biases.
    NoBiases,
    /// No bias v_1 at the output.
    NoOutputBias,
    /// The chain sampler forgets the projection.
    WithoutProjection,
    /// The chain sampler forgets the part along the encoder's signal.
    WithoutSignal,
}

/// A description with the way of drawing it.
#[derive(Clone, Debug)]
pub struct Simulation {
    /// What is simulated.
    pub net: Autoencoder,
    /// Law of the weights.
    pub law: WeightLaw,
    /// How they are drawn.
    pub method: Method,
    /// What is done otherwise.
    pub departure: Departure,
}

/// All vectors of one pass. Lists start at layer 0 or 1, as said; use the methods for the paper's indices.
#[derive(Clone, Debug, Default)]
pub struct Pass {
    /// `x_0, …, x_L`.
    x: Vec<Vec<f64>>,
    /// `s_0, …, s_{L−1}`, `s_l = σ_l(x_l)`.
    s: Vec<Vec<f64>>,
    /// `b_1, …, b_L`.
    b: Vec<Vec<f64>>,
    /// `v_1, …, v_L`.
    v: Vec<Vec<f64>>,
    /// `a_1, …, a_L`, `a_l = φ_l(x̂_{l+1})` with `x̂_{L+1} = x_L`.
    a: Vec<Vec<f64>>,
    /// `x̂_1, …, x̂_L`.
    decoded: Vec<Vec<f64>>,
    /// `φ_0(x̂_1)`.
    output: Vec<f64>,
}

impl Simulation {
    /// Shapes of the matrices.
    pub fn shapes(&self) -> Vec<Shape> {
        let shape = |l: usize| {
            let (rows, columns) = (self.net.width(l), self.net.width(l - 1));
            let fan = if self.departure == Departure::FanOut {
                columns as f64 / rows as f64
            } else {
                1.0
            };
            Shape { rows, columns, variance: fan * self.net.sigma_w2(l) }
        };
        (1..=self.net.depth).map(shape).collect()
    }

    /// Number of weights of the encoder.
    pub fn entries(&self) -> f64 {
        self.shapes().iter().map(|shape| shape.rows as f64 * shape.columns as f64).sum()
    }

    /// Draws weights and biases and runs the net. Weights and biases have streams of their own.
    pub fn pass(&self, stream: &Stream) -> Pass {
        let source = stream.substream(0);
        let rule = match self.departure {
            Departure::Untied => Conditioning::Untied,
            Departure::WithoutProjection => Conditioning::WithoutProjection,
            Departure::WithoutSignal => Conditioning::WithoutSignal,
            _ => Conditioning::Exact,
        };
        let tied = self.departure != Departure::Untied;
        match self.method {
            Method::Chain => self.run(&mut Chain::new(self.shapes(), rule, source), stream),
            Method::Dense => {
                self.run(&mut Dense::new(self.shapes(), self.law, source, tied), stream)
            }
        }
    }

    /// Runs the net on given weights.
    pub fn run(&self, weights: &mut dyn Weights, stream: &Stream) -> Pass {
        let (net, mut biases) = (&self.net, stream.substream(1));
        let depth = net.depth;
        let mut pass = Pass { x: vec![net.input()], ..Pass::default() };
        for l in 1..=depth {
            let sigma = net.sigma(l - 1);
            let s: Vec<f64> = pass.x[l - 1].iter().map(|&x| sigma.value(x)).collect();
            let mut x = vec![0.0; net.width(l)];
            weights.encode(l, &s, &mut x);
            let silent = self.departure == Departure::NoBiases;
            let b = bias(&mut biases, x.len(), if silent { 0.0 } else { net.sigma_b2(l) });
            x.iter_mut().zip(&b).for_each(|(x, b)| *x += b);
            pass.s.push(s);
            pass.b.push(b);
            pass.x.push(x);
        }
        pass.a = vec![Vec::new(); depth];
        pass.decoded = vec![Vec::new(); depth];
        pass.v = vec![Vec::new(); depth];
        for l in (1..=depth).rev() {
            let phi = net.phi(l);
            let above = if l == depth { &pass.x[depth] } else { &pass.decoded[l] };
            let a: Vec<f64> = above.iter().map(|&x| phi.value(x)).collect();
            let mut out = vec![0.0; net.width(l - 1)];
            weights.decode(l, &a, &mut out);
            let silent = l == 1 && self.departure == Departure::NoOutputBias;
            let v = bias(&mut biases, out.len(), if silent { 0.0 } else { net.sigma_v2(l) });
            out.iter_mut().zip(&v).for_each(|(x, v)| *x += v);
            pass.a[l - 1] = a;
            pass.v[l - 1] = v;
            pass.decoded[l - 1] = out;
        }
        pass.output = pass.decoded[0].iter().map(|&x| net.phi(0).value(x)).collect();
        pass
    }
}

/// Independent normals of the variance; zeros (and nothing drawn) for variance 0.
fn bias(stream: &mut Stream, length: usize, variance: f64) -> Vec<f64> {
    let mut bias = vec![0.0; length];
    if variance > 0.0 {
        stream.fill_normal(&mut bias);
        bias.iter_mut().for_each(|b| *b *= variance.sqrt());
    }
    bias
}

impl Pass {
    /// `x_l`, l = 0, …, L.
    pub fn x(&self, l: usize) -> &[f64] {
        &self.x[l]
    }

    /// `s_l = σ_l(x_l)`, l = 0, …, L − 1.
    pub fn s(&self, l: usize) -> &[f64] {
        &self.s[l]
    }

    /// `b_l`, l = 1, …, L.
    pub fn b(&self, l: usize) -> &[f64] {
        &self.b[l - 1]
    }

    /// `v_l`, l = 1, …, L.
    pub fn v(&self, l: usize) -> &[f64] {
        &self.v[l - 1]
    }

    /// `x̂_l`, l = 1, …, L.
    pub fn decoded(&self, l: usize) -> &[f64] {
        &self.decoded[l - 1]
    }

    /// The output `φ_0(x̂_1)`.
    pub fn output(&self) -> &[f64] {
        &self.output
    }

    /// `‖x_l‖²/n_l`, the estimator of τ_l².
    pub fn tau_sq(&self, l: usize) -> f64 {
        norm_sq(self.x(l)) / self.x(l).len() as f64
    }

    /// Estimators of γ_l and ρ_l, l = 2, …, L + 1 (Li & Nguyen 2019, Appendix B), with k = l − 1:
    /// `γ̂ = ⟨x̂_k, s_{k−1}⟩/(β_k ‖s_{k−1}‖²)`, `ρ̂ = [(‖x̂_k‖² − β_k² γ̂² ‖s_{k−1}‖²)/n_{k−1} − σ_v,k²]/β_k`.
    pub fn estimates(&self, net: &Autoencoder, l: usize) -> (f64, f64) {
        let k = l - 1;
        let (s, decoded, beta) = (self.s(k - 1), self.decoded(k), net.beta(k));
        let length = norm_sq(s);
        let gamma = dot(decoded, s) / (beta * length);
        let noise = (norm_sq(decoded) - (beta * gamma).powi(2) * length) / s.len() as f64;
        (gamma, (noise - net.sigma_v2(k)) / beta)
    }

    /// `⟨x̂_l, s_{l−1}⟩ − ⟨a_l, x_l − b_l⟩ − ⟨v_l, s_{l−1}⟩`, relative to the norms: 0 for tied weights
    /// of every kind. With `biased` the b_l is forgotten.
    pub fn transpose_gap(&self, l: usize, biased: bool) -> f64 {
        let (s, decoded, a) = (self.s(l - 1), self.decoded(l), &self.a[l - 1]);
        let mut right = dot(a, self.x(l)) + dot(self.v(l), s);
        if !biased {
            right -= dot(a, self.b(l));
        }
        let size =
            (norm_sq(decoded) * norm_sq(s)).sqrt() + (norm_sq(a) * norm_sq(self.x(l))).sqrt();
        (dot(decoded, s) - right).abs() / size.max(f64::MIN_POSITIVE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::StreamKey;
    use serde_json::json;

    fn simulation(value: serde_json::Value, method: Method, departure: Departure) -> Simulation {
        let net: Autoencoder = serde_json::from_value(value).unwrap();
        net.check().unwrap();
        Simulation { net, law: WeightLaw::Gauss, method, departure }
    }

    fn small() -> serde_json::Value {
        json!({"L": 3, "widths": [6, 9, 5, 7], "sigma_w2": [1.2, 0.9, 2.0], "sigma_b2": [0.1, 0.0, 0.3],
            "sigma_v2": [0.2, 0.1, 0.0], "sigma_0": "tanh", "sigma": ["relu", "tanh"],
            "phi": ["tanh", "relu", "tanh"], "phi_0": "tanh", "input": "sawtooth"})
    }

    fn moments(simulation: &Simulation, trials: u64, f: impl Fn(&Pass) -> f64) -> (f64, f64, f64) {
        let key = StreamKey::derive(9, "simulation", &format!("{:?}", simulation.method));
        let (mut sum, mut square, mut fourth) = (0.0, 0.0, 0.0);
        for trial in 0..trials {
            let value = f(&simulation.pass(&key.trial(trial)));
            sum += value;
            square += value * value;
            fourth += value.powi(4);
        }
        let n = trials as f64;
        (sum / n, square / n, fourth / n)
    }

    /// First and second moments of everything that the claims ask, dense against chain, at tiny widths,
    /// where a forgotten projection would show (its effect is of order 1/n).
    #[test]
    fn chain_and_dense_have_one_law() {
        let trials = 20_000;
        let dense = simulation(small(), Method::Dense, Departure::None);
        let chain = simulation(small(), Method::Chain, Departure::None);
        type Question = fn(&Pass) -> f64;
        let questions: [(&str, Question); 7] = [
            ("x_2", |pass| pass.x(2)[0]),
            ("|x_3|^2", |pass| pass.tau_sq(3)),
            ("decoded 3", |pass| pass.decoded(3)[0]),
            ("signal 2", |pass| dot(pass.decoded(2), pass.s(1))),
            ("|decoded 1|^2", |pass| norm_sq(pass.decoded(1)) / 6.0),
            ("output with x", |pass| dot(pass.output(), pass.x(0)) / 6.0),
            ("x_1 with decoded 2", |pass| dot(pass.x(1), pass.decoded(2)) / 9.0),
        ];
        for (name, question) in questions {
            let (a, b) = (moments(&dense, trials, question), moments(&chain, trials, question));
            let error = |x: (f64, f64, f64)| ((x.1 - x.0 * x.0).max(0.0) / trials as f64).sqrt();
            let apart = (a.0 - b.0).abs() / (error(a).hypot(error(b)));
            let spread = |x: (f64, f64, f64)| ((x.2 - x.1 * x.1).max(0.0) / trials as f64).sqrt();
            let apart_sq = (a.1 - b.1).abs() / spread(a).hypot(spread(b));
            // 14 comparisons of five standard errors fail by chance with probability 1e-5.
            assert!(apart < 5.0 && apart_sq < 5.0, "{name}: {apart} {apart_sq}");
        }
        let wrong = simulation(small(), Method::Chain, Departure::WithoutProjection);
        let (a, b) =
            (moments(&dense, trials, questions[4].1), moments(&wrong, trials, questions[4].1));
        assert!(b.0 - a.0 > 0.02, "a forgotten projection adds noise: {a:?} {b:?}");
    }

    #[test]
    fn the_transpose_identity_holds_for_every_law_and_both_methods() {
        for method in [Method::Chain, Method::Dense] {
            let pass = |departure| {
                let stream = StreamKey::derive(9, "identity", "").trial(0);
                simulation(small(), method, departure).pass(&stream)
            };
            let tied = pass(Departure::None);
            assert!((1..=3).all(|l| tied.transpose_gap(l, false) < 1e-14), "{method:?}");
            assert!(tied.transpose_gap(3, true) > 1e-3);
            assert!((1..=3).any(|l| pass(Departure::Untied).transpose_gap(l, false) > 1e-3));
        }
    }

    /// One linear layer: E γ̂ = 1 (exactly, at every n) for β = σ_W² m/n.
    #[test]
    fn the_estimator_of_a_linear_layer_is_unbiased() {
        let value = json!({"L": 1, "widths": [4, 6], "sigma_w2": 1, "sigma": "identity", "phi": "identity"});
        let linear = simulation(value, Method::Dense, Departure::None);
        let question = |pass: &Pass| pass.estimates(&linear.net, 2).0;
        let (mean, square, _) = moments(&linear, 20_000, question);
        assert!((mean - 1.0).abs() < 5.0 * ((square - mean * mean) / 20_000.0).sqrt());
    }
}
