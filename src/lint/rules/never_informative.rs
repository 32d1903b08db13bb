//! `never-informative`: a bound that says nothing anywhere is not tested.

use super::at;
use crate::claim::{Diagnostic, Expect, Severity};
use crate::lint::{Lint, Pass, Planned};
use crate::run::plan::Slot;

/// The lint.
pub const LINT: Lint = Lint {
    name: "never-informative",
    summary: "some grid point of every assertion is informative",
    docs: "Where `informative` is false the bound says nothing (a probability below 1.7, say), and the point is never \
        counted. If that is so at every point, the claim is vacuous: widen the grid, or write `expect: vacuous`.",
    check: Pass::Plan(check),
};

fn check(planned: &Planned<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (loaded, arms) in
        planned.claims().filter(|(loaded, _)| loaded.claim.expect != Expect::Vacuous)
    {
        for arm in arms.iter().filter(|arm| arm.control.is_none()) {
            let silent = (0..arm.check.assert.len()).any(|index| {
                let mut asks =
                    arm.asks.iter().filter(|ask| ask.slot == Slot::Assertion(index)).peekable();
                asks.peek().is_some() && !asks.any(|ask| ask.informative)
            });
            if silent {
                let place = at!["checks", arm.check_index, "informative"];
                let message = "the bound says nothing at any point of the grid";
                found.push(loaded.report(
                    LINT.name,
                    Severity::Error,
                    &place,
                    message,
                    "widen the grid",
                ));
            }
        }
    }
    found
}
