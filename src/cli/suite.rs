//! Loading the suite with every message about it.

use super::{Exit, Global};
use crate::claim::{Diagnostic, Severity, Suite, render};
use crate::lint;

/// Loads and, unless these very files were found clean before, lints; prints what is wrong. `Err` carries the exit code
/// if there are errors.
pub fn load(global: &Global) -> Result<Suite, Exit> {
    let (suite, mut problems) = Suite::load(&global.claims);
    let place = lint::clean::place();
    let known = place.as_deref().is_some_and(|place| lint::clean::is_known(&suite, place));
    if !known {
        problems = with_lints(&suite, problems);
    }
    if let (false, true, Some(place)) = (known, problems.is_empty(), place) {
        lint::clean::remember(&suite, &place);
    }
    let errors = problems.iter().filter(|p| p.severity == Severity::Error).count();
    if errors == 0 {
        return Ok(suite);
    }
    let shown: Vec<Diagnostic> =
        problems.into_iter().filter(|p| p.severity == Severity::Error).collect();
    show(&suite, &shown, global.colour);
    tell!("{} in the claim files; nothing was run", count(errors, "error"));
    Err(Exit::Usage)
}

/// Loads and lints.
pub fn check(global: &Global) -> (Suite, Vec<Diagnostic>) {
    let (suite, problems) = Suite::load(&global.claims);
    let problems = with_lints(&suite, problems);
    (suite, problems)
}

fn with_lints(suite: &Suite, mut problems: Vec<Diagnostic>) -> Vec<Diagnostic> {
    problems.extend(lint::run(suite));
    problems.sort_by(|a, b| (&a.file, a.line, a.column).cmp(&(&b.file, b.line, b.column)));
    problems
}

/// Nobody reads more messages at once.
const MAX_SHOWN: usize = 50;

/// Draws messages on standard error.
pub fn show(suite: &Suite, problems: &[Diagnostic], colour: bool) {
    for problem in problems.iter().take(MAX_SHOWN) {
        let text = suite.texts.get(&problem.file).map_or("", String::as_str);
        tell!("{}\n", render(problem, text, colour));
    }
    if let Some(more @ 1..) = problems.len().checked_sub(MAX_SHOWN) {
        tell!("and {more} more; `claimcheck lint --format json` has all\n");
    }
}

/// `1 error`, `2 errors`.
pub fn count(n: usize, word: &str) -> String {
    format!("{n} {word}{}", if n == 1 { "" } else { "s" })
}
