//! `unused-name`: nothing is written for nothing.

use std::collections::BTreeSet;

use super::at;
use crate::claim::{Diagnostic, Loaded, Severity, Suite, label_name, lets_used};
use crate::lint::names::Scope;
use crate::lint::walk::{formulas, mentions};
use crate::lint::{Lint, Pass};

/// The lint.
pub const LINT: Lint = Lint {
    name: "unused-name",
    summary: "every axis, `given` value and `let` name is used",
    docs: "A `let` that no formula uses, or a value that neither a formula nor the experiment knows, is often a slip of \
        the pen: the formula that should use it uses something else. Remove it or mend the name.",
    check: Pass::Files(check),
};

fn check(suite: &Suite) -> Vec<Diagnostic> {
    suite.claims.iter().flat_map(unused).collect()
}

fn unused(loaded: &Loaded) -> Vec<Diagnostic> {
    let claim = &loaded.claim;
    let mut found = Vec::new();
    let mut shared: BTreeSet<String> = BTreeSet::new();
    for (index, check) in claim.checks.iter().enumerate() {
        if Scope::new(claim, check, None).unknown_experiment {
            // It may use any of them.
            shared.extend(claim.lets.iter().map(|(name, _)| name.clone()));
            shared.extend(claim.given.iter().map(|(name, _)| name.clone()));
            continue;
        }
        let used = used_names(loaded, index);
        shared.extend(used.iter().cloned());
        let mut tell = |section: &str, name: &str, what: &str| {
            let message = format!("{what} `{name}` is used by nothing");
            let known = Scope::new(claim, check, None);
            let parameters = known
                .experiment
                .map(|entry| entry.definition.parameter_names())
                .unwrap_or_default();
            let near = crate::claim::nearest(name, parameters.iter().map(String::as_str));
            let hint = near.map_or("remove it, or mend its name".into(), |near| {
                format!("did you mean the experiment's `{near}`?")
            });
            let place = at!["checks", index, section, name];
            found.push(loaded.report(LINT.name, Severity::Error, &place, message, hint));
        };
        check
            .lets
            .iter()
            .filter(|(name, _)| !used.contains(name))
            .for_each(|(name, _)| tell("let", name, "the formula"));
        check
            .given
            .iter()
            .filter(|(name, _)| !used.contains(name))
            .for_each(|(name, _)| tell("given", name, "the value"));
        check
            .grid
            .iter()
            .filter(|(name, _)| !used.contains(name))
            .for_each(|(name, _)| tell("grid", name, "the axis"));
    }
    for (section, names) in [
        ("let", claim.lets.iter().map(|(name, _)| name).collect::<Vec<_>>()),
        ("given", claim.given.iter().map(|(name, _)| name).collect()),
    ] {
        for name in names.into_iter().filter(|name| !shared.contains(*name)) {
            let place = at![section, name.as_str()];
            let message = format!("`{name}` is used by no check");
            found.push(loaded.report(
                LINT.name,
                Severity::Error,
                &place,
                message,
                "remove it, or mend its name",
            ));
        }
    }
    found
}

/// The names that a check uses: in formulas that matter, as parameters of its experiments, as axes
/// that assertions, quantities and plots run along.
fn used_names(loaded: &Loaded, index: usize) -> BTreeSet<String> {
    let claim = &loaded.claim;
    let check = &claim.checks[index];
    let mut used: BTreeSet<String> = BTreeSet::new();
    let is_here = |path: &[crate::claim::Step]| path.starts_with(&at!["checks", index]);
    for place in formulas(loaded).into_iter().filter(|place| is_here(&place.path)) {
        let is_let = place.path.get(2) == Some(&"let".into());
        if is_let {
            continue;
        }
        used.extend(mentions(&place.formula).into_iter().map(|mention| mention.name));
        let through = lets_used(claim, check, &place.formula);
        for (name, formula) in claim.lets.iter().chain(&check.lets) {
            if through.contains(name) {
                used.extend(mentions(&formula.0).into_iter().map(|mention| mention.name));
            }
        }
        used.extend(through);
    }
    let experiments = check
        .experiment
        .iter()
        .chain(check.controls.iter().filter_map(|c| c.change.experiment.as_ref()));
    for entry in experiments.filter_map(|name| crate::experiments::find(name)) {
        used.extend(entry.definition.parameter_names());
        for name in entry.definition.formula_parameters() {
            used.extend(names_in_parameter(loaded, index, &name));
        }
    }
    for assertion in &check.assert {
        if let Ok(crate::assertion::Plan::Series(series)) = assertion.plan() {
            used.insert(series.over);
        }
    }
    used.extend(check.plots.iter().map(|plot| plot.x.axis.clone()));
    used.extend(check.plots.iter().filter_map(|plot| plot.y.axis.clone()));
    used.extend(check.report.iter().filter_map(|(_, quantity)| quantity.over.clone()));
    let labels = check.report.iter().filter_map(|(_, quantity)| quantity.label.as_ref());
    for label in labels.chain([&check.label]) {
        used.extend(label.values().filter_map(label_name).map(str::to_string));
    }
    used
}

/// Names in a formula that is handed to the experiment, in the check or in its controls.
fn names_in_parameter(loaded: &Loaded, index: usize, name: &str) -> BTreeSet<String> {
    let claim = &loaded.claim;
    let check = &claim.checks[index];
    let given = claim
        .given
        .iter()
        .chain(&check.given)
        .filter(|(key, _)| key == name)
        .map(|(_, value)| value.clone());
    let overlays = check
        .controls
        .iter()
        .filter_map(|control| control.change.given.as_ref()?.get(name).cloned());
    let points = check
        .report
        .iter()
        .flat_map(|(_, q)| q.at.iter().flatten())
        .filter_map(|p| p.get(name).cloned());
    let axes = check
        .grid
        .iter()
        .filter(|(key, _)| key == name)
        .flat_map(|(_, axis)| crate::claim::axis_values(axis));
    let mut used = BTreeSet::new();
    for value in given.chain(overlays).chain(points).chain(axes) {
        let Some(formula) =
            value.as_str().and_then(|text| crate::formula::Formula::parse(text).ok())
        else {
            continue;
        };
        used.extend(mentions(&formula).into_iter().map(|mention| mention.name));
        let through = lets_used(claim, check, &formula);
        for (name, formula) in claim.lets.iter().chain(&check.lets) {
            if through.contains(name) {
                used.extend(mentions(&formula.0).into_iter().map(|mention| mention.name));
            }
        }
        used.extend(through);
    }
    used
}
