//! A random signal of a filter bank, encoded and decoded by iterative hard thresholding.
//!
//! A trial draws a bank (unless its law is deterministic) and a code z of 𝓜_k: k filters at random, random
//! shifts, values uniform on [−1, 1]. The signal is x = Wᵀz; Algorithm 1 of gilbert2017 starts from 0, and
//! its first pass is one layer with pooling, decoded by Wᵀ. `dimension: 2` takes square filters of side l
//! over D × D channels. Everything is a norm ratio; rounding is below 1e-12.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::experiment::{Column, Definition, Failure, Observable, Parameters, Prepared, Tail};
use crate::models::filter_bank::codes::project;
use crate::models::filter_bank::iht::{Iht, norm, relative_error};
use crate::models::filter_bank::{Bank, Code, Line, Pooling, Shape, Weights};
use crate::random::Stream;

/// Encoding and decoding of random signals.
pub static EXPERIMENT: Definition = Definition::of::<Params>(
    "errors of iterative hard thresholding on random signals of a filter bank",
    "a fresh filter bank and a fresh code",
    OBSERVABLES,
);

const OBSERVABLES: &[Observable] = &[
    Observable::sampled(
        "error",
        &["i"],
        r"\|x-W^Tz_{#1}\|/\|x\|",
        "relative error of the signal after i passes",
    ),
    Observable::sampled(
        "code_error",
        &["i"],
        r"\|z-z_{#1}\|/\|z\|",
        "relative error of the code after i passes",
    ),
    Observable::sampled(
        "norm_ratio",
        &[],
        r"\|W^Tz\|/\|z\|",
        "norm of the signal over that of the code",
    ),
    Observable::sampled(
        "hidden_gap_sq",
        &[],
        r"\|h-z\|^2/\|z\|^2",
        "squared distance of h = W Wᵀz, before pooling, to z",
    ),
    Observable::sampled(
        "code_gap_sq",
        &[],
        r"\|\hat z-z\|^2/\|z\|^2",
        "squared distance of the pooled code to z",
    ),
    Observable::sampled(
        "layer_gap",
        &[],
        r"\|z_1-\mathbf M(Wx,k)\|",
        "distance of the first pass to one layer with pooling",
    ),
    Observable::sampled(
        "energy_gap",
        &[],
        r"\Delta E",
        "departure from ‖x − x̂‖² = ‖x‖² − 2‖h_Ω‖² + ‖W_Ωᵀh_Ω‖², over ‖x‖²",
    ),
    Observable::sampled(
        "operator_gap",
        &[],
        r"\max|Wx-\mathbf Wx|",
        "largest entry of the difference between operators and matrix, forward and adjoint (`matrix`)",
    ),
    Observable::sampled(
        "adjoint_gap",
        &[],
        r"\langle Wx,u\rangle-\langle x,W^Tu\rangle",
        "departure from the adjoint identity for random x, u (`flip` flips the decoder's filters)",
    ),
];

/// Bank, code and algorithm.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Sizes.
    #[serde(flatten)]
    line: Line,
    /// 1 or 2.
    #[serde(default = "one")]
    dimension: usize,
    /// How weights are drawn.
    #[serde(flatten)]
    weights: Weights,
    /// Passes of the algorithm.
    #[serde(default = "one")]
    iterations: usize,
    /// Factor of the residual; 1 in the paper.
    #[serde(default = "unit_step")]
    step: f64,
    /// Pooling; largest modulus with its own place if left out.
    #[serde(default = "max_abs")]
    pooling: Pooling,
    /// The first pass starts from the true code instead of 0 (a control for `layer_gap`).
    #[serde(default)]
    warm: bool,
    /// The code has no negative entries.
    #[serde(default)]
    nonnegative: bool,
    /// All entries are at the first shift of their block.
    #[serde(default)]
    fixed_places: bool,
    /// The decoder's filters are reversed (a control for `adjoint_gap`).
    #[serde(default)]
    flip: bool,
    /// Also compares the operators with the matrix (small banks).
    #[serde(default)]
    matrix: bool,
}

fn one() -> usize {
    1
}

fn unit_step() -> f64 {
    1.0
}

fn max_abs() -> Pooling {
    Pooling::MaxAbs
}

impl Params {
    fn shape(&self) -> Shape {
        let Line { filters, channels, l, t, samples, .. } = self.line;
        match self.dimension {
            2 => Shape::plane(filters, channels, l, t, [samples; 2], 0),
            _ => self.line.shape(),
        }
    }
}

impl Parameters for Params {
    fn prepare(self) -> Result<Box<dyn Prepared>, Failure> {
        let shape = self.shape();
        self.weights.check(&shape)?;
        let sizes = shape.parameters() <= 10_000_000 && shape.rows() <= 1_000_000;
        let dense = !self.matrix || shape.rows() * shape.columns() <= 1_000_000;
        let code = self.line.k >= 1
            && self.line.k <= self.line.filters
            && (1..=2).contains(&self.dimension);
        if !(sizes
            && dense
            && code
            && (1..=1000).contains(&self.iterations)
            && self.step.is_finite())
        {
            return Err(Failure::parameter(
                "a size, k, dimension, iterations or step is out of range",
                "1 ≤ k ≤ K, dimension 1 or 2, 1 to 1000 iterations, at most 10^7 weights (10^6 entries with `matrix`)",
            ));
        }
        Ok(Box::new(self))
    }
}

impl Params {
    fn code(&self, shape: &Shape, stream: &mut Stream) -> Code {
        let value = |stream: &mut Stream| match self.nonnegative {
            true => stream.uniform(),
            false => 2.0 * stream.uniform() - 1.0,
        };
        let code = Code::random(shape, self.line.k, stream, value);
        if !self.fixed_places {
            return code;
        }
        let n = shape.shifts();
        Code::new(code.entries().iter().map(|(row, value)| (row / n * n, *value)).collect())
    }

    /// Gaps between the operators, the matrix and the adjoint.
    fn operator_gaps(&self, bank: &Bank, stream: &mut Stream) -> (f64, f64) {
        let mut x = vec![0.0; bank.shape.columns()];
        let mut u = vec![0.0; bank.shape.rows()];
        stream.fill_normal(&mut x);
        stream.fill_normal(&mut u);
        let (h, y) = (bank.apply(&x), bank.adjoint(&u));
        let decoded = if self.flip { flipped(bank).adjoint(&u) } else { y.clone() };
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let adjoint = (dot(&h, &u) - dot(&x, &decoded)).abs();
        if !self.matrix {
            return (0.0, adjoint);
        }
        let matrix = bank.matrix();
        let slow = &matrix * nalgebra::DVector::from_vec(x);
        let slow_adjoint = matrix.transpose() * nalgebra::DVector::from_vec(u);
        let gap =
            |a: &[f64], b: &[f64]| a.iter().zip(b).fold(0.0_f64, |g, (a, b)| g.max((a - b).abs()));
        (gap(&h, slow.as_slice()).max(gap(&y, slow_adjoint.as_slice())), adjoint)
    }
}

/// The bank with every channel of every filter reversed.
fn flipped(bank: &Bank) -> Bank {
    let mut flipped = bank.clone();
    flipped.weights.chunks_mut(bank.shape.taps()).for_each(<[f64]>::reverse);
    flipped
}

impl Prepared for Params {
    fn columns(&self) -> Vec<Column> {
        let indexed =
            |name| (1..=self.iterations).map(move |i| Column::indexed(name, i, Tail::Unknown));
        let mut columns: Vec<Column> = indexed("error").chain(indexed("code_error")).collect();
        let plain = [
            "norm_ratio",
            "hidden_gap_sq",
            "code_gap_sq",
            "layer_gap",
            "energy_gap",
            "adjoint_gap",
        ];
        columns.extend(plain.map(|name| Column::plain(name, Tail::Unknown)));
        if self.matrix {
            columns.push(Column::plain("operator_gap", Tail::Unknown));
        }
        columns
    }

    fn trial(&self, stream: &mut Stream, out: &mut [f64]) -> Result<(), Failure> {
        let shape = self.shape();
        let bank = self.weights.draw(shape, &mut stream.substream(0));
        let code = self.code(&shape, &mut stream.substream(1));
        let x = bank.synthesise(&code);
        let iht = Iht { k: self.line.k, step: self.step, pooling: self.pooling };
        let codes = iht.run(&bank, &x, self.iterations);
        let mut record: Vec<f64> =
            codes.iter().map(|found| relative_error(&bank, &x, found)).collect();
        let square = code.square();
        record.extend(codes.iter().map(|found| (code.distance_square(found) / square).sqrt()));
        let h = bank.apply(&x);
        let layer = project(&h, shape.shifts(), self.line.k, self.pooling);
        let first = if self.warm { iht.improve(&bank, &x, &code) } else { codes[0].clone() };
        let hidden: f64 =
            h.iter().zip(code.dense(shape.rows())).map(|(h, z)| (h - z).powi(2)).sum::<f64>();
        let decoded = norm(&bank.synthesise(&layer)).powi(2);
        let energy = norm(&x).powi(2) - 2.0 * layer.square() + decoded;
        let direct = (relative_error(&bank, &x, &layer) * norm(&x)).powi(2);
        let (operator, adjoint) = self.operator_gaps(&bank, &mut stream.substream(2));
        record.extend([
            norm(&x) / square.sqrt(),
            hidden / square,
            code.distance_square(&layer) / square,
            first.distance_square(&layer).sqrt(),
            (energy - direct).abs() / norm(&x).powi(2),
            adjoint,
        ]);
        if self.matrix {
            record.push(operator);
        }
        out.copy_from_slice(&record);
        Ok(())
    }

    fn cost(&self) -> f64 {
        let shape = self.shape();
        let pass = 2.0 * shape.parameters() as f64 * shape.shifts() as f64;
        pass * (self.iterations as f64 + 4.0) + 4.0 * shape.parameters() as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::StreamKey;
    use serde_json::json;

    fn record(params: serde_json::Value) -> Vec<f64> {
        let bank = (EXPERIMENT.prepare)(&params).unwrap();
        let mut out = vec![f64::NAN; bank.columns().len()];
        bank.trial(&mut StreamKey::derive(1, "recovery", "{}").trial(3), &mut out).unwrap();
        out
    }

    #[test]
    fn identities_and_controls() {
        let plane =
            record(json!({"K": 3, "M": 2, "l": 2, "D": 4, "k": 2, "dimension": 2, "matrix": true}));
        // error, code error, norm, hidden, code gap, layer gap, energy gap, adjoint gap, operator gap
        assert!(plane[5..].iter().all(|gap| *gap < 1e-12), "{plane:?}");
        assert!((plane[1].powi(2) - plane[4]).abs() < 1e-12);
        let flip = record(json!({"K": 3, "M": 2, "l": 3, "D": 5, "k": 2, "flip": true}));
        assert!(flip[7] > 1e-3);
        let warm = record(json!({"K": 6, "M": 2, "l": 3, "D": 5, "k": 2, "warm": true}));
        assert!(warm[5] > 1e-6);
        let basis = record(
            json!({"K": 4, "M": 1, "l": 4, "t": 4, "D": 8, "k": 2, "law": "dct", "scaling": "raw"}),
        );
        assert!(basis[0] < 1e-14 && basis[3] < 1e-28);
    }
}
