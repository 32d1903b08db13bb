//! MNIST as Li & Nguyen's two settings use it, read once in a run and shared by all training runs.

use std::sync::OnceLock;

use serde::Serialize;

use super::constant::Constant;
use super::pixels::Pixels;
use super::scheme::Activation;
use crate::data::grey::{GreySet, Part};
use crate::data::normalisation::Normalisation;
use crate::data::{DataError, MEND};
use crate::experiment::Failure;

/// Images of the training part that are trained on: the rest of MNIST's 60 000 is left out, as in the paper
/// (5·10⁵ batches of 250 are 2500 epochs of 50 000).
pub const TRAINED_ON: usize = 50_000;

/// Pixels of an image.
pub const PIXELS: usize = 784;

/// Pixels and the output's activation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Setting {
    /// Setting 1: pixels in [−1, 1], tanh.
    Signed,
    /// Setting 2: pixels in [0, 1], none.
    Unit,
}

impl Setting {
    /// By the paper's number.
    pub const fn of(number: u8) -> Option<Self> {
        match number {
            1 => Some(Self::Signed),
            2 => Some(Self::Unit),
            _ => None,
        }
    }

    /// Activations on top of the encoder and at the output.
    pub const fn activations(self) -> (Activation, Activation) {
        match self {
            Self::Signed => (Activation::Relu, Activation::Tanh),
            Self::Unit => (Activation::Relu, Activation::Identity),
        }
    }

    const fn normalisation(self) -> Normalisation {
        match self {
            Self::Signed => Normalisation::Signed,
            Self::Unit => Normalisation::Unit,
        }
    }
}

/// The images of a setting.
pub struct Study {
    /// The first 50 000 training images.
    pub train: Pixels,
    /// The test images.
    pub test: Pixels,
    /// Fashion-MNIST's test images, where they are.
    pub others: Option<Pixels>,
    constant: OnceLock<Constant>,
}

impl Study {
    /// Reads the images, the first time.
    ///
    /// # Errors
    /// [`Failure::Unavailable`]: MNIST is missing or damaged.
    pub fn load(setting: Setting) -> Result<&'static Self, Failure> {
        static SIGNED: OnceLock<Result<Study, DataError>> = OnceLock::new();
        static UNIT: OnceLock<Result<Study, DataError>> = OnceLock::new();
        let cell = if setting == Setting::Signed { &SIGNED } else { &UNIT };
        let read = || Self::read(setting.normalisation());
        cell.get_or_init(read).as_ref().map_err(|error| error.clone().unavailable(MEND))
    }

    fn read(normalisation: Normalisation) -> Result<Self, DataError> {
        let train = GreySet::Mnist.read(Part::Train)?.first(TRAINED_ON);
        let test = GreySet::Mnist.read(Part::Test)?;
        let others = GreySet::FashionMnist.read(Part::Test).ok();
        Ok(Self {
            train: Pixels::new(train, normalisation),
            test: Pixels::new(test, normalisation),
            others: others.map(|images| Pixels::new(images, normalisation)),
            constant: OnceLock::new(),
        })
    }

    /// Statistics of the training images.
    pub fn constant(&self) -> &Constant {
        self.constant.get_or_init(|| Constant::of(&self.train))
    }
}
