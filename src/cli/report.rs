//! `claimcheck report`.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use anyhow::Context;

use super::verify::finish;
use super::{Exit, Global, print, suite};
use crate::claim::Suite;
use crate::report::history::{self, Record};
use crate::run::lock::Lock;
use crate::run::progress::Progress;
use crate::run::verify::{Request, STARTED, Started};
use crate::run::{Settings, VerifyError, verify};
use crate::stats::budget;

/// Renders a report again, or joins shards into one
#[derive(clap::Args)]
pub struct Args {
    /// Folder of the report.
    #[arg(long, default_value = "reports/latest", value_name = "FOLDER")]
    out: PathBuf,
    /// Folders of the shards to join into `--out`.
    #[arg(long, num_args = 1.., value_name = "FOLDER")]
    merge: Vec<PathBuf>,
    /// Exit with 3 if anything is inconclusive, skipped or vacuous that the files do not expect so.
    #[arg(long)]
    strict: bool,
    /// A run to compare with: a report's folder or a record; `reports/reference/<profile>.json` if that is there.
    #[arg(long, value_name = "FILE")]
    reference: Option<PathBuf>,
    /// Keep a record of this run in a file, as a reference for later ones.
    #[arg(long, value_name = "FILE", conflicts_with = "merge")]
    record: Option<PathBuf>,
}

/// Folder of the committed reference runs, one a profile: sizes differ between profiles, and with them the numbers.
const REFERENCES: &str = "reports/reference";

/// The run to compare with, if there is one. One that can't be read is told and left out: a report
/// must not fail over its past.
pub fn reference(named: Option<&Path>, profile: &str) -> Option<Record> {
    let own = Path::new(REFERENCES).join(format!("{profile}.json"));
    let path = named.unwrap_or(&own);
    if named.is_none() && !path.exists() {
        return None;
    }
    match history::read(path) {
        Ok(record) => Some(record),
        Err(error) => {
            tell!("warning: the reference run is left out: {error:#}");
            None
        }
    }
}

/// Runs it.
pub fn run(global: &Global, args: &Args) -> anyhow::Result<Exit> {
    if !args.merge.is_empty() {
        return merge(global, args);
    }
    let results = match crate::report::read(&args.out) {
        Ok(results) => results,
        Err(error) => {
            let place = args.out.display();
            tell!(
                "error: can't read a report in {place}: {error:#}; `claimcheck verify` writes one"
            );
            return Ok(Exit::Usage);
        }
    };
    let _lock = Lock::take(&args.out).with_context(|| args.out.display().to_string())?;
    let reference = reference(args.reference.as_deref(), &results.run.profile);
    crate::report::write_against(&results, &args.out, reference.as_ref())?;
    if let Some(file) = &args.record {
        let record = serde_json::to_string(&Record::of(&results))? + "\n";
        std::fs::write(file, record).with_context(|| format!("can't write {}", file.display()))?;
    }
    print(&crate::report::terminal_summary(&results, &args.out))?;
    Ok(Exit::Ok)
}

/// Joins shards: everything must be in their journals, nothing is measured.
fn merge(global: &Global, args: &Args) -> anyhow::Result<Exit> {
    let suite = match suite::load(global) {
        Ok(suite) => suite,
        Err(exit) => return Ok(exit),
    };
    join(&suite, &args.merge, &args.out, args.strict, args.reference.as_deref())
}

/// Joins the folders of a cluster's tasks.
pub fn merge_folders(suite: &Suite, folders: &[PathBuf], out: &Path) -> anyhow::Result<Exit> {
    join(suite, folders, out, false, None)
}

fn join(
    suite: &Suite,
    folders: &[PathBuf],
    out: &Path,
    strict: bool,
    reference: Option<&Path>,
) -> anyhow::Result<Exit> {
    let mut started: Option<Started> = None;
    for folder in folders {
        let place = folder.join(STARTED);
        let mut found = match read_started(&place) {
            Ok(found) => found,
            Err(error) => {
                tell!("error: {} is no folder of a run: {error:#}", folder.display());
                return Ok(Exit::Usage);
            }
        };
        found.selection.shard = None;
        match &started {
            Some(first) if *first != found => {
                tell!("error: {} was run with other claims, profile or seed", folder.display());
                return Ok(Exit::Usage);
            }
            _ => started = Some(found),
        }
    }
    let Some(started) = started else {
        tell!("error: there is nothing to join yet");
        return Ok(Exit::Partial);
    };
    let request = Request {
        selection: started.selection,
        settings: Settings {
            profile: started.profile,
            seed: started.seed,
            budget: budget::DEFAULT_TOTAL,
        },
        out: out.to_path_buf(),
        threads: 1,
        fresh: false,
        merge: folders.to_vec(),
        merge_only: true,
        part: None,
        command: super::command_line(),
    };
    let outcome = match verify(suite, &request, &Progress::new(true), &AtomicBool::new(false)) {
        Ok(outcome) => outcome,
        Err(error @ VerifyError::Incomplete { .. }) => {
            tell!("error: {error}");
            return Ok(Exit::Partial);
        }
        Err(error) => return Err(error.into()),
    };
    finish(&outcome, out, strict, reference)
}

fn read_started(place: &Path) -> anyhow::Result<Started> {
    let text = std::fs::read_to_string(place).with_context(|| place.display().to_string())?;
    serde_json::from_str(&text).with_context(|| place.display().to_string())
}
