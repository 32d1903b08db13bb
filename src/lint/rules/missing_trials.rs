//! `missing-trials`: sampling needs a budget.

use super::at;
use crate::claim::{Diagnostic, Severity};
use crate::lint::{Lint, Pass, Planned};
use crate::measure::uses_samples;

/// The lint.
pub const LINT: Lint = Lint {
    name: "missing-trials",
    summary: "a check that samples says how many trials it may draw",
    docs: "Give the check `trials`: a number, or one for each profile. The lint `underpowered` says how many are needed.",
    check: Pass::Plan(check),
};

fn check(planned: &Planned<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (loaded, arms) in planned.claims() {
        let mut told = Vec::new();
        for arm in arms {
            let samples = arm.cells.iter().any(|cell| {
                let asks = |request: &crate::measure::Request| {
                    uses_samples(&request.value)
                        || request.goal.as_ref().is_some_and(|g| uses_samples(&g.bound))
                };
                cell.trials == 0 && cell.requests.iter().any(asks)
            });
            if samples && !told.contains(&arm.check_index) {
                told.push(arm.check_index);
                let message =
                    format!("the check `{}` samples, but has no `trials`", arm.check.name);
                let place = at!["checks", arm.check_index, "name"];
                let hint = "add `trials: {quick: …, standard: …}`";
                found.push(loaded.report(LINT.name, Severity::Error, &place, message, hint));
            }
        }
    }
    found
}
