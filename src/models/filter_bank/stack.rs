//! The 13 convolutional layers of VGG16 with trained weights, and the activations of fixed images.
//!
//! The weights that set-up provides are those of the HED edge detector (VGG16, fine-tuned): a stand-in where a paper
//! uses VGG16 itself. A user's own VGG16 file is read too. Images are CIFAR-10's test images 0 and 1, every
//! pixel repeated 7 × 7 times; the input is blue, green, red, minus the means of ImageNet.

use std::sync::OnceLock;

use schemars::JsonSchema;
use serde::Deserialize;

use super::conv::{Filters, TAPS};
use super::maps::Maps;
use crate::data::DataError;
use crate::data::cifar;
use crate::data::grey::Part;
use crate::data::weights::{Convolution, Weights};
use crate::experiment::Failure;

/// The command that provides data.
pub const MEND: &str = "make setup";
/// Layers of each block.
pub const LAYERS: [usize; 5] = [2, 2, 3, 3, 3];
/// Means of ImageNet: blue, green, red.
pub const MEANS: [f32; 3] = [103.939, 116.779, 123.68];
/// How often a pixel is repeated in each direction.
const ENLARGED: usize = 7;
/// Number of images.
const IMAGES: usize = 2;

/// Whose weights.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// The HED edge detector, from set-up.
    #[default]
    Hed,
    /// VGG16 itself, from a user's file.
    Vgg16,
}

/// A layer: unnormalised filters and biases.
#[derive(Clone, Debug)]
pub struct Layer {
    /// Filters.
    pub filters: Filters,
    /// Biases.
    pub biases: Vec<f32>,
}

/// What is kept of the activations of one image.
#[derive(Clone, Debug)]
pub struct Activations {
    /// Share of positive numbers and of numbers so near 0 that rounding might change their sign: conv layers
    /// of the five blocks, each followed by its pool.
    pub sparsity: Vec<Vec<(f64, f64)>>,
    /// Outputs of the pools.
    pub pools: Vec<Maps>,
    /// conv(5,1) before its ReLU.
    pub conv51: Maps,
}

/// Weights and activations.
#[derive(Clone, Debug)]
pub struct Stack {
    /// Layers by block.
    pub blocks: Vec<Vec<Layer>>,
    /// Activations of the images.
    pub activations: Vec<Activations>,
}

impl Stack {
    /// The stack, read and run once in a process.
    ///
    /// # Errors
    /// [`Failure::Unavailable`]: weights or images are missing or damaged.
    pub fn of(source: Source) -> Result<&'static Self, Failure> {
        static HED: OnceLock<Result<Stack, Failure>> = OnceLock::new();
        static VGG: OnceLock<Result<Stack, Failure>> = OnceLock::new();
        let cell = match source {
            Source::Hed => &HED,
            Source::Vgg16 => &VGG,
        };
        cell.get_or_init(|| Self::read(source)).as_ref().map_err(Clone::clone)
    }

    fn read(source: Source) -> Result<Self, Failure> {
        let weights = match source {
            Source::Hed => Weights::hed(),
            Source::Vgg16 => Weights::user("vgg16"),
        };
        let weights = weights.map_err(|error| unavailable(&error))?;
        let images = cifar::cifar10(Part::Test).map_err(|error| unavailable(&error))?;
        let mut blocks = Vec::new();
        for (block, &count) in LAYERS.iter().enumerate() {
            let layer = |index| {
                let name = format!("conv{}_{index}", block + 1);
                let layer = weights.convolution(&name).map_err(|error| unavailable(&error))?;
                Layer::of(layer).ok_or_else(|| Failure::domain(format!("{name} is not 3 × 3")))
            };
            blocks.push((1..=count).map(layer).collect::<Result<Vec<_>, _>>()?);
        }
        let inputs = (0..IMAGES).map(|index| enlarged(images.image(index), ENLARGED));
        let activations = inputs.map(|input| activations(&blocks, input)).collect();
        Ok(Self { blocks, activations })
    }

    /// The filters of conv(block, layer), counted from 1.
    pub fn filters(&self, block: usize, layer: usize) -> Option<&Filters> {
        let layers = self.blocks.get(block.checked_sub(1)?)?;
        layers.get(layer.checked_sub(1)?).map(|layer| &layer.filters)
    }
}

/// Are the files of set-up there?
pub fn is_there() -> bool {
    use crate::data::weights::{HED_FILES, HED_FOLDER};
    cifar::is_there() && crate::data::are_there(HED_FOLDER, &HED_FILES)
}

/// The refusal of missing data.
pub fn missing() -> Failure {
    let what = "the trained VGG16 stack (HED) or CIFAR-10 is missing".into();
    Failure::Unavailable { what, mend: MEND.into() }
}

fn unavailable(error: &DataError) -> Failure {
    Failure::Unavailable { what: error.to_string(), mend: MEND.into() }
}

impl Layer {
    fn of(layer: Convolution) -> Option<Self> {
        let &[filters, channels, 3, 3] = &layer.kernels.shape[..] else { return None };
        let numbers = layer.kernels.numbers;
        let filters = Filters(nalgebra::DMatrix::from_vec(channels * TAPS, filters, numbers));
        Some(Self { filters, biases: layer.biases.numbers })
    }

    /// Convolution and bias.
    pub fn apply(&self, maps: &Maps) -> Maps {
        let mut out = self.filters.apply(maps);
        let plane = out.plane();
        for (values, bias) in out.values.chunks_mut(plane).zip(&self.biases) {
            values.iter_mut().for_each(|v| *v += bias);
        }
        out
    }
}

/// An image of 3 × 32 × 32 levels (red, green, blue) as input, each pixel repeated `times` × `times`.
pub fn enlarged(image: &[u8], times: usize) -> Maps {
    let (side, width) = (32, 32 * times);
    let mut maps = Maps::zeros(3, width, width);
    for (index, value) in maps.values.iter_mut().enumerate() {
        let (channel, y, x) = (index / (width * width), index / width % width, index % width);
        let level = image[(2 - channel) * side * side + y / times * side + x / times];
        *value = f32::from(level) - MEANS[channel];
    }
    maps
}

fn activations(blocks: &[Vec<Layer>], input: Maps) -> Activations {
    let mut found =
        Activations { sparsity: Vec::new(), pools: Vec::new(), conv51: Maps::zeros(0, 0, 0) };
    let mut maps = input;
    for (block, layers) in blocks.iter().enumerate() {
        let mut shares = Vec::new();
        for (index, layer) in layers.iter().enumerate() {
            let before = layer.apply(&maps);
            shares.push(positive(&before));
            if (block, index) == (4, 0) {
                found.conv51 = before.clone();
            }
            maps = before.rectified();
        }
        let doubt = shares.last().map_or(0.0, |share| share.1);
        maps = maps.pooled();
        // A region is in doubt only if one of its four entries is.
        shares.push((positive(&maps).0, 4.0 * doubt));
        found.sparsity.push(shares);
        found.pools.push(maps.clone());
    }
    found
}

/// Share of positive numbers, and share of those within 10⁻⁵ of the root mean square of 0, about a hundred times
/// the rounding error of the sums.
fn positive(maps: &Maps) -> (f64, f64) {
    let count = maps.values.len() as f64;
    let doubtful = (1e-5 * (maps.square() / count).sqrt()) as f32;
    let share = |keep: &dyn Fn(f32) -> bool| {
        maps.values.iter().filter(|v| keep(**v)).count() as f64 / count
    };
    (share(&|v| v > 0.0), share(&|v| v != 0.0 && v.abs() <= doubtful))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_enlarged_and_reordered() {
        let mut image = vec![0; 3 * 1024];
        image[1] = 200; // red, row 0, column 1
        let maps = enlarged(&image, ENLARGED);
        assert_eq!((maps.channels, maps.height), (3, 224));
        // Blue comes first, red last.
        assert_eq!(maps.values[7], -103.939);
        assert_eq!(maps.values[2 * 224 * 224 + 7], 200.0 - 123.68);
        assert_eq!(maps.values[2 * 224 * 224 + 6], -123.68);
    }

    #[test]
    fn a_small_stack_by_hand() {
        // One filter that copies the centre, negated, with bias 1.
        let mut weights = vec![0.0; TAPS];
        weights[4] = -1.0;
        let filters = Filters(nalgebra::DMatrix::from_vec(TAPS, 1, weights));
        let layer = Layer { filters, biases: vec![1.0] };
        let input = Maps { channels: 1, height: 2, width: 2, values: vec![0.5, 2.0, 3.0, 4.0] };
        let found = activations(&[vec![layer]], input);
        assert_eq!(found.sparsity[0][0].0, 0.25);
        assert_eq!(found.sparsity[0][1].0, 1.0);
        assert_eq!(found.pools[0].values, [0.5]);
    }
}
