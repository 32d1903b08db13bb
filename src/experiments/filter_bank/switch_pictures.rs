//! Images decoded from the activations of a trained stack, and from what one step of iterative hard thresholding leaves
//! of them (gilbert2017, Figures 4 and 5).
//!
//! The stack and its images are those of `trained-stack`; here every pixel is repeated `enlarged` times. In place of the authors'
//! trained decoder stands the stack itself: with the active units and the switches of the image known, activations are
//! f = Ax + b, and `steps` steps of conjugate gradients on ‖Ax + b − f‖² from 0 decode them (`src/models/filter_bank/switches.rs`).
//!
//! `layer` 1 to 4 is the pool whose activations f are decoded; `way`: 0, f itself; 1, Wᵀ𝐌(Wf) with the trained filters of
//! conv(layer + 1, 1), each divided by its norm; 2, the same with Gaussian filters; 3, independent moduli of normals;
//! 4, independent normals. Ways 1 to 4 are rescaled to ‖f‖, decoded images to the norm of the image (less the
//! means that the stack subtracts), so a relative error of √2 says that nothing is left.
//!
//! Single precision; error bar 10⁻³. `draw` numbers the random filters and activations.

use std::sync::OnceLock;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::data::MEND;
use crate::data::cifar::cifar10;
use crate::data::grey::Part;
use crate::experiment::{
    Definition, Enclosure, Evidence, Failure, Nature, Observable, Parameters, Picture, Prepared,
};
use crate::models::filter_bank::conv::Filters;
use crate::models::filter_bank::maps::Maps;
use crate::models::filter_bank::stack::{self, MEANS, Source, Stack};
use crate::models::filter_bank::switches::Piece;
use crate::random::{Stream, StreamKey};

/// Decoded images.
pub static EXPERIMENT: Definition = Definition::of::<Params>(
    "images decoded from activations through the switches of a trained stack",
    "",
    OBSERVABLES,
);

/// Pools that are decoded, and ways to come by activations.
const LAYERS: usize = 4;
const WAYS: usize = 5;

const OBSERVABLES: &[Observable] = &[
    Observable {
        name: "original",
        arguments: &[],
        latex: r"x",
        doc: "the image",
        nature: Nature::Pictured,
    },
    Observable {
        name: "decoded",
        arguments: &["layer", "way"],
        latex: r"\hat x_{#1,#2}",
        doc: "the image decoded from a pool's activations, come by in one of the five ways",
        nature: Nature::Pictured,
    },
    Observable {
        name: "image_error",
        arguments: &["layer", "way"],
        latex: r"e_{#1,#2}",
        doc: "relative error of the decoded image, rescaled to the norm of the image",
        nature: Nature::Exact(Evidence::Exact),
    },
    Observable {
        name: "activation_error",
        arguments: &["layer", "way"],
        latex: r"e^{f}_{#1,#2}",
        doc: "relative error of the activations, rescaled to their norm",
        nature: Nature::Exact(Evidence::Exact),
    },
];

/// Image and decoder.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Test image of CIFAR-10, from 0.
    image: usize,
    /// How often a pixel is repeated in each direction; default 2.
    #[serde(default = "two")]
    enlarged: usize,
    /// Steps of conjugate gradients.
    steps: usize,
    /// Number of the random filters and activations.
    #[serde(default)]
    draw: u64,
    /// Whose weights.
    #[serde(default)]
    weights: Source,
}

const fn two() -> usize {
    2
}

impl Parameters for Params {
    fn prepare(self) -> Result<Box<dyn Prepared>, Failure> {
        let sizes = (1..=7).contains(&self.enlarged) && (1..=1000).contains(&self.steps);
        if !sizes || self.image >= 10_000 {
            let message = format!(
                "image = {}, enlarged = {}, steps = {}",
                self.image, self.enlarged, self.steps
            );
            return Err(Failure::parameter(message, "0 to 9999, 1 to 7, 1 to 1000"));
        }
        if !stack::is_there() {
            return Err(stack::missing());
        }
        let results = (0..LAYERS * WAYS).map(|_| OnceLock::new()).collect();
        Ok(Box::new(Pictures { params: self, piece: OnceLock::new(), results }))
    }
}

struct Pictures {
    params: Params,
    piece: OnceLock<Result<(Piece<'static>, Maps), Failure>>,
    results: Vec<OnceLock<Result<Decoded, Failure>>>,
}

struct Decoded {
    image: Maps,
    image_error: f64,
    activation_error: f64,
}

impl Pictures {
    /// The stack's affine piece, and the image as it takes it.
    fn piece(&self) -> Result<&(Piece<'static>, Maps), Failure> {
        let read = || {
            let stack = Stack::of(self.params.weights)?;
            let images = cifar10(Part::Test).map_err(|error| error.unavailable(MEND))?;
            let input = stack::enlarged(images.image(self.params.image), self.params.enlarged);
            Ok((Piece::around(&stack.blocks[..LAYERS], input.clone()), input))
        };
        self.piece.get_or_init(read).as_ref().map_err(Clone::clone)
    }

    fn decoded(&self, arguments: &[f64]) -> Result<&Decoded, Failure> {
        let place = |x: f64, from: usize, count: usize| {
            (0..count).find(|&index| (index + from) as f64 == x)
        };
        let found = match arguments {
            &[layer, way] => place(layer, 1, LAYERS).zip(place(way, 0, WAYS)),
            _ => None,
        };
        let Some((layer, way)) = found else {
            return Err(Failure::domain("layers are 1 to 4, ways 0 to 4"));
        };
        let decode = || self.decode(layer + 1, way);
        self.results[layer * WAYS + way].get_or_init(decode).as_ref().map_err(Clone::clone)
    }

    fn decode(&self, layer: usize, way: usize) -> Result<Decoded, Failure> {
        let (piece, input) = self.piece()?;
        let own = &piece.pools[layer - 1];
        let key = StreamKey::derive(self.params.draw, "switch-pictures", "");
        let mut stream = key.trial((layer * WAYS + way) as u64);
        let activations = self.activations(own, layer, way, &mut stream)?;
        let image = rescaled(piece.decode(&activations, layer, self.params.steps), input);
        let image_error = relative(&image, input);
        Ok(Decoded { image, image_error, activation_error: relative(&activations, own) })
    }

    fn activations(
        &self,
        own: &Maps,
        layer: usize,
        way: usize,
        stream: &mut Stream,
    ) -> Result<Maps, Failure> {
        let trained = Stack::of(self.params.weights)?.filters(layer + 1, 1);
        let trained = trained.ok_or_else(|| Failure::domain("the stack has no such layer"))?;
        let step = |filters: Filters| filters.adjoint(&filters.apply(own).regional_maxima());
        let mut normals = own.clone();
        let found = match way {
            0 => return Ok(normals),
            1 => step(trained.clone().normalised()),
            2 => step(Filters::gaussian(trained.count(), trained.channels(), stream)),
            _ => {
                stream.fill_normal_f32(&mut normals.values);
                if way == 3 {
                    normals.values.iter_mut().for_each(|v| *v = v.abs());
                }
                normals
            }
        };
        Ok(rescaled(found, own))
    }
}

/// Scaled to the norm of another.
fn rescaled(mut maps: Maps, other: &Maps) -> Maps {
    let factor = (other.square() / maps.square().max(f64::MIN_POSITIVE)).sqrt();
    maps.values.iter_mut().for_each(|v| *v = (f64::from(*v) * factor) as f32);
    maps
}

/// ‖a − b‖/‖b‖.
fn relative(a: &Maps, b: &Maps) -> f64 {
    let difference = a.values.iter().zip(&b.values).map(|(a, b)| f64::from(a - b).powi(2));
    (difference.sum::<f64>() / b.square()).sqrt()
}

/// Blue, green, red less their means become a picture.
fn picture(maps: &Maps) -> Result<Picture, Failure> {
    let plane = maps.plane();
    let level = |at: usize, colour: usize| {
        (maps.values[(2 - colour) * plane + at] + MEANS[2 - colour]) / 255.0
    };
    let values: Vec<f32> = (0..plane)
        .flat_map(|at| (0..3).map(move |colour| (at, colour)))
        .map(|(a, c)| level(a, c))
        .collect();
    Picture::rgb(maps.width, maps.height, &values)
}

impl Prepared for Pictures {
    fn exact(&self, name: &str, arguments: &[f64]) -> Result<Enclosure, Failure> {
        let decoded = self.decoded(arguments)?;
        match name {
            "image_error" => Ok(Enclosure::with_error(decoded.image_error, 1e-3)),
            "activation_error" => Ok(Enclosure::with_error(decoded.activation_error, 1e-3)),
            _ => Err(Failure::no_such_observable(name)),
        }
    }

    fn picture(&self, name: &str, arguments: &[f64]) -> Result<Picture, Failure> {
        match name {
            "original" => picture(&self.piece()?.1),
            "decoded" => picture(&self.decoded(arguments)?.image),
            _ => Err(Failure::no_such_observable(name)),
        }
    }

    fn cost(&self) -> f64 {
        // 2.5·10⁹ products a step and way for all layers at 64 × 64, forth and back.
        let area = (self.params.enlarged as f64 / 2.0).powi(2);
        6e10 + 1e10 * WAYS as f64 * self.params.steps as f64 * area
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn colours_and_means_are_put_back() {
        let values = vec![-MEANS[0], 255.0 - MEANS[1], 51.0 - MEANS[2]];
        let found = picture(&Maps { values, ..Maps::zeros(3, 1, 1) }).unwrap();
        assert_eq!(found, Picture::rgb(1, 1, &[0.2, 1.0, 0.0]).unwrap());
        let three = Maps { values: vec![3.0, 4.0], ..Maps::zeros(1, 1, 2) };
        let one = Maps { values: vec![0.6, 0.8], ..Maps::zeros(1, 1, 2) };
        assert!(relative(&rescaled(three.clone(), &one), &one) < 1e-7);
        assert!((relative(&three, &one) - 4.0).abs() < 1e-6);
    }

    #[test]
    fn an_image_is_best_decoded_from_its_own_activations() {
        let value = json!({"image": 0, "enlarged": 1, "steps": 2});
        let Ok(pictures) = (EXPERIMENT.prepare)(&value) else {
            return eprintln!("skipped: the trained stack is not there (make setup fetches it)");
        };
        let error = |name, way| pictures.exact(name, &[1.0, way]).unwrap().value;
        assert!(error("image_error", 0.0) < error("image_error", 4.0));
        assert_eq!(error("activation_error", 0.0), 0.0);
        // Independent normals of the same norm are nearly orthogonal.
        assert!((error("activation_error", 4.0) - 2_f64.sqrt()).abs() < 0.05);
        assert!(pictures.picture("decoded", &[1.0, 0.0]).is_ok());
        assert!(pictures.picture("decoded", &[5.0, 0.0]).is_err());
        assert!(pictures.exact("image_error", &[1.0, 5.0]).is_err());
    }

    #[test]
    fn wrong_parameters_are_refused() {
        for value in [
            json!({"image": 10_000, "steps": 1}),
            json!({"image": 0, "steps": 0}),
            json!({"image": 0, "steps": 1, "enlarged": 8}),
        ] {
            let refused = (EXPERIMENT.prepare)(&value).err();
            assert!(matches!(refused, Some(Failure::Parameter { .. })), "{value}");
        }
    }
}
