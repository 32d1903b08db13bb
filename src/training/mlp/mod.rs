//! Fully connected nets with dropout, trained with synthetic images that they generate in reverse (SHADOW).
//!
//! What a run is, in words that need no libtorch: [`Recipe`] and [`Arm`]. `training/torch/mlp.rs` trains it.
//!
//! A net is `d – H – H – classes` with ReLU, `h_1 = r(xW_1 + b_1)`, `h_2 = r(h_1W_2 + b_2)`, and softmax cross-entropy.
//! Its synthetic image is `h_1' = r(α_2 h_2W_2ᵀ)`, `x' = r(α_1 h_1'W_1ᵀ)` with `α_l = 2m_l/‖W_l‖_F²`, `m_l` the number of
//! outputs of layer `l`: equation (1) of Arora, Liang & Ma (2015) for weights of any variance. There are no offsets in reverse, no gradient
//! goes through the generation, and `x'` has the label of `x`. The loss of a step is `CE(x) + w·CE(x')`.

pub mod arm;
pub mod images;
pub mod observables;
pub mod shape;
pub mod summary;

use serde::Serialize;

pub use arm::Arm;
pub use images::DataName;

/// Images in the synthetic error, the correlations and the norm ratio: the first of the test set.
pub const SYNTHESISED: usize = 1000;
/// The first test images whose synthetic images an untrained-for-it net is asked about (zero shot).
pub const ZERO_SHOT: usize = 2000;
/// The epoch after which it is asked.
pub const ZERO_SHOT_EPOCH: u64 = 3;
/// The last epochs that make up a final error.
pub const LAST: u64 = 3;
/// Images of a picture gallery: the first of the test set.
pub const PICTURED: usize = 8;

/// Sizes and rates of a run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Recipe {
    /// Which images.
    pub data: DataName,
    /// Width of both hidden layers.
    pub hidden: usize,
    /// Training images, the first of the file.
    pub train: usize,
    /// Test images, the first of the file.
    pub test: usize,
    /// Passes over the training images.
    pub epochs: u64,
    /// Images in a batch.
    pub batch: usize,
    /// Learning rate η of `v ← μv − ηg`, `w ← w + v`.
    pub rate: f64,
    /// μ.
    pub momentum: f64,
    /// Weight of the synthetic images' loss.
    pub weight: f64,
}

impl Recipe {
    /// Steps of an epoch: what does not fill a batch is left out until the next permutation.
    pub const fn steps_per_epoch(&self) -> u64 {
        (self.train / self.batch) as u64
    }

    /// Are synthetic images looked at after this epoch? Before training and after the last [`LAST`] always, after the
    /// others where an arm is `followed`.
    pub const fn synthesises(&self, followed: bool, epoch: u64) -> bool {
        followed || epoch == 0 || epoch + LAST > self.epochs
    }

    /// Steps at which the curves are measured: before training and after each epoch.
    pub fn measured(&self) -> Vec<u64> {
        (0..=self.epochs).map(|epoch| epoch * self.steps_per_epoch()).collect()
    }
}

/// Name of a number of a curve among a record's numbers.
pub fn at(curve: &str, epoch: u64) -> String {
    format!("{curve}@{epoch}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_are_measured_after_each_epoch() {
        let recipe = Recipe {
            data: DataName::Mnist,
            hidden: 4,
            train: 250,
            test: 10,
            epochs: 3,
            batch: 100,
            rate: 0.1,
            momentum: 0.9,
            weight: 1.0,
        };
        assert_eq!(recipe.measured(), [0, 2, 4, 6]);
        let long = Recipe { epochs: 20, ..recipe };
        let looked =
            |followed| (0..=20).filter(|&e| long.synthesises(followed, e)).collect::<Vec<_>>();
        assert_eq!(looked(false), [0, 18, 19, 20]);
        assert_eq!(looked(true), (0..=20).collect::<Vec<_>>());
    }
}
