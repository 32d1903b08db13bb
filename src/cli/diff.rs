//! `claimcheck diff`.

use std::fmt::Write as _;
use std::path::PathBuf;

use super::{Exit, Global, print};
use crate::markup::number;
use crate::report::history::{self, Changes, Moved, QuantityMark, RunMark};

/// Says what changed from one run to another
///
/// Compares verdicts, reported quantities (named if the two intervals exclude each other) and times. Exits with
/// 0 if no verdict, claim or quantity differs, with 1 if one does, with 2 if a run can't be read.
#[derive(clap::Args)]
pub struct Args {
    /// The earlier run: a report's folder, its results.json, or a record.
    before: PathBuf,
    /// The later run.
    after: PathBuf,
    /// How to print.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// Runs it.
pub fn run(_: &Global, args: &Args) -> anyhow::Result<Exit> {
    let runs = history::read(&args.before).and_then(|a| Ok((a, history::read(&args.after)?)));
    let (before, after) = match runs {
        Ok(runs) => runs,
        Err(error) => {
            tell!("error: {error:#}; name a report's folder, its results.json, or a record");
            return Ok(Exit::Usage);
        }
    };
    let changes = history::compare(&before, &after);
    match args.format {
        Format::Text => print(&text(&changes)?)?,
        Format::Json => print(&(serde_json::to_string_pretty(&changes)? + "\n"))?,
    }
    Ok(if changes.is_quiet() { Exit::Ok } else { Exit::Surprise })
}

fn text(changes: &Changes) -> Result<String, std::fmt::Error> {
    let mut out = String::new();
    writeln!(out, "before: {}\nafter:  {}", mark(&changes.before), mark(&changes.after))?;
    for change in &changes.verdicts {
        let why = if change.restated { "  (what was tested changed too)" } else { "" };
        let (before, after) = (change.before.name(), change.after.name());
        writeln!(out, "verdict  {}: {before} → {after}{why}", change.id)?;
    }
    for Moved { id, before, after } in &changes.moved {
        let at = if after.at.is_empty() { String::new() } else { format!(" at {}", after.at) };
        writeln!(out, "moved    {id} {}{at}: {} → {}", after.name, value(before), value(after))?;
    }
    for id in &changes.fresh {
        writeln!(out, "new      {id}")?;
    }
    for id in &changes.gone {
        writeln!(out, "gone     {id}")?;
    }
    for times in &changes.times {
        let (before, after) = (number::duration(times.before), number::duration(times.after));
        writeln!(out, "time     {}: {before} → {after}", times.id)?;
    }
    if !changes.restated.is_empty() {
        writeln!(
            out,
            "{} with the same verdict on another statement, grid or profile",
            super::suite::count(changes.restated.len(), "claim")
        )?;
    }
    let common = super::suite::count(changes.common, "claim");
    writeln!(out, "{}, over {common} that both runs have", changes.sentence())?;
    Ok(out)
}

fn mark(run: &RunMark) -> String {
    format!("{}, profile {}, seed {}, commit {}", run.started, run.profile, run.seed, run.commit)
}

fn value(quantity: &QuantityMark) -> String {
    let interval = number::interval(quantity.value, quantity.lo, quantity.hi);
    format!("{} {interval}", number::maybe(quantity.value)).trim_end().to_string()
}
