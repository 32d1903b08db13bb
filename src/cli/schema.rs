//! `claimcheck schema`.

use super::{Exit, print};
use crate::claim::{claim_schema, paper_schema};

/// Prints the JSON schema of claim files, for editors
#[derive(clap::Args)]
pub struct Args {
    /// The schema of `paper.yaml` instead.
    #[arg(long)]
    paper: bool,
}

/// Runs it.
pub fn run(args: &Args) -> anyhow::Result<Exit> {
    let schema = if args.paper { paper_schema() } else { claim_schema() };
    print(&format!("{}\n", serde_json::to_string_pretty(schema)?))?;
    Ok(Exit::Ok)
}
