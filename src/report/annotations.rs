//! Lines that GitHub's workflows turn into annotations of the claim files.

use std::fmt::Write as _;

use super::words::Standing;
use crate::markup::markdown;
use crate::results::{ClaimResult, Results, Verdict};

/// An annotation for each claim that someone must look at (errors) and for each that is undecided
/// against its file (warnings). `line` tells where in its file.
pub fn render(results: &Results, line: impl Fn(&ClaimResult) -> usize) -> String {
    let mut out = String::new();
    for claim in &results.claims {
        let standing = Standing::of(claim);
        let level = match standing {
            Standing::Expected => continue,
            Standing::Open => "warning",
            _ => "error",
        };
        let title = format!("{}: {}", claim.id, standing.name());
        let (got, wanted) = (claim.verdict.name(), claim.expect.name());
        let reason = markdown::plain(&claim.reason);
        writeln!(
            out,
            "::{level} file={},line={},title={}::{}",
            property(&claim.file),
            line(claim),
            property(&title),
            data(&format!("{got}, expected {wanted}: {reason}")),
        )
        .ok();
    }
    out
}

/// The assertion or control that an annotation is about, by the name it has in its file.
pub fn culprit(claim: &ClaimResult) -> Option<&str> {
    // A control that could not run is no mistake of the check.
    let ran = claim.controls.iter().filter(|control| control.verdict != Verdict::Skipped);
    let missed = { ran }.find(|control| !control.caught);
    if claim.verdict == Verdict::Toothless {
        return missed.map(|control| control.name.as_str());
    }
    let assertions = claim.assertions.iter();
    let found = assertions.clone().find(|assertion| assertion.verdict == claim.verdict);
    found.or_else(|| assertions.clone().next()).map(|assertion| assertion.name.as_str())
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
