//! Gradient norms of every layer of a random ReLU net, and norms of its activations.
//!
//! One input `x` (or several through the same weights), a net without biases, a loss, and
//!
//! `ρ_l = ‖∂ℓ/∂W_l‖_F²/(‖δ_L‖² ‖x‖²) = ‖δ_l‖² ‖h_{l−1}‖²/(‖δ_L‖² ‖x‖²)` (Arpit & Bengio 2019, Eqs. 17–19, 23),
//!
//! `δ_l = ∂ℓ/∂a_l`. Theorem 3 says that `ρ_l` is near 1 in every layer if the errors were independent
//! of masks and weights; for an actual loss the exact law (`src/models/relu/backward.rs`) says more:
//! `‖δ_l‖² = S²/‖h_l‖² + σ_{l+1}² ‖δ_{l+1}‖² χ²_{B_l−1}` with `S = h_l·δ_l` the same for all `l`.
//!
//! `method: reduced` draws this law, in `O(L + K)` a trial and without matrices; `method: full` draws
//! weight matrices and inputs `x ~ N(0, I)`, in single precision beyond 2²¹ weights. The laws are the same (tested in
//! `src/models/relu/backward_full.rs`). With several inputs a trial holds means over them (largest values
//! for the distortions): they share the weights and are not independent trials.
//!
//! Exact observables: moments by the linear recursion of `src/models/relu/backward_moments.rs` (losses whose
//! alignment with `h_L` does not depend on the size of `h_L`: all but random targets and
//! cross-entropy), error bars from rounding and from dead layers (`2^{−n}`). The `assumed_…` ones
//! are those of Theorem 3's step-wise assumption, which an independent `δ_L` makes true of each `ρ_l`
//! (`src/models/relu/stepwise_gradient.rs`); the failures are convolutions with an error bar.

mod observables;

use schemars::JsonSchema;
use serde::Deserialize;

use observables::OBSERVABLES;

use crate::experiment::{Column, Definition, Enclosure, Failure, Parameters, Prepared, Tail};
use crate::models::relu::backward::{self, Loss, Profile, larger};
use crate::models::relu::layers::Layers;
use crate::models::relu::net_description::NetDescription;
use crate::models::relu::{backward_full, backward_moments, stepwise_gradient};
use crate::random::Stream;

/// What the output error comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LossName {
    /// A random direction `δ_L`, independent of weights and input, not masked.
    #[default]
    Independent,
    /// `½‖h_L‖²`, regression on the target 0.
    HalfSquare,
    /// The sum of the outputs `h_L`.
    Sum,
    /// `½‖h_L − t‖²`, `t` uniform on the sphere of radius `‖x‖`.
    RandomTarget,
    /// Softmax cross-entropy over `K` classes, Gaussian readout, targets uniforms divided by their sum.
    CrossEntropy,
}

/// How profiles are drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// From the exact law, without matrices; one input a trial.
    #[default]
    Reduced,
    /// From weight matrices.
    Full,
}

/// Parameters.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Layers.
    #[serde(flatten)]
    layers: Layers,
    /// Every trial draws its own widths, independent and uniform on the whole numbers `n − v` to `n + v`.
    #[serde(default)]
    v: usize,
    /// What the output error comes from.
    #[serde(default)]
    loss: LossName,
    /// Number of classes of `cross-entropy`.
    #[serde(default = "twenty", rename = "K")]
    classes: usize,
    /// Variance of the readout weights of `cross-entropy`.
    #[serde(default = "one")]
    readout: f64,
    /// `reduced` or `full`.
    #[serde(default)]
    method: Method,
    /// Inputs through each network (`full` only).
    #[serde(default = "single")]
    inputs: usize,
}

const fn twenty() -> usize {
    20
}

const fn one() -> f64 {
    1.0
}

const fn single() -> usize {
    1
}

/// Gradient norms of every layer.
pub static EXPERIMENT: Definition = Definition::of::<Params>(
    "norms of all layers' weight gradients and activations in a random ReLU net",
    "fresh weights, input, target and readout",
    OBSERVABLES,
);

struct Instance {
    net: NetDescription,
    loss: Loss,
    method: Method,
    inputs: usize,
    spread: usize,
}

impl Parameters for Params {
    fn prepare(self) -> Result<Box<dyn Prepared>, Failure> {
        let net = self.layers.net()?;
        if self.v > 0 && (self.layers.widths.is_some() || net.widths[0] <= self.v) {
            let message = "`v` needs one width `n` of all layers, above it";
            return Err(Failure::parameter(message, "give `n` and `L`"));
        }
        if self.method == Method::Reduced && self.inputs != 1 {
            let message =
                format!("`inputs` is {}, but the reduced law is that of one input", self.inputs);
            return Err(Failure::parameter(message, "use `method: full`"));
        }
        if self.inputs == 0 || self.classes < 2 || !(self.readout > 0.0 && self.readout.is_finite())
        {
            let message = "`inputs`, `K` and `readout` must be at least 1, at least 2 and positive";
            return Err(Failure::parameter(message, ""));
        }
        if self.loss == LossName::Independent && net.depth() == 1 && self.method == Method::Full {
            // Harmless but for `S`, which nothing reads; kept out so that no reader wonders.
            let message = "an independent `δ_L` on one layer has nothing to go through";
            return Err(Failure::parameter(message, "use `L` of at least 2"));
        }
        let loss = match self.loss {
            LossName::Independent => Loss::Independent,
            LossName::HalfSquare => Loss::HalfSquare,
            LossName::Sum => Loss::Sum,
            LossName::RandomTarget => Loss::RandomTarget,
            LossName::CrossEntropy => {
                Loss::CrossEntropy { classes: self.classes, readout: self.readout }
            }
        };
        let (method, inputs, spread) = (self.method, self.inputs, self.v);
        Ok(Box::new(Instance { net, loss, method, inputs, spread }))
    }
}

impl Instance {
    fn layer(&self, argument: f64) -> Result<usize, Failure> {
        let depth = self.net.depth();
        if argument.fract() != 0.0 || !(1.0..=depth as f64).contains(&argument) {
            return Err(Failure::domain(format!("there is no layer {argument} of {depth}")));
        }
        Ok(argument as usize)
    }

    fn moments(&self, l: usize) -> Option<backward_moments::TwoMoments> {
        if self.spread > 0 {
            return None;
        }
        backward_moments::sq_ratio(&self.net, self.loss, l)
    }

    /// Variance of the squared ratio, with its error bar.
    fn variance(&self, l: usize) -> Option<Enclosure> {
        let moments = self.moments(l)?;
        let (mean, second) = (moments.mean, moments.second);
        let radius = second.radius() + 2.0 * mean.value * mean.radius();
        let value = second.value - mean.value * mean.value;
        value.is_finite().then(|| Enclosure::with_error(value, radius + 1e-15 * second.value))
    }

    /// The tail of the squared ratio: its variance is known for some losses (a mean over inputs has
    /// no larger one).
    fn tail(&self, l: usize) -> Tail {
        self.variance(l).map_or(Tail::Unknown, |variance| Tail::Variance(variance.hi))
    }

    fn failure(&self, name: &str, l: usize, eps: Option<&f64>) -> Result<Enclosure, Failure> {
        let eps = eps.copied().unwrap_or(f64::NAN);
        if !(eps > 0.0 && eps < 1.0) {
            return Err(Failure::domain(format!("`eps` is {eps}, not between 0 and 1")));
        }
        let band = |k: usize| ((1.0 - eps).powi(k as i32), (1.0 + eps).powi(k as i32));
        let found = if name == "assumed_failure" {
            let (lo, hi) = band(self.net.depth());
            stepwise_gradient::failure(&self.net, l, lo, hi)
        } else {
            let (lo, hi) = band(l);
            stepwise_gradient::forward_failure(&self.net, l, lo, hi)
        };
        found.map_err(|error| Failure::domain(error.to_string()))
    }

    fn profiles(&self, stream: &mut Stream) -> Vec<Profile> {
        let mut net = self.net.clone();
        if self.spread > 0 {
            let mut widths = stream.substream(2);
            for width in &mut net.widths {
                *width = *width - self.spread + widths.below(2 * self.spread as u64 + 1) as usize;
            }
        }
        match self.method {
            Method::Reduced => {
                let input = stream.chi_squared(net.input as f64);
                vec![backward::draw(&net, self.loss, input, stream)]
            }
            Method::Full => backward_full::draw(&net, self.loss, self.inputs, stream),
        }
    }
}

impl Prepared for Instance {
    fn exact(&self, name: &str, arguments: &[f64]) -> Result<Enclosure, Failure> {
        let Some(&argument) = arguments.first() else {
            return Err(Failure::no_such_observable(name));
        };
        let l = self.layer(argument)?;
        let unknown = || Failure::domain("no closed form is known for this loss");
        match name {
            "width" => Ok(Enclosure::point(self.net.width(l) as f64)),
            "mean_sq_ratio" => Ok(self.moments(l).ok_or_else(unknown)?.mean),
            "var_sq_ratio" => self.variance(l).ok_or_else(unknown),
            "assumed_mean_norm" => Ok(stepwise_gradient::mean_norm(&self.net, l)),
            "assumed_var_sq" => Ok(stepwise_gradient::variance_sq(&self.net, l)),
            "assumed_failure" | "forward_failure" => self.failure(name, l, arguments[1..].first()),
            _ => Err(Failure::no_such_observable(name)),
        }
    }

    fn columns(&self) -> Vec<Column> {
        let depth = self.net.depth();
        let per_layer = |name, tail: &dyn Fn(usize) -> Tail| -> Vec<Column> {
            (1..=depth).map(|l| Column::indexed(name, l, tail(l))).collect()
        };
        let unknown = |_| Tail::Unknown;
        let mut columns = per_layer("sq_ratio", &|l| self.tail(l));
        columns.extend(per_layer("norm_ratio", &unknown));
        columns.extend(per_layer("forward_sq_ratio", &unknown));
        columns.push(Column::plain("gradient_distortion", Tail::Unknown));
        columns.push(Column::plain("forward_distortion", Tail::Unknown));
        if self.loss != Loss::Independent {
            columns.push(Column::plain("cos2", Tail::Bounded { lo: 0.0, hi: 1.0 }));
            columns.push(Column::plain("aligned", Tail::Unknown));
            columns.push(Column::plain("worst_factor", Tail::Unknown));
        }
        columns
    }

    fn trial(&self, stream: &mut Stream, out: &mut [f64]) -> Result<(), Failure> {
        out.fill(0.0);
        let profiles = self.profiles(stream);
        for profile in &profiles {
            record(profile, self.loss, 1.0 / profiles.len() as f64, out);
        }
        Ok(())
    }

    fn cost(&self) -> f64 {
        let depth = self.net.depth();
        match self.method {
            Method::Reduced => 200.0 * depth as f64 + 1000.0,
            Method::Full => {
                let weights = self.net.weights() as f64;
                weights * (20.0 + 4.0 * self.inputs as f64)
            }
        }
    }
}

/// Adds one profile's share to a record.
fn record(profile: &Profile, loss: Loss, share: f64, out: &mut [f64]) {
    let depth = profile.depth();
    for l in 1..=depth {
        let ratio = profile.sq_ratio(l);
        out[l - 1] += share * ratio;
        out[depth + l - 1] += share * ratio.sqrt();
        out[2 * depth + l - 1] += share * profile.forward[l] / profile.forward[0];
    }
    let rest = &mut out[3 * depth..];
    rest[0] = larger(rest[0], profile.gradient_distortion());
    rest[1] = larger(rest[1], profile.forward_distortion());
    if loss == Loss::Independent {
        return;
    }
    let cos2 = profile.cos2().min(1.0);
    rest[2] += share * cos2;
    rest[3] += share * cos2 * profile.forward_factor(depth);
    rest[4] = larger(rest[4], profile.worst_factor());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::StreamKey;

    fn prepared(parameters: serde_json::Value) -> Box<dyn Prepared> {
        (EXPERIMENT.prepare)(&parameters).unwrap()
    }

    /// Records of so many trials.
    fn records(parameters: serde_json::Value, trials: u64) -> (Vec<Column>, Vec<Vec<f64>>) {
        let key = StreamKey::derive(4, "gradient-norms", &parameters.to_string());
        let instance = prepared(parameters);
        let columns = instance.columns();
        let rows = (0..trials).map(|trial| {
            let mut out = vec![f64::NAN; columns.len()];
            instance.trial(&mut key.trial(trial), &mut out).unwrap();
            out
        });
        let rows = rows.collect();
        (columns, rows)
    }

    fn mean_and_error(rows: &[Vec<f64>], k: usize) -> (f64, f64) {
        let n = rows.len() as f64;
        let mean = rows.iter().map(|row| row[k]).sum::<f64>() / n;
        let variance = rows.iter().map(|row| (row[k] - mean).powi(2)).sum::<f64>() / n;
        (mean, (variance / n).sqrt())
    }

    /// Every column's mean, reduced against full, within 6.5 standard errors of their difference.
    #[test]
    fn methods_agree() {
        for loss in ["independent", "half-square", "cross-entropy"] {
            let at = |method: &str, inputs: usize| {
                serde_json::json!({"n": 32, "L": 4, "n0": 10, "loss": loss, "K": 5,
                                   "method": method, "inputs": inputs})
            };
            let (columns, reduced) = records(at("reduced", 1), 20_000);
            let (_, full) = records(at("full", 1), 4000);
            for (k, column) in columns.iter().enumerate() {
                let (a, b) = (mean_and_error(&reduced, k), mean_and_error(&full, k));
                let z = (a.0 - b.0).abs() / a.1.hypot(b.1).max(1e-12);
                assert!(z < 6.5, "{loss} {column:?}: {a:?} {b:?}");
            }
        }
    }

    #[test]
    fn widths_of_every_trial_are_drawn() {
        let parameters = serde_json::json!({"n": 300, "L": 4, "v": 200, "n0": 5});
        let (_, rows) = records(parameters, 4000);
        // E[n_1/n_4] over independent uniform widths: (300/400) ln(500/100).
        let (mean, error) = mean_and_error(&rows, 0);
        assert!((mean - 0.75 * 5.0_f64.ln()).abs() < 6.5 * error, "{mean} ± {error}");
        assert_eq!(records(serde_json::json!({"n": 300, "L": 4}), 3).1.len(), 3);
    }

    #[test]
    fn impossible_parameters_are_refused() {
        for parameters in [
            serde_json::json!({"n": 10}),
            serde_json::json!({"L": 3, "widths": [10, 10]}),
            serde_json::json!({"n": 10, "L": 3, "v": 10}),
            serde_json::json!({"widths": [10, 0]}),
            serde_json::json!({"n": 10, "L": 2, "inputs": 3}),
            serde_json::json!({"n": 10, "L": 2, "K": 1}),
        ] {
            assert!((EXPERIMENT.prepare)(&parameters).is_err(), "{parameters}");
        }
        let instance = prepared(serde_json::json!({"n": 10, "L": 2, "loss": "cross-entropy"}));
        assert!(instance.exact("mean_sq_ratio", &[1.0]).is_err());
        assert!(instance.exact("width", &[3.0]).is_err());
    }
}
