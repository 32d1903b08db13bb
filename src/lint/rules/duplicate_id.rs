//! `duplicate-id`: every id once.

use std::collections::HashMap;

use super::at;
use crate::claim::{Diagnostic, Severity, Suite};
use crate::lint::{Lint, Pass};

/// The lint.
pub const LINT: Lint = Lint {
    name: "duplicate-id",
    summary: "every id stands in one file only",
    docs: "Two files with one id would overwrite each other's page and result. Rename one of them.",
    check: Pass::Files(check),
};

fn check(suite: &Suite) -> Vec<Diagnostic> {
    let mut seen = HashMap::new();
    let mut found = Vec::new();
    for loaded in &suite.claims {
        if let Some(first) = seen.insert(loaded.claim.id.as_str(), &loaded.file) {
            let message = format!("the id `{}` stands in {} too", loaded.claim.id, first.display());
            found.push(loaded.report(
                LINT.name,
                Severity::Error,
                &at!["id"],
                message,
                "rename one of them",
            ));
        }
    }
    found
}
