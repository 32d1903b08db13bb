//! A small autoencoder with its matrices at hand: the decoder as a map of the encoder, and Jacobians.
//!
//! Li & Nguyen (2019), Appendix A.1: `x̂_l = g_l(x_{l−1})` with
//! `g_l(u) = W_lᵀ φ_l(g_{l+1}(W_l σ_{l−1}(u) + b_l)) + v_l`, `g_{L+1}` the identity.

use nalgebra::{DMatrix, DVector};

use super::description::Autoencoder;
use super::weight_law::WeightLaw;
use crate::random::Stream;

/// An autoencoder with its weights.
pub struct Explicit<'a> {
    net: &'a Autoencoder,
    weights: Vec<DMatrix<f64>>,
    b: Vec<DVector<f64>>,
    v: Vec<DVector<f64>>,
}

impl<'a> Explicit<'a> {
    /// Fresh weights and biases.
    pub fn draw(net: &'a Autoencoder, law: WeightLaw, stream: &mut Stream) -> Self {
        let mut explicit = Self { net, weights: Vec::new(), b: Vec::new(), v: Vec::new() };
        for l in 1..=net.depth {
            let (rows, columns) = (net.width(l), net.width(l - 1));
            let scale = (net.sigma_w2(l) / columns as f64).sqrt();
            let mut entries = vec![0.0; rows * columns];
            entries.chunks_exact_mut(columns).for_each(|row| law.fill(stream, row));
            explicit.weights.push(scale * DMatrix::from_row_slice(rows, columns, &entries));
            let mut normals = |length: usize, variance: f64| {
                DVector::from_fn(length, |_, _| variance.sqrt() * stream.normal())
            };
            explicit.b.push(normals(rows, net.sigma_b2(l)));
            explicit.v.push(normals(columns, net.sigma_v2(l)));
        }
        explicit
    }

    /// `x_0, …, x_L`.
    pub fn encode(&self, x: &DVector<f64>) -> Vec<DVector<f64>> {
        let mut layers = vec![x.clone()];
        for l in 1..=self.net.depth {
            let s = layers[l - 1].map(|x| self.net.sigma(l - 1).value(x));
            layers.push(&self.weights[l - 1] * s + &self.b[l - 1]);
        }
        layers
    }

    /// `x̂_1, …, x̂_L` from `x_L`.
    pub fn decode(&self, top: &DVector<f64>) -> Vec<DVector<f64>> {
        let mut layers = vec![top.clone()];
        for l in (1..=self.net.depth).rev() {
            let a = layers[self.net.depth - l].map(|x| self.net.phi(l).value(x));
            layers.push(self.weights[l - 1].transpose() * a + &self.v[l - 1]);
        }
        layers.remove(0);
        layers.reverse();
        layers
    }

    /// `g_l(u)`; with `shifted`, φ_{l+1} stands in the place of φ_l (φ_L in its own).
    pub fn map(&self, l: usize, u: &DVector<f64>, shifted: bool) -> DVector<f64> {
        let depth = self.net.depth;
        let below = u.map(|u| self.net.sigma(l - 1).value(u));
        let inner = &self.weights[l - 1] * below + &self.b[l - 1];
        let above = if l == depth { inner } else { self.map(l + 1, &inner, shifted) };
        let phi = self.net.phi(if shifted { depth.min(l + 1) } else { l });
        self.weights[l - 1].transpose() * above.map(|x| phi.value(x)) + &self.v[l - 1]
    }

    /// `g_l(u)` and its Jacobian.
    pub fn jacobian(&self, l: usize, u: &DVector<f64>) -> (DVector<f64>, DMatrix<f64>) {
        let weights = &self.weights[l - 1];
        let below = u.map(|u| self.net.sigma(l - 1).value(u));
        let inner = weights * below + &self.b[l - 1];
        let mut outer = weights.clone();
        for (j, &u) in u.iter().enumerate() {
            outer.column_mut(j).scale_mut(self.net.sigma(l - 1).slope(u));
        }
        let (above, mut product) = if l == self.net.depth {
            (inner, outer)
        } else {
            let (above, jacobian) = self.jacobian(l + 1, &inner);
            (above, jacobian * outer)
        };
        for (i, &x) in above.iter().enumerate() {
            product.row_mut(i).scale_mut(self.net.phi(l).slope(x));
        }
        let value = weights.transpose() * above.map(|x| self.net.phi(l).value(x)) + &self.v[l - 1];
        (value, weights.transpose() * product)
    }

    /// `∏_{r ≥ l} K_{φ_r} K_{σ_{r−1}} ‖W_r‖^power`.
    pub fn norm_product(&self, l: usize, power: i32) -> f64 {
        let factor = |r: usize| {
            let constants = self.net.phi(r).lipschitz() * self.net.sigma(r - 1).lipschitz();
            constants * self.norm(r).powi(power)
        };
        (l..=self.net.depth).map(factor).product()
    }

    /// `‖W_r‖`, the largest singular value.
    pub fn norm(&self, r: usize) -> f64 {
        largest(&self.weights[r - 1])
    }
}

/// Largest singular value.
pub fn largest(matrix: &DMatrix<f64>) -> f64 {
    matrix.singular_values().iter().copied().fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::StreamKey;
    use serde_json::json;

    fn net() -> Autoencoder {
        serde_json::from_value(json!({"L": 3, "widths": [6, 9, 5, 7], "sigma_w2": [1.2, 0.9, 2.0],
            "sigma_b2": 0.1, "sigma_v2": 0.2, "sigma_0": "tanh", "sigma": ["erf", "tanh"],
            "phi": ["tanh", "erf", "sigmoid"], "input": "sawtooth"}))
        .unwrap()
    }

    /// Shapes, the recursive map against the two passes, and the Jacobian against difference quotients.
    #[test]
    fn the_decoder_is_a_map_of_the_encoder() {
        let net = net();
        let mut stream = StreamKey::derive(3, "explicit", "").trial(0);
        let explicit = Explicit::draw(&net, WeightLaw::Gauss, &mut stream);
        let encoded = explicit.encode(&DVector::from_vec(net.input()));
        let decoded = explicit.decode(&encoded[3]);
        for l in 1..=3 {
            assert_eq!(explicit.weights[l - 1].shape(), (net.width(l), net.width(l - 1)));
            assert_eq!(decoded[l - 1].len(), net.width(l - 1));
            let map = explicit.map(l, &encoded[l - 1], false);
            assert!((&map - &decoded[l - 1]).amax() < 1e-13);
            let (value, jacobian) = explicit.jacobian(l, &encoded[l - 1]);
            assert!((&map - value).amax() < 1e-13);
            let step = DVector::from_fn(map.len(), |i, _| 1e-6 * (i as f64 + 1.0).sin());
            let apart = explicit.map(l, &(&encoded[l - 1] + &step), false)
                - explicit.map(l, &(&encoded[l - 1] - &step), false);
            assert!((apart - 2.0 * jacobian * &step).amax() < 1e-14 + 1e-3 * step.norm_squared());
        }
        assert!((explicit.map(1, &encoded[0], true) - &decoded[0]).amax() > 1e-3);
    }
}
