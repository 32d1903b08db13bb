//! A long training run is killed between two checkpoints: the next run goes on from the first and ends with the same bytes.
//!
//! Checkpoints are written every minute, so this takes some minutes: `make storm` runs it, `make test` does not.
#![cfg(all(unix, feature = "torch"))]

use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::{Duration, Instant};

use crate::harness::{Ran, Suite, fingerprint};

const CHECKS: &str = "\
checks:
  - name: training
    experiment: autoencoder-training
    given: {setting: 2, runs: [7], L: 20, n: 100, batch: 50, rate: 0.01, steps: 20000, levels: [0.9]}
    trials: {quick: 1, standard: 1, paper: 1}
    assert:
      - name: it learns
        kind: training-outcome
        outcome: test_loss(7, steps) < test_loss(7, 0)
    controls:
      - name: the other way
        assert: {it learns: {outcome: 'test_loss(7, steps) > test_loss(7, 0)'}}
        refutes: [it learns]
    report:
      last: {value: 'minimum(test_loss(7, steps))', at: [{}]}
";

const RUN: [&str; 6] = ["verify", "--profile", "paper", "--threads", "1", "--quiet"];

/// Starts a run with a cache of its own, in which the data are those of this machine.
fn start(suite: &Suite, cache: &str, arguments: &[&str]) -> Child {
    let own = suite.path(cache).join("claimcheck");
    std::fs::create_dir_all(&own).unwrap();
    let data = claimcheck::data::folder().unwrap();
    if !own.join("data").exists() {
        std::os::unix::fs::symlink(data, own.join("data")).unwrap();
    }
    let mut command = suite.command(arguments);
    command.env("XDG_CACHE_HOME", suite.path(cache));
    command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    command.spawn().unwrap()
}

fn checkpoint(folder: &Path) -> Option<PathBuf> {
    let files = std::fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path());
    files.into_iter().find(|path| path.extension().is_some_and(|end| end == "safetensors"))
}

#[test]
#[ignore = "minutes of training; `make storm` runs it"]
fn a_killed_training_run_goes_on_from_its_checkpoint() {
    use claimcheck::data::{are_there, mnist};
    if !are_there(mnist::FOLDER, &mnist::FILES) {
        return eprintln!("skipped: MNIST is not there (make setup fetches it)");
    }
    let suite = Suite::of(CHECKS);
    let whole = Instant::now();
    Ran::of(
        start(&suite, "undisturbed", &[&RUN[..], &["--out", "whole"]].concat())
            .wait_with_output()
            .unwrap(),
    )
    .expect(0, &[]);
    let whole = whole.elapsed();

    let mut child = start(&suite, "killed", &[&RUN[..], &["--out", "out"]].concat());
    let folder = suite.path("killed/claimcheck/training");
    while checkpoint(&folder).is_none() {
        assert!(child.try_wait().unwrap().is_none(), "the run ended before its first checkpoint");
        std::thread::sleep(Duration::from_millis(50));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let rest = Instant::now();
    Ran::of(
        start(
            &suite,
            "killed",
            &["verify", "--resume", "--threads", "1", "--quiet", "--out", "out"],
        )
        .wait_with_output()
        .unwrap(),
    )
    .expect(0, &[]);
    eprintln!("whole run {:?}, after the kill at the first checkpoint {:?}", whole, rest.elapsed());
    assert_eq!(fingerprint(&suite.results("out")), fingerprint(&suite.results("whole")));
    assert_eq!(checkpoint(&folder), None, "a finished run leaves no checkpoint");
}
