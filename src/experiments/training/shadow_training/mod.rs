//! Training of fully connected nets with dropout and synthetic images (SHADOW): learning curves, and what the nets look like.
//!
//! Nets `d – H – H – classes`, momentum, cross-entropy; `src/training/mlp/mod.rs` has the formulas, `arm` says what a run does differently
//! from plain backpropagation (Arora, Liang & Ma 2015, Section 4 and Appendix E). Images are the first `train` of the file,
//! pixels from 0 to 1; a fresh permutation in every epoch; the test error is measured after each.
//!
//! The seeds are numbered 0, 1, … and the same for all arms, data sets and claims: runs with the same seed have the same normals in their
//! weights and the same batches. They do not depend on the suite's seed, so claims share finished runs whatever else they ask for.
//!
//! Values are means over the seeds. Intervals of errors and of paired differences (`than` minus `arm`) are Student's, two-sided at
//! `confidence`: 0.9 makes `lower end > 0` the one-sided test at 5 % (t beyond 2.132 for five seeds, 2.920 for three). They describe
//! the scatter of seeds and stand outside of the suite's error budget. Curves and numbers of trained nets carry the least and the greatest
//! value of the seeds. A run that diverges has infinite error from then on.
//!
//! Early is the mean of epochs 1 to 5, final that of the last three. Synthetic errors, correlations and norms are those of the first 1000
//! test images, made as `arm` makes them (plainly where it makes none). They are measured after every epoch for `bp`, `bp_shadow`,
//! `bp_shadow_unit`, `bp_untied`, `bp_permuted` and `dropout_shadow`, for the others before training and after the last three epochs.
//! Needs libtorch and the images: `make setup`.

mod runs;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::experiment::{Definition, Enclosure, Failure, Parameters, Picture, Prepared};
use crate::training::curve::Record;
use crate::training::mlp::arm::ArmName;
use crate::training::mlp::images::DataName;
use crate::training::mlp::observables::OBSERVABLES;
use crate::training::mlp::summary::{band, curve, early, late, log_correlation, paired, student};
use crate::training::mlp::{LAST, PICTURED, Recipe, SYNTHESISED, at, shape};
use runs::Training;

/// Training with synthetic images.
pub static EXPERIMENT: Definition = Definition::of::<Params>(
    "training of fully connected nets with dropout and synthetic images, arm against arm",
    "",
    OBSERVABLES,
);

/// What is trained. Sizes left out are the standard ones.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Which images.
    data: DataName,
    /// What the run does.
    arm: ArmName,
    /// The run that it is compared with, in differences.
    #[serde(default = "plain")]
    than: ArmName,
    /// Seeds 0, …, this less one; 5 if left out.
    #[serde(default = "five")]
    seeds: u64,
    /// Level of Student's two-sided intervals; 0.9 if left out.
    #[serde(default = "nine_tenths")]
    confidence: f64,
    /// Width of both hidden layers; 256 if left out.
    #[serde(default = "width", rename = "H")]
    hidden: usize,
    /// Training images, the first of the file; 5000 if left out.
    #[serde(default = "five_thousand")]
    train: usize,
    /// Test images, the first of the file; 10 000 if left out.
    #[serde(default = "ten_thousand")]
    test: usize,
    /// Epochs; 20 if left out.
    #[serde(default = "twenty")]
    epochs: u64,
    /// Images in a batch; 100 if left out.
    #[serde(default = "hundred")]
    batch: usize,
    /// Learning rate; if left out 0.05 for grey images and 0.01 for coloured ones.
    #[serde(default)]
    rate: Option<f64>,
    /// Momentum; 0.9 if left out.
    #[serde(default = "nine_tenths")]
    momentum: f64,
    /// Weight of the synthetic images' loss; 1 if left out.
    #[serde(default = "one")]
    weight: f64,
    /// Train on a CUDA device where there is one.
    #[serde(default)]
    cuda: bool,
    /// Seconds after which a run stops until it is asked again; no limit if left out.
    #[serde(default)]
    seconds: Option<f64>,
}

const fn plain() -> ArmName {
    ArmName::Bp
}

const fn five() -> u64 {
    5
}

const fn nine_tenths() -> f64 {
    0.9
}

const fn width() -> usize {
    256
}

const fn five_thousand() -> usize {
    5000
}

const fn ten_thousand() -> usize {
    10_000
}

const fn twenty() -> u64 {
    20
}

const fn hundred() -> usize {
    100
}

const fn one() -> f64 {
    1.0
}

impl Parameters for Params {
    fn prepare(self) -> Result<Box<dyn Prepared>, Failure> {
        self.check()?;
        crate::training::ready()?;
        let (train, test) = self.data.counts();
        if self.train > train || self.test > test {
            let message = format!("there are {train} training images and {test} test images");
            return Err(Failure::parameter(message, "`train` and `test` must not ask for more"));
        }
        let recipe = Recipe {
            data: self.data,
            hidden: self.hidden,
            train: self.train,
            test: self.test,
            epochs: self.epochs,
            batch: self.batch,
            rate: self.rate.unwrap_or(self.data.rate()),
            momentum: self.momentum,
            weight: self.weight,
        };
        Ok(Box::new(Training { params: self, recipe }))
    }
}

impl Params {
    fn check(&self) -> Result<(), Failure> {
        let sizes = [self.hidden, self.batch, self.test];
        if sizes.contains(&0) || self.hidden > 20_000 || self.train < self.batch {
            let message = "`H`, `batch` and `test` must be positive, `H` at most 20 000, `train` at least `batch`";
            return Err(Failure::parameter(message, ""));
        }
        if !(1..=100).contains(&self.seeds) || !(1..=1000).contains(&self.epochs) {
            return Err(Failure::parameter("`seeds` must be 1 to 100, `epochs` 1 to 1000", ""));
        }
        let rate = self.rate.unwrap_or(1.0);
        let sound = rate > 0.0 && rate.is_finite() && self.weight >= 0.0 && self.weight.is_finite();
        if !sound || !(0.0..1.0).contains(&self.momentum) {
            let message =
                "`rate` must be positive, `weight` at least 0, `momentum` from 0 to below 1";
            return Err(Failure::parameter(message, ""));
        }
        if !(self.confidence > 0.0 && self.confidence < 1.0) {
            return Err(Failure::parameter("`confidence` must lie between 0 and 1", "0.9"));
        }
        Ok(())
    }
}

impl Training {
    fn seeds<T>(&self, of: impl Fn(&Record) -> T) -> Result<Vec<T>, Failure> {
        Ok(self.records(self.params.arm)?.iter().map(of).collect())
    }

    fn differences(&self, of: impl Fn(&Record) -> f64) -> Result<Vec<f64>, Failure> {
        let (own, other) = (self.records(self.params.arm)?, self.records(self.params.than)?);
        Ok(other.iter().zip(&own).map(|(other, own)| of(other) - of(own)).collect())
    }

    /// Are the arm's synthetic images measured after this epoch?
    fn followed(&self, epoch: u64) -> Result<(), Failure> {
        if self.recipe.synthesises(self.params.arm.arm().followed, epoch) {
            return Ok(());
        }
        Err(Failure::domain(format!(
            "the synthetic images of this arm are measured before training and after the last {LAST} epochs, not after epoch {epoch}"
        )))
    }

    /// A number of the trained nets at indices.
    fn last(&self, name: &str, indices: &[f64]) -> Result<Enclosure, Failure> {
        let name = indices.iter().fold(name.to_string(), |name, &index| at(&name, index as u64));
        Ok(band(&self.seeds(|record| record.last(&name))?))
    }

    fn over_seeds(&self, name: &str) -> Result<Enclosure, Failure> {
        let level = self.params.confidence;
        let end = self.recipe.epochs;
        let final_error = |record: &Record| late(record, "error");
        let early_error = |record: &Record| early(record, "error");
        let gain = |record: &Record| curve(record, "pearson", end) - curve(record, "pearson", 0);
        let number = |values: Vec<f64>, index: usize| Enclosure::point(paired(&values)[index]);
        Ok(match name {
            "final_error" => student(&self.seeds(final_error)?, level),
            "early_error" => student(&self.seeds(early_error)?, level),
            "early_deviation" => number(self.seeds(early_error)?, 1),
            "synthetic_final" => {
                student(&self.seeds(|record| late(record, "synthetic_error"))?, level)
            }
            "advantage_final" => student(&self.differences(final_error)?, level),
            "advantage_first5" => student(&self.differences(early_error)?, level),
            "spread_final" => number(self.differences(final_error)?, 1),
            "spread_first5" => number(self.differences(early_error)?, 1),
            "t_final" => number(self.differences(final_error)?, 2),
            "t_first5" => number(self.differences(early_error)?, 2),
            "pearson_gain" => student(&self.seeds(gain)?, level),
            "log_curve_correlation" => {
                self.followed(1)?;
                let images = SYNTHESISED.min(self.recipe.test);
                student(&self.seeds(|record| log_correlation(record, images))?, level)
            }
            "final_ratio" => {
                let ratio =
                    |record: &Record| late(record, "synthetic_error") / late(record, "error");
                student(&self.seeds(ratio)?, level)
            }
            "zero_shot_tied" | "zero_shot_untied" => {
                student(&self.seeds(|record| record.last(name))?, level)
            }
            _ => return Err(Failure::no_such_observable(name)),
        })
    }
}

/// A whole number within a range, or what is wrong.
fn index(name: &str, value: f64, most: f64) -> Result<u64, Failure> {
    if value.fract() == 0.0 && (0.0..=most).contains(&value) {
        return Ok(value as u64);
    }
    Err(Failure::domain(format!("{name}({value}): a whole number from 0 to {most} is wanted")))
}

impl Prepared for Training {
    fn exact(&self, name: &str, arguments: &[f64]) -> Result<Enclosure, Failure> {
        match (name, arguments) {
            (_, []) => self.over_seeds(name),
            (
                "error" | "synthetic_error" | "pearson" | "pearson_mismatched" | "norm_ratio",
                &[epoch],
            ) => {
                let epoch = index(name, epoch, self.recipe.epochs as f64)?;
                if name != "error" {
                    self.followed(epoch)?;
                }
                Ok(band(&self.seeds(|record| curve(record, name, epoch))?))
            }
            ("pearson_excess", &[epoch]) => {
                let epoch = index(name, epoch, self.recipe.epochs as f64)?;
                self.followed(epoch)?;
                let excess = |record: &Record| {
                    curve(record, "pearson", epoch) - curve(record, "pearson_mismatched", epoch)
                };
                Ok(student(&self.seeds(excess)?, self.params.confidence))
            }
            ("bias_mean_over_std", &[layer]) => {
                let of = |record: &Record, name| record.last(&at(name, layer as u64));
                let ratio =
                    |record: &Record| of(record, "bias_mean") / of(record, "bias_deviation");
                Ok(band(&self.seeds(ratio)?))
            }
            ("bin_middle", &[bin]) => {
                let bin = index(name, bin, shape::BINS as f64 - 1.0)?;
                Ok(Enclosure::with_relative_error(shape::bin_middle(bin as usize), 1e-14))
            }
            ("singular_middle", &[bin]) => {
                let bin = index(name, bin, shape::SINGULAR_BINS as f64 - 1.0)?;
                Ok(Enclosure::with_relative_error(shape::singular_middle(bin as usize), 1e-14))
            }
            ("quarter_circle_density", &[x]) => {
                let value = (4.0 - x * x).max(0.0).sqrt() / std::f64::consts::PI;
                Ok(Enclosure::with_relative_error(value, 1e-14))
            }
            _ => self.last(name, arguments),
        }
    }

    fn picture(&self, name: &str, arguments: &[f64]) -> Result<Picture, Failure> {
        let place = index(name, arguments.first().copied().unwrap_or(-1.0), PICTURED as f64 - 1.0)?;
        let place = place as usize;
        let numbers = match name {
            "original" => self.split()?.test.image(place),
            _ => {
                let size: usize = self.recipe.data.shape().iter().product();
                let all = self.kept(name == "synthetic")?;
                all.get(place * size..(place + 1) * size).map(stretched).unwrap_or_default()
            }
        };
        let [channels, height, width] = self.recipe.data.shape();
        if channels == 1 {
            return Picture::grey(width, height, &numbers);
        }
        let plane = height * width;
        let colours: Vec<f32> = (0..plane)
            .flat_map(|pixel| (0..3).map(move |channel| (pixel, channel)))
            .map(|(pixel, channel)| numbers[channel * plane + pixel])
            .collect();
        Picture::rgb(width, height, &colours)
    }

    fn cost(&self) -> f64 {
        let recipe = &self.recipe;
        let size: usize = recipe.data.shape().iter().product();
        let weights = (recipe.hidden * (size + recipe.hidden)) as f64;
        let image = weights * (15.0 * recipe.train as f64 + 2.0 * recipe.test as f64);
        2.0 * self.params.seeds as f64 * recipe.epochs as f64 * image
    }
}

/// Synthetic images have another scale than originals: stretched so that their 99th percentile is white.
fn stretched(numbers: &[f32]) -> Vec<f32> {
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f32::total_cmp);
    let white = sorted[sorted.len() * 99 / 100].max(f32::MIN_POSITIVE);
    numbers.iter().map(|x| x / white).collect()
}

#[cfg(test)]
mod tests;
