//! The claims that a command is about: the same arguments, and the same words when they name nothing.

use super::Exit;
use crate::claim::Suite;
use crate::run::Selection;

/// Which claims.
#[derive(clap::Args)]
pub struct Choice {
    /// Ids or globs (`arpit2019/lemma-*`); all claims if none.
    patterns: Vec<String>,
    /// Only these papers.
    #[arg(long, value_name = "ID")]
    paper: Vec<String>,
    /// Only these kinds (`lemma`, `figure`, …).
    #[arg(long)]
    kind: Vec<String>,
}

impl Choice {
    /// As a run asks for it, whole.
    pub fn selection(&self) -> Selection {
        Selection {
            patterns: self.patterns.clone(),
            papers: self.paper.clone(),
            kinds: self.kind.clone(),
            shard: None,
        }
    }
}

/// Which of the suite's claims are selected, at least one. Says what is wrong otherwise.
pub fn wanted(suite: &Suite, selection: &Selection) -> Result<Vec<bool>, Exit> {
    match selection.wanted(suite) {
        Ok(wanted) if wanted.contains(&true) => Ok(wanted),
        Ok(_) => Err(nothing("no claim is selected")),
        Err(message) => Err(nothing(&message)),
    }
}

fn nothing(message: &str) -> Exit {
    tell!("error: {message}");
    Exit::Nothing
}
