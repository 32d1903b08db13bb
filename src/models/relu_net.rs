//! Deep ReLU nets with their matrices: forward passes, gradients, Jacobians.
//!
//! Batches are matrices with one input a column. h_0 = x, a_l = W_l h_{l−1} + b_l, h_l = φ(a_l); no
//! linear layer on top. δ_l = ∂ℓ/∂a_l.

use nalgebra::DMatrix;

use crate::random::Stream;

/// Rows of a weight matrix drawn at a time; part of the meaning of a seed.
const BLOCK: usize = 64;

/// Variance of the weights of a layer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Init {
    /// 2/fan-out: keeps the norm.
    HeFanOut,
    /// 2/fan-in: keeps the second moment per unit.
    HeFanIn,
    /// 2/(fan-in + fan-out).
    Glorot,
    /// 1/fan-out: what the experiments of arpit2019 call Glorot.
    InverseFanOut,
    /// The same variance in every layer.
    Variance(f64),
}

impl Init {
    /// Variance for a layer with these numbers of inputs and outputs.
    pub fn variance(self, fan_in: usize, fan_out: usize) -> f64 {
        match self {
            Self::HeFanOut => 2.0 / fan_out as f64,
            Self::HeFanIn => 2.0 / fan_in as f64,
            Self::Glorot => 2.0 / (fan_in + fan_out) as f64,
            Self::InverseFanOut => 1.0 / fan_out as f64,
            Self::Variance(variance) => variance,
        }
    }
}

/// Activation function φ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// max(0, a), with derivative 0 at 0.
    Relu,
    /// a.
    Linear,
}

impl Activation {
    #[inline]
    fn apply(self, a: f64) -> f64 {
        match self {
            Self::Relu => a.max(0.0),
            Self::Linear => a,
        }
    }

    #[inline]
    fn derivative(self, a: f64) -> f64 {
        if self == Self::Linear || a > 0.0 { 1.0 } else { 0.0 }
    }
}

/// A net with stored weights.
#[derive(Clone, Debug, PartialEq)]
pub struct ReluNet {
    /// W_1, …, W_L; W_l is n_l × n_{l−1}.
    pub weights: Vec<DMatrix<f64>>,
    /// The bias of every unit of a layer, one number a layer.
    pub biases: Vec<f64>,
    /// φ.
    pub activation: Activation,
}

/// All pre-activations and activations of a batch.
#[derive(Clone, Debug)]
pub struct ForwardPass {
    /// a_1, …, a_L.
    pub preactivations: Vec<DMatrix<f64>>,
    /// h_0, …, h_L.
    pub activations: Vec<DMatrix<f64>>,
}

/// Draws `rows` × `columns` independent N(0, variance) entries in blocks of rows and hands each block
/// with its first row to `take`.
fn draw_blocks(
    rows: usize,
    columns: usize,
    variance: f64,
    stream: &mut Stream,
    mut take: impl FnMut(usize, &DMatrix<f64>),
) {
    let scale = variance.sqrt();
    let mut block = DMatrix::zeros(0, 0);
    for first in (0..rows).step_by(BLOCK) {
        let height = BLOCK.min(rows - first);
        if block.nrows() != height {
            block = DMatrix::zeros(height, columns);
        }
        stream.fill_normal(block.as_mut_slice());
        block *= scale;
        take(first, &block);
    }
}

/// A matrix of independent N(0, variance) entries.
pub fn gaussian_matrix(
    rows: usize,
    columns: usize,
    variance: f64,
    stream: &mut Stream,
) -> DMatrix<f64> {
    let mut matrix = DMatrix::zeros(rows, columns);
    draw_blocks(rows, columns, variance, stream, |first, block| {
        matrix.rows_mut(first, block.nrows()).copy_from(block);
    });
    matrix
}

/// ‖·‖² of every column.
pub fn column_norms_sq(matrix: &DMatrix<f64>) -> Vec<f64> {
    matrix.column_iter().map(|column| column.norm_squared()).collect()
}

/// Squared norms ‖h_l‖², l = 0, …, L, of every input (`[l][input]`) through a net whose weights are
/// drawn, used once and dropped: same numbers as [`ReluNet::draw`] with the same stream and no bias.
pub fn stream_norms_sq(
    widths: &[usize],
    init: Init,
    activation: Activation,
    inputs: &DMatrix<f64>,
    stream: &mut Stream,
) -> Vec<Vec<f64>> {
    let mut h = inputs.clone();
    let mut norms = vec![column_norms_sq(&h)];
    for pair in widths.windows(2) {
        let mut next = DMatrix::zeros(pair[1], h.ncols());
        draw_blocks(pair[1], pair[0], init.variance(pair[0], pair[1]), stream, |first, block| {
            next.rows_mut(first, block.nrows()).gemm(1.0, block, &h, 0.0);
        });
        next.apply(|a| *a = activation.apply(*a));
        h = next;
        norms.push(column_norms_sq(&h));
    }
    norms
}

impl ReluNet {
    /// Independent weights for widths n_0, …, n_L, no biases.
    pub fn draw(widths: &[usize], init: Init, activation: Activation, stream: &mut Stream) -> Self {
        let weights: Vec<_> = widths
            .windows(2)
            .map(|w| gaussian_matrix(w[1], w[0], init.variance(w[0], w[1]), stream))
            .collect();
        let biases = vec![0.0; weights.len()];
        Self { weights, biases, activation }
    }

    /// Tied weights W_2 = W_3 = … = W_L for widths n_0, n, …, n.
    pub fn draw_tied(
        inputs: usize,
        width: usize,
        depth: usize,
        init: Init,
        activation: Activation,
        stream: &mut Stream,
    ) -> Self {
        let mut net =
            Self::draw(&[inputs, width, width][..depth.clamp(1, 2) + 1], init, activation, stream);
        while net.weights.len() < depth {
            net.weights.push(net.weights[1].clone());
        }
        net.biases = vec![0.0; net.weights.len()];
        net
    }

    /// The same bias at every unit.
    pub fn with_bias(mut self, bias: f64) -> Self {
        self.biases.fill(bias);
        self
    }

    /// Number of layers L.
    pub fn depth(&self) -> usize {
        self.weights.len()
    }

    /// Forward pass of a batch (n_0 × inputs).
    pub fn forward(&self, inputs: DMatrix<f64>) -> ForwardPass {
        let mut preactivations = Vec::with_capacity(self.depth());
        let mut activations = vec![inputs];
        for (l, (weight, &bias)) in self.weights.iter().zip(&self.biases).enumerate() {
            let mut a = weight * &activations[l];
            if bias != 0.0 {
                a.add_scalar_mut(bias);
            }
            activations.push(a.map(|a| self.activation.apply(a)));
            preactivations.push(a);
        }
        ForwardPass { preactivations, activations }
    }

    /// δ_1, …, δ_L for a given δ_L (one column an input), which need not be masked:
    /// δ_l = φ′(a_l) ⊙ W_{l+1}ᵀ δ_{l+1} (arpit2019, Eq. 20).
    pub fn backward(&self, pass: &ForwardPass, top: DMatrix<f64>) -> Vec<DMatrix<f64>> {
        let mut deltas = vec![top];
        for l in (1..self.depth()).rev() {
            let above = &deltas[deltas.len() - 1];
            let mut delta = transposed_product(&self.weights[l], above);
            delta
                .zip_apply(&pass.preactivations[l - 1], |d, a| *d *= self.activation.derivative(a));
            deltas.push(delta);
        }
        deltas.reverse();
        deltas
    }

    /// δ_L = φ′(a_L) ⊙ `gradient` for ∂ℓ/∂h_L = `gradient`.
    pub fn mask_top(&self, pass: &ForwardPass, gradient: &DMatrix<f64>) -> DMatrix<f64> {
        let last = &pass.preactivations[self.depth() - 1];
        gradient.zip_map(last, |g, a| g * self.activation.derivative(a))
    }

    /// ∂h_L/∂h_l for the single input of the pass's first column; l = 0 is the input-output Jacobian,
    /// l = L the identity.
    pub fn jacobian(&self, pass: &ForwardPass, l: usize) -> DMatrix<f64> {
        let outputs = pass.activations[self.depth()].nrows();
        let mut jacobian = DMatrix::identity(outputs, outputs);
        for k in (l..self.depth()).rev() {
            mask_columns(&mut jacobian, &pass.preactivations[k], self.activation);
            jacobian *= &self.weights[k];
        }
        jacobian
    }

    /// ∂h_L/∂a_l, l = 1, …, L: the Jacobian from h_l with the columns of inactive units cleared.
    pub fn jacobian_preactivation(&self, pass: &ForwardPass, l: usize) -> DMatrix<f64> {
        let mut jacobian = self.jacobian(pass, l);
        mask_columns(&mut jacobian, &pass.preactivations[l - 1], self.activation);
        jacobian
    }
}

fn mask_columns(jacobian: &mut DMatrix<f64>, preactivation: &DMatrix<f64>, activation: Activation) {
    for (j, mut column) in jacobian.column_iter_mut().enumerate() {
        column *= activation.derivative(preactivation[(j, 0)]);
    }
}

/// WᵀD; the copy of the transpose pays off from a few columns on, since only plain products are blocked.
fn transposed_product(weight: &DMatrix<f64>, delta: &DMatrix<f64>) -> DMatrix<f64> {
    if delta.ncols() < 8 { weight.tr_mul(delta) } else { weight.transpose() * delta }
}

impl ForwardPass {
    /// ‖h_l‖² of every input, l = 0, …, L.
    pub fn norms_sq(&self) -> Vec<Vec<f64>> {
        self.activations.iter().map(column_norms_sq).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::backward::{
        Loss, ProfileSampler, random_target_distribution, softmax_error,
    };
    use crate::random::StreamKey;

    fn stream(name: &str, trial: u64) -> Stream {
        StreamKey::derive(7, name, "").trial(trial)
    }

    #[test]
    fn streaming_gives_the_stored_net_s_numbers() {
        let widths = [30, 100, 70, 130];
        let inputs = gaussian_matrix(30, 5, 1.0, &mut stream("inputs", 0));
        let net = ReluNet::draw(&widths, Init::HeFanOut, Activation::Relu, &mut stream("net", 0));
        let stored = net.forward(inputs.clone()).norms_sq();
        let streamed = stream_norms_sq(
            &widths,
            Init::HeFanOut,
            Activation::Relu,
            &inputs,
            &mut stream("net", 0),
        );
        for (a, b) in stored.iter().flatten().zip(streamed.iter().flatten()) {
            assert!((a / b - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn gradients_agree_with_finite_differences() {
        // ℓ = ½‖h_L‖², derivative along one weight = δ_l,i h_{l−1,j}.
        let net = ReluNet::draw(&[4, 6, 5], Init::HeFanOut, Activation::Relu, &mut stream("fd", 1))
            .with_bias(0.1);
        let x = gaussian_matrix(4, 1, 1.0, &mut stream("fd", 2));
        let loss = |net: &ReluNet| 0.5 * net.forward(x.clone()).norms_sq()[2][0];
        let pass = net.forward(x.clone());
        let top = net.mask_top(&pass, &pass.activations[2]);
        let deltas = net.backward(&pass, top);
        for (l, delta) in deltas.iter().enumerate() {
            for i in 0..net.weights[l].nrows() {
                for j in 0..net.weights[l].ncols() {
                    let (mut plus, mut minus) = (net.clone(), net.clone());
                    plus.weights[l][(i, j)] += 1e-6;
                    minus.weights[l][(i, j)] -= 1e-6;
                    let slope = (loss(&plus) - loss(&minus)) / 2e-6;
                    let exact = delta[(i, 0)] * pass.activations[l][(j, 0)];
                    assert!((slope - exact).abs() < 1e-8, "{l} {i} {j}: {slope} {exact}");
                }
            }
        }
    }

    #[test]
    fn euler_invariant_holds_without_bias_only() {
        let spread = |bias: f64| {
            let net = ReluNet::draw(
                &[20, 60, 60, 60, 60],
                Init::HeFanOut,
                Activation::Relu,
                &mut stream("euler", 0),
            );
            let net = net.with_bias(bias);
            let pass = net.forward(gaussian_matrix(20, 1, 1.0, &mut stream("euler", 1)));
            let readout = gaussian_matrix(60, 1, 1.0, &mut stream("euler", 2));
            let deltas = net.backward(&pass, net.mask_top(&pass, &readout));
            let dots: Vec<f64> = (0..4).map(|l| deltas[l].dot(&pass.activations[l + 1])).collect();
            dots.iter().fold(0.0f64, |worst, s| worst.max((s / dots[0] - 1.0).abs()))
        };
        assert!(spread(0.0) < 1e-12, "{}", spread(0.0));
        assert!(spread(0.3) > 1e-3);
    }

    #[test]
    fn jacobians_are_what_the_net_does_locally() {
        let net = ReluNet::draw(&[5, 8, 7], Init::HeFanIn, Activation::Relu, &mut stream("jac", 0));
        let x = gaussian_matrix(5, 1, 1.0, &mut stream("jac", 1));
        let pass = net.forward(x.clone());
        // Piecewise linear without bias: h_L = J x exactly.
        let back = net.jacobian(&pass, 0) * &x;
        assert!((back - &pass.activations[2]).amax() < 1e-14);
        let back = net.jacobian_preactivation(&pass, 1) * &pass.preactivations[0];
        assert!((back - &pass.activations[2]).amax() < 1e-14);
        assert_eq!(net.jacobian(&pass, 2), DMatrix::identity(7, 7));
    }

    #[test]
    fn tied_and_linear_nets() {
        let net = ReluNet::draw_tied(
            3,
            6,
            4,
            Init::InverseFanOut,
            Activation::Linear,
            &mut stream("tied", 0),
        );
        assert_eq!((net.depth(), &net.weights[1]), (4, &net.weights[3]));
        let x = gaussian_matrix(3, 1, 1.0, &mut stream("tied", 1));
        let direct =
            &net.weights[1] * (&net.weights[1] * (&net.weights[1] * (&net.weights[0] * &x)));
        assert!((net.forward(x).activations[4].clone() - direct).amax() < 1e-13);
    }

    /// Mean and standard error.
    fn summary(values: &[f64]) -> (f64, f64) {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let variance = values.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (n - 1.0);
        (mean, (variance / n).sqrt())
    }

    /// ρ_1 of one full-matrix softmax net.
    fn full_softmax_ratio(widths: &[usize], classes: usize, trial: u64) -> f64 {
        let mut stream = stream("softmax", trial);
        let depth = widths.len() - 1;
        let net = ReluNet::draw(widths, Init::HeFanOut, Activation::Relu, &mut stream);
        let mut x = gaussian_matrix(widths[0], 1, 1.0, &mut stream);
        x.normalize_mut();
        let pass = net.forward(x);
        let readout = gaussian_matrix(classes, widths[depth], 1.0, &mut stream);
        let logits = &readout * &pass.activations[depth];
        let target = random_target_distribution(classes, &mut stream);
        let error = DMatrix::from_vec(classes, 1, softmax_error(logits.as_slice(), &target));
        let deltas = net.backward(&pass, net.mask_top(&pass, &readout.tr_mul(&error)));
        deltas[0].norm_squared() / deltas[depth - 1].norm_squared()
    }

    #[test]
    fn the_reduced_law_agrees_with_full_matrices() {
        let draws = 3000;
        let full: Vec<f64> =
            (0..draws).map(|i| full_softmax_ratio(&[10, 16, 16, 16], 5, i)).collect();
        let loss = Loss::SoftmaxCrossEntropy { classes: 5 };
        let sampler = ProfileSampler::new(&[10, 16, 16, 16], Init::HeFanOut, loss);
        let reduced: Vec<f64> = (0..20_000)
            .filter_map(|i| sampler.sample(1.0, &mut stream("reduced", i)).map(|p| p.ratio_sq(1)))
            .collect();
        let ((a, e), (b, d)) = (summary(&full), summary(&reduced));
        assert!((a - b).abs() < 6.0 * e.hypot(d), "{a} ± {e} against {b} ± {d}");
        let squares = |v: &[f64]| v.iter().map(|x| x.ln() * x.ln()).collect::<Vec<_>>();
        let ((a, e), (b, d)) = (summary(&squares(&full)), summary(&squares(&reduced)));
        assert!((a - b).abs() < 6.0 * e.hypot(d), "{a} ± {e} against {b} ± {d}");
    }
}
