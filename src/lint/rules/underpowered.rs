//! `underpowered`: enough trials to decide.

use super::at;
use crate::assertion::{Assertion, Plan};
use crate::claim::{Bindings, Diagnostic, Loaded, Profile, Severity};
use crate::experiment::Tail;
use crate::formula::{Formula, Names};
use crate::lint::{Lint, Pass, Planned};
use crate::run::plan::{Arm, Slot};
use crate::stats::{Budget, Relation, budget};

/// The lint.
pub const LINT: Lint = Lint {
    name: "underpowered",
    summary: "the trials suffice to decide an equivalence at its margin",
    docs: "An interval at error probability α has a half-width of about `sd·sqrt(2·ln(2/α)/n)`. If that exceeds the margin, \
        the verdict can only be inconclusive, whatever the truth. Where the spread is known (a proven variance, a probability with a target), the lint says how many trials are needed at the standard profile.",
    check: Pass::Plan(check),
};

fn check(planned: &Planned<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let alpha = Budget::new(budget::DEFAULT_TOTAL, 1).share();
    for (loaded, arms) in planned.claims() {
        for arm in arms.iter().filter(|arm| arm.control.is_none()) {
            for (index, assertion) in arm.check.assert.iter().enumerate() {
                let Some((needed, trials)) = shortage(loaded, arm, index, assertion, alpha) else {
                    continue;
                };
                let message = format!(
                    "{trials} trials can't decide this margin: about {needed:.0} are needed"
                );
                let place = at!["checks", arm.check_index, "assert", index];
                let hint = format!(
                    "raise `trials`, or widen `margin` (profile {})",
                    Profile::Standard.name()
                );
                found.push(loaded.report(LINT.name, Severity::Warning, &place, message, hint));
            }
        }
    }
    found
}

/// Trials needed and planned, if too few are planned at some point.
fn shortage(
    loaded: &Loaded,
    arm: &Arm,
    index: usize,
    assertion: &Assertion,
    alpha: f64,
) -> Option<(f64, u64)> {
    let Ok(Plan::Pointwise(plan)) = assertion.plan() else { return None };
    if plan.relation != Relation::Within {
        return None;
    }
    let asks = arm.asks.iter().filter(|ask| ask.slot == Slot::Assertion(index) && ask.informative);
    asks.filter_map(|ask| {
        let bindings = Bindings::new(&loaded.claim, &arm.check, &ask.point);
        let number = |formula: &Formula| -> Option<f64> {
            bindings.resolve(formula).ok()?.eval::<f64>(&Names(|_: &str| None)).ok()
        };
        let margin = number(plan.margin.as_ref()?)?;
        // No trials at all: `missing-trials` says so.
        let cell = Some(&arm.cells[ask.cell]).filter(|cell| cell.trials > 0)?;
        let variance = match assertion {
            Assertion::Probability(_) => {
                let p = number(&plan.bound)?;
                p * (1.0 - p)
            }
            Assertion::Mean(mean) => {
                let prepared = (cell.experiment?.definition.prepare)(&cell.parameters).ok()?;
                let of = bindings.resolve(&mean.of.0).ok()?.canonical();
                let columns = prepared.columns();
                let column = columns
                    .iter()
                    .find(|column| column.arguments.is_empty() && column.observable == of)?;
                match column.tail {
                    Tail::Variance(variance) => variance,
                    // The range says nothing of the spread: the interval adapts to what it finds.
                    Tail::Bounded { .. } | Tail::Unknown => return None,
                }
            }
            _ => return None,
        };
        let needed = 2.0 * (2.0 / alpha).ln() * variance / (margin * margin);
        (needed > cell.trials as f64).then_some((needed, cell.trials))
    })
    .max_by(|a, b| a.0.total_cmp(&b.0))
}
