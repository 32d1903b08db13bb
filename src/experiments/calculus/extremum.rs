//! Certified minimum and maximum of a formula over a box.
//!
//! Interval branch and bound (Hansen & Walster, Global Optimization Using Interval Analysis, ch. 12):
//! boxes are halved, the one with the lowest bound first, until the bounds of the minimum agree to
//! `tolerance` or `boxes` boxes were looked at. A box is bounded by the formula in interval arithmetic
//! and by its mean value form with interval derivatives, whichever is tighter; a box over which the
//! formula is monotone in a variable shrinks to the better side. Whatever the effort, the enclosures
//! hold: with fewer boxes they are only wider. `at-least` on `minimum` proves an inequality for every
//! real point of the box.

use std::collections::{BTreeMap, BinaryHeap};
use std::sync::OnceLock;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::experiment::{Definition, Enclosure, Failure, Observable, Parameters, Prepared};
use crate::maths::Interval;
use crate::models::function::{Function, Limit};

/// Certified minimum and maximum of a formula over a box.
pub static EXPERIMENT: Definition = Definition::of::<Params>(
    "minimum and maximum of a formula over a box, by interval branch and bound",
    "",
    OBSERVABLES,
);

const OBSERVABLES: &[Observable] = &[
    Observable::certified(
        "minimum_value",
        &[],
        r"\min f",
        "enclosure of the smallest value of the objective over the box",
    ),
    Observable::certified(
        "maximum_value",
        &[],
        r"\max f",
        "enclosure of the largest value of the objective over the box",
    ),
    Observable::certified(
        "argmin",
        &["index"],
        r"(\arg\min f)_{#1}",
        "enclosure of a minimiser's coordinate, and of all of them unless the objective is constant along a side (1 for the first variable of the box in alphabetical order)",
    ),
    Observable::certified(
        "argmax",
        &["index"],
        r"(\arg\max f)_{#1}",
        "enclosure of a maximiser's coordinate, and of all of them unless the objective is constant along a side (1 for the first variable of the box in alphabetical order)",
    ),
];

/// Objective and box.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// The formula, in the variables of the box.
    #[schemars(extend("format" = "formula"))]
    objective: String,
    /// The variables with their ranges: `{x: [0, 1], y: [-1, "pi/2"]}`.
    #[serde(rename = "box")]
    region: BTreeMap<String, [Limit; 2]>,
    /// Difference of the bounds, relative to their size (absolute below 1e-12), at which the search ends.
    #[serde(default = "default_tolerance")]
    tolerance: f64,
    /// Boxes looked at for each of minimum and maximum, at most.
    #[serde(default = "default_boxes")]
    boxes: usize,
}

fn default_tolerance() -> f64 {
    1e-9
}

fn default_boxes() -> usize {
    20_000
}

/// Most boxes that may be asked for.
const MOST_BOXES: usize = 10_000_000;

impl Parameters for Params {
    fn prepare(self) -> Result<Box<dyn Prepared>, Failure> {
        let variables: Vec<&str> = self.region.keys().map(String::as_str).collect();
        if variables.is_empty() {
            return Err(Failure::parameter("the box has no variable", "give `box: {x: [0, 1]}`"));
        }
        let function = Function::parse("objective", &self.objective, &variables)?;
        let mut region = Vec::new();
        for (name, [from, to]) in &self.region {
            let (from, to) = (from.value(name)?.1, to.value(name)?.1);
            let side = Interval::new(from.lo, to.hi);
            if side.is_undefined() || !side.width().is_finite() {
                let message = format!("the range of {name} is empty or infinite");
                return Err(Failure::parameter(message, "give finite ends, the lower one first"));
            }
            region.push(side);
        }
        if !(self.tolerance >= 0.0 && (1..=MOST_BOXES).contains(&self.boxes)) {
            let message =
                format!("tolerance {} or {} boxes are out of range", self.tolerance, self.boxes);
            return Err(Failure::parameter(message, "0 ≤ tolerance, 1 ≤ boxes ≤ 10 million"));
        }
        let search = Search { function, region, tolerance: self.tolerance, boxes: self.boxes };
        Ok(Box::new(Extremum { search, least: OnceLock::new(), greatest: OnceLock::new() }))
    }
}

struct Extremum {
    search: Search,
    least: OnceLock<Found>,
    greatest: OnceLock<Found>,
}

impl Prepared for Extremum {
    fn exact(&self, name: &str, arguments: &[f64]) -> Result<Enclosure, Failure> {
        let least = || self.least.get_or_init(|| self.search.minimise(1.0));
        let greatest = || self.greatest.get_or_init(|| self.search.minimise(-1.0));
        match name {
            "minimum_value" => Ok(least().value),
            "maximum_value" => {
                let negated = greatest().value;
                Ok(Enclosure { value: -negated.value, lo: -negated.hi, hi: -negated.lo })
            }
            "argmin" => self.coordinate(least(), arguments),
            "argmax" => self.coordinate(greatest(), arguments),
            _ => Err(Failure::no_such_observable(name)),
        }
    }
}

impl Extremum {
    fn coordinate(&self, found: &Found, arguments: &[f64]) -> Result<Enclosure, Failure> {
        let index = arguments.first().map_or(0.0, |x| *x);
        let side =
            found.place.get((index as usize).wrapping_sub(1)).filter(|_| index.fract() == 0.0);
        side.copied()
            .ok_or_else(|| Failure::domain(format!("the box has no variable number {index}")))
    }
}

/// Where a minimum lies and how large it is.
struct Found {
    value: Enclosure,
    place: Vec<Enclosure>,
}

struct Search {
    function: Function,
    region: Vec<Interval>,
    tolerance: f64,
    boxes: usize,
}

/// A box with a lower bound of the objective on it.
struct Piece {
    bound: f64,
    sides: Vec<Interval>,
}

impl PartialEq for Piece {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == std::cmp::Ordering::Equal
    }
}
impl Eq for Piece {}
impl PartialOrd for Piece {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Piece {
    /// The heap's greatest piece is the one with the lowest bound.
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        other.bound.total_cmp(&self.bound)
    }
}

impl Search {
    /// Minimum of `sign · objective`.
    fn minimise(&self, sign: f64) -> Found {
        let mut best = Best { upper: f64::INFINITY, at: middle(&self.region) };
        let mut open = BinaryHeap::new();
        // Pieces too small to halve: they stay in the answer.
        let mut done: Vec<Piece> = Vec::new();
        open.push(self.piece(self.region.clone(), sign, &mut best));
        let mut looked = 1;
        while let Some(piece) = open.pop() {
            let gap = best.upper - piece.bound;
            if piece.bound > best.upper || looked >= self.boxes || gap <= self.gap(best.upper) {
                open.push(piece);
                break;
            }
            let Some(halves) = self.halves(&piece.sides) else {
                done.push(piece);
                continue;
            };
            for half in halves {
                let piece = self.piece(half, sign, &mut best);
                looked += 1;
                if piece.bound <= best.upper {
                    open.push(piece);
                }
            }
        }
        done.extend(open.into_iter().filter(|piece| piece.bound <= best.upper));
        let lower = done.iter().map(|piece| piece.bound).fold(best.upper, f64::min);
        let value = sign * self.function.value(&best.at);
        let value = Enclosure { value: value.clamp(lower, best.upper), lo: lower, hi: best.upper };
        Found { value, place: self.place(&done, &best) }
    }

    fn gap(&self, upper: f64) -> f64 {
        self.tolerance * upper.abs().max(1e-12)
    }

    /// The hull of the pieces that may hold a minimiser.
    fn place(&self, pieces: &[Piece], best: &Best) -> Vec<Enclosure> {
        (0..self.region.len())
            .map(|i| {
                let sides = pieces.iter().map(|piece| piece.sides[i]);
                let hull = sides.reduce(Interval::hull).unwrap_or(self.region[i]);
                Enclosure { value: best.at[i].clamp(hull.lo, hull.hi), lo: hull.lo, hi: hull.hi }
            })
            .collect()
    }

    /// Bounds the objective on a box, which shrinks where it is monotone.
    fn piece(&self, mut sides: Vec<Interval>, sign: f64, best: &mut Best) -> Piece {
        let slopes = self.shrink(&mut sides, sign);
        let centre = middle(&sides);
        let points: Vec<Interval> = centre.iter().map(|x| Interval::point(*x)).collect();
        let at_centre = signed(self.function.enclose(&points), sign);
        if at_centre.hi < best.upper {
            *best = Best { upper: at_centre.hi, at: centre };
        }
        let natural = signed(self.function.enclose(&sides), sign);
        let offsets = sides.iter().zip(&points).zip(&slopes);
        let mean_value =
            offsets.fold(at_centre, |sum, ((side, point), slope)| sum + *slope * (*side - *point));
        let known = |x: f64| if x.is_nan() { f64::NEG_INFINITY } else { x };
        Piece { bound: known(natural.lo).max(known(mean_value.lo)), sides }
    }

    /// Replaces sides over which the objective is monotone by the lower end; returns the slopes.
    fn shrink(&self, sides: &mut [Interval], sign: f64) -> Vec<Interval> {
        let mut slopes = Vec::with_capacity(sides.len());
        for i in 0..sides.len() {
            let slope = signed(self.function.differentiate(sides, i).slope, sign);
            if slope.lo >= 0.0 {
                sides[i] = Interval::point(sides[i].lo);
            } else if slope.hi <= 0.0 {
                sides[i] = Interval::point(sides[i].hi);
            }
            slopes.push(slope);
        }
        slopes
    }

    /// The two halves across the side that is widest, relative to the whole box.
    fn halves(&self, sides: &[Interval]) -> Option<[Vec<Interval>; 2]> {
        let share = |i: &usize| sides[*i].width() / self.region[*i].width().max(f64::MIN_POSITIVE);
        let widest = (0..sides.len()).max_by(|a, b| share(a).total_cmp(&share(b)))?;
        let side = sides[widest];
        let middle = side.midpoint();
        if middle <= side.lo || middle >= side.hi {
            return None;
        }
        let (low, high) = side.bisect();
        let with = |half| {
            let mut sides = sides.to_vec();
            sides[widest] = half;
            sides
        };
        Some([with(low), with(high)])
    }
}

/// The best point so far and a certain upper bound of the objective there.
struct Best {
    upper: f64,
    at: Vec<f64>,
}

fn signed(x: Interval, sign: f64) -> Interval {
    if sign < 0.0 { -x } else { x }
}

fn middle(sides: &[Interval]) -> Vec<f64> {
    sides.iter().map(|side| side.midpoint()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn prepare(objective: &str, region: serde_json::Value) -> Box<dyn Prepared> {
        (EXPERIMENT.prepare)(&json!({"objective": objective, "box": region})).unwrap()
    }

    fn holds(e: Enclosure, exact: f64, width: f64) -> bool {
        e.lo <= exact && exact <= e.hi && e.hi - e.lo <= width
    }

    #[test]
    fn minimum_of_a_quartic_with_two_valleys() {
        // x⁴ − x² has minima −¼ at ±1/√2 and, on [−1, 2], maximum 12 at 2.
        let f = prepare("x^4 - x^2", json!({"x": [-1, 2]}));
        assert!(holds(f.exact("minimum_value", &[]).unwrap(), -0.25, 1e-9));
        assert!(holds(f.exact("maximum_value", &[]).unwrap(), 12.0, 1e-8));
        let place = f.exact("argmin", &[1.0]).unwrap();
        assert!(place.lo <= -0.5_f64.sqrt() && place.hi >= 0.5_f64.sqrt());
        assert!(holds(f.exact("argmax", &[1.0]).unwrap(), 2.0, 1e-12));
        assert!(f.exact("argmin", &[2.0]).is_err() && f.exact("argmin", &[0.5]).is_err());
    }

    #[test]
    fn rosenbrock() {
        let f = prepare("(1 - x)^2 + 100*(y - x^2)^2", json!({"x": [-1.5, 2], "y": [-1, 3]}));
        let least = f.exact("minimum_value", &[]).unwrap();
        assert!(holds(least, 0.0, 1e-5), "{least:?}");
        // At the corner (2, −1): 1 + 100·5².
        let greatest = f.exact("maximum_value", &[]).unwrap();
        assert!(greatest.lo <= 2501.0 && greatest.hi >= 2501.0, "{greatest:?}");
        assert!(greatest.hi - greatest.lo < 1e-4, "{greatest:?}");
    }

    #[test]
    fn few_boxes_give_wide_but_true_bounds() {
        let value = json!({"objective": "sin(20*x)*x", "box": {"x": [0, 3]}, "boxes": 8});
        let f = (EXPERIMENT.prepare)(&value).unwrap();
        let least = f.exact("minimum_value", &[]).unwrap();
        // A dense grid finds −2.749348 at 2.749803.
        assert!(least.lo <= -2.749_348 && least.hi >= -2.749_349, "{least:?}");
        assert!(least.hi - least.lo > 1e-3, "{least:?}");
    }

    #[test]
    fn kinks_and_leaving_the_domain() {
        let f = prepare("abs(x - 0.3) + max(0, x)", json!({"x": [-1, 1]}));
        assert!(holds(f.exact("minimum_value", &[]).unwrap(), 0.3, 1e-9));
        let g = prepare("sqrt(x)", json!({"x": [-1, 1]}));
        assert_eq!(g.exact("minimum_value", &[]).unwrap().lo, f64::NEG_INFINITY);
    }

    #[test]
    fn wrong_boxes_are_refused() {
        for value in [
            json!({"objective": "x", "box": {}}),
            json!({"objective": "x", "box": {"x": [1, 0]}}),
            json!({"objective": "x", "box": {"x": [0, "inf"]}}),
            json!({"objective": "y", "box": {"x": [0, 1]}}),
            json!({"objective": "x", "box": {"x": [0, 1]}, "boxes": 0}),
        ] {
            assert!((EXPERIMENT.prepare)(&value).is_err(), "{value}");
        }
    }

    proptest! {
        #[test]
        fn parabolas(a in -2f64..2.0, b in 0.1f64..5.0, c in -1f64..1.0) {
            let objective = format!("{b}*(x - ({a}))^2 + ({c})");
            let f = prepare(&objective, json!({"x": [-3, 3]}));
            let least = f.exact("minimum_value", &[]).unwrap();
            prop_assert!(least.lo <= c + 1e-15 && c - 1e-15 <= least.hi && least.hi - least.lo < 1e-8);
        }
    }
}
