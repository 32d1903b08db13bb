//! `dependency-cycle`: no claim leans on itself.

use super::at;
use crate::assertion::Assertion;
use crate::claim::{Diagnostic, Graph, Severity, Suite, cycles};
use crate::lint::{Lint, Pass};

/// The lint.
pub const LINT: Lint = Lint {
    name: "dependency-cycle",
    summary: "no claim leans on itself, directly or through others",
    docs: "In a circle of `uses` or `all-of` nothing is established. Find which of the claims is proved first, and remove \
        the edge that leads back to it.",
    check: Pass::Files(check),
};

fn check(suite: &Suite) -> Vec<Diagnostic> {
    let edges: Vec<(&str, Vec<String>)> = suite
        .claims
        .iter()
        .map(|loaded| {
            let assertions = loaded.claim.checks.iter().flat_map(|check| &check.assert);
            let all_of = assertions.filter_map(|assertion| match assertion {
                Assertion::AllOf(all) => Some(all.claims.clone()),
                _ => None,
            });
            let uses = loaded.claim.uses.iter().cloned().chain(all_of.flatten());
            (loaded.claim.id.as_str(), uses.collect())
        })
        .collect();
    let graph = Graph::new(edges.iter().map(|(id, uses)| (*id, uses.as_slice())));
    let mut found = Vec::new();
    for cycle in cycles(&graph) {
        let Some(loaded) = cycle.first().and_then(|id| suite.claim(id)) else { continue };
        let message = format!("these claims lean on one another: {}", cycle.join(", "));
        let hint = "remove the edge that leads back to what is proved first";
        found.push(loaded.report(LINT.name, Severity::Error, &at!["uses"], message, hint));
    }
    found
}
