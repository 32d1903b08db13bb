//! Verdicts in plain sentences.

use crate::markup::number::short;
use crate::results::{AssertionResult, Point, PointResult, Verdict};

/// Why an assertion got its verdict.
pub fn assertion_reason(result: &AssertionResult) -> String {
    let counted: Vec<&PointResult> =
        result.points.iter().filter(|point| point.verdict != Verdict::Vacuous).collect();
    let total = counted.len();
    let of = |verdict: Verdict| {
        counted.iter().filter(|point| point.verdict == verdict).collect::<Vec<_>>()
    };
    let hidden = match result.uninformative {
        0 => String::new(),
        hidden => format!(" ({hidden} more say nothing)"),
    };
    let first =
        |points: &[&&PointResult]| points.first().map(|point| describe(point)).unwrap_or_default();
    match result.verdict {
        Verdict::Holds if total == 1 => format!("holds: {}{hidden}", describe(counted[0])),
        Verdict::Holds => format!("holds at all {total} points{hidden}"),
        Verdict::Vacuous => "the bound says nothing at any point of the grid".into(),
        verdict => {
            let points = of(verdict);
            let word = match verdict {
                Verdict::Refuted => "refuted",
                Verdict::Inconclusive => "undecided",
                Verdict::Skipped => "skipped",
                _ => "failed",
            };
            match total {
                1 => format!("{word}: {}", first(&points)),
                _ => format!(
                    "{word} at {} of {total} points{hidden}; first: {}",
                    points.len(),
                    first(&points)
                ),
            }
        }
    }
}

/// A point in words: where, the value, what it is compared with.
fn describe(point: &PointResult) -> String {
    let place = place(&point.at);
    let at = if place.is_empty() { String::new() } else { format!("at {place} ") };
    let (Some(value), Some(bound)) = (point.value, point.bound) else {
        return format!("{at}{}", point.note.as_deref().unwrap_or("no value"));
    };
    let band = point.margin.map(|margin| format!(" ± {}", short(margin))).unwrap_or_default();
    format!("{at}the value is {}, against {}{band}", short(value), short(bound))
}

/// A point as `m = 10, eps = 0.1`.
pub fn place(at: &Point) -> String {
    let parts: Vec<String> = at
        .iter()
        .map(|(name, value)| match value {
            serde_json::Value::String(text) => format!("{name} = {text}"),
            serde_json::Value::Number(number) => {
                format!("{name} = {}", number.as_f64().map_or(number.to_string(), short))
            }
            other => format!("{name} = {other}"),
        })
        .collect();
    parts.join(", ")
}
