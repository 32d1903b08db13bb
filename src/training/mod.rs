//! Training runs: nets trained by libtorch (feature `torch`), a store of finished runs, learning curves.
//!
//! **How to train something new**
//!
//! 1. A net is a file in `training/torch`: it draws its weights from a [`Stream`](crate::random::Stream) and implements
//!    [`torch::Trainable`]: `advance(step)` does one step, `measure(step)` returns the numbers of a learning curve,
//!    `state` and `load` give and take the tensors of a checkpoint. What is random at step `k` (batch, dropout) comes
//!    from `stream.substream(…).substream(k)`, so a resumed run continues with the same bits.
//! 2. An experiment (in `src/experiments`) describes each run as JSON, makes a [`Job`](store::Job) of it with the
//!    stream it draws from, and asks [`store::run_all`] for the records. A run that any claim asked for before, with the same stream
//!    and description, is read back; two threads that want the same runs share the work. Columns read
//!    the records: `Nature::Trained`, indexed by steps of [`curve::log_grid`].
//! 3. `prepare` calls [`ready`] first: without the feature it answers `Failure::Unavailable`, and the claim says skipped.
//!
//! **Determinism.** Each run is single-threaded and runs go in parallel, one a thread of the pool:
//! [`torch::Session`] sets libtorch to one thread and flushes denormals for as long as it lives (they made a
//! stuck deep net four times slower). Nothing uses libtorch's own random numbers. So a seed gives the same bits for
//! any number of threads, on one kind of processor and one libtorch.
//!
//! **Budgets.** A [`Plan`](curve::Plan) has a number of steps and, if wanted, of seconds; a run out of time keeps its
//! checkpoint and answers `Unavailable`, so that the next run goes on. A curve whose loss is not finite or
//! beyond [`curve::DIVERGED`] ends there: what follows is infinite, an outcome and no failure.

pub mod cnn;
pub mod constant;
pub mod curve;
pub mod initial_loss;
pub mod mlp;
pub mod mnist_settings;
pub mod pixels;
pub mod scheme;
pub mod store;
#[cfg(feature = "torch")]
pub mod torch;

use crate::experiment::Failure;

/// The command that provides libtorch and builds with it.
pub const MEND: &str = "make setup && make verify";

/// Can nets be trained? Without the feature: what is missing and how to mend it.
///
/// # Errors
/// [`Failure::Unavailable`] without the feature `torch`.
pub fn ready() -> Result<(), Failure> {
    if cfg!(feature = "torch") {
        return Ok(());
    }
    let what = "this build of claimcheck has no training engine (feature `torch`, libtorch)".into();
    Err(Failure::Unavailable { what, mend: MEND.into() })
}

/// What `doctor` says of libtorch: name and finding.
pub fn doctor() -> Vec<(&'static str, String)> {
    #[cfg(feature = "torch")]
    return torch::doctor();
    #[cfg(not(feature = "torch"))]
    vec![("libtorch", format!("not built in; training claims are skipped (`{MEND}`)"))]
}
