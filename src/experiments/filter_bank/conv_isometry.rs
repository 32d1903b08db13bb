//! Norms of Wᵀz for a convolution layer of 512 filters over 512 channels, and eigenvalues of its supports.
//!
//! Filters are those of a trained layer conv(5,2), Gaussian, or all the same (a control), each divided by its norm
//! (unless `normalise: false`). Codes have at most one entry in a 2 × 2 region of a channel: the share `density`
//! of all positions, regions and places uniform, values uniform on [−1, 1] (gilbert2017, Sec. 4.4). Wᵀz is taken
//! over all samples (`ratio_full`) or cropped to the D × D samples of a zero-padded layer (`ratio_cropped`).
//!
//! With `measure: spectrum` a trial computes eigenvalues instead: `width`, the standard deviation of `ratio_full`
//! from the sum of squared inner products (exact in leading order, whatever the filters); `lambda_aligned` and
//! `lambda_random`, lower bounds of the largest eigenvalue (Rayleigh quotients after `steps` power steps) of the
//! support of all top left places, and of a random support of the given density.
//!
//! A trial draws codes, and filters if they are random. Single precision: relative errors below 1e-5.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::experiment::{Column, Definition, Failure, Observable, Parameters, Prepared, Tail};
use crate::models::filter_bank::conv::{ConvBank, Filters, frobenius_width};
use crate::models::filter_bank::maps::{Maps, regions};
use crate::models::filter_bank::stack::{self, Source, Stack};
use crate::random::Stream;

/// Norms of codes through a convolution layer.
pub static EXPERIMENT: Definition = Definition::of::<Params>(
    "norms of model-sparse codes through a trained or random 3 × 3 convolution layer, and eigenvalues of supports",
    "a fresh code, and fresh filters if they are random",
    OBSERVABLES,
);

const OBSERVABLES: &[Observable] = &[
    Observable::sampled(
        "ratio_full",
        &[],
        r"\tfrac{\|W^Tz\|}{\|z\|}",
        "‖Wᵀz‖/‖z‖, all samples; `measure: ratio`",
    ),
    Observable::sampled(
        "ratio_cropped",
        &[],
        r"\tfrac{\|(W^Tz)_D\|}{\|z\|}",
        "the same over the D × D samples in the middle",
    ),
    Observable::sampled(
        "width",
        &[],
        r"\sigma_F",
        "standard deviation of ratio_full from the Gram matrix; `measure: spectrum`",
    ),
    Observable::sampled(
        "lambda_aligned",
        &[],
        r"\lambda_{\max}(\text{aligned})",
        "largest eigenvalue of the support of all top left places, from below",
    ),
    Observable::sampled(
        "lambda_random",
        &[],
        r"\lambda_{\max}(\text{random})",
        "largest eigenvalue of a random support, from below",
    ),
];

/// Filters and codes.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Which filters.
    filters: Kind,
    /// Filters, and channels, of random filters (a trained layer has 512 of each).
    #[serde(default = "size")]
    size: usize,
    /// Divide each filter by its norm.
    #[serde(default = "yes")]
    normalise: bool,
    /// Positions in each direction, even.
    #[serde(rename = "D", default = "fourteen")]
    side: usize,
    /// Share of positions with an entry, at most 1/4.
    density: f64,
    /// What a trial measures.
    #[serde(default)]
    measure: Measure,
    /// Power steps.
    #[serde(default = "sixty")]
    steps: usize,
}

/// Which filters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    /// conv(5,2) of the HED stack.
    Hed,
    /// conv(5,2) of a user's VGG16.
    Vgg16,
    /// Independent normals.
    Gauss,
    /// One Gaussian filter, repeated.
    Equal,
}

/// What a trial measures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Measure {
    /// Norm ratios.
    #[default]
    Ratio,
    /// Width and eigenvalues.
    Spectrum,
}

const fn size() -> usize {
    512
}

const fn yes() -> bool {
    true
}

const fn fourteen() -> usize {
    14
}

const fn sixty() -> usize {
    60
}

impl Parameters for Params {
    fn prepare(self) -> Result<Box<dyn Prepared>, Failure> {
        if !(self.density > 0.0 && self.density <= 0.25) {
            let message = format!("density = {} is out of range", self.density);
            return Err(Failure::parameter(
                message,
                "one place of four at most: 0 < density ≤ 1/4",
            ));
        }
        let whole = self.side.is_multiple_of(2) && (2..=64).contains(&self.side);
        if !whole || !(1..=1024).contains(&self.size) || !(1..=1000).contains(&self.steps) {
            let message =
                format!("D = {}, size = {} or steps = {}", self.side, self.size, self.steps);
            return Err(Failure::parameter(
                message,
                "D even, 2 to 64; size 1 to 1024; steps 1 to 1000",
            ));
        }
        if self.filters == Kind::Hed && !stack::is_there() {
            return Err(stack::missing());
        }
        Ok(Box::new(Isometry { params: self }))
    }
}

struct Isometry {
    params: Params,
}

impl Isometry {
    fn filters(&self, stream: &mut Stream) -> Result<Filters, Failure> {
        let size = self.params.size;
        let trained = |source| {
            let filters = Stack::of(source)?.filters(5, 2).cloned();
            filters.ok_or_else(|| Failure::domain("the stack has no conv(5, 2)"))
        };
        let filters = match self.params.filters {
            Kind::Hed => trained(Source::Hed)?,
            Kind::Vgg16 => trained(Source::Vgg16)?,
            Kind::Gauss => Filters::gaussian(size, size, stream),
            Kind::Equal => {
                let one = Filters::gaussian(1, size, stream).0;
                Filters(nalgebra::DMatrix::from_fn(one.nrows(), size, |i, _| one[i]))
            }
        };
        Ok(if self.params.normalise { filters.normalised() } else { filters })
    }

    /// A random code: regions without replacement, a place in each.
    fn code(&self, channels: usize, stream: &mut Stream) -> Maps {
        let side = self.params.side;
        let mut maps = Maps::zeros(channels, side, side);
        let mut places: Vec<Vec<usize>> = regions(channels, side, side).collect();
        let count = (self.params.density * maps.values.len() as f64).round() as usize;
        stream.shuffle(&mut places);
        for region in places.iter().take(count) {
            let place = region[stream.below(region.len() as u64) as usize];
            maps.values[place] = (2.0 * stream.uniform() - 1.0) as f32;
        }
        maps
    }

    fn spectrum(&self, filters: Filters, stream: &mut Stream) -> [f64; 3] {
        let (side, steps) = (self.params.side, self.params.steps);
        let width = frobenius_width(&filters, side);
        let channels = filters.count();
        let start = |side: usize, stream: &mut Stream| {
            let mut maps = Maps::zeros(channels, side, side);
            stream.fill_normal_f32(&mut maps.values);
            maps
        };
        let half = side / 2;
        // Top left places only: a bank with step 2, which every row of belongs to the support.
        let coarse = ConvBank { filters, places: half, step: 2, cropped: false };
        let mut all = Maps::zeros(channels, half, half);
        all.values.fill(1.0);
        let aligned = coarse.power(&all, &start(half, stream), steps);
        let fine = ConvBank { filters: coarse.filters, places: side, step: 1, cropped: false };
        let mask = self.code(channels, stream);
        [width, aligned, fine.power(&mask, &start(side, stream), steps)]
    }
}

impl Prepared for Isometry {
    fn columns(&self) -> Vec<Column> {
        let names: &[&'static str] = match self.params.measure {
            Measure::Ratio => &["ratio_full", "ratio_cropped"],
            Measure::Spectrum => &["width", "lambda_aligned", "lambda_random"],
        };
        names.iter().map(|name| Column::plain(name, Tail::Unknown)).collect()
    }

    fn trial(&self, stream: &mut Stream, out: &mut [f64]) -> Result<(), Failure> {
        let filters = self.filters(&mut stream.substream(0))?;
        let stream = &mut stream.substream(1);
        if self.params.measure == Measure::Spectrum {
            out.copy_from_slice(&self.spectrum(filters, stream));
            return Ok(());
        }
        let z = self.code(filters.count(), stream);
        let bank = ConvBank { filters, places: self.params.side, step: 1, cropped: false };
        let x = bank.synthesise_maps(&z);
        let size = z.square();
        out[0] = (x.square() / size).sqrt();
        out[1] = (x.cropped().square() / size).sqrt();
        Ok(())
    }

    fn cost(&self) -> f64 {
        let size = if matches!(self.params.filters, Kind::Hed | Kind::Vgg16) {
            512
        } else {
            self.params.size
        };
        let product = 18.0 * (size * size * self.params.side.pow(2)) as f64;
        match self.params.measure {
            Measure::Ratio => product,
            Measure::Spectrum => product * (2.5 * self.params.steps as f64 + 5.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::StreamKey;
    use serde_json::{Value, json};

    fn trial(value: &Value, columns: usize) -> Vec<f64> {
        let isometry = (EXPERIMENT.prepare)(value).unwrap();
        let mut out = vec![f64::NAN; columns];
        isometry.trial(&mut StreamKey::derive(1, "conv-isometry", "t").trial(0), &mut out).unwrap();
        out
    }

    #[test]
    fn unit_filters_keep_norms_on_average() {
        let out = trial(&json!({"filters": "gauss", "size": 16, "D": 8, "density": 0.2}), 2);
        assert!((out[0] - 1.0).abs() < 0.2 && out[1] < out[0], "{out:?}");
        let equal = trial(&json!({"filters": "equal", "size": 16, "D": 8, "density": 0.2}), 2);
        assert!((equal[0] - 1.0).abs() < 1.5);
    }

    #[test]
    fn eigenvalues_exceed_the_norm_of_a_filter() {
        let value = json!({"filters": "gauss", "size": 16, "D": 8, "density": 0.2, "measure": "spectrum", "steps": 20});
        let out = trial(&value, 3);
        assert!(out[0] > 0.0 && out[1] > 1.0 && out[2] > 1.0, "{out:?}");
    }

    #[test]
    fn wrong_parameters_are_refused() {
        for value in [
            json!({"filters": "gauss", "density": 0.3}),
            json!({"filters": "gauss", "density": 0.2, "D": 15}),
            json!({"filters": "gauss", "density": 0.2, "size": 0}),
        ] {
            assert!((EXPERIMENT.prepare)(&value).is_err(), "{value}");
        }
    }
}
