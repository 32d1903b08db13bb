//! What the search of the front page knows beside its table: statements, assertions, quantities, tags.

use std::collections::{BTreeMap, BTreeSet};

use crate::markup::markdown;
use crate::results::{ClaimResult, Results};

/// A script that leaves the texts by id where the page's own script finds them. A page opened from a
/// disk may load scripts but no data.
///
/// # Errors
/// If the serialiser refuses.
pub fn script(results: &Results) -> anyhow::Result<String> {
    let texts: BTreeMap<&str, String> =
        results.claims.iter().map(|claim| (claim.id.as_str(), text(claim))).collect();
    Ok(format!("window.claimcheckTexts = {};\n", serde_json::to_string(&texts)?))
}

fn text(claim: &ClaimResult) -> String {
    let statement = markdown::plain(&claim.statement);
    let assertions = claim.assertions.iter().map(|assertion| assertion.name.as_str());
    let quantities: BTreeSet<&str> = claim.quantities.iter().map(|q| q.name.as_str()).collect();
    let tags = claim.tags.iter().map(String::as_str);
    let kind = std::iter::once(claim.kind.as_str());
    let all = std::iter::once(statement.as_str()).chain(kind).chain(assertions);
    let all = all.chain(quantities).chain(tags);
    all.collect::<Vec<_>>()
        .join(" ")
        .to_lowercase()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}
