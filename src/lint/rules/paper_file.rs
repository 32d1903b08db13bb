//! `paper-file`: every folder of claims has a `paper.yaml` that fits it.

use std::collections::BTreeSet;

use super::at;
use crate::claim::{Diagnostic, Severity, Suite, nearest};
use crate::lint::{Lint, Pass};

/// The lint.
pub const LINT: Lint = Lint {
    name: "paper-file",
    summary: "every folder of claims has a `paper.yaml` with its id and the claims' order",
    docs: "The report shows title, authors and notation from `paper.yaml`. Its `id` is the folder's name; `order` names \
        claims of the folder by their slugs.",
    check: Pass::Files(check),
};

fn check(suite: &Suite) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut told = BTreeSet::new();
    for loaded in &suite.claims {
        let paper = loaded.claim.id.split('/').next().unwrap_or_default();
        if !suite.papers.contains_key(paper) && told.insert(paper) {
            let message = format!("there is no paper.yaml for `{paper}`");
            let hint = format!(
                "write {}/{paper}/paper.yaml with id, title, authors, year, about",
                suite.root.display()
            );
            found.push(loaded.report(LINT.name, Severity::Error, &at!["id"], message, hint));
        }
    }
    for (folder, loaded) in &suite.papers {
        let mut problem = |message: String, hint: String| {
            let error = Severity::Error;
            found.push(Diagnostic::new(
                LINT.name,
                error,
                &loaded.file,
                &loaded.text,
                0..1,
                message,
                hint,
            ));
        };
        if loaded.paper.id != *folder {
            let message = format!("the paper's id `{}` is not its folder's name", loaded.paper.id);
            problem(message, format!("write `id: {folder}`"));
        }
        let slugs: Vec<&str> = suite
            .ids()
            .filter_map(|id| id.strip_prefix(folder.as_str())?.strip_prefix('/'))
            .collect();
        for slug in &loaded.paper.order {
            if !slugs.contains(&slug.as_str()) {
                let hint = nearest(slug, slugs.iter().copied())
                    .map(|near| format!("did you mean `{near}`?"));
                problem(
                    format!("`order` names `{slug}`, which has no file"),
                    hint.unwrap_or_default(),
                );
            }
        }
    }
    found
}
