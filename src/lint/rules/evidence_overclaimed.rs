//! `evidence-overclaimed`: a sampled supremum is no exact one.

use super::at;
use crate::assertion::{Assertion, Plan};
use crate::claim::{Bindings, Diagnostic, Severity};
use crate::experiment::{Definition, Evidence, Nature};
use crate::formula::Formula;
use crate::lint::{Lint, Pass, Planned};
use crate::measure::{AGGREGATES, evidence_of};
use crate::run::plan::Slot;

/// The lint.
pub const LINT: Lint = Lint {
    name: "evidence-overclaimed",
    summary: "evidence is no stronger than what it rests on",
    docs: "`maximum(…)` over trials bounds a supremum from below: only `no-counterexample` may rest on it, as evidence \
        `search`. Aggregates without an interval describe the trials drawn; no assertion may rest on them. A declared \
        `evidence` may weaken what follows from the formula, never strengthen it.",
    check: Pass::Plan(check),
};

fn check(planned: &Planned<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (loaded, arms) in planned.claims() {
        for arm in arms.iter().filter(|arm| arm.control.is_none()) {
            let definition = arm
                .check
                .experiment
                .as_deref()
                .and_then(crate::experiments::find)
                .map(|entry| entry.definition);
            for (index, assertion) in arm.check.assert.iter().enumerate() {
                let Some(ask) = arm.asks.iter().find(|ask| ask.slot == Slot::Assertion(index))
                else {
                    continue;
                };
                let bindings = Bindings::new(&loaded.claim, &arm.check, &ask.point);
                let value = match assertion.plan() {
                    Ok(Plan::Pointwise(it)) => it.value,
                    Ok(Plan::Series(it)) => it.value,
                    _ => continue,
                };
                let Ok(value) = bindings.resolve(&value) else { continue };
                if let Some((message, hint)) = overclaim(assertion, &value, definition) {
                    let place = at!["checks", arm.check_index, "assert", index];
                    found.push(loaded.report(LINT.name, Severity::Error, &place, message, hint));
                }
            }
        }
    }
    found
}

fn overclaim(
    assertion: &Assertion,
    value: &Formula,
    definition: Option<&Definition>,
) -> Option<(String, String)> {
    let search = matches!(assertion, Assertion::NoCounterexample(_));
    let calls = value.calls();
    let names = value.names();
    let descriptive = calls
        .iter()
        .find(|(name, _, _)| AGGREGATES.iter().any(|a| a.name == name && !a.inferential));
    if let Some((name, _, _)) = descriptive
        && !(search && name == "maximum")
    {
        let hint = "use `no-counterexample`, or an aggregate with an interval";
        return Some((
            format!("no assertion may rest on `{name}(…)`, which has no interval"),
            hint.into(),
        ));
    }
    let mentioned = calls.iter().map(|(name, _, _)| name).chain(names.iter().map(|(name, _)| name));
    let searched = mentioned
        .filter_map(|name| definition?.observable(name))
        .any(|o| o.nature == Nature::Searched);
    let training = matches!(assertion, Assertion::TrainingOutcome(_));
    let inside_mean = calls
        .iter()
        .any(|(name, _, _)| ["mean", "probability", "quantile"].contains(&name.as_str()));
    if searched && !search && !training && !inside_mean {
        let hint = "use `no-counterexample`";
        return Some(("a searched value bounds a supremum from below only".into(), hint.into()));
    }
    let strongest = evidence_of(value, definition);
    let declared: Option<Evidence> = assertion.declared_evidence();
    declared.filter(|declared| *declared < strongest).map(|declared| {
        let message = format!(
            "the evidence is {}, weaker than the declared {}",
            strongest.name(),
            declared.name()
        );
        (message, "remove `evidence`, or weaken it".into())
    })
}
