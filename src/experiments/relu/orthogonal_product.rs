//! Singular values of the Jacobian of a deep network with orthogonal or Gaussian square matrices.
//!
//! A product `W_L ⋯ W_1` of orthogonal matrices is orthogonal: all its singular values are 1, at any
//! depth (Saxe, McClelland & Ganguli 2014). A product of Gaussian matrices of variance `1/n` keeps
//! norms in the mean only, and its singular values spread exponentially in the depth. With ReLU
//! between the layers the Jacobian at a random input is `D_L W_L ⋯ D_1 W_1` with the 0/1 diagonals
//! `D_l` of active units, and can't be an isometry.
//!
//! A trial draws the matrices and the input. Orthogonal matrices are uniform on the orthogonal group
//! (Q of the QR decomposition of a Gaussian matrix, columns signed by the diagonal of R; Mezzadri
//! 2007). Singular values are those of a dense SVD, accurate to about `n ε` of the largest.

use nalgebra::{DMatrix, DVector};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::experiment::{Column, Definition, Failure, Observable, Parameters, Prepared, Tail};
use crate::models::relu::net::Activation;
use crate::random::Stream;

const OBSERVABLES: &[Observable] = &[
    Observable::sampled(
        "max_abs_sv_minus_1",
        &[],
        r"\max_i|s_i-1|",
        "Largest departure of a singular value of the Jacobian from 1.",
    ),
    Observable::sampled(
        "singular_value",
        &["i"],
        r"s_{#1}",
        "Singular value number i of the Jacobian, largest first.",
    ),
];

/// Singular values of a product of square matrices.
pub static EXPERIMENT: Definition = Definition::of::<Params>(
    "singular values of the Jacobian of a deep net with orthogonal or Gaussian matrices",
    "a network: fresh matrices, fresh Gaussian input",
    OBSERVABLES,
);

/// Law of the weight matrices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Weights {
    /// Uniform on the orthogonal group.
    #[default]
    Orthogonal,
    /// Independent normals of variance 1/n.
    Gaussian,
}

/// A deep network of square layers.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Width.
    pub n: usize,
    /// Number of layers.
    #[serde(rename = "L")]
    pub depth: usize,
    /// Law of the weight matrices.
    #[serde(default)]
    pub weights: Weights,
    /// Activation function.
    #[serde(default = "linear")]
    pub activation: Activation,
}

const fn linear() -> Activation {
    Activation::Linear
}

impl Parameters for Params {
    fn prepare(self) -> Result<Box<dyn Prepared>, Failure> {
        if !(1..=2000).contains(&self.n) || !(1..=10_000).contains(&self.depth) {
            let message = "`n` must be 1 to 2000 and `L` 1 to 10000";
            return Err(Failure::parameter(message, "the singular values cost n³"));
        }
        Ok(Box::new(OrthogonalProduct(self)))
    }
}

struct OrthogonalProduct(Params);

impl OrthogonalProduct {
    fn weights(&self, stream: &mut Stream) -> DMatrix<f64> {
        let n = self.0.n;
        let mut gaussian = DMatrix::zeros(n, n);
        stream.fill_normal(gaussian.as_mut_slice());
        match self.0.weights {
            Weights::Gaussian => gaussian / (n as f64).sqrt(),
            Weights::Orthogonal => {
                let (mut q, r) = gaussian.qr().unpack();
                for (mut column, diagonal) in q.column_iter_mut().zip(r.diagonal().iter()) {
                    column *= diagonal.signum();
                }
                q
            }
        }
    }

    fn jacobian(&self, stream: &mut Stream) -> DMatrix<f64> {
        let n = self.0.n;
        let mut h = DVector::zeros(n);
        stream.fill_normal(h.as_mut_slice());
        let mut jacobian = DMatrix::identity(n, n);
        for _ in 0..self.0.depth {
            let w = self.weights(stream);
            h = (&w * h).map(|a| self.0.activation.apply(a));
            jacobian = w * jacobian;
            let slopes = h.map(|h| self.0.activation.slope(h));
            jacobian.column_iter_mut().for_each(|mut column| column.component_mul_assign(&slopes));
        }
        jacobian
    }
}

impl Prepared for OrthogonalProduct {
    fn columns(&self) -> Vec<Column> {
        let values = (1..=self.0.n).map(|i| Column::indexed("singular_value", i, Tail::Unknown));
        std::iter::once(Column::plain("max_abs_sv_minus_1", Tail::Unknown)).chain(values).collect()
    }

    fn trial(&self, stream: &mut Stream, out: &mut [f64]) -> Result<(), Failure> {
        let mut values: Vec<f64> =
            self.jacobian(stream).singular_values().iter().copied().collect();
        values.sort_by(|a, b| b.total_cmp(a));
        out[0] = values.iter().fold(0.0, |largest: f64, s| largest.max((s - 1.0).abs()));
        out[1..].copy_from_slice(&values);
        Ok(())
    }

    fn cost(&self) -> f64 {
        // Product, QR and input a layer; 20 n³ for the singular values.
        (self.0.n as f64).powi(3) * (6.0 * self.0.depth as f64 + 20.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::StreamKey;

    fn trial(weights: Weights, activation: Activation, n: usize) -> Vec<f64> {
        let experiment = Params { n, depth: 8, weights, activation }.prepare().unwrap();
        let mut out = vec![0.0; n + 1];
        let key = StreamKey::derive(1, "orthogonal-product", "{}");
        experiment.trial(&mut key.trial(0), &mut out).unwrap();
        out
    }

    #[test]
    fn only_orthogonal_linear_nets_are_isometric() {
        assert!(trial(Weights::Orthogonal, Activation::Linear, 12)[0] < 1e-13);
        assert!(trial(Weights::Gaussian, Activation::Linear, 12)[0] > 0.5);
        // A dead unit in the last layer is a singular value 0.
        let relu = trial(Weights::Orthogonal, Activation::Relu, 12);
        assert!(relu[0] > 0.9 && relu[12] < 1e-12 && relu[1] <= 1.0 + 1e-12, "{relu:?}");
    }

    /// Entries of a uniform orthogonal matrix have mean 0 and variance 1/n; without the signs of R's
    /// diagonal the diagonal of Q would be negative.
    #[test]
    fn orthogonal_matrices_are_uniform() {
        let params =
            Params { n: 3, depth: 1, weights: Weights::Orthogonal, activation: Activation::Linear };
        let experiment = OrthogonalProduct(params);
        let key = StreamKey::derive(2, "orthogonal-product", "{}");
        let trials = 4000;
        let (mut sum, mut squares) = (0.0, 0.0);
        for trial in 0..trials {
            let q = experiment.weights(&mut key.trial(trial));
            assert!((q.transpose() * &q - DMatrix::identity(3, 3)).amax() < 1e-14);
            sum += q[(0, 0)];
            squares += q[(0, 0)] * q[(0, 0)];
        }
        let count = trials as f64;
        // Archimedes: an entry is uniform on [−1, 1]; 6.5 standard errors.
        assert!((sum / count).abs() < 6.5 * (1.0 / 3.0 / count).sqrt());
        assert!((squares / count - 1.0 / 3.0).abs() < 6.5 * (4.0 / 45.0 / count).sqrt());
    }

    #[test]
    fn sizes_are_limited() {
        for (n, depth) in [(0, 1), (1, 0), (3000, 1)] {
            let params = Params { n, depth, weights: Weights::Gaussian, activation: linear() };
            assert!(matches!(params.prepare(), Err(Failure::Parameter { .. })));
        }
    }
}
