//! The dimension that a layer's outputs span when its inputs fill a d-dimensional subspace.
//!
//! A trial draws B₀ = W₁B, an n1 × d Gaussian matrix, and `inputs` Gaussian coordinates z, and finds the
//! singular values of the matrix of outputs, ReLU(B₀z) or B₀z (arpit2019, Eqs. 13–16). `rank` counts those
//! above 1e-10 of the largest.

use nalgebra::DMatrix;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::experiment::{Column, Definition, Failure, Observable, Parameters, Prepared, Tail};
use crate::random::Stream;

/// Dimension spanned by a layer's outputs.
pub static EXPERIMENT: Definition = Definition::of::<Params>(
    "dimension spanned by a layer's outputs on a subspace of inputs",
    "a fresh matrix and fresh inputs",
    OBSERVABLES,
);

const OBSERVABLES: &[Observable] = &[
    Observable::sampled(
        "rank",
        &[],
        r"\operatorname{rank}[h_1(x_1),\dots,h_1(x_N)]",
        "singular values of the outputs' matrix above 1e-10 of the largest",
    ),
    Observable::sampled(
        "relative_singular_value",
        &["i"],
        r"\sigma_{#1}/\sigma_1",
        "i-th largest singular value relative to the largest (1 ≤ i ≤ 100)",
    ),
];

/// What the layer does after its linear map.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Activation {
    /// max(0, x).
    #[default]
    Relu,
    /// Nothing.
    Linear,
}

/// The layer and its inputs.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Dimension of the subspace of inputs.
    d: usize,
    /// Width of the layer.
    n1: usize,
    /// Number of inputs.
    inputs: usize,
    /// What follows the linear map; ReLU if left out.
    #[serde(default)]
    activation: Activation,
}

/// Largest side of a matrix.
const LARGEST: usize = 3000;
/// Singular values that are recorded, at most.
const RECORDED: usize = 100;
/// Singular values below this share of the largest count as zero.
const THRESHOLD: f64 = 1e-10;

impl Parameters for Params {
    fn prepare(self) -> Result<Box<dyn Prepared>, Failure> {
        if ![self.d, self.n1, self.inputs].iter().all(|size| (1..=LARGEST).contains(size)) {
            let message = format!(
                "d = {}, n1 = {} or inputs = {} is out of range",
                self.d, self.n1, self.inputs
            );
            return Err(Failure::parameter(message, "each from 1 to 3000"));
        }
        Ok(Box::new(self))
    }
}

impl Params {
    fn recorded(&self) -> usize {
        self.n1.min(self.inputs).min(RECORDED)
    }
}

impl Prepared for Params {
    fn columns(&self) -> Vec<Column> {
        let rank =
            Column::plain("rank", Tail::Bounded { lo: 0.0, hi: self.n1.min(self.inputs) as f64 });
        let ratio =
            |i| Column::indexed("relative_singular_value", i, Tail::Bounded { lo: 0.0, hi: 1.0 });
        std::iter::once(rank).chain((1..=self.recorded()).map(ratio)).collect()
    }

    fn trial(&self, stream: &mut Stream, out: &mut [f64]) -> Result<(), Failure> {
        let mut normal = |rows: usize, columns: usize| {
            let mut entries = vec![0.0; rows * columns];
            stream.fill_normal(&mut entries);
            DMatrix::from_vec(rows, columns, entries)
        };
        let layer = normal(self.n1, self.d);
        let mut outputs = layer * normal(self.d, self.inputs);
        if self.activation == Activation::Relu {
            outputs.apply(|x| *x = x.max(0.0));
        }
        let mut values: Vec<f64> = outputs.singular_values().iter().copied().collect();
        values.sort_by(|a, b| b.total_cmp(a));
        let largest = values[0];
        out[0] = values.iter().filter(|value| **value > THRESHOLD * largest).count() as f64;
        out[1..].iter_mut().zip(&values).for_each(|(slot, value)| *slot = value / largest);
        Ok(())
    }

    fn cost(&self) -> f64 {
        let (long, short) = (self.n1.max(self.inputs) as f64, self.n1.min(self.inputs) as f64);
        20.0 * long * short * short
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::StreamKey;
    use serde_json::json;

    fn rank(value: serde_json::Value) -> f64 {
        let layer = (EXPERIMENT.prepare)(&value).unwrap();
        let mut out = vec![0.0; layer.columns().len()];
        layer.trial(&mut StreamKey::derive(1, "subspace-rank", "{}").trial(0), &mut out).unwrap();
        assert!((out[1] - 1.0).abs() < 1e-15 && out[2..].iter().all(|ratio| *ratio <= 1.0));
        out[0]
    }

    #[test]
    fn relu_spans_everything_and_the_linear_map_does_not() {
        assert_eq!(rank(json!({"d": 3, "n1": 20, "inputs": 100})), 20.0);
        assert_eq!(rank(json!({"d": 3, "n1": 20, "inputs": 100, "activation": "linear"})), 3.0);
        // One input dimension: two rays, hence rank 2.
        assert_eq!(rank(json!({"d": 1, "n1": 20, "inputs": 50})), 2.0);
    }

    #[test]
    fn sizes_out_of_range_are_refused() {
        assert!((EXPERIMENT.prepare)(&json!({"d": 0, "n1": 2, "inputs": 2})).is_err());
        assert!((EXPERIMENT.prepare)(&json!({"d": 1, "n1": 2, "inputs": 5000})).is_err());
    }
}
