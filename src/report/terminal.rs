//! What a run prints at its end: the headline, what needs a look, where the report lies.

use std::fmt::Write as _;
use std::path::Path;

use super::words::{self, Standing};
use crate::results::Results;

/// More claims than this are listed only if something is wrong with them.
const LIST_ALL: usize = 12;

/// The summary as plain text.
pub fn render(results: &Results, out: &Path) -> String {
    let mut text = String::new();
    let claims = &results.claims;
    let width = claims.iter().map(|claim| claim.id.len()).max().unwrap_or(0);
    let all = claims.len() <= LIST_ALL;
    for claim in claims.iter().filter(|claim| all || Standing::of(claim) != Standing::Expected) {
        let standing = match Standing::of(claim) {
            Standing::Expected => String::new(),
            standing => format!("[{}] ", standing.name()),
        };
        let symbol = words::symbol(claim.verdict);
        let verdict = claim.verdict.name();
        writeln!(text, "{symbol} {:width$}  {verdict:12} {standing}{}", claim.id, claim.reason)
            .ok();
    }
    let run = &results.run;
    writeln!(text, "{}", words::headline(claims)).ok();
    if let Some(partial) = &run.partial {
        writeln!(text, "partial: {partial}").ok();
    }
    writeln!(
        text,
        "{} of {} measurements were unchanged; {:.1} s; profile {}, seed {}",
        run.reused, run.measurements, run.seconds, run.profile, run.seed
    )
    .ok();
    writeln!(text, "report: {}", out.join("index.html").display()).ok();
    text
}
