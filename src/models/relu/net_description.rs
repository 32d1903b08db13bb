//! What is known of a network before its weights are drawn, and forward passes that forget them.

use nalgebra::{DMatrix, DMatrixView, DVector};
use schemars::JsonSchema;
use serde::Deserialize;

use super::net::{Net, column_norms, squared_norms};
use crate::models::precision::{MOST_DOUBLES, Precision};
use crate::random::Stream;

/// Rows of a weight matrix that are drawn, used and forgotten together in a forward pass.
const BLOCK: usize = 64;
/// Weights that are scaled before they leave the cache in which they were drawn.
const IN_CACHE: usize = 2048;

/// Variance of the weights of layer `l`, `n_l` being the layer's width and `n_{l−1}` the one below.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Init {
    /// `2/n_l` (Arpit & Bengio 2019, Lemma 1): keeps the norm through a ReLU layer.
    #[default]
    HeFanOut,
    /// `2/n_{l−1}` (He et al. 2015, forward version): keeps the second moment of a unit.
    HeFanIn,
    /// `2/(n_l + n_{l−1})` (Glorot & Bengio 2010).
    Glorot,
    /// `1/n_l` in every layer, the first included.
    GlorotCode,
}

impl Init {
    /// Variance of a weight from a layer of width `fan_in` to one of width `fan_out`.
    pub fn variance(self, fan_in: usize, fan_out: usize) -> f64 {
        let (fan_in, fan_out) = (fan_in as f64, fan_out as f64);
        match self {
            Self::HeFanOut => 2.0 / fan_out,
            Self::HeFanIn => 2.0 / fan_in,
            Self::Glorot => 2.0 / (fan_in + fan_out),
            Self::GlorotCode => 1.0 / fan_out,
        }
    }
}

/// What a unit does with its pre-activation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Activation {
    /// `max(0, a)`.
    #[default]
    Relu,
    /// `a`.
    Linear,
}

impl Activation {
    /// `φ(a)`.
    #[inline]
    pub fn apply<T: Precision>(self, a: T) -> T {
        match self {
            Self::Relu => a.max(T::zero()),
            Self::Linear => a,
        }
    }

    /// `φ′`, told from the activation `h = φ(a)`: for ReLU, `h > 0` exactly where `a > 0`.
    #[inline]
    pub fn slope<T: Precision>(self, h: T) -> T {
        match self {
            Self::Relu if h > T::zero() => T::one(),
            Self::Relu => T::zero(),
            Self::Linear => T::one(),
        }
    }
}

/// What is known of a network before its weights are drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct NetDescription {
    /// Input dimension `n_0`.
    pub input: usize,
    /// Widths `n_1, …, n_L`.
    pub widths: Vec<usize>,
    /// Variance of the weights.
    pub init: Init,
    /// Activation function of every layer.
    pub activation: Activation,
    /// Bias of every unit (0 at the paper's initialisation).
    pub bias: f64,
    /// Do layers 2, …, L share one weight matrix? Their widths must then agree.
    pub tied: bool,
}

impl NetDescription {
    /// A ReLU network without biases, all weights independent.
    pub fn relu(input: usize, widths: Vec<usize>, init: Init) -> Self {
        Self { input, widths, init, activation: Activation::Relu, bias: 0.0, tied: false }
    }

    /// Checks that such a network exists.
    ///
    /// # Errors
    /// A sentence in lower case that says why not.
    pub fn check(&self) -> Result<(), String> {
        if self.input == 0 || self.widths.is_empty() || self.widths.contains(&0) {
            return Err("a network needs an input, a layer, and at least one unit in each".into());
        }
        if !self.bias.is_finite() {
            return Err("the bias is not a finite number".into());
        }
        if self.tied && self.widths.iter().any(|&n| n != self.widths[0]) {
            return Err("tied weights need layers of one width".into());
        }
        Ok(())
    }

    /// Number of layers `L`.
    pub fn depth(&self) -> usize {
        self.widths.len()
    }

    /// Width of layer `l`; the input dimension for `l = 0`.
    pub fn width(&self, l: usize) -> usize {
        if l == 0 { self.input } else { self.widths[l - 1] }
    }

    /// Standard deviation of the weights of layer `l ≥ 1`.
    pub fn deviation(&self, l: usize) -> f64 {
        self.init.variance(self.width(l - 1), self.width(l)).sqrt()
    }

    /// Number of weights that are drawn.
    pub fn weights(&self) -> usize {
        let drawn = if self.tied { self.depth().min(2) } else { self.depth() };
        (1..=drawn).map(|l| self.width(l) * self.width(l - 1)).sum()
    }

    /// Is the network so large that single precision is the better choice where only norms are looked at?
    pub fn single(&self) -> bool {
        self.weights() > MOST_DOUBLES
    }

    /// Draws the weights, row by row from the first layer up, and keeps them.
    pub fn draw<T: Precision>(&self, stream: &mut Stream) -> Net<T> {
        let drawn = if self.tied { self.depth().min(2) } else { self.depth() };
        let transposed = |l| {
            let mut w = DMatrix::zeros(self.width(l - 1), self.width(l));
            let deviation = T::nearest(self.deviation(l));
            // In place: a second matrix would cost as much in page faults as its weights do.
            for weights in w.as_mut_slice().chunks_mut(IN_CACHE) {
                T::fill_normal(stream, weights);
                weights.iter_mut().for_each(|w| *w *= deviation);
            }
            w
        };
        Net { description: self.clone(), transposed: (1..=drawn).map(transposed).collect() }
    }

    /// `D_l g`: passes `g` (`n_l × N`) where the units of activation `h_l` are active. The output
    /// error of a loss with `∂ℓ/∂h_L = g` is `δ_L = D_L g`.
    pub fn mask<T: Precision>(&self, activation: &DMatrix<T>, g: &DMatrix<T>) -> DMatrix<T> {
        g.zip_map(activation, |g, h| g * self.activation.slope(h))
    }

    /// Squared norms `‖h_l(x)‖²` in a freshly drawn network: entry `(l, j)` is layer `l` (row 0 the
    /// inputs) at input `j`. Weights are forgotten as soon as they are used; the same stream gives
    /// [`Self::draw`] the same network, in the precision that [`Self::single`] says.
    pub fn forward(&self, stream: &mut Stream, inputs: &DMatrix<f64>) -> DMatrix<f64> {
        if self.single() {
            self.forward_in::<f32>(stream, inputs)
        } else {
            self.forward_in::<f64>(stream, inputs)
        }
    }

    pub(super) fn forward_in<T: Precision>(
        &self,
        stream: &mut Stream,
        inputs: &DMatrix<f64>,
    ) -> DMatrix<f64> {
        if self.tied {
            return squared_norms(&self.draw(stream).forward(&T::all_nearest(inputs)));
        }
        let mut norms = DMatrix::zeros(self.depth() + 1, inputs.ncols());
        norms.row_mut(0).copy_from(&column_norms(inputs));
        let mut rows = T::all_nearest(&inputs.transpose());
        for l in 1..=self.depth() {
            rows = self.layer(stream, l, &rows);
            norms.row_mut(l).tr_copy_from(&row_norms(&rows));
        }
        norms
    }

    /// One freshly drawn layer on activations with one input a row: a few units at a time are
    /// drawn, applied and forgotten.
    fn layer<T: Precision>(&self, stream: &mut Stream, l: usize, below: &DMatrix<T>) -> DMatrix<T> {
        let (fan_in, fan_out) = (self.width(l - 1), self.width(l));
        let mut above = DMatrix::zeros(below.nrows(), fan_out);
        let rows = if below.nrows() == 1 { 1 } else { BLOCK.min(fan_out) };
        let mut weights = vec![T::zero(); fan_in * rows];
        for first in (0..fan_out).step_by(rows) {
            let count = rows.min(fan_out - first);
            let weights = &mut weights[..fan_in * count];
            T::fill_normal(stream, weights);
            if below.nrows() == 1 {
                above[first] = T::nearest(T::dot(weights, below.as_slice()));
            } else {
                let block = DMatrixView::from_slice(weights, fan_in, count);
                above.columns_mut(first, count).gemm(T::one(), below, &block, T::zero());
            }
        }
        let (deviation, bias) = (T::nearest(self.deviation(l)), T::nearest(self.bias));
        above.apply(|a| *a = self.activation.apply(*a * deviation + bias));
        above
    }
}

fn row_norms<T: Precision>(h: &DMatrix<T>) -> DVector<f64> {
    let mut sums = DVector::zeros(h.nrows());
    for column in h.column_iter() {
        sums.zip_apply(&column, |sum, h| *sum += h.double() * h.double());
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::StreamKey;

    fn stream(trial: u64) -> Stream {
        StreamKey::derive(3, "net-description", "{}").trial(trial)
    }

    fn inputs(n: usize, count: usize) -> DMatrix<f64> {
        let mut x = DMatrix::zeros(n, count);
        stream(1000).fill_normal(x.as_mut_slice());
        x
    }

    #[test]
    fn passing_through_is_the_stored_network() {
        let relu = NetDescription::relu(7, vec![9, 5, 8], Init::HeFanOut);
        let descriptions = [
            NetDescription { activation: Activation::Linear, init: Init::Glorot, ..relu.clone() },
            NetDescription { bias: 0.1, init: Init::HeFanIn, ..relu.clone() },
            NetDescription { widths: vec![6; 4], tied: true, ..relu.clone() },
            relu,
        ];
        for (trial, description) in descriptions.iter().enumerate() {
            for count in [1, 70] {
                let x = inputs(7, count);
                let kept: Net = description.draw(&mut stream(trial as u64));
                let norms = description.forward(&mut stream(trial as u64), &x);
                assert_eq!(norms.shape(), (description.depth() + 1, count));
                let kept = squared_norms(&kept.forward(&x));
                approx::assert_relative_eq!(norms, kept, max_relative = 1e-12);
            }
        }
        // More than one block of rows.
        let wide = NetDescription::relu(3, vec![2 * BLOCK + 5, 4], Init::HeFanOut);
        let kept: Net = wide.draw(&mut stream(9));
        let norms = wide.forward(&mut stream(9), &inputs(3, 2));
        let kept = squared_norms(&kept.forward(&inputs(3, 2)));
        approx::assert_relative_eq!(norms, kept, max_relative = 1e-12);
    }

    #[test]
    fn variances_are_those_of_the_papers() {
        let v = |init: Init| init.variance(30, 10);
        assert_eq!([v(Init::HeFanOut), v(Init::HeFanIn)], [0.2, 1.0 / 15.0]);
        assert_eq!([v(Init::Glorot), v(Init::GlorotCode)], [0.05, 0.1]);
        let net = NetDescription::relu(40, vec![50, 50], Init::HeFanOut);
        let net: Net = net.draw(&mut stream(7));
        // Σ w² n/2 is χ² with 50·n_{l−1} degrees of freedom: six standard deviations.
        for (l, below) in [(1, 40.0), (2, 50.0)] {
            let dof = 50.0 * below;
            let chi = net.transposed(l).norm_squared() * 25.0;
            assert!((chi - dof).abs() < 6.0 * (2.0 * dof).sqrt(), "{chi} {dof}");
        }
    }

    #[test]
    fn impossible_networks_are_refused() {
        let relu = NetDescription::relu(7, vec![9, 5], Init::HeFanOut);
        assert!(relu.check().is_ok());
        assert!(NetDescription { tied: true, ..relu.clone() }.check().is_err());
        assert!(NetDescription { widths: vec![], ..relu.clone() }.check().is_err());
        assert!(NetDescription { widths: vec![3, 0], ..relu.clone() }.check().is_err());
        assert!(NetDescription { bias: f64::NAN, ..relu }.check().is_err());
    }
}
