//! `claimcheck watch`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::{Duration, SystemTime};

use super::verify::finish_round;
use super::{Exit, Global, suite};
use crate::claim::{Profile, Severity};
use crate::report::Live;
use crate::run::progress::Progress;
use crate::run::verify::Request;
use crate::run::{Selection, Settings, VerifyError, verify};
use crate::stats::budget;

/// How often files are looked at.
const PAUSE: Duration = Duration::from_millis(300);

/// Verifies a claim again whenever its file is saved, and refreshes its page
///
/// Open the page that it names in a browser: it loads itself again after every verification.
#[derive(clap::Args)]
pub struct Args {
    /// Ids or globs of the claims to verify whenever a file is saved; if none, each claim whose file is
    /// saved.
    patterns: Vec<String>,
    /// How much to spend.
    #[arg(long, value_enum, default_value_t = Profile::Quick)]
    profile: Profile,
    /// Folder for the pages.
    #[arg(long, default_value = "reports/watch", value_name = "FOLDER")]
    out: PathBuf,
    /// End after so many verifications, for scripts.
    #[arg(long, value_name = "N")]
    rounds: Option<usize>,
}

type Times = BTreeMap<PathBuf, SystemTime>;

/// Runs it.
pub fn run(global: &Global, args: &Args) -> anyhow::Result<Exit> {
    let mut seen = times(&global.claims);
    let mut live = Live::default();
    tell!("open in a browser, it follows each save: {}", page(&args.out, &args.patterns).display());
    // Without a name the whole suite would be run before the first word is written.
    let (mut exit, mut rounds) = match args.patterns.is_empty() {
        true => (Exit::Ok, 0),
        false => (round(global, args, args.patterns.clone(), &mut live)?, 1),
    };
    tell!("watching {}; Ctrl-C ends", global.claims.display());
    while args.rounds.is_none_or(|wanted| rounds < wanted) {
        std::thread::sleep(PAUSE);
        let now = times(&global.claims);
        let saved = changed(&seen, &now);
        seen = now;
        if saved.is_empty() {
            continue;
        }
        for file in &saved {
            tell!("saved: {}", file.display());
        }
        let patterns = selected(global, args, &saved);
        if !patterns.is_empty() {
            if args.patterns.is_empty() {
                tell!("page: {}", page(&args.out, &patterns).display());
            }
            exit = round(global, args, patterns, &mut live)?;
            rounds += 1;
        }
    }
    Ok(exit)
}

/// The page of the one claim that is named, else the first page, which leads to all of them.
fn page(out: &Path, patterns: &[String]) -> PathBuf {
    match patterns {
        [id] if !id.contains(['*', '?', '[', '{']) => out.join(format!("claims/{id}.html")),
        _ => out.join("index.html"),
    }
}

/// The claims that were named, or those whose files were saved.
fn selected(global: &Global, args: &Args, saved: &[PathBuf]) -> Vec<String> {
    if !args.patterns.is_empty() {
        return args.patterns.clone();
    }
    let id = |file: &Path| {
        let inside = file.strip_prefix(&global.claims).ok()?.with_extension("");
        inside.to_str().map(|id| id.replace('\\', "/")).filter(|id| !id.ends_with("/paper"))
    };
    saved.iter().filter_map(|file| id(file)).collect()
}

/// Lints and verifies once. A mistake in a file is told and waits to be mended.
fn round(
    global: &Global,
    args: &Args,
    patterns: Vec<String>,
    live: &mut Live,
) -> anyhow::Result<Exit> {
    let (suite, problems) = suite::check(global);
    suite::show(&suite, &problems, global.colour);
    if problems.iter().any(|problem| problem.severity == Severity::Error) {
        tell!("waiting for the file to be mended");
        return Ok(Exit::Usage);
    }
    let request = Request {
        selection: Selection { patterns, papers: Vec::new(), kinds: Vec::new(), shard: None },
        settings: Settings { profile: args.profile, seed: 1, budget: budget::DEFAULT_TOTAL },
        out: args.out.clone(),
        threads: std::thread::available_parallelism().map_or(1, usize::from),
        fresh: false,
        merge: Vec::new(),
        merge_only: false,
        part: None,
        command: super::command_line(),
    };
    match verify(&suite, &request, &Progress::new(true), &AtomicBool::new(false)) {
        Ok(outcome) => finish_round(&outcome, &args.out, false, None, Some(live)),
        Err(error @ (VerifyError::Nothing | VerifyError::Selection(_))) => {
            tell!("error: {error}");
            Ok(Exit::Nothing)
        }
        Err(error) => Err(error.into()),
    }
}

/// Times of all YAML files under the folder.
fn times(folder: &Path) -> Times {
    let mut found = Times::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "yaml") {
                let time = entry.metadata().and_then(|about| about.modified());
                found.insert(path, time.unwrap_or(SystemTime::UNIX_EPOCH));
            }
        }
    }
    found
}

/// Files that are new or have another time.
fn changed(before: &Times, now: &Times) -> Vec<PathBuf> {
    let saved = now.iter().filter(|(file, time)| before.get(*file) != Some(time));
    saved.map(|(file, _)| file.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_to_open_is_the_claims_own() {
        let named = |ids: &[&str]| {
            let ids: Vec<String> = ids.iter().map(|id| (*id).to_string()).collect();
            page(Path::new("out"), &ids)
        };
        assert_eq!(named(&["demo/lemma-1"]), Path::new("out/claims/demo/lemma-1.html"));
        for many in [&[][..], &["demo/*"], &["demo/a", "demo/b"]] {
            assert_eq!(named(many), Path::new("out/index.html"));
        }
    }

    #[test]
    fn what_was_saved_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.yaml");
        std::fs::write(&file, "x").unwrap();
        let before = times(folder.path());
        assert!(changed(&before, &times(folder.path())).is_empty());
        let later = SystemTime::now() + Duration::from_secs(5);
        std::fs::File::options().write(true).open(&file).unwrap().set_modified(later).unwrap();
        assert_eq!(changed(&before, &times(folder.path())), [file]);
    }
}
