//! Fully connected nets with dropout and synthetic images (`training/mlp` says what they are), gradient descent written out.

mod net;

use std::cell::OnceCell;
use std::collections::HashMap;
use std::path::PathBuf;

use tch::{Device, Tensor};

use super::session::Session;
use super::train::Trainable;
use crate::experiment::Failure;
use crate::random::Stream;
use crate::training::mlp::arm::{Arm, Generator, Second};
use crate::training::mlp::images::Split;
use crate::training::mlp::{PICTURED, Recipe, SYNTHESISED, ZERO_SHOT, ZERO_SHOT_EPOCH, at, shape};
use crate::training::store::Job;
pub use net::Net;
use net::{mean_correlation, one_hot};

/// Test images go through the net in blocks of this many.
const BLOCK: usize = 1000;

/// A net with its images: what [`super::train`] trains.
pub struct Run<'a> {
    /// The net.
    pub net: Net,
    /// Sizes and rates.
    pub recipe: &'a Recipe,
    /// What is done differently.
    pub arm: Arm,
    /// Images.
    pub split: &'a Split,
    /// Labels of the training images, as the net is told them.
    labels: Vec<i64>,
    /// What permutations, masks and draws come from.
    stream: Stream,
    /// Order of the images in an epoch.
    order: (u64, Vec<usize>),
    /// Numbers measured so far, by name.
    measured: Vec<(String, f64)>,
    /// The test images, made once: they are looked at after every epoch.
    tests: OnceCell<Tensor>,
}

/// Labels of substreams.
const WEIGHTS: u64 = 0;
const LABELS: u64 = 1;
const REST: u64 = 2;
const ORDER: u64 = 0;
const NOISE: u64 = 1;
const MEASURE: u64 = 2;

impl<'a> Run<'a> {
    /// A run from the start. All that is random comes from the stream: arms with one stream are paired.
    pub fn new(
        stream: &Stream,
        recipe: &'a Recipe,
        arm: Arm,
        split: &'a Split,
        device: Device,
    ) -> Self {
        let widths = [split.train.size(), recipe.hidden, recipe.hidden, split.train.classes()];
        let mut labels: Vec<i64> =
            split.train.labels()[..recipe.train].iter().map(|&label| i64::from(label)).collect();
        if arm.permuted {
            stream.substream(LABELS).shuffle(&mut labels);
        }
        let net = Net::draw(&stream.substream(WEIGHTS), &widths, &arm, device);
        let stream = stream.substream(REST);
        Self {
            net,
            recipe,
            arm,
            split,
            labels,
            stream,
            order: (u64::MAX, Vec::new()),
            measured: Vec::new(),
            tests: OnceCell::new(),
        }
    }

    /// The places of a step's images.
    fn places(&mut self, step: u64) -> Vec<usize> {
        let (epoch, within) =
            (step / self.recipe.steps_per_epoch(), step % self.recipe.steps_per_epoch());
        if self.order.0 != epoch {
            let mut order: Vec<usize> = (0..self.recipe.train).collect();
            self.stream.substream(ORDER).substream(epoch).shuffle(&mut order);
            self.order = (epoch, order);
        }
        let start = within as usize * self.recipe.batch;
        self.order.1[start..start + self.recipe.batch].to_vec()
    }

    /// The first test images, with their labels.
    fn test_images(&self, from: usize, to: usize) -> (Tensor, &'a [u8]) {
        let all = || self.net.batch(&self.split.test, &(0..self.recipe.test).collect::<Vec<_>>());
        let count = to.min(self.recipe.test) - from;
        let images = self.tests.get_or_init(all).narrow(0, from as i64, count as i64);
        (images, &self.split.test.labels()[from..from + count])
    }

    fn test_error(&self) -> f64 {
        let blocks = (0..self.recipe.test).step_by(BLOCK);
        let wrong = blocks.map(|from| {
            let (images, labels) = self.test_images(from, from + BLOCK);
            self.net.error(&images, labels) * labels.len() as f64
        });
        wrong.sum::<f64>() / self.recipe.test as f64
    }

    /// Synthetic images of images, as the generator makes them.
    fn synthetic(&self, images: &Tensor, how: &Generator, label: u64) -> Tensor {
        let trace = self.net.forward(images, None);
        let mut stream = self.stream.substream(MEASURE).substream(label);
        self.net.generate(&trace, how, self.split.shape, &mut stream)
    }

    /// Error, correlations and size of the synthetic images of the first test images.
    fn measure_synthetic(&mut self, epoch: u64) {
        let (images, labels) = self.test_images(0, SYNTHESISED);
        let made = self.synthetic(&images, &self.arm.generator, epoch);
        let norms = |x: &Tensor| x.square().sum_dim_intlist(1, false, None).sqrt();
        let ratio = (norms(&made) / norms(&images)).mean(None).double_value(&[]);
        let numbers = [
            ("synthetic_error", self.net.error(&made, labels)),
            ("pearson", mean_correlation(&made, &images)),
            ("pearson_mismatched", mean_correlation(&made, &images.roll([1], [0]))),
            ("norm_ratio", ratio),
        ];
        self.measured.extend(numbers.map(|(name, number)| (at(name, epoch), number)));
        if epoch == ZERO_SHOT_EPOCH && self.arm.is_plain() {
            let (images, labels) = self.test_images(0, ZERO_SHOT);
            for (name, tied) in [("zero_shot_tied", true), ("zero_shot_untied", false)] {
                let made =
                    self.synthetic(&images, &Generator { tied, ..Generator::default() }, epoch);
                self.measured.push((name.into(), self.net.error(&made, labels)));
            }
        }
    }

    /// The first test images' synthetic images, one after the other.
    pub fn pictures(&self) -> Tensor {
        let (images, _) = self.test_images(0, PICTURED);
        self.synthetic(&images, &self.arm.generator, 0).to_device(Device::Cpu)
    }

    /// What the weights and biases look like.
    fn shapes(&self) -> Vec<(String, f64)> {
        let mut all = Vec::new();
        let numbers = |t: &Tensor| -> Vec<f32> {
            t.to_device(Device::Cpu).reshape([-1]).try_into().unwrap_or_default()
        };
        for (index, layer) in self.net.layers.iter().enumerate().take(self.net.layers.len() - 1) {
            let (weights, bias) = (numbers(&layer.weights), numbers(&layer.bias));
            let number = index as u64 + 1;
            let (mean, deviation) = shape::mean_and_deviation(&bias);
            all.push((at("bias_mean", number), mean));
            all.push((at("bias_deviation", number), deviation));
            all.push((at("excess_kurtosis", number), shape::excess_kurtosis(&weights)));
            all.push((at("distance_to_normal", number), shape::distance_to_normal(&weights)));
            let list = |name: &str, values: Vec<f64>| {
                let name = at(name, number);
                values
                    .into_iter()
                    .enumerate()
                    .map(move |(i, x)| (at(&name, i as u64), x))
                    .collect::<Vec<_>>()
            };
            all.extend(list("weight_density", shape::histogram(&weights)));
            all.extend(list("bias_rank", shape::ranks(&bias, BIAS_RANKS)));
            let size = layer.weights.size();
            if size[0] == size[1] {
                let matrix = nalgebra::DMatrix::from_iterator(
                    size[0] as usize,
                    size[1] as usize,
                    weights.iter().map(|&x| f64::from(x)),
                );
                all.push((at("quarter_circle", number), shape::quarter_circle_distance(&matrix)));
                all.extend(list(
                    "singular_density",
                    shape::singular_density(&matrix, shape::SINGULAR_BINS),
                ));
            }
        }
        all
    }
}

/// Ranks of the sorted biases that are kept.
pub const BIAS_RANKS: usize = 33;

impl Trainable for Run<'_> {
    fn advance(&mut self, step: u64) {
        let places = self.places(step);
        let (recipe, arm) = (self.recipe, self.arm);
        let classes: Vec<i64> = places.iter().map(|&place| self.labels[place]).collect();
        let targets = one_hot(&classes, self.split.train.classes(), self.net.device);
        let images = self.net.batch(&self.split.train, &places);
        let mut noise = self.stream.substream(NOISE).substream(step);
        let rate = recipe.rate * arm.rate;
        self.net.slow_down(recipe.momentum);
        let masked = |net: &Net, images: &Tensor, noise: &mut Stream| {
            net.forward(images, arm.dropout.then_some(noise))
        };
        // Both passes see the weights of the step's beginning: they change only in `step`.
        let trace = masked(&self.net, &images, &mut noise);
        let (factor, second) = match arm.second {
            Second::None => (1.0, None),
            // The same loss twice has twice the gradient; with dropout the second pass has a mask of its own.
            Second::Duplicate if !arm.dropout => (1.0 + recipe.weight, None),
            Second::Duplicate => (1.0, Some(images)),
            Second::Synthetic => {
                let clean = arm.dropout.then(|| self.net.forward(&images, None));
                let clean = clean.as_ref().unwrap_or(&trace);
                let made = self.net.generate(clean, &arm.generator, self.split.shape, &mut noise);
                (1.0, Some(made))
            }
        };
        self.net.push(&trace, &targets, rate * factor, arm.dropout);
        if let Some(second) = second {
            let trace = masked(&self.net, &second, &mut noise);
            self.net.push(&trace, &targets, rate * recipe.weight, arm.dropout);
        }
        self.net.step(&arm);
    }

    fn loss(&mut self, steps: u64) -> f64 {
        let error = self.test_error();
        let epoch = steps / self.recipe.steps_per_epoch();
        if error.is_finite() && self.recipe.synthesises(self.arm.followed, epoch) {
            self.measure_synthetic(epoch);
        }
        error
    }

    fn finals(&mut self) -> Vec<(String, f64)> {
        let mut all = std::mem::take(&mut self.measured);
        all.extend(self.shapes());
        all
    }

    fn state(&self) -> Vec<(String, Tensor)> {
        let own = self.net.tensors().into_iter().map(|(name, t)| (name, t.shallow_clone()));
        let measured = self
            .measured
            .iter()
            .map(|(name, number)| (format!("{MEASURED}{name}"), Tensor::from_slice(&[*number])));
        own.chain(measured).collect()
    }

    fn load(&mut self, state: &HashMap<String, Tensor>) -> bool {
        let fits = self.net.tensors().iter().all(|(name, tensor)| {
            state.get(name).is_some_and(|saved| saved.size() == tensor.size())
        });
        if fits {
            for (name, tensor) in self.net.tensors() {
                tensor.shallow_clone().copy_(&state[&name]);
            }
            let measured = state.iter().filter_map(|(name, tensor)| {
                Some((name.strip_prefix(MEASURED)?.to_string(), tensor.double_value(&[0])))
            });
            self.measured = measured.collect();
        }
        fits
    }
}

/// Where the synthetic images of a finished run lie: beside its record.
fn pictures_file(job: &Job) -> Option<PathBuf> {
    job.checkpoint().map(|path| path.with_extension("pictures.safetensors"))
}

/// Keeps a finished run's synthetic images; without a place for them they are made again when they are asked for.
pub fn keep_pictures(job: &Job, run: &Run<'_>) {
    let _session = Session::enter();
    let Some(path) = pictures_file(job) else { return };
    let temporary = path.with_extension(format!("{}.tmp", std::process::id()));
    let written = path.parent().map_or(Ok(()), std::fs::create_dir_all).is_ok()
        && Tensor::write_safetensors(&[("synthetic", run.pictures())], &temporary).is_ok()
        && std::fs::rename(&temporary, path).is_ok();
    if !written {
        let _ = std::fs::remove_file(temporary);
    }
}

/// The first test images' synthetic images at the end of a run that starts as `run` stands now, one after the other: from the file
/// beside its record, else by training again.
///
/// # Errors
/// [`Failure::Domain`]: the images are not as many as they should be.
pub fn trained_pictures(job: &Job, mut run: Run<'_>) -> Result<Vec<f32>, Failure> {
    let read = |path: PathBuf| Tensor::read_safetensors(path).ok()?.into_iter().next();
    let tensor = match pictures_file(job).filter(|path| path.is_file()).and_then(read) {
        Some((_, tensor)) => tensor,
        None => {
            let _session = Session::enter();
            let steps = run.recipe.measured().last().copied().unwrap_or(0);
            (0..steps).for_each(|step| run.advance(step));
            keep_pictures(job, &run);
            run.pictures()
        }
    };
    numbers_of(&tensor, PICTURED.min(run.recipe.test) * run.split.test.size())
}

/// The synthetic images of a run as it stands.
///
/// # Errors
/// As [`trained_pictures`].
pub fn pictures_now(run: &Run<'_>) -> Result<Vec<f32>, Failure> {
    let _session = Session::enter();
    numbers_of(&run.pictures(), PICTURED.min(run.recipe.test) * run.split.test.size())
}

fn numbers_of(tensor: &Tensor, count: usize) -> Result<Vec<f32>, Failure> {
    let numbers: Vec<f32> = tensor.reshape([-1]).try_into().unwrap_or_default();
    if numbers.len() == count {
        return Ok(numbers);
    }
    Err(Failure::domain(format!("{} numbers are no {count} pixels", numbers.len())))
}

/// Prefix of measured numbers in a checkpoint.
const MEASURED: &str = "measured.";

#[cfg(test)]
mod tests;
