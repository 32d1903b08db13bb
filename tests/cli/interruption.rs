//! Runs that are ended: nothing that was finished is lost, and the rest is completed to the same bytes.
#![cfg(unix)]

use std::process::Child;
use std::time::{Duration, Instant};

use crate::determinism::of_trials;
use crate::harness::{Ran, Suite, fingerprint};

const RUN: [&str; 7] = ["verify", "--profile", "quick", "--threads", "2", "--out", "out"];

fn signal(child: &Child, name: &str) {
    let done =
        std::process::Command::new("kill").args(["-s", name, &child.id().to_string()]).status();
    assert!(done.unwrap().success());
}

/// Number of whole measurements in the journal.
fn journaled(suite: &Suite) -> usize {
    let text = std::fs::read(suite.path("out/journal.jsonl")).unwrap_or_default();
    text.iter().filter(|&&byte| byte == b'\n').count().saturating_sub(1)
}

/// Waits until so many measurements are kept, or the run has ended.
fn wait_for(suite: &Suite, child: &mut Child, measurements: usize) {
    let start = Instant::now();
    while journaled(suite) < measurements && child.try_wait().unwrap().is_none() {
        assert!(start.elapsed() < Duration::from_secs(60), "the run does not get on");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// What an undisturbed run of the same suite finds.
fn undisturbed(suite: &Suite) -> String {
    suite.run(&["verify", "--profile", "quick", "--out", "whole", "--quiet"]).expect(0, &[]);
    fingerprint(&suite.results("whole"))
}

/// Starts runs until one is stopped by the signal before it ends by itself, as a busy machine may let it.
fn stopped_by(suite: &Suite, name: &str) -> Ran {
    for _ in 0..5 {
        std::fs::remove_dir_all(suite.path("out")).ok();
        let mut child = suite.start(&RUN);
        wait_for(suite, &mut child, 2);
        signal(&child, name);
        let ran = suite.finish(child);
        if ran.code != Some(0) {
            return ran;
        }
    }
    panic!("the run ends before the signal reaches it");
}

#[test]
fn an_interrupted_run_reports_what_it_has_and_goes_on() {
    for name in ["INT", "TERM"] {
        let suite = of_trials(4, 20_000);
        let ran = stopped_by(&suite, name);
        ran.expect(5, &["stopping: finished measurements are kept", "--resume"]);
        let results = suite.results("out");
        let partial = results["run"]["partial"].as_str().unwrap();
        assert!(partial.starts_with("stopped after "), "{partial}");
        assert!(suite.path("out/index.html").exists());
        let skipped = results["claims"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|c| c["verdict"] == "skipped")
            .count();
        assert!(skipped > 0, "{partial}");
        let kept = journaled(&suite) as u64;
        assert!(kept >= 2);
        suite.run(&["verify", "--resume", "--out", "out", "--quiet"]).expect(0, &[]);
        let results = suite.results("out");
        assert_eq!(results["run"]["reused"].as_u64().unwrap(), kept);
        assert_eq!(results["run"]["profile"], "quick");
        assert_eq!(fingerprint(&results), undisturbed(&suite));
    }
}

#[test]
fn a_second_run_into_one_folder_is_refused() {
    let suite = of_trials(4, 20_000);
    let mut child = suite.start(&RUN);
    wait_for(&suite, &mut child, 1);
    suite.run(&["verify", "--out", "out", "--profile", "quick"]).expect(
        70,
        &["another run is writing to this folder", &format!("process {} on", child.id())],
    );
    suite.run(&["report", "--out", "out"]).expect(2, &["can't read a report in out"]);
    suite
        .run(&["verify", "--out", "elsewhere", "--profile", "quick", "demo/lemma-1", "--quiet"])
        .expect(0, &[]);
    suite.finish(child).expect(0, &[]);
    assert_eq!(suite.results("out")["run"]["reused"], 0);
}
