//! Fully connected ReLU (or linear) networks with Gaussian weights: forward, backward, Jacobians.
//!
//! Layer `l` = 1, …, L computes `a_l = W_l h_{l−1} + b`, `h_l = φ(a_l)`, with `h_0 = x` and no linear
//! layer on top (Arpit & Bengio 2019, §3). Batches are matrices with one input a column. Entry
//! `l` of every returned list belongs to layer `l`; entry 0 belongs to the input.

use nalgebra::{DMatrix, DVector, DVectorView, RowDVector};

pub use super::net_description::{Activation, Init, NetDescription};
use crate::models::precision::Precision;

/// A network with its weights; made by [`NetDescription::draw`].
#[derive(Clone, Debug)]
pub struct Net<T = f64> {
    pub(super) description: NetDescription,
    /// `W_lᵀ`, so that the incoming weights of a unit are a column; two matrices at most if tied.
    pub(super) transposed: Vec<DMatrix<T>>,
}

impl<T: Precision> Net<T> {
    /// What the network was drawn from.
    pub fn description(&self) -> &NetDescription {
        &self.description
    }

    /// `W_lᵀ` (shape `n_{l−1} × n_l`) of layer `l ≥ 1`.
    pub fn transposed(&self, l: usize) -> &DMatrix<T> {
        &self.transposed[(l - 1).min(self.transposed.len() - 1)]
    }

    /// [`Self::transposed`], to be changed; with tied weights layers 2, …, L change together.
    pub fn transposed_mut(&mut self, l: usize) -> &mut DMatrix<T> {
        let last = self.transposed.len() - 1;
        &mut self.transposed[(l - 1).min(last)]
    }

    /// Activations `h_0 = inputs, h_1, …, h_L`, each `n_l × N` for `N` inputs.
    pub fn forward(&self, inputs: &DMatrix<T>) -> Vec<DMatrix<T>> {
        let mut activations = vec![inputs.clone()];
        let bias = T::nearest(self.description.bias);
        for l in 1..=self.description.depth() {
            // Both factors in nalgebra's own order: a transposed view would take its slow path.
            let mut above = (activations[l - 1].transpose() * self.transposed(l)).transpose();
            above.apply(|a| *a = self.description.activation.apply(*a + bias));
            activations.push(above);
        }
        activations
    }

    /// Errors `δ_l = ∂ℓ/∂a_l` from `δ_L`: `δ_l = D_l W_{l+1}ᵀ δ_{l+1}` (Eq. 20); entry 0 is `∂ℓ/∂x`,
    /// entry L is `output_error` itself, which is not masked again. `activations` are those of
    /// [`Self::forward`].
    pub fn backward(
        &self,
        activations: &[DMatrix<T>],
        output_error: &DMatrix<T>,
    ) -> Vec<DMatrix<T>> {
        let mut errors = vec![output_error.clone()];
        for l in (0..self.description.depth()).rev() {
            let pulled = self.transposed(l + 1) * &errors[errors.len() - 1];
            errors.push(if l == 0 {
                pulled
            } else {
                self.description.mask(&activations[l], &pulled)
            });
        }
        errors.reverse();
        errors
    }

    /// Jacobians `∂h_L/∂a_l` (shape `n_L × n_l`) at input `j`, for all layers; entry 0 is `∂h_L/∂x`.
    /// Entry `l` counts only active units; `∂h_L/∂h_l` is entry `l + 1` times `W_{l+1}`.
    pub fn jacobians(&self, activations: &[DMatrix<T>], j: usize) -> Vec<DMatrix<T>> {
        let depth = self.description.depth();
        let slopes = |l: usize| {
            let column = activations[l].column(j);
            column.map(|h| self.description.activation.slope(h))
        };
        let mut transposed = vec![DMatrix::from_diagonal(&slopes(depth))];
        for l in (0..depth).rev() {
            let mut pulled = self.transposed(l + 1) * &transposed[transposed.len() - 1];
            if l > 0 {
                let slopes: DVector<T> = slopes(l);
                pulled.column_iter_mut().for_each(|mut g| g.component_mul_assign(&slopes));
            }
            transposed.push(pulled);
        }
        transposed.iter().rev().map(DMatrix::transpose).collect()
    }

    /// Jacobian `∂h_L/∂a_l` at input `j`; `∂h_L/∂x` for `l = 0`. For many layers use
    /// [`Self::jacobians`], which costs the same once.
    pub fn jacobian(&self, activations: &[DMatrix<T>], j: usize, l: usize) -> DMatrix<T> {
        self.jacobians(activations, j).swap_remove(l)
    }
}

/// Squared norms of the columns of each matrix, one matrix a row.
pub fn squared_norms<T: Precision>(layers: &[DMatrix<T>]) -> DMatrix<f64> {
    let rows: Vec<_> = layers.iter().map(column_norms).collect();
    DMatrix::from_rows(&rows)
}

pub(super) fn column_norms<T: Precision>(h: &DMatrix<T>) -> RowDVector<f64> {
    let norm = |column: DVectorView<'_, T>| T::dot(column.as_slice(), column.as_slice());
    RowDVector::from_iterator(h.ncols(), h.column_iter().map(norm))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Stream, StreamKey};

    fn stream(trial: u64) -> Stream {
        StreamKey::derive(3, "relu-net", "{}").trial(trial)
    }

    fn inputs(n: usize, count: usize) -> DMatrix<f64> {
        let mut x = DMatrix::zeros(n, count);
        stream(1000).fill_normal(x.as_mut_slice());
        x
    }

    /// Descriptions that differ in every switch.
    fn descriptions() -> Vec<NetDescription> {
        let relu = NetDescription::relu(7, vec![9, 5, 8], Init::HeFanOut);
        vec![
            NetDescription { activation: Activation::Linear, init: Init::Glorot, ..relu.clone() },
            NetDescription { bias: 0.1, init: Init::HeFanIn, ..relu.clone() },
            NetDescription {
                widths: vec![6; 4],
                tied: true,
                init: Init::GlorotCode,
                ..relu.clone()
            },
            relu,
        ]
    }

    /// `ℓ = Σ c_i h_{L,i}` with fixed numbers `c`.
    fn loss(net: &Net, x: &DMatrix<f64>) -> f64 {
        let h = net.forward(x);
        h[h.len() - 1].iter().zip(1..).map(|(h, i)| h * f64::from(i).sin()).sum()
    }

    fn errors(net: &Net, x: &DMatrix<f64>) -> (Vec<DMatrix<f64>>, Vec<DMatrix<f64>>) {
        let h = net.forward(x);
        let top = &h[h.len() - 1];
        let g = DMatrix::from_fn(top.nrows(), 1, |i, _| ((i + 1) as f64).sin());
        let deltas = net.backward(&h, &net.description.mask(top, &g));
        (h, deltas)
    }

    /// A network of one unit a layer, worked by hand.
    #[test]
    fn hand_worked_network() {
        let mut net = NetDescription::relu(2, vec![2, 1], Init::HeFanOut).draw(&mut stream(0));
        *net.transposed_mut(1) = DMatrix::from_row_slice(2, 2, &[1.0, -1.0, 2.0, 1.0]);
        *net.transposed_mut(2) = DMatrix::from_row_slice(2, 1, &[3.0, 5.0]);
        // x = (3, 1): a_1 = (3 + 2, −3 + 1) = (5, −2), h_1 = (5, 0), h_2 = 15.
        let h = net.forward(&DMatrix::from_column_slice(2, 1, &[3.0, 1.0]));
        assert_eq!((h[1].as_slice(), h[2].as_slice()), ([5.0, 0.0].as_slice(), [15.0].as_slice()));
        let delta = net.backward(&h, &DMatrix::from_element(1, 1, 2.0));
        assert_eq!(
            (delta[1].as_slice(), delta[0].as_slice()),
            ([6.0, 0.0].as_slice(), [6.0, 12.0].as_slice())
        );
        assert_eq!(net.jacobian(&h, 0, 0).as_slice(), [3.0, 6.0]);
    }

    /// Central differences of the loss, in every input and every weight: the loss is piecewise
    /// linear along each, so the difference quotient is the derivative up to rounding.
    #[test]
    fn errors_are_derivatives() {
        let step = 1e-5;
        for (trial, description) in descriptions().iter().enumerate().filter(|(_, d)| !d.tied) {
            let mut net = description.draw(&mut stream(trial as u64));
            let mut x = inputs(7, 1);
            let (h, delta) = errors(&net, &x);
            for i in 0..7 {
                let quotient = difference(step, |shift| {
                    x[i] += shift;
                    let value = loss(&net, &x);
                    x[i] -= shift;
                    value
                });
                approx::assert_abs_diff_eq!(quotient, delta[0][i], epsilon = 1e-8);
            }
            for l in 1..=description.depth() {
                for (i, j) in (0..description.width(l)).flat_map(|i| [(i, 0), (i, 4)]) {
                    let quotient = difference(step, |shift| {
                        net.transposed_mut(l)[(j, i)] += shift;
                        let value = loss(&net, &x);
                        net.transposed_mut(l)[(j, i)] -= shift;
                        value
                    });
                    approx::assert_abs_diff_eq!(
                        quotient,
                        delta[l][i] * h[l - 1][j],
                        epsilon = 1e-8
                    );
                }
            }
        }
    }

    fn difference(step: f64, mut f: impl FnMut(f64) -> f64) -> f64 {
        (f(step) - f(-step)) / (2.0 * step)
    }

    /// Without biases `h_l · δ_l` is the same number for every layer, the input included.
    #[test]
    fn euler_invariant() {
        for description in descriptions() {
            let net = description.draw(&mut stream(5));
            let (h, delta) = errors(&net, &inputs(7, 1));
            let products: Vec<f64> = h.iter().zip(&delta).map(|(h, d)| h.dot(d)).collect();
            let spread = products.iter().fold(0.0_f64, |s, p| s.max((p - products[0]).abs()));
            assert_eq!(spread < 1e-12, description.bias == 0.0, "{products:?}");
        }
    }

    #[test]
    fn jacobians_agree_with_errors() {
        for description in descriptions() {
            let net = description.draw(&mut stream(6));
            let h = net.forward(&inputs(7, 3));
            let jacobians = net.jacobians(&h, 1);
            for row in 0..description.width(description.depth()) {
                let mut g = DMatrix::zeros(h[description.depth()].nrows(), 3);
                g[(row, 1)] = 1.0;
                let errors = net.backward(&h, &net.description.mask(&h[description.depth()], &g));
                for (jacobian, error) in jacobians.iter().zip(&errors) {
                    let gap = (jacobian.row(row).transpose() - error.column(1)).amax();
                    assert!(gap < 1e-12, "{gap}");
                }
            }
        }
    }

    /// The same weights in both precisions: norms of ten layers, forward and backward, agree to some roundings a layer,
    /// passes that keep the weights with those that forget them, and draws in single precision have the law of normals.
    #[test]
    fn single_precision_is_close() {
        let relu = NetDescription::relu(60, vec![80; 10], Init::HeFanOut);
        for description in [relu.clone(), NetDescription { tied: true, bias: 0.1, ..relu }] {
            let single: Net<f32> = description.draw(&mut stream(8));
            let transposed = single.transposed.iter().map(f32::doubles).collect();
            let double = Net { description: description.clone(), transposed };
            let x = f32::all_nearest(&inputs(60, 3));
            let passes = (single.forward(&x), double.forward(&f32::doubles(&x)));
            let (h, exact) = (squared_norms(&passes.0), squared_norms(&passes.1));
            approx::assert_relative_eq!(h, exact, max_relative = 2e-6);
            let forgotten = description.forward_in::<f32>(&mut stream(8), &f32::doubles(&x));
            approx::assert_relative_eq!(forgotten, exact, max_relative = 2e-6);
            let errors = single.backward(&passes.0, &passes.0[10]);
            let exact = double.backward(&passes.1, &passes.1[10]);
            approx::assert_relative_eq!(
                squared_norms(&errors),
                squared_norms(&exact),
                max_relative = 4e-6
            );
            // Σ w² n/2 is χ² with 4800 degrees of freedom: six standard deviations.
            let chi = f32::doubles(single.transposed(1)).norm_squared() * 40.0;
            assert!((chi - 4800.0).abs() < 600.0, "{chi}");
        }
    }
}
