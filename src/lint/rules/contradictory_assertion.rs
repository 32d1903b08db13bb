//! `contradictory-assertion`: an assertion's fields make sense together.

use super::at;
use crate::assertion::Plan;
use crate::claim::{Diagnostic, Severity, Suite, axis_size};
use crate::lint::{Lint, Pass};

/// The lint.
pub const LINT: Lint = Lint {
    name: "contradictory-assertion",
    summary: "an assertion's fields make sense together",
    docs: "A `mean` needs exactly one of `at-most`, `at-least`, or `target` with `margin`; a `rate` runs over an axis of the \
        grid with enough points; and so on. `claimcheck explain KIND` says what a kind needs.",
    check: Pass::Files(check),
};

fn check(suite: &Suite) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for loaded in &suite.claims {
        for (index, check) in loaded.claim.checks.iter().enumerate() {
            for (position, assertion) in check.assert.iter().enumerate() {
                let hint = format!("see `claimcheck explain {}`", assertion.kind());
                let message = match assertion.plan() {
                    Err(message) => message,
                    Ok(Plan::Series(series)) => {
                        let axis = check.grid.iter().find(|(name, _)| *name == series.over);
                        let fewest = series.shape.fewest_points();
                        match axis.map(|(_, axis)| axis_size(axis)) {
                            None => format!("`{}` is no axis of the grid", series.over),
                            Some(points) if points < fewest => {
                                format!(
                                    "the axis `{}` has {points} points, and needs {fewest}",
                                    series.over
                                )
                            }
                            Some(_) => continue,
                        }
                    }
                    Ok(_) => continue,
                };
                let place = at!["checks", index, "assert", position];
                found.push(loaded.report(LINT.name, Severity::Error, &place, message, hint));
            }
        }
    }
    found
}
