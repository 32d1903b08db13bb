//! `missing-source`: a reader must find the statement in the paper.

use super::at;
use crate::claim::{Diagnostic, Severity, Suite};
use crate::lint::{Lint, Pass};

/// The lint.
pub const LINT: Lint = Lint {
    name: "missing-source",
    summary: "every claim says where in the paper it stands",
    docs: "Without a place nobody can hold the formal statement against the printed one. Give `source` a `section`, an \
        `item` (`Lemma 2`) or an `equation`.",
    check: Pass::Files(check),
};

fn check(suite: &Suite) -> Vec<Diagnostic> {
    let empty = |text: &Option<String>| text.as_ref().is_none_or(|text| text.trim().is_empty());
    let missing = suite.claims.iter().filter(|loaded| {
        let source = &loaded.claim.source;
        empty(&source.section) && empty(&source.item) && empty(&source.equation)
    });
    missing
        .map(|loaded| {
            let hint = "give a `section`, an `item` or an `equation`";
            loaded.report(
                LINT.name,
                Severity::Error,
                &at!["source"],
                "the source names no place",
                hint,
            )
        })
        .collect()
}
