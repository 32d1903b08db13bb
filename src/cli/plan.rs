//! `claimcheck plan`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::Context as _;
use serde::Serialize;

use super::choice::{self, Choice};
use super::{Exit, Global, print, suite};
use crate::claim::{Profile, Suite};
use crate::markup::number::duration;
use crate::run::cost::{Basis, Model, ModelError, named, paper_of};
use crate::run::journal::{self, Memory};
use crate::run::schedule::{Job, jobs};
use crate::run::select::with_targets;
use crate::run::work::trains;
use crate::run::{Plan, Settings, work};
use crate::stats::budget;

/// Says what a profile costs, from the times of recorded runs
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    choice: Choice,
    /// The profile to be planned.
    #[arg(long, value_enum, default_value_t = Profile::Standard)]
    profile: Profile,
    /// Suite seed.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Folders of recorded runs, at any profile.
    #[arg(long, num_args = 1.., value_name = "FOLDER", default_values = ["reports/latest", "reports/quick"])]
    from: Vec<PathBuf>,
    /// How often faster a GPU trains than one thread of a processor: an assumption, not measured here.
    #[arg(long, default_value_t = 20.0)]
    gpu_speed: f64,
    /// Write what a unit of each experiment's work took in those runs (`src/run/laws.tsv` is such a table).
    #[arg(long, value_name = "FILE")]
    laws: Option<PathBuf>,
    /// How to print.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Text,
    Json,
}

/// What a claim or paper takes.
#[derive(Clone, Debug, Default, Serialize)]
struct Line {
    /// Measurements, those that an earlier claim takes left out.
    measurements: usize,
    /// Seconds of one thread on processors, of what asks for no GPU.
    cpu_seconds: f64,
    /// Seconds on a GPU, of what asks for one.
    gpu_seconds: f64,
    /// The same on one thread of a processor, where no GPU is.
    gpu_seconds_on_cpu: f64,
    /// Longest single measurement, seconds.
    longest: f64,
    /// Threads that can be kept busy: total over longest.
    threads: usize,
    /// Largest growth of the process by one measurement, bytes.
    memory: f64,
    /// Share of the seconds that rests on records of the very measurement.
    recorded: f64,
    /// Share that is a guess.
    guessed: f64,
}

/// The whole answer.
#[derive(Serialize)]
struct Answer {
    profile: &'static str,
    records: usize,
    records_with_memory: usize,
    gpu_speed: f64,
    claims: BTreeMap<String, Line>,
    papers: BTreeMap<String, Line>,
    total: Line,
    /// Errors on recorded standard runs: each claim estimated without its own records.
    error_left_out: Option<ModelError>,
    /// Standard runs estimated from quick ones alone.
    error_extrapolated: Option<ModelError>,
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
    let settings =
        Settings { profile: args.profile, seed: args.seed, budget: budget::DEFAULT_TOTAL };
    let mut journals = Vec::new();
    for folder in &args.from {
        let place = folder.join(journal::FILE);
        journals.push(Memory::read(&place).with_context(|| place.display().to_string())?);
    }
    let model = Model::fitted(&suite, &journals.iter().collect::<Vec<_>>(), settings);
    if let Some(file) = &args.laws {
        std::fs::write(file, work::table(&model.laws()))
            .with_context(|| file.display().to_string())?;
    }
    let plan = Plan::new(&suite, settings);
    let jobs = jobs(&plan, &with_targets(&suite, &plan, wanted));
    let answer = answer(&suite, &jobs, &model, args);
    let text = match args.format {
        Format::Json => format!("{}\n", serde_json::to_string_pretty(&answer)?),
        Format::Text => text(&answer)?,
    };
    print(&text)?;
    Ok(Exit::Ok)
}

fn answer(suite: &Suite, jobs: &[Job<'_>], model: &Model, args: &Args) -> Answer {
    let mut claims: BTreeMap<String, Line> = BTreeMap::new();
    let mut shared: BTreeMap<String, f64> = BTreeMap::new();
    for job in jobs {
        let mut cost = model.cost(job.cell);
        if trains(job.cell) {
            // Runs that an earlier measurement makes are there already.
            let made = shared.entry(job.parts.parameters.clone()).or_default();
            let longest = made.max(cost.seconds);
            cost.seconds = longest - *made;
            *made = longest;
        }
        let line = claims.entry(named(suite, job, args.profile).0).or_default();
        line.measurements += 1;
        let seconds = match cost.gpu {
            true => {
                line.gpu_seconds += cost.seconds / args.gpu_speed;
                line.gpu_seconds_on_cpu += cost.seconds;
                cost.seconds / args.gpu_speed
            }
            false => {
                line.cpu_seconds += cost.seconds;
                cost.seconds
            }
        };
        line.longest = line.longest.max(seconds);
        line.memory = line.memory.max(cost.memory);
        match cost.basis {
            Basis::Recorded => line.recorded += seconds,
            Basis::Scaled => {}
            Basis::Guessed => line.guessed += seconds,
        }
    }
    let mut papers: BTreeMap<String, Line> = BTreeMap::new();
    let mut total = Line::default();
    for (id, line) in &claims {
        add(papers.entry(paper_of(id).into()).or_default(), line);
        add(&mut total, line);
    }
    for line in claims.values_mut().chain(papers.values_mut()).chain([&mut total]) {
        let all = line.cpu_seconds + line.gpu_seconds;
        line.threads = (all / line.longest.max(1e-9)).ceil().clamp(1.0, 1e6) as usize;
        line.recorded /= all.max(1e-9);
        line.guessed /= all.max(1e-9);
    }
    Answer {
        profile: args.profile.name(),
        records: model.len(),
        records_with_memory: model.with_memory(),
        gpu_speed: args.gpu_speed,
        claims,
        papers,
        total,
        error_left_out: model.error(Profile::Standard),
        error_extrapolated: model.extrapolation(Profile::Quick, Profile::Standard),
    }
}

fn add(sum: &mut Line, line: &Line) {
    sum.measurements += line.measurements;
    sum.cpu_seconds += line.cpu_seconds;
    sum.gpu_seconds += line.gpu_seconds;
    sum.gpu_seconds_on_cpu += line.gpu_seconds_on_cpu;
    sum.longest = sum.longest.max(line.longest);
    sum.memory = sum.memory.max(line.memory);
    sum.recorded += line.recorded;
    sum.guessed += line.guessed;
}

fn text(answer: &Answer) -> Result<String, std::fmt::Error> {
    let mut text = String::new();
    writeln!(
        text,
        "{:44} {:>7} {:>12} {:>12} {:>12} {:>7} {:>8}  rests on",
        "claim", "cells", "CPU", "GPU", "longest", "threads", "memory"
    )?;
    let mut claims: Vec<(&String, &Line)> = answer.claims.iter().collect();
    let seconds = |line: &Line| line.cpu_seconds + line.gpu_seconds;
    claims.sort_by(|a, b| seconds(b.1).total_cmp(&seconds(a.1)).then(a.0.cmp(b.0)));
    for (id, line) in claims {
        row(&mut text, id, line)?;
    }
    writeln!(text)?;
    for (id, line) in &answer.papers {
        row(&mut text, id, line)?;
    }
    row(&mut text, "all", &answer.total)?;
    writeln!(
        text,
        "\nprofile {}; from {} recorded measurements ({} with their memory); CPU: time of one thread; GPU: assumed {} times \
         as fast as a thread, {} on a thread",
        answer.profile,
        answer.records,
        answer.records_with_memory,
        answer.gpu_speed,
        duration(answer.total.gpu_seconds_on_cpu)
    )?;
    error(&mut text, "standard, each claim without its own records", &answer.error_left_out)?;
    error(&mut text, "standard from quick alone", &answer.error_extrapolated)?;
    Ok(text)
}

fn row(text: &mut String, name: &str, line: &Line) -> std::fmt::Result {
    writeln!(
        text,
        "{name:44} {:>7} {:>12} {:>12} {:>12} {:>7} {:>5.0} MB  {:.0}% recorded, {:.0}% guessed",
        line.measurements,
        duration(line.cpu_seconds),
        duration(line.gpu_seconds),
        duration(line.longest),
        line.threads,
        line.memory / 1e6,
        100.0 * line.recorded,
        100.0 * line.guessed
    )
}

fn error(text: &mut String, what: &str, error: &Option<ModelError>) -> std::fmt::Result {
    let Some(error) = error else {
        return writeln!(text, "error ({what}): unknown, no such records");
    };
    writeln!(
        text,
        "error ({what}): {} estimated, {} recorded in {} claims; half of those of a second or more within a factor {:.2}, \
         nine of ten within {:.2}; {} measurements could not be estimated",
        duration(error.estimated),
        duration(error.recorded),
        error.claims,
        error.median_factor,
        error.wide_factor,
        error.guessed
    )?;
    for (paper, (estimated, recorded)) in &error.papers {
        writeln!(
            text,
            "  {paper:12} {} estimated, {} recorded",
            duration(*estimated),
            duration(*recorded)
        )?;
    }
    Ok(())
}
