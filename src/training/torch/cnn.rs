//! Convolutional nets with batch normalisation, and Gaussian filters that stay as they are drawn or are trained.
//!
//! A layer is convolution (stride 1, zero padded, no bias), batch normalisation with scale and shift, ReLU; pooling
//! and a linear softmax classifier follow (Gilbert et al. 2017, Table 5 and footnote 8). Tensors of images
//! are images × channels × height × width.

use std::collections::HashMap;

use tch::{Device, Kind, Tensor};

use super::photos::{Photos, mirrored};
use super::train::Trainable;
use crate::random::Stream;
use crate::training::cnn::{Architecture, EPSILON, Layer, Learnt, MOMENTUM, Settings};

/// Images that go through a net at once where nothing is learnt.
pub const BLOCK: usize = 250;
/// Adam's decay of the mean and of the mean square of gradients, and what it adds to the root of the latter.
const BETAS: (f64, f64) = (0.9, 0.999);
const ADDED: f64 = 1e-8;

/// A convolution with its batch normalisation.
struct Block {
    /// Filters × channels × side × side.
    filters: Tensor,
    scale: Tensor,
    shift: Tensor,
    /// Running statistics.
    mean: Tensor,
    variance: Tensor,
}

/// A net.
pub struct Net {
    architecture: Architecture,
    blocks: Vec<Block>,
    /// Classes × features.
    classifier: Tensor,
    bias: Tensor,
    /// Leave out the ReLUs and pool by means: features are then linear in the image.
    linear: bool,
}

impl Net {
    /// Draws the filters, standard normals times √(2/fan-in), which batch normalisation makes irrelevant to the
    /// net's outputs but not to Adam's steps; the classifier starts at 0.
    pub fn draw(
        stream: &mut Stream,
        architecture: &Architecture,
        (channels, side, classes): (usize, usize, usize),
        device: Device,
    ) -> Self {
        let mut below = channels;
        let blocks = architecture.convolutions().map(|(count, kernel)| {
            let fan_in = below * kernel * kernel;
            let mut weights = vec![0.0; count * fan_in];
            stream.fill_normal_f32(&mut weights);
            let factor = (2.0 / fan_in as f64).sqrt() as f32;
            weights.iter_mut().for_each(|w| *w *= factor);
            let shape = [count, below, kernel, kernel].map(|it| it as i64);
            below = count;
            Block::of(Tensor::from_slice(&weights).reshape(shape).to_device(device))
        });
        let blocks = blocks.collect();
        let features = architecture.features(side) as i64;
        let options = (Kind::Float, device);
        Self {
            architecture: architecture.clone(),
            blocks,
            classifier: Tensor::zeros([classes as i64, features], options),
            bias: Tensor::zeros([classes as i64], options),
            linear: false,
        }
    }

    /// The same net without ReLUs and with means in place of maxima.
    pub fn linearised(mut self) -> Self {
        self.linear = true;
        self
    }

    /// What the classifier sees of a batch (images × features). `training` takes the batch's own statistics and
    /// moves the running ones.
    fn features(&self, batch: &Tensor, training: bool) -> Tensor {
        // In the order of channels, whatever the order in memory.
        self.up_to(self.blocks.len(), batch, training).flatten(1, -1)
    }

    /// Maps below convolution `depth` (all maps, if there is no such convolution).
    fn up_to(&self, depth: usize, batch: &Tensor, training: bool) -> Tensor {
        let mut maps = batch.shallow_clone();
        let mut blocks = self.blocks.iter().take(depth);
        for layer in &self.architecture.layers {
            maps = match *layer {
                Layer::Convolution { .. } => match blocks.next() {
                    None => return maps,
                    Some(block) => {
                        let normed = block.normed(&block.convolved(&maps), training);
                        if self.linear { normed } else { normed.relu() }
                    }
                },
                Layer::MaxPool(region) if !self.linear => maps.max_pool2d_default(region as i64),
                Layer::MaxPool(region) | Layer::MeanPool(region) => averaged(&maps, region as i64),
            };
        }
        maps
    }

    /// Gives batch normalisation the statistics of all images (and of their mirror images), layer by layer.
    pub fn settle(&mut self, photos: &Photos, flips: bool) {
        for depth in 0..self.blocks.len() {
            let mut parts = Vec::new();
            for places in photos.blocks(BLOCK) {
                let batch = photos.batch(&places);
                let mirror = flips.then(|| mirrored(&batch));
                for batch in std::iter::once(batch).chain(mirror) {
                    let maps = self.blocks[depth].convolved(&self.up_to(depth, &batch, false));
                    let count = maps.size()[0] as f64;
                    // What normalisation itself takes of a batch; `var_mean` takes six times as long.
                    let none = None::<&Tensor>;
                    let (mean, variance) = maps.batch_norm_update_stats(none, none, 0.0);
                    parts.push((count, mean.to_kind(Kind::Double), variance.to_kind(Kind::Double)));
                }
            }
            let (mean, variance) = joined(&parts);
            self.blocks[depth].mean.copy_(&mean);
            self.blocks[depth].variance.copy_(&variance);
        }
    }

    /// Features of all images, or of their mirror images, under the running statistics.
    pub fn all_features(&self, photos: &Photos, mirror: bool) -> Tensor {
        let blocks = photos.blocks(BLOCK).into_iter().map(|places| {
            let batch = photos.batch(&places);
            self.features(&if mirror { mirrored(&batch) } else { batch }, false)
        });
        Tensor::cat(&blocks.collect::<Vec<_>>(), 0)
    }

    /// Multiplies all filters.
    #[cfg(test)]
    fn scaled(self, factor: f64) -> Self {
        for block in &self.blocks {
            let _ = block.filters.shallow_clone().g_mul_scalar_(factor);
        }
        self
    }

    /// All tensors by name.
    fn tensors(&self) -> Vec<(String, &Tensor)> {
        let mut all = vec![("classifier".into(), &self.classifier), ("bias".into(), &self.bias)];
        for (index, block) in self.blocks.iter().enumerate() {
            let Block { filters, scale, shift, mean, variance } = block;
            let named = [
                ("filters", filters),
                ("scale", scale),
                ("shift", shift),
                ("mean", mean),
                ("variance", variance),
            ];
            all.extend(named.map(|(name, tensor)| (format!("block{index}.{name}"), tensor)));
        }
        all
    }

    /// The tensors that are learnt, marked as such.
    fn learnt(&self, learnt: Learnt) -> Vec<Tensor> {
        let mut all = vec![&self.classifier, &self.bias];
        for block in &self.blocks {
            if learnt >= Learnt::Normalisation {
                all.extend([&block.scale, &block.shift]);
            }
            if learnt == Learnt::All {
                all.push(&block.filters);
            }
        }
        all.into_iter().map(|tensor| tensor.set_requires_grad(true)).collect()
    }
}

impl Block {
    fn of(filters: Tensor) -> Self {
        let (count, options) = (filters.size()[0], (Kind::Float, filters.device()));
        let (ones, zeros) = (|| Tensor::ones([count], options), || Tensor::zeros([count], options));
        Self { filters, scale: ones(), shift: zeros(), mean: zeros(), variance: ones() }
    }

    fn convolved(&self, maps: &Tensor) -> Tensor {
        let half = self.filters.size()[2] / 2;
        maps.conv2d(&self.filters, None::<&Tensor>, [1, 1], [half, half], [1, 1], 1)
    }

    fn normed(&self, maps: &Tensor, training: bool) -> Tensor {
        let (scale, shift) = (Some(&self.scale), Some(&self.shift));
        let (mean, variance) = (Some(&self.mean), Some(&self.variance));
        maps.batch_norm(scale, shift, mean, variance, training, MOMENTUM, EPSILON, false)
    }
}

/// Means of regions (the default of `tch` sums them).
fn averaged(maps: &Tensor, region: i64) -> Tensor {
    let side = [region, region];
    maps.avg_pool2d(side, side, [0, 0], false, true, None::<i64>)
}

/// Mean and variance of parts taken together: number, mean, variance of each.
fn joined(parts: &[(f64, Tensor, Tensor)]) -> (Tensor, Tensor) {
    let total: f64 = parts.iter().map(|part| part.0).sum();
    let sum = |terms: Vec<Tensor>| Tensor::stack(&terms, 0).sum_dim_intlist(0, false, None) / total;
    let mean = sum(parts.iter().map(|(count, mean, _)| mean * *count).collect());
    let around = |(count, own, variance): &(f64, Tensor, Tensor)| {
        (variance + (own - &mean).square()) * *count
    };
    let variance = sum(parts.iter().map(around).collect());
    (mean, variance)
}

/// A net in training.
pub struct Run<'a> {
    net: Net,
    photos: &'a Photos,
    test: &'a Photos,
    settings: Settings,
    /// What is random in training: order (0), mirrors and dropout (1).
    order: Stream,
    /// Features of the training images, of their mirror images, and of the test images, where only
    /// the classifier learns.
    frozen: Option<[Tensor; 3]>,
    parameters: Vec<Tensor>,
    /// Adam's means and mean squares of gradients.
    moments: Vec<[Tensor; 2]>,
    /// Order of the images in this epoch.
    shuffled: Option<(u64, Vec<i64>)>,
}

impl<'a> Run<'a> {
    /// Prepares the training of a net. To be called in a [`super::Session`].
    pub fn new(
        mut net: Net,
        learnt: Learnt,
        (photos, test): (&'a Photos, &'a Photos),
        settings: Settings,
        order: Stream,
    ) -> Self {
        let frozen = (learnt == Learnt::Classifier).then(|| {
            net.settle(photos, settings.flips);
            [
                net.all_features(photos, false),
                net.all_features(photos, settings.flips),
                net.all_features(test, false),
            ]
        });
        let parameters = net.learnt(learnt);
        let moments = parameters.iter().map(|it| [it.zeros_like(), it.zeros_like()]).collect();
        Self { net, photos, test, settings, order, frozen, parameters, moments, shuffled: None }
    }

    /// Steps of the whole training.
    pub fn steps(settings: &Settings, images: usize) -> u64 {
        settings.epochs * Self::in_epoch(settings, images)
    }

    /// Steps of an epoch; the images that don't fill a batch are left out.
    pub fn in_epoch(settings: &Settings, images: usize) -> u64 {
        (images / settings.batch).max(1) as u64
    }

    /// Places of the images of a step.
    fn places(&mut self, step: u64) -> Tensor {
        let (images, batch) = (self.photos.len(), self.settings.batch.min(self.photos.len()));
        let in_epoch = Self::in_epoch(&self.settings, images);
        let (epoch, within) = (step / in_epoch, (step % in_epoch) as usize);
        if self.shuffled.as_ref().is_none_or(|known| known.0 != epoch) {
            let mut places: Vec<i64> = (0..images as i64).collect();
            self.order.substream(0).substream(epoch).shuffle(&mut places);
            self.shuffled = Some((epoch, places));
        }
        let places = self.shuffled.as_ref().map(|known| known.1.as_slice()).unwrap_or_default();
        let device = self.net.bias.device();
        Tensor::from_slice(&places[within * batch..(within + 1) * batch]).to_device(device)
    }

    /// Cross-entropy of a batch with mirrors and dropout.
    fn batch_loss(&mut self, step: u64) -> Tensor {
        let places = self.places(step);
        let count = places.size()[0];
        let device = places.device();
        let stream = &mut self.order.substream(1).substream(step);
        let coins: Vec<bool> =
            (0..count).map(|_| self.settings.flips && stream.bits() >> 63 == 1).collect();
        let coins = Tensor::from_slice(&coins).to_device(device);
        let features = match &self.frozen {
            Some([plain, mirror, _]) => {
                let chosen = |all: &Tensor| all.index_select(0, &places);
                chosen(mirror).where_self(&coins.unsqueeze(1), &chosen(plain))
            }
            None => {
                let batch = self.photos.batch(&places);
                let coins = coins.reshape([-1, 1, 1, 1]);
                self.net.features(&mirrored(&batch).where_self(&coins, &batch), true)
            }
        };
        let kept = 1.0 - self.settings.dropout;
        let numbers = features.numel();
        let mask: Vec<f32> = (0..numbers)
            .map(|_| if stream.uniform() < kept { (1.0 / kept) as f32 } else { 0.0 })
            .collect();
        let mask = Tensor::from_slice(&mask).reshape(features.size()).to_device(device);
        let logits = self.net.bias.addmm(&(features * mask), &self.net.classifier.tr());
        logits.cross_entropy_for_logits(&self.photos.labels(&places))
    }

    /// Mean cross-entropy and accuracy on the test images.
    fn tested(&self) -> (f64, f64) {
        let (mut loss, mut right) = (0.0, 0.0);
        for places in self.test.blocks(BLOCK) {
            let features = match &self.frozen {
                Some([_, _, test]) => test.index_select(0, &places),
                None => self.net.features(&self.test.batch(&places), false),
            };
            let logits = self.net.bias.addmm(&features, &self.net.classifier.tr());
            let (labels, count) = (self.test.labels(&places), places.size()[0] as f64);
            loss += count * logits.cross_entropy_for_logits(&labels).double_value(&[]);
            right += count * logits.accuracy_for_logits(&labels).double_value(&[]);
        }
        let count = self.test.len() as f64;
        (loss / count, right / count)
    }

    fn named(&self) -> Vec<(String, Tensor)> {
        let plain = |tensor: &Tensor| tensor.detach();
        let mut all: Vec<_> =
            self.net.tensors().into_iter().map(|(name, it)| (name, plain(it))).collect();
        for (index, [mean, square]) in self.moments.iter().enumerate() {
            all.push((format!("adam{index}.mean"), plain(mean)));
            all.push((format!("adam{index}.square"), plain(square)));
        }
        all
    }
}

impl Trainable for Run<'_> {
    fn advance(&mut self, step: u64) {
        let loss = tch::with_grad(|| self.batch_loss(step));
        let gradients = Tensor::run_backward(&[loss], &self.parameters, false, false);
        let steps = Self::steps(&self.settings, self.photos.len()) as f64;
        let rate = self.settings.rate * (1.0 - step as f64 / steps);
        let power = |beta: f64| 1.0 - beta.powf(step as f64 + 1.0);
        let (first, second) = (power(BETAS.0), power(BETAS.1));
        let all = self.parameters.iter_mut().zip(&mut self.moments).zip(gradients);
        for ((parameter, [mean, square]), gradient) in all {
            let _ = mean.g_mul_scalar_(BETAS.0).g_add_(&(&gradient * (1.0 - BETAS.0)));
            let _ =
                square.g_mul_scalar_(BETAS.1).addcmul_(&gradient, &(&gradient * (1.0 - BETAS.1)));
            let root = (&*square / second).sqrt() + ADDED;
            let _ = parameter.g_sub_(&(&*mean * (rate / first) / root));
        }
    }

    fn loss(&mut self, _steps: u64) -> f64 {
        self.tested().0
    }

    fn finals(&mut self) -> Vec<(String, f64)> {
        vec![("accuracy".into(), self.tested().1)]
    }

    fn state(&self) -> Vec<(String, Tensor)> {
        self.named()
    }

    fn load(&mut self, state: &HashMap<String, Tensor>) -> bool {
        let own = self.named();
        let fits = own.iter().all(|(name, tensor)| {
            state.get(name).is_some_and(|saved| saved.size() == tensor.size())
        });
        if fits {
            own.into_iter().for_each(|(name, mut tensor)| tensor.copy_(&state[&name]));
        }
        fits
    }
}

#[cfg(test)]
mod tests;
