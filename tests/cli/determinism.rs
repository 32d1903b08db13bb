//! Same suite, same bytes: for any number of threads, any sharding, and however often it is run.

use serde_json::Value;

use crate::harness::{Suite, assert_same_files, fingerprint};

/// Claims of eight measurements each, and one claim that speaks of the others.
pub fn slow(claims: u32) -> Suite {
    of_trials(claims, 2_000)
}

/// The same with so many trials for each of the means.
pub fn of_trials(claims: u32, trials: u32) -> Suite {
    let suite = Suite::new();
    for k in 1..=claims {
        let text = sampled(30 + k, "1").replace("trials: 2000", &format!("trials: {trials}"));
        suite.claim(&format!("lemma-{k}"), &text);
    }
    if claims == 1 {
        return suite;
    }
    let all: Vec<String> = (1..=claims).map(|k| format!("demo/lemma-{k}")).collect();
    let parts = format!(
        "checks:
  - name: parts
    assert:
      - {{name: all, kind: all-of, claims: [{}]}}
    controls:
      - {{name: nothing but the first, expect: holds, assert: {{all: {{claims: [demo/lemma-1]}}}}}}
",
        all.join(", ")
    );
    suite.claim("theorem-9", &parts);
    suite
}

/// A sampled claim; the reported mean wants all trials.
pub fn sampled(m: u32, target: &str) -> String {
    format!(
        "checks:
  - name: main
    experiment: relu-layer
    given: {{n: 20}}
    grid: {{m: [{m}, {}]}}
    trials: 2000
    assert:
      - {{name: mean, kind: mean, of: ratio, target: {target}, margin: 0.5}}
    controls:
      - {{name: nine times the variance, given: {{variance: 9/m}}}}
    report:
      mean: {{value: mean(ratio)}}
      largest: {{value: maximum(ratio)}}
    plots:
      - title: Means
        x: {{axis: m, label: m}}
        y: {{label: mean}}
        series: [{{name: mean, value: mean(ratio), role: measurement}}]
",
        2 * m
    )
}

#[test]
fn threads_and_shards_change_no_byte() {
    let suite = slow(4);
    let mut seen: Vec<String> = Vec::new();
    for threads in ["1", "2", "8"] {
        let ran = suite.run(&["verify", "--threads", threads, "--out", threads, "--quiet"]);
        ran.expect(0, &[]);
        let results = suite.results(threads);
        assert_eq!(results["run"]["threads"].to_string(), threads);
        seen.push(fingerprint(&results));
    }
    for shard in ["1", "2", "3"] {
        let part = format!("{shard}/3");
        let out = format!("shard-{shard}");
        // A claim that speaks of claims of other shards can't be judged yet, and that is no surprise.
        suite.run(&["verify", "--shard", &part, "--out", &out, "--quiet"]).expect(5, &[]);
        assert_eq!(suite.results(&out)["run"]["partial"], format!("shard {shard} of 3"));
    }
    suite
        .run(&["report", "--merge", "shard-3", "shard-1", "shard-2", "--out", "merged"])
        .expect(0, &[]);
    let merged = suite.results("merged");
    assert_eq!(merged["run"]["reused"], merged["run"]["measurements"]);
    seen.push(fingerprint(&merged));
    for other in &seen[1..] {
        assert!(*other == seen[0], "results differ:\n{}\n{other}", seen[0]);
    }
    for other in ["2", "8", "merged"] {
        assert_same_files(&suite.path("1/data"), &suite.path(other).join("data"), &[]);
    }
    // Every claim stands in exactly one shard.
    let ids = |out: &str| -> Vec<String> {
        let results = suite.results(out);
        results["claims"]
            .as_array()
            .unwrap()
            .iter()
            .map(|c| c["id"].as_str().unwrap().into())
            .collect()
    };
    let mut all = [ids("shard-1"), ids("shard-2"), ids("shard-3")].concat();
    all.sort();
    assert_eq!(all, ids("1"));

    suite
        .run(&["report", "--merge", "shard-1", "shard-3", "--out", "short"])
        .expect(5, &["a shard is missing"]);
    suite
        .run(&["verify", "--shard", "2/3", "--seed", "5", "--out", "other", "--quiet"])
        .expect(5, &[]);
    suite
        .run(&["report", "--merge", "shard-1", "other", "--out", "mixed"])
        .expect(2, &["other was run with other claims, profile or seed"]);
    suite
        .run(&["report", "--merge", "shard-1", "--out", "short"])
        .expect(5, &["a shard is missing"]);
    assert!(!suite.path("short/results.json").exists());
}

#[test]
fn only_what_changed_is_measured_again() {
    let suite = slow(3);
    let first = suite.verify(0, &[]);
    assert_eq!(first["run"]["reused"], 0);
    let journal = suite.read("out/journal.jsonl");
    let second = suite.verify(0, &[]);
    assert_eq!(second["run"]["reused"], second["run"]["measurements"]);
    assert_eq!(fingerprint(&second), fingerprint(&first));
    assert_eq!(suite.read("out/journal.jsonl"), journal, "nothing is written for nothing");
    suite
        .run(&["show", "demo/lemma-2", "--out", "out", "--profile", "quick"])
        .expect(0, &["unchanged"]);

    // Another formula in one claim: its measurements run again, and `show` says why.
    suite.claim("lemma-2", &sampled(32, "1.01"));
    let shown = suite.run(&["show", "demo/lemma-2", "--out", "out", "--profile", "quick"]);
    shown.expect(0, &["runs again: formulas changed"]);
    suite
        .run(&["show", "demo/lemma-1", "--out", "out", "--profile", "quick"])
        .expect(0, &["unchanged"]);
    let third = suite.verify(0, &[]);
    let counts = |results: &Value, key: &str| results["run"][key].as_u64().unwrap();
    let own = 4; // two points, for the claim and for its control
    assert_eq!(counts(&third, "measurements") - counts(&third, "reused"), own);
    suite
        .run(&["show", "demo/lemma-2", "--out", "out", "--profile", "quick"])
        .expect(0, &["unchanged"]);

    let shown =
        suite.run(&["show", "demo/lemma-1", "--out", "out", "--profile", "quick", "--seed", "7"]);
    shown.expect(0, &["runs again: trials, level or seed changed"]);
    let parameters = sampled(33, "1").replace("n: 20", "n: 21");
    suite.claim("lemma-3", &parameters);
    let shown = suite.run(&["show", "demo/lemma-3", "--out", "out", "--profile", "quick"]);
    shown.expect(0, &["runs again: parameters changed"]);

    // `--fresh` trusts nothing and comes to the same.
    let fresh = suite.verify(0, &["--fresh"]);
    assert_eq!(fresh["run"]["reused"], 0);
    assert_eq!(fingerprint(&suite.verify(0, &[])), fingerprint(&fresh));
}

#[test]
fn two_claims_on_one_experiment_see_the_same_trials() {
    let suite = Suite::new();
    suite.claim("lemma-1", &sampled(30, "1")).claim("lemma-2", &sampled(30, "1.001"));
    let results = suite.verify(0, &[]);
    let mean = |index: usize| results["claims"][index]["quantities"][0]["value"].clone();
    assert_eq!(mean(0), mean(1));
}

#[test]
fn a_report_is_rendered_again_from_its_results() {
    let suite = slow(1);
    let first = suite.verify(0, &[]);
    let pages = suite.path("first");
    std::fs::rename(suite.path("out"), &pages).unwrap();
    std::fs::create_dir(suite.path("out")).unwrap();
    std::fs::copy(pages.join("results.json"), suite.path("out/results.json")).unwrap();
    std::fs::create_dir_all(suite.path("out/data/demo")).unwrap();
    std::fs::copy(pages.join("data/demo/lemma-1.json"), suite.path("out/data/demo/lemma-1.json"))
        .unwrap();
    suite.run(&["report", "--out", "out"]).expect(0, &["report: out/index.html"]);
    assert_eq!(fingerprint(&suite.results("out")), fingerprint(&first));
    assert_same_files(&pages, &suite.path("out"), &["journal.jsonl", "run.json"]);
    suite
        .file("out/results.json", "{\"schema\": 1, \"run\"")
        .run(&["report", "--out", "out"])
        .expect(2, &["is damaged"]);
    suite.file("out/results.json", "{\"schema\": 99, \"claims\": [], \"run\": {}, \"papers\": []}");
    suite.run(&["report", "--out", "out"]).expect(2, &["results.json"]);
}
