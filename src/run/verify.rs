//! `verify`, without a command line: suite in, results out.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::host;
use super::journal::{self, Entry, Journal, Memory};
use super::judge::judge;
use super::lock::Lock;
use super::plan::{Plan, Settings};
use super::progress::Progress;
use super::schedule::{self, Answers};
use super::select::{self, Selection};
use crate::claim::{Profile, Suite};
use crate::results::{ClaimResult, PaperInfo, Results, RunInfo, SCHEMA};

/// What to run and how.
#[derive(Clone, Debug)]
pub struct Request {
    /// What was asked for.
    pub selection: Selection,
    /// Profile, seed, budget.
    pub settings: Settings,
    /// Output folder; holds the journal.
    pub out: PathBuf,
    /// Worker threads.
    pub threads: usize,
    /// Measure everything anew.
    pub fresh: bool,
    /// Other output folders whose journals are read too.
    pub merge: Vec<PathBuf>,
    /// Measure nothing: everything must be in the journals.
    pub merge_only: bool,
    /// Only the measurements with these keys.
    pub part: Option<BTreeSet<String>>,
    /// What the person typed.
    pub command: String,
}

/// What a run's folder remembers of how it was started, for `--resume` and `--merge`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Started {
    /// What was asked for.
    pub selection: Selection,
    /// Profile.
    pub profile: Profile,
    /// Suite seed.
    pub seed: u64,
}

/// Name of the file that holds [`Started`].
pub const STARTED: &str = "run.json";

/// A finished or interrupted run.
pub struct Outcome {
    /// Everything found.
    pub results: Results,
    /// Whether the person stopped it.
    pub interrupted: bool,
    /// Things worth telling (dropped journal lines, a full disk).
    pub warnings: Vec<String>,
    /// Whether every measurement is in the journal.
    pub kept: bool,
    /// Nobody else writes to the output folder while this is held: drop it after the report.
    pub lock: Lock,
}

/// Why nothing was run.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The selection names nothing.
    #[error("{0}")]
    Selection(String),
    /// The selection is empty.
    #[error("no claim is selected")]
    Nothing,
    /// A folder or file can't be used.
    #[error("{place}: {message}")]
    Files {
        /// Which.
        place: PathBuf,
        /// Why, with a hint.
        message: String,
    },
    /// A part that is none of this suite's.
    #[error(
        "{unknown} of the part's {total} measurements are not in this plan: it was made for other claim files, settings or another version"
    )]
    Part {
        /// Measurements not in the plan.
        unknown: usize,
        /// All measurements of the part.
        total: usize,
    },
    /// Shards are missing.
    #[error(
        "{missing} of {total} measurements are in none of the folders; a shard is missing or was run with other settings or another version"
    )]
    Incomplete {
        /// Measurements not found.
        missing: usize,
        /// All measurements.
        total: usize,
    },
}

/// Runs a request.
///
/// # Errors
/// Nothing selected, or the output folder can't be used. What goes wrong in a claim is its verdict.
pub fn verify(
    suite: &Suite,
    request: &Request,
    progress: &Progress,
    cancel: &AtomicBool,
) -> Result<Outcome, VerifyError> {
    let start = Instant::now();
    let started = host::now();
    let plan = Plan::new(suite, request.settings);
    let wanted = request.selection.wanted(suite).map_err(VerifyError::Selection)?;
    let selected = match request.selection.shard {
        None => select::with_targets(suite, &plan, wanted),
        Some(_) => request.selection.sharded(&plan, &wanted),
    };
    if !selected.iter().any(|&chosen| chosen) && request.selection.shard.is_none() {
        return Err(VerifyError::Nothing);
    }
    let (lock, mut memory, mut journal) = open(request)?;
    if !request.merge_only {
        memory.forget_unavailable();
    }
    let mut warnings: Vec<String> = memory
        .dropped
        .iter()
        .map(|line| format!("a damaged measurement is taken anew: {line}"))
        .collect();
    let mut jobs = schedule::jobs(&plan, &selected);
    for job in &mut jobs {
        job.place = named_place(suite, &job.place, request.settings.profile);
    }
    if let Some(part) = &request.part {
        keep_part(&mut jobs, part)?;
    }
    let total = jobs.len();
    if request.merge_only {
        let missing = jobs.iter().filter(|job| memory.get(&job.key).is_none()).count();
        if missing > 0 {
            return Err(VerifyError::Incomplete { missing, total });
        }
    }
    let done = in_pool(request.threads, || {
        let none = Memory::default();
        let known = if request.fresh { &none } else { &memory };
        schedule::run(&jobs, known, &mut journal, progress, cancel)
    });
    if let Some(error) = &done.journal_error {
        warnings.push(format!("measurements could not be kept for a later run: {error}"));
    }
    // A part decides nothing: its claims' other measurements are elsewhere.
    let claims = match request.part {
        Some(_) => Vec::new(),
        None => judge_all(suite, &plan, &selected, &done.answers),
    };
    let info = RunInfo {
        profile: request.settings.profile.name().into(),
        seed: request.settings.seed,
        commit: env!("CLAIMCHECK_COMMIT").into(),
        version: env!("CARGO_PKG_VERSION").into(),
        threads: request.threads,
        cpu: host::cpu(),
        isa: host::isa(),
        os: host::os(),
        libtorch: None,
        started,
        seconds: start.elapsed().as_secs_f64(),
        budget: request.settings.budget,
        alpha: plan.alpha,
        intervals: plan.intervals,
        reused: done.reused,
        measurements: total,
        partial: partial(request, done.cancelled, done.answers.len(), total),
        command: request.command.clone(),
    };
    let kept = done.journal_error.is_none();
    finish_journal(journal, memory, &jobs, &done, request, &mut warnings);
    let results = Results { schema: SCHEMA, run: info, papers: papers(suite, &claims), claims };
    Ok(Outcome { results, interrupted: done.cancelled, warnings, kept, lock })
}

/// Leaves only the jobs of a part, all of which must be there.
fn keep_part(
    jobs: &mut Vec<schedule::Job<'_>>,
    part: &BTreeSet<String>,
) -> Result<(), VerifyError> {
    jobs.retain(|job| part.contains(&job.key));
    match part.len() - jobs.len() {
        0 => Ok(()),
        unknown => Err(VerifyError::Part { unknown, total: part.len() }),
    }
}

fn open(request: &Request) -> Result<(Lock, Memory, Journal), VerifyError> {
    let files = |place: &Path| {
        let place = place.to_path_buf();
        move |error: std::io::Error| VerifyError::Files { place, message: error.to_string() }
    };
    std::fs::create_dir_all(&request.out).map_err(files(&request.out))?;
    let lock = Lock::take(&request.out).map_err(files(&request.out))?;
    super::lock::sweep(&request.out);
    let path = request.out.join(journal::FILE);
    let journal = Journal::open(&path).map_err(files(&path))?;
    let mut memory = Memory::read(&path).map_err(|error| {
        let message = format!("{error}; remove the file to begin anew");
        VerifyError::Files { place: path.clone(), message }
    })?;
    for folder in &request.merge {
        let other = folder.join(journal::FILE);
        if !other.exists() {
            let message = "there is no journal in this folder".to_string();
            return Err(VerifyError::Files { place: other, message });
        }
        memory.add(&other).map_err(files(&other))?;
    }
    let settings = request.settings;
    let started = Started {
        selection: request.selection.clone(),
        profile: settings.profile,
        seed: settings.seed,
    };
    let text = serde_json::to_string_pretty(&started).unwrap_or_default();
    let place = request.out.join(STARTED);
    write_whole(&place, &text).map_err(files(&place))?;
    Ok((lock, memory, journal))
}

/// Writes beside and renames: a run that is killed here leaves the old file, never half of the new one.
fn write_whole(place: &Path, text: &str) -> std::io::Result<()> {
    let beside = place.with_extension("json.new");
    std::fs::write(&beside, text)?;
    std::fs::rename(&beside, place)
}

/// `3.0.2` (claim, arm, cell) as `arpit2019/lemma-2#0.2`, with the profile: runs of several profiles
/// may share a folder.
fn named_place(suite: &Suite, place: &str, profile: Profile) -> String {
    let (claim, rest) = place.split_once('.').unwrap_or((place, ""));
    let id = claim.parse::<usize>().ok().and_then(|index| suite.claims.get(index));
    id.map_or_else(|| place.to_string(), |loaded| place_name(&loaded.claim.id, rest, profile))
}

/// The name under which the journal knows a claim's measurement.
pub fn place_name(id: &str, rest: &str, profile: Profile) -> String {
    format!("{id}#{rest} {}", profile.name())
}

fn in_pool<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> T {
    match rayon::ThreadPoolBuilder::new().num_threads(threads).build() {
        Ok(pool) => pool.install(work),
        // The system refuses more threads: the caller's own still does the work, with the same bytes.
        Err(_) => work(),
    }
}

/// Judges the selected claims: those that speak of other claims after these.
fn judge_all(suite: &Suite, plan: &Plan, selected: &[bool], answers: &Answers) -> Vec<ClaimResult> {
    let mut known: HashMap<String, ClaimResult> = HashMap::new();
    let mut open: Vec<usize> = (0..selected.len()).filter(|&index| selected[index]).collect();
    while !open.is_empty() {
        let waits = |index: usize| {
            let targets = select::all_of_targets(plan, index);
            let unknown = |id: &String| !known.contains_key(id) && suite.claim(id).is_some();
            let mut waiting = targets.iter().filter(|id| unknown(id));
            waiting.any(|id| open.iter().any(|&other| suite.claims[other].claim.id == *id))
        };
        let (later, ready): (Vec<usize>, Vec<usize>) =
            open.iter().partition(|&&index| waits(index));
        // Claims that speak of one another in a circle are judged with what is known (a lint names them).
        let (ready, later) = if ready.is_empty() { (later, Vec::new()) } else { (ready, later) };
        let judged: Vec<ClaimResult> = ready
            .par_iter()
            .map(|&index| judge(&suite.claims[index], &plan.claims[index], answers, &known))
            .collect();
        known.extend(judged.into_iter().map(|claim| (claim.id.clone(), claim)));
        open = later;
    }
    suite.ids().filter_map(|id| known.remove(id)).collect()
}

fn partial(request: &Request, cancelled: bool, found: usize, total: usize) -> Option<String> {
    let shard = request.selection.shard.map(|(shard, of)| format!("shard {shard} of {of}"));
    let stopped = cancelled.then(|| format!("stopped after {found} of {total} measurements"));
    let parts: Vec<String> = shard.into_iter().chain(stopped).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// Keeps what this run used and what other claims may use; drops what was replaced.
fn finish_journal(
    journal: Journal,
    memory: Memory,
    jobs: &[schedule::Job<'_>],
    done: &schedule::Done,
    request: &Request,
    warnings: &mut Vec<String>,
) {
    let places: std::collections::HashSet<&str> =
        jobs.iter().map(|job| job.place.as_str()).collect();
    let entries = memory.into_entries();
    let known: HashMap<String, u64> =
        entries.iter().filter_map(|entry| Some((entry.key.clone(), entry.memory?))).collect();
    let mut entries: Vec<Entry> = entries
        .into_iter()
        .filter(|entry| !places.contains(entry.place.as_str()) || done.cancelled)
        .collect();
    let stale = entries.len();
    entries.extend(jobs.iter().filter_map(|job| {
        Some(Entry {
            key: job.key.clone(),
            place: job.place.clone(),
            parts: job.parts.clone(),
            answers: done.answers.get(&job.key)?.clone(),
            memory: done.memory.get(&job.key).or_else(|| known.get(&job.key)).copied(),
        })
    }));
    let unchanged =
        done.reused == jobs.len() && !request.fresh && request.merge.is_empty() && stale == 0;
    if unchanged || done.journal_error.is_some() {
        return;
    }
    if let Err(error) = journal.compact(&entries) {
        warnings.push(format!("the journal could not be tidied: {error}"));
    }
}

fn papers(suite: &Suite, claims: &[ClaimResult]) -> Vec<PaperInfo> {
    let mut ids: Vec<&str> = claims.iter().map(|claim| claim.paper.as_str()).collect();
    ids.dedup();
    ids.iter()
        .map(|id| match suite.papers.get(*id) {
            Some(loaded) => {
                let paper = &loaded.paper;
                PaperInfo {
                    id: paper.id.clone(),
                    title: paper.title.clone(),
                    authors: paper.authors.clone(),
                    year: paper.year,
                    arxiv: paper.arxiv.clone(),
                    about: paper.about.clone(),
                    notation: paper.notation.clone(),
                }
            }
            None => PaperInfo {
                id: id.to_string(),
                title: id.to_string(),
                authors: Vec::new(),
                year: 0,
                arxiv: None,
                about: String::new(),
                notation: Vec::new(),
            },
        })
        .collect()
}
