//! Images of the training claims, read once in a run and shared by all runs on them.

use std::sync::OnceLock;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::data::cifar::{cifar10, cifar100};
use crate::data::grey::{GreySet, Part};
use crate::data::images::Images;
use crate::data::normalisation::Normalisation;
use crate::data::{DataError, MEND};
use crate::experiment::Failure;
use crate::training::pixels::Pixels;

/// Data sets by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DataName {
    /// Handwritten digits.
    Mnist,
    /// Clothes, of the same format.
    Fashion,
    /// Coloured photographs of ten classes.
    Cifar10,
    /// Coloured photographs of a hundred classes: files that a user supplies.
    Cifar100,
}

/// Training and test images, pixels from 0 to 1.
pub struct Split {
    /// Training images.
    pub train: Pixels,
    /// Test images.
    pub test: Pixels,
    /// Channels, rows and columns of an image.
    pub shape: [usize; 3],
}

/// Where a user puts CIFAR-100.
const SUPPLY: &str =
    "put CIFAR-100's binary files train.bin and test.bin into the cache folder `cifar100`";

impl DataName {
    /// The images, read the first time.
    ///
    /// # Errors
    /// [`Failure::Unavailable`]: files are missing or damaged.
    pub fn load(self) -> Result<&'static Split, Failure> {
        static SPLITS: [OnceLock<Result<Split, DataError>>; 4] = [const { OnceLock::new() }; 4];
        let split = SPLITS[self as usize].get_or_init(|| self.read());
        let mend = if self == Self::Cifar100 { SUPPLY } else { MEND };
        split.as_ref().map_err(|error| error.clone().unavailable(mend))
    }

    fn read(self) -> Result<Split, DataError> {
        let part = |part| match self {
            Self::Mnist => GreySet::Mnist.read(part),
            Self::Fashion => GreySet::FashionMnist.read(part),
            Self::Cifar10 => cifar10(part).cloned(),
            Self::Cifar100 => cifar100(part),
        };
        Ok(Split::new(part(Part::Train)?, part(Part::Test)?))
    }

    /// Numbers of training and of test images.
    pub const fn counts(self) -> (usize, usize) {
        match self {
            Self::Mnist | Self::Fashion => (60_000, 10_000),
            Self::Cifar10 | Self::Cifar100 => (50_000, 10_000),
        }
    }

    /// Channels, rows and columns of an image.
    pub const fn shape(self) -> [usize; 3] {
        match self {
            Self::Mnist | Self::Fashion => [1, 28, 28],
            Self::Cifar10 | Self::Cifar100 => [3, 32, 32],
        }
    }

    /// The learning rate at the standard size.
    pub const fn rate(self) -> f64 {
        match self {
            Self::Mnist | Self::Fashion => 0.05,
            Self::Cifar10 | Self::Cifar100 => 0.01,
        }
    }
}

impl Split {
    /// Of these images.
    pub fn new(train: Images, test: Images) -> Self {
        let shape = [train.channels, train.height, train.width];
        let pixels = |images| Pixels::new(images, Normalisation::Unit);
        Self { train: pixels(train), test: pixels(test), shape }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_files_say_how_to_mend_it() {
        let Err(failure) = DataName::Cifar100.load() else { return };
        let Failure::Unavailable { mend, .. } = failure else { panic!("{failure}") };
        assert_eq!(mend, SUPPLY);
    }

    #[test]
    fn counts_and_shapes_are_those_of_the_files() {
        for data in [DataName::Mnist, DataName::Fashion, DataName::Cifar10, DataName::Cifar100] {
            let Ok(split) = data.load() else { continue };
            assert_eq!((split.train.len(), split.test.len()), data.counts());
            assert_eq!(split.shape, data.shape());
        }
    }

    #[test]
    fn names_are_those_of_claim_files() {
        for (name, data) in [
            ("mnist", DataName::Mnist),
            ("fashion", DataName::Fashion),
            ("cifar10", DataName::Cifar10),
        ] {
            assert_eq!(serde_json::from_value::<DataName>(name.into()).unwrap(), data);
        }
    }
}
