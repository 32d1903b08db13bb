//! Small files that ask for a great deal: told as errors, in two seconds of processor time and 1 GB.
#![cfg(unix)]

use std::process::Command;

use crate::harness::{Ran, Suite};

const CHECKS: &str = "checks:
  - name: main
    grid: {x: [1, 2]}
    assert:
      - {name: positive, kind: at-least, value: x, bound: 0}
    controls:
      - {name: negative, assert: {positive: {value: -x}}}
";

/// Runs the program with the limits on. The system ends it at two seconds of processor time, half of which a
/// test build on a busy machine may need to start.
fn limited(suite: &Suite, arguments: &[&str]) -> Ran {
    let program = suite.command(&[]).get_program().to_owned();
    let mut command = Command::new("sh");
    command
        .args(["-c", "ulimit -t 2 && ulimit -d 1048576 && exec \"$0\" \"$@\""])
        .arg(program)
        .args(arguments);
    Ran::of(command.current_dir(suite.path("")).output().unwrap())
}

#[track_caller]
fn refused(checks: &str, part: &str) {
    let suite = Suite::of(checks);
    limited(&suite, &["lint"]).expect(2, &[part]);
    limited(&suite, &["verify", "--out", "out"]).expect(2, &["nothing was run"]);
}

#[test]
fn grids_and_lists() {
    let with = |axis: &str| CHECKS.replace("[1, 2]", axis);
    refused(&with("{from: 1, to: 2, count: 1000000000000}"), "points, more than 10000");
    let axes: String =
        (0..50).map(|k| format!("x{k}: {{from: 1, to: 2, count: 9999}}, ")).collect();
    refused(&CHECKS.replace("{x:", &format!("{{{axes} x:")), "points, more than 10000");
    let lists: String =
        (0..12).map(|k| format!("y{k}: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], ")).collect();
    let report = format!("    report:\n      q: {{value: x, at: [{{{lists} x: 1}}]}}\n");
    refused(&(CHECKS.to_string() + &report), "points, more than 10000");
    let uses: Vec<String> = (0..1_500).map(|k| format!("demo/lemma-{k}")).collect();
    refused(&format!("{CHECKS}uses: [{}]\n", uses.join(", ")), "there is no claim `demo/lemma-3`");
}

#[test]
fn anchors_and_nesting() {
    let doubled: String = (1..40).map(|k| format!("b{k}: &b{k} [*b{0}, *b{0}]\n", k - 1)).collect();
    refused(&format!("b0: &b0 [x, x]\n{doubled}"), "anchors");
    for open in ["[", "{a: ", "- "] {
        refused(&format!("checks: {}", open.repeat(15_000)), "error[");
    }
    let deep: String = (0..300).map(|depth| " ".repeat(depth) + "a:\n").collect();
    refused(&deep, "nested deeper");
}

#[test]
fn conditions_that_never_end() {
    for condition in ["informative", "hypothesis"] {
        for sum in ["sum(k, 1, 999999, k + x) > 0", "sum(k, 1, 100, sum(i, 1, k, i + x)) > 0"] {
            let line = format!("    {condition}: \"{sum}\"\n    assert:");
            let checks = CHECKS.replace("    assert:", &line);
            let checks = checks.replace("[1, 2]", "{from: 1, to: 2, count: 9999}");
            refused(&checks, "its conditions add up more than 1000000 terms");
        }
    }
    // A sum of the size that a paper prints is none of these.
    let checks =
        CHECKS.replace("    assert:", "    informative: \"sum(k, 1, 50, 1/k) > x\"\n    assert:");
    limited(&Suite::of(&checks), &["lint"]).expect(0, &[]);
}

#[test]
fn huge_numbers() {
    // They are numbers or errors of the claim, told at once.
    for value in ["9^9^9^9^9^x", "sum(k, 1, 1e18, k)", "sum(i, 1, 1e5, sum(k, 1, 1e5, x))"] {
        let suite = Suite::of(&CHECKS.replace("value: x,", &format!("value: \"{value}\",")));
        let ran = limited(&suite, &["verify", "--quiet", "--out", "out"]);
        assert!(matches!(ran.code, Some(0 | 1)), "{value}: {ran:?}");
    }
    let sampled = "checks:
  - name: main
    experiment: relu-layer
    given: {n: 20}
    grid: {m: [30]}
    trials: 200
    assert:
      - {name: mean, kind: mean, of: ratio, target: 1, margin: 0.5}
    controls:
      - {name: nine times the variance, given: {variance: 9/m}}
";
    for size in ["n: 20", "m: [30]"] {
        let name = &size[..1];
        let huge = if name == "n" { "n: 1000000000000" } else { "m: [1000000000000]" };
        refused(&sampled.replace(size, huge), "is out of range");
    }
    let suite = Suite::of(&sampled.replace("trials: 200", "trials: 1000000000000000000"));
    limited(&suite, &["verify", "--quiet", "--out", "out"]).expect(1, &[]);
    let results = suite.results("out");
    assert!(results["claims"][0].to_string().contains("do not fit in memory"), "{results}");
}

#[test]
fn long_words_and_many_mistakes() {
    let long = "w".repeat(50_000);
    let experiment = CHECKS.replace("    grid", &format!("    experiment: {long}\n    grid"));
    refused(&experiment, "there is no experiment");
    refused(&format!("{CHECKS}uses: [demo/{long}]\n"), "there is no claim");
    let keys: String = (0..700).map(|k| format!("key{k}{}: 1\n", "z".repeat(70))).collect();
    refused(&format!("{CHECKS}{keys}"), "and 650 more");
}

#[test]
fn prose_that_nests() {
    let formulas = [
        ("{".repeat(20_000), "too long"),
        ("\\frac{".repeat(1_000), "error["),
        ("\\sqrt{".repeat(150) + "x" + &"}".repeat(150), "error["),
        ("\\begin{matrix}".repeat(60), "error["),
        ("\\left(".repeat(160), "error["),
        ("\\def\\a{\\a\\a}\\a".into(), "not allowed"),
    ];
    for (formula, part) in formulas {
        let suite = Suite::of(CHECKS);
        let text = suite.read("claims/demo/lemma-1.yaml");
        suite
            .file("claims/demo/lemma-1.yaml", text.replace("It is so.", &format!("$ {formula} $")));
        let ran = limited(&suite, &["lint"]);
        if ran.code != Some(0) {
            ran.expect(2, &[part]);
        }
    }
    let marks = [">", "[", "*a ", "`", "<a ", "&amp;", "![", "_", "- ", "~~", "$"];
    for mark in marks {
        let suite = Suite::of(CHECKS);
        let text = suite.read("claims/demo/lemma-1.yaml");
        let prose = format!("|\n  x {}", mark.repeat(50_000 / mark.len()));
        suite.file("claims/demo/lemma-1.yaml", text.replace("It is so.", &prose));
        let ran = limited(&suite, &["verify", "--quiet", "--out", "out"]);
        assert!(matches!(ran.code, Some(0 | 2)), "{mark}: {ran:?}");
    }
}

#[test]
fn selectors() {
    let suite = Suite::of(CHECKS);
    let patterns = [
        "{a,".repeat(3_000) + &"}".repeat(3_000),
        "{a,b}".repeat(2_000),
        "*".repeat(50_000) + "x",
        "[!a-z]".repeat(20_000),
        "?".repeat(100_000),
    ];
    for pattern in &patterns {
        limited(&suite, &["list", pattern]).expect(4, &["is too long, 256 are allowed"]);
    }
    for pattern in ["{a,".repeat(80) + "}", "**/".repeat(80), "{a,b}".repeat(50), "[".repeat(200)] {
        let ran = limited(&suite, &["list", &pattern]);
        assert!(matches!(ran.code, Some(0 | 4)), "{pattern}: {ran:?}");
    }
}
