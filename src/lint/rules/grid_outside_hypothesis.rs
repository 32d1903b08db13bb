//! `grid-outside-hypothesis`: claims are tested where the paper makes them.

use super::at;
use crate::claim::{Bindings, Diagnostic, Severity, expand};
use crate::formula::Names;
use crate::lint::{Lint, Pass, Planned};

/// The lint.
pub const LINT: Lint = Lint {
    name: "grid-outside-hypothesis",
    summary: "every grid point satisfies the paper's hypothesis",
    docs: "Testing a statement where it does not claim anything proves nothing, and a refutation there would be unjust. Take \
        the point out of the grid, or mend `hypothesis`.",
    check: Pass::Plan(check),
};

fn check(planned: &Planned<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (loaded, arms) in planned.claims() {
        for arm in arms {
            let Some(hypothesis) = arm.check.hypothesis.as_ref().filter(|_| arm.control.is_none())
            else {
                continue;
            };
            let outside = expand(&arm.check.grid).into_iter().find(|point| {
                let bindings = Bindings::new(&loaded.claim, &arm.check, point);
                let resolved = bindings.resolve(&hypothesis.0);
                let holds =
                    resolved.and_then(|formula| formula.eval_bool::<f64>(&Names(|_: &str| None)));
                !matches!(holds, Ok(Some(true)))
            });
            if let Some(point) = outside {
                let place = at!["checks", arm.check_index, "hypothesis"];
                let at = crate::run::judge::place(&point);
                let message = format!("the grid point {at} is outside the hypothesis");
                found.push(loaded.report(
                    LINT.name,
                    Severity::Error,
                    &place,
                    message,
                    "take it out of the grid",
                ));
            }
        }
    }
    found
}
