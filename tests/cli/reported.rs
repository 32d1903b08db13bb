//! What a claim reports beside its verdict: quantities, plots, and the sizes of its profile.

use serde_json::{Value, json};

use crate::harness::Suite;
use crate::verdicts::{check, verdict};

#[test]
fn profiles_change_what_is_measured() {
    let checks = check("kind: at-most, value: square, bound: limit", "assert: {it: {bound: -1}}").replace(
        "    let: {square: x^2}\n",
        "    let: {square: x^2, limit: 16}\n    profiles:\n      quick: {grid: {x: [3]}, let: {limit: 9}}\n      paper: {given: {x: 10}, let: {limit: 100}}\n",
    );
    let suite = Suite::of(&checks);
    for (profile, values) in
        [("quick", json!([9.0])), ("standard", json!([1.0, 4.0, 16.0])), ("paper", json!([100.0]))]
    {
        suite.run(&["verify", "--profile", profile, "--out", profile]).expect(0, &[]);
        let results = suite.results(profile);
        assert_eq!(results["run"]["profile"], profile);
        let points = results["claims"][0]["assertions"][0]["points"].as_array().unwrap();
        assert_eq!(points.iter().map(|p| p["value"].clone()).collect::<Value>(), values);
    }
}

#[test]
fn quantities_are_reported_under_their_names() {
    let checks = check("kind: at-most, value: square, bound: 16", "assert: {it: {bound: 0}}")
        + "    report:
      each: {value: square, label: {form: printed}}
      largest: {value: square, reduce: max}
      smallest: {value: square, reduce: min}
      total: {value: square, reduce: sum}
      average: {value: square, reduce: mean}
      order: {value: 3*square, reduce: slope, over: x}
      above: {value: square, where: square > 3}
      elsewhere: {value: x^2 + y, at: [{x: [3, 5], y: [1, 2]}, {x: 7, y: 0}]}
";
    let found = verdict(&checks, 0);
    let all = found["quantities"].as_array().unwrap();
    let of = |name: &str| -> Vec<&Value> { all.iter().filter(|q| q["name"] == name).collect() };
    let values = |name: &str| -> Vec<f64> {
        of(name).iter().map(|q| q["value"].as_f64().unwrap()).collect()
    };
    assert_eq!(values("each"), [1.0, 4.0, 16.0]);
    assert_eq!(of("each")[1]["at"], json!({"x": 2, "form": "printed"}));
    assert_eq!(
        (values("largest"), values("smallest"), values("total")),
        (vec![16.0], vec![1.0], vec![21.0])
    );
    assert_eq!((values("average"), values("above")), (vec![7.0], vec![4.0, 16.0]));
    assert!((values("order")[0] - 2.0).abs() < 1e-12);
    assert_eq!(values("elsewhere"), [10.0, 11.0, 26.0, 27.0, 49.0]);
    assert_eq!(of("elsewhere")[3]["at"], json!({"x": 5, "y": 2}));
    for quantity in all {
        let number = |key: &str| quantity[key].as_f64().unwrap();
        assert!(number("lo") <= number("value") && number("value") <= number("hi"), "{quantity}");
    }
}

#[test]
fn plots_hold_every_curve() {
    let checks = check("kind: at-most, value: square, bound: 16", "assert: {it: {bound: 0}}")
        + "    plots:
      - title: Squares
        x: {axis: x, value: 10*x, label: ten times x, log: true}
        y: {label: value}
        grid: {x: {from: 1, to: 100, count: 3, log: true, integer: true}, k: [1, 2]}
        series:
          - {name: power, value: k*square, role: theory}
          - {name: line, value: x, role: bound, ignore: [k]}
          - {name: shifted, value: square + k, role: reference, given: {k: 5}}
          - {name: pole, value: 1/(x - 10), role: measurement, ignore: [k]}
";
    let suite = Suite::of(&checks);
    suite.verify(0, &[]);
    let data: Value = serde_json::from_str(&suite.read("out/data/demo/lemma-1.json")).unwrap();
    let plot = &data["plots"][0];
    assert_eq!(
        (&plot["x"]["label"], &plot["x"]["log"], &plot["y"]["log"]),
        (&json!("ten times x"), &json!(true), &json!(false))
    );
    let series = plot["series"].as_array().unwrap();
    let names: Vec<_> =
        series.iter().map(|s| (s["name"].as_str().unwrap(), s["role"].as_str().unwrap())).collect();
    assert_eq!(
        names,
        [
            ("power, k = 1", "theory"),
            ("power, k = 2", "theory"),
            ("line", "bound"),
            ("shifted", "reference"),
            ("pole", "measurement")
        ]
    );
    let points = |index: usize| -> Vec<(f64, f64)> {
        let list = series[index]["points"].as_array().unwrap();
        list.iter()
            .map(|p| (p[0].as_f64().unwrap(), p[1][0].as_f64().unwrap_or(f64::NAN)))
            .collect()
    };
    assert_eq!(points(1), [(10.0, 2.0), (100.0, 200.0), (1000.0, 20000.0)]);
    assert_eq!(points(2), [(10.0, 1.0), (100.0, 10.0), (1000.0, 100.0)]);
    assert_eq!(points(3), [(10.0, 6.0), (100.0, 105.0), (1000.0, 10005.0)]);
    assert!(points(4)[1].1.is_nan() || points(4)[1].1.is_infinite());
}

#[test]
fn a_heat_map_holds_every_cell_and_its_curves_run_along_one_axis() {
    let checks = check("kind: at-most, value: square, bound: 16", "assert: {it: {bound: 0}}")
        + "    plots:
      - title: Phases
        x: {axis: x, label: x}
        y: {axis: k, label: k}
        z: {value: k*square, label: loss, log: true}
        grid: {x: [1, 2, 4], k: [1, 2], j: [5, 6]}
        series:
          - {name: line, value: x, role: theory, ignore: [j]}
";
    let suite = Suite::of(&checks);
    suite.verify(0, &[]);
    let data: Value = serde_json::from_str(&suite.read("out/data/demo/lemma-1.json")).unwrap();
    let plot = &data["plots"][0];
    let cells = plot["field"]["cells"].as_array().unwrap();
    let cells: Vec<[f64; 3]> =
        cells.iter().map(|c| [&c[0], &c[1], &c[2][0]].map(|x| x.as_f64().unwrap())).collect();
    let wanted = [1.0, 2.0, 4.0].map(|x| [1.0, 2.0].map(|k| [x, k, k * x * x])).concat();
    assert_eq!(cells, wanted);
    assert_eq!(plot["series"].as_array().unwrap().len(), 1);
    assert_eq!(plot["series"][0]["points"].as_array().unwrap().len(), 3);
    assert!(suite.read("out/claims/demo/lemma-1.html").contains("class=\"cell z11\""));

    // The two keys of a heat map go together.
    let half = checks.replace("axis: k, label: k", "label: k");
    Suite::of(&half).run(&["lint"]).expect(2, &["`z` and `y: {axis}` go together"]);
}
