//! Lints on claim files, one file a lint.
//!
//! A lint looks at the loaded suite and says what is wrong, where, and how to mend it. Its file holds
//! its name, its documentation and its code; `tests/lint/<name>.md` holds examples that it catches.

pub mod clean;
mod names;
mod planned;
mod rules;
mod walk;

use rayon::prelude::*;

use crate::claim::{Diagnostic, Severity, Suite};

pub use planned::Planned;

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
    pub check: Pass,
}

/// What a lint looks at.
pub enum Pass {
    /// The files as loaded.
    Files(fn(&Suite) -> Vec<Diagnostic>),
    /// The files with their plan; not run before names and shapes are right.
    Plan(fn(&Planned<'_>) -> Vec<Diagnostic>),
}

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

/// All findings on a suite. Lints that look at the plan run only once names and shapes are right.
pub fn run(suite: &Suite) -> Vec<Diagnostic> {
    let mut found = in_parallel(|lint| match lint.check {
        Pass::Files(check) => check(suite),
        Pass::Plan(_) => Vec::new(),
    });
    if found.iter().any(|problem| problem.severity == Severity::Error) {
        return found;
    }
    let planned = Planned::new(suite);
    found.extend(in_parallel(|lint| match lint.check {
        Pass::Files(_) => Vec::new(),
        Pass::Plan(check) => check(&planned),
    }));
    found
}

/// What all lints find, in their order.
fn in_parallel(check: impl Fn(&Lint) -> Vec<Diagnostic> + Sync) -> Vec<Diagnostic> {
    let found: Vec<Vec<Diagnostic>> = ALL.par_iter().map(|lint| check(lint)).collect();
    found.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_is_sorted() {
        assert!(ALL.iter().map(|lint| lint.name).is_sorted());
    }
}
