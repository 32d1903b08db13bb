//! `unknown-experiment`: experiments exist.

use super::{arm_path, at};
use crate::claim::{Diagnostic, Severity, Suite, nearest};
use crate::experiments::ALL;
use crate::experiments::find;
use crate::lint::{Lint, Pass};

/// The lint.
pub const LINT: Lint = Lint {
    name: "unknown-experiment",
    summary: "a check's experiment exists",
    docs: "`claimcheck explain` lists the experiments. A new one is one file in `src/experiments` (see CONTRIBUTING).",
    check: Pass::Files(check),
};

fn check(suite: &Suite) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for loaded in &suite.claims {
        for (index, check) in loaded.claim.checks.iter().enumerate() {
            let own = check.experiment.iter().map(|name| (arm_path(index, None), name));
            let controls = check.controls.iter().enumerate().filter_map(|(position, control)| {
                Some((arm_path(index, Some(position)), control.change.experiment.as_ref()?))
            });
            for (mut place, name) in own.chain(controls) {
                if find(name).is_none() {
                    place.extend(at!["experiment"]);
                    let near = nearest(name, ALL.iter().map(|entry| entry.name));
                    let hint = near.map_or("`claimcheck explain` lists them".into(), |near| {
                        format!("did you mean `{near}`?")
                    });
                    let message = format!("there is no experiment `{name}`");
                    found.push(loaded.report(LINT.name, Severity::Error, &place, message, hint));
                }
            }
        }
    }
    found
}
