//! `unrenderable-latex`: readers see mathematics, not its source.

use super::at;
use crate::claim::{Diagnostic, Loaded, Severity, Step, Suite};
use crate::lint::{Lint, Pass};

/// The lint.
pub const LINT: Lint = Lint {
    name: "unrenderable-latex",
    summary: "the LaTeX in titles, statements and notes can be rendered",
    docs: "The report renders `$…$` to MathML with no network and no scripts. A command that the renderer does not know would \
        be shown as an error; write it with commands it knows (`\\mathrm{…}` in place of `\\operatorname{…}`).",
    check: Pass::Files(check),
};

fn check(suite: &Suite) -> Vec<Diagnostic> {
    let mut found: Vec<Diagnostic> =
        suite.claims.iter().flat_map(|loaded| broken(suite, loaded)).collect();
    for loaded in suite.papers.values() {
        let paper = &loaded.paper;
        let texts = std::iter::once(&paper.about)
            .chain(paper.notation.iter().flat_map(|(symbol, text)| [symbol, text]));
        for text in texts {
            if let Some(message) = fault(suite, text) {
                let at = loaded.text.find(text.lines().next().unwrap_or(text)).unwrap_or(0);
                let error = Severity::Error;
                found.push(Diagnostic::new(
                    LINT.name,
                    error,
                    &loaded.file,
                    &loaded.text,
                    at..at + 1,
                    message,
                    "",
                ));
            }
        }
    }
    found
}

/// What the renderer can't show, links to claims that do not exist included.
fn fault(suite: &Suite, text: &str) -> Option<String> {
    let resolve = |id: &str| suite.claim(id).map(|_| String::new());
    crate::markup::markdown_to_html(text, &resolve).err()
}

fn broken(suite: &Suite, loaded: &Loaded) -> Vec<Diagnostic> {
    let claim = &loaded.claim;
    let mut texts: Vec<(Vec<Step>, &str)> =
        vec![(at!["title"], &claim.title), (at!["statement"], &claim.statement)];
    texts.extend(claim.notes.iter().map(|notes| (at!["notes"], notes.as_str())));
    texts.extend(claim.erratum.iter().map(|erratum| (at!["erratum", "why"], erratum.why.as_str())));
    for (index, check) in claim.checks.iter().enumerate() {
        for (plot, spec) in check.plots.iter().enumerate() {
            texts.push((at!["checks", index, "plots", plot, "title"], &spec.title));
            texts.push((at!["checks", index, "plots", plot, "caption"], &spec.caption));
        }
        for (gallery, spec) in check.pictures.iter().enumerate() {
            let base = at!["checks", index, "pictures", gallery];
            let at = |rest: Vec<Step>| base.iter().cloned().chain(rest).collect::<Vec<_>>();
            texts.push((at(at!["title"]), &spec.title));
            texts.push((at(at!["caption"]), &spec.caption));
            for (row, it) in spec.rows.iter().enumerate() {
                texts.push((at(at!["rows", row, "name"]), &it.name));
            }
        }
    }
    texts
        .into_iter()
        .filter_map(|(path, text)| {
            let message = fault(suite, text)?;
            Some(loaded.report(
                LINT.name,
                Severity::Error,
                &path,
                message,
                "see `claimcheck explain unrenderable-latex`",
            ))
        })
        .collect()
}
