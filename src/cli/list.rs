//! `claimcheck list`.

use serde_json::json;

use super::choice::{self, Choice};
use super::{Exit, Global, print, suite};
use crate::claim::Loaded;

/// Lists claims
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    choice: Choice,
    /// How to print.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Text,
    Json,
}

/// Runs it.
pub fn run(global: &Global, args: &Args) -> anyhow::Result<Exit> {
    let suite = match suite::load(global) {
        Ok(suite) => suite,
        Err(exit) => return Ok(exit),
    };
    let wanted = match choice::wanted(&suite, &args.choice.selection()) {
        Ok(wanted) => wanted,
        Err(exit) => return Ok(exit),
    };
    let chosen: Vec<&Loaded> = suite
        .claims
        .iter()
        .zip(wanted)
        .filter(|(_, wanted)| *wanted)
        .map(|(claim, _)| claim)
        .collect();
    let text = match args.format {
        Format::Json => {
            let list: Vec<_> = chosen.iter().map(|loaded| describe(loaded)).collect();
            format!("{}\n", serde_json::to_string_pretty(&list)?)
        }
        Format::Text => {
            let width = chosen.iter().map(|loaded| loaded.claim.id.len()).max().unwrap_or(0);
            chosen
                .iter()
                .map(|l| {
                    format!(
                        "{:width$}  {:8}  {}\n",
                        l.claim.id,
                        l.claim.expect.verdict().name(),
                        l.claim.title
                    )
                })
                .collect()
        }
    };
    print(&text)?;
    Ok(Exit::Ok)
}

fn describe(loaded: &Loaded) -> serde_json::Value {
    let claim = &loaded.claim;
    json!({
        "id": claim.id,
        "paper": claim.id.split('/').next(),
        "kind": claim.kind.name(),
        "title": claim.title,
        "expect": claim.expect.verdict().name(),
        "file": loaded.file,
        "uses": claim.uses,
        "tags": claim.tags,
        "quantities": claim.checks.iter().flat_map(|c| &c.report).map(|(name, _)| name).collect::<Vec<_>>(),
    })
}
