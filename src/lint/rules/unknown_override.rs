//! `unknown-override`: controls and profiles change what is there.

use serde_json::Value;

use super::at;
use crate::claim::{Diagnostic, Loaded, Severity, Step, Suite, nearest};
use crate::lint::{Lint, Pass};

/// The lint.
pub const LINT: Lint = Lint {
    name: "unknown-override",
    summary: "controls and profiles change formulas and assertions that exist",
    docs: "A control that replaces a `let` that the check does not have changes nothing, and would look caught only by \
        accident. The same for assertions named in `assert` and `refutes`.",
    check: Pass::Files(check),
};

fn check(suite: &Suite) -> Vec<Diagnostic> {
    suite.claims.iter().flat_map(unknown).collect()
}

fn unknown(loaded: &Loaded) -> Vec<Diagnostic> {
    let claim = &loaded.claim;
    let mut found = Vec::new();
    let mut tell = |place: Vec<Step>, what: &str, name: &str, known: Vec<&str>| {
        let hint = nearest(name, known.iter().copied()).map_or_else(
            || format!("there are: {}", known.join(", ")),
            |near| format!("did you mean `{near}`?"),
        );
        let message = format!("the check has no {what} `{name}`");
        found.push(loaded.report(LINT.name, Severity::Error, &place, message, hint));
    };
    let keys = |value: &Option<Value>| -> Vec<String> {
        value
            .as_ref()
            .and_then(Value::as_object)
            .map(|map| map.keys().cloned().collect())
            .unwrap_or_default()
    };
    for (index, check) in claim.checks.iter().enumerate() {
        let lets = || {
            claim.lets.iter().chain(&check.lets).map(|(name, _)| name.as_str()).collect::<Vec<_>>()
        };
        let assertions =
            || check.assert.iter().map(crate::assertion::Assertion::name).collect::<Vec<_>>();
        let controls = check.controls.iter().enumerate().map(|(position, control)| {
            let place = at!["checks", index, "controls", position];
            (place, &control.change, control.refutes.clone())
        });
        let profiles = check.profiles.iter().map(|(profile, overlay)| {
            (at!["checks", index, "profiles", profile.name()], overlay, Vec::new())
        });
        for (place, change, refutes) in controls.chain(profiles) {
            let (changed_lets, changed_assertions) = (keys(&change.lets), keys(&change.assert));
            let at = |section: &str, name: &str| {
                let mut place = place.clone();
                place.extend(at![section, name]);
                place
            };
            for name in changed_lets.iter().filter(|name| !lets().contains(&name.as_str())) {
                tell(at("let", name), "formula", name, lets());
            }
            for name in
                changed_assertions.iter().filter(|name| !assertions().contains(&name.as_str()))
            {
                tell(at("assert", name), "assertion", name, assertions());
            }
            for name in refutes.iter().filter(|name| !assertions().contains(&name.as_str())) {
                tell(at("refutes", name), "assertion", name, assertions());
            }
        }
    }
    found
}
