//! What changed between two runs: each run leaves a compact record, and two records are compared.
//!
//! ```text
//! results.json    has the record of the run shown
//! previous.json   verdicts, quantities and times of the run before it in this folder
//! history.jsonl   one line a run: when, what, how many of each verdict
//! ```

mod compare;
mod record;

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

pub use compare::{Changes, Moved, Times, VerdictChange, compare};
pub use record::{ClaimMark, QuantityMark, Record, RunMark, read};

use super::files::Folder;
use crate::results::Results;

/// Runs kept in `history.jsonl`.
const KEPT: usize = 100;
const PREVIOUS: &str = "previous.json";
const HISTORY: &str = "history.jsonl";

/// A run in one line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// The run.
    pub run: RunMark,
    /// Claims by verdict.
    pub verdicts: BTreeMap<String, usize>,
    /// Claims that are not as their files expect.
    pub unexpected: usize,
}

/// What a report compares itself with.
#[derive(Debug, Default)]
pub struct Past {
    /// Changes since the run before in the same folder.
    pub last: Option<Changes>,
    /// Changes since a reference run that was named.
    pub reference: Option<Changes>,
    /// Runs in this folder, oldest first, this one included.
    pub runs: Vec<Line>,
}

/// Reads what the folder remembers, before this run's results take the place of the last one's, compares, and keeps
/// the last one's record. Rendering the same run again changes nothing. What cannot be read counts as never written: a
/// report must not fail over its past.
///
/// # Errors
/// If a file can't be written.
pub fn keep(
    results: &Results,
    out: &Path,
    folder: &mut Folder,
    reference: Option<&Record>,
) -> anyhow::Result<Past> {
    let own = Record::of(results);
    let there = read(out).ok();
    let previous = match there {
        Some(record) if record.run.started != own.run.started => Some(record),
        _ => read(&out.join(PREVIOUS)).ok(),
    };
    if let Some(previous) = &previous {
        folder.write(PREVIOUS, serde_json::to_string(previous)? + "\n")?;
    }
    let runs = lines(out, &own);
    let text: Result<Vec<String>, _> = runs.iter().map(serde_json::to_string).collect();
    folder.write(HISTORY, text?.join("\n") + "\n")?;
    Ok(Past {
        last: previous.map(|previous| compare(&previous, &own)),
        reference: reference.map(|reference| compare(reference, &own)),
        runs,
    })
}

/// The folder's history with this run as its last line.
fn lines(out: &Path, own: &Record) -> Vec<Line> {
    let text = std::fs::read_to_string(out.join(HISTORY)).unwrap_or_default();
    let old = text.lines().filter_map(|line| serde_json::from_str::<Line>(line).ok());
    let mut runs: Vec<Line> = old.filter(|line| line.run.started != own.run.started).collect();
    let mut verdicts = BTreeMap::new();
    for claim in &own.claims {
        *verdicts.entry(claim.verdict.name().to_string()).or_default() += 1;
    }
    let unexpected = own.claims.iter().filter(|claim| !claim.as_expected).count();
    runs.push(Line { run: own.run.clone(), verdicts, unexpected });
    runs.drain(..runs.len().saturating_sub(KEPT));
    runs
}
