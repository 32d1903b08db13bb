//! Measuring: from a cell (an experiment at fixed parameters, with the formulas asked of it) to answers.
//!
//! A cell holds everything that can change its answers, so its hash is the key under which a
//! journal keeps them. Nothing here knows what a claim is.

mod aggregate;
mod cell;
mod engine;
mod evaluate;
mod evidence;
mod observer;
mod samples;
mod tail;

pub use aggregate::{AGGREGATES, Aggregate, is_aggregate};
pub use cell::{Answer, Cell, CellAnswers, CellResult, Goal, KeyParts, Request};
pub use engine::measure;
pub use evidence::{evidence_of, uses_samples};
pub use observer::{Interruption, Observer, Silent};
