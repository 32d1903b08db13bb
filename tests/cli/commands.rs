//! Subcommands that measure nothing, and the help.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::harness::Suite;

const CHECKS: &str = "checks:
  - name: main
    grid: {x: [1, 2]}
    assert:
      - {name: positive, kind: at-least, value: x, bound: 0}
    controls:
      - {name: negative, assert: {positive: {value: -x}}}
    report:
      double: {value: 2*x}
";

fn three() -> Suite {
    let suite = Suite::of(CHECKS);
    suite.claim("lemma-2", &format!("uses: [demo/lemma-1]\ntags: [easy]\n{CHECKS}"));
    suite.claim("theorem-3", &format!("uses: [demo/lemma-2]\n{CHECKS}"));
    suite
}

#[test]
fn help_names_every_flag_and_the_exit_codes() {
    let suite = Suite::new();
    suite.run(&["--help"]).expect(
        0,
        &[
            "Exit codes:",
            "verify",
            "lint",
            "list",
            "show",
            "explain",
            "new",
            "report",
            "plan",
            "slurm",
            "graph",
            "schema",
            "doctor",
        ],
    );
    suite.run(&["--version"]).expect(0, &["claimcheck 0."]);
    let flags: [(&str, &[&str]); 14] = [
        ("plan", &["--paper", "--profile", "--from", "--gpu-speed", "--format"]),
        (
            "slurm",
            &[
                "--threads",
                "--tasks",
                "--time-factor",
                "--header",
                "--submit",
                "--resubmit",
                "--merge",
            ],
        ),
        (
            "verify",
            &[
                "--paper",
                "--kind",
                "--profile",
                "--seed",
                "--vary-seed",
                "--threads",
                "--shard",
                "--resume",
                "--fresh",
                "--strict",
                "--out",
                "--quiet",
                "quick",
                "standard",
                "paper",
            ],
        ),
        ("lint", &["--format", "--deny-warnings", "json"]),
        ("list", &["--paper", "--kind", "--format"]),
        ("show", &["<ID>", "--out", "--profile", "--seed"]),
        ("explain", &["[NAME]", "--markdown"]),
        ("new", &["<ID>", "--experiment", "--title", "--stdout"]),
        ("report", &["--out", "--merge", "--strict"]),
        ("diff", &["<BEFORE>", "<AFTER>", "--format"]),
        ("watch", &["--profile", "--out"]),
        ("graph", &["[ID]", "--format", "dot", "mermaid"]),
        ("schema", &["--paper"]),
        ("doctor", &[]),
    ];
    for (command, flags) in flags {
        let ran = suite.run(&[command, "--help"]);
        ran.expect(0, &["--claims", "--color", "Usage: claimcheck"]).expect(0, flags);
    }
}

#[test]
fn wrong_usage_is_2_and_nothing_selected_4() {
    let suite = three();
    let usage: [&[&str]; 8] = [
        &[],
        &["verfy"],
        &["verify", "--shard", "0/3"],
        &["verify", "--shard", "4/3"],
        &["verify", "--profile", "huge"],
        &["verify", "--resume", "--seed", "3"],
        &["verify", "--seed", "3", "--vary-seed"],
        &["verify", "--resume"],
    ];
    for arguments in usage {
        suite.run(arguments).expect(2, &[]);
    }
    suite
        .run(&["verify", "demo/lema-1"])
        .expect(4, &["no claim matches `demo/lema-1`", "did you mean `demo/lemma-1`?"]);
    suite.run(&["verify", "--paper", "other"]).expect(4, &["no claim is selected"]);
    suite.run(&["verify", "demo/lemma-1", "--kind", "figure"]).expect(4, &["no claim is selected"]);
    suite.run(&["verify", "["]).expect(4, &["is no pattern"]);
    suite.run(&["list", "--kind", "figure"]).expect(4, &["no claim is selected"]);
    suite.run(&["show", "demo/lemma-9"]).expect(4, &["there is no claim `demo/lemma-9`"]);
    suite.run(&["graph", "demo/lemma-9"]).expect(4, &["there is no claim `demo/lemma-9`"]);
    suite.run(&["explain", "at-mots"]).expect(4, &["did you mean `at-most`?"]);
    suite.run(&["report"]).expect(2, &["can't read a report", "`claimcheck verify` writes one"]);
    suite.run(&["report", "--merge", "nowhere"]).expect(2, &["nowhere is no folder of a run"]);
    assert!(!suite.path("reports/latest/results.json").exists());
}

#[test]
fn selections_choose_by_pattern_paper_and_kind() {
    let suite = three();
    let ids = |arguments: &[&str]| -> Vec<String> {
        let all = [&["list", "--format", "json"], arguments].concat();
        let list: Value = serde_json::from_str(&suite.run(&all).expect(0, &[]).out).unwrap();
        list.as_array().unwrap().iter().map(|claim| claim["id"].as_str().unwrap().into()).collect()
    };
    assert_eq!(ids(&[]), ["demo/lemma-1", "demo/lemma-2", "demo/theorem-3"]);
    assert_eq!(ids(&["demo/lemma-*"]), ["demo/lemma-1", "demo/lemma-2"]);
    assert_eq!(ids(&["demo/theorem-3", "demo/lemma-2"]), ["demo/lemma-2", "demo/theorem-3"]);
    assert_eq!(
        ids(&["--paper", "demo", "--kind", "lemma"]),
        ["demo/lemma-1", "demo/lemma-2", "demo/theorem-3"]
    );
    let results = suite.verify(0, &["demo/lemma-*"]);
    assert_eq!(results["claims"].as_array().unwrap().len(), 2);
}

#[test]
fn list_says_what_a_claim_is() {
    let suite = three();
    let list: Value =
        serde_json::from_str(&suite.run(&["list", "demo/lemma-2", "--format", "json"]).out)
            .unwrap();
    let expected = serde_json::json!([{
        "id": "demo/lemma-2", "paper": "demo", "kind": "lemma", "title": "A statement", "expect": "holds",
        "file": "claims/demo/lemma-2.yaml", "uses": ["demo/lemma-1"], "tags": ["easy"], "quantities": ["double"],
    }]);
    assert_eq!(list, expected);
    suite.run(&["list"]).expect(0, &["demo/lemma-1    holds     A statement\n"]);
}

#[test]
fn everything_with_a_name_is_explained() {
    let suite = Suite::new();
    let listed = suite
        .run(&["explain"])
        .expect(0, &["experiments", "assertion kinds", "aggregates", "lints"])
        .out
        .clone();
    let names: BTreeSet<&str> = listed
        .lines()
        .filter_map(|line| line.strip_prefix("  ")?.split([' ', '(']).next())
        .collect();
    for name in ["relu-layer", "at-most", "all-of", "mean", "no-control"] {
        assert!(names.contains(name), "{name} is not listed");
    }
    for name in names {
        let ran = suite.run(&["explain", name]);
        ran.expect(0, &[name]);
        assert!(ran.out.lines().count() > 2, "{name} is explained in too few words:\n{}", ran.out);
    }
}

#[test]
fn new_writes_a_file_that_lints_and_holds() {
    let suite = Suite::new();
    suite
        .run(&["new", "demo/theorem-1", "--title", "It's \"so\": <b>: #1"])
        .expect(0, &["claims/demo/theorem-1.yaml"]);
    suite.run(&["new", "demo/figure-2", "--experiment", "relu-layer"]).expect(0, &[]);
    suite.run(&["lint", "--deny-warnings"]).expect(0, &["0 errors, 0 warnings"]);
    let results = suite.verify(0, &[]);
    assert_eq!(results["claims"][1]["title"], "It's \"so\": <b>: #1");
    assert_eq!(results["claims"][1]["kind"], "theorem");
    // It is never written over, and never outside.
    let before = suite.read("claims/demo/theorem-1.yaml");
    suite.run(&["new", "demo/theorem-1"]).expect(2, &["exists already"]);
    assert_eq!(suite.read("claims/demo/theorem-1.yaml"), before);
    suite.run(&["new", "../theorem-1"]).expect(2, &["is no id"]);
    suite
        .run(&["new", "demo/x", "--experiment", "relu-leyer"])
        .expect(2, &["did you mean `relu-layer`?"]);
    let printed = suite
        .run(&["new", "demo/lemma-7", "--stdout"])
        .expect(0, &["id: demo/lemma-7"])
        .out
        .clone();
    assert!(!suite.path("claims/demo/lemma-7.yaml").exists());
    suite.file("claims/demo/lemma-7.yaml", printed).run(&["lint"]).expect(0, &[]);
}

#[test]
fn the_graph_is_drawn_in_three_ways() {
    let suite = three();
    suite.run(&["graph"]).expect(
        0,
        &["demo/lemma-2\n  uses demo/lemma-1\n", "demo/theorem-3\n  uses demo/lemma-2\n"],
    );
    suite
        .run(&["graph", "--format", "dot"])
        .expect(0, &["digraph claims {", "\"demo/lemma-2\" -> \"demo/lemma-1\";"]);
    suite
        .run(&["graph", "--format", "mermaid"])
        .expect(0, &["graph LR", "demo_lemma-2 --> demo_lemma-1"]);
    let part = suite.run(&["graph", "demo/lemma-2"]);
    part.expect(0, &["demo/lemma-1"]);
    assert!(!part.out.contains("theorem-3"));
}

#[test]
fn show_describes_a_claim() {
    let suite = three();
    suite.run(&["show", "demo/theorem-3"]).expect(
        0,
        &[
            "demo/theorem-3",
            "uses     demo/lemma-2",
            "through  demo/lemma-1, demo/lemma-2",
            "not measured yet",
            "control `negative`",
            "value: x",
        ],
    );
}

#[test]
fn doctor_and_schemas() {
    let suite = three();
    suite.run(&["doctor"]).expect(
        0,
        &["claimcheck", "processor", "libtorch", "claims       3 in claims, 1 papers, 0 errors"],
    );
    for arguments in [&["schema"][..], &["schema", "--paper"]] {
        let schema: Value = serde_json::from_str(&suite.run(arguments).out).unwrap();
        assert_eq!(schema["type"], "object");
    }
}

#[test]
fn a_closed_or_full_output_is_no_panic() {
    let suite = Suite::of("checks: [1\n");
    for (arguments, redirect) in [
        ("lint", "2>/dev/full"),
        ("lint --format json", ">/dev/full"),
        ("verify", "2>/dev/full"),
        ("--help", ">/dev/full"),
    ] {
        let program = suite.command(&[]).get_program().to_string_lossy().into_owned();
        let mut shell = std::process::Command::new("sh");
        shell
            .args(["-c", &format!("'{program}' {arguments} {redirect}; echo code $?")])
            .current_dir(suite.path(""));
        let text = String::from_utf8(shell.output().unwrap().stdout).unwrap();
        assert!(!text.contains("code 101"), "{arguments} {redirect}: {text}");
    }
    let closed = suite.command(&["explain"]).stdout(std::process::Stdio::piped()).spawn();
    let mut closed = closed.unwrap();
    drop(closed.stdout.take());
    assert_eq!(closed.wait().unwrap().code(), Some(0));
}
