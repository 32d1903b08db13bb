//! `grid-size`: grids that can be read and run.

use serde_json::Value;

use super::at;
use crate::claim::{
    AxisSpec, Check, Diagnostic, Loaded, MAX_POINTS, Ordered, Severity, Step, Suite, size,
};
use crate::lint::{Lint, Pass};
use crate::run::plan::axes_of;

/// The lint.
pub const LINT: Lint = Lint {
    name: "grid-size",
    summary: "a grid has between one and ten thousand points, all of them numbers that exist",
    docs: "A larger grid would run for days and be read by nobody; an empty axis leaves nothing to test. Ranges have finite \
        ends, and positive ones if they are logarithmic.",
    check: Pass::Files(check),
};

fn check(suite: &Suite) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for loaded in &suite.claims {
        for (index, check) in loaded.claim.checks.iter().enumerate() {
            let mut grids = vec![Grid::new(at!["grid"], &check.grid, &[])];
            grids.extend(
                check
                    .plots
                    .iter()
                    .enumerate()
                    .map(|(plot, spec)| Grid::new(at!["plots", plot, "grid"], &spec.grid, &[])),
            );
            grids.extend(check.pictures.iter().enumerate().map(|(gallery, spec)| {
                Grid::new(at!["pictures", gallery, "grid"], &spec.grid, &[])
            }));
            grids.extend(overlays(check));
            for grid in &grids {
                report(loaded, index, grid, &mut found);
            }
            for (name, quantity) in &check.report {
                let entries = quantity.at.iter().flatten();
                let points =
                    entries.map(|entry| size(&axes_of(entry))).fold(0, usize::saturating_add);
                if points > MAX_POINTS {
                    let place = at!["checks", index, "report", name.as_str(), "at"];
                    found.push(too_many(loaded, &place, points));
                }
            }
        }
    }
    found
}

/// A grid as the file writes it, with the axes that it is laid over.
struct Grid {
    path: Vec<Step>,
    own: Ordered<AxisSpec>,
    merged: Ordered<AxisSpec>,
}

impl Grid {
    fn new(path: Vec<Step>, own: &[(String, AxisSpec)], under: &[(String, AxisSpec)]) -> Self {
        let own = own.to_vec();
        let kept = under.iter().filter(|(name, _)| own.iter().all(|(other, _)| other != name));
        let merged = kept.cloned().chain(own.iter().cloned()).collect();
        Self { path, own, merged }
    }
}

/// The grids that profiles and controls make of a check's.
fn overlays(check: &Check) -> Vec<Grid> {
    let profiles = check
        .profiles
        .iter()
        .map(|(profile, it)| (at!["profiles", profile.name(), "grid"], &it.grid, &it.given));
    let controls = check.controls.iter().enumerate().map(|(position, it)| {
        (at!["controls", position, "grid"], &it.change.grid, &it.change.given)
    });
    let mut found = Vec::new();
    for (path, grid, given) in profiles.chain(controls) {
        let Some(grid) = grid.as_ref().and_then(Value::as_object) else { continue };
        let decode = |axis: &Value| serde_json::from_value::<AxisSpec>(axis.clone()).ok();
        let own: Ordered<AxisSpec> =
            grid.iter().filter_map(|(name, axis)| Some((name.clone(), decode(axis)?))).collect();
        // A value fixed by the overlay leaves the grid.
        let fixed = |name: &str| given.as_ref().is_some_and(|given| given.get(name).is_some());
        let under: Ordered<AxisSpec> =
            check.grid.iter().filter(|(name, _)| !fixed(name)).cloned().collect();
        found.push(Grid::new(path, &own, &under));
    }
    found
}

fn report(loaded: &Loaded, index: usize, grid: &Grid, found: &mut Vec<Diagnostic>) {
    let mut place = at!["checks", index];
    place.extend(grid.path.iter().cloned());
    for (name, axis) in &grid.own {
        if let Some(message) = wrong(axis) {
            let mut place = place.clone();
            place.push(name.as_str().into());
            let message = format!("the axis `{name}` {message}");
            found.push(loaded.report(LINT.name, Severity::Error, &place, message, ""));
        }
    }
    let points = size(&grid.merged);
    if points > MAX_POINTS {
        found.push(too_many(loaded, &place, points));
    }
}

fn too_many(loaded: &Loaded, place: &[Step], points: usize) -> Diagnostic {
    let message = format!("the grid has {points} points, more than {MAX_POINTS}");
    let hint = "fewer values an axis, or a `reduce` over several checks";
    loaded.report(LINT.name, Severity::Error, place, message, hint)
}

/// YAML's words for what is no number; the formula language has `inf`, a grid has neither.
const NO_NUMBERS: [&str; 9] =
    [".nan", ".NaN", ".NAN", ".inf", ".Inf", ".INF", "-.inf", "-.Inf", "-.INF"];

fn wrong(axis: &AxisSpec) -> Option<String> {
    match axis {
        AxisSpec::List(values) if values.is_empty() => Some("is empty".into()),
        AxisSpec::List(values) => {
            let odd = values.iter().find(|value| match value {
                Value::String(text) => NO_NUMBERS.contains(&text.as_str()),
                value => value.is_null(),
            })?;
            Some(format!("has the value {odd}, which is no finite number"))
        }
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
