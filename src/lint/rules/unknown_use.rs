//! `unknown-use`: claims lean on claims that exist.

use super::at;
use crate::claim::{Diagnostic, Loaded, Severity, Step, Suite, nearest};
use crate::lint::{Lint, Pass};

/// The lint.
pub const LINT: Lint = Lint {
    name: "unknown-use",
    summary: "`uses`, `corrected-by` and `all-of` name claims that exist",
    docs: "A name that leads nowhere hides a missing claim from the graph. Mend the id, or add the claim.",
    check: Pass::Files(check),
};

fn check(suite: &Suite) -> Vec<Diagnostic> {
    suite.claims.iter().flat_map(|loaded| unknown(suite, loaded)).collect()
}

fn unknown(suite: &Suite, loaded: &Loaded) -> Vec<Diagnostic> {
    let claim = &loaded.claim;
    let mut named: Vec<(Vec<Step>, String)> = Vec::new();
    for (index, id) in claim.uses.iter().enumerate() {
        named.push((at!["uses", index], id.clone()));
    }
    if let Some(id) = claim.erratum.as_ref().and_then(|erratum| erratum.corrected_by.clone()) {
        named.push((at!["erratum", "corrected-by"], id));
    }
    for (index, check) in claim.checks.iter().enumerate() {
        for (position, assertion) in check.assert.iter().enumerate() {
            if let crate::assertion::Assertion::AllOf(all) = assertion {
                named.extend(all.claims.iter().enumerate().map(|(item, id)| {
                    (at!["checks", index, "assert", position, "claims", item], id.clone())
                }));
            }
        }
    }
    named
        .into_iter()
        .filter(|(_, id)| suite.claim(id).is_none())
        .map(|(path, id)| {
            let hint = nearest(&id, suite.ids()).map(|near| format!("did you mean `{near}`?"));
            loaded.report(
                LINT.name,
                Severity::Error,
                &path,
                format!("there is no claim `{id}`"),
                hint.unwrap_or_default(),
            )
        })
        .collect()
}
