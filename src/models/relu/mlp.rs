//! A network with one hidden ReLU layer, softmax cross-entropy, and plain gradient descent, in f32.

use nalgebra::{DMatrix, DVector};

use super::net::Init;
use crate::random::Stream;

/// `z = V ReLU(Wx + b) + c`.
#[derive(Clone, Debug)]
pub struct Mlp {
    hidden: DMatrix<f32>,
    hidden_bias: DVector<f32>,
    readout: DMatrix<f32>,
    readout_bias: DVector<f32>,
}

impl Mlp {
    /// Draws hidden weights of the given variance, readout weights of variance `1/width`, biases 0.
    pub fn draw(
        stream: &mut Stream,
        inputs: usize,
        width: usize,
        classes: usize,
        init: Init,
    ) -> Self {
        let mut hidden = DMatrix::zeros(width, inputs);
        let mut readout = DMatrix::zeros(classes, width);
        stream.fill_normal_f32(hidden.as_mut_slice());
        stream.fill_normal_f32(readout.as_mut_slice());
        hidden *= init.variance(inputs, width).sqrt() as f32;
        readout /= (width as f32).sqrt();
        let (hidden_bias, readout_bias) = (DVector::zeros(width), DVector::zeros(classes));
        Self { hidden, hidden_bias, readout, readout_bias }
    }

    fn activations(&self, inputs: &DMatrix<f32>) -> DMatrix<f32> {
        let mut h = &self.hidden * inputs;
        h.column_iter_mut()
            .for_each(|mut h| h.zip_apply(&self.hidden_bias, |h, b| *h = (*h + b).max(0.0)));
        h
    }

    fn logits(&self, h: &DMatrix<f32>) -> DMatrix<f32> {
        let mut z = &self.readout * h;
        z.column_iter_mut().for_each(|mut z| z += &self.readout_bias);
        z
    }

    /// One step of gradient descent on the mean cross-entropy of a batch (an input a column).
    pub fn step(&mut self, inputs: &DMatrix<f32>, labels: &[u8], rate: f32) {
        let h = self.activations(inputs);
        let mut error = self.logits(&h);
        softmax_errors(&mut error, labels);
        let mut below = self.readout.transpose() * &error;
        below.zip_apply(&h, |g, h| *g = if h > 0.0 { *g } else { 0.0 });
        let step = -rate / labels.len() as f32;
        self.readout.gemm(step, &error, &h.transpose(), 1.0);
        self.readout_bias.axpy(step, &error.column_sum(), 1.0);
        self.hidden.gemm(step, &below, &inputs.transpose(), 1.0);
        self.hidden_bias.axpy(step, &below.column_sum(), 1.0);
    }

    /// Fraction of inputs whose largest logit is that of the label; 0 if a logit is not a number.
    pub fn accuracy(&self, inputs: &DMatrix<f32>, labels: &[u8]) -> f64 {
        let z = self.logits(&self.activations(inputs));
        let right = |(z, &label): (nalgebra::DVectorView<'_, f32>, &u8)| {
            let own = z[usize::from(label)];
            z.iter().enumerate().all(|(k, &other)| k == usize::from(label) || own > other)
        };
        let hits = z.column_iter().zip(labels).filter(|pair| right(*pair)).count();
        hits as f64 / labels.len() as f64
    }
}

/// Turns logits into the derivative of the cross-entropy by them: softmax less the label's unit vector.
fn softmax_errors(logits: &mut DMatrix<f32>, labels: &[u8]) {
    for (mut z, &label) in logits.column_iter_mut().zip(labels) {
        let top = z.max();
        z.apply(|z| *z = (*z - top).exp());
        let total = z.sum();
        z /= total;
        z[usize::from(label)] -= 1.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::StreamKey;

    fn stream() -> Stream {
        StreamKey::derive(4, "mlp", "{}").trial(0)
    }

    fn cross_entropy(net: &Mlp, inputs: &DMatrix<f32>, labels: &[u8]) -> f64 {
        let z = net.logits(&net.activations(inputs));
        let loss = |(z, &label): (nalgebra::DVectorView<'_, f32>, &u8)| {
            let total: f64 = z.iter().map(|&z| f64::from(z).exp()).sum();
            total.ln() - f64::from(z[usize::from(label)])
        };
        z.column_iter().zip(labels).map(loss).sum::<f64>() / labels.len() as f64
    }

    /// A small step lowers the loss by rate · ‖gradient‖², and the step is −rate · gradient.
    #[test]
    fn a_step_goes_down_the_gradient() {
        let mut x = DMatrix::zeros(6, 8);
        stream().substream(1).fill_normal_f32(x.as_mut_slice());
        let labels: Vec<u8> = (0..8).map(|i| i % 3).collect();
        let before = Mlp::draw(&mut stream(), 6, 5, 3, Init::HeFanIn);
        let rate = 1e-2_f32;
        let mut after = before.clone();
        after.step(&x, &labels, rate);
        let moved = [
            (&after.hidden - &before.hidden).norm_squared(),
            (&after.readout - &before.readout).norm_squared(),
            (&after.hidden_bias - &before.hidden_bias).norm_squared(),
            (&after.readout_bias - &before.readout_bias).norm_squared(),
        ];
        let expected = f64::from(moved.iter().sum::<f32>()) / f64::from(rate);
        let fall = cross_entropy(&before, &x, &labels) - cross_entropy(&after, &x, &labels);
        // Second-order term: rate² gᵀHg/2, with curvature of order one: under 5 % at this rate.
        assert!((fall / expected - 1.0).abs() < 0.05, "{fall} {expected}");
    }

    /// Each weight's derivative by central differences.
    #[test]
    fn gradients_are_derivatives() {
        let mut x = DMatrix::zeros(4, 3);
        stream().substream(2).fill_normal_f32(x.as_mut_slice());
        let labels = [0, 2, 1];
        let net = Mlp::draw(&mut stream(), 4, 6, 3, Init::HeFanOut);
        let mut stepped = net.clone();
        stepped.step(&x, &labels, 1.0);
        let width = 1e-2;
        for (row, column) in [(0, 0), (1, 3), (5, 2), (3, 1)] {
            let at = |shift: f32| {
                let mut moved = net.clone();
                moved.hidden[(row, column)] += shift;
                cross_entropy(&moved, &x, &labels)
            };
            let slope = (at(width) - at(-width)) / (2.0 * f64::from(width));
            let taken = f64::from(net.hidden[(row, column)] - stepped.hidden[(row, column)]);
            assert!((slope - taken).abs() < 1e-3, "{slope} {taken}");
        }
    }

    #[test]
    fn accuracy_counts_the_largest_logit() {
        let mut net = Mlp::draw(&mut stream(), 2, 2, 2, Init::HeFanIn);
        net.hidden = DMatrix::identity(2, 2);
        net.readout = DMatrix::identity(2, 2);
        let x = DMatrix::from_column_slice(2, 4, &[1.0, 0.0, 0.0, 1.0, 3.0, 2.0, 1.0, 1.0]);
        // The tie of the last input counts as wrong.
        assert_eq!(net.accuracy(&x, &[0, 1, 1, 0]), 0.5);
        net.readout[(0, 0)] = f32::NAN;
        assert_eq!(net.accuracy(&x, &[0, 0, 0, 0]), 0.0);
    }
}
