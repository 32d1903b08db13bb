//! What random filters are worth: a ridge classifier on the features of a convolutional net that learnt nothing.
//!
//! `layers` times: convolution with `channels` Gaussian kernels of side `kernel` (stride 1, zero padded), batch normalisation
//! with the statistics of the training images, ReLU, 2 × 2 maximum pooling; then mean pooling to 4 × 4. Features are
//! standardised and fitted to targets ±1 (one a class, less their means) with the penalty `ridge`·`n_train`. Training images
//! are the first `n_train` of CIFAR-10, test images the first `n_test`, channels standardised
//! (Gilbert et al. 2017, Section 4.1, in small).
//!
//! `raw_accuracy` is the same classifier on the pixels, with the penalty `raw_ridge`; nothing is random in it.
//!
//! Needs libtorch and CIFAR-10: `make setup`.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::experiment::{
    Column, Definition, Failure, Nature, Observable, Parameters, Prepared, Tail,
};
use crate::random::Stream;
use crate::training::cnn::{Architecture, study};

/// Ridge classifiers on random features.
pub static EXPERIMENT: Definition = Definition::of::<Params>(
    "a ridge classifier on random convolutional features of CIFAR-10",
    "fresh Gaussian filters; the images are fixed",
    OBSERVABLES,
);

const OBSERVABLES: &[Observable] = &[
    Observable {
        name: "accuracy",
        arguments: &[],
        latex: r"A",
        doc: "test accuracy on random features",
        nature: Nature::Trained,
    },
    Observable {
        name: "raw_accuracy",
        arguments: &[],
        latex: r"A_{\mathrm{pixels}}",
        doc: "test accuracy on the pixels",
        nature: Nature::Trained,
    },
];

/// Net and images.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Convolutions, 0 to 3; 0 leaves the pixels themselves.
    layers: usize,
    /// Side of the kernels, odd.
    kernel: usize,
    /// Filters of each layer.
    channels: usize,
    /// Training images.
    n_train: usize,
    /// Test images.
    n_test: usize,
    /// Penalty for the features.
    ridge: f64,
    /// Penalty for the pixels; default 1.
    #[serde(default = "one")]
    raw_ridge: f64,
    /// No ReLU, and means in place of maxima: features that are linear in the image.
    #[serde(default)]
    linear: bool,
    /// Give the training images each other's labels.
    #[serde(default)]
    shuffled: bool,
    /// Compute on a CUDA device where there is one.
    #[serde(default)]
    cuda: bool,
}

const fn one() -> f64 {
    1.0
}

impl Parameters for Params {
    fn prepare(self) -> Result<Box<dyn Prepared>, Failure> {
        let sizes = (0..=3).contains(&self.layers) && (1..=4096).contains(&self.channels);
        if !sizes || self.kernel.is_multiple_of(2) || self.kernel > study::SIDE {
            let message = format!(
                "layers = {}, kernel = {}, channels = {}",
                self.layers, self.kernel, self.channels
            );
            return Err(Failure::parameter(message, "0 to 3, odd, 1 to 4096"));
        }
        if !(self.ridge > 0.0 && self.raw_ridge > 0.0) {
            return Err(Failure::parameter("`ridge` and `raw_ridge` must be positive", ""));
        }
        study::check(self.n_train, self.n_test)?;
        let net = Architecture::regular(self.layers, self.kernel, self.channels);
        Ok(Box::new(Ridge { params: self, net }))
    }
}

struct Ridge {
    params: Params,
    net: Architecture,
}

impl Ridge {
    #[cfg(not(feature = "torch"))]
    fn accuracies(&self, _stream: &Stream) -> Result<[f64; 2], Failure> {
        let Params { raw_ridge, linear, shuffled, cuda, .. } = self.params;
        let _ = (raw_ridge, linear, shuffled, cuda);
        crate::training::ready().map(|()| [f64::NAN; 2])
    }

    #[cfg(feature = "torch")]
    fn accuracies(&self, stream: &Stream) -> Result<[f64; 2], Failure> {
        use crate::random::StreamKey;
        use crate::training::curve::Record;
        use crate::training::store::{Job, run_all};
        use crate::training::torch::photos::Photos;
        use crate::training::torch::ridge::Features;
        use crate::training::torch::{cnn::Net, device};

        let params = &self.params;
        let device = device(params.cuda);
        let common = (params.n_train, params.n_test, params.shuffled, format!("{device:?}"));
        let features =
            serde_json::json!([common, self.net.to_string(), params.linear, params.ridge]);
        // Pixels know no filters: one run for all trials, unless labels are shuffled.
        let fixed = StreamKey::derive(0, "cnn-features", "pixels").trial(0);
        let fixed = if params.shuffled { stream.substream(0) } else { fixed };
        let pixels = |penalty: f64| {
            Job::new("ridge", &serde_json::json!([common, penalty]), fixed.substream(0))
        };
        let first = match params.layers {
            0 => pixels(params.ridge),
            _ => Job::new("ridge", &features, stream.substream(0)),
        };
        let jobs = [first, pixels(params.raw_ridge)];
        let records = run_all(&jobs, |index, job| {
            let (images, test) = study::images()?;
            let labels = params.shuffled.then(|| {
                study::shuffled_labels(images, params.n_train, &mut job.stream.substream(1))
            });
            let photos = Photos::new(images, params.n_train, labels.as_deref(), device);
            let test = Photos::new(test, params.n_test, None, device);
            let accuracy = if index == 0 && params.layers > 0 {
                let shape = (images.channels, study::SIDE, images.classes);
                let mut net = Net::draw(&mut job.stream.substream(0), &self.net, shape, device);
                if params.linear {
                    net = net.linearised();
                }
                Features::of_net(&mut net, &photos, &test).accuracy(&photos, &test, params.ridge)
            } else {
                let penalty = if index == 0 { params.ridge } else { params.raw_ridge };
                Features::of_pixels(&photos, &test).accuracy(&photos, &test, penalty)
            };
            let finals = [("accuracy".to_string(), accuracy)].into();
            Ok(Record { finals, ..Record::default() })
        })?;
        Ok([0, 1].map(|index| records[index].last("accuracy")))
    }
}

impl Prepared for Ridge {
    fn columns(&self) -> Vec<Column> {
        ["accuracy", "raw_accuracy"].map(|name| Column::plain(name, Tail::Unknown)).to_vec()
    }

    fn trial(&self, stream: &mut Stream, out: &mut [f64]) -> Result<(), Failure> {
        out.copy_from_slice(&self.accuracies(stream)?);
        Ok(())
    }

    fn cost(&self) -> f64 {
        let images = (self.params.n_train + self.params.n_test) as f64;
        let features = self.net.features(study::SIDE) as f64;
        6.0 * images * (self.net.products(study::SIDE, 3) + features * features)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn trial(change: &Value) -> Option<[f64; 2]> {
        let mut all = json!({"layers": 1, "kernel": 3, "channels": 8, "n_train": 400, "n_test": 400, "ridge": 0.1});
        for (name, value) in change.as_object().unwrap() {
            all[name] = value.clone();
        }
        let prepared = (EXPERIMENT.prepare)(&all).ok()?;
        crate::training::ready().ok()?;
        let mut out = [f64::NAN; 2];
        let mut stream = crate::random::StreamKey::derive(8, "cnn-features", "{}").trial(0);
        prepared.trial(&mut stream, &mut out).unwrap();
        Some(out)
    }

    #[test]
    fn features_tell_classes_and_shuffled_labels_do_not() {
        let (Some(true_labels), Some(shuffled)) =
            (trial(&json!({})), trial(&json!({"shuffled": true})))
        else {
            return eprintln!("skipped: CIFAR-10 or libtorch is not there (make setup fetches it)");
        };
        assert!(true_labels[0] > 0.25 && true_labels[1] > 0.15, "{true_labels:?}");
        assert!(shuffled.iter().all(|x| *x < 0.2), "{shuffled:?}");
        assert_eq!(Some(true_labels), trial(&json!({})));
        assert_ne!(Some(true_labels), trial(&json!({"linear": true})));
    }

    #[test]
    fn bad_parameters_are_refused() {
        for (name, value) in [("layers", 4), ("kernel", 4), ("channels", 0), ("ridge", 0)] {
            let mut all = json!({"layers": 1, "kernel": 3, "channels": 8, "n_train": 400, "n_test": 400, "ridge": 0.1});
            all[name] = json!(value);
            let refused = (EXPERIMENT.prepare)(&all).err();
            assert!(matches!(refused, Some(Failure::Parameter { .. })), "{name}");
        }
    }
}
