//! The lints, one a file.
#![allow(clippy::useless_vec, reason = "`at!` makes paths, some of which grow")]

pub mod contradictory_assertion;
pub mod control_equals_claim;
pub mod dependency_cycle;
pub mod duplicate_id;
pub mod duplicate_name;
pub mod erratum_missing;
pub mod evidence_overclaimed;
pub mod grid_outside_hypothesis;
pub mod grid_size;
pub mod id_path;
pub mod missing_source;
pub mod missing_trials;
pub mod never_informative;
pub mod no_assertion;
pub mod no_control;
pub mod paper_file;
pub mod parameters;
pub mod underpowered;
pub mod unknown_experiment;
pub mod unknown_name;
pub mod unknown_override;
pub mod unknown_use;
pub mod unrenderable_latex;
pub mod unused_name;

use crate::claim::Step;

/// A path from keys and indices.
macro_rules! at {
    ($($part:expr),* $(,)?) => { vec![$(crate::claim::Step::from($part)),*] };
}
use at;

/// The path of a check, or of one of its controls.
fn arm_path(check: usize, control: Option<usize>) -> Vec<Step> {
    match control {
        None => at!["checks", check],
        Some(control) => at!["checks", check, "controls", control],
    }
}
