//! `summary.md`: one screen for a CI job's summary or a pull request.

use std::fmt::Write as _;

use super::words::{self, Standing, VERDICTS};
use crate::markup::markdown;
use crate::markup::number;
use crate::results::{ClaimResult, Results};

/// The summary as Markdown.
pub fn render(results: &Results) -> String {
    let mut out = format!("## Claims: {}\n\n", words::headline(&results.claims));
    if let Some(partial) = &results.run.partial {
        write!(out, "> **Partial run:** {}\n\n", text(partial)).ok();
    }
    table(results, &mut out);
    let sections = [
        ("Surprises", Standing::Surprise),
        ("Toothless checks", Standing::Toothless),
        ("Errors", Standing::Error),
        ("Undecided", Standing::Open),
    ];
    for (title, standing) in sections {
        list(title, results.claims.iter().filter(|c| Standing::of(c) == standing), &mut out);
    }
    errata(results, &mut out);
    let run = &results.run;
    writeln!(
        out,
        "Profile `{}`, seed {}, commit `{}`, {}, {} threads. A wrong verdict anywhere in this run \
         by bad luck has probability at most {}.",
        code(&run.profile),
        run.seed,
        code(&run.commit),
        number::duration(run.seconds),
        run.threads,
        number::short(run.budget),
    )
    .ok();
    out
}

fn table(results: &Results, out: &mut String) {
    let used: Vec<_> = VERDICTS
        .into_iter()
        .filter(|verdict| results.claims.iter().any(|claim| claim.verdict == *verdict))
        .collect();
    out.push_str("| paper | claims |");
    for verdict in &used {
        write!(out, " {} {} |", words::symbol(*verdict), verdict.name()).ok();
    }
    out.push_str(" as expected |\n|---|--:|");
    out.push_str(&"--:|".repeat(used.len() + 1));
    out.push('\n');
    for paper in &results.papers {
        let claims: Vec<&ClaimResult> =
            results.claims.iter().filter(|claim| claim.paper == paper.id).collect();
        write!(out, "| {} | {} |", paper.id, claims.len()).ok();
        for verdict in &used {
            let n = claims.iter().filter(|claim| claim.verdict == *verdict).count();
            write!(out, " {n} |").ok();
        }
        let expected = claims.iter().filter(|c| Standing::of(c) == Standing::Expected).count();
        writeln!(out, " {expected} |").ok();
    }
    out.push('\n');
}

fn list<'a>(title: &str, claims: impl Iterator<Item = &'a ClaimResult>, out: &mut String) {
    let mut claims = claims.peekable();
    if claims.peek().is_none() {
        return;
    }
    write!(out, "### {title}\n\n").ok();
    for claim in claims {
        let (got, wanted) = (claim.verdict.name(), claim.expect.name());
        write!(out, "- `{}` {}: **{got}**", claim.id, text(&claim.title)).ok();
        if claim.verdict != claim.expect {
            write!(out, ", expected {wanted}").ok();
        }
        writeln!(out, ": {}", text(&claim.reason)).ok();
    }
    out.push('\n');
}

fn errata(results: &Results, out: &mut String) {
    let mut errata = results
        .claims
        .iter()
        .filter_map(|claim| claim.erratum.as_ref().map(|erratum| (claim, erratum)))
        .peekable();
    if errata.peek().is_none() {
        return;
    }
    out.push_str("### Errata\n\n");
    for (claim, erratum) in errata {
        let repair = erratum.corrected_by.as_deref().map_or_else(
            || "no correction known".to_string(),
            |id| format!("corrected by `{}`", code(id)),
        );
        let kind = text(&erratum.kind);
        writeln!(out, "- `{}` ({kind}): {}; {repair}", claim.id, text(&claim.title)).ok();
    }
    out.push('\n');
}

/// Plain text that Markdown and HTML leave alone.
fn text(source: &str) -> String {
    let mut out = String::new();
    for c in markdown::plain(source).chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '!' | '#' => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    out
}

/// Text for a code span: without back-ticks and line ends.
fn code(source: &str) -> String {
    source.replace(['`', '\n', '|'], " ").replace('<', "‹")
}
