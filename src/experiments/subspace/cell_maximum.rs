//! The largest image of a grid cell under a Gaussian map.
//!
//! For r in the cube [0, Δ]ᵈ with Δ = min{ε/√d, √ε/d}, B ∈ ℝ^{n×d} orthonormal and R ∈ ℝ^{m×n} with
//! independent N(0, 2/m) entries (so that RB is m × d with the same entries), ‖RBr‖² is convex in r and its
//! maximum is at one of the 2ᵈ corners: a trial draws RB, forms the Gram matrix and tries them all
//! (arpit2019, Eqs. 87–92). At the corner with k ones ‖RBr‖² is 2kΔ²χ²_m/m in law.

use nalgebra::DMatrix;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::experiment::{
    Column, Definition, Enclosure, Failure, Observable, Parameters, Prepared, Tail,
};
use crate::models::subspace::widths::spacing;
use crate::random::Stream;

/// Largest image of a grid cell under a Gaussian map.
pub static EXPERIMENT: Definition = Definition::of::<Params>(
    "largest squared image of a grid cell under a Gaussian map",
    "a fresh Gaussian matrix",
    OBSERVABLES,
);

const OBSERVABLES: &[Observable] = &[
    Observable::sampled(
        "cell_max",
        &[],
        r"\max_{r\in[0,\Delta]^d}\|RBr\|^2",
        "largest ‖RBr‖² over the cell",
    ),
    Observable::sampled(
        "gram_deviation",
        &[],
        r"\max_{i,j}\bigl|\tfrac12\langle RB_i,RB_j\rangle-\delta_{ij}\bigr|",
        "largest deviation of ½⟨RB_i, RB_j⟩ from δ_ij over all pairs of columns",
    ),
    Observable::exact(
        "cell_bound",
        &["a"],
        r"\max_{r}\bigl(2\|r\|_2^2+2{#1}\|r\|_1^2\bigr)",
        "largest 2‖r‖₂² + 2a‖r‖₁² over the cell: 2dΔ² + 2a d²Δ²",
    ),
];

/// Cell and map.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Dimension of the cell, 1 to 16.
    d: usize,
    /// ε of the spacing, in (0, 1).
    eps: f64,
    /// Rows of R, 1 to 10⁶.
    m: usize,
}

impl Parameters for Params {
    fn prepare(self) -> Result<Box<dyn Prepared>, Failure> {
        let sizes = (1..=16).contains(&self.d) && (1..=1_000_000).contains(&self.m);
        if !(sizes && self.eps > 0.0 && self.eps < 1.0) {
            let message =
                format!("d = {}, m = {} or eps = {} is out of range", self.d, self.m, self.eps);
            return Err(Failure::parameter(message, "1 ≤ d ≤ 16, 1 ≤ m ≤ 10^6, 0 < eps < 1"));
        }
        Ok(Box::new(self))
    }
}

impl Prepared for Params {
    fn exact(&self, name: &str, arguments: &[f64]) -> Result<Enclosure, Failure> {
        match (name, arguments) {
            ("cell_bound", [a]) => {
                let (d, step) = (self.d as f64, spacing(self.eps, self.d as u64));
                let bound = 2.0 * d * step * step * (1.0 + a * d);
                Ok(Enclosure::with_relative_error(bound, 1e-14))
            }
            _ => Err(Failure::no_such_observable(name)),
        }
    }

    fn columns(&self) -> Vec<Column> {
        ["cell_max", "gram_deviation"].map(|name| Column::plain(name, Tail::Unknown)).to_vec()
    }

    fn trial(&self, stream: &mut Stream, out: &mut [f64]) -> Result<(), Failure> {
        let mut gram = DMatrix::zeros(self.d, self.d);
        let mut row = vec![0.0; self.d];
        for _ in 0..self.m {
            stream.fill_normal(&mut row);
            for i in 0..self.d {
                for j in 0..=i {
                    gram[(i, j)] += row[i] * row[j];
                }
            }
        }
        gram *= 2.0 / self.m as f64;
        let step = spacing(self.eps, self.d as u64);
        out[0] = step * step * largest_corner(&gram);
        let pairs = (0..self.d).flat_map(|i| (0..=i).map(move |j| (i, j)));
        out[1] = pairs
            .map(|(i, j)| (0.5 * gram[(i, j)] - f64::from(u8::from(i == j))).abs())
            .fold(0.0, f64::max);
        Ok(())
    }

    fn cost(&self) -> f64 {
        let d = self.d as f64;
        self.m as f64 * (25.0 * d + d * d) + 2_f64.powi(self.d as i32) * d * d
    }
}

/// Largest rᵀGr over r ∈ {0, 1}ᵈ; only the lower triangle of `gram` is read.
fn largest_corner(gram: &DMatrix<f64>) -> f64 {
    let d = gram.nrows();
    let corner = |bits: u32| {
        let on = |i: &usize| bits >> i & 1 == 1;
        let below = |i: usize| (0..i).filter(on).map(move |j| 2.0 * gram[(i, j)]).sum::<f64>();
        (0..d).filter(on).map(|i| gram[(i, i)] + below(i)).sum::<f64>()
    };
    (0..1_u32 << d).map(corner).fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::StreamKey;
    use serde_json::json;

    #[test]
    fn corners_of_a_hand_made_form() {
        // 2x² + y² − 4xy + 3z²: best is x = z = 1, y = 0, with 5.
        let gram = DMatrix::from_row_slice(3, 3, &[2.0, 9.0, 9.0, -2.0, 1.0, 9.0, 0.0, 0.0, 3.0]);
        assert_eq!(largest_corner(&gram), 5.0);
    }

    /// d = 1: the corner r = Δ = ε gives 2ε²χ²_m/m, of mean 2ε² and relative variance 2/m; 2000 trials,
    /// 6.5 standard errors.
    #[test]
    fn one_dimension_is_a_chi_squared() {
        let cell = (EXPERIMENT.prepare)(&json!({"d": 1, "eps": 0.3, "m": 50})).unwrap();
        let key = StreamKey::derive(1, "cell-maximum", "{}");
        let mut out = [0.0; 2];
        let mut mean = 0.0;
        for trial in 0..2000 {
            cell.trial(&mut key.trial(trial), &mut out).unwrap();
            mean += out[0] / (2.0 * 0.09) / 2000.0;
        }
        assert!((mean - 1.0).abs() < 6.5 * (2.0 / 50.0 / 2000.0_f64).sqrt(), "{mean}");
    }

    #[test]
    fn the_bound_is_at_most_four_eps_squared() {
        for (d, eps) in [(1, 0.3), (3, 0.25), (3, 0.9), (16, 0.1)] {
            let cell = (EXPERIMENT.prepare)(&json!({"d": d, "eps": eps, "m": 1})).unwrap();
            let bound = cell.exact("cell_bound", &[eps]).unwrap();
            assert!(bound.lo <= 4.0 * eps * eps, "{d} {eps} {bound:?}");
        }
        assert!((EXPERIMENT.prepare)(&json!({"d": 17, "eps": 0.5, "m": 1})).is_err());
    }
}
