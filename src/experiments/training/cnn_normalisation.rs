//! What the scale of random filters does under batch normalisation, in double precision.
//!
//! One layer on the first `images` training images of CIFAR-10, channels standardised: `channels` Gaussian kernels of side
//! `kernel`, zero padded; batch normalisation with mean μ and variance σ² of each channel over these images, (h − μ)/√(σ² + ε);
//! ReLU; 2 × 2 maxima; means of 4 × 4 regions. With all filters times c > 0 a channel's features are multiplied by
//! r = √((σ² + ε)/(σ² + ε/c²)) and by nothing else; `allowance` is the largest |f|·|r − 1|.
//!
//! Needs CIFAR-10 (`make setup`), no libtorch.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::data::normalisation::Normalisation;
use crate::experiment::{
    Column, Definition, Failure, Nature, Observable, Parameters, Prepared, Tail,
};
use crate::random::Stream;
use crate::training::cnn::plain::{Planes, convolved, features, moments};
use crate::training::cnn::{Architecture, EPSILON, study};

/// Scale of filters under batch normalisation.
pub static EXPERIMENT: Definition = Definition::of::<Params>(
    "what scaling random filters changes under batch normalisation",
    "fresh Gaussian filters; the images are fixed",
    OBSERVABLES,
);

const fn sampled(name: &'static str, latex: &'static str, doc: &'static str) -> Observable {
    Observable { name, arguments: &[], latex, doc, nature: Nature::Sampled }
}

const OBSERVABLES: &[Observable] = &[
    sampled("change", r"\max|f_c-f|", "largest change of a feature under the scale"),
    sampled("largest", r"\max|f|", "largest feature before it is scaled"),
    sampled("allowance", r"\max|f||r-1|", "largest change that ε in the denominator accounts for"),
];

/// Layer and scale.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// What all filters are multiplied by; not 0.
    scale: f64,
    /// Filters.
    channels: usize,
    /// Side of the kernels, odd.
    kernel: usize,
    /// Images.
    images: usize,
    /// Batch normalisation at all; default true.
    #[serde(default = "yes")]
    normalised: bool,
    /// What is added to the variance; default 1e-5.
    #[serde(default = "epsilon")]
    epsilon: f64,
}

const fn yes() -> bool {
    true
}

const fn epsilon() -> f64 {
    EPSILON
}

impl Parameters for Params {
    fn prepare(self) -> Result<Box<dyn Prepared>, Failure> {
        let sizes = (1..=1024).contains(&self.channels) && (1..=1000).contains(&self.images);
        if !sizes || self.kernel.is_multiple_of(2) || self.kernel > study::SIDE {
            let message = "`channels` must be 1 to 1024, `images` 1 to 1000, `kernel` odd";
            return Err(Failure::parameter(message, ""));
        }
        if self.scale == 0.0 || !self.scale.is_finite() || !(0.0..1.0).contains(&self.epsilon) {
            let message = "`scale` must not be 0, `epsilon` from 0 to less than 1";
            return Err(Failure::parameter(message, ""));
        }
        study::check(self.images.max(10), 1)?;
        let net = Architecture::regular(1, self.kernel, self.channels);
        Ok(Box::new(Scaling { params: self, net }))
    }
}

struct Scaling {
    params: Params,
    net: Architecture,
}

impl Scaling {
    fn images(&self) -> Result<Vec<Planes>, Failure> {
        let images = study::images()?.0.first(self.params.images);
        let numbers = images.normalised(Normalisation::Cifar10);
        let planes = |numbers: &[f32]| Planes {
            side: study::SIDE,
            values: numbers.iter().map(|&x| f64::from(x)).collect(),
        };
        Ok(numbers.chunks(images.pixels()).map(planes).collect())
    }
}

impl Prepared for Scaling {
    fn columns(&self) -> Vec<Column> {
        ["change", "largest", "allowance"].map(|name| Column::plain(name, Tail::Unknown)).to_vec()
    }

    fn trial(&self, stream: &mut Stream, out: &mut [f64]) -> Result<(), Failure> {
        let Params { scale, channels, kernel, epsilon, .. } = self.params;
        let images = self.images()?;
        let mut weights = vec![0.0; channels * 3 * kernel * kernel];
        stream.fill_normal(&mut weights);
        let scaled: Vec<f64> = weights.iter().map(|w| scale * w).collect();
        let added = self.params.normalised.then_some(epsilon);
        let of = |weights: &[f64]| features(&self.net, &[weights.to_vec()], &images, added);
        let (before, after) = (of(&weights), of(&scaled));
        let ratios =
            moments(&convolved(&weights, kernel, &images)).into_iter().map(|(_, variance)| {
                ((variance + epsilon) / (variance + epsilon / (scale * scale))).sqrt()
            });
        let ratios: Vec<f64> = ratios.collect();
        out.fill(0.0);
        for (before, after) in before.iter().zip(&after) {
            let each = before.len() / channels;
            for (index, (f, g)) in before.iter().zip(after).enumerate() {
                let allowed = f.abs() * (ratios[index / each] - 1.0).abs();
                for (out, value) in out.iter_mut().zip([(g - f).abs(), f.abs(), allowed]) {
                    *out = value.max(*out);
                }
            }
        }
        Ok(())
    }

    fn cost(&self) -> f64 {
        // Three passes in double precision, filters by definition.
        12.0 * self.params.images as f64 * self.net.products(study::SIDE, 3)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn trial(change: &Value) -> Option<[f64; 3]> {
        let mut all = json!({"scale": 3.7, "channels": 4, "kernel": 3, "images": 4});
        for (name, value) in change.as_object().unwrap() {
            all[name] = value.clone();
        }
        let prepared = (EXPERIMENT.prepare)(&all).ok()?;
        let mut out = [f64::NAN; 3];
        let mut stream = crate::random::StreamKey::derive(8, "cnn-normalisation", "{}").trial(0);
        prepared.trial(&mut stream, &mut out).unwrap();
        Some(out)
    }

    #[test]
    fn only_epsilon_is_left_of_the_scale() {
        let Some([change, largest, allowance]) = trial(&json!({})) else {
            return eprintln!("skipped: CIFAR-10 is not there (make setup fetches it)");
        };
        assert!(change > 0.0 && largest > 1.0 && allowance < 1e-5 * largest);
        assert!((change - allowance).abs() < 1e-12, "{change} {allowance}");
        assert_eq!(trial(&json!({"scale": 8.0, "epsilon": 0.0})).unwrap()[0], 0.0);
        let [change, largest, _] = trial(&json!({"normalised": false})).unwrap();
        assert!((change / largest - 2.7).abs() < 1e-12);
        assert!(trial(&json!({"scale": -3.7})).unwrap()[0] > 0.1);
    }

    #[test]
    fn bad_parameters_are_refused() {
        for (name, value) in [("scale", 0), ("kernel", 2), ("channels", 0), ("images", 0)] {
            let mut all = json!({"scale": 3.7, "channels": 4, "kernel": 3, "images": 4});
            all[name] = json!(value);
            let refused = (EXPERIMENT.prepare)(&all).err();
            assert!(matches!(refused, Some(Failure::Parameter { .. })), "{name}");
        }
    }
}
