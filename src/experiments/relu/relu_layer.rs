//! What one random layer does to the norm of one vector.
//!
//! R is an m × n matrix of independent N(0, `variance`) entries, u a fixed unit vector, and
//! v = (Ru) ⊙ z, where the mask z is the layer's own activation 1(Ru > 0) (`mask: relu`) or
//! independent Bernoulli(p) (`mask: bernoulli`; p = 1 is a linear layer, and the masked map is also the
//! backward step of a ReLU layer). `ratio` is ‖v‖²/‖u‖².
//!
//! Exact law (arpit2019, Lemmas 1, 2, 4, 5): ratio = `variance` · χ²_B with B ~ Bin(m, p), p = ½ for a
//! ReLU layer, whatever n and u. The error bars of the exact observables are proven bounds of rounding
//! and truncation. The sampled `ratio` draws the whole matrix, in single precision (see `src/models/single.rs`), and knows
//! nothing of the law; its variance, which the confidence interval of its mean uses, is the exact one, `variance`² m p (3 − p).
//!
//! `tail` takes a printed bound of P(|ratio − 1| > eps) as a formula in `eps`; `certified_eps(delta)`
//! inverts it, for comparison with the exact `distortion_quantile(delta)`.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::experiment::{
    Column, Definition, Enclosure, Failure, Observable, Parameters, Prepared, Tail,
};
use crate::models::function::{Function, Limit, bracket};
use crate::models::relu::relu_layer::LayerLaw;
use crate::models::single;
use crate::random::Stream;

/// What one random layer does to the norm of one vector.
pub static EXPERIMENT: Definition = Definition::of::<Params>(
    "what one random ReLU layer, or masked linear map, does to the norm of one vector",
    "fresh weights (and mask); the input is fixed",
    OBSERVABLES,
);

const OBSERVABLES: &[Observable] = &[
    Observable::sampled(
        "ratio",
        &[],
        r"\frac{\|v\|^2}{\|u\|^2}",
        "squared norm of the output relative to that of the input",
    ),
    Observable::exact(
        "outside",
        &["eps"],
        r"\mathbb{P}\left(\left|\tfrac{\|v\|^2}{\|u\|^2} - 1\right| > #1\right)",
        "probability that the squared norm changes by more than the fraction eps; the atom at 0 counts",
    ),
    Observable::exact(
        "ln_outside",
        &["eps"],
        r"\ln\mathbb{P}\left(\left|\tfrac{\|v\|^2}{\|u\|^2} - 1\right| > #1\right)",
        "logarithm of `outside`, for tails below the smallest double",
    ),
    Observable::exact(
        "above",
        &["x"],
        r"\mathbb{P}\left(\tfrac{\|v\|^2}{\|u\|^2} > #1\right)",
        "probability that the squared ratio exceeds x",
    ),
    Observable::exact(
        "below",
        &["x"],
        r"\mathbb{P}\left(\tfrac{\|v\|^2}{\|u\|^2} \le #1\right)",
        "distribution function of the squared ratio, the atom at 0 included",
    ),
    Observable::exact(
        "he_below",
        &["x"],
        r"F_{Q_m}\left(#1\right)",
        "distribution function of the squared ratio of a ReLU layer of this width with variance 2/m, whatever this layer's own variance and mask",
    ),
    Observable::exact(
        "density",
        &["x"],
        r"f_{\|v\|^2/\|u\|^2}\left(#1\right)",
        "density of the squared ratio at x > 0 (the atom at 0 is apart)",
    ),
    Observable::exact(
        "dead",
        &[],
        r"\mathbb{P}(v = 0)",
        "probability that the output vanishes, (1 − p)^m",
    ),
    Observable::exact(
        "mean_ratio",
        &[],
        r"\mathbb{E}\tfrac{\|v\|^2}{\|u\|^2}",
        "mean of the squared ratio, variance · m p",
    ),
    Observable::exact(
        "variance_ratio",
        &[],
        r"\mathrm{Var}\tfrac{\|v\|^2}{\|u\|^2}",
        "variance of the squared ratio, variance² · m p (3 − p)",
    ),
    Observable::exact(
        "mean_norm",
        &[],
        r"\mathbb{E}\tfrac{\|v\|}{\|u\|}",
        "mean of the ratio of the norms themselves (not squared)",
    ),
    Observable::exact(
        "mean_abs_norm",
        &[],
        r"\mathbb{E}\left|1 - \tfrac{\|v\|}{\|u\|}\right|",
        "mean absolute distortion of the norm",
    ),
    Observable::exact(
        "mean_abs_square",
        &[],
        r"\mathbb{E}\left|1 - \tfrac{\|v\|^2}{\|u\|^2}\right|",
        "mean absolute distortion of the squared norm",
    ),
    Observable::exact(
        "distortion_quantile",
        &["delta"],
        r"q_{1-#1}\left(\left|\tfrac{\|v\|^2}{\|u\|^2} - 1\right|\right)",
        "the eps with P(|ratio − 1| > eps) = delta",
    ),
    Observable::certified(
        "certified_eps",
        &["delta"],
        r"\varepsilon_{\mathrm{bound}}\left(#1\right)",
        "the eps at which the printed bound `tail` equals delta",
    ),
];

/// Layer and mask.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Width of the layer: rows of the matrix.
    m: u64,
    /// Number of inputs: columns of the matrix. The law does not depend on it, the sampling does.
    #[serde(default = "default_inputs")]
    n: u64,
    /// Variance of the weights; 2/m (He, fan-out) if left out.
    #[serde(default)]
    #[schemars(extend("format" = "formula"))]
    variance: Option<Limit>,
    /// Where the mask comes from.
    #[serde(default)]
    mask: Mask,
    /// Density of a Bernoulli mask; a ReLU's is ½.
    #[serde(default)]
    p: Option<f64>,
    /// A printed bound of P(|ratio − 1| > eps), as a formula in `eps`, decreasing on [0, 1].
    #[serde(default)]
    #[schemars(extend("format" = "formula"))]
    tail: Option<String>,
}

/// Where the mask comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Mask {
    /// The layer's own activation, 1(Ru > 0).
    #[default]
    Relu,
    /// Independent of the weights.
    Bernoulli,
}

fn default_inputs() -> u64 {
    16
}

/// Widest layer whose law is offered, and largest matrix that is drawn.
const WIDEST: u64 = 100_000_000;

impl Parameters for Params {
    fn prepare(self) -> Result<Box<dyn Prepared>, Failure> {
        for (name, size) in [("m", self.m), ("n", self.n)] {
            if !(1..=WIDEST).contains(&size) {
                let message = format!("{name} = {size} is out of range");
                return Err(Failure::parameter(message, "1 to 100 million"));
            }
        }
        let p = self.density()?;
        let law = match &self.variance {
            None => LayerLaw::he_fan_out(self.m),
            Some(variance) => {
                let variance = variance.value("variance")?.0;
                if !(variance > 0.0 && variance.is_finite()) {
                    let message = format!("variance = {variance} is not positive");
                    return Err(Failure::parameter(message, "give a positive number such as 2/m"));
                }
                LayerLaw::with_variance(self.m, variance)
            }
        };
        let tail = self.tail.map(|text| Function::parse("tail", &text, &["eps"])).transpose()?;
        let input = (1..=self.n).map(|j| j as f64).collect::<Vec<f64>>();
        let norm = input.iter().map(|x| x * x).sum::<f64>().sqrt();
        let input: Vec<f32> = input.into_iter().map(|x| (x / norm) as f32).collect();
        let input_square = input.iter().map(|x| f64::from(*x).powi(2)).sum();
        Ok(Box::new(Layer { law: law.with_mask(p), mask: self.mask, input, input_square, tail }))
    }
}

impl Params {
    fn density(&self) -> Result<f64, Failure> {
        match (self.mask, self.p) {
            (Mask::Relu, Some(p)) if p != 0.5 => {
                let message = format!("p = {p}, but a ReLU is active with probability 1/2");
                Err(Failure::parameter(message, "leave p out, or set `mask: bernoulli`"))
            }
            (_, None) => Ok(0.5),
            (_, Some(p)) if p > 0.0 && p <= 1.0 => Ok(p),
            (_, Some(p)) => {
                Err(Failure::parameter(format!("p = {p} is out of range"), "0 < p ≤ 1"))
            }
        }
    }
}

struct Layer {
    law: LayerLaw,
    mask: Mask,
    /// Vector with entries proportional to 1, …, n, no two alike, scaled to length 1 and rounded.
    input: Vec<f32>,
    /// What its rounding left of the squared length.
    input_square: f64,
    tail: Option<Function>,
}

impl Prepared for Layer {
    fn exact(&self, name: &str, arguments: &[f64]) -> Result<Enclosure, Failure> {
        let rounded = |x: f64| Ok(Enclosure::with_relative_error(x, 16.0 * f64::EPSILON));
        let law = &self.law;
        match (name, arguments) {
            ("outside", [eps]) => Ok(law.outside(*eps)),
            ("ln_outside", [eps]) => Ok(law.ln_tail_outside(*eps)),
            ("above", [x]) => Ok(law.sf(*x)),
            ("below", [x]) => Ok(law.cdf(*x)),
            ("he_below", [x]) => Ok(LayerLaw::he_fan_out(law.m).cdf(*x)),
            ("density", [x]) => Ok(law.pdf(*x)),
            ("dead", []) => Ok(Enclosure::with_relative_error(law.dead(), 1e-12)),
            ("mean_ratio", []) => rounded(law.mean()),
            ("variance_ratio", []) => rounded(law.variance()),
            ("mean_norm", []) => Ok(law.mean_norm()),
            ("mean_abs_norm", []) => Ok(law.mean_abs_norm()),
            ("mean_abs_square", []) => Ok(law.mean_abs_sq()),
            ("distortion_quantile", [delta]) => law
                .distortion_quantile(*delta)
                .map_err(|error| Failure::domain(format!("distortion_quantile({delta}): {error}"))),
            ("certified_eps", [delta]) => self.certified_eps(*delta),
            _ => Err(Failure::no_such_observable(name)),
        }
    }

    fn columns(&self) -> Vec<Column> {
        // The next double up: the true variance, not its rounding, is proven.
        let variance = self.law.variance() * (1.0 + 64.0 * f64::EPSILON);
        vec![Column::plain("ratio", Tail::Variance(variance))]
    }

    fn trial(&self, stream: &mut Stream, out: &mut [f64]) -> Result<(), Failure> {
        let (m, n) = (self.law.m as usize, self.input.len());
        let together = single::rows_in_cache(n).min(m);
        let mut rows = vec![0.0; together * n];
        let mut found = vec![0.0; together];
        let mut total = 0.0;
        for first in (0..m).step_by(together) {
            let count = together.min(m - first);
            let rows = &mut rows[..count * n];
            stream.fill_normal_f32(rows);
            single::products(rows, &self.input, &mut found[..count]);
            for a in &found[..count] {
                let active = match self.mask {
                    Mask::Relu => *a > 0.0,
                    Mask::Bernoulli => stream.bernoulli(self.law.p),
                };
                if active {
                    total += a * a;
                }
            }
        }
        out[0] = self.law.scale * total / self.input_square;
        Ok(())
    }

    fn cost(&self) -> f64 {
        8.0 * self.law.m as f64 * self.input.len() as f64
    }
}

impl Layer {
    fn certified_eps(&self, delta: f64) -> Result<Enclosure, Failure> {
        let Some(tail) = &self.tail else {
            return Err(Failure::domain("`certified_eps` needs the parameter `tail`"));
        };
        let excess = |eps| {
            let range = tail.enclose(&[crate::maths::Interval::point(eps)]);
            range - crate::maths::Interval::point(delta)
        };
        bracket(excess, 0.0, 1.0)
            .map_err(|failure| Failure::domain(format!("certified_eps({delta}): {failure}")))
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

    fn sample(layer: &dyn Prepared, trials: u64) -> Vec<f64> {
        let key = StreamKey::derive(7, "relu-layer", "test");
        let one = |trial| {
            let mut out = [0.0];
            layer.trial(&mut key.trial(trial), &mut out).unwrap();
            out[0]
        };
        (0..trials).map(one).collect()
    }

    /// Mean of f over the sample against an exact value, in standard errors.
    fn deviation(values: &[f64], f: impl Fn(f64) -> f64, exact: f64) -> f64 {
        let n = values.len() as f64;
        let mean = values.iter().map(|x| f(*x)).sum::<f64>() / n;
        let spread = values.iter().map(|x| (f(*x) - mean).powi(2)).sum::<f64>() / (n - 1.0);
        (mean - exact) / (spread / n).sqrt()
    }

    #[test]
    fn matrices_obey_the_exact_law() {
        for value in [
            json!({"m": 30, "n": 7}),
            json!({"m": 30, "n": 7, "variance": "1/30"}),
            json!({"m": 20, "n": 5, "mask": "bernoulli", "p": 0.25, "variance": 0.2}),
            json!({"m": 12, "n": 3, "mask": "bernoulli", "p": 1.0}),
        ] {
            let layer = prepare(value.clone());
            let values = sample(layer.as_ref(), 20_000);
            let exact = |name: &str, arguments: &[f64]| layer.exact(name, arguments).unwrap().value;
            let mean = exact("mean_ratio", &[]);
            let checks = [
                deviation(&values, |x| x, mean),
                deviation(&values, |x| (x - mean).powi(2), exact("variance_ratio", &[])),
                deviation(&values, f64::sqrt, exact("mean_norm", &[])),
                deviation(&values, |x| (1.0 - x.sqrt()).abs(), exact("mean_abs_norm", &[])),
                deviation(&values, |x| (1.0 - x).abs(), exact("mean_abs_square", &[])),
                deviation(&values, |x| f64::from((x - 1.0).abs() > 0.3), exact("outside", &[0.3])),
                deviation(&values, |x| f64::from(x <= 0.8), exact("below", &[0.8])),
            ];
            // Five standard errors: 28 checks fail together with probability below 2e-5.
            assert!(checks.iter().all(|z| z.abs() < 5.0), "{value}: {checks:?}");
        }
    }

    #[test]
    fn moments_by_hand() {
        let layer =
            prepare(json!({"m": 40, "mask": "bernoulli", "p": 0.25, "variance": "1/(0.25*40)"}));
        let exact = |name: &str| layer.exact(name, &[]).unwrap();
        assert!((exact("mean_ratio").value - 1.0).abs() < 1e-14);
        // (3/p − 1)/m
        assert!((exact("variance_ratio").value - 11.0 / 40.0).abs() < 1e-14);
    }

    #[test]
    fn a_printed_bound_is_inverted() {
        let layer = prepare(json!({"m": 10, "tail": "2*exp(-10*eps^2)"}));
        let eps = layer.exact("certified_eps", &[0.05]).unwrap();
        let exact = (40_f64.ln() / 10.0).sqrt();
        assert!(eps.lo <= exact && exact <= eps.hi && eps.hi - eps.lo < 1e-14, "{eps:?}");
        assert!(layer.exact("certified_eps", &[1e-9]).is_err());
        assert!(prepare(json!({"m": 10})).exact("certified_eps", &[0.05]).is_err());
    }

    #[test]
    fn wrong_parameters_are_refused() {
        for value in [
            json!({"m": 0}),
            json!({"m": 10, "p": 0.3}),
            json!({"m": 10, "mask": "bernoulli", "p": 0.0}),
            json!({"m": 10, "variance": "-1"}),
            json!({"m": 10, "variance": "2/k"}),
            json!({"m": 10, "tail": "exp(-x)"}),
            json!({"m": 10, "what": 1}),
        ] {
            assert!((EXPERIMENT.prepare)(&value).is_err(), "{value}");
        }
    }
}
