//! The table of reported quantities, and once below it what each of them is.

use std::collections::BTreeSet;

use serde::Serialize;

use super::points;
use crate::markup::{self, number};
use crate::report::csv;
use crate::results::{ClaimResult, Point, Quantity};

/// Rows shown before the rest folds away.
const OPEN_ROWS: usize = 15;

#[derive(Serialize)]
pub struct View {
    /// What is the same in every row, as a sentence.
    common: String,
    show_n: bool,
    show_evidence: bool,
    rows: Vec<Row>,
    more: Vec<Row>,
    beyond: points::Beyond,
    formulas: Vec<Formula>,
}

#[derive(Serialize)]
struct Row {
    name: String,
    at: String,
    value: String,
    interval: String,
    n: String,
    evidence: &'static str,
}

#[derive(Serialize)]
struct Formula {
    name: String,
    formula_html: String,
}

/// The quantities of a claim; `None` if it reports none.
pub fn view(claim: &ClaimResult) -> Option<View> {
    let all = &claim.quantities;
    if all.is_empty() {
        return None;
    }
    let (columns, common) = points::split_parameters(all.iter().map(|quantity| &quantity.at));
    let mut rows: Vec<Row> = all.iter().map(|quantity| row(quantity, &columns)).collect();
    let mut more = rows.split_off(rows.len().min(OPEN_ROWS));
    let beyond = points::beyond(&mut more, csv::quantities_path(&claim.id));
    let show_n = all.windows(2).any(|pair| pair[0].n != pair[1].n);
    let show_evidence = all.windows(2).any(|pair| pair[0].evidence != pair[1].evidence);
    let mut same = Vec::new();
    if !show_evidence {
        same.push(format!("Evidence of all: {}", all[0].evidence.name()));
    }
    if let Some(n) = all[0].n.filter(|_| !show_n) {
        same.push(format!("{} trials each", number::count(n)));
    }
    if !common.is_empty() {
        let at = if same.is_empty() { "At every point " } else { "at every point " };
        same.push(format!("{at}{common}"));
    }
    let common = same.join("; ");
    let formulas = formulas(all);
    Some(View { common, show_n, show_evidence, rows, more, beyond, formulas })
}

fn row(quantity: &Quantity, columns: &[&str]) -> Row {
    Row {
        name: quantity.name.clone(),
        at: place(&quantity.at, columns),
        value: number::maybe(quantity.value),
        interval: number::interval(quantity.value, quantity.lo, quantity.hi),
        n: quantity.n.map_or_else(|| "–".into(), number::count),
        evidence: quantity.evidence.name(),
    }
}

/// `m = 100, eps = 0.1`, of the parameters that differ.
fn place(at: &Point, columns: &[&str]) -> String {
    let pairs = columns
        .iter()
        .filter_map(|key| Some(format!("{key} = {}", number::parameter(at.get(*key)?))));
    pairs.collect::<Vec<_>>().join(", ")
}

/// Each name with its formula; a name with two formulas has two lines.
fn formulas(all: &[Quantity]) -> Vec<Formula> {
    let mut seen = BTreeSet::new();
    let fresh = all.iter().filter(|q| seen.insert((q.name.as_str(), q.formula.as_str())));
    fresh
        .map(|q| Formula { name: q.name.clone(), formula_html: markup::formula(&q.formula) })
        .collect()
}
