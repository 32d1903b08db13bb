//! Functions held against 50-digit values: `tests/reference/*.csv`, written by `tests/reference/make.py`.
//!
//! Each test prints its worst point in units of the last place and fails beyond the documented bound.

use std::collections::BTreeMap;

use claimcheck::maths::special::U;
use claimcheck::maths::{binomial, chi_squared, gamma, normal, special};
use claimcheck::models::relu::relu_layer::LayerLaw;

/// One row: name, arguments, exact value rounded to a float.
struct Row {
    function: String,
    arguments: [f64; 3],
    value: f64,
}

fn rows(table: &str) -> Vec<Row> {
    let path = format!("{}/tests/reference/{table}.csv", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    let rows: Vec<Row> = text.lines().skip(1).map(parse).collect();
    assert!(!rows.is_empty(), "{table} is empty");
    rows
}

fn parse(line: &str) -> Row {
    let cells: Vec<&str> = line.split(',').collect();
    assert_eq!(cells.len(), 5, "{line}");
    let number = |i: usize| cells[i].parse::<f64>().unwrap();
    Row {
        function: cells[0].into(),
        arguments: [number(1), number(2), number(3)],
        value: number(4),
    }
}

/// Compares every row with `got` = (our value, absolute error bound); prints the worst row a function.
fn check(table: &str, got: impl Fn(&Row) -> (f64, f64)) {
    let mut worst: BTreeMap<String, (f64, f64, [f64; 3])> = BTreeMap::new();
    for row in rows(table) {
        let (ours, bound) = got(&row);
        let error = (ours - row.value).abs();
        // The table's value is itself rounded to a float.
        let bound = bound + U * row.value.abs();
        assert!(
            error <= bound,
            "{} {:?}: {ours:e} instead of {:e}, off by {error:e} > {bound:e}",
            row.function,
            row.arguments,
            row.value
        );
        // The logarithm of a probability next to 1: count in the probability's own ulps.
        let size = if row.value.abs() < 1e-30 { 1.0 } else { row.value.abs() };
        let ulps = error / (2.0 * U * size);
        let used = error / bound;
        let entry = worst.entry(row.function).or_insert((0.0, 0.0, row.arguments));
        if ulps >= entry.0 {
            *entry = (ulps, used, row.arguments);
        }
    }
    for (function, (ulps, used, at)) in worst {
        eprintln!(
            "{function:<18} worst {ulps:>8.1} ulp ({:>5.1} % of its bound) at {at:?}",
            100.0 * used
        );
    }
}

#[test]
fn special_functions() {
    check("special", |row| {
        let x = row.arguments[0];
        let size = row.value.abs();
        match row.function.as_str() {
            "erf" => (special::erf(x), 2.0 * U * size),
            "erfc" => (special::erfc(x), 4.0 * U * size),
            "normal-sf" => (normal::sf(x), 8.0 * U * size),
            "normal-ln-sf" if x < 0.0 => (normal::ln_sf(x), 16.0 * U * size),
            "normal-ln-sf" => (normal::ln_sf(x), 16.0 * U * size.max(1.0)),
            "normal-quantile" => (normal::quantile(x), 32.0 * U * size),
            "ln-gamma" => (special::ln_gamma(x), 8.0 * U * size.max(1.0)),
            "digamma" => (special::digamma(x), 8.0 * U * size.max(1.0).max(1.0 / x)),
            "trigamma" => (special::trigamma(x), 16.0 * U * size),
            "stirling" => (special::stirling_correction(x), 8.0 * U),
            "chi-mean" => (special::chi_mean(x), 64.0 * U * size),
            other => panic!("unknown function {other}"),
        }
    });
}

#[test]
fn combinatorics() {
    check("combinatorics", |row| {
        let [n, second, third] = row.arguments;
        match row.function.as_str() {
            "ln-choose" => {
                (binomial::ln_choose(n as u64, second as u64), 32.0 * U * row.value.abs())
            }
            "binomial-ln-pmf" => {
                let off = (third - n * second).abs();
                let bound = (16.0 + 8.0 * row.value.abs() + 2.0 * off) * U;
                (binomial::ln_pmf(n as u64, second, third as u64), bound)
            }
            other => panic!("unknown function {other}"),
        }
    });
}

#[test]
fn incomplete_gamma() {
    check("incomplete_gamma", |row| {
        let [a, x, _] = row.arguments;
        match row.function.as_str() {
            "gamma-ln-p" => (gamma::ln_p(a, x), gamma::ln_error(a, row.value)),
            "gamma-ln-q" => (gamma::ln_q(a, x), gamma::ln_error(a, row.value)),
            "chi2-ln-pdf" => (chi_squared::ln_pdf(a, x), (16.0 + 8.0 * row.value.abs()) * U),
            other => panic!("unknown function {other}"),
        }
    });
}

#[test]
fn relu_layer_law() {
    check("relu_layer", |row| {
        let [m, eps, _] = row.arguments;
        let law = LayerLaw::he_fan_out(m as u64);
        let found = match row.function.as_str() {
            "relu-ln-outside" => law.ln_tail_outside(eps),
            "relu-ln-upper" => law.ln_sf(1.0 + eps),
            "relu-mean-norm" => law.mean_norm(),
            "relu-mean-log" => law.mean_log(),
            other => panic!("unknown function {other}"),
        };
        assert!(found.radius() <= 1e-11 * row.value.abs().max(1.0), "{:?}", row.arguments);
        // 1 ± ε is rounded here, not in the table: that is part of the tails' error bar.
        (found.value, found.radius())
    });
}
