//! How levels 0–255 become numbers, by name.

use schemars::JsonSchema;
use serde::Deserialize;

/// Per-channel means of CIFAR-10's training images (red, green, blue; fractions of 255).
pub const CIFAR10_MEANS: [f64; 3] = [0.4914, 0.4822, 0.4465];
/// Per-channel standard deviations of CIFAR-10's training images, over all pixels.
pub const CIFAR10_DEVIATIONS: [f64; 3] = [0.2470, 0.2435, 0.2616];
/// Means that VGG networks subtract (blue, green, red; levels).
pub const CAFFE_MEANS: [f64; 3] = [103.939, 116.779, 123.68];

/// How levels become numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Normalisation {
    /// Level/255: from 0 to 1.
    #[default]
    Unit,
    /// 2·level/255 − 1: from −1 to 1.
    Signed,
    /// (level/255 − mean)/deviation with the channel's mean and deviation in CIFAR-10.
    Cifar10,
    /// Level − mean with channels in the order blue, green, red: what Caffe's VGG networks take.
    Caffe,
}

impl Normalisation {
    /// For output channel `channel` of `channels`: which stored channel it comes from, and the
    /// number for each level. Grey images take the first channel's constants.
    pub fn table(self, channel: usize, channels: usize) -> (usize, [f32; 256]) {
        let index = channel.min(2);
        let number = |level: f64| match self {
            Self::Unit => level / 255.0,
            Self::Signed => 2.0 * level / 255.0 - 1.0,
            Self::Cifar10 => (level / 255.0 - CIFAR10_MEANS[index]) / CIFAR10_DEVIATIONS[index],
            Self::Caffe => level - CAFFE_MEANS[index],
        };
        let source = if self == Self::Caffe { channels - 1 - channel } else { channel };
        (source, std::array::from_fn(|level| number(level as f64) as f32))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::images::Images;

    #[test]
    fn levels_become_the_named_numbers() {
        let pixel = Images {
            channels: 3,
            height: 1,
            width: 1,
            bytes: vec![255, 0, 51],
            labels: vec![0],
            classes: 1,
        };
        assert_eq!(pixel.normalised(Normalisation::Unit), [1.0, 0.0, 0.2]);
        assert_eq!(pixel.normalised(Normalisation::Signed), [1.0, -1.0, -0.6]);
        let caffe = pixel.normalised(Normalisation::Caffe);
        for (found, expected) in caffe.iter().zip([51.0 - 103.939, -116.779, 255.0 - 123.68_f64]) {
            approx::assert_relative_eq!(f64::from(*found), expected, max_relative = 1e-6);
        }
        let cifar = pixel.normalised(Normalisation::Cifar10);
        approx::assert_relative_eq!(f64::from(cifar[0]), 0.5086 / 0.2470, max_relative = 1e-6);
    }
}
