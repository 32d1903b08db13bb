//! One step of the backward pass against its exact law, on full weight matrices.
//!
//! A ReLU net, `x ~ N(0, I)`, a loss, `δ_l = ∂ℓ/∂a_l`. Without biases the number `S = h_l·δ_l` is the same for
//! all layers `l = 1, …, L` (Euler's identity for homogeneous functions), and
//!
//! `(‖δ_l‖² − S²/‖h_l‖²)/(σ_{l+1}² ‖δ_{l+1}‖²) ~ χ²_{B_l − 1}` given `B_l`, the number of active units,
//!
//! whatever the loss (Arpit & Bengio 2019, Eq. 20, with what the paper assumes in its footnote 1
//! replaced by a proof: see `src/models/relu/backward.rs`). The distribution function of the law at its own
//! draw, `pit(l)`, is then uniform on [0, 1] and independent of everything above.
//!
//! `lost` and `bias` disturb: `χ²_{B_l − lost}` in place of `χ²_{B_l − 1}`, and the same bias in every unit.

use nalgebra::DMatrix;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::experiment::{
    Column, Definition, Enclosure, Failure, Observable, Parameters, Prepared, Tail,
};
use crate::maths::chi_squared;
use crate::models::relu::backward::{Loss, variance};
use crate::models::relu::backward_full::output_errors;
use crate::models::relu::net::Net;
use crate::models::relu::net_description::{Init, NetDescription};
use crate::random::Stream;

/// Losses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LossName {
    /// Softmax cross-entropy, 20 classes, standard normal readout, targets uniforms divided by their sum.
    #[default]
    Ce,
    /// `½‖h_L‖²`.
    HalfSquare,
}

/// Parameters.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Width of all layers.
    n: usize,
    /// Depth, at least 2.
    #[serde(rename = "L")]
    depth: usize,
    /// Input dimension (default `n`).
    #[serde(default)]
    n0: Option<usize>,
    /// Loss.
    #[serde(default)]
    loss: LossName,
    /// Variance of the weights.
    #[serde(default)]
    init: Init,
    /// Bias of every unit.
    #[serde(default)]
    bias: f64,
    /// Degrees of freedom that the law loses against the number of active units: 1 in truth.
    #[serde(default = "one")]
    lost: u32,
}

const fn one() -> u32 {
    1
}

const OBSERVABLES: &[Observable] = &[
    Observable::sampled(
        "invariant_spread",
        &[],
        r"\max_l|h_l\cdot\delta_l-S|/|S|",
        "largest relative distance of h_l·δ_l to h_L·δ_L over the layers",
    ),
    Observable::sampled(
        "pit",
        &["l"],
        r"F_{\chi^2_{B_{#1}-1}}",
        "distribution function of the law of step l + 1 → l at its own draw",
    ),
    Observable::exact(
        "uniform",
        &["u"],
        "#1",
        "distribution function of the uniform law on [0, 1]",
    ),
];

/// One step of the backward pass.
pub static EXPERIMENT: Definition = Definition::of::<Params>(
    "the invariant and the one-step law of the backward pass",
    "fresh weights, input, target and readout",
    OBSERVABLES,
);

struct Instance {
    net: NetDescription,
    loss: Loss,
    lost: f64,
}

impl Parameters for Params {
    fn prepare(self) -> Result<Box<dyn Prepared>, Failure> {
        if self.depth < 2 {
            return Err(Failure::parameter("`L` is below 2: there is no step back", ""));
        }
        let input = self.n0.unwrap_or(self.n);
        let net = NetDescription::relu(input, vec![self.n; self.depth], self.init);
        let net = NetDescription { bias: self.bias, ..net };
        net.check().map_err(|message| Failure::parameter(message, "check `n`, `n0` and `bias`"))?;
        let loss = match self.loss {
            LossName::Ce => Loss::CrossEntropy { classes: 20, readout: 1.0 },
            LossName::HalfSquare => Loss::HalfSquare,
        };
        Ok(Box::new(Instance { net, loss, lost: f64::from(self.lost) }))
    }
}

impl Prepared for Instance {
    fn exact(&self, name: &str, arguments: &[f64]) -> Result<Enclosure, Failure> {
        match (name, arguments) {
            ("uniform", [u]) => Ok(Enclosure::point(u.clamp(0.0, 1.0))),
            _ => Err(Failure::no_such_observable(name)),
        }
    }

    fn columns(&self) -> Vec<Column> {
        let pit = |l| Column::indexed("pit", l, Tail::Bounded { lo: 0.0, hi: 1.0 });
        let spread = Column::plain("invariant_spread", Tail::Unknown);
        std::iter::once(spread).chain((1..self.net.depth()).map(pit)).collect()
    }

    fn trial(&self, stream: &mut Stream, out: &mut [f64]) -> Result<(), Failure> {
        let depth = self.net.depth();
        let net: Net = self.net.draw(&mut stream.substream(0));
        let mut x = DMatrix::zeros(self.net.input, 1);
        stream.fill_normal(x.as_mut_slice());
        let h = net.forward(&x);
        let delta = net.backward(&h, &output_errors(&net, &h, self.loss, stream));
        let invariant = h[depth].dot(&delta[depth]);
        let gaps = (1..depth).map(|l| (h[l].dot(&delta[l]) / invariant - 1.0).abs());
        out[0] = gaps.fold(0.0, f64::max);
        for l in 1..depth {
            let active = h[l].iter().filter(|&&h| h > 0.0).count() as f64;
            let across = delta[l].norm_squared() - invariant * invariant / h[l].norm_squared();
            let scale = variance(&self.net, l + 1) * delta[l + 1].norm_squared();
            // A net that died on the way gives NaN.
            out[l] = chi_squared::cdf(active - self.lost, across / scale).clamp(0.0, 1.0);
        }
        Ok(())
    }

    fn cost(&self) -> f64 {
        self.net.weights() as f64 * 24.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::StreamKey;

    fn records(parameters: serde_json::Value, trials: u64) -> Vec<Vec<f64>> {
        let instance = (EXPERIMENT.prepare)(&parameters).unwrap();
        let key = StreamKey::derive(4, "backward-step", &parameters.to_string());
        let draw = |trial| {
            let mut out = vec![f64::NAN; instance.columns().len()];
            instance.trial(&mut key.trial(trial), &mut out).unwrap();
            out
        };
        (0..trials).map(draw).collect()
    }

    /// Largest distance to the uniform law; P(D > t) ≤ 2 exp(−2nt²).
    fn distance(rows: &[Vec<f64>], l: usize) -> f64 {
        let mut values: Vec<f64> = rows.iter().map(|row| row[l]).collect();
        values.sort_by(f64::total_cmp);
        let n = values.len() as f64;
        values.iter().enumerate().fold(0.0, |d: f64, (i, &u)| {
            d.max((u - i as f64 / n).abs()).max(((i + 1) as f64 / n - u).abs())
        })
    }

    #[test]
    fn the_law_holds_and_disturbances_show() {
        let trials = 4000;
        let threshold = ((2e6_f64).ln() / (2.0 * trials as f64)).sqrt();
        for loss in ["ce", "half-square"] {
            let at = |lost| serde_json::json!({"n": 30, "L": 4, "loss": loss, "lost": lost});
            let rows = records(at(1), trials);
            assert!((1..4).all(|l| distance(&rows, l) < threshold), "{loss}");
            let wrong = records(at(0), trials);
            assert!((1..4).all(|l| distance(&wrong, l) > threshold), "{loss}");
        }
    }

    #[test]
    fn the_invariant_breaks_under_a_bias() {
        let at = |bias| serde_json::json!({"n": 40, "L": 5, "bias": bias});
        assert!(records(at(0.0), 20).iter().all(|row| row[0] < 1e-8));
        assert!(records(at(0.1), 20).iter().all(|row| row[0] > 1e-3));
    }

    #[test]
    fn one_layer_is_refused() {
        assert!((EXPERIMENT.prepare)(&serde_json::json!({"n": 5, "L": 1})).is_err());
    }
}
