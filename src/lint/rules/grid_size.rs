//! `grid-size`: grids that can be read and run.

use super::at;
use crate::claim::{AxisSpec, Diagnostic, MAX_POINTS, Severity, Suite, size};
use crate::lint::Lint;

/// The lint.
pub const LINT: Lint = Lint {
    name: "grid-size",
    summary: "a grid has between one and ten thousand points, all of them numbers that exist",
    docs: "A larger grid would run for days and be read by nobody; an empty axis leaves nothing to test. Ranges have finite \
        ends, and positive ones if they are logarithmic.",
    check,
};

fn check(suite: &Suite) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for loaded in &suite.claims {
        for (index, check) in loaded.claim.checks.iter().enumerate() {
            let mut tell = |place: Vec<crate::claim::Step>, message: String, hint: &str| {
                found.push(loaded.report(LINT.name, Severity::Error, &place, message, hint));
            };
            let grids =
                std::iter::once((at!["checks", index, "grid"], &check.grid)).chain(
                    check.plots.iter().enumerate().map(|(plot, spec)| {
                        (at!["checks", index, "plots", plot, "grid"], &spec.grid)
                    }),
                );
            for (place, grid) in grids {
                for (name, axis) in grid {
                    if let Some(message) = wrong(axis) {
                        let mut place = place.clone();
                        place.extend(at![name.as_str()]);
                        tell(place, format!("the axis `{name}` {message}"), "");
                    }
                }
                let points = size(grid);
                if points > MAX_POINTS {
                    let message = format!("the grid has {points} points, more than {MAX_POINTS}");
                    tell(place, message, "fewer values an axis, or a `reduce` over several checks");
                }
            }
        }
    }
    found
}

fn wrong(axis: &AxisSpec) -> Option<String> {
    match axis {
        AxisSpec::List(values) if values.is_empty() => Some("is empty".into()),
        AxisSpec::List(_) => None,
        AxisSpec::Range(range) if range.count == 0 => Some("is empty".into()),
        AxisSpec::Range(range) if !range.from.is_finite() || !range.to.is_finite() => {
            Some("has an end that is no finite number".into())
        }
        AxisSpec::Range(range) if range.log && (range.from <= 0.0 || range.to <= 0.0) => {
            Some("is logarithmic and has an end that is not positive".into())
        }
        AxisSpec::Range(_) => None,
    }
}
