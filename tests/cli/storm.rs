//! Runs killed with SIGKILL at random moments, journal, report and renames included: no finished measurement
//! is lost, no file is ever half there, and the last run ends with the same bytes.
//!
//! `make storm` kills 500 times; here it is 20 (`CLAIMCHECK_KILLS` says how often).
#![cfg(unix)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use claimcheck::run::journal::Memory;
use serde_json::Value;

use crate::determinism::of_trials;
use crate::harness::{Suite, assert_same_files, fingerprint};

const RUN: [&str; 8] =
    ["verify", "--profile", "quick", "--threads", "2", "--quiet", "--out", "out"];

/// A small generator, so that a failure can be told by its seed.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound.max(1)
    }
}

/// Keys of the measurements that are whole in the journal.
fn kept(suite: &Suite) -> BTreeSet<String> {
    let memory = Memory::read(&suite.path("out/journal.jsonl")).unwrap();
    memory.into_entries().into_iter().map(|entry| entry.key).collect()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// Every file that stands under its own name is whole.
fn whole_files(suite: &Suite) {
    for path in files(&suite.path("out")) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let bytes = std::fs::read(&path).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        if name.ends_with(".json") {
            let read: Result<Value, _> = serde_json::from_str(&text);
            assert!(read.is_ok(), "{} is torn", path.display());
        }
        if name.ends_with(".html") {
            assert!(text.trim_end().ends_with("</html>"), "{} is torn", path.display());
        }
    }
}

#[test]
fn a_storm_of_kills_loses_nothing() {
    let kills: u32 =
        std::env::var("CLAIMCHECK_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(20);
    let clock = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let seed = clock.as_nanos() as u64;
    eprintln!("storm of {kills} kills, seed {seed}");
    let mut chance = Chance(seed);
    let suite = of_trials(4, 4_000);
    let start = Instant::now();
    suite.run(&[&RUN[..7], &["whole"]].concat()).expect(0, &[]);
    let whole = fingerprint(&suite.results("whole"));
    let longest = start.elapsed().as_micros() as u64;

    let (mut killed, mut ended, mut torn, mut most) = (0, 0, 0, 0);
    let mut before: BTreeSet<String> = BTreeSet::new();
    while killed < kills {
        let mut child = suite.start(&RUN);
        std::thread::sleep(Duration::from_micros(chance.below(longest + longest / 10)));
        child.kill().unwrap();
        let status = child.wait().unwrap();
        let now =
            if suite.path("out/journal.jsonl").exists() { kept(&suite) } else { BTreeSet::new() };
        assert!(now.is_superset(&before), "a finished measurement is lost");
        whole_files(&suite);
        if status.code().is_some() {
            assert_eq!(status.code(), Some(0));
            assert_eq!(fingerprint(&suite.results("out")), whole);
            ended += 1;
        } else {
            killed += 1;
        }
        most = most.max(now.len());
        before = now;
        let journal = suite.path("out/journal.jsonl");
        match chance.below(8) {
            // Half a line more, as a crash of the machine leaves it.
            0 if journal.exists() => {
                let mut bytes = std::fs::read(&journal).unwrap();
                bytes.extend(b"{\"sum\":\"0123\",\"entry\":{\"key\"");
                std::fs::write(&journal, bytes).unwrap();
                torn += 1;
            }
            // From the beginning, so that every stage of a run is met again and again.
            1 | 2 => {
                std::fs::remove_dir_all(suite.path("out")).ok();
                before.clear();
            }
            _ => {}
        }
    }
    eprintln!(
        "{killed} killed, {ended} ended first, {torn} torn lines, up to {most} measurements kept"
    );
    suite.run(&RUN).expect(0, &[]);
    assert_eq!(fingerprint(&suite.results("out")), whole);
    assert!(kept(&suite).is_superset(&before));
    assert_same_files(&suite.path("whole/data"), &suite.path("out/data"), &[]);
    // Nothing of the killed runs is left lying about.
    let names = |out: &str| -> BTreeSet<PathBuf> {
        let root = suite.path(out);
        files(&root).into_iter().map(|path| path.strip_prefix(&root).unwrap().into()).collect()
    };
    let mut left = names("out");
    // A run that was killed after its record was written is the run before the next one.
    left.remove(Path::new("previous.json"));
    assert_eq!(left, names("whole"));
}

#[test]
fn a_clock_that_jumps_changes_nothing() {
    let suite = of_trials(1, 500);
    suite.run(&RUN).expect(0, &[]);
    let first = suite.results("out");
    let epoch = std::time::SystemTime::UNIX_EPOCH;
    for moment in [epoch, epoch + Duration::from_secs(5_000_000_000)] {
        for path in files(&suite.path("out")).iter().chain(&files(&suite.path("claims"))) {
            std::fs::File::options().write(true).open(path).unwrap().set_modified(moment).unwrap();
        }
        suite.run(&RUN).expect(0, &[]);
        let again = suite.results("out");
        assert_eq!(again["run"]["reused"], again["run"]["measurements"]);
        assert_eq!(fingerprint(&again), fingerprint(&first));
    }
}
