//! Norms of the activations of a deep random network, layer by layer.
//!
//! For one input `x ≠ 0` and Gaussian weights of variance `v_j` in layer `j`,
//!
//! `‖h_l‖² / ‖x‖² = ∏_{j ≤ l} v_j χ²_{B_j}`, with independent factors,
//!
//! where `B_j` is Binomial(`n_j`, ½) for ReLU units and `n_j` for linear ones: given `h_{j−1}`, the
//! pre-activations of layer `j` are independent normals of variance `v_j ‖h_{j−1}‖²`, whatever its
//! direction (Arpit & Bengio 2019, Lemma 1 and Theorem 1, where `v_j = 2/n_j`). From this follow, for
//! that initialisation, `E = 1`, `Var = ∏(1 + 5/n_j) − 1` and `E ‖h_l‖/‖x‖ = ∏ E√Q_{n_j}`.
//!
//! Moments are finite sums. Probabilities of the product come from a convolution of the laws of the
//! logarithms, with an error bar (`quadrature`); where they are smaller than that error, the upper end
//! is a union bound over the layers with exact one-layer tails.
//!
//! Trials draw either the factors (`method: reduced`) or the weight matrices with Gaussian inputs
//! (`method: full`); the unit tests hold one against the other. Nets of more than 2²¹ weights are drawn in single
//! precision, which moves a ratio by some millionths. With `N` inputs, all of them pass
//! through the same weights: a trial is one network, and `min_sq` and `max_sq` are taken over its
//! inputs. With tied weights (layers 2, …, L share one matrix) the product law does not hold, and
//! only trials are offered.

mod observables;

use nalgebra::DMatrix;
use schemars::JsonSchema;
use serde::Deserialize;

use observables::OBSERVABLES;

use crate::experiment::{Column, Definition, Enclosure, Failure, Parameters, Prepared, Tail};
use crate::models::relu::deep_norm::DeepNorm;
use crate::models::relu::layers::Layers;
use crate::models::relu::net::{Activation, NetDescription};
use crate::models::relu::net_law;
use crate::random::Stream;

/// Norms of the activations of a deep random network.
pub static EXPERIMENT: Definition = Definition::of::<Params>(
    "norms of the activations of a deep random network, layer by layer",
    "a network: fresh weights, and fresh Gaussian inputs that share them",
    OBSERVABLES,
);

/// How trials are drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// The independent factors of the exact law.
    #[default]
    Reduced,
    /// Weight matrices and inputs.
    Full,
}

/// A network.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Layers.
    #[serde(flatten)]
    layers: Layers,
    /// Activation function.
    #[serde(default)]
    pub activation: Activation,
    /// Layers 2, …, L share one matrix (needs `method: full`).
    #[serde(default)]
    pub tied: bool,
    /// How trials are drawn.
    #[serde(default)]
    pub method: Method,
    /// Number of inputs (more than one needs `method: full`).
    #[serde(default = "one", rename = "N")]
    pub inputs: usize,
}

const fn one() -> usize {
    1
}

impl Parameters for Params {
    fn prepare(self) -> Result<Box<dyn Prepared>, Failure> {
        let description =
            NetDescription { activation: self.activation, tied: self.tied, ..self.layers.net()? };
        description.check().map_err(|message| Failure::parameter(message, ""))?;
        if self.method == Method::Reduced && (self.tied || self.inputs != 1) {
            let message = "tied weights and several inputs (`N`) have no product law";
            return Err(Failure::parameter(message, "use `method: full`"));
        }
        if self.inputs == 0 {
            return Err(Failure::parameter("`N` is 0", "give at least one input"));
        }
        Ok(Box::new(DeepNet { description, method: self.method, inputs: self.inputs }))
    }
}

struct DeepNet {
    description: NetDescription,
    method: Method,
    inputs: usize,
}

impl DeepNet {
    /// The first `l` layers.
    fn law(&self, l: f64) -> Result<DeepNorm, Failure> {
        let depth = self.description.depth();
        if l.fract() != 0.0 || l < 0.0 || l > depth as f64 {
            return Err(Failure::domain(format!(
                "there is no layer {l} in a net of {depth} layers"
            )));
        }
        if self.description.tied {
            return Err(Failure::domain("tied weights have no product law"));
        }
        Ok(net_law::first_layers(&self.description, l as usize))
    }

    /// Squared ratios of layers 1, …, L: a row a layer, a column an input.
    fn ratios(&self, stream: &Stream) -> DMatrix<f64> {
        let net = &self.description;
        let mut weights = stream.substream(0);
        if self.method == Method::Reduced {
            let mut ratio = 1.0;
            return DMatrix::from_fn(net.depth(), 1, |row, _| {
                ratio *= net_law::factor(net, row + 1, &mut weights);
                ratio
            });
        }
        let mut inputs = DMatrix::zeros(net.input, self.inputs);
        stream.substream(1).fill_normal(inputs.as_mut_slice());
        let norms = net.forward(&mut weights, &inputs);
        DMatrix::from_fn(net.depth(), self.inputs, |row, j| norms[(row + 1, j)] / norms[(0, j)])
    }
}

impl Prepared for DeepNet {
    fn exact(&self, name: &str, arguments: &[f64]) -> Result<Enclosure, Failure> {
        let law = self.law(arguments.first().copied().unwrap_or(0.0))?;
        // A few roundings a layer.
        let rounding = 16.0 * (law.layers().len() as f64 + 1.0) * f64::EPSILON;
        match (name, arguments) {
            ("mean_sq", _) => Ok(Enclosure::with_relative_error(law.mean_sq(), rounding)),
            ("var_sq", _) => Ok(Enclosure::with_relative_error(law.variance_sq(), rounding)),
            ("mean_norm", _) => Ok(law.mean_norm()),
            ("sd_norm", _) => Ok(law.sd_norm()),
            ("mean_log_sq", _) => Ok(law.mean_log_sq()),
            ("reciprocal_widths", &[l]) => {
                let sum: f64 =
                    (1..=l as usize).map(|j| 1.0 / self.description.width(j) as f64).sum();
                Ok(Enclosure::with_relative_error(sum, rounding))
            }
            ("readout_kurtosis", _) => {
                let mean = law.mean_sq();
                let kurtosis = 3.0 * (1.0 + law.variance_sq() / (mean * mean));
                Ok(Enclosure::with_relative_error(kurtosis, 4.0 * rounding))
            }
            ("outside", &[_, low, high]) => net_law::outside(&law, low, high)
                .map_err(|error| Failure::domain(error.to_string())),
            _ => Err(Failure::no_such_observable(name)),
        }
    }

    fn columns(&self) -> Vec<Column> {
        let layers = 1..=self.description.depth();
        let tail = |l: usize| match self.law(l as f64) {
            // The exact variance is proven; a little more makes room for its rounding.
            Ok(law) => Tail::Variance(law.variance_sq() * (1.0 + 1e-9)),
            Err(_) => Tail::Unknown,
        };
        let of = |l| {
            [
                Column::indexed("sq_ratio", l, tail(l)),
                Column::indexed("min_sq", l, Tail::Unknown),
                Column::indexed("max_sq", l, Tail::Unknown),
                Column::indexed("readout", l, Tail::Unknown),
            ]
        };
        layers.flat_map(of).collect()
    }

    fn trial(&self, stream: &mut Stream, out: &mut [f64]) -> Result<(), Failure> {
        let ratios = self.ratios(stream);
        for (row, out) in out.chunks_exact_mut(4).enumerate() {
            let ratios = ratios.row(row);
            let normal = stream.normal();
            out.copy_from_slice(&[
                ratios[0],
                ratios.min(),
                ratios.max(),
                normal * ratios[0].sqrt(),
            ]);
        }
        Ok(())
    }

    fn cost(&self) -> f64 {
        match self.method {
            Method::Reduced => 300.0 * self.description.depth() as f64,
            Method::Full => self.description.weights() as f64 * (10 + 2 * self.inputs) as f64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::StreamKey;

    fn prepared(json: serde_json::Value) -> Box<dyn Prepared> {
        (EXPERIMENT.prepare)(&json).unwrap()
    }

    /// Mean and variance of a column over trials.
    fn sample(net: &dyn Prepared, name: &str, l: f64, trials: u64) -> (f64, f64) {
        let columns = net.columns();
        let column =
            columns.iter().position(|c| c.observable == name && c.arguments == [l]).unwrap();
        let key = StreamKey::derive(8, "deep-norm", "{}");
        let mut out = vec![0.0; columns.len()];
        let (mut sum, mut squares) = (0.0, 0.0);
        for trial in 0..trials {
            net.trial(&mut key.trial(trial), &mut out).unwrap();
            sum += out[column];
            squares += out[column] * out[column];
        }
        let mean = sum / trials as f64;
        (mean, squares / trials as f64 - mean * mean)
    }

    /// mpmath, 30 digits: the sums of law E1 at n = 10, to the third power, and Glorot's factors.
    #[test]
    fn exact_values() {
        let he = prepared(serde_json::json!({"n": 10, "L": 3}));
        let value = |net: &dyn Prepared, name: &str| net.exact(name, &[3.0]).unwrap().value;
        approx::assert_relative_eq!(value(&*he, "mean_sq"), 1.0, max_relative = 1e-14);
        approx::assert_relative_eq!(value(&*he, "var_sq"), 2.375, max_relative = 1e-13);
        approx::assert_relative_eq!(value(&*he, "readout_kurtosis"), 10.125, max_relative = 1e-13);
        approx::assert_relative_eq!(value(&*he, "reciprocal_widths"), 0.3, max_relative = 1e-14);
        let (mean, log) = (0.819_072_729_866_203_2, -0.922_383_032_075_571_5);
        approx::assert_relative_eq!(value(&*he, "mean_norm"), mean, max_relative = 1e-13);
        approx::assert_relative_eq!(
            value(&*he, "sd_norm"),
            0.573_689_692_420_498,
            max_relative = 1e-12
        );
        approx::assert_relative_eq!(value(&*he, "mean_log_sq"), log, max_relative = 1e-13);
        let glorot = prepared(serde_json::json!({"n": 10, "L": 3, "n0": 40, "init": "glorot"}));
        // (10/50) · ½ · ½ of the squared norm is left.
        approx::assert_relative_eq!(value(&*glorot, "mean_sq"), 0.05, max_relative = 1e-14);
        let linear = prepared(
            serde_json::json!({"n": 10, "L": 3, "init": "glorot", "activation": "linear"}),
        );
        approx::assert_relative_eq!(value(&*linear, "mean_sq"), 1.0, max_relative = 1e-14);
        approx::assert_relative_eq!(value(&*linear, "var_sq"), 0.728, max_relative = 1e-13);
    }

    /// The product law against matrices: means within 6.5 standard errors of the exact ones, for both
    /// methods, activations and three initialisations.
    #[test]
    fn both_methods_follow_the_exact_law() {
        for (init, activation) in [
            ("he-fan-out", "relu"),
            ("he-fan-in", "relu"),
            ("glorot", "relu"),
            ("glorot", "linear"),
        ] {
            for method in ["reduced", "full"] {
                let net = prepared(serde_json::json!({
                    "widths": [12, 20, 9], "n0": 7, "init": init, "activation": activation, "method": method
                }));
                let trials = 4000;
                for l in [1.0, 3.0] {
                    let mean = net.exact("mean_sq", &[l]).unwrap().value;
                    let error =
                        (net.exact("var_sq", &[l]).unwrap().value / f64::from(trials)).sqrt();
                    let (found, _) = sample(&*net, "sq_ratio", l, trials as u64);
                    assert!(
                        (found - mean).abs() < 6.5 * error,
                        "{init} {method} {l}: {found} {mean}"
                    );
                }
            }
        }
    }

    /// Inputs of one network: the extremes frame the first input, and coincide for one input.
    #[test]
    fn extremes_are_over_the_inputs() {
        let key = StreamKey::derive(9, "deep-norm", "{}");
        for (inputs, method) in [(1, "reduced"), (1, "full"), (5, "full")] {
            let net = prepared(serde_json::json!({"n": 30, "L": 2, "N": inputs, "method": method}));
            let mut out = vec![0.0; net.columns().len()];
            net.trial(&mut key.trial(0), &mut out).unwrap();
            for layer in out.chunks_exact(4) {
                assert!(layer[1] <= layer[0] && layer[0] <= layer[2]);
                assert_eq!(layer[1] < layer[2], inputs > 1);
            }
        }
    }

    #[test]
    fn impossible_questions_are_refused() {
        let net = prepared(serde_json::json!({"n": 30, "L": 2}));
        assert!(net.exact("mean_sq", &[3.0]).is_err());
        assert!(net.exact("mean_sq", &[0.5]).is_err());
        let refused = |json: serde_json::Value| (EXPERIMENT.prepare)(&json).is_err();
        assert!(refused(serde_json::json!({"n": 30})));
        assert!(refused(serde_json::json!({"n": 30, "L": 2, "widths": [3]})));
        assert!(refused(serde_json::json!({"n": 30, "L": 2, "N": 4})));
        assert!(refused(serde_json::json!({"n": 30, "L": 2, "tied": true})));
        assert!(refused(serde_json::json!({"widths": [30, 20], "tied": true, "method": "full"})));
    }
}
