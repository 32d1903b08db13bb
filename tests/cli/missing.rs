//! Claims that need what is not there: skipped with the remedy, and measured once it is.

use crate::harness::{Ran, Suite, claim};

/// A training claim: its images are downloaded at set-up.
const TRAINING: &str = "checks:
  - name: main
    experiment: mlp-epochs
    given: {widths: [4], images: 10, rate: 0.1, batch: 5, target: 0.1, limit: 2}
    trials: 2
    assert:
      - {name: fits, kind: training-outcome, outcome: epochs(4) < 1e9}
    controls:
      - {name: never, assert: {fits: {outcome: epochs(4) < 0}}}
";

fn run(suite: &Suite, arguments: &[&str]) -> Ran {
    let mut command = suite.command(arguments);
    command.env("XDG_CACHE_HOME", suite.path("empty-cache"));
    Ran::of(command.output().unwrap())
}

#[test]
fn missing_data_skips_a_claim_and_is_looked_for_again() {
    let suite = Suite::of(TRAINING);
    let all = ["verify", "--profile", "quick", "--quiet", "--out", "out"];
    run(&suite, &["lint"]).expect(0, &[]);
    run(&suite, &all).expect(0, &["skipped"]);
    let results = suite.results("out");
    let found = claim(&results, "demo/lemma-1");
    assert_eq!(found["verdict"], "skipped");
    let reason = found["reason"].as_str().unwrap();
    assert!(reason.contains("MNIST are missing; mend it with `make setup`"), "{reason}");
    run(&suite, &[&all[..], &["--strict"]].concat()).expect(3, &[]);
    // What was missing may be there now: it is not remembered as an answer.
    run(&suite, &all).expect(0, &[]);
    assert_eq!(suite.results("out")["run"]["reused"], 0);
    run(&suite, &["show", "demo/lemma-1", "--out", "out", "--profile", "quick"])
        .expect(0, &["not measured yet"]);
    // A shard's skipped claims are no gap when the shards are joined.
    run(&suite, &[&all[..], &["--shard", "1/1"]].concat()).expect(5, &[]);
    run(&suite, &["report", "--merge", "out", "--out", "merged"]).expect(0, &["skipped"]);
    // The author may expect it, with a reason.
    let expected = "expect: skipped\nexpect-reason: The images can't be had here.\n";
    suite.claim("lemma-1", &(TRAINING.to_string() + expected));
    run(&suite, &[&all[..], &["--strict"]].concat()).expect(0, &[]);
}

#[test]
fn damaged_data_is_named_and_skips_the_claim() {
    let suite = Suite::of(TRAINING);
    let place = "empty-cache/claimcheck/data/mnist";
    suite.file(&format!("{place}/train-images-idx3-ubyte"), [0, 0, 8, 3, 0, 0, 0, 1]);
    suite.file(&format!("{place}/train-labels-idx1-ubyte"), [0, 0, 8, 1, 0, 0, 0, 1, 7]);
    let all = ["verify", "--profile", "quick", "--quiet", "--out", "out"];
    run(&suite, &all).expect(0, &["skipped"]);
    let results = suite.results("out");
    let found = claim(&results, "demo/lemma-1");
    assert_eq!(found["verdict"], "skipped");
    let reason = found["reason"].as_str().unwrap();
    for part in ["train-images-idx3-ubyte is damaged", "BLAKE3 differs", "make setup"] {
        assert!(reason.contains(part), "{reason}");
    }
}
