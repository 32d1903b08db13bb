//! Grids: axes to points.

use serde_json::Value;

use super::model::AxisSpec;
use crate::results::Point;

/// A grid with more points is refused: nobody reads it, and it would run for days.
pub const MAX_POINTS: usize = 10_000;

/// Number of points of a grid; saturates.
pub fn size(axes: &[(String, AxisSpec)]) -> usize {
    axes.iter().map(|(_, axis)| axis_size(axis)).fold(1, usize::saturating_mul)
}

/// Number of values that an axis asks for (before whole numbers that repeat are dropped).
pub fn axis_size(axis: &AxisSpec) -> usize {
    match axis {
        AxisSpec::List(values) => values.len(),
        AxisSpec::Range(range) => range.count,
    }
}

/// All points of a grid, the last axis running fastest. Call [`size`] first: this does not refuse.
pub fn expand(axes: &[(String, AxisSpec)]) -> Vec<Point> {
    let mut points = vec![Point::new()];
    for (name, axis) in axes {
        let values = values(axis);
        points = points
            .into_iter()
            .flat_map(|point| {
                values.iter().map(move |value| {
                    let mut point = point.clone();
                    point.insert(name.clone(), value.clone());
                    point
                })
            })
            .collect();
    }
    points
}

/// The values along an axis.
pub fn values(axis: &AxisSpec) -> Vec<Value> {
    match axis {
        AxisSpec::List(values) => values.clone(),
        AxisSpec::Range(range) => {
            let last = range.count.saturating_sub(1).max(1) as f64;
            let mut numbers: Vec<f64> = (0..range.count)
                .map(|i| {
                    let t = i as f64 / last;
                    let x = match range.log {
                        true => (range.from.ln() * (1.0 - t) + range.to.ln() * t).exp(),
                        false => range.from * (1.0 - t) + range.to * t,
                    };
                    // The ends are the numbers that were written, not their rounded images.
                    let x = if i == 0 { range.from } else { x };
                    let x = if i + 1 == range.count && i > 0 { range.to } else { x };
                    if range.integer { x.round() } else { x }
                })
                .collect();
            numbers.dedup();
            numbers.into_iter().map(number).collect()
        }
    }
}

/// A JSON number; whole numbers are integers, so that experiments may ask for them.
pub fn number(x: f64) -> Value {
    match x {
        x if x.fract() == 0.0 && x.abs() < 9e15 => Value::from(x as i64),
        x => Value::from(x),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claim::Range;

    #[test]
    fn the_last_axis_runs_fastest() {
        let axes = [
            ("a".into(), AxisSpec::List(vec![1.into(), 2.into()])),
            ("b".into(), AxisSpec::List(vec!["x".into(), "y".into()])),
        ];
        let points = expand(&axes);
        let text: Vec<String> = points.iter().map(|p| format!("{}{}", p["a"], p["b"])).collect();
        assert_eq!(text, ["1\"x\"", "1\"y\"", "2\"x\"", "2\"y\""]);
        assert_eq!(size(&axes), 4);
    }

    #[test]
    fn ranges_end_where_they_say() {
        let range = Range { from: 0.1, to: 0.7, count: 4, log: false, integer: false };
        let list = values(&AxisSpec::Range(range));
        assert_eq!(list.first(), Some(&Value::from(0.1)));
        assert_eq!(list.last(), Some(&Value::from(0.7)));
        let range = Range { from: 1.0, to: 1000.0, count: 4, log: true, integer: true };
        assert_eq!(values(&AxisSpec::Range(range)), [1, 10, 100, 1000].map(Value::from));
    }

    #[test]
    fn a_huge_grid_is_counted_without_being_made() {
        let axis = AxisSpec::Range(Range {
            from: 0.0,
            to: 1.0,
            count: 1 << 40,
            log: false,
            integer: false,
        });
        let axes = vec![("a".to_string(), axis.clone()), ("b".to_string(), axis)];
        assert!(size(&axes) > MAX_POINTS);
    }
}
