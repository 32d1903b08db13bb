//! Running: plan, schedule, journal, shards, judging; what it costs, and parts for a cluster.

pub mod cost;
pub mod host;
pub mod journal;
pub mod judge;
pub mod lock;
pub mod memory;
pub mod parts;
pub mod plan;
pub mod progress;
pub mod schedule;
pub mod select;
pub mod verify;
pub mod work;

pub use plan::{Plan, Settings};
pub use select::Selection;
pub use verify::{Outcome, VerifyError, verify};
