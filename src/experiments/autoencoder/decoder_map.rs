//! The decoder of a small autoencoder as a map of the encoder: recursion, Jacobians, norms of the weights.
//!
//! `x̂_l = g_l(x_{l−1})` with `g_l(u) = W_lᵀ φ_l(g_{l+1}(W_l σ_{l−1}(u) + b_l)) + v_l` (Li & Nguyen 2019, Appendix A.1 and Lemma 8). A
//! trial draws the net (matrices and biases), compares the recursive map with the two passes, and takes Jacobians of
//! g_1 at `points` random points of random scale. Each Jacobian's norm bounds the Lipschitz constant from below;
//! `∏ K_φ K_σ ‖W_r‖²` bounds it from above, as every layer is used twice.

use nalgebra::DVector;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::experiment::{Column, Definition, Failure, Observable, Parameters, Prepared, Tail};
use crate::models::autoencoder::description::Autoencoder;
use crate::models::autoencoder::explicit::{Explicit, largest};
use crate::models::autoencoder::weight_law::WeightLaw;
use crate::random::Stream;

/// The decoder as a map of the encoder.
pub static EXPERIMENT: Definition = Definition::of::<Params>(
    "the decoder of a small autoencoder as a map: recursion, Jacobians, norms of the weights",
    "fresh weights and biases, and fresh points",
    OBSERVABLES,
);

const OBSERVABLES: &[Observable] = &[
    Observable::sampled(
        "map_gap",
        &[],
        r"\max|\hat x_l-g_l(x_{l-1})|",
        "largest entry of x̂_l − g_l(x_{l−1}) over all layers",
    ),
    Observable::sampled(
        "shifted_map_gap",
        &[],
        r"\max|\hat x_l-g'_l(x_{l-1})|",
        "the same with φ_{l+1} in the place of φ_l in g_l",
    ),
    Observable::searched(
        "jacobian_norm",
        &[],
        r"\max_u\|\partial g_1(u)\|",
        "largest norm of the Jacobian of g_1 over the points",
    ),
    Observable::searched(
        "share",
        &[],
        r"\frac{\max_u\|\partial g_1(u)\|}{\prod K_\varphi K_\sigma\|W_r\|^2}",
        "that norm over the product of squared norms of the weights",
    ),
    Observable::searched(
        "unsquared_share",
        &[],
        r"\frac{\max_u\|\partial g_1(u)\|}{\prod K_\varphi K_\sigma\|W_r\|}",
        "that norm over the product of the norms, not squared",
    ),
    Observable::sampled(
        "norm_product",
        &[],
        r"\prod K_\varphi K_\sigma\|W_r\|^2",
        "the upper bound of the Lipschitz constant of g_1",
    ),
];

/// The net.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    #[serde(flatten)]
    net: Autoencoder,
    /// Law of the entries of the weights.
    #[serde(default)]
    dist: WeightLaw,
    /// Points at which Jacobians are taken, 0 to 1000.
    #[serde(default)]
    points: usize,
}

/// Widest layer.
const WIDEST: usize = 400;

impl Parameters for Params {
    fn prepare(self) -> Result<Box<dyn Prepared>, Failure> {
        let net = self.net;
        net.check()?;
        if (0..=net.depth).any(|l| net.width(l) > WIDEST) || net.depth > 50 || self.points > 1000 {
            let message = "the net or the number of points is too large";
            let hint = format!("layers of at most {WIDEST} units, 50 layers, 1000 points");
            return Err(Failure::parameter(message, hint));
        }
        Ok(Box::new(Map { net, law: self.dist, points: self.points }))
    }
}

struct Map {
    net: Autoencoder,
    law: WeightLaw,
    points: usize,
}

impl Prepared for Map {
    fn columns(&self) -> Vec<Column> {
        OBSERVABLES.iter().map(|o| Column::plain(o.name, Tail::Unknown)).collect()
    }

    fn trial(&self, stream: &mut Stream, out: &mut [f64]) -> Result<(), Failure> {
        let explicit = Explicit::draw(&self.net, self.law, stream);
        let encoded = explicit.encode(&DVector::from_vec(self.net.input()));
        let decoded = explicit.decode(&encoded[self.net.depth]);
        let gap = |shifted: bool| {
            let of =
                |l: usize| (explicit.map(l, &encoded[l - 1], shifted) - &decoded[l - 1]).amax();
            (1..=self.net.depth).map(of).fold(0.0, f64::max)
        };
        let mut norm = 0.0_f64;
        for _ in 0..self.points {
            let scale = libm::exp(4.0 * stream.uniform() - 3.0);
            let u = DVector::from_fn(self.net.width(0), |_, _| scale * stream.normal());
            norm = norm.max(largest(&explicit.jacobian(1, &u).1));
        }
        let (squared, unsquared) = (explicit.norm_product(1, 2), explicit.norm_product(1, 1));
        let record = [gap(false), gap(true), norm, norm / squared, norm / unsquared, squared];
        out.copy_from_slice(&record);
        Ok(())
    }

    fn cost(&self) -> f64 {
        let width = (0..=self.net.depth).map(|l| self.net.width(l)).max().unwrap_or(0) as f64;
        (20.0 * self.points as f64 + 20.0) * width.powi(3) * self.net.depth as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::StreamKey;
    use serde_json::json;

    /// A linear layer attains the bound: g_1(u) = WᵀWu has Jacobian norm ‖W‖².
    #[test]
    fn a_linear_layer_attains_the_bound() {
        let parameters = json!({"L": 1, "n0": 12, "alpha": 1.5, "sigma_w2": 1.2, "sigma": "identity",
            "phi": "identity", "points": 2});
        let map = (EXPERIMENT.prepare)(&parameters).unwrap();
        let mut out = [0.0; 6];
        map.trial(&mut StreamKey::derive(1, "decoder-map", "").trial(0), &mut out).unwrap();
        assert!(out[0] < 1e-13 && (out[3] - 1.0).abs() < 1e-12 && out[4] > 1.0, "{out:?}");
        assert!(
            (EXPERIMENT.prepare)(
                &json!({"L": 1, "n0": 5000, "sigma_w2": 1, "sigma": "relu", "phi": "relu"})
            )
            .is_err()
        );
    }
}
