//! Verdicts in plain sentences.

use crate::results::{AssertionResult, Point, PointResult, Verdict};

/// Why an assertion got its verdict.
pub fn assertion_reason(result: &AssertionResult) -> String {
    let counted: Vec<&PointResult> =
        result.points.iter().filter(|point| point.verdict != Verdict::Vacuous).collect();
    let total = counted.len();
    let of = |verdict: Verdict| counted.iter().filter(|point| point.verdict == verdict).collect::<Vec<_>>();
    let hidden = match result.uninformative {
        0 => String::new(),
        hidden => format!(" ({hidden} more say nothing)"),
    };
    let first = |points: &[&&PointResult]| points.first().map(|point| describe(point)).unwrap_or_default();
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
                _ => format!("{word} at {} of {total} points{hidden}; first: {}", points.len(), first(&points)),
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

/// A number with up to six digits.
pub fn short(x: f64) -> String {
    if x == 0.0 {
        return "0".into();
    }
    let size = x.abs().log10().floor();
    if x.fract() == 0.0 && x.abs() < 1e9 {
        return format!("{x}");
    }
    if (-4.0..9.0).contains(&size) {
        let digits = (5.0 - size).clamp(0.0, 12.0) as usize;
        let text = format!("{x:.digits$}");
        return if text.contains('.') {
            text.trim_end_matches('0').trim_end_matches('.').to_string()
        } else {
            text
        };
    }
    let text = format!("{x:.4e}");
    match text.split_once('e') {
        Some((mantissa, exponent)) if mantissa.contains('.') => {
            format!("{}e{exponent}", mantissa.trim_end_matches('0').trim_end_matches('.'))
        }
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        let cases =
            [(0.1, "0.1"), (1234.5678, "1234.57"), (1e-7, "1e-7"), (2.5e12, "2.5e12"), (3.0, "3"), (0.000123456789, "0.000123457")];
        for (x, text) in cases {
            assert_eq!(short(x), text);
        }
    }
}
