//! `claimcheck graph`.

use std::fmt::Write;

use super::{Exit, Global, print, suite};
use crate::claim::Suite;

/// Prints which claim leans on which
#[derive(clap::Args)]
pub struct Args {
    /// Only this claim and what it leans on.
    id: Option<String>,
    /// How to print.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// An indented tree.
    Text,
    /// Graphviz.
    Dot,
    /// Mermaid, for Markdown.
    Mermaid,
}

/// Runs it.
pub fn run(global: &Global, args: &Args) -> anyhow::Result<Exit> {
    let suite = match suite::load(global) {
        Ok(suite) => suite,
        Err(exit) => return Ok(exit),
    };
    let mut ids: Vec<&str> = suite.ids().collect();
    if let Some(id) = &args.id {
        if suite.claim(id).is_none() {
            tell!("error: there is no claim `{id}`");
            return Ok(Exit::Nothing);
        }
        let edges = suite.claims.iter().map(|l| (l.claim.id.as_str(), l.claim.uses.as_slice()));
        let ancestors = crate::claim::Graph::new(edges).ancestors(id);
        ids.retain(|other| other == id || ancestors.iter().any(|ancestor| ancestor == other));
    }
    let text = match args.format {
        Format::Text => tree(&suite, &ids)?,
        Format::Dot => dot(&suite, &ids)?,
        Format::Mermaid => mermaid(&suite, &ids)?,
    };
    print(&text)?;
    Ok(Exit::Ok)
}

fn uses<'a>(suite: &'a Suite, id: &str) -> &'a [String] {
    suite.claim(id).map_or(&[], |loaded| &loaded.claim.uses)
}

fn tree(suite: &Suite, ids: &[&str]) -> Result<String, std::fmt::Error> {
    let mut text = String::new();
    for id in ids {
        writeln!(text, "{id}")?;
        for used in uses(suite, id) {
            writeln!(text, "  uses {used}")?;
        }
    }
    Ok(text)
}

fn dot(suite: &Suite, ids: &[&str]) -> Result<String, std::fmt::Error> {
    let mut text = String::from("digraph claims {\n  rankdir=LR;\n");
    for id in ids {
        writeln!(text, "  {id:?};")?;
        for used in uses(suite, id) {
            writeln!(text, "  {id:?} -> {used:?};")?;
        }
    }
    text += "}\n";
    Ok(text)
}

fn mermaid(suite: &Suite, ids: &[&str]) -> Result<String, std::fmt::Error> {
    let mut text = String::from("graph LR\n");
    let node = |id: &str| id.replace(['/', '.'], "_");
    for id in ids {
        writeln!(text, "  {}[\"{id}\"]", node(id))?;
        for used in uses(suite, id) {
            writeln!(text, "  {} --> {}", node(id), node(used))?;
        }
    }
    Ok(text)
}
