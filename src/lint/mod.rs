//! Lints on claim files, one file a lint.
//!
//! A lint looks at the loaded suite and says what is wrong, where, and how to mend it. Its file holds
//! its name, its documentation and its code; `tests/lint/<name>.md` holds examples that it catches.

mod names;
mod rules;
mod walk;

use crate::claim::{Diagnostic, Suite};

pub use rules::id_path::check_id;

/// A lint.
pub struct Lint {
    /// Name, the code of its messages.
    pub name: &'static str,
    /// One line.
    pub summary: &'static str,
    /// Why it matters and how to mend it.
    pub docs: &'static str,
    /// Finds what is wrong.
    pub check: fn(&Suite) -> Vec<Diagnostic>,
}

/// Lints on names and shapes: if one of these finds an error, the others would stumble over it.
pub const FIRST: &[&Lint] = &[
    &rules::id_path::LINT,
    &rules::duplicate_id::LINT,
    &rules::paper_file::LINT,
    &rules::missing_source::LINT,
    &rules::unknown_use::LINT,
    &rules::dependency_cycle::LINT,
    &rules::unknown_experiment::LINT,
    &rules::duplicate_name::LINT,
    &rules::contradictory_assertion::LINT,
    &rules::unknown_name::LINT,
    &rules::unused_name::LINT,
    &rules::grid_size::LINT,
    &rules::unrenderable_latex::LINT,
    &rules::erratum_missing::LINT,
    &rules::no_assertion::LINT,
    &rules::no_control::LINT,
    &rules::unknown_override::LINT,
];

/// Lints that need a plan.
pub const PLANNED: &[&Lint] = &[
    &rules::grid_outside_hypothesis::LINT,
    &rules::never_informative::LINT,
    &rules::parameters::LINT,
    &rules::control_equals_claim::LINT,
    &rules::evidence_overclaimed::LINT,
    &rules::missing_trials::LINT,
    &rules::underpowered::LINT,
];

/// Every lint, for catalogues.
pub static ALL: &[&Lint] = &[
    &rules::contradictory_assertion::LINT,
    &rules::control_equals_claim::LINT,
    &rules::dependency_cycle::LINT,
    &rules::duplicate_id::LINT,
    &rules::duplicate_name::LINT,
    &rules::erratum_missing::LINT,
    &rules::evidence_overclaimed::LINT,
    &rules::grid_outside_hypothesis::LINT,
    &rules::grid_size::LINT,
    &rules::id_path::LINT,
    &rules::missing_source::LINT,
    &rules::missing_trials::LINT,
    &rules::never_informative::LINT,
    &rules::no_assertion::LINT,
    &rules::no_control::LINT,
    &rules::paper_file::LINT,
    &rules::parameters::LINT,
    &rules::underpowered::LINT,
    &rules::unknown_experiment::LINT,
    &rules::unknown_name::LINT,
    &rules::unknown_override::LINT,
    &rules::unknown_use::LINT,
    &rules::unrenderable_latex::LINT,
    &rules::unused_name::LINT,
];

/// All findings on a suite. Lints that need a plan run only once names and shapes are right.
pub fn run(suite: &Suite) -> Vec<Diagnostic> {
    let mut found: Vec<Diagnostic> = FIRST.iter().flat_map(|lint| (lint.check)(suite)).collect();
    if !found.iter().any(|problem| problem.severity == crate::claim::Severity::Error) {
        found.extend(PLANNED.iter().flat_map(|lint| (lint.check)(suite)));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_is_sorted_and_complete() {
        let names: Vec<&str> = ALL.iter().map(|lint| lint.name).collect();
        assert!(names.is_sorted());
        assert_eq!(names.len(), FIRST.len() + PLANNED.len());
        for lint in FIRST.iter().chain(PLANNED) {
            assert!(names.contains(&lint.name));
        }
    }
}
