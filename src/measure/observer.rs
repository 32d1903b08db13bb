//! Who watches a measurement, and why one may end without answers.

use crate::experiment::Failure;

/// Someone who watches the work and may end it.
pub trait Observer: Sync {
    /// So many floating-point operations are done.
    fn advance(&self, work: f64);
    /// Has the person asked to stop?
    fn cancelled(&self) -> bool;
}

/// Nobody watches.
pub struct Silent;

impl Observer for Silent {
    fn advance(&self, _: f64) {}

    fn cancelled(&self) -> bool {
        false
    }
}

/// Why a measurement ended without answers.
#[derive(Clone, Debug)]
pub enum Interruption {
    /// The person asked to stop: nothing is known.
    Cancelled,
    /// The experiment failed.
    Failed(Failure),
}

impl From<Failure> for Interruption {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}
