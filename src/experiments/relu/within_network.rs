//! How far the norms of many inputs of *one* network spread, and how far networks differ.
//!
//! All inputs of a network share its weights. With nearly orthogonal inputs, layer `j + 1` adds to
//! `n ln(‖h‖²/‖x‖²)` a variance of 5 over fresh weights (uniform width `n`), of which `c(ρ_j)` is
//! common to all inputs and `5 − c(ρ_j)` is not, where `ρ_j` is the cosine between two inputs after
//! `j` layers:
//!
//! `ρ_0 = 0`, `ρ_{j+1} = κ(ρ_j)`, `κ(ρ) = (sin θ + (π − θ) cos θ)/π`, `θ = arccos ρ`,
//! `c(ρ) = (2/π)(3 sin θ cos θ + (π − θ)(1 + 2 cos²θ)) − 1`.
//!
//! `c` is `4 E[u₊² v₊²] − 1` for standard normals of correlation ρ, `κ` the first arc-cosine kernel
//! (Cho & Saul 2009). Sums over the layers give the leading order in `1/n`:
//! `within_theory(l) = Σ_{j<l} (5 − c(ρ_j))`, bounded in `l`, and `across_theory(l) = Σ_{j<l} c(ρ_j)`.
//!
//! A trial is one network with fresh Gaussian inputs, at matrix scale (in single precision beyond 2²¹ weights). Its columns are statistics
//! over its inputs; figures that pool the inputs of one network show the within-network spread only.

use std::f64::consts::PI;

use nalgebra::DMatrix;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::experiment::{
    Column, Definition, Enclosure, Failure, Observable, Parameters, Prepared, Tail,
};
use crate::models::relu::net::{Init, NetDescription};
use crate::random::Stream;

const OBSERVABLES: &[Observable] = &[
    Observable::exact(
        "within_theory",
        &["l"],
        r"\sum_{j<#1}(5-c(\rho_j))",
        "Leading order of n times the within-network variance of ln ‖h_l‖²/‖x‖², for orthogonal inputs.",
    ),
    Observable::exact(
        "across_theory",
        &["l"],
        r"\sum_{j<#1}c(\rho_j)",
        "Leading order of n times the covariance of ln ‖h_l‖²/‖x‖² between two inputs of one network.",
    ),
    Observable::sampled(
        "var_log",
        &["l"],
        r"s^2_{\mathrm{within}}\left[\ln\frac{\|h_{#1}\|^2}{\|x\|^2}\right]",
        "Sample variance over the inputs of one network of ln ‖h_l‖²/‖x‖² (divisor N − 1).",
    ),
    Observable::sampled(
        "mean_log",
        &["l"],
        r"\overline{\ln\frac{\|h_{#1}\|^2}{\|x\|^2}}",
        "Mean over the inputs of one network of ln ‖h_l‖²/‖x‖².",
    ),
    Observable::sampled(
        "mean_norm",
        &["l"],
        r"\overline{\frac{\|h_{#1}\|}{\|x\|}}",
        "Mean over the inputs of one network of ‖h_l‖/‖x‖: a point of the paper's Figure 1.",
    ),
    Observable::sampled(
        "sd_norm",
        &["l"],
        r"s_{\mathrm{within}}\left[\frac{\|h_{#1}\|}{\|x\|}\right]",
        "Standard deviation over the inputs of one network of ‖h_l‖/‖x‖: its error bar there.",
    ),
];

/// Spread of the norms within a network and between networks.
pub static EXPERIMENT: Definition = Definition::of::<Params>(
    "spread of activation norms over the inputs of one network",
    "a network: fresh weights, and fresh Gaussian inputs that share them",
    OBSERVABLES,
);

/// A network of uniform width and its inputs.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Width of every layer.
    pub n: usize,
    /// Number of layers.
    #[serde(rename = "L")]
    pub depth: usize,
    /// Input dimension.
    pub n0: usize,
    /// Number of inputs of a network, at least 2.
    pub inputs: usize,
    /// Variance of the weights.
    #[serde(default)]
    pub init: Init,
}

impl Parameters for Params {
    fn prepare(self) -> Result<Box<dyn Prepared>, Failure> {
        let description = NetDescription::relu(self.n0, vec![self.n; self.depth], self.init);
        description.check().map_err(|message| Failure::parameter(message, ""))?;
        if self.inputs < 2 {
            return Err(Failure::parameter("`inputs` is below 2", "a variance needs two inputs"));
        }
        Ok(Box::new(WithinNetwork { description, inputs: self.inputs }))
    }
}

struct WithinNetwork {
    description: NetDescription,
    inputs: usize,
}

/// `κ(ρ)`: cosine after a wide ReLU layer.
fn cosine_map(rho: f64) -> f64 {
    let theta = rho.clamp(-1.0, 1.0).acos();
    (theta.sin() + (PI - theta) * theta.cos()) / PI
}

/// `c(ρ)`: n times the covariance of the squared norms of two inputs after one layer.
fn covariance(rho: f64) -> f64 {
    let theta = rho.clamp(-1.0, 1.0).acos();
    let (sin, cos) = theta.sin_cos();
    2.0 / PI * (3.0 * sin * cos + (PI - theta) * (1.0 + 2.0 * cos * cos)) - 1.0
}

impl Prepared for WithinNetwork {
    fn exact(&self, name: &str, arguments: &[f64]) -> Result<Enclosure, Failure> {
        let l = arguments.first().copied().unwrap_or(0.0);
        if l.fract() != 0.0 || l < 0.0 || l > self.description.depth() as f64 {
            return Err(Failure::domain(format!("there is no layer {l}")));
        }
        let cosines = std::iter::successors(Some(0.0), |&rho| Some(cosine_map(rho)));
        let common: f64 = cosines.take(l as usize).map(covariance).sum();
        let value = match name {
            "within_theory" => 5.0 * l - common,
            "across_theory" => common,
            _ => return Err(Failure::no_such_observable(name)),
        };
        // κ contracts and c′ ≤ 8: the roundings of a layer stay below a hundred units.
        Ok(Enclosure::with_error(value, 100.0 * (1.0 + l) * f64::EPSILON))
    }

    fn columns(&self) -> Vec<Column> {
        let of = |l| {
            ["var_log", "mean_log", "mean_norm", "sd_norm"]
                .map(|name| Column::indexed(name, l, Tail::Unknown))
        };
        (1..=self.description.depth()).flat_map(of).collect()
    }

    fn trial(&self, stream: &mut Stream, out: &mut [f64]) -> Result<(), Failure> {
        let mut inputs = DMatrix::zeros(self.description.input, self.inputs);
        stream.substream(1).fill_normal(inputs.as_mut_slice());
        let norms = self.description.forward(&mut stream.substream(0), &inputs);
        for (row, out) in out.chunks_exact_mut(4).enumerate() {
            let ratios = norms.row(row + 1).component_div(&norms.row(0));
            let (mean_log, var_log) = mean_and_variance(ratios.iter().map(|ratio| ratio.ln()));
            let (mean_norm, var_norm) = mean_and_variance(ratios.iter().map(|ratio| ratio.sqrt()));
            out.copy_from_slice(&[var_log, mean_log, mean_norm, var_norm.sqrt()]);
        }
        Ok(())
    }

    fn cost(&self) -> f64 {
        self.description.weights() as f64 * (10 + 2 * self.inputs) as f64
    }
}

/// Mean and sample variance (divisor N − 1), in two passes.
fn mean_and_variance(values: impl Iterator<Item = f64> + Clone) -> (f64, f64) {
    let count = values.clone().count() as f64;
    let mean = values.clone().sum::<f64>() / count;
    let squares: f64 = values.map(|value| (value - mean) * (value - mean)).sum();
    (mean, squares / (count - 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::StreamKey;

    fn prepared(json: serde_json::Value) -> Box<dyn Prepared> {
        (EXPERIMENT.prepare)(&json).unwrap()
    }

    /// κ(0) = 1/π, κ(1) = 1; c(0) = 0, c(1) = 5, c(−1) = −1 (one of the two is always 0).
    #[test]
    fn maps_at_their_ends() {
        approx::assert_abs_diff_eq!(cosine_map(0.0), 1.0 / PI, epsilon = 1e-15);
        approx::assert_abs_diff_eq!(cosine_map(1.0), 1.0, epsilon = 1e-15);
        approx::assert_abs_diff_eq!(covariance(0.0), 0.0, epsilon = 1e-15);
        approx::assert_abs_diff_eq!(covariance(1.0), 5.0, epsilon = 1e-15);
        approx::assert_abs_diff_eq!(covariance(-1.0), -1.0, epsilon = 1e-15);
    }

    /// Numbers of mpmath, 30 digits.
    #[test]
    fn sums_over_layers() {
        let net = prepared(serde_json::json!({"n": 10, "L": 10, "n0": 10, "inputs": 2}));
        for (l, within, across) in [
            (1.0, 5.0, 0.0),
            (2.0, 8.973_029_282_069_897, 1.0269707179301035),
            (5.0, 17.009_973_371_278_956, 7.990_026_628_721_044),
            (10.0, 24.191_831_300_560_48, 25.808_168_699_439_52),
        ] {
            let value = |name: &str| net.exact(name, &[l]).unwrap().value;
            approx::assert_abs_diff_eq!(value("within_theory"), within, epsilon = 1e-12);
            approx::assert_abs_diff_eq!(value("across_theory"), across, epsilon = 1e-12);
        }
        assert!(net.exact("within_theory", &[11.0]).is_err());
    }

    /// `c(ρ)/n` is the covariance of the squared norms of two inputs through one layer.
    #[test]
    fn the_covariance_is_that_of_a_layer() {
        let (n, rho, trials) = (16, 0.6_f64, 20_000);
        let layer = NetDescription::relu(2, vec![n], Init::HeFanOut);
        let inputs = DMatrix::from_column_slice(2, 2, &[1.0, 0.0, rho, (1.0 - rho * rho).sqrt()]);
        let key = StreamKey::derive(2, "within-network", "{}");
        let products = (0..trials).map(|trial| {
            let norms = layer.forward(&mut key.trial(trial), &inputs);
            (norms[(1, 0)] - 1.0) * (norms[(1, 1)] - 1.0) * n as f64
        });
        let (mean, variance) = mean_and_variance(products.collect::<Vec<_>>().into_iter());
        let error = (variance / trials as f64).sqrt();
        assert!((mean - covariance(rho)).abs() < 6.5 * error, "{mean} {}", covariance(rho));
    }

    /// Two inputs: their sample variance is half the squared difference.
    #[test]
    fn statistics_of_a_network() {
        assert_eq!(mean_and_variance([1.0, 4.0].into_iter()), (2.5, 4.5));
        let net = prepared(serde_json::json!({"n": 40, "L": 2, "n0": 30, "inputs": 200}));
        let mut out = vec![0.0; net.columns().len()];
        net.trial(&mut StreamKey::derive(2, "w", "{}").trial(0), &mut out).unwrap();
        // First layer: within-network variance of the log is 5/n up to 1/n² and sampling.
        assert!((out[0] * 40.0 / 5.0 - 1.0).abs() < 0.6, "{out:?}");
        assert!((out[3] - 0.5 * out[0].sqrt()).abs() < 0.05, "{out:?}");
    }
}
