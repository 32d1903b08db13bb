//! The net: forward, gradient, synthetic images.
//!
//! Rows of all matrices are images of a batch; `W_l` is inputs × outputs. The gradient is scaled by −rate at the output, so
//! every product adds the step itself to the momentum: `v ← μv − ηg`, `w ← w + v`.

use tch::{Device, Kind, Tensor};

use crate::random::Stream;
use crate::training::mlp::arm::{Arm, Generator, Init, Top};
use crate::training::pixels::Pixels;

pub(super) struct Layer {
    /// W_l, inputs × outputs.
    pub(super) weights: Tensor,
    /// b_l.
    pub(super) bias: Tensor,
    /// Momentum of W_l.
    pub(super) weight_speed: Tensor,
    /// Momentum of b_l.
    pub(super) bias_speed: Tensor,
    /// Independent Gaussian weights of the initial size, for untied generation.
    pub(super) untied: Tensor,
}

/// A net with its momentum.
pub struct Net {
    pub(super) layers: Vec<Layer>,
    pub(super) device: Device,
}

/// Activations of a batch: what enters each layer, and the logits.
pub(super) struct Trace {
    pub(super) inputs: Vec<Tensor>,
    pub(super) logits: Tensor,
}

fn tensor(numbers: &[f32], rows: usize, device: Device) -> Tensor {
    let columns = numbers.len() / rows.max(1);
    Tensor::from_slice(numbers).reshape([rows as i64, columns as i64]).to_device(device)
}

/// A matrix of independent 0s and `value`s; `value` with probability `keep`, to a 65536th.
pub(super) fn mask(
    stream: &mut Stream,
    (rows, columns): (usize, usize),
    keep: f64,
    value: f32,
) -> Tensor {
    let below = (keep * 65536.0).round() as u64;
    let mut numbers = vec![0.0_f32; rows * columns];
    for four in numbers.chunks_mut(4) {
        let bits = stream.bits();
        for (place, number) in four.iter_mut().enumerate() {
            if (bits >> (16 * place)) & 0xffff < below {
                *number = value;
            }
        }
    }
    tensor(&numbers, rows, Device::Cpu)
}

impl Net {
    /// Draws a net of these widths: variances 2/fan-in in hidden layers and 1/fan-in at the output, biases 0 or the arm's. Arms
    /// with one stream have the same normals.
    pub fn draw(stream: &Stream, widths: &[usize], arm: &Arm, device: Device) -> Self {
        let layers = widths.windows(2).enumerate().map(|(index, pair)| {
            let (inputs, outputs) = (pair[0], pair[1]);
            let is_output = index + 2 == widths.len();
            let deviation = (if is_output { 1.0 } else { 2.0 } / inputs as f64).sqrt();
            let draw = |label: u64, init: Init| {
                let mut stream = stream.substream(2 * index as u64 + label);
                let mut numbers = vec![0.0_f32; inputs * outputs];
                match init {
                    Init::Normal => stream.fill_normal_f32(&mut numbers),
                    Init::Uniform => numbers.iter_mut().for_each(|x| {
                        *x = (3.0_f64.sqrt() * (2.0 * stream.uniform() - 1.0)) as f32;
                    }),
                }
                numbers.iter_mut().for_each(|x| *x *= deviation as f32);
                tensor(&numbers, inputs, device)
            };
            let mut weights = draw(0, arm.init);
            if arm.common_weight && index == 1 {
                let _ = weights.fill_(2.0 / inputs as f64);
            }
            let offset = if is_output { 0.0 } else { arm.bias };
            let bias = Tensor::full([outputs as i64], offset, (Kind::Float, device));
            Layer {
                weight_speed: weights.zeros_like(),
                bias_speed: bias.zeros_like(),
                untied: draw(1, Init::Normal),
                weights,
                bias,
            }
        });
        Self { layers: layers.collect(), device }
    }

    /// A batch of images on the net's device.
    pub fn batch(&self, pixels: &Pixels, places: &[usize]) -> Tensor {
        tensor(&pixels.gather(places), places.len(), self.device)
    }

    /// Forward; with a stream, dropout of half the units of each hidden layer, the others doubled.
    pub(super) fn forward(&self, batch: &Tensor, mut dropout: Option<&mut Stream>) -> Trace {
        let mut inputs = vec![batch.shallow_clone()];
        let last = self.layers.len() - 1;
        for (index, layer) in self.layers.iter().enumerate() {
            let mut x = layer.bias.addmm(&inputs[index], &layer.weights);
            if index == last {
                return Trace { inputs, logits: x };
            }
            let _ = x.relu_();
            if let Some(stream) = &mut dropout {
                let size = (x.size()[0] as usize, x.size()[1] as usize);
                let _ = x.g_mul_(&mask(stream, size, 0.5, 2.0).to_device(self.device));
            }
            inputs.push(x);
        }
        Trace { inputs, logits: Tensor::new() }
    }

    /// Adds −`rate` × the gradient of the batch's mean cross-entropy to the momentum; `targets` is one row a image with a 1 at its class.
    pub(super) fn push(&mut self, trace: &Trace, targets: &Tensor, rate: f64, dropout: bool) {
        let scale = -rate / targets.size()[0] as f64;
        let mut error = (trace.logits.softmax(1, Kind::Float) - targets) * scale;
        for index in (0..self.layers.len()).rev() {
            let layer = &mut self.layers[index];
            let _ = layer.weight_speed.addmm_(&trace.inputs[index].tr(), &error);
            let _ = layer.bias_speed.g_add_(&error.sum_dim_intlist(0, false, None));
            if index > 0 {
                // What dropout and ReLU let through is what is positive; dropout doubled it.
                error = trace.inputs[index].threshold_backward(&error.mm(&layer.weights.tr()), 0.0);
                if dropout {
                    let _ = error.g_mul_scalar_(2.0);
                }
            }
        }
    }

    pub(super) fn slow_down(&mut self, momentum: f64) {
        for layer in &mut self.layers {
            let _ = layer.weight_speed.g_mul_scalar_(momentum);
            let _ = layer.bias_speed.g_mul_scalar_(momentum);
        }
    }

    /// `w ← w + v`, where an arm asks for it with one common number in place of `v`: the gradient of a common
    /// parameter, per unit.
    pub(super) fn step(&mut self, arm: &Arm) {
        let last = self.layers.len() - 1;
        for (index, layer) in self.layers.iter_mut().enumerate() {
            let common = |speed: &mut Tensor| {
                let mean = speed.mean(None);
                let _ = speed.fill_tensor_(&mean);
            };
            if arm.common_bias && index < last {
                common(&mut layer.bias_speed);
            }
            if arm.common_weight && index == 1 {
                common(&mut layer.weight_speed);
            }
            let _ = layer.weights.g_add_(&layer.weight_speed);
            let _ = layer.bias.g_add_(&layer.bias_speed);
        }
    }

    /// Synthetic images of a batch whose forward pass (without dropout) is `trace`.
    pub(super) fn generate(
        &self,
        trace: &Trace,
        how: &Generator,
        shape: [usize; 3],
        stream: &mut Stream,
    ) -> Tensor {
        let last = self.layers.len() - 1;
        let (mut x, from) = match how.top {
            Top::Hidden => (trace.inputs[last].shallow_clone(), last),
            Top::Logits => (trace.logits.relu(), last + 1),
            Top::RandomClass => (random_classes(&trace.logits.relu(), stream), last + 1),
        };
        for layer in self.layers[..from].iter().rev() {
            let weights = if how.tied { &layer.weights } else { &layer.untied };
            x = x.mm(&weights.tr());
            if let Some(factor) = how.scale {
                let outputs = weights.size()[1] as f64;
                let norm = weights.norm().double_value(&[]);
                let _ = x.g_mul_scalar_(factor * 2.0 * outputs / (norm * norm));
            }
            let _ = x.relu_();
            if let Some(keep) = how.keep {
                let size = (x.size()[0] as usize, x.size()[1] as usize);
                let _ = x.g_mul_(&mask(stream, size, keep, 1.0).to_device(self.device));
            }
        }
        if let Some(edge) = how.smooth {
            x = smooth(&x, shape, edge);
        }
        if how.other { x.roll([1], [0]) } else { x }
    }

    /// Share of images whose largest logit is not at their class; NaN if a logit is no finite number.
    pub(super) fn error(&self, images: &Tensor, labels: &[u8]) -> f64 {
        let logits = self.forward(images, None).logits;
        if logits.isfinite().all().int64_value(&[]) == 0 {
            return f64::NAN;
        }
        let answers: Vec<i64> = logits.argmax(1, false).try_into().unwrap_or_default();
        let wrong = answers.iter().zip(labels).filter(|(k, label)| **k != i64::from(**label));
        wrong.count() as f64 / labels.len() as f64
    }

    pub(super) fn tensors(&self) -> Vec<(String, &Tensor)> {
        let mut all = Vec::new();
        for (index, layer) in self.layers.iter().enumerate() {
            all.push((format!("layer{index}.weights"), &layer.weights));
            all.push((format!("layer{index}.bias"), &layer.bias));
            all.push((format!("layer{index}.weight_speed"), &layer.weight_speed));
            all.push((format!("layer{index}.bias_speed"), &layer.bias_speed));
        }
        all
    }
}

/// One random class a row, as long as the row of `like`.
pub(super) fn random_classes(like: &Tensor, stream: &mut Stream) -> Tensor {
    let (rows, classes) = (like.size()[0], like.size()[1]);
    let chosen: Vec<i64> = (0..rows).map(|_| stream.below(classes as u64) as i64).collect();
    let norms = like.square().sum_dim_intlist(1, true, None).sqrt();
    one_hot(&chosen, classes as usize, like.device()) * norms
}

pub(super) fn one_hot(classes: &[i64], count: usize, device: Device) -> Tensor {
    let mut numbers = vec![0.0_f32; classes.len() * count];
    classes
        .iter()
        .enumerate()
        .for_each(|(row, &class)| numbers[row * count + class as usize] = 1.0);
    tensor(&numbers, classes.len(), device)
}

/// Every pixel replaced by the mean of the pixels that are there in the square around it: first along
/// columns, then along rows, which is the same as both lengths are the same all along.
pub(super) fn smooth(
    images: &Tensor,
    [channels, height, width]: [usize; 3],
    edge: usize,
) -> Tensor {
    let planes = [images.size()[0], channels as i64, height as i64, width as i64];
    let (edge, half) = (edge as i64, edge as i64 / 2);
    images
        .reshape(planes)
        .avg_pool2d([edge, 1], [1, 1], [half, 0], false, false, None::<i64>)
        .avg_pool2d([1, edge], [1, 1], [0, half], false, false, None::<i64>)
        .reshape([planes[0], -1])
}

/// Pearson's correlation of the rows of two matrices, mean over rows; 0 for a row without variation.
pub(super) fn mean_correlation(x: &Tensor, y: &Tensor) -> f64 {
    let centred = |t: &Tensor| {
        let t = t.to_kind(Kind::Double);
        &t - t.mean_dim(1, true, Kind::Double)
    };
    let dot = |a: &Tensor, b: &Tensor| (a * b).sum_dim_intlist(1, false, None);
    let (x, y) = (centred(x), centred(y));
    let size = (dot(&x, &x) * dot(&y, &y)).sqrt().clamp_min(1e-300);
    (dot(&x, &y) / size).mean(None).double_value(&[])
}
