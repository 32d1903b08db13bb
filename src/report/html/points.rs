//! An assertion's table: point by point, what was measured and what it is compared with.

use serde::Serialize;

use super::findings::slack;
use super::view::{self, Chip};
use crate::markup;
use crate::markup::number;
use crate::report::csv;
use crate::results::{AssertionResult, ClaimResult, Point, PointResult, Verdict};

/// Rows shown before the rest folds away.
const OPEN_ROWS: usize = 15;
/// Rows folded away at most; a longer table is read in its CSV file.
const FOLDED_ROWS: usize = 25;

/// Rows that only the file beside the page has.
#[derive(Serialize)]
pub struct Beyond {
    n: usize,
    href: String,
}

/// Cuts what folds away to [`FOLDED_ROWS`] and says where the rest is (`path` in the report, seen
/// from a claim's page).
pub fn beyond<T>(more: &mut Vec<T>, path: String) -> Beyond {
    let n = more.len().saturating_sub(FOLDED_ROWS);
    more.truncate(FOLDED_ROWS);
    Beyond { n, href: format!("../../{path}") }
}

#[derive(Serialize)]
pub struct Assertion {
    name: String,
    anchor: String,
    kind: String,
    evidence: &'static str,
    meaning: &'static str,
    chip: Chip,
    reason_html: String,
    unit: Option<String>,
    /// Parameters that are the same at every point.
    common: String,
    /// What else is the same at every point: said once, not in a column.
    same: String,
    silent: String,
    columns: Vec<String>,
    value_html: String,
    /// Column titles for readers whom formulas do not reach.
    value_text: String,
    bound_html: String,
    bound_text: String,
    ratio: Option<&'static str>,
    show: Shown,
    rows: Vec<Row>,
    more: Vec<Row>,
    beyond: Beyond,
    total: usize,
}

/// Columns that have something to show.
#[derive(Serialize)]
struct Shown {
    bound: bool,
    n: bool,
    alpha: bool,
    detectable: bool,
    verdict: bool,
    note: bool,
}

#[derive(Serialize)]
struct Row {
    at: Vec<String>,
    value: String,
    interval: String,
    bound: String,
    ratio: String,
    n: String,
    alpha: String,
    detectable: String,
    chip: Chip,
    note: String,
    silent: bool,
}

/// The table of the claim's `index`-th assertion.
pub fn view(claim: &ClaimResult, assertion: &AssertionResult, index: usize) -> Assertion {
    let points = &assertion.points;
    let (columns, common) = split_parameters(points.iter().map(|point| &point.at));
    let mut order: Vec<&PointResult> = points.iter().collect();
    if order.len() > OPEN_ROWS {
        // What folds away must not be what decided.
        order.sort_by_key(|point| urgency(point.verdict));
    }
    let ratio = points
        .iter()
        .any(|p| slack(assertion, p).is_some())
        .then(|| if assertion.kind == "at-least" { "value ÷ bound" } else { "bound ÷ value" });
    let ratio = ratio.filter(|_| has_ratio(&assertion.kind));
    let mut rows = order.iter().map(|point| row(assertion, point, &columns)).collect::<Vec<_>>();
    let mut more = rows.split_off(rows.len().min(OPEN_ROWS));
    let beyond = beyond(&mut more, csv::points_path(&claim.id));
    let any = |test: fn(&PointResult) -> bool| points.iter().any(test);
    Assertion {
        name: assertion.name.clone(),
        anchor: format!("assertion-{}", index + 1),
        kind: assertion.kind.replace('-', " "),
        evidence: assertion.evidence.name(),
        meaning: assertion.evidence.meaning(),
        chip: view::chip(assertion.verdict),
        reason_html: view::sentence(&assertion.reason),
        unit: assertion.unit.clone(),
        common,
        same: same(points),
        silent: silent(assertion.uninformative, points.len()),
        columns: columns.iter().map(|key| (*key).to_string()).collect(),
        value_html: heading(&assertion.value_label, &assertion.formal),
        value_text: words_of(&assertion.value_label, "value"),
        bound_html: heading(&assertion.bound_label, &assertion.formal),
        bound_text: words_of(&assertion.bound_label, "compared with"),
        ratio,
        show: Shown {
            bound: any(|p| p.bound.is_some()),
            n: !alike(points, |p| p.n),
            alpha: !alike(points, |p| p.alpha.map(f64::to_bits)),
            detectable: any(|p| p.detectable.is_some()),
            verdict: !alike(points, |p| p.verdict),
            note: !alike(points, note),
        },
        rows,
        more,
        beyond,
        total: points.len(),
    }
}

/// A column's formula; empty if it is long and stands in the formal statement above the tables.
fn heading(label: &str, formal: &str) -> String {
    /// Letters of LaTeX that a column's head has room for.
    const ROOM: usize = 70;
    let inner = label.strip_prefix('$').and_then(|label| label.strip_suffix('$'));
    let told = inner.is_some_and(|inner| inner.len() > ROOM && formal.contains(inner));
    if told { String::new() } else { markup::formula(label) }
}

/// A formula's characters, or what its column is.
fn words_of(label: &str, empty: &str) -> String {
    let text = markup::formula_text(label);
    if text.is_empty() { empty.into() } else { text }
}

/// Kinds whose bound a value may miss by a factor.
fn has_ratio(kind: &str) -> bool {
    ["at-most", "at-least", "probability", "quantile", "mean"].contains(&kind)
}

/// Whether all points agree in something.
fn alike<T: PartialEq>(points: &[PointResult], of: impl Fn(&PointResult) -> T) -> bool {
    points.windows(2).all(|pair| of(&pair[0]) == of(&pair[1]))
}

/// What is the same at every point, in words: verdict, trials, error probability, note.
fn same(points: &[PointResult]) -> String {
    let Some(first) = points.first() else { return String::new() };
    let mut words = Vec::new();
    if points.len() > 1 && alike(points, |p| p.verdict) {
        words.push(format!("every point: {}", first.verdict.name()));
    }
    if let Some(n) = first.n.filter(|_| alike(points, |p| p.n)) {
        let each = if points.len() > 1 { " at each" } else { "" };
        words.push(format!("{} trials{each}", number::count(n)));
    }
    if let Some(alpha) = first.alpha.filter(|_| alike(points, |p| p.alpha.map(f64::to_bits))) {
        words.push(format!("α = {}", number::rounded(alpha, 2)));
    }
    let note = note(first);
    if !note.is_empty() && alike(points, self::note) {
        words.push(note);
    }
    words.join(", ")
}

const fn urgency(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Error => 0,
        Verdict::Refuted | Verdict::Toothless => 1,
        Verdict::Inconclusive => 2,
        Verdict::Skipped => 3,
        Verdict::Holds => 4,
        Verdict::Vacuous => 5,
    }
}

fn silent(uninformative: usize, total: usize) -> String {
    match (uninformative, total) {
        (0, _) => String::new(),
        (1, 1) => "The bound says nothing at the only point.".into(),
        (1, total) => {
            format!("At 1 of {total} points the bound says nothing: hatched, not counted.")
        }
        (n, total) => {
            format!("At {n} of {total} points the bound says nothing: hatched, not counted.")
        }
    }
}

/// Parameters that vary, and those that don't as a sentence.
pub fn split_parameters<'a>(
    points: impl Iterator<Item = &'a Point> + Clone,
) -> (Vec<&'a str>, String) {
    let keys = csv::keys(points.clone());
    if points.clone().count() < 2 {
        return (keys, String::new());
    }
    let constant = |key: &&str| {
        let mut values = points.clone().map(|point| point.get(*key));
        let first = values.next().flatten();
        values.all(|value| value == first)
    };
    let (same, vary): (Vec<&str>, Vec<&str>) = keys.into_iter().partition(constant);
    let first = points.clone().next();
    let pairs = same.iter().filter_map(|key| {
        let value = first?.get(*key)?;
        Some(format!("{key} = {}", number::parameter(value)))
    });
    (vary, pairs.collect::<Vec<_>>().join(", "))
}

fn row(assertion: &AssertionResult, point: &PointResult, columns: &[&str]) -> Row {
    let ratio = slack(assertion, point).map(|factor| number::rounded(factor, 3));
    let bound = match (point.bound, point.margin) {
        (Some(bound), Some(margin)) => {
            format!("{} ± {}", number::short(bound), number::short(margin))
        }
        (bound, _) => number::maybe(bound),
    };
    Row {
        at: columns.iter().map(|key| parameter(&point.at, key)).collect(),
        value: number::maybe(point.value),
        interval: number::interval(point.value, point.lo, point.hi),
        bound,
        ratio: ratio.unwrap_or_else(|| "–".into()),
        n: point.n.map_or_else(|| "–".into(), number::count),
        alpha: point.alpha.map_or_else(|| "–".into(), |x| number::rounded(x, 2)),
        detectable: point.detectable.map_or_else(|| "–".into(), |x| number::rounded(x, 2)),
        chip: view::chip(point.verdict),
        note: note(point),
        silent: point.verdict == Verdict::Vacuous,
    }
}

/// What should be known of a point.
fn note(point: &PointResult) -> String {
    let lost = point.nonfinite.filter(|n| *n > 0);
    let lost = lost.map(|n| format!("{n} trials gave no finite number"));
    point.note.iter().cloned().chain(lost).collect::<Vec<_>>().join("; ")
}

/// A parameter of a point as text.
pub fn parameter(at: &Point, key: &str) -> String {
    at.get(key).map_or_else(|| "–".into(), number::parameter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_formula_is_no_head_where_the_statement_has_it() {
        let sum = "x+".repeat(40) + "x";
        let (label, formal) = (format!("${sum}$"), format!(r"${sum}\le 1$"));
        assert_eq!(heading(&label, &formal), "");
        assert_eq!(heading(&label, "$y$"), markup::formula(&label));
        assert_eq!(heading("$x$", &formal), "<math><mi>x</mi></math>");
    }

    #[test]
    fn what_is_the_same_at_every_point_is_said_once() {
        let point = |n: u64, verdict: Verdict| -> PointResult {
            let json = serde_json::json!({"at": {"m": n}, "verdict": verdict, "value": 1.0, "lo": 0.5,
                "hi": 1.5, "bound": 2.0, "n": 100, "alpha": 1e-9});
            serde_json::from_value(json).unwrap()
        };
        let alike = [point(1, Verdict::Holds), point(2, Verdict::Holds)];
        assert_eq!(same(&alike), "every point: holds, 100 trials at each, α = 10⁻⁹");
        let mixed = [point(1, Verdict::Holds), point(2, Verdict::Refuted)];
        assert_eq!(same(&mixed), "100 trials at each, α = 10⁻⁹");
        let noted = alike.map(|point| PointResult { note: Some("rough".into()), ..point });
        assert_eq!(same(&noted), "every point: holds, 100 trials at each, α = 10⁻⁹, rough");
        assert_eq!(same(&[]), "");
    }
}
