//! One random layer used forwards and, transposed, backwards: `f(u) = Wᵀ φ(g(Wσ(u) + b)) + v`.
//!
//! W is m × n with entries of variance σ_W²/n, g a map of ℝᵐ that may mix units (Li & Nguyen 2019, Proposition 5,
//! Corollary 6, Section 2.2 and Appendix E.2). A trial draws W, b, v (and u, if it is random) afresh, as matrices
//! (`method: dense`, any law of the entries) or from the exact law of Gaussian W (`method: chain`,
//! O(n + m) numbers). Predictions are closed forms or quadratures with error bars; they are those of
//! `src/models/autoencoder/tied_layer.rs`, whatever the law and the rule.

mod observables;

use schemars::JsonSchema;
use serde::Deserialize;

use observables::OBSERVABLES;

use crate::experiment::{Column, Definition, Enclosure, Failure, Parameters, Prepared, Tail};
use crate::maths::{NumericalError, normal};
use crate::models::autoencoder::activation::Activation;
use crate::models::autoencoder::chain::Conditioning;
use crate::models::autoencoder::simulation::Method;
use crate::models::autoencoder::tied_layer::{Bias, Inner, LARGEST_SINGULAR, TiedLayer, Vector};
use crate::models::autoencoder::weight_law::WeightLaw;
use crate::models::autoencoder::weights::{dot, norm_sq};
use crate::models::function::Limit;
use crate::random::Stream;

/// One random layer used forwards and backwards.
pub static EXPERIMENT: Definition = Definition::of::<Params>(
    "one tied random layer around a map that may mix its units",
    "fresh weights and biases, and a fresh input where it is random",
    OBSERVABLES,
);

/// The layer, and how it is drawn.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Length of u.
    n: usize,
    /// Length of Wσ(u).
    m: usize,
    /// σ_W²: n times the variance of an entry.
    #[serde(default = "one")]
    #[schemars(extend("format" = "formula"))]
    sigma_w2: Limit,
    /// σ, applied to u.
    #[serde(default = "identity")]
    sigma: String,
    /// φ, applied to g.
    #[serde(default = "identity")]
    phi: String,
    /// The map g.
    #[serde(default)]
    inner: Inner,
    /// The vector u.
    #[serde(default)]
    vector: Vector,
    /// Variance of the entries of a Gaussian u.
    #[serde(default = "unit")]
    sigma_u2: f64,
    /// Constant part of the bias b.
    #[serde(default)]
    bias: f64,
    /// Part of b that changes sign from entry to entry.
    #[serde(default)]
    alternating_bias: f64,
    /// Variance of the random part of b.
    #[serde(default)]
    sigma_b2: f64,
    /// Variance of v.
    #[serde(default)]
    sigma_v2: f64,
    /// Applied to f(u) in the end.
    #[serde(default = "identity")]
    outer: String,
    /// Law of the entries of W (`method: dense`).
    #[serde(default)]
    dist: WeightLaw,
    /// How W is drawn.
    #[serde(default)]
    method: Method,
    /// What the decoder remembers of the encoder's weights.
    #[serde(default)]
    rule: Rule,
}

/// What the decoder remembers of the encoder's weights.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Rule {
    /// Everything: the transposed matrix.
    #[default]
    Tied,
    /// Nothing: an independent matrix.
    Untied,
    /// The part along s, without the projection (chain only).
    WithoutProjection,
    /// Nothing along s, but the projection (chain only).
    WithoutSignal,
}

const fn one() -> Limit {
    Limit::Number(1.0)
}
const fn unit() -> f64 {
    1.0
}
fn identity() -> String {
    "identity".into()
}

/// Largest layer.
const LARGEST: usize = 1_000_000;
/// Entries of f that are shown.
const SHOWN: usize = 10;

impl Parameters for Params {
    fn prepare(self) -> Result<Box<dyn Prepared>, Failure> {
        if !(1..=LARGEST).contains(&self.n) || !(1..=LARGEST).contains(&self.m) {
            let message = format!("n = {}, m = {} is out of range", self.n, self.m);
            return Err(Failure::parameter(message, format!("1 to {LARGEST}")));
        }
        let sigma_w2 = self.sigma_w2.value("sigma_w2")?.0;
        let variances = [sigma_w2, self.sigma_u2, self.sigma_b2, self.sigma_v2];
        let fine = |x: &f64| (0.0..1e12).contains(x);
        if !variances.iter().all(fine)
            || !self.bias.is_finite()
            || !self.alternating_bias.is_finite()
        {
            let message = format!("the variances {variances:?} or the biases are out of range");
            return Err(Failure::parameter(message, "variances are finite and not negative"));
        }
        let rule = match self.rule {
            Rule::Tied => Conditioning::Exact,
            Rule::Untied => Conditioning::Untied,
            Rule::WithoutProjection => Conditioning::WithoutProjection,
            Rule::WithoutSignal => Conditioning::WithoutSignal,
        };
        let chain = self.method == Method::Chain;
        if chain && self.dist != WeightLaw::Gauss {
            let message = "the chain sampler is exact for Gaussian weights only";
            return Err(Failure::parameter(message, "use `method: dense`"));
        }
        if !chain && matches!(self.rule, Rule::WithoutProjection | Rule::WithoutSignal) {
            let message = "matrices can't forget a part of themselves";
            return Err(Failure::parameter(message, "use `method: chain`"));
        }
        if self.vector == Vector::SingularVector && (chain || self.n * self.m > LARGEST_SINGULAR) {
            let message = "the singular vector needs a matrix, and not a large one";
            let hint = format!("`method: dense`, n m at most {LARGEST_SINGULAR}");
            return Err(Failure::parameter(message, hint));
        }
        let layer = TiedLayer {
            n: self.n,
            m: self.m,
            sigma_w2,
            sigma: Activation::parse(&self.sigma)?,
            phi: Activation::parse(&self.phi)?,
            inner: self.inner,
            vector: self.vector,
            sigma_u2: self.sigma_u2,
            bias: Bias {
                constant: self.bias,
                alternating: self.alternating_bias,
                variance: self.sigma_b2,
            },
            sigma_v2: self.sigma_v2,
            outer: Activation::parse(&self.outer)?,
            law: self.dist,
            method: self.method,
            rule,
        };
        Ok(Box::new(Layer { layer }))
    }
}

struct Layer {
    layer: TiedLayer,
}

impl Prepared for Layer {
    fn exact(&self, name: &str, arguments: &[f64]) -> Result<Enclosure, Failure> {
        let failed = |error: NumericalError| Failure::domain(error.to_string());
        let layer = &self.layer;
        match (name, arguments) {
            ("standard_normal", [x]) => Ok(Enclosure::with_relative_error(normal::cdf(*x), 1e-14)),
            ("tau2", _) => layer.tau_sq().map_err(failed),
            ("gamma", _) => Ok(layer.gamma_rho().map_err(failed)?.0),
            ("rho", _) => Ok(layer.gamma_rho().map_err(failed)?.1),
            ("out_sq_limit", _) => Ok(layer.output().map_err(failed)?[0]),
            ("out_overlap_limit", _) => Ok(layer.output().map_err(failed)?[1]),
            _ => Err(Failure::no_such_observable(name)),
        }
    }

    fn columns(&self) -> Vec<Column> {
        const PLAIN: [&str; 11] = [
            "gamma_hat",
            "rho_hat",
            "gain",
            "overlap",
            "activation_sq",
            "signal_noise",
            "out_sq",
            "out_overlap",
            "ratio_sq",
            "rest",
            "noise_along",
        ];
        let mut columns: Vec<Column> = PLAIN.map(|name| Column::plain(name, Tail::Unknown)).into();
        columns.extend((1..=SHOWN).map(|i| Column::indexed("entry", i, Tail::Unknown)));
        columns.extend((1..=2).map(|i| Column::indexed("y", i, Tail::Unknown)));
        columns
    }

    fn trial(&self, stream: &mut Stream, out: &mut [f64]) -> Result<(), Failure> {
        let layer = &self.layer;
        let draw = layer.draw(stream);
        let (gamma, rho) = draw.estimates(layer);
        let (n, m) = (layer.n as f64, layer.m as f64);
        let output: Vec<f64> = draw.f.iter().map(|&f| layer.outer.value(f)).collect();
        let input = match layer.vector {
            Vector::Gaussian => layer.sigma_u2,
            _ => norm_sq(&draw.u) / n,
        };
        let (through, back) =
            (dot(&draw.y, &draw.a), dot(&draw.s, &draw.f) - dot(&draw.s, &draw.v));
        let scale = (layer.sigma_w2 / n * norm_sq(&draw.a) * norm_sq(&draw.s)).sqrt();
        let mut record = vec![
            gamma,
            rho,
            layer.beta() * gamma,
            through / m,
            norm_sq(&draw.a) / m,
            (back - through) / n,
            norm_sq(&output) / n,
            dot(&draw.u, &output) / (n * input),
            norm_sq(&draw.f) / norm_sq(&draw.u),
            draw.standard_rest(layer),
            back / scale,
        ];
        record.extend((0..SHOWN).map(|i| draw.f.get(i).copied().unwrap_or(f64::NAN)));
        record.extend((0..2).map(|i| draw.standard_y(layer, i)));
        out.copy_from_slice(&record);
        Ok(())
    }

    fn cost(&self) -> f64 {
        let (n, m) = (self.layer.n as f64, self.layer.m as f64);
        let matrix = if self.layer.method == Method::Dense { 12.0 * n * m } else { 0.0 };
        let repeats = if self.layer.vector == Vector::SingularVector { 400.0 } else { 1.0 };
        matrix * repeats + 60.0 * (n + m)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::StreamKey;
    use serde_json::{Value, json};

    fn prepare(value: Value) -> Box<dyn Prepared> {
        (EXPERIMENT.prepare)(&value).unwrap()
    }

    fn means(layer: &dyn Prepared, trials: u64, name: &str) -> (f64, f64) {
        let columns = layer.columns();
        let at = columns.iter().position(|column| column.observable == name).unwrap();
        let key = StreamKey::derive(6, "tied-layer", "test");
        let (mut sum, mut square) = (0.0, 0.0);
        for trial in 0..trials {
            let mut out = vec![0.0; columns.len()];
            layer.trial(&mut key.trial(trial), &mut out).unwrap();
            sum += out[at];
            square += out[at] * out[at];
        }
        let n = trials as f64;
        (sum / n, ((square / n - (sum / n).powi(2)) / n).sqrt())
    }

    /// E f = β E[φ′(τz)] u exactly, and for the identity E‖f‖²/‖u‖² = β² + βσ_W² + βσ_W²/n, at every n.
    #[test]
    fn moments_are_exact_at_tiny_sizes() {
        for method in ["chain", "dense"] {
            let tanh = json!({"n": 3, "m": 5, "phi": "tanh", "vector": "ones", "method": method});
            let layer = prepare(tanh);
            let beta = 5.0 / 3.0;
            let expected = beta * layer.exact("gamma", &[]).unwrap().value;
            let (mean, error) = means(layer.as_ref(), 20_000, "gain");
            assert!((mean - expected).abs() < 5.0 * error, "{method} {mean} {expected}");
            let linear = prepare(json!({"n": 3, "m": 5, "method": method}));
            let (mean, error) = means(linear.as_ref(), 20_000, "ratio_sq");
            let expected = beta * beta + beta + beta / 3.0;
            assert!((mean - expected).abs() < 5.0 * error, "{method} {mean} {expected}");
            let (mean, error) = means(linear.as_ref(), 5000, "rest");
            assert!(mean.abs() < 5.0 * error && (error * 5000_f64.sqrt() - 1.0).abs() < 0.06);
        }
    }

    /// The setting of Corollary 6, against mpmath.
    #[test]
    fn the_output_of_the_gaussian_setting() {
        let layer = prepare(
            json!({"n": 1000, "m": 2000, "sigma_w2": 0.8, "sigma_b2": 0.25, "sigma_v2": 0.5,
            "sigma_u2": 1.44, "sigma": "relu", "phi": "tanh", "inner": "pairs", "vector": "gaussian",
            "outer": "relu"}),
        );
        let exact = |name: &str| layer.exact(name, &[]).unwrap();
        assert!((exact("tau2").value - 0.576).abs() < 1e-12);
        for (name, expected) in C6 {
            let found = exact(name);
            assert!((found.value - expected).abs() < 1e-9, "{name} {found:?} {expected}");
            assert!(found.hi - found.lo < 1e-8);
        }
    }

    const C6: [(&str, f64); 4] = [
        ("gamma", 0.452_692_906_202_474_4),
        ("rho", 0.359_795_552_458_369_3),
        ("out_sq_limit", 1.073_449_670_307_931),
        ("out_overlap_limit", 0.261_484_190_281_563_2),
    ];

    #[test]
    fn wrong_parameters_are_refused() {
        for value in [
            json!({"n": 0, "m": 1}),
            json!({"n": 2, "m": 2, "sigma_w2": -1}),
            json!({"n": 2, "m": 2, "dist": "laplace"}),
            json!({"n": 2, "m": 2, "method": "dense", "rule": "without-signal"}),
            json!({"n": 2, "m": 2, "vector": "singular-vector"}),
            json!({"n": 2, "m": 2, "phi": "tahn"}),
        ] {
            assert!((EXPERIMENT.prepare)(&value).is_err(), "{value}");
        }
    }
}
