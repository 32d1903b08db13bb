//! `parameters`: experiments accept what they are given.

use super::{SETTINGS, arm_path, at};
use crate::claim::{Diagnostic, Severity, Suite};
use crate::experiment::Failure;
use crate::lint::Lint;
use crate::run::plan::arms;

/// The lint.
pub const LINT: Lint = Lint {
    name: "parameters",
    summary: "the experiment accepts its parameters at every point",
    docs: "Every cell's parameters are handed to the experiment, which checks names, types and ranges before anything runs. \
        `claimcheck explain EXPERIMENT` lists them.",
    check,
};

fn check(suite: &Suite) -> Vec<Diagnostic> {
    let mut found: Vec<Diagnostic> = Vec::new();
    for loaded in &suite.claims {
        let arms = match arms(loaded, SETTINGS) {
            Ok(arms) => arms,
            Err(message) => {
                found.push(loaded.report(LINT.name, Severity::Error, &at!["checks"], message, ""));
                continue;
            }
        };
        for arm in &arms {
            let controls = &loaded.claim.checks[arm.check_index].controls;
            let position = arm
                .control
                .as_ref()
                .and_then(|c| controls.iter().position(|other| other.name == c.name));
            for cell in &arm.cells {
                let Some(entry) = cell.experiment else { continue };
                let (message, hint) = match (entry.definition.prepare)(&cell.parameters) {
                    Err(Failure::Parameter { message, hint }) => (message, hint),
                    Err(Failure::Domain(message)) => (message, String::new()),
                    Ok(_) | Err(Failure::Unavailable { .. }) => continue,
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
