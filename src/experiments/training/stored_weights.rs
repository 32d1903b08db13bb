//! Weights and offsets of trained nets from files: moments, histograms, singular values against the laws of random matrices.
//!
//! `weights: hed` are the 13 convolution layers of the HED edge detector (VGG16, fine-tuned), which set-up provides: a stand-in where a
//! paper speaks of other nets. `vgg16` and `alexnet` are a user's files: `alexnet.safetensors` holds `conv1.weight`, `conv1.bias`, …,
//! `conv5`, `fc6`, `fc7`, weights output first. Layers are numbered from 1; deviations and moments are those of the population.
//!
//! A layer as a matrix has one column an output. Eigenvalues of `MᵀM/(rows·v)`, `v` the mean square of the entries, are held against Marchenko
//! and Pastur's law with γ = columns/rows, the singular values over `√(Nv)` of a square layer against the quarter circle. All are
//! functions of the file in double precision; distances are exact to 1e-6 (eigenvalues from the Gram matrix).

use std::sync::OnceLock;

use nalgebra::DMatrix;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::data::weights::{Array, HED_FILES, HED_FOLDER, Weights};
use crate::data::{DataError, MEND, are_there};
use crate::experiment::{
    Definition, Enclosure, Evidence, Failure, Nature, Observable, Parameters, Prepared,
};
use crate::training::mlp::shape;

/// Weights of trained nets.
pub static EXPERIMENT: Definition = Definition::of::<Params>(
    "weights and offsets of trained nets from files: moments, histograms, singular values",
    "",
    OBSERVABLES,
);

const OBSERVABLES: &[Observable] = &[
    exact(
        "excess_kurtosis",
        &["layer"],
        r"\kappa_4(W_{#1})",
        "excess kurtosis of all weights of a layer",
    ),
    exact(
        "distance_to_normal",
        &["layer"],
        r"d_{\mathrm{KS}}(W_{#1}, \mathcal N)",
        "Kolmogorov–Smirnov distance of a layer's weights to the fitted normal law",
    ),
    exact("bias_mean", &["layer"], r"\bar b_{#1}", "mean of a layer's offsets"),
    exact(
        "bias_mean_over_std",
        &["layer"],
        r"\bar b_{#1}/s(b_{#1})",
        "mean of a layer's offsets over their standard deviation",
    ),
    exact(
        "bias_share",
        &["layer", "low", "high"],
        r"\#\{#2\le b_{#1}\le #3\}/n",
        "share of a layer's offsets within [low, high]",
    ),
    exact(
        "marchenko_pastur",
        &["layer"],
        r"d_{\mathrm{KS}}(W_{#1}, \mathrm{MP})",
        "Kolmogorov–Smirnov distance of a layer's scaled eigenvalues to Marchenko and Pastur; not defined for more outputs than inputs",
    ),
    exact(
        "quarter_circle",
        &["layer"],
        r"d_{\mathrm{KS}}(W_{#1}, \mathrm{qc})",
        "Kolmogorov–Smirnov distance of a square layer's scaled singular values to the quarter circle",
    ),
    exact(
        "weight_density",
        &["layer", "bin"],
        r"p_{#1}(#2)",
        "density of a layer's standardised weights in bin 0, …, 40 of [−5, 5]",
    ),
    exact("bin_middle", &["bin"], r"x_{#1}", "middle of such a bin, in standard deviations"),
];

const fn exact(
    name: &'static str,
    arguments: &'static [&'static str],
    latex: &'static str,
    doc: &'static str,
) -> Observable {
    Observable { name, arguments, latex, doc, nature: Nature::Exact(Evidence::Exact) }
}

/// Whose weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// The HED edge detector, from set-up.
    Hed,
    /// VGG16, from a user's file.
    Vgg16,
    /// AlexNet, from a user's file.
    Alexnet,
}

/// Whose weights.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Whose.
    weights: Source,
}

impl Parameters for Params {
    fn prepare(self) -> Result<Box<dyn Prepared>, Failure> {
        if self.weights == Source::Hed && !are_there(HED_FOLDER, &HED_FILES) {
            let what = "the trained VGG16 stack (HED) is missing".into();
            return Err(Failure::Unavailable { what, mend: MEND.into() });
        }
        if self.weights != Source::Hed {
            // A user's file: its absence makes the claim skipped before anything is asked.
            self.layers()?;
        }
        Ok(Box::new(self))
    }
}

/// Weights and offsets of a layer.
struct Layer {
    weights: Array,
    biases: Array,
}

impl Source {
    fn names(self) -> Vec<String> {
        match self {
            Self::Hed | Self::Vgg16 => [2, 2, 3, 3, 3]
                .iter()
                .enumerate()
                .flat_map(|(block, &count)| {
                    (1..=count).map(move |i| format!("conv{}_{i}", block + 1))
                })
                .collect(),
            Self::Alexnet => {
                (1..=5).map(|i| format!("conv{i}")).chain(["fc6".into(), "fc7".into()]).collect()
            }
        }
    }

    fn read(self) -> Result<Vec<Layer>, DataError> {
        let file = match self {
            Self::Hed => Weights::hed()?,
            Self::Vgg16 => Weights::user("vgg16")?,
            Self::Alexnet => Weights::user("alexnet")?,
        };
        self.names().iter().map(|name| layer(&file, name)).collect()
    }
}

fn layer(file: &Weights, name: &str) -> Result<Layer, DataError> {
    let weights = file.array(&format!("{name}.weight"))?;
    let biases = file.array(&format!("{name}.bias"))?;
    if weights.shape.len() < 2 || biases.shape != weights.shape[..1] || biases.numbers.len() < 2 {
        let reason = format!(
            "`{name}` has weights of shape {:?} and offsets of shape {:?}",
            weights.shape, biases.shape
        );
        return Err(DataError::damaged("the file of weights", reason));
    }
    Ok(Layer { weights, biases })
}

impl Layer {
    /// One column an output.
    fn matrix(&self) -> DMatrix<f64> {
        let outputs = self.weights.shape[0];
        let numbers = self.weights.numbers.iter().map(|&x| f64::from(x));
        DMatrix::from_iterator(self.weights.numbers.len() / outputs, outputs, numbers)
    }
}

impl Params {
    fn layers(self) -> Result<&'static [Layer], Failure> {
        static ALL: [OnceLock<Result<Vec<Layer>, DataError>>; 3] = [const { OnceLock::new() }; 3];
        let found = ALL[self.weights as usize].get_or_init(|| self.weights.read());
        let mend = match self.weights {
            Source::Hed => MEND,
            Source::Vgg16 => "put vgg16.safetensors into the cache folder `vgg16`",
            Source::Alexnet => "put alexnet.safetensors into the cache folder `alexnet`",
        };
        found.as_deref().map_err(|error| error.clone().unavailable(mend))
    }
}

/// Rounding of sums over a layer in double precision, relative.
const ROUNDING: f64 = 1e-9;
/// Error of a distance: eigenvalues come from the Gram matrix.
const DISTANCE: f64 = 1e-6;

/// The answer for a layer.
fn measured(layer: &Layer, name: &str, arguments: &[f64]) -> Result<Enclosure, Failure> {
    let (weights, biases) = (&layer.weights.numbers, &layer.biases.numbers);
    let matrix = || layer.matrix();
    let rounded = |value: f64| Ok(Enclosure::with_relative_error(value, ROUNDING));
    let distance = |value: f64| Ok(Enclosure::with_error(value, DISTANCE));
    match (name, arguments) {
        ("excess_kurtosis", []) => rounded(shape::excess_kurtosis(weights)),
        ("distance_to_normal", []) => distance(shape::distance_to_normal(weights)),
        ("bias_mean", []) => rounded(shape::mean_and_deviation(biases).0),
        ("bias_mean_over_std", []) => {
            let (mean, deviation) = shape::mean_and_deviation(biases);
            rounded(mean / deviation)
        }
        ("bias_share", &[low, high]) => {
            Ok(Enclosure::point(shape::share_within(biases, low, high)))
        }
        ("marchenko_pastur", []) => {
            let matrix = matrix();
            if matrix.ncols() > matrix.nrows() {
                return Err(Failure::domain("the layer has more outputs than inputs"));
            }
            distance(shape::marchenko_pastur_distance(&matrix))
        }
        ("quarter_circle", []) => {
            let matrix = matrix();
            if !matrix.is_square() {
                return Err(Failure::domain("the layer is not square"));
            }
            distance(shape::quarter_circle_distance(&matrix))
        }
        ("weight_density", &[bin]) => {
            let found = shape::histogram(weights).get(bin as usize).copied();
            rounded(found.ok_or_else(|| Failure::domain(format!("there is no bin {bin}")))?)
        }
        _ => Err(Failure::no_such_observable(name)),
    }
}

impl Prepared for Params {
    fn exact(&self, name: &str, arguments: &[f64]) -> Result<Enclosure, Failure> {
        if let ("bin_middle", &[bin]) = (name, arguments) {
            return Ok(Enclosure::with_relative_error(shape::bin_middle(bin as usize), 1e-14));
        }
        let Some((&number, rest)) = arguments.split_first() else {
            return Err(Failure::no_such_observable(name));
        };
        let layers = self.layers()?;
        let place = (number.fract() == 0.0 && number >= 1.0).then_some(number as usize - 1);
        let layer = place.and_then(|place| layers.get(place)).ok_or_else(|| {
            Failure::domain(format!("there is no layer {number} among 1 to {}", layers.len()))
        })?;
        measured(layer, name, rest)
    }

    fn cost(&self) -> f64 {
        1e10
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tiny() -> Layer {
        let weights = Array { shape: vec![2, 2, 1, 1], numbers: vec![1.0, 0.0, 0.0, 1.0] };
        Layer { weights, biases: Array { shape: vec![2], numbers: vec![1.0, 3.0] } }
    }

    #[test]
    fn a_layer_is_measured() {
        let ask = |name, arguments: &[f64]| measured(&tiny(), name, arguments).unwrap().value;
        assert_eq!(ask("bias_mean_over_std", &[]), 2.0);
        assert_eq!(ask("bias_share", &[0.5, 1.5]), 0.5);
        // Entries 0 and 1 alike often: kurtosis 1.
        approx::assert_relative_eq!(ask("excess_kurtosis", &[]), -2.0, max_relative = 1e-12);
        // The identity, scaled: both singular values are 1; half of the quarter circle's mass is not there.
        let level = shape::quarter_circle_cdf(1.0);
        approx::assert_relative_eq!(
            ask("quarter_circle", &[]),
            level.max(1.0 - level),
            max_relative = 1e-9
        );
        assert!(measured(&tiny(), "bias_mean", &[1.0]).is_err());
    }

    #[test]
    fn names_of_layers_are_those_of_the_files() {
        assert_eq!(Source::Hed.names().len(), 13);
        assert_eq!(Source::Alexnet.names()[5..], ["fc6", "fc7"]);
        let missing = Params { weights: Source::Alexnet }.layers().err();
        assert!(missing.is_none_or(|failure| matches!(failure, Failure::Unavailable { .. })));
    }
}
