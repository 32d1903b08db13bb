//! Reproducible randomness: counter-based streams, Gaussians.
//!
//! A stream is keyed by (suite seed, experiment, canonical parameters) and numbered by trial, so
//! that thread count, sharding and resuming cannot change a number.

mod draws;
mod normals;
mod queue;
mod stream;

pub use stream::{Stream, StreamKey};
