//! Reconstruction from rectified coefficients of a bank and its negatives, without pooling.
//!
//! Ψ = [Wᵀ, −Wᵀ] and x̂ = Ψ ReLU(Ψᵀx) (gilbert2017, Proposition 1): x̂ = Wᵀ W x for ReLU, so x̂ = x if
//! WᵀW = I. A trial draws W (`orthonormal`: uniform on the orthogonal group; `tight`: the first n columns
//! of a larger one, a Parseval frame of 2n rows; `unit-rows`: 2n independent unit rows, not tight; `haar`, `dct`:
//! convolutional bases at critical stride) and x ~ N(0, I). `leak` is the slope of the negative part, `bias`
//! is subtracted before rectifying, `one_sided` drops −W, `linear` drops the rectifier. The errors are
//! relative to ‖x‖.

use nalgebra::{DMatrix, DVector};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::experiment::{Column, Definition, Failure, Observable, Parameters, Prepared, Tail};
use crate::models::filter_bank::{Law, Scaling, Shape};
use crate::random::Stream;

/// Rectified coefficients of ± pairs.
pub static EXPERIMENT: Definition = Definition::of::<Params>(
    "reconstruction from rectified coefficients of a basis and its negatives",
    "a fresh basis and a fresh Gaussian signal",
    OBSERVABLES,
);

const OBSERVABLES: &[Observable] = &[
    Observable::sampled(
        "rel_error",
        &[],
        r"\|\hat x-x\|/\|x\|",
        "relative error of the reconstruction",
    ),
    Observable::sampled("error_sq", &[], r"\|\hat x-x\|^2/n", "squared error over the dimension"),
    Observable::sampled(
        "signal_sq",
        &[],
        r"\|x\|^2/n",
        "squared norm of the signal over the dimension",
    ),
    Observable::sampled(
        "split_gap",
        &[],
        r"\|\Psi(z_+,z_-)-W^Tz\|",
        "departure from Ψ(z₊, z₋) = Wᵀz for a random z, over ‖z‖",
    ),
];

/// The basis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Basis {
    /// Uniform on the orthogonal group.
    Orthonormal,
    /// A Parseval frame of 2n rows.
    Tight,
    /// 2n independent unit rows.
    UnitRows,
    /// Haar filters at stride 2.
    Haar,
    /// Block DCT-II of length 4.
    Dct,
}

/// Basis and rectifier.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Dimension of the signal.
    n: usize,
    /// The basis.
    basis: Basis,
    /// Slope of the rectifier for negative coefficients.
    #[serde(default)]
    leak: f64,
    /// Subtracted from coefficients before rectifying.
    #[serde(default)]
    bias: f64,
    /// Drops the negatives −W.
    #[serde(default)]
    one_sided: bool,
    /// Drops the rectifier.
    #[serde(default)]
    linear: bool,
}

impl Parameters for Params {
    fn prepare(self) -> Result<Box<dyn Prepared>, Failure> {
        let unit = match self.basis {
            Basis::Haar => 2,
            Basis::Dct => 4,
            _ => 1,
        };
        let finite = self.leak.is_finite() && self.bias.is_finite();
        if !((1..=300).contains(&self.n) && self.n.is_multiple_of(unit) && finite) {
            let message = format!("n = {}, leak or bias is out of range", self.n);
            return Err(Failure::parameter(
                message,
                "1 ≤ n ≤ 300, even for haar, a multiple of 4 for dct",
            ));
        }
        Ok(Box::new(self))
    }
}

impl Params {
    fn draw(&self, stream: &mut Stream) -> DMatrix<f64> {
        let n = self.n;
        let convolutional = |law: Law, length: usize| {
            let bank = law.bank(Shape::line(length, 1, length, length, n), Scaling::Raw);
            bank.map(|bank| bank.matrix())
        };
        let known = match self.basis {
            Basis::Haar => convolutional(Law::Haar, 2),
            Basis::Dct => convolutional(Law::Dct, 4),
            _ => None,
        };
        if let Some(matrix) = known {
            return matrix;
        }
        let rows = if self.basis == Basis::Orthonormal { n } else { 2 * n };
        let gauss = DMatrix::from_fn(rows, rows, |_, _| stream.normal());
        if self.basis == Basis::UnitRows {
            let mut rows = gauss.columns(0, n).into_owned();
            rows.row_iter_mut().for_each(|mut row| {
                let norm = row.norm();
                row /= norm;
            });
            return rows;
        }
        gauss.qr().q().columns(0, n).into_owned()
    }

    fn rectify(&self, coefficient: f64) -> f64 {
        let shifted = coefficient - self.bias;
        if self.linear || shifted > 0.0 { shifted } else { self.leak * shifted }
    }
}

impl Prepared for Params {
    fn columns(&self) -> Vec<Column> {
        ["rel_error", "error_sq", "signal_sq", "split_gap"]
            .map(|name| match name {
                // ‖x‖²/n has variance 2/n.
                "signal_sq" => Column::plain(name, Tail::Variance(2.0 / self.n as f64)),
                _ => Column::plain(name, Tail::Unknown),
            })
            .into()
    }

    fn trial(&self, stream: &mut Stream, out: &mut [f64]) -> Result<(), Failure> {
        let basis = self.draw(&mut stream.substream(0));
        let mut signal = stream.substream(1);
        let x = DVector::from_fn(self.n, |_, _| signal.normal());
        let h = &basis * &x;
        let kept = h.map(|h| {
            let negative = if self.one_sided { 0.0 } else { self.rectify(-h) };
            self.rectify(h) - negative
        });
        let error = basis.tr_mul(&kept) - &x;
        let z = DVector::from_fn(basis.nrows(), |_, _| signal.normal());
        let split = basis.tr_mul(&z.map(|z| z.max(0.0))) - basis.tr_mul(&z.map(|z| (-z).max(0.0)));
        let dimension = self.n as f64;
        out.copy_from_slice(&[
            error.norm() / x.norm(),
            error.norm_squared() / dimension,
            x.norm_squared() / dimension,
            (split - basis.tr_mul(&z)).norm() / z.norm(),
        ]);
        Ok(())
    }

    fn cost(&self) -> f64 {
        20.0 * (self.n as f64).powi(3) + 1000.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::StreamKey;
    use serde_json::json;

    fn error(params: serde_json::Value) -> f64 {
        let mut out = [f64::NAN; 4];
        let pairs = (EXPERIMENT.prepare)(&params).unwrap();
        pairs.trial(&mut StreamKey::derive(1, "pairs", "{}").trial(0), &mut out).unwrap();
        out[0]
    }

    #[test]
    fn exact_cases() {
        for basis in ["orthonormal", "tight", "haar", "dct"] {
            assert!(error(json!({"n": 8, "basis": basis})) < 1e-13, "{basis}");
            assert!((error(json!({"n": 8, "basis": basis, "leak": 0.1})) - 0.1).abs() < 1e-13);
            assert!((error(json!({"n": 8, "basis": basis, "linear": true})) - 1.0).abs() < 1e-13);
        }
        assert!(error(json!({"n": 8, "basis": "unit-rows"})) > 0.1);
        assert!(error(json!({"n": 8, "basis": "orthonormal", "one_sided": true})) > 0.1);
        assert!((EXPERIMENT.prepare)(&json!({"n": 7, "basis": "haar"})).is_err());
    }
}
