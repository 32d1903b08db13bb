//! The dimension of the set of inputs with the same output.
//!
//! With the supports of x (`nnz_x` entries) and of `h = r(Wᵀx + b)` (`nnz_h` entries) fixed, x ↦ h is affine with the
//! `nnz_h × nnz_x` block of `Wᵀ`: the inputs with the same h form a set of dimension `nnz_x − rank` (arora2015, Section 2). A trial
//! draws the block with standard normal entries; singular values below 1e-10 of the largest count as 0.

use nalgebra::DMatrix;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::experiment::{Column, Definition, Failure, Observable, Parameters, Prepared, Tail};
use crate::random::Stream;

/// The dimension of the set of inputs with the same output.
pub static EXPERIMENT: Definition = Definition::of::<Params>(
    "dimension of the inputs of one layer that share an output, supports fixed",
    "a fresh matrix",
    OBSERVABLES,
);

const OBSERVABLES: &[Observable] =
    &[Observable::sampled("dimension", &[], r"\dim", "nnz_x less the rank of the block")];

/// Sizes of the supports.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Non-zero entries of x, 1 to 200.
    nnz_x: usize,
    /// Non-zero entries of h, 1 to 200.
    nnz_h: usize,
    /// All rows of the block are the same one.
    #[serde(default)]
    repeated: bool,
}

impl Parameters for Params {
    fn prepare(self) -> Result<Box<dyn Prepared>, Failure> {
        match (1..=200).contains(&self.nnz_x) && (1..=200).contains(&self.nnz_h) {
            true => Ok(Box::new(self)),
            false => Err(Failure::parameter("nnz_x or nnz_h is out of range", "1 to 200")),
        }
    }
}

impl Prepared for Params {
    fn columns(&self) -> Vec<Column> {
        vec![Column::plain("dimension", Tail::Bounded { lo: 0.0, hi: self.nnz_x as f64 })]
    }

    fn trial(&self, stream: &mut Stream, out: &mut [f64]) -> Result<(), Failure> {
        let mut block = DMatrix::zeros(self.nnz_h, self.nnz_x);
        stream.fill_normal(block.as_mut_slice());
        if self.repeated {
            let row = block.row(0).into_owned();
            block.row_iter_mut().for_each(|mut other| other.copy_from(&row));
        }
        let singular = block.singular_values();
        let rank = singular.iter().filter(|s| **s > 1e-10 * singular.max()).count();
        out[0] = (self.nnz_x - rank) as f64;
        Ok(())
    }

    fn cost(&self) -> f64 {
        10.0 * (self.nnz_x * self.nnz_h * self.nnz_x.min(self.nnz_h)) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::StreamKey;

    #[test]
    fn generic_blocks_have_full_rank() {
        let key = StreamKey::derive(8, "fibre-dimension", "test");
        let dimension = |parameters: Params| {
            let mut out = [0.0];
            parameters.trial(&mut key.trial(0), &mut out).unwrap();
            out[0]
        };
        assert_eq!(dimension(Params { nnz_x: 5, nnz_h: 2, repeated: false }), 3.0);
        assert_eq!(dimension(Params { nnz_x: 5, nnz_h: 2, repeated: true }), 4.0);
        assert_eq!(dimension(Params { nnz_x: 3, nnz_h: 7, repeated: false }), 0.0);
    }
}
