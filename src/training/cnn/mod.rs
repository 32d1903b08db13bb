//! Convolutional nets as Gilbert et al. describe them (Table 5): what they are made of, outside libtorch.

pub mod architecture;
pub mod plain;
pub mod study;

use serde::Serialize;

pub use architecture::{Architecture, Layer};

/// What batch normalisation adds to the variance.
pub const EPSILON: f64 = 1e-5;
/// Share of a new batch in the running statistics of batch normalisation.
pub const MOMENTUM: f64 = 0.1;

/// What is learnt; the rest stays as it was drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Learnt {
    /// The classifier alone; batch normalisation has the statistics of the whole training set.
    Classifier,
    /// The classifier, and scale and shift of batch normalisation.
    Normalisation,
    /// All weights.
    All,
}

impl Learnt {
    /// All ways, from the least.
    pub const ALL: [Self; 3] = [Self::Classifier, Self::Normalisation, Self::All];
}

/// How a net is trained: Adam on the cross-entropy, with a rate that falls to 0 in a line.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Settings {
    /// Times that every image is seen.
    pub epochs: u64,
    /// Images in a batch.
    pub batch: usize,
    /// Learning rate at the start.
    pub rate: f64,
    /// Share of features that are dropped.
    pub dropout: f64,
    /// Mirror images left to right at random.
    pub flips: bool,
}
