//! `claimcheck verify`.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context;

use super::choice::Choice;
use super::{Exit, Global, suite};
use crate::claim::Profile;
use crate::report::Live;
use crate::results::{ClaimResult, Results, Verdict};
use crate::run::progress::Progress;
use crate::run::verify::{Request, STARTED, Started};
use crate::run::{Outcome, Selection, Settings, VerifyError, verify};
use crate::stats::budget;

/// Runs claims and writes the report
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    choice: Choice,
    /// How much to spend.
    #[arg(long, value_enum, default_value_t = Profile::Standard)]
    profile: Profile,
    /// Suite seed.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Draw a new seed (printed and kept in the report).
    #[arg(long, conflicts_with = "seed")]
    vary_seed: bool,
    /// Worker threads; all cores if left out. Results are the same bytes for any number.
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// Only a part: shard `i` of `n`, as `i/n`; `claimcheck report --merge` joins the parts.
    #[arg(long, value_name = "I/N", value_parser = parse_shard)]
    shard: Option<(usize, usize)>,
    /// Only the measurements whose keys this file lists (`claimcheck slurm` writes such files). They are put into
    /// the output folder's journal for a later merge; nothing is judged, and no report is written.
    #[arg(long, value_name = "FILE", conflicts_with = "shard")]
    part: Option<PathBuf>,
    /// Go on with the run that was interrupted in the output folder: same claims, profile and seed.
    #[arg(long, conflicts_with_all = ["patterns", "paper", "kind", "shard", "part", "profile", "seed", "vary_seed"])]
    resume: bool,
    /// Measure everything anew, even what has not changed.
    #[arg(long)]
    fresh: bool,
    /// Exit with 3 if anything is inconclusive, skipped or vacuous that the files do not expect so.
    #[arg(long)]
    strict: bool,
    /// Folder for the report.
    #[arg(long, default_value = "reports/latest", value_name = "FOLDER")]
    out: PathBuf,
    /// A run to compare with: a report's folder or a record; `reports/reference/<profile>.json` if that is there.
    #[arg(long, value_name = "FILE")]
    reference: Option<PathBuf>,
    /// Say what needs a look as annotations of the claim files too, in GitHub's form; on by itself in
    /// its workflows.
    #[arg(long)]
    annotate: bool,
    /// No progress, only the summary.
    #[arg(long, short)]
    quiet: bool,
}

fn parse_shard(text: &str) -> Result<(usize, usize), String> {
    let parts = text.split_once('/').and_then(|(i, n)| Some((i.parse().ok()?, n.parse().ok()?)));
    match parts {
        Some((i, n)) if (1..=n).contains(&i) => Ok((i, n)),
        _ => Err("a shard is written `i/n` with 1 ≤ i ≤ n, `2/3` for the second of three".into()),
    }
}

/// Runs it.
pub fn run(global: &Global, args: Args) -> anyhow::Result<Exit> {
    let suite = match suite::load(global) {
        Ok(suite) => suite,
        Err(exit) => return Ok(exit),
    };
    let request = match request(&args)? {
        Ok(request) => request,
        Err(message) => {
            tell!("error: {message}");
            return Ok(Exit::Usage);
        }
    };
    let cancel = Arc::new(AtomicBool::new(false));
    listen(&cancel);
    let progress = Progress::new(args.quiet);
    let outcome = match verify(&suite, &request, &progress, &cancel) {
        Ok(outcome) => outcome,
        Err(error @ VerifyError::Nothing) => {
            tell!("error: {error}");
            return Ok(Exit::Nothing);
        }
        Err(error @ VerifyError::Part { .. }) => {
            tell!("error: {error}");
            return Ok(Exit::Usage);
        }
        Err(VerifyError::Selection(message)) => {
            tell!("error: {message}");
            return Ok(Exit::Nothing);
        }
        Err(error) => return Err(error.into()),
    };
    if request.part.is_some() {
        return finish_part(&outcome);
    }
    if args.annotate || std::env::var_os("GITHUB_ACTIONS").is_some() {
        super::print(&crate::report::annotations(&outcome.results, line))?;
    }
    finish(&outcome, &request.out, args.strict, args.reference.as_deref())
}

/// Says what became of a part: `Partial` if it was stopped or could not be kept.
fn finish_part(outcome: &Outcome) -> anyhow::Result<Exit> {
    for warning in &outcome.warnings {
        tell!("warning: {warning}");
    }
    let run = &outcome.results.run;
    super::print(&format!(
        "{} measurements of a part, {} of them known before, in {}\n",
        run.measurements,
        run.reused,
        crate::markup::number::duration(run.seconds)
    ))?;
    Ok(if outcome.interrupted || !outcome.kept { Exit::Partial } else { Exit::Ok })
}

/// The line of a claim's file that an annotation points at: the assertion or control it is about,
/// else the first.
fn line(claim: &ClaimResult) -> usize {
    let text = std::fs::read_to_string(&claim.file).unwrap_or_default();
    let named = |line: &str| {
        let culprit = crate::report::culprit(claim);
        culprit.is_some_and(|name| line.contains("name:") && line.contains(name))
    };
    text.lines().position(named).map_or(1, |at| at + 1)
}

/// Writes the report, prints the summary, chooses the exit code.
pub fn finish(
    outcome: &Outcome,
    out: &Path,
    strict: bool,
    reference: Option<&Path>,
) -> anyhow::Result<Exit> {
    finish_round(outcome, out, strict, reference, None)
}

/// The same; with `live`, of pages that reload themselves.
pub fn finish_round(
    outcome: &Outcome,
    out: &Path,
    strict: bool,
    reference: Option<&Path>,
    live: Option<&mut Live>,
) -> anyhow::Result<Exit> {
    for warning in &outcome.warnings {
        tell!("warning: {warning}");
    }
    let reference = super::report::reference(reference, &outcome.results.run.profile);
    let (results, reference) = (&outcome.results, reference.as_ref());
    let written = match live {
        Some(live) => crate::report::write_live(results, out, reference, live),
        None => crate::report::write_against(results, out, reference),
    };
    written.with_context(|| format!("can't write the report to {}", out.display()))?;
    super::print(&crate::report::terminal_summary(&outcome.results, out))?;
    Ok(exit(outcome, strict))
}

fn exit(outcome: &Outcome, strict: bool) -> Exit {
    let Results { run, claims, .. } = &outcome.results;
    let partial = outcome.interrupted || run.partial.is_some();
    // An interrupted run's missing claims are no surprise; anything measured and wrong still is.
    let surprise = claims.iter().any(|claim| {
        !claim.as_expected
            && matches!(
                claim.verdict,
                Verdict::Holds | Verdict::Refuted | Verdict::Toothless | Verdict::Error
            )
    });
    let undecided = claims.iter().any(|claim| {
        !claim.as_expected
            && matches!(claim.verdict, Verdict::Inconclusive | Verdict::Skipped | Verdict::Vacuous)
    });
    match (surprise, partial, undecided && strict) {
        (true, _, _) => Exit::Surprise,
        (_, true, _) => Exit::Partial,
        (_, _, true) => Exit::Strict,
        _ => Exit::Ok,
    }
}

fn request(args: &Args) -> anyhow::Result<Result<Request, String>> {
    let mut selection = Selection { shard: args.shard, ..args.choice.selection() };
    let mut settings =
        Settings { profile: args.profile, seed: args.seed, budget: budget::DEFAULT_TOTAL };
    if args.vary_seed {
        settings.seed = fresh_seed();
        tell!("seed {}", settings.seed);
    }
    if args.resume {
        let place = args.out.join(STARTED);
        let text = match std::fs::read_to_string(&place) {
            Ok(text) => text,
            Err(error) => {
                return Ok(Err(format!(
                    "there is no run to resume in {}: {error}; leave out `--resume` to begin one",
                    args.out.display()
                )));
            }
        };
        let started: Started = match serde_json::from_str(&text) {
            Ok(started) => started,
            Err(error) => return Ok(Err(format!("{}: {error}", place.display()))),
        };
        selection = started.selection;
        settings.profile = started.profile;
        settings.seed = started.seed;
    }
    let part = match &args.part {
        None => None,
        Some(file) => match std::fs::read_to_string(file) {
            Ok(text) => Some(text.split_whitespace().map(str::to_string).collect()),
            Err(error) => return Ok(Err(format!("{}: {error}", file.display()))),
        },
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = args.threads.unwrap_or(cores).clamp(1, 1024);
    Ok(Ok(Request {
        selection,
        settings,
        out: args.out.clone(),
        threads,
        fresh: args.fresh,
        merge: Vec::new(),
        merge_only: false,
        part,
        command: super::command_line(),
    }))
}

/// A seed from the clock: `--vary-seed` asks for a different one each time, no more.
fn fresh_seed() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |elapsed| elapsed.as_nanos() as u64 % 1_000_000_007)
}

/// The first Ctrl-C ends the run in good order, the second at once.
fn listen(cancel: &Arc<AtomicBool>) {
    let flag = Arc::clone(cancel);
    let listening = ctrlc::set_handler(move || {
        if flag.swap(true, Ordering::Relaxed) {
            // `std::process::exit` would run exit handlers: libtorch's tables go while threads still train, and they panic.
            signal_hook::low_level::exit(i32::from(Exit::Partial as u8));
        }
        tell!("\nstopping: finished measurements are kept, `claimcheck verify --resume` goes on");
    });
    if let Err(error) = listening {
        tell!("warning: Ctrl-C will end the run at once: {error}");
    }
}
