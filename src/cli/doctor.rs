//! `claimcheck doctor`.

use std::fmt::Write;

use super::{Exit, Global, print, suite};
use crate::claim::Severity;
use crate::run::host;

/// Says what was found on this machine, what is missing, and how to mend it
#[derive(clap::Args)]
pub struct Args {}

/// Runs it.
pub fn run(global: &Global, _args: &Args) -> anyhow::Result<Exit> {
    let mut text = String::new();
    writeln!(text, "claimcheck   {} ({})", env!("CARGO_PKG_VERSION"), env!("CLAIMCHECK_COMMIT"))?;
    writeln!(text, "system       {}", host::os())?;
    writeln!(text, "processor    {}", host::cpu())?;
    writeln!(text, "instructions {}", host::isa())?;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    writeln!(text, "cores        {cores}")?;
    writeln!(text, "libtorch     not built in (training claims that need it say so)")?;
    for line in crate::data::doctor() {
        writeln!(text, "{line}")?;
    }
    let (suite, problems) = suite::check(global);
    let errors = problems.iter().filter(|problem| problem.severity == Severity::Error).count();
    writeln!(
        text,
        "claims       {} in {}, {} papers, {errors} errors",
        suite.claims.len(),
        global.claims.display(),
        suite.papers.len()
    )?;
    print(&text)?;
    Ok(Exit::Ok)
}
