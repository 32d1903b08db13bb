//! `no-assertion`: a claim concludes something.

use super::at;
use crate::claim::{Diagnostic, Severity, Suite};
use crate::lint::{Lint, Pass};

/// The lint.
pub const LINT: Lint = Lint {
    name: "no-assertion",
    summary: "every claim concludes something",
    docs: "A claim whose checks only report numbers can't fail. Add an assertion to one of its checks; checks that only \
        report quantities or draw plots are fine beside it.",
    check: Pass::Files(check),
};

fn check(suite: &Suite) -> Vec<Diagnostic> {
    let empty = suite
        .claims
        .iter()
        .filter(|loaded| loaded.claim.checks.iter().all(|check| check.assert.is_empty()));
    empty
        .map(|loaded| {
            let hint = "add `assert` to one of its checks";
            loaded.report(
                LINT.name,
                Severity::Error,
                &at!["checks"],
                "the claim asserts nothing",
                hint,
            )
        })
        .collect()
}
