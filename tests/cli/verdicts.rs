//! What a verdict means, from claim file to results and exit code. Expected numbers are worked out by
//! hand from the formulas.

use serde_json::{Value, json};

use crate::harness::{Suite, claim, named};

/// A check on x = 1, 2, 4 with a formula, an assertion and a control that is caught.
pub fn check(assertion: &str, control: &str) -> String {
    format!(
        "checks:
  - name: main
    grid: {{x: [1, 2, 4]}}
    let: {{square: x^2}}
    assert:
      - {{name: it, {assertion}}}
    controls:
      - {{name: disturbed, {control}}}
"
    )
}

const ERRATUM: &str = "expect: refuted
erratum: {kind: constant, why: At $x = 4$ the square is 16., corrected-by: demo/lemma-2}
";

/// A sampled check of one ReLU layer: `ratio` has mean 1 and variance 5/m.
fn sampled(assertion: &str, trials: u64, control: &str) -> String {
    format!(
        "checks:
  - name: main
    experiment: relu-layer
    given: {{m: 20, n: 3}}
    trials: {trials}
    assert:
      - {{name: it, {assertion}}}
    controls:
      - {{name: disturbed, {control}}}
"
    )
}

/// Verdict of the only claim of a suite.
#[track_caller]
pub fn verdict(checks: &str, code: i32) -> Value {
    let results = Suite::of(checks).verify(code, &[]);
    claim(&results, "demo/lemma-1").clone()
}

#[test]
fn holds_with_its_numbers() {
    let found =
        verdict(&check("kind: at-most, value: square, bound: 16", "let: {square: 2*x^2}"), 0);
    assert_eq!(found["verdict"], "holds");
    assert_eq!((&found["as_expected"], &found["evidence"]), (&json!(true), &json!("exact")));
    let points = found["assertions"][0]["points"].as_array().unwrap();
    let numbers: Vec<_> =
        points.iter().map(|p| (&p["at"]["x"], &p["value"], &p["bound"], &p["n"])).collect();
    let (x, v, b, n) = (json!([1, 2, 4]), json!([1.0, 4.0, 16.0]), json!(16.0), json!(null));
    assert_eq!(numbers, [(&x[0], &v[0], &b, &n), (&x[1], &v[1], &b, &n), (&x[2], &v[2], &b, &n)]);
    let control = named(&found["controls"], "disturbed");
    assert_eq!((&control["verdict"], &control["caught"]), (&json!("refuted"), &json!(true)));
}

#[test]
fn a_refutation_is_expected_or_a_surprise() {
    let wrong = check(
        "kind: at-most, value: square, bound: 15",
        "expect: holds, assert: {it: {bound: 16}}",
    );
    let right = check("kind: at-most, value: square, bound: 16", "let: {square: 2*x^2}");
    let suite = Suite::of(&(wrong.clone() + ERRATUM));
    suite.claim("lemma-2", &right);
    let results = suite.verify(0, &[]);
    let found = claim(&results, "demo/lemma-1");
    assert_eq!((&found["verdict"], &found["as_expected"]), (&json!("refuted"), &json!(true)));
    assert_eq!(found["erratum"]["corrected_by"], "demo/lemma-2");
    assert_eq!(claim(&results, "demo/lemma-2")["verdict"], "holds");
    suite.run(&["verify", "--out", "text"]).expect(0, &["0 surprises"]);

    // Not expected: exit code 1, but nothing is lost.
    let found =
        verdict(&check("kind: at-most, value: square, bound: 15", "assert: {it: {bound: 0}}"), 1);
    assert_eq!((&found["verdict"], &found["as_expected"]), (&json!("refuted"), &json!(false)));
    let points: Vec<_> = found["assertions"][0]["points"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| &p["verdict"])
        .collect();
    assert_eq!(points, ["holds", "holds", "refuted"]);

    // It holds where a refutation is expected: a surprise too.
    let holds = check(
        "kind: at-most, value: square, bound: 16",
        "expect: holds, assert: {it: {bound: 17}}",
    );
    let suite = Suite::of(&(holds + ERRATUM));
    suite.claim("lemma-2", &right);
    assert_eq!(claim(&suite.verify(1, &[]), "demo/lemma-1")["verdict"], "holds");
}

#[test]
fn a_control_that_is_not_caught_makes_the_claim_toothless() {
    let cases = [
        // The disturbance satisfies the bound as well.
        check("kind: at-most, value: square, bound: 16", "let: {square: x}"),
        // It lies between: neither caught nor missed.
        check(
            "kind: at-most, value: square, bound: 16",
            "assert: {it: {value: sqrt(2)^2, bound: 2}}",
        ),
        // It breaks instead of being refuted.
        check("kind: at-most, value: square, bound: 16", "let: {square: ln(-x)}"),
    ];
    for checks in cases {
        let found = verdict(&checks, 1);
        assert_eq!(found["verdict"], "toothless", "{checks}");
        assert!(
            found["reason"].as_str().unwrap().contains("without it the verdict would be holds"),
            "{found:#}"
        );
        assert_eq!(found["controls"][0]["caught"], false);
    }
    // Another assertion than the one named was refuted.
    let two = check("kind: at-most, value: square, bound: 16", "refutes: [it], let: {square: x}")
        .replace(
            "    controls:",
            "      - {name: other, kind: at-least, value: square, bound: x^2}\n    controls:",
        );
    assert_eq!(verdict(&two, 1)["verdict"], "toothless");
    assert_eq!(verdict(&two.replace("refutes: [it]", "refutes: [other]"), 0)["verdict"], "holds");
    // A refuted claim whose repair does not hold.
    let broken = check(
        "kind: at-most, value: square, bound: 15",
        "expect: holds, assert: {it: {bound: 15.5}}",
    );
    let suite = Suite::of(&(broken + ERRATUM));
    suite.claim(
        "lemma-2",
        &check("kind: at-most, value: square, bound: 16", "let: {square: 2*x^2}"),
    );
    assert_eq!(claim(&suite.verify(1, &[]), "demo/lemma-1")["verdict"], "toothless");
}

#[test]
fn vacuous_points_are_shown_and_never_counted() {
    // At x = 4 the bound would fail, but it says nothing there.
    let some = check("kind: at-most, value: square, bound: 4", "let: {square: 9*x}")
        .replace("    let:", "    informative: x < 3\n    let:");
    let found = verdict(&some, 0);
    assert_eq!(
        (&found["verdict"], &found["assertions"][0]["uninformative"]),
        (&json!("holds"), &json!(1))
    );
    assert_eq!(found["assertions"][0]["points"][2]["verdict"], "vacuous");
    assert_eq!(found["assertions"][0]["points"][2]["value"], 16.0);

    let none =
        check("kind: at-most, value: square, bound: 4", "informative: x < 9, let: {square: 9*x}")
            .replace("    let:", "    informative: x > 9\n    let:");
    let expected = none.clone() + "expect: vacuous\nexpect-reason: Too large to run.\n";
    let found = verdict(&expected, 0);
    assert_eq!((&found["verdict"], &found["as_expected"]), (&json!("vacuous"), &json!(true)));

    // Only the quick profile leaves no informative point: no surprise, but not under `--strict`.
    let quick = check(
        "kind: at-most, value: square, bound: 16",
        "let: {square: 9*x^2}, informative: x > 0",
    )
    .replace(
        "    let:",
        "    informative: x > 2\n    profiles: {quick: {grid: {x: [1, 2]}}}\n    let:",
    );
    let suite = Suite::of(&quick);
    assert_eq!(claim(&suite.verify(0, &[]), "demo/lemma-1")["verdict"], "vacuous");
    suite.verify(3, &["--strict"]);
    suite.run(&["verify", "--strict"]).expect(0, &[]);
}

#[test]
fn between_the_boundaries_nothing_is_decided() {
    // sqrt(2)² is 2, but no finite computation shows it.
    let checks = check("kind: at-most, value: sqrt(2)^2, bound: 2", "assert: {it: {bound: 1}}");
    let checks = checks.replace("    let: {square: x^2}\n", "").replace("{x: [1, 2, 4]}", "{}");
    let suite = Suite::of(&checks);
    assert_eq!(claim(&suite.verify(0, &[]), "demo/lemma-1")["verdict"], "inconclusive");
    suite.verify(3, &["--strict"]);
    suite.claim(
        "lemma-1",
        &(checks + "expect: inconclusive\nexpect-reason: Rounding can't show equality.\n"),
    );
    suite.verify(0, &["--strict"]);
}

#[test]
fn what_is_no_number_never_holds() {
    let at_least = |formula: &str, bound: &str| {
        check(
            &format!("kind: at-least, value: square - square + {formula}, bound: {bound}"),
            "assert: {it: {value: -1e10 - square}}",
        )
    };
    for (formula, bound) in [
        ("ln(x - 8)", "-1e9"),
        ("0/0", "-1e9"),
        ("1e308*10*x - 1e308*10*x", "-1e9"),
        ("x", "-1e9 + 0/0"),
    ] {
        let found = verdict(
            &at_least(formula, bound)
                .replace("it: {value: -1e10 - square}", "it: {value: -1e10 - square, bound: 0}"),
            1,
        );
        assert_eq!(found["verdict"], "error", "{formula}");
        assert!(found["reason"].as_str().unwrap().contains("is not a number here"), "{found:#}");
    }
    // A pole is no proof either, and no point is lost.
    let pole = verdict(&at_least("1/(x - 2)", "-1e9"), 0);
    assert_eq!(pole["verdict"], "inconclusive");
    assert_eq!(pole["assertions"][0]["points"].as_array().unwrap().len(), 3);
    // An axis of words in a formula.
    let words = check("kind: at-least, value: square, bound: 0", "assert: {it: {value: -1}}")
        .replace("[1, 2, 4]", "[a, b]");
    assert_eq!(verdict(&words, 1)["verdict"], "error");
}

#[test]
fn all_of_takes_the_worst_verdict_of_others() {
    let part = |bound: u32| {
        check(&format!("kind: at-most, value: square, bound: {bound}"), "assert: {it: {bound: 0}}")
    };
    let whole = |claims: &str| {
        format!(
            "checks:\n  - name: parts\n    assert:\n      - {{name: all, kind: all-of, claims: [{claims}]}}\n    controls:\n      - {{name: a false part, assert: {{all: {{claims: [demo/lemma-3]}}}}}}\n"
        )
    };
    let suite = Suite::new();
    suite.claim("theorem-1", &whole("demo/lemma-1, demo/lemma-2"));
    suite.claim("lemma-1", &part(16)).claim("lemma-2", &part(20));
    let wrong = check(
        "kind: at-most, value: square, bound: 15",
        "expect: holds, assert: {it: {bound: 16}}",
    );
    suite.claim("lemma-3", &(wrong + &ERRATUM.replace("lemma-2", "lemma-1")));
    // What it speaks of is run with it.
    let results = suite.verify(0, &["demo/theorem-1"]);
    assert_eq!(results["claims"].as_array().unwrap().len(), 4);
    let found = claim(&results, "demo/theorem-1");
    assert_eq!((&found["verdict"], &found["evidence"]), (&json!("holds"), &json!("exact")));
    // A refutation that is expected of a part is a refutation of the whole.
    let control = "claims: [demo/lemma-3]";
    let of_refuted = whole("demo/lemma-1, demo/lemma-3")
        .replace(control, "claims: [demo/lemma-1]")
        .replace("a false part,", "without it, expect: holds,");
    suite.claim("theorem-1", &of_refuted);
    assert_eq!(claim(&suite.verify(1, &[]), "demo/theorem-1")["verdict"], "refuted");
}

#[test]
fn trials_decide_within_their_error_probability() {
    let found = verdict(
        &sampled("kind: mean, of: ratio, target: 1, margin: 0.1", 40_000, "given: {variance: 1/m}"),
        0,
    );
    assert_eq!((&found["verdict"], &found["evidence"]), (&json!("holds"), &json!("monte-carlo")));
    let point = &found["assertions"][0]["points"][0];
    let number = |key: &str| point[key].as_f64().unwrap_or_else(|| panic!("{key} in {point}"));
    assert!(
        number("lo") < 1.0 && 1.0 < number("hi") && number("alpha") <= 1e-6 && number("n") >= 64.0
    );
    assert!(found["assertions"][0]["unit"].as_str().unwrap().contains("fresh weights"));

    // P(ratio > 1) is near 0.44 for m = 20: at most 0.1 is refuted, at most 0.44 needs more trials than there are.
    let found = verdict(
        &sampled(
            "kind: probability, event: ratio > 1, at-most: 0.1",
            40_000,
            "assert: {it: {at-most: 0.01}}",
        ),
        1,
    );
    assert_eq!(found["verdict"], "refuted");
    assert!(
        found["assertions"][0]["points"][0]["n"].as_u64().unwrap() < 40_000,
        "stopped once it was decided"
    );
    let found = verdict(
        &sampled(
            "kind: probability, event: ratio > 1, at-most: 0.44",
            200,
            "assert: {it: {at-most: 0.01}}",
        ),
        0,
    );
    assert_eq!(found["verdict"], "inconclusive");
    assert_eq!(found["assertions"][0]["points"][0]["n"], 200);
}

#[test]
fn every_kind_of_assertion_reaches_both_verdicts() {
    let grid = |assertion: &str, control: &str| {
        check(assertion, control).replace("[1, 2, 4]", "[10, 20, 40, 80]")
    };
    let cases = [
        grid("kind: equals, value: square, target: x*x, margin: 1e-9", "let: {square: x^2 + 1}"),
        grid("kind: at-least, value: square, bound: 100", "let: {square: x}"),
        grid(
            "kind: rate, value: square + x, over: x, target: 2, margin: 0.1",
            "let: {square: x^3}",
        ),
        grid(
            "kind: limit, value: 3 + 1/square, target: 3, over: x, order: 2, slack: 1.01",
            "let: {square: x}",
        ),
        grid(
            "kind: ordering, value: square, over: x, direction: increasing, by: 299",
            "let: {square: 20*x}",
        ),
        grid(
            "kind: ordering, value: -square, over: x, direction: decreasing",
            "let: {square: -x^2}",
        ),
        sampled(
            "kind: quantile, of: ratio, p: 0.5, target: 0.96, margin: 0.1",
            20_000,
            "given: {variance: 1/m}",
        ),
        sampled(
            "kind: interval, of: ratio, contains: 1.2, level: 0.95",
            20_000,
            "assert: {it: {contains: 9}}",
        ),
        sampled(
            "kind: distribution, of: ratio, cdf: below, margin: 0.05",
            20_000,
            "assert: {it: {of: 1.2*ratio}}",
        ),
        sampled(
            "kind: no-counterexample, of: 0 - ratio, bound: 0",
            100,
            "assert: {it: {bound: -1}}",
        ),
        sampled(
            "kind: training-outcome, outcome: ratio > 1e-9",
            6,
            "assert: {it: {outcome: ratio > 1e9}}",
        ),
    ];
    for checks in cases {
        let found = verdict(&checks, 0);
        assert_eq!(found["verdict"], "holds", "{checks}\n{}", found["reason"]);
        assert_eq!(found["controls"][0]["verdict"], "refuted", "{checks}");
    }
}

#[test]
fn a_counterexample_names_its_trial() {
    let found = verdict(
        &sampled(
            "kind: no-counterexample, of: ratio, bound: 0.5",
            500,
            "assert: {it: {bound: 0.1}}",
        ),
        1,
    );
    assert_eq!((&found["verdict"], &found["evidence"]), (&json!("refuted"), &json!("search")));
    let point = &found["assertions"][0]["points"][0];
    assert!(point["note"].as_str().unwrap().contains("counterexample: trial"), "{point}");
    assert!(point["value"].as_f64().unwrap() > 0.5);
}

#[test]
fn the_seed_changes_the_draws_and_is_kept() {
    let checks =
        sampled("kind: mean, of: ratio, target: 1, margin: 0.5", 2_000, "given: {variance: 9/m}");
    let suite = Suite::of(&checks);
    let value =
        |results: &Value| results["claims"][0]["assertions"][0]["points"][0]["value"].clone();
    let one = suite.verify(0, &[]);
    let two = suite.verify(0, &["--seed", "2"]);
    assert_ne!(value(&one), value(&two));
    assert_eq!(two["run"]["seed"], 2);
    let ran = suite.run(&["verify", "--vary-seed", "--out", "varied"]);
    ran.expect(0, &["seed "]);
    assert_ne!(suite.results("varied")["run"]["seed"], 1);
}
