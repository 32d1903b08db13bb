//! Second moments of the noise of one inference pass, on the support of the code.
//!
//! `x = r(αWh)` on the kept rows of an n-row Gaussian W, `ĥ = Wᵀx`, `α = 2/t`, `t = ρn`; h has k entries
//! in proportion to 1, …, 1 (`spread: 0`) or rising linearly from 1 − spread to 1 + spread, and `‖h‖² = k`.
//! Coordinates outside the support have the same noise and don't touch those inside, so a trial draws the k columns
//! of the support only (Arora, Liang and Ma 2015, Lemmas B.4 and B.5).
//!
//! Exact: `Cov(ĥ) = (2‖h‖² I + (4 − ρ) hhᵀ)/t`, 3 in place of 4 − ρ for exactly t kept rows
//! (`models::reversal::moments`; rounding 1e-15).

use schemars::JsonSchema;
use serde::Deserialize;

use crate::experiment::{
    Column, Definition, Enclosure, Failure, Observable, Parameters, Prepared, Tail,
};
use crate::models::reversal::moments::{Noise, Rows};
use crate::random::Stream;

/// Second moments of the noise of one inference pass.
pub static EXPERIMENT: Definition = Definition::of::<Params>(
    "second moments of one layer's inference noise on the support of the code",
    "fresh weights and kept rows; the code is fixed",
    OBSERVABLES,
);

const OBSERVABLES: &[Observable] = &[
    Observable::sampled(
        "aligned_sq",
        &[],
        r"|\mathbf 1^T(\hat h_K-h_K)|^2",
        "square of the sum of the noise over the support",
    ),
    Observable::sampled(
        "alternating_sq",
        &[],
        r"|u_\pm^T(\hat h_K-h_K)|^2",
        "square of the sum of the noise with alternating signs",
    ),
    Observable::sampled(
        "pair_product",
        &[],
        r"\overline{(\hat h_i-h_i)(\hat h_j-h_j)}",
        "mean over pairs of different coordinates of the product of their noise",
    ),
    Observable::sampled(
        "own_square",
        &[],
        r"\overline{(\hat h_i-h_i)^2}",
        "mean over the support of the squared noise",
    ),
    Observable::exact(
        "covariance",
        &["h_i", "h_j"],
        r"\mathrm{Cov}(\hat h_i,\hat h_j)\big|_{#1,#2}",
        "covariance of two different coordinates with these values",
    ),
    Observable::exact(
        "entry_variance",
        &["h_i"],
        r"\mathrm{Var}(\hat h_i)\big|_{#1}",
        "variance of a coordinate with this value",
    ),
    Observable::exact(
        "quadratic",
        &["u_sq", "u_dot_h"],
        r"\mathbb E|u^T(\hat h_K-h_K)|^2\big|_{#1,#2}",
        "mean square of the noise along u, from ‖u‖² and uᵀh",
    ),
];

/// The layer and the code.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Rows of the matrix, 1 to 10⁷.
    n: usize,
    /// Retention probability ρ of a row.
    rho: f64,
    /// Entries of the code on its support, 2 to 10⁵.
    k: usize,
    /// Entries of the code go from 1 − spread to 1 + spread before scaling.
    #[serde(default)]
    spread: f64,
    /// How rows are kept.
    #[serde(default)]
    sampling: Sampling,
}

/// How rows are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Sampling {
    /// Each with probability ρ.
    #[default]
    Bernoulli,
    /// Exactly ρn of them.
    Fixed,
}

impl Parameters for Params {
    fn prepare(self) -> Result<Box<dyn Prepared>, Failure> {
        let sizes = (1..=10_000_000).contains(&self.n) && (2..=100_000).contains(&self.k);
        if !(sizes && self.rho > 0.0 && self.rho <= 1.0 && (0.0..=1.0).contains(&self.spread)) {
            let message = "n, k, rho or spread is out of range";
            return Err(Failure::parameter(
                message,
                "n to 10^7, k from 2 to 10^5, 0 < rho ≤ 1, 0 ≤ spread ≤ 1",
            ));
        }
        let step = 2.0 * self.spread / (self.k - 1) as f64;
        let mut code: Vec<f64> = (0..self.k).map(|i| 1.0 - self.spread + step * i as f64).collect();
        let scale = (self.k as f64 / code.iter().map(|x| x * x).sum::<f64>()).sqrt();
        code.iter_mut().for_each(|x| *x *= scale);
        let rows = match self.sampling {
            Sampling::Bernoulli => Rows::Bernoulli,
            Sampling::Fixed => Rows::Fixed,
        };
        let t = self.rho * self.n as f64;
        let noise = Noise { t, rho: self.rho, rows, norm_sq: self.k as f64 };
        Ok(Box::new(Layer { n: self.n, code, noise }))
    }
}

struct Layer {
    n: usize,
    code: Vec<f64>,
    noise: Noise,
}

impl Prepared for Layer {
    fn exact(&self, name: &str, arguments: &[f64]) -> Result<Enclosure, Failure> {
        let noise = &self.noise;
        let value = match (name, arguments) {
            ("covariance", [h_i, h_j]) => noise.covariance(*h_i, *h_j, false),
            ("entry_variance", [h_i]) => noise.covariance(*h_i, *h_i, true),
            ("quadratic", [u_sq, u_dot_h]) => noise.quadratic(*u_sq, *u_dot_h),
            _ => return Err(Failure::no_such_observable(name)),
        };
        Ok(Enclosure::with_relative_error(value, 1e-14))
    }

    fn columns(&self) -> Vec<Column> {
        ["aligned_sq", "alternating_sq", "pair_product", "own_square"]
            .map(|name| Column::plain(name, Tail::Unknown))
            .to_vec()
    }

    fn trial(&self, stream: &mut Stream, out: &mut [f64]) -> Result<(), Failure> {
        let kept = match self.noise.rows {
            Rows::Bernoulli => stream.binomial(self.n as u64, self.noise.rho),
            Rows::Fixed => self.noise.t.round() as u64,
        };
        let mut row = vec![0.0; self.code.len()];
        let mut found = vec![0.0; self.code.len()];
        for _ in 0..kept {
            stream.fill_normal(&mut row);
            let y: f64 = row.iter().zip(&self.code).map(|(w, h)| w * h).sum();
            if y > 0.0 {
                found.iter_mut().zip(&row).for_each(|(sum, w)| *sum += w * y);
            }
        }
        let alpha = 2.0 / self.noise.t;
        let noise = found.iter().zip(&self.code).map(|(sum, h)| alpha * sum - h);
        let (mut sum, mut alternating, mut squares) = (0.0, 0.0, 0.0);
        for (i, e) in noise.enumerate() {
            sum += e;
            alternating += if i % 2 == 0 { e } else { -e };
            squares += e * e;
        }
        let k = self.code.len() as f64;
        let pairs = (sum * sum - squares) / (k * (k - 1.0));
        out.copy_from_slice(&[sum * sum, alternating * alternating, pairs, squares / k]);
        Ok(())
    }

    fn cost(&self) -> f64 {
        6.0 * self.noise.t * self.code.len() as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::StreamKey;
    use serde_json::json;

    #[test]
    fn draws_have_the_exact_second_moments() {
        for sampling in ["bernoulli", "fixed"] {
            let value = json!({"n": 60, "rho": 0.5, "k": 6, "spread": 0.5, "sampling": sampling});
            let layer = (EXPERIMENT.prepare)(&value).unwrap();
            let key = StreamKey::derive(5, "inference-noise", sampling);
            let n = 20_000;
            let (mut mean, mut square) = ([0.0; 4], [0.0; 4]);
            for trial in 0..n {
                let mut out = [0.0; 4];
                layer.trial(&mut key.trial(trial), &mut out).unwrap();
                for j in 0..4 {
                    mean[j] += out[j] / n as f64;
                    square[j] += out[j] * out[j] / n as f64;
                }
            }
            // The code by hand: (0.5, 0.7, …, 1.5) has squares summing to 6.7.
            let code: Vec<f64> =
                (0..6).map(|i| (0.5 + 0.2 * f64::from(i)) * (6.0_f64 / 6.7).sqrt()).collect();
            let total: f64 = code.iter().sum();
            let alternating: f64 =
                code.iter().enumerate().map(|(i, h)| if i % 2 == 0 { *h } else { -h }).sum();
            let factor = if sampling == "fixed" { 3.0 } else { 3.5 };
            let exact = [
                (2.0 * 36.0 + factor * total * total) / 30.0,
                (2.0 * 36.0 + factor * alternating * alternating) / 30.0,
                factor * (total * total - 6.0) / 30.0 / 30.0,
                (12.0 + factor) / 30.0,
            ];
            for j in 0..4 {
                let error = ((square[j] - mean[j] * mean[j]) / n as f64).sqrt();
                assert!(
                    (mean[j] - exact[j]).abs() < 6.0 * error,
                    "{sampling} {j}: {} {}",
                    mean[j],
                    exact[j]
                );
            }
        }
    }
}
