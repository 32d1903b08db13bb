//! Weight-tied autoencoders with gradient descent written out, so that a step is its products and little else.
//!
//! `x_0 = x`, `x_l = W_l σ(x_{l−1}) + b_l` (σ of layer 0 is the identity), `y_{L+1} = φ_L(x_L)`,
//! `y_l = φ(W_lᵀ y_{l+1} + v_l)` down to `l = 1`, where the output's activation stands in place of φ
//! (Li & Nguyen, ICLR 2019, Section 2). Rows of all matrices here are images of a batch.
//!
//! The gradient of the loss is scaled by −rate at the output; as backpropagation is linear, every
//! gradient arrives as the step itself and is added into the weights by the product that forms it.

use std::collections::HashMap;

use tch::{Device, Kind, Tensor};

use super::train::Trainable;
use crate::random::Stream;
use crate::training::pixels::Pixels;
use crate::training::scheme::{Activation, Loss, Scheme};

/// Test images go through the net in blocks of this many.
const BLOCK: usize = 1000;

/// Apply and pull back activations; both by the output alone.
fn apply(activation: Activation, mut x: Tensor) -> Tensor {
    match activation {
        Activation::Relu => x.relu_(),
        Activation::Tanh => x.tanh_(),
        Activation::Identity => x,
    }
}

fn pull_back(activation: Activation, gradient: Tensor, output: &Tensor) -> Tensor {
    match activation {
        Activation::Relu => output.threshold_backward(&gradient, 0.0),
        Activation::Tanh => Tensor::tanh_backward(&gradient, output),
        Activation::Identity => gradient,
    }
}

struct Layer {
    /// W_l, n_l × n_{l−1}.
    weights: Tensor,
    /// b_l, n_l.
    encoder_bias: Tensor,
    /// v_l, n_{l−1}.
    decoder_bias: Tensor,
}

/// A weight-tied autoencoder.
pub struct Net {
    layers: Vec<Layer>,
    scheme: Scheme,
    /// φ_L, after the encoder.
    top: Activation,
    /// φ_0, after the decoder.
    output: Activation,
    device: Device,
}

/// All activations of a batch.
struct Trace {
    /// σ(x_0), …, σ(x_{L−1}), the first being the batch itself.
    encoder: Vec<Tensor>,
    /// y_{L+1}, y_L, …, y_1: the last is the output.
    decoder: Vec<Tensor>,
}

impl Net {
    /// Draws a net of these widths (n_0, …, n_L): standard normals scaled by the scheme, so that two
    /// schemes with one stream are paired.
    pub fn draw(
        stream: &mut Stream,
        widths: &[usize],
        scheme: Scheme,
        (top, output): (Activation, Activation),
        device: Device,
    ) -> Self {
        let mut normal = |rows: usize, columns: usize, variance: f64| {
            let mut numbers = vec![0.0; rows * columns];
            stream.fill_normal_f32(&mut numbers);
            let deviation = variance.sqrt() as f32;
            numbers.iter_mut().for_each(|x| *x *= deviation);
            Tensor::from_slice(&numbers).reshape([rows as i64, columns as i64]).to_device(device)
        };
        let layers = widths
            .windows(2)
            .enumerate()
            .map(|(index, pair)| {
                let (below, above) = (pair[0], pair[1]);
                let decoder_bias = if index == 0 { scheme.decoder_bias } else { 0.0 };
                Layer {
                    weights: normal(above, below, scheme.weight / below as f64),
                    encoder_bias: normal(1, above, scheme.bias).squeeze_dim(0),
                    decoder_bias: normal(1, below, decoder_bias).squeeze_dim(0),
                }
            })
            .collect();
        Self { layers, scheme, top, output, device }
    }

    /// Activation behind decoder layer `index` (0: the output's).
    const fn decoder_activation(&self, index: usize) -> Activation {
        if index == 0 { self.output } else { self.scheme.phi }
    }

    fn trace(&self, batch: Tensor) -> Trace {
        let depth = self.layers.len();
        let mut encoder = vec![batch];
        let mut decoder = Vec::with_capacity(depth + 1);
        for (index, layer) in self.layers.iter().enumerate() {
            let x = layer.encoder_bias.addmm(&encoder[index], &layer.weights.tr());
            if index + 1 == depth {
                decoder.push(apply(self.top, x));
            } else {
                encoder.push(apply(self.scheme.sigma, x));
            }
        }
        for (index, layer) in self.layers.iter().enumerate().rev() {
            let x = layer.decoder_bias.addmm(&decoder[depth - 1 - index], &layer.weights);
            decoder.push(apply(self.decoder_activation(index), x));
        }
        Trace { encoder, decoder }
    }

    /// Reconstructions of a batch (an image a row).
    pub fn reconstruct(&self, batch: Tensor) -> Tensor {
        let mut trace = self.trace(batch);
        trace.decoder.swap_remove(self.layers.len())
    }

    /// One step of gradient descent on the mean loss of a batch; `scale` is −2·rate/(batch size · what the loss
    /// divides by), one number an image (batch × 1).
    pub fn step(&mut self, batch: Tensor, scale: &Tensor) {
        let depth = self.layers.len();
        let trace = self.trace(batch);
        let output = &trace.decoder[depth];
        let mut gradient = (output - &trace.encoder[0]) * scale;
        // Decoder, from the output up: what reaches each layer is kept for the update of its weights.
        let mut errors = Vec::with_capacity(depth);
        for index in 0..depth {
            let result = &trace.decoder[depth - index];
            let error = pull_back(self.decoder_activation(index), gradient, result);
            gradient = error.mm(&self.layers[index].weights.tr());
            let _ = self.layers[index].decoder_bias.g_add_(&error.sum_dim_intlist(0, false, None));
            errors.push(error);
        }
        // Encoder, from the top down; a layer's weights change when both errors have passed it.
        for index in (0..depth).rev() {
            let error = if index + 1 == depth {
                pull_back(self.top, gradient, &trace.decoder[0])
            } else {
                pull_back(self.scheme.sigma, gradient, &trace.encoder[index + 1])
            };
            let layer = &mut self.layers[index];
            gradient = if index == 0 { Tensor::new() } else { error.mm(&layer.weights) };
            let _ = layer.encoder_bias.g_add_(&error.sum_dim_intlist(0, false, None));
            let _ = layer.weights.addmm_(&trace.decoder[depth - 1 - index].tr(), &errors[index]);
            let _ = layer.weights.addmm_(&error.tr(), &trace.encoder[index]);
        }
    }

    /// A batch of images on the net's device.
    pub fn batch(&self, pixels: &Pixels, places: &[usize]) -> Tensor {
        let shape = [places.len() as i64, pixels.size() as i64];
        Tensor::from_slice(&pixels.gather(places)).reshape(shape).to_device(self.device)
    }

    /// Mean normalised loss over the first `count` images.
    pub fn mean_loss(&self, pixels: &Pixels, count: usize) -> f64 {
        let (mut total, norms) = (0.0, pixels.squared_norms());
        self.for_blocks(pixels, count, |places, images, reconstructions| {
            let errors = squared_rows(&(reconstructions - images));
            total += errors.iter().zip(places).map(|(e, &i)| e / norms[i]).sum::<f64>();
        });
        total / count as f64
    }

    /// Total variance of the reconstructions over that of the images, over the first `count` images.
    pub fn variance_ratio(&self, pixels: &Pixels, count: usize) -> f64 {
        let places: Vec<usize> = (0..count.min(pixels.len())).collect();
        let images = self.batch(pixels, &places);
        let spread = |x: &Tensor| {
            x.to_kind(Kind::Double).var_dim(0, false, false).sum(None).double_value(&[])
        };
        spread(&self.reconstruct(images.shallow_clone())) / spread(&images)
    }

    /// Share of the first `count` reconstructions whose nearest class mean (one a row) is that of their label.
    pub fn centroid_accuracy(&self, pixels: &Pixels, count: usize, means: &Tensor) -> f64 {
        let mut right = 0_usize;
        self.for_blocks(pixels, count, |places, _, reconstructions| {
            let nearest = Tensor::cdist(reconstructions, means, 2.0, None).argmin(1, false);
            let nearest: Vec<i64> = nearest.try_into().unwrap_or_default();
            let labels = pixels.labels();
            right +=
                nearest.iter().zip(places).filter(|(k, i)| **k == i64::from(labels[**i])).count();
        });
        right as f64 / count as f64
    }

    fn for_blocks(
        &self,
        pixels: &Pixels,
        count: usize,
        mut look: impl FnMut(&[usize], &Tensor, &Tensor),
    ) {
        let places: Vec<usize> = (0..count.min(pixels.len())).collect();
        for block in places.chunks(BLOCK) {
            let images = self.batch(pixels, block);
            look(block, &images, &self.reconstruct(images.shallow_clone()));
        }
    }

    fn tensors(&self) -> Vec<(String, &Tensor)> {
        let mut all = Vec::new();
        for (index, layer) in self.layers.iter().enumerate() {
            all.push((format!("layer{index}.weights"), &layer.weights));
            all.push((format!("layer{index}.encoder_bias"), &layer.encoder_bias));
            all.push((format!("layer{index}.decoder_bias"), &layer.decoder_bias));
        }
        all
    }
}

/// Squared norms of rows, summed in double precision.
fn squared_rows(x: &Tensor) -> Vec<f64> {
    let squares = x.to_kind(Kind::Double).square().sum_dim_intlist(1, false, None);
    squares.to_device(Device::Cpu).try_into().unwrap_or_default()
}

/// A net with its images: what [`super::train`] trains.
pub struct Run<'a> {
    /// The net.
    pub net: Net,
    /// Training images.
    pub images: &'a Pixels,
    /// Test images.
    pub test: &'a Pixels,
    /// Images of another kind, if their loss is wanted.
    pub others: Option<&'a Pixels>,
    /// Test images that are looked at.
    pub tested: usize,
    /// Images in a batch, drawn with replacement.
    pub batch: usize,
    /// Learning rate.
    pub rate: f64,
    /// Loss that is descended; the curve is always of the normalised one.
    pub loss: Loss,
    /// What batches are drawn from.
    pub order: Stream,
}

impl Trainable for Run<'_> {
    fn advance(&mut self, step: u64) {
        let mut stream = self.order.substream(step);
        let count = self.images.len() as u64;
        let places: Vec<usize> = (0..self.batch).map(|_| stream.below(count) as usize).collect();
        let mut factor = -2.0 * self.rate / self.batch as f64;
        if self.loss == Loss::Rescaled {
            factor /= self.images.mean_squared_norm();
        }
        let scales: Vec<f32> = places
            .iter()
            .map(|&place| match self.loss {
                Loss::Normalised => (factor / self.images.squared_norms()[place]) as f32,
                Loss::Squared | Loss::Rescaled => factor as f32,
            })
            .collect();
        let scale = Tensor::from_slice(&scales).unsqueeze(1).to_device(self.net.device);
        let batch = self.net.batch(self.images, &places);
        self.net.step(batch, &scale);
    }

    fn loss(&mut self, _steps: u64) -> f64 {
        self.net.mean_loss(self.test, self.tested)
    }

    fn finals(&mut self) -> Vec<(String, f64)> {
        let size = [self.images.classes() as i64, self.images.size() as i64];
        let means = Tensor::from_slice(self.images.class_means()).reshape(size);
        let means = means.to_device(self.net.device);
        let mut finals = vec![
            ("variance_ratio".into(), self.net.variance_ratio(self.test, self.tested)),
            ("digit_accuracy".into(), self.net.centroid_accuracy(self.test, self.tested, &means)),
        ];
        if let Some(others) = self.others {
            finals.push(("ood_loss".into(), self.net.mean_loss(others, self.tested)));
        }
        finals
    }

    fn state(&self) -> Vec<(String, Tensor)> {
        self.net
            .tensors()
            .into_iter()
            .map(|(name, tensor)| (name, tensor.shallow_clone()))
            .collect()
    }

    fn load(&mut self, state: &HashMap<String, Tensor>) -> bool {
        let fits = self.net.tensors().iter().all(|(name, tensor)| {
            state.get(name).is_some_and(|saved| saved.size() == tensor.size())
        });
        if fits {
            for (name, tensor) in self.net.tensors() {
                tensor.shallow_clone().copy_(&state[&name]);
            }
        }
        fits
    }
}

#[cfg(test)]
mod tests;
