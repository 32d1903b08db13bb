//! Runs beside each other: `diff`, what a report remembers, `watch`, annotations, badges.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::harness::{Ran, Suite};

/// A claim that reports its bound as a quantity.
fn checks(bound: &str) -> String {
    format!(
        "checks:
  - name: main
    grid: {{x: [1]}}
    assert: [{{name: above, kind: at-least, value: x, bound: {bound}}}]
    controls: [{{name: lower, assert: {{above: {{value: x - 100}}}}}}]
    report: {{height: {{value: 10*{bound}}}}}
"
    )
}

/// Verifies all claims into a folder.
#[track_caller]
fn verify(suite: &Suite, code: i32, out: &str) {
    suite.run(&["verify", "--quiet", "--profile", "quick", "--out", out]).expect(code, &[]);
}

#[test]
fn diff_names_verdicts_and_quantities_that_moved() {
    let suite = Suite::of(&checks("0"));
    suite.claim("lemma-2", &checks("1"));
    verify(&suite, 0, "a");
    suite
        .run(&["diff", "a", "a"])
        .expect(0, &["no verdict and no quantity changed, over 2 claims"]);
    suite.claim("lemma-1", &checks("5"));
    suite.claim("lemma-3", &checks("0"));
    verify(&suite, 1, "b");
    let found = suite.run(&["diff", "a", "b"]);
    found.expect(
        1,
        &[
            "verdict  demo/lemma-1: holds → refuted  (what was tested changed too)",
            "moved    demo/lemma-1 height",
            "0 → 50",
            "new      demo/lemma-3",
        ],
    );
    assert!(!found.out.contains("lemma-2"), "{}", found.out);
    let json: Value =
        serde_json::from_str(&suite.run(&["diff", "b", "a", "--format", "json"]).out).unwrap();
    assert_eq!(json["gone"], serde_json::json!(["demo/lemma-3"]));
    suite.run(&["diff", "a", "nowhere"]).expect(2, &["cannot read", "name a report's folder"]);
    suite.run(&["diff", "a", "claims/demo/paper.yaml"]).expect(2, &["damaged"]);
}

#[test]
fn a_report_says_what_changed_since_the_run_before_and_the_reference() {
    let suite = Suite::of(&checks("0"));
    suite.verify(0, &[]);
    suite.run(&["report", "--out", "out", "--record", "reference.json"]).expect(0, &[]);
    assert!(suite.read("out/changes.html").contains("There is no earlier run"));
    // A run is known by the second in which it began.
    std::thread::sleep(Duration::from_millis(1100));
    suite.claim("lemma-1", &checks("5"));
    suite.verify(1, &["--reference", "reference.json"]);
    let page = suite.read("out/changes.html");
    assert!(page.contains("id=\"last\"") && page.contains("id=\"reference\""), "{page}");
    assert!(page.contains("1 verdict changed, 1 quantity moved beyond its interval"), "{page}");
    assert!(suite.read("out/index.html").contains("1 verdict changed"));
    assert_eq!(suite.read("out/history.jsonl").lines().count(), 2);
    // Rendering again remembers no new run.
    suite.run(&["report", "--out", "out", "--reference", "reference.json"]).expect(0, &[]);
    assert_eq!(suite.read("out/changes.html"), page);
    suite.run(&["report", "--out", "out", "--reference", "nowhere"]).expect(0, &["left out"]);
}

#[test]
fn surprises_become_annotations_and_badges() {
    let suite = Suite::of(&checks("5"));
    suite.claim("lemma-2", &checks("0"));
    let all = ["verify", "--quiet", "--profile", "quick", "--out", "out", "--annotate"];
    let ran = suite.run(&all);
    ran.expect(
        1,
        &["::error file=claims/demo/lemma-1.yaml,line=9,title=demo/lemma-1%3A surprise::"],
    );
    assert_eq!(ran.out.matches("::error").count(), 1, "{}", ran.out);
    let badge: Value = serde_json::from_str(&suite.read("out/badges/demo.json")).unwrap();
    assert_eq!((&badge["schemaVersion"], &badge["label"]), (&1.into(), &"demo".into()));
    assert_eq!((&badge["message"], &badge["color"]), (&"1 of 2 unexpected".into(), &"red".into()));
    assert!(suite.read("out/badges/claims.svg").contains("1 of 2 unexpected</text>"));
    // In a workflow they come by themselves.
    let mut command = suite.command(&all[..6]);
    command.env("GITHUB_ACTIONS", "true");
    Ran::of(command.output().unwrap()).expect(1, &["::error file="]);
}

#[test]
fn watch_verifies_again_what_is_saved() {
    let suite = Suite::of(&checks("0"));
    let child = suite.start(&["watch", "demo/lemma-1", "--rounds", "2"]);
    let page = suite.path("reports/watch/claims/demo/lemma-1.html");
    let patience = Instant::now();
    while !page.exists() {
        assert!(patience.elapsed() < Duration::from_secs(60), "no page");
        std::thread::sleep(Duration::from_millis(50));
    }
    std::thread::sleep(Duration::from_millis(1200));
    suite.claim("lemma-1", &checks("5"));
    let first = std::fs::read_to_string(&page).unwrap();
    let ran = suite.finish(child);
    ran.expect(1, &["saved: claims/demo/lemma-1.yaml", "surprise"]);
    let first_line = ran.err.lines().next().unwrap_or_default();
    assert!(first_line.ends_with("reports/watch/claims/demo/lemma-1.html"), "{first_line}");
    let last = std::fs::read_to_string(page).unwrap();
    assert!(last.contains("SURPRISE"));
    // Pages of `watch` reload themselves after a round, and no others do.
    let round = |page: &str| {
        let (_, after) = page.split_once("data-page=\"demo/lemma-1\" data-round=\"").unwrap();
        after.split('"').next().unwrap().parse::<u64>().unwrap()
    };
    assert!(round(&last) > round(&first));
    let live = suite.read("reports/watch/live.js");
    assert!(live.contains(&format!("\"demo/lemma-1\":{}", round(&last))), "{live}");
    suite.verify(1, &[]);
    assert!(!suite.path("out/live.js").exists() && !suite.path("out/watch.js").exists());
    assert!(!suite.read("out/claims/demo/lemma-1.html").contains("data-round"));
}
