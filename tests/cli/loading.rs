//! Files that are no claims: every mistake of every file is named at once, with place and remedy.

use crate::harness::Suite;

/// Checks that hold, for files whose mistake is elsewhere.
const CHECKS: &str = "checks:
  - name: main
    grid: {x: [1, 2]}
    assert:
      - {name: positive, kind: at-least, value: x, bound: 0}
    controls:
      - {name: negative, assert: {positive: {value: -x}}}
";

/// `lint` and `verify` refuse the suite with these words; `verify` writes nothing.
#[track_caller]
fn refused(suite: &Suite, parts: &[&str]) {
    suite.run(&["lint"]).expect(2, parts);
    suite.run(&["verify"]).expect(2, &["nothing was run"]);
    assert!(!suite.path("reports").exists());
}

#[test]
fn malformed_yaml_is_shown_in_its_place() {
    let suite = Suite::of("checks: [1\n");
    refused(
        &suite,
        &["error[syntax]", "malformed YAML", "--> claims/demo/lemma-1.yaml:6:12", "help:"],
    );
    let suite = Suite::of("checks:\n\t- name: main\n");
    refused(&suite, &["error[syntax]", "claims/demo/lemma-1.yaml:7"]);
}

#[test]
fn every_mistake_of_every_file_is_told_at_once() {
    let suite = Suite::of(&CHECKS.replace("grid:", "gird:").replace("bound:", "bond:"));
    suite.claim("lemma-2", &CHECKS.replace("kind: at-least", "kind: at-leats"));
    suite.claim("lemma-3", &(CHECKS.to_string() + "expect: hold\nuses: demo/lemma-1\n"));
    suite.file("claims/demo/paper.yaml", "id: demo\ntitle: T\nauthor: [A]\nyear: soon\nabout: x\n");
    refused(
        &suite,
        &[
            "unknown key `gird`",
            "claims/demo/lemma-1.yaml:8:5",
            "8 |     gird: {x: [1, 2]}",
            "did you mean `grid`?",
            "unknown key `bond`",
            "claims/demo/lemma-1.yaml:10:52",
            "the key `bound` is missing",
            "there is no assertion kind `at-leats`",
            "claims/demo/lemma-2.yaml:10:32",
            "did you mean `at-least`?",
            "`hold` is none of the allowed words",
            "claims/demo/lemma-3.yaml:13:9",
            "did you mean `holds`?",
            "expected a list, found text",
            "claims/demo/lemma-3.yaml:14:7",
            "unknown key `author`",
            "did you mean `authors`?",
            "the key `authors` is missing",
            "expected a whole number, found text",
            "claims/demo/paper.yaml:4:7",
        ],
    );
}

#[test]
fn wrong_types_are_told_with_what_is_wanted() {
    let cases = [
        ("checks: 3\n", "expected a list, found a number"),
        ("checks: []\n", "needs at least 1 entry"),
        ("checks:\n", "expected a list, found nothing"),
        ("checks: [7]\n", "expected a map, found a number"),
        ("checks: [{name: 7}]\n", "put it in quotes"),
        ("checks: [{name: a, trials: 1.5}]\n", "expected"),
        ("checks: [{name: a, trials: -5}]\n", "-5 is below 0"),
        ("checks: [{name: a, grid: [1]}]\n", "expected a map, found a list"),
        ("checks: [{name: a, grid: {x: 1}}]\n", "expected a list or a map, found a number"),
        (
            "checks: [{name: a, grid: {x: {from: 0, to: 1e999, count: 2}}}]\n",
            "1e999 is larger than every double",
        ),
        ("checks: [{name: a, assert: [{name: b}]}]\n", "the key `kind` is missing"),
        ("checks: [{name: a, assert: [{name: b, kind: [c]}]}]\n", "`kind` must be a word"),
        (
            "checks: [{name: a, assert: [{name: b, kind: at-most, value: [1], bound: 1}]}]\n",
            "expected text or a number, found a list",
        ),
        (
            "checks: [{name: a, assert: [{name: b, kind: at-most, value: 1, bound: 1e999}]}]\n",
            "1e999 is larger than every double",
        ),
        (
            "checks: [{name: a, assert: [{name: b, kind: at-most, value: 1, bound: .inf}]}]\n",
            "in the formula",
        ),
        ("notes: \"\\e[31mred\"\nchecks: []\n", "the text holds the control character"),
        ("notes: \"a\\0\"\nchecks: []\n", "the text holds the control character"),
        ("checks: &all []\n", "anchors are not used"),
        ("checks: *all\n", "malformed"),
        ("checks: !tag []\n", "tags are not used"),
        ("checks: []\nchecks: []\n", "the key `checks` stands twice"),
        ("checks: []\n---\nid: x\n", "several documents"),
    ];
    for (text, part) in cases {
        let ran = Suite::of(text).run(&["lint"]);
        assert_eq!(ran.code, Some(2), "{text}");
        assert!(ran.err.contains(part), "{text}\n`{part}` is missing in\n{}", ran.err);
        assert!(ran.err.contains("--> claims/demo/lemma-1.yaml:"), "{text}\n{}", ran.err);
    }
}

#[test]
fn a_formula_is_shown_where_it_breaks() {
    // `value: ` begins in column 42; the mistake is the fifth character of the formula.
    let at = |formula: &str| {
        let suite = Suite::of(&CHECKS.replace("value: x,", &format!("value: {formula},")));
        suite.run(&["lint"]).expect(2, &["error[schema]", "in the formula"]).err.clone()
    };
    let column = "      - {name: positive, kind: at-least, value: ".len() + 5;
    let plain = at("x + * 2");
    assert!(plain.contains(&format!("lemma-1.yaml:10:{column}")), "{plain}");
    let quoted = at("\"x + * 2\"");
    assert!(quoted.contains(&format!("lemma-1.yaml:10:{}", column + 1)), "{quoted}");
    let open = at("2*(x + 1");
    assert!(open.contains("close the parenthesis"), "{open}");
}

#[test]
fn hostile_files_are_refused_without_a_panic() {
    let with = |value: &str| CHECKS.replace("value: x,", &format!("value: \"{value}\","));
    let cases = [
        ("", "the file is empty"),
        ("# nothing\n", "the file is empty"),
        (&"[".repeat(60_000), "malformed YAML"),
        (
            &(0..2_000).map(|depth| " ".repeat(depth) + "a:\n").collect::<String>()[..60_000],
            "nested deeper",
        ),
        (&"#".repeat((1 << 16) + 1), "more than 65536"),
        ("\u{0}\u{1}\u{7f}", "error["),
    ];
    for (text, part) in cases {
        let suite = Suite::new();
        suite.file("claims/demo/lemma-1.yaml", text);
        suite.run(&["lint"]).expect(2, &[part, "claims/demo/lemma-1.yaml"]);
    }
    let formulas = [
        ("(".repeat(5_000) + "x", "nests deeper"),
        ("-".repeat(9_000) + "x", "nests deeper"),
        ("x^".repeat(4_000) + "x", "nests deeper"),
        ("abs(".repeat(1_500) + "x" + &")".repeat(1_500), "nests deeper"),
        ("x".repeat(20_000), "longer than"),
        ("2^2^2^2^2^2^2^(".to_string(), "expected a value"),
    ];
    for (formula, part) in formulas {
        Suite::of(&with(&formula)).run(&["lint"]).expect(2, &[part]);
    }
    let suite = Suite::new();
    suite.file("claims/demo/lemma-1.yaml", b"id: \xff\xfe\n");
    suite.run(&["lint"]).expect(2, &["the file is not UTF-8", "lemma-1.yaml"]);
}

#[test]
fn formulas_that_grow_without_bound_are_refused() {
    let grow: String = (1..12)
        .map(|k| format!("      a{k}: {}\n", format!("a{} + ", k - 1).repeat(9) + "1"))
        .collect();
    let lets = format!("    let:\n      a0: x\n{grow}    assert:");
    let suite =
        Suite::of(&CHECKS.replace("    assert:", &lets).replace("value: x,", "value: a11,"));
    suite.run(&["lint"]).expect(2, &["the formula grows beyond"]);
    let circle = CHECKS.replace("    assert:", "    let: {a: b + x, b: a - x}\n    assert:");
    let suite = Suite::of(&circle.replace("value: x,", "value: a,"));
    suite.run(&["lint"]).expect(2, &["is defined by itself"]);
}

#[test]
fn what_looks_like_a_claim_is_never_passed_over() {
    let suite = Suite::of(CHECKS);
    suite.file("claims/demo/lemma-2.yml", "x").file("claims/lemma-3.yaml", "x");
    suite.file("claims/demo/more/lemma-4.yaml", "x").file("claims/demo/notes.md", "no claim");
    let ran = suite.run(&["lint"]);
    ran.expect(
        2,
        &["lemma-2.yml", "call it `.yaml`", "claims/lemma-3.yaml", "claims/demo/more", "3 errors"],
    );
    suite
        .run(&["lint", "--claims", "nowhere"])
        .expect(2, &["can't read the claims folder", "nowhere", "--claims"]);
}

#[test]
fn odd_text_is_measured_in_characters_and_drawn_safely() {
    let suite = Suite::new();
    let head = "id: demo/lemma-1\r\nkind: lemma\r\ntitle: \"Ünïcode 𝔸 \"\r\nsource: {section: \"1\"}\r\nstatement: é\r\n";
    suite.file("claims/demo/lemma-1.yaml", head.to_string() + "näme: ℝ\r\nchecks: []\r\n");
    suite.run(&["lint"]).expect(2, &["unknown key `näme`", "lemma-1.yaml:6:1"]);
    // Colour codes only where they are asked for.
    assert!(!suite.run(&["lint"]).err.contains('\u{1b}'));
    assert!(suite.run(&["--color", "always", "lint"]).err.contains('\u{1b}'));
}

#[test]
fn controls_and_profiles_are_read_as_closely_as_checks() {
    let control = |change: &str| CHECKS.replace("{positive: {value: -x}}", change);
    let cases = [
        (control("{positive: {value: \"((\"}}"), "expected a value"),
        (control("{positive: {value: -y}}"), "there is no name `y` here"),
        (control("{positive: {valeu: -x}}"), "valeu"),
        (control("{positive: {value: [1]}}"), "is not a formula"),
        (
            CHECKS.replace(
                "    controls:",
                "    profiles: {paper: {assert: {positive: {bound: \"1 +\"}}}}\n    controls:",
            ),
            "expected",
        ),
        (
            CHECKS.replace(
                "    controls:",
                "    profiles: {paper: {assert: {positive: {bound: y}}}}\n    controls:",
            ),
            "there is no name `y` here",
        ),
    ];
    for (checks, part) in cases {
        let ran = Suite::of(&checks).run(&["lint"]);
        ran.expect(2, &[part, "--> claims/demo/lemma-1.yaml:1"]);
    }
}
