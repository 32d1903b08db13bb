//! `claimcheck slurm`: a run as job arrays for a cluster.

mod round;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use serde::{Deserialize, Serialize};

use super::choice::{self, Choice};
use super::{Exit, Global, print, report, suite};
use crate::claim::{Profile, Suite};
use crate::measure::CellResult;
use crate::run::cost::{Model, named};
use crate::run::journal::{self, Entry, Journal, Memory};
use crate::run::lock::Lock;
use crate::run::parts::{Wishes, groups, units};
use crate::run::schedule::{Job, jobs};
use crate::run::select::with_targets;
use crate::run::verify::{STARTED, Started};
use crate::run::{Plan, Settings};
use crate::stats::budget;
use round::Round;

/// What the folder remembers of how it was made.
const STATE: &str = "slurm.json";

/// Writes a run as Slurm job arrays; finds and resubmits lost tasks; merges
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    choice: Choice,
    /// How much to spend.
    #[arg(long, value_enum, default_value_t = Profile::Paper)]
    profile: Profile,
    /// Suite seed.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Folder of the run, on a file system that all nodes share.
    #[arg(long, default_value = "reports/slurm", value_name = "FOLDER")]
    out: PathBuf,
    /// Folders of earlier runs: their measurements are not taken again, their times plan the tasks.
    #[arg(long, num_args = 1.., value_name = "FOLDER")]
    from: Vec<PathBuf>,
    /// Threads of a task.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..))]
    threads: u16,
    /// Tasks that each array has at least.
    #[arg(long, default_value_t = 1)]
    tasks: u16,
    /// Hours that a task should take.
    #[arg(long, default_value_t = 2.0, value_parser = positive)]
    hours: f64,
    /// Time asked for, as a multiple of the time expected.
    #[arg(long, default_value_t = 3.0, value_parser = positive)]
    time_factor: f64,
    /// Memory asked for, as a multiple of the memory expected.
    #[arg(long, default_value_t = 1.5, value_parser = positive)]
    memory_factor: f64,
    /// Lines that every script gets before it runs the program: `#SBATCH` lines (account, partition), modules.
    #[arg(long, value_name = "FILE")]
    header: Option<PathBuf>,
    /// Submit the scripts with `sbatch`.
    #[arg(long)]
    submit: bool,
    /// Look what is missing in `--out`, and write (with `--submit` submit) it again; tasks that are still queued
    /// or running are left alone.
    #[arg(long, conflicts_with_all = ["patterns", "paper", "kind", "profile", "seed", "header", "merge"])]
    resubmit: bool,
    /// Join the tasks' measurements into `<out>/report`; nothing is measured.
    #[arg(long, conflicts_with_all = ["patterns", "paper", "kind", "profile", "seed", "header", "submit"])]
    merge: bool,
}

fn positive(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(x) if x > 0.0 && x <= 1e4 => Ok(x),
        _ => Err("a number above 0, at most 10000".into()),
    }
}

/// [`STATE`].
#[derive(Serialize, Deserialize)]
struct State {
    started: Started,
    header: String,
    /// Times that something was written to be submitted.
    rounds: u32,
}

/// Runs it.
pub fn run(global: &Global, args: &Args) -> anyhow::Result<Exit> {
    let suite = match suite::load(global) {
        Ok(suite) => suite,
        Err(exit) => return Ok(exit),
    };
    if args.merge {
        return report::merge_folders(&suite, &work_folders(&args.out)?, &args.out.join("report"));
    }
    if args.resubmit && !args.out.join(STATE).is_file() {
        tell!("error: there is no run to resubmit in {}", args.out.display());
        return Ok(Exit::Usage);
    }
    std::fs::create_dir_all(args.out.join("work"))
        .with_context(|| args.out.display().to_string())?;
    let _lock = Lock::take(&args.out).with_context(|| args.out.display().to_string())?;
    let mut state = match state(args)? {
        Ok(state) => state,
        Err(message) => {
            tell!("error: {message}");
            return Ok(Exit::Usage);
        }
    };
    let remember = |state: &State| -> anyhow::Result<()> {
        Ok(std::fs::write(args.out.join(STATE), serde_json::to_string_pretty(state)?)?)
    };
    let settings = settings(&state.started);
    let plan = Plan::new(&suite, settings);
    let wanted = match choice::wanted(&suite, &state.started.selection) {
        Ok(wanted) => wanted,
        Err(exit) => return Ok(exit),
    };
    remember(&state)?;
    let all = jobs(&plan, &with_targets(&suite, &plan, wanted));
    let journals = journals(&args.from)?;
    keep_known(&suite, &all, &journals, &state.started, &args.out)?;
    let mut known = Memory::default();
    for folder in work_folders(&args.out)? {
        let place = folder.join(journal::FILE);
        known.add(&place).with_context(|| place.display().to_string())?;
    }
    known.forget_unavailable();
    let waiting = if args.resubmit { still_queued(&args.out)? } else { BTreeSet::new() };
    let total = all.len();
    let missing: Vec<Job<'_>> =
        all.into_iter().filter(|job| known.get(&job.key).is_none()).collect();
    let lost = missing.len();
    let open: Vec<Job<'_>> =
        missing.into_iter().filter(|job| !waiting.contains(&job.key)).collect();
    print(&format!(
        "{total} measurements: {} are there, {} queued or running, {} to submit\n",
        total - lost,
        lost - open.len(),
        open.len()
    ))?;
    if open.is_empty() {
        let next = match lost {
            0 => format!("join them with: claimcheck slurm --merge --out {}", args.out.display()),
            _ => "nothing is lost".into(),
        };
        print(&format!("{next}\n"))?;
        return Ok(Exit::Ok);
    }
    let recorded: Vec<&Memory> = journals.iter().chain([&known]).collect();
    let model = Model::fitted(&suite, &recorded, settings);
    let wishes = Wishes {
        threads: args.threads.into(),
        tasks: args.tasks.into(),
        hours: args.hours,
        time_factor: args.time_factor,
        memory_factor: args.memory_factor,
    };
    let groups = groups(&units(&open, &model), &wishes);
    state.rounds += 1;
    let place = args.out.join(format!("round-{}", state.rounds));
    let round = Round { number: state.rounds, started: &state.started, header: &state.header };
    round.write(global, &args.out, &groups, &wishes)?;
    remember(&state)?;
    print(&round::table(&groups))?;
    match args.submit {
        true => round::submit(&place),
        false => {
            print(&format!("submit with: sh {}\n", place.join("submit.sh").display()))?;
            Ok(Exit::Ok)
        }
    }
}

fn settings(started: &Started) -> Settings {
    Settings { profile: started.profile, seed: started.seed, budget: budget::DEFAULT_TOTAL }
}

/// What is asked for: on the command line, or when the folder was made.
fn state(args: &Args) -> anyhow::Result<Result<State, String>> {
    let place = args.out.join(STATE);
    let before: Option<State> = match std::fs::read_to_string(&place) {
        Ok(text) => Some(serde_json::from_str(&text).with_context(|| place.display().to_string())?),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(error).with_context(|| place.display().to_string()),
    };
    if args.resubmit {
        return before.map(Ok).context("the run's own description is gone");
    }
    let started =
        Started { selection: args.choice.selection(), profile: args.profile, seed: args.seed };
    if before.as_ref().is_some_and(|before| before.started != started) {
        let place = args.out.display();
        return Ok(Err(format!("{place} holds a run of other claims, profile or seed")));
    }
    let header = match &args.header {
        Some(file) => std::fs::read_to_string(file).with_context(|| file.display().to_string())?,
        None => String::new(),
    };
    Ok(Ok(State { started, header, rounds: before.map_or(0, |before| before.rounds) }))
}

/// The tasks' folders that hold a journal.
fn work_folders(out: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let work = out.join("work");
    let entries = std::fs::read_dir(&work).with_context(|| work.display().to_string())?;
    let mut folders: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    // A task that died at once may have left nothing, or half.
    folders.retain(|path| path.join(journal::FILE).is_file() && path.join(STARTED).is_file());
    folders.sort();
    Ok(folders)
}

fn journals(from: &[PathBuf]) -> anyhow::Result<Vec<Memory>> {
    from.iter()
        .map(|folder| {
            let place = folder.join(journal::FILE);
            Memory::read(&place).with_context(|| place.display().to_string())
        })
        .collect()
}

/// Puts what earlier runs measured beside the tasks' folders, as if a task had done it.
fn keep_known(
    suite: &Suite,
    jobs: &[Job<'_>],
    journals: &[Memory],
    started: &Started,
    out: &Path,
) -> anyhow::Result<()> {
    let usable = |entry: &&Entry| !matches!(entry.answers.result, CellResult::Unavailable { .. });
    let found: Vec<Entry> = jobs
        .iter()
        .filter_map(|job| {
            let entry = journals.iter().find_map(|it| it.entry(&job.key).filter(usable))?;
            let place = named(suite, job, started.profile).1;
            Some(Entry { place, ..entry.clone() })
        })
        .collect();
    let folder = out.join("work/known");
    if found.is_empty() || folder.exists() {
        return Ok(());
    }
    std::fs::create_dir_all(&folder)?;
    Journal::open(&folder.join(journal::FILE))?.compact(&found)?;
    std::fs::write(folder.join(STARTED), serde_json::to_string_pretty(started)?)?;
    Ok(())
}

/// Keys of measurements whose task is in Slurm's queue.
fn still_queued(out: &Path) -> anyhow::Result<BTreeSet<String>> {
    let mut keys = BTreeSet::new();
    for round in 1.. {
        let folder = out.join(format!("round-{round}"));
        if !folder.is_dir() {
            break;
        }
        // `jobs.txt`: the number that sbatch gave, and the array's name.
        let text = std::fs::read_to_string(folder.join("jobs.txt")).unwrap_or_default();
        for (job, name) in text.lines().filter_map(|line| line.split_once(' ')) {
            for task in queued_tasks(job)? {
                let part = folder.join(format!("parts/{name}-{task}.txt"));
                let text =
                    std::fs::read_to_string(&part).with_context(|| part.display().to_string())?;
                keys.extend(text.lines().map(str::to_string));
            }
        }
    }
    Ok(keys)
}

/// Tasks of an array that are pending or running.
fn queued_tasks(job: &str) -> anyhow::Result<Vec<u32>> {
    let output = std::process::Command::new("squeue")
        .args(["--noheader", "--array", "--format=%K", "--jobs", job])
        .output()
        .context("can't ask `squeue` which tasks are still queued")?;
    let (text, error) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    // A job that ended long ago is unknown: nothing of it is queued.
    if !output.status.success() && !error.contains("Invalid job id") {
        bail!("`squeue` does not tell which tasks are still queued: {}", error.trim());
    }
    Ok(text.lines().filter_map(|line| line.trim().parse().ok()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factors_are_numbers_above_zero() {
        assert!(positive("0").is_err() && positive("nan").is_err() && positive("2.5").is_ok());
    }
}
