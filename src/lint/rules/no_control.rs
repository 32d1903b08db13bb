//! `no-control`: a check that can't fail proves nothing.

use super::at;
use crate::claim::{ControlExpect, Diagnostic, Expect, Severity, Suite};
use crate::lint::{Lint, Pass};

/// The lint.
pub const LINT: Lint = Lint {
    name: "no-control",
    summary: "every claim has a control: a disturbance that must be refuted, or a repair that must hold",
    docs: "A control runs the same check with something wrong put in (another variance, a factor dropped). If it is not \
        refuted, the claim is `toothless`. A claim that is itself expected to be refuted needs a control with \
        `expect: holds`: with the mistake repaired, the same check must pass. A check with assertions but no control \
        of its own is a warning.",
    check: Pass::Files(check),
};

fn check(suite: &Suite) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for loaded in &suite.claims {
        let claim = &loaded.claim;
        let controls = || claim.checks.iter().flat_map(|check| &check.controls);
        if controls().next().is_none() {
            let hint = "add `controls` with a disturbance that the check must notice";
            found.push(loaded.report(
                LINT.name,
                Severity::Error,
                &at!["checks"],
                "the claim has no control",
                hint,
            ));
            continue;
        }
        if claim.expect == Expect::Refuted && !controls().any(|c| c.expect == ControlExpect::Holds)
        {
            let message =
                "the claim is expected to be refuted, and no control shows that its check can hold";
            let hint = "add a control with the mistake repaired and `expect: holds`";
            found.push(loaded.report(LINT.name, Severity::Error, &at!["checks"], message, hint));
        }
        for (index, check) in claim.checks.iter().enumerate() {
            if !check.assert.is_empty() && check.controls.is_empty() {
                let message = format!("the check `{}` has no control of its own", check.name);
                found.push(loaded.report(
                    LINT.name,
                    Severity::Warning,
                    &at!["checks", index, "name"],
                    message,
                    "",
                ));
            }
        }
    }
    found
}
