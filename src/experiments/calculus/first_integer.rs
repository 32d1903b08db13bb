//! The smallest integer that satisfies a condition.
//!
//! `condition` is a comparison in one variable. It is decided in interval arithmetic, so that rounding
//! never decides; where it is not decided, the answer is unknown. With `scan: true` every integer from
//! `from` on is tried; without it, the condition must stay true once it is true (a width that suffices),
//! and the integer is found by doubling and bisection. In both cases the condition is certain at the
//! answer and its negation is certain at the integer before it.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::experiment::{Definition, Enclosure, Failure, Observable, Parameters, Prepared};
use crate::maths::Interval;
use crate::models::function::Function;

/// The smallest integer that satisfies a condition.
pub static EXPERIMENT: Definition =
    Definition::of::<Params>("the smallest integer that satisfies a condition", "", OBSERVABLES);

const OBSERVABLES: &[Observable] = &[Observable::exact(
    "first",
    &[],
    r"n_{\min}",
    "the smallest integer for which the condition holds",
)];

/// Condition and range.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// A comparison in `variable`.
    #[schemars(extend("format" = "formula"))]
    condition: String,
    /// Name of the integer in `condition`.
    #[serde(default = "default_variable")]
    variable: String,
    /// Smallest integer that is considered.
    #[serde(default = "default_from")]
    from: u64,
    /// Largest integer that is considered.
    #[serde(default = "default_to")]
    to: u64,
    /// Try every integer, because the condition may be true, then false again.
    #[serde(default)]
    scan: bool,
}

fn default_variable() -> String {
    "n".into()
}

fn default_from() -> u64 {
    1
}

/// Beyond 2⁵³ integers are no longer doubles.
fn default_to() -> u64 {
    1 << 53
}

/// Most integers that are tried one by one.
const LONGEST_SCAN: u64 = 1_000_000;

impl Parameters for Params {
    fn prepare(self) -> Result<Box<dyn Prepared>, Failure> {
        let condition = Function::parse("condition", &self.condition, &[&self.variable])?;
        let Self { from, to, scan, .. } = self;
        if from > to || to > default_to() {
            let message = format!("the range from {from} to {to} is empty or beyond 2^53");
            return Err(Failure::parameter(message, "give `from` below `to`"));
        }
        Ok(Box::new(FirstInteger { condition, from, to, scan }))
    }
}

struct FirstInteger {
    condition: Function,
    from: u64,
    to: u64,
    scan: bool,
}

impl Prepared for FirstInteger {
    fn exact(&self, name: &str, _: &[f64]) -> Result<Enclosure, Failure> {
        match name {
            "first" => {
                Ok(Enclosure::point(if self.scan { self.scan()? } else { self.bisect()? } as f64))
            }
            _ => Err(Failure::no_such_observable(name)),
        }
    }
}

impl FirstInteger {
    fn holds(&self, n: u64) -> Result<bool, Failure> {
        let decided = self.condition.holds(&[Interval::point(n as f64)]);
        decided.ok_or_else(|| Failure::domain(format!("the condition is not decided at {n}")))
    }

    fn none(&self) -> Failure {
        Failure::domain(format!(
            "no integer from {} to {} satisfies the condition",
            self.from, self.to
        ))
    }

    fn scan(&self) -> Result<u64, Failure> {
        let last = self.to.min(self.from.saturating_add(LONGEST_SCAN));
        for n in self.from..=last {
            if self.holds(n)? {
                return Ok(n);
            }
        }
        Err(self.none())
    }

    fn bisect(&self) -> Result<u64, Failure> {
        if self.holds(self.from)? {
            return Ok(self.from);
        }
        let (mut no, mut stride) = (self.from, 1_u64);
        let mut yes = loop {
            let next = no.saturating_add(stride).min(self.to);
            if self.holds(next)? {
                break next;
            }
            if next == self.to {
                return Err(self.none());
            }
            no = next;
            stride = stride.saturating_mul(2);
        };
        while yes - no > 1 {
            let middle = no + (yes - no) / 2;
            if self.holds(middle)? {
                yes = middle;
            } else {
                no = middle;
            }
        }
        Ok(yes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn first(value: serde_json::Value) -> Result<f64, Failure> {
        Ok((EXPERIMENT.prepare)(&value)?.exact("first", &[])?.value)
    }

    #[test]
    fn bisection_finds_the_first_of_a_half_line() {
        assert_eq!(first(json!({"condition": "n^2 >= 1000000"})), Ok(1000.0));
        assert_eq!(first(json!({"condition": "n >= 1"})), Ok(1.0));
        assert_eq!(first(json!({"condition": "exp(-n) < 1e-6", "from": 3})), Ok(14.0));
    }

    #[test]
    fn a_scan_finds_what_bisection_would_jump_over() {
        let condition = "abs(n - 7) < 0.5 or n > 1000";
        assert_eq!(first(json!({"condition": condition, "scan": true})), Ok(7.0));
    }

    #[test]
    fn what_never_holds_or_is_not_decided_is_no_answer() {
        assert!(first(json!({"condition": "n < 0", "to": 100})).is_err());
        assert!(first(json!({"condition": "n*0.1 >= 0.3", "scan": true})).is_err());
        assert!(first(json!({"condition": "n > 1", "from": 5, "to": 2})).is_err());
        assert!(first(json!({"condition": "k > 1"})).is_err());
    }
}
