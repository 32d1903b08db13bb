//! Tables for those who compute on: points, quantities and plotted series. The ends of an interval are
//! empty where they are the value, `-inf` and `inf` where there is none.

use std::collections::BTreeSet;

use rayon::prelude::*;

use super::files::Folder;
use crate::markup::digits::{enclosed, plain, rough};
use crate::markup::number;
use crate::maths::Enclosure;
use crate::results::{ClaimResult, Plot, Point};

/// Path of a claim's table of points, relative to the report.
pub fn points_path(id: &str) -> String {
    format!("data/{id}.points.csv")
}

/// Path of a claim's table of quantities, relative to the report.
pub fn quantities_path(id: &str) -> String {
    format!("data/{id}.quantities.csv")
}

/// Path of the table of what a claim's plots show, relative to the report.
pub fn plots_path(id: &str) -> String {
    format!("data/{id}.plots.csv")
}

/// Files of one claim, relative to the report: (what it holds, path).
pub fn paths(claim: &ClaimResult) -> Vec<(&'static str, String)> {
    let mut files = Vec::new();
    if claim.assertions.iter().any(|assertion| !assertion.points.is_empty()) {
        files.push(("points", points_path(&claim.id)));
    }
    if !claim.quantities.is_empty() {
        files.push(("quantities", quantities_path(&claim.id)));
    }
    if !claim.plots.is_empty() {
        files.push(("plots", plots_path(&claim.id)));
    }
    files
}

/// Writes the tables of all claims.
///
/// # Errors
/// If a file can't be written.
pub fn write(claims: &[ClaimResult], folder: &mut Folder) -> anyhow::Result<()> {
    let tables: Vec<Vec<(String, String)>> = claims.par_iter().map(tables).collect();
    tables.into_iter().flatten().try_for_each(|(path, table)| folder.write(&path, table))
}

/// A claim's tables, each with its path.
fn tables(claim: &ClaimResult) -> Vec<(String, String)> {
    let table = |what| match what {
        "points" => points(claim),
        "quantities" => quantities(claim),
        _ => plots(&claim.plots),
    };
    paths(claim).into_iter().map(|(what, path)| (path, table(what))).collect()
}

fn points(claim: &ClaimResult) -> String {
    let all = claim.assertions.iter().flat_map(|assertion| &assertion.points);
    let keys = keys(all.map(|point| &point.at));
    let mut table = Table::default();
    let fixed = ["verdict", "value", "lo", "hi", "bound", "margin", "n", "nonfinite", "alpha"];
    table.row(
        ["assertion"]
            .into_iter()
            .chain(keys.iter().copied())
            .chain(fixed)
            .chain(["detectable", "note"]),
    );
    for assertion in &claim.assertions {
        for p in &assertion.points {
            let mut row = vec![assertion.name.clone()];
            row.extend(keys.iter().map(|key| parameter(&p.at, key)));
            row.push(p.verdict.name().into());
            row.extend(interval(p.value, p.lo, p.hi));
            row.extend([p.bound, p.margin].map(maybe));
            row.extend([p.n, p.nonfinite].map(|n| n.map_or_else(String::new, |n| n.to_string())));
            row.extend([p.alpha, p.detectable].map(|x| x.map(rough).unwrap_or_default()));
            row.push(p.note.clone().unwrap_or_default());
            table.row(row.iter().map(String::as_str));
        }
    }
    table.text
}

fn quantities(claim: &ClaimResult) -> String {
    let keys = keys(claim.quantities.iter().map(|quantity| &quantity.at));
    let mut table = Table::default();
    table.row(
        ["name"]
            .into_iter()
            .chain(keys.iter().copied())
            .chain(["value", "lo", "hi", "n", "evidence", "formula"]),
    );
    for q in &claim.quantities {
        let mut row = vec![q.name.clone()];
        row.extend(keys.iter().map(|key| parameter(&q.at, key)));
        row.extend(interval(q.value, q.lo, q.hi));
        row.push(q.n.map_or_else(String::new, |n| n.to_string()));
        row.push(q.evidence.name().into());
        row.push(q.formula.clone());
        table.row(row.iter().map(String::as_str));
    }
    table.text
}

fn plots(plots: &[Plot]) -> String {
    let mut table = Table::default();
    table.row(["plot", "series", "role", "x", "y", "value", "lo", "hi"]);
    for (number, plot) in plots.iter().enumerate() {
        let number = (number + 1).to_string();
        for (x, y, z) in plot.field.iter().flat_map(|field| &field.cells) {
            let (x, y) = (plain(*x), plain(*y));
            let words = [number.as_str(), "", "field", &x, &y];
            table.row(words.into_iter().chain(enclosure(z).iter().map(String::as_str)));
        }
        for series in &plot.series {
            let role = serde_json::to_value(series.role).unwrap_or_default();
            for (x, y) in &series.points {
                let (x, role) = (plain(*x), role.as_str().unwrap_or_default());
                let words = [number.as_str(), &series.name, role, &x, ""];
                table.row(words.into_iter().chain(enclosure(y).iter().map(String::as_str)));
            }
        }
    }
    table.text
}

/// Value and ends; the ends stay empty where they are the value itself.
fn enclosure(y: &Enclosure) -> [String; 3] {
    interval(Some(y.value), Some(y.lo), Some(y.hi))
}

/// The same of numbers as results have them, where no end is an unbounded one.
fn interval(value: Option<f64>, lo: Option<f64>, hi: Option<f64>) -> [String; 3] {
    let known = |end: Option<f64>, beyond| end.or(value.and(Some(beyond)));
    let (lo, hi) = (known(lo, f64::NEG_INFINITY), known(hi, f64::INFINITY));
    let [value, lo, hi] = enclosed(value, lo, hi);
    let end = |end: String| if end == value { String::new() } else { end };
    let (lo, hi) = (end(lo), end(hi));
    [value, lo, hi]
}

/// All parameter names of the points, in the order of first appearance.
pub fn keys<'a>(points: impl Iterator<Item = &'a Point>) -> Vec<&'a str> {
    let mut seen = BTreeSet::new();
    points
        .flat_map(|point| point.keys())
        .map(String::as_str)
        .filter(|key| seen.insert(*key))
        .collect()
}

fn parameter(at: &Point, key: &str) -> String {
    match at.get(key) {
        Some(serde_json::Value::Number(n)) => n.to_string(),
        Some(value) => number::parameter(value),
        None => String::new(),
    }
}

fn maybe(x: Option<f64>) -> String {
    x.map(plain).unwrap_or_default()
}

/// Rows of RFC 4180.
#[derive(Default)]
struct Table {
    text: String,
}

impl Table {
    fn row<'a>(&mut self, cells: impl IntoIterator<Item = &'a str>) {
        for (i, cell) in cells.into_iter().enumerate() {
            if i > 0 {
                self.text.push(',');
            }
            self.text.push_str(&quote(cell));
        }
        self.text.push_str("\r\n");
    }
}

/// Quotes a cell if it must be; a text that a spreadsheet would run as a formula gets an
/// apostrophe in front.
fn quote(cell: &str) -> String {
    let acts = cell.starts_with(['=', '+', '-', '@', '\t']) && cell.parse::<f64>().is_err();
    let cell = if acts { format!("'{cell}") } else { cell.to_string() };
    if cell.contains([',', '"', '\n', '\r', ' ']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell
    }
}

#[cfg(test)]
mod tests {
    use super::quote;

    #[test]
    fn cells_are_quoted_and_never_run() {
        assert_eq!(quote("plain"), "plain");
        assert_eq!(quote("a,\"b\""), "\"a,\"\"b\"\"\"");
        assert_eq!(quote("=cmd"), "'=cmd");
        assert_eq!(quote("-1e-9"), "-1e-9");
    }
}
