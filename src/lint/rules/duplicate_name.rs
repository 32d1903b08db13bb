//! `duplicate-name`: one name, one meaning.

use std::collections::BTreeSet;

use super::at;
use crate::claim::{Diagnostic, Loaded, Severity, Step, Suite};
use crate::formula::is_reserved;
use crate::lint::{Lint, Pass};
use crate::measure::is_aggregate;

/// The lint.
pub const LINT: Lint = Lint {
    name: "duplicate-name",
    summary: "a name means one thing within a check",
    docs: "Check names and assertion names are unique in a claim (results are keyed by them). A `let` name is no axis, no \
        `given` value, no observable, no aggregate and no word of the language (`pi`, `if`); else a formula would \
        silently mean something else than it says.",
    check: Pass::Files(check),
};

fn check(suite: &Suite) -> Vec<Diagnostic> {
    suite.claims.iter().flat_map(duplicates).collect()
}

fn duplicates(loaded: &Loaded) -> Vec<Diagnostic> {
    let claim = &loaded.claim;
    let mut found = Vec::new();
    let mut tell = |path: Vec<Step>, message: String| {
        found.push(loaded.report(LINT.name, Severity::Error, &path, message, "rename one of them"));
    };
    let (mut checks, mut assertions) = (BTreeSet::new(), BTreeSet::new());
    for (index, check) in claim.checks.iter().enumerate() {
        if !checks.insert(&check.name) {
            tell(at!["checks", index, "name"], format!("two checks are called `{}`", check.name));
        }
        for (position, assertion) in check.assert.iter().enumerate() {
            if !assertions.insert(assertion.name()) {
                let place = at!["checks", index, "assert", position, "name"];
                tell(place, format!("two assertions are called `{}`", assertion.name()));
            }
        }
        let definition =
            check.experiment.as_deref().and_then(crate::experiments::find).map(|e| e.definition);
        let given = claim.given.iter().chain(&check.given).map(|(name, _)| name);
        let values: BTreeSet<&String> =
            given.chain(check.grid.iter().map(|(name, _)| name)).collect();
        for (name, _) in claim.lets.iter().chain(&check.lets) {
            let clash = if values.contains(name) {
                "an axis or a given value"
            } else if definition.is_some_and(|d| d.observable(name).is_some()) {
                "an observable"
            } else if is_reserved(name) {
                "a word of the formula language"
            } else if is_aggregate(name) {
                "an aggregate"
            } else {
                continue;
            };
            tell(
                at!["checks", index, "let", name.as_str()],
                format!("`{name}` is {clash} already"),
            );
        }
        for name in values {
            let clash = if definition.is_some_and(|d| d.observable(name).is_some()) {
                "an observable"
            } else if is_reserved(name) {
                "a word of the formula language"
            } else {
                continue;
            };
            tell(
                at!["checks", index, "grid", name.as_str()],
                format!("`{name}` is {clash} already"),
            );
        }
    }
    found
}
