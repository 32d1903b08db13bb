//! A decoder that knows the weights recovers the hidden vector exactly.
//!
//! `x = s(r(α W h))` with ReLU, dropping and `α = 2/(ρn)` (arora2015, model (1)). Each non-zero `x_j` is a noiseless linear
//! equation `x_j = α W_j h`, about t/2 of them. The decoder takes the k largest entries of `ĥ = Wᵀ x` as support and solves the
//! least-squares problem on it (singular values, minimum norm). Compared with `h`, whose non-zero values are uniform on [1, 3/2],
//! and with the feed-forward `h̃ = r(ĥ − λ √(2/t) ‖h‖)`. `noise` adds independent relative errors to the non-zero entries of x.
//!
//! A trial draws weights, dropping and h. Rows with `x_j = 0` are not held.

use nalgebra::{DMatrix, DVector};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::experiment::{Column, Definition, Failure, Observable, Parameters, Prepared, Tail};
use crate::random::Stream;

/// A decoder that knows the weights.
pub static EXPERIMENT: Definition = Definition::of::<Params>(
    "least-squares recovery of a sparse hidden vector from the active rows",
    "fresh weights, dropping and hidden vector",
    OBSERVABLES,
);

const OBSERVABLES: &[Observable] = &[
    Observable::sampled(
        "log10_ls_error",
        &[],
        r"\log_{10}\frac{\|h_{\mathrm{LS}} - h\|^2}{\|h\|^2}",
        "decimal logarithm of the relative squared error of the decoder; −40 if it vanishes",
    ),
    Observable::sampled(
        "ls_error",
        &[],
        r"\frac{\|h_{\mathrm{LS}} - h\|}{\|h\|}",
        "relative error of the decoder, not squared",
    ),
    Observable::sampled(
        "forward_error",
        &[],
        r"\frac{\|\tilde h - h\|}{\|h\|}",
        "relative error of the feed-forward estimate, not squared",
    ),
    Observable::sampled(
        "forward_to_ls",
        &[],
        r"\frac{\|\tilde h - h_{\mathrm{LS}}\|}{\|h\|}",
        "distance of the two estimates over ‖h‖",
    ),
    Observable::sampled(
        "support_found",
        &[],
        r"1(\mathrm{supp})",
        "1 if the k largest entries of ĥ are the support",
    ),
    Observable::sampled("equations", &[], r"\|x\|_0", "number of active rows"),
];

/// Sizes.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Observed units.
    n: usize,
    /// Probability that a coordinate is kept, in (0, 1].
    rho: f64,
    /// Hidden units.
    m: usize,
    /// Non-zero hidden units, at most 500.
    k: usize,
    /// Standard deviation of the relative errors of x.
    #[serde(default)]
    noise: f64,
    /// Offset of the feed-forward estimate.
    #[serde(default = "two")]
    lambda: f64,
}

fn two() -> f64 {
    2.0
}

impl Parameters for Params {
    fn prepare(self) -> Result<Box<dyn Prepared>, Failure> {
        let sizes = self.n > 0 && self.n <= 1_000_000 && self.m <= 100_000;
        if !(sizes && (1..=self.m.min(500)).contains(&self.k)) {
            let message =
                format!("n = {}, m = {}, k = {} are out of range", self.n, self.m, self.k);
            return Err(Failure::parameter(
                message,
                "n up to 10⁶, m up to 10⁵, k from 1 to min(m, 500)",
            ));
        }
        if !(self.rho > 0.0
            && self.rho <= 1.0
            && (0.0..=1.0).contains(&self.noise)
            && self.lambda.is_finite())
        {
            return Err(Failure::parameter(
                "rho or noise is out of range",
                "0 < rho ≤ 1, 0 ≤ noise ≤ 1",
            ));
        }
        Ok(Box::new(self))
    }
}

/// The rows that reach x: their weights, one row after the other, and x itself.
struct Observed {
    weights: Vec<f64>,
    x: Vec<f64>,
}

impl Params {
    fn alpha(&self) -> f64 {
        2.0 / (self.rho * self.n as f64)
    }

    fn generate(&self, h: &[f64], stream: &mut Stream) -> Observed {
        let mut seen = Observed { weights: Vec::new(), x: Vec::new() };
        let mut row = vec![0.0; self.m];
        for _ in 0..self.n {
            if !stream.bernoulli(self.rho) {
                continue;
            }
            let (on, off) = row.split_at_mut(self.k);
            stream.fill_normal(on);
            let y: f64 = on.iter().zip(h).map(|(w, v)| w * v).sum();
            if y <= 0.0 {
                continue;
            }
            stream.fill_normal(off);
            let disturbed = if self.noise > 0.0 { 1.0 + self.noise * stream.normal() } else { 1.0 };
            seen.x.push(self.alpha() * y * disturbed);
            seen.weights.extend_from_slice(&row);
        }
        seen
    }

    /// `Wᵀ x`.
    fn infer(&self, seen: &Observed) -> Vec<f64> {
        let mut estimate = vec![0.0; self.m];
        for (x, row) in seen.x.iter().zip(seen.weights.chunks_exact(self.m)) {
            estimate.iter_mut().zip(row).for_each(|(e, w)| *e += x * w);
        }
        estimate
    }

    /// Positions of the k largest entries, in increasing order.
    fn largest(&self, estimate: &[f64]) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.m).collect();
        order.sort_by(|&a, &b| estimate[b].total_cmp(&estimate[a]));
        order.truncate(self.k);
        order.sort_unstable();
        order
    }

    /// Least squares on the given support; the zero vector if there is no equation.
    fn decode(&self, seen: &Observed, support: &[usize]) -> Vec<f64> {
        let mut found = vec![0.0; self.m];
        if seen.x.is_empty() {
            return found;
        }
        let alpha = self.alpha();
        let entry = |j: usize, i: usize| alpha * seen.weights[j * self.m + support[i]];
        let matrix = DMatrix::from_fn(seen.x.len(), support.len(), entry);
        let target = DVector::from_column_slice(&seen.x);
        // Columns of length about α√(t/2): singular values a millionth of that count as zero.
        let tiny = 1e-6 * alpha * (seen.x.len() as f64).sqrt();
        let solved = matrix.svd(true, true).solve(&target, tiny);
        match solved {
            Ok(values) => support.iter().zip(values.iter()).for_each(|(&i, v)| found[i] = *v),
            Err(_) => found.fill(f64::NAN),
        }
        found
    }
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| (x - y).powi(2)).sum::<f64>().sqrt()
}

impl Prepared for Params {
    fn columns(&self) -> Vec<Column> {
        let unknown = ["log10_ls_error", "ls_error", "forward_error", "forward_to_ls"];
        let mut columns: Vec<Column> =
            unknown.into_iter().map(|name| Column::plain(name, Tail::Unknown)).collect();
        columns.push(Column::plain("support_found", Tail::Bounded { lo: 0.0, hi: 1.0 }));
        columns.push(Column::plain("equations", Tail::Bounded { lo: 0.0, hi: self.n as f64 }));
        columns
    }

    fn trial(&self, stream: &mut Stream, out: &mut [f64]) -> Result<(), Failure> {
        let mut h = vec![0.0; self.m];
        h[..self.k].iter_mut().for_each(|v| *v = 1.0 + 0.5 * stream.uniform());
        let norm = h.iter().map(|v| v * v).sum::<f64>().sqrt();
        let seen = self.generate(&h, stream);
        let estimate = self.infer(&seen);
        let support = self.largest(&estimate);
        let decoded = self.decode(&seen, &support);
        let offset = self.lambda * (2.0 / (self.rho * self.n as f64)).sqrt() * norm;
        let forward: Vec<f64> = estimate.iter().map(|e| (e - offset).max(0.0)).collect();
        let error = distance(&decoded, &h) / norm;
        out[0] = if error == 0.0 { -40.0 } else { 2.0 * error.log10() };
        out[1] = error;
        out[2] = distance(&forward, &h) / norm;
        out[3] = distance(&forward, &decoded) / norm;
        out[4] = f64::from(support.iter().enumerate().all(|(i, &at)| i == at));
        out[5] = seen.x.len() as f64;
        Ok(())
    }

    fn cost(&self) -> f64 {
        10.0 * self.rho * self.n as f64 * (self.m as f64 + (self.k * self.k) as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::StreamKey;

    fn run(parameters: Params, trial: u64) -> [f64; 6] {
        let mut out = [0.0; 6];
        let key = StreamKey::derive(6, "least-squares-decoder", "test");
        parameters.trial(&mut key.trial(trial), &mut out).unwrap();
        out
    }

    #[test]
    fn noiseless_equations_determine_the_vector_and_noise_does_not() {
        let clean = Params { n: 1500, rho: 0.5, m: 60, k: 5, noise: 0.0, lambda: 2.0 };
        for trial in 0..5 {
            let out = run(clean, trial);
            assert!(out[0] < -24.0 && out[4] == 1.0 && out[5] > 200.0, "{out:?}");
            assert!(out[3] <= out[1] + out[2] + 1e-12, "triangle: {out:?}");
        }
        assert!(run(Params { noise: 0.01, ..clean }, 0)[0] > -12.0);
        // 15 equations for 20 unknowns.
        assert!(run(Params { n: 60, k: 20, ..clean }, 0)[0] > -3.0);
    }
}
