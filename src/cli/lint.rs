//! `claimcheck lint`.

use super::{Exit, Global, print, suite};
use crate::claim::Severity;

/// Checks the claim files without running them
#[derive(clap::Args)]
pub struct Args {
    /// How to print: for people, or for tools.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Warnings are errors.
    #[arg(long)]
    deny_warnings: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Text,
    Json,
}

/// Runs it.
pub fn run(global: &Global, args: &Args) -> anyhow::Result<Exit> {
    let (suite, problems) = suite::check(global);
    let errors = problems.iter().filter(|problem| problem.severity == Severity::Error).count();
    let warnings = problems.len() - errors;
    match args.format {
        Format::Json => print(&format!("{}\n", serde_json::to_string_pretty(&problems)?))?,
        Format::Text => {
            suite::show(&suite, &problems, global.colour);
            tell!(
                "{} checked: {}, {}",
                suite::count(suite.claims.len(), "claim"),
                suite::count(errors, "error"),
                suite::count(warnings, "warning")
            );
        }
    }
    let failed = errors > 0 || (args.deny_warnings && warnings > 0);
    Ok(if failed { Exit::Usage } else { Exit::Ok })
}
