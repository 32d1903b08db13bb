//! How many epochs a network with one hidden layer needs to fit MNIST, by width.
//!
//! One hidden ReLU layer, softmax cross-entropy over ten classes, mini-batch gradient descent
//! without momentum, the same learning rate for every width, biases 0 at the start, readout weights
//! of variance 1/width. After every epoch the accuracy on the whole training subset is measured;
//! `epochs(width)` is the time at which it reaches the target, interpolated linearly between the
//! ends of two epochs. A run that does not reach it within the limit gives infinity.
//!
//! A trial is a seed: all widths of a trial see the same order of images. Arithmetic is in f32 on
//! one thread, so a seed always gives the same number on one kind of processor.
//!
//! The images are read from the user's cache; without them the experiment says so, and
//! `make setup` fetches them.

use std::sync::OnceLock;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::data::mnist::{self, Digits};
use crate::experiment::{Column, Definition, Failure, Observable, Parameters, Prepared, Tail};
use crate::models::relu::mlp::Mlp;
use crate::models::relu::net::Init;
use crate::random::Stream;

const OBSERVABLES: &[Observable] = &[Observable::trained(
    "epochs",
    &["width"],
    r"T_{#1}",
    "Epochs until the training accuracy reaches the target, interpolated between epochs; infinite if the limit is reached first.",
)];

/// Epochs to a training accuracy on MNIST, by width.
pub static EXPERIMENT: Definition = Definition::of::<Params>(
    "epochs that a one-hidden-layer ReLU network needs to fit MNIST, by width",
    "a seed: weights and order of the images",
    OBSERVABLES,
);

/// What is trained.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Widths of the hidden layer; each is trained in every trial.
    pub widths: Vec<usize>,
    /// Number of training images, the first of the file.
    pub images: usize,
    /// Learning rate, the same for every width.
    pub rate: f64,
    /// Images in a batch.
    pub batch: usize,
    /// Training accuracy to be reached, between 0 and 1.
    pub target: f64,
    /// Most epochs.
    pub limit: usize,
    /// Variance of the hidden weights.
    #[serde(default = "fan_in")]
    pub init: Init,
}

const fn fan_in() -> Init {
    Init::HeFanIn
}

impl Parameters for Params {
    fn prepare(self) -> Result<Box<dyn Prepared>, Failure> {
        let positive = [self.images, self.batch, self.limit].iter().all(|&count| count > 0);
        if !positive || self.widths.is_empty() || self.widths.contains(&0) {
            let message = "`widths`, `images`, `batch` and `limit` must be positive";
            return Err(Failure::parameter(message, "give at least one width"));
        }
        if !(self.rate > 0.0 && self.rate.is_finite() && self.target > 0.0 && self.target <= 1.0) {
            let message = "`rate` must be positive, and `target` above 0 and at most 1";
            return Err(Failure::parameter(message, "the target is an accuracy, 0.97 say"));
        }
        if !mnist::is_there() {
            let what = "the training images of MNIST are missing".into();
            return Err(Failure::Unavailable { what, mend: mnist::MEND.into() });
        }
        Ok(Box::new(Training { params: self, digits: OnceLock::new() }))
    }
}

struct Training {
    params: Params,
    digits: OnceLock<Result<Digits, Failure>>,
}

impl Training {
    fn digits(&self) -> Result<&Digits, Failure> {
        let read = || {
            let unavailable = |error: crate::data::DataError| Failure::Unavailable {
                what: error.to_string(),
                mend: mnist::MEND.into(),
            };
            mnist::training(self.params.images).map_err(unavailable)
        };
        self.digits.get_or_init(read).as_ref().map_err(Clone::clone)
    }

    /// Epochs until the target, for one width.
    fn epochs(&self, stream: &Stream, width: usize, digits: &Digits) -> f64 {
        let params = &self.params;
        // Weights differ between widths, the order of the images does not.
        let mut weights = stream.substream(1 + width as u64);
        let mut order = stream.substream(0);
        let mut net = Mlp::draw(&mut weights, mnist::PIXELS, width, mnist::CLASSES, params.init);
        let mut indices: Vec<usize> = (0..digits.labels.len()).collect();
        let mut before = net.accuracy(&digits.images, &digits.labels);
        for epoch in 0..params.limit {
            order.shuffle(&mut indices);
            for batch in indices.chunks(params.batch) {
                let images = digits.images.select_columns(batch);
                let labels: Vec<u8> = batch.iter().map(|&i| digits.labels[i]).collect();
                net.step(&images, &labels, params.rate as f32);
            }
            let after = net.accuracy(&digits.images, &digits.labels);
            if after >= params.target {
                return epoch as f64 + crossing(before, after, params.target);
            }
            before = after;
        }
        f64::INFINITY
    }
}

/// Where on the way from `before` to `after ≥ target` the target is crossed, as a fraction.
fn crossing(before: f64, after: f64, target: f64) -> f64 {
    if before >= target { 0.0 } else { (target - before) / (after - before) }
}

impl Prepared for Training {
    fn columns(&self) -> Vec<Column> {
        let column = |&width| Column::indexed("epochs", width, Tail::Unknown);
        self.params.widths.iter().map(column).collect()
    }

    fn trial(&self, stream: &mut Stream, out: &mut [f64]) -> Result<(), Failure> {
        let digits = self.digits()?;
        for (out, &width) in out.iter_mut().zip(&self.params.widths) {
            *out = self.epochs(stream, width, digits);
        }
        Ok(())
    }

    fn cost(&self) -> f64 {
        let widths: usize = self.params.widths.iter().sum();
        // Six operations a weight and image in a step, two in the accuracy; about ten epochs.
        let epochs = self.params.limit.min(10);
        (8 * widths * mnist::PIXELS * self.params.images * epochs) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::StreamKey;
    use nalgebra::DMatrix;

    fn params() -> Params {
        let (widths, init) = (vec![4, 16], Init::HeFanIn);
        Params { widths, images: 60, rate: 0.5, batch: 6, target: 1.0, limit: 50, init }
    }

    /// Ten images that differ in one bright pixel each, six times over: separable.
    fn digits() -> Digits {
        let labels: Vec<u8> = (0..60).map(|i| i % 10).collect();
        let bright = |pixel, image: usize| if pixel == image % 10 { 1.0 } else { 0.0 };
        Digits { images: DMatrix::from_fn(mnist::PIXELS, 60, bright), labels }
    }

    fn stream() -> Stream {
        StreamKey::derive(6, "mlp-epochs", "{}").trial(0)
    }

    #[test]
    fn separable_images_are_learnt_and_a_seed_repeats() {
        let training = Training { params: params(), digits: OnceLock::from(Ok(digits())) };
        let (mut out, mut again) = ([0.0; 2], [0.0; 2]);
        training.trial(&mut stream(), &mut out).unwrap();
        training.trial(&mut stream(), &mut again).unwrap();
        assert_eq!(out, again);
        assert!(out[1] > 0.0 && out[1] < 50.0, "{out:?}");
        let hasty = Params { limit: 1, rate: 1e-6, ..params() };
        let training = Training { params: hasty, digits: OnceLock::from(Ok(digits())) };
        training.trial(&mut stream(), &mut out).unwrap();
        assert_eq!(out, [f64::INFINITY; 2]);
    }

    #[test]
    fn the_crossing_is_interpolated() {
        assert_eq!(crossing(0.5, 1.0, 0.75), 0.5);
        assert_eq!(crossing(0.5, 0.75, 0.75), 1.0);
        assert_eq!(crossing(0.8, 0.9, 0.75), 0.0);
    }

    #[test]
    fn bad_parameters_are_refused() {
        for bad in [
            Params { widths: vec![], ..params() },
            Params { batch: 0, ..params() },
            Params { rate: f64::NAN, ..params() },
            Params { target: 1.5, ..params() },
        ] {
            assert!(matches!(bad.prepare(), Err(Failure::Parameter { .. })));
        }
    }
}
