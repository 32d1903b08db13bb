//! `control-equals-claim`: a control that changes nothing proves nothing.

use super::arm_path;
use crate::claim::{Diagnostic, Severity};
use crate::lint::{Lint, Pass, Planned};
use crate::measure::KeyParts;
use crate::run::plan::{Arm, Slot};

/// The lint.
pub const LINT: Lint = Lint {
    name: "control-equals-claim",
    summary: "a control asks something else than the check that it disturbs",
    docs: "If the disturbed check comes to the same formulas, parameters and trials, the control can only get the claim's \
        own verdict. Change something that the assertions depend on.",
    check: Pass::Plan(check),
};

/// What an arm's assertions ask, points aside.
fn questions(arm: &Arm) -> Vec<KeyParts> {
    let mut cells = arm.cells.clone();
    for (index, cell) in cells.iter_mut().enumerate() {
        let kept: Vec<usize> = arm
            .asks
            .iter()
            .filter(|ask| ask.cell == index && matches!(ask.slot, Slot::Assertion(_)))
            .map(|ask| ask.request)
            .collect();
        cell.requests = kept.into_iter().map(|request| cell.requests[request].clone()).collect();
    }
    cells
        .iter()
        .filter(|cell| !cell.requests.is_empty())
        .map(crate::measure::Cell::key_parts)
        .collect()
}

fn check(planned: &Planned<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (loaded, arms) in planned.claims() {
        for arm in arms.iter().filter(|arm| arm.control.is_some()) {
            let own = arms
                .iter()
                .find(|other| other.control.is_none() && other.check_index == arm.check_index);
            let same_claims = own.is_some_and(|own| {
                let all = |arm: &Arm| {
                    arm.check.assert.iter().map(|a| format!("{:?}", a.plan())).collect::<Vec<_>>()
                };
                all(own) == all(arm)
            });
            if own.is_some_and(|own| questions(own) == questions(arm)) && same_claims {
                let name = arm.control.as_ref().map_or("", |control| control.name.as_str());
                let controls = &loaded.claim.checks[arm.check_index].controls;
                let position = controls.iter().position(|control| control.name == name);
                let message = format!("the control `{name}` asks the same as the claim");
                let place = arm_path(arm.check_index, position);
                found.push(loaded.report(
                    LINT.name,
                    Severity::Error,
                    &place,
                    message,
                    "change what the assertions depend on",
                ));
            }
        }
    }
    found
}
