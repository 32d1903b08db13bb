//! `parameters`: experiments accept what they are given.

use std::collections::HashSet;

use serde_json::Value;

use super::{arm_path, at};
use crate::claim::{Check, Diagnostic, Loaded, Severity, overlaid};
use crate::experiment::Failure;
use crate::lint::{Lint, Pass, Planned};

/// The lint.
pub const LINT: Lint = Lint {
    name: "parameters",
    summary: "the experiment accepts its parameters at every point",
    docs: "Every cell's parameters are handed to the experiment, which checks names, types and ranges before anything runs. \
        `claimcheck explain EXPERIMENT` lists them.",
    check: Pass::Plan(check),
};

fn check(planned: &Planned<'_>) -> Vec<Diagnostic> {
    let mut found: Vec<Diagnostic> = Vec::new();
    for (loaded, message) in planned.failures() {
        match undecodable(loaded) {
            broken if !broken.is_empty() => found.extend(broken),
            _ => found.push(loaded.report(LINT.name, Severity::Error, &at!["checks"], message, "")),
        }
    }
    // Claims share cells: what one experiment has accepted need not be asked again.
    let mut accepted: HashSet<String> = HashSet::new();
    for (loaded, arms) in planned.claims() {
        // A change for another profile than the one planned may still be broken.
        found.extend(undecodable(loaded));
        for arm in arms {
            let controls = &loaded.claim.checks[arm.check_index].controls;
            let position = arm
                .control
                .as_ref()
                .and_then(|c| controls.iter().position(|other| other.name == c.name));
            for cell in &arm.cells {
                let Some(entry) = cell.experiment else { continue };
                let question = format!("{} {}", entry.name, cell.parameters);
                if accepted.contains(&question) {
                    continue;
                }
                let (message, hint) = match (entry.definition.prepare)(&cell.parameters) {
                    Err(Failure::Parameter { message, hint }) => (message, hint),
                    Err(Failure::Domain(message)) => (message, String::new()),
                    Ok(_) | Err(Failure::Unavailable { .. }) => {
                        accepted.insert(question);
                        continue;
                    }
                };
                let message = format!("{} refuses {}: {message}", entry.name, cell.parameters);
                let place = arm_path(arm.check_index, position);
                found.push(loaded.report(LINT.name, Severity::Error, &place, message, hint));
                break;
            }
        }
    }
    found
}

/// Changes of controls and profiles after which a check is no longer one: their maps are free, so that
/// only the sum of check and change shows a wrong field, a wrong type or a broken formula.
fn undecodable(loaded: &Loaded) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (index, check) in loaded.claim.checks.iter().enumerate() {
        let raw = &loaded.raw["checks"][index];
        let controls = (0..check.controls.len()).map(|position| {
            (at!["checks", index, "controls", position], &raw["controls"][position])
        });
        let profiles = check.profiles.keys().map(|profile| {
            let name = profile.name();
            (at!["checks", index, "profiles", name], &raw["profiles"][name])
        });
        for (place, change) in controls.chain(profiles) {
            if let Err(message) = decode(raw, change) {
                let hint = "see the fields that it changes";
                found.push(loaded.report(LINT.name, Severity::Error, &place, message, hint));
            }
        }
    }
    found
}

fn decode(raw: &Value, change: &Value) -> Result<(), String> {
    let changed = overlaid(raw, change)?;
    let check: Check = serde_json::from_value(changed).map_err(|error| error.to_string())?;
    check.assert.iter().try_for_each(|assertion| assertion.plan().map(|_| ()))
}
