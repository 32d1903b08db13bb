//! A root of an equation, as a certified bracket.
//!
//! `equation` is a formula in one variable; a root between `from` and `to` is enclosed by bisection on
//! the sign of the formula in interval arithmetic: at the two ends of the reported interval the formula
//! certainly has opposite signs, so if it is continuous, a root lies between them. Where the sign is not
//! decided at a midpoint (rounding), neighbouring points are tried, and the bracket stays as wide as
//! what is certain.
//!
//! If the derivative's sign is certain over the whole range, `unique` is 1: there is no other root
//! between `from` and `to`.

use std::sync::OnceLock;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::experiment::{Definition, Enclosure, Failure, Observable, Parameters, Prepared};
use crate::maths::Interval;
use crate::models::function::{Function, Limit, bracket};

/// A root of an equation, as a certified bracket.
pub static EXPERIMENT: Definition = Definition::of::<Params>(
    "a root of an equation, enclosed by the signs of intervals",
    "",
    OBSERVABLES,
);

const OBSERVABLES: &[Observable] = &[
    Observable::certified(
        "root",
        &[],
        "x_*",
        "a root of the equation between the two ends: an interval over which the formula certainly changes its sign",
    ),
    Observable::certified(
        "unique",
        &[],
        r"\mathbf{1}[x_*\text{ is the only root}]",
        "1 if the formula is certainly strictly monotone between the two ends, else somewhere in [0, 1]",
    ),
];

/// Parameters of the equation.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// The formula that is to vanish, in `variable`.
    #[schemars(extend("format" = "formula"))]
    equation: String,
    /// Name of the unknown in `equation`.
    #[serde(default = "default_variable")]
    variable: String,
    /// Lower end of the bracket (a formula of constants).
    #[schemars(extend("format" = "formula"))]
    from: Limit,
    /// Upper end of the bracket (a formula of constants).
    #[schemars(extend("format" = "formula"))]
    to: Limit,
}

fn default_variable() -> String {
    "x".into()
}

impl Parameters for Params {
    fn prepare(self) -> Result<Box<dyn Prepared>, Failure> {
        let function = Function::parse("equation", &self.equation, &[&self.variable])?;
        let from = self.from.value("from")?.0;
        let to = self.to.value("to")?.0;
        if !(from.is_finite() && to.is_finite() && from < to) {
            let message = format!("the bracket from {from} to {to} is empty or infinite");
            return Err(Failure::parameter(message, "give finite ends, `from` below `to`"));
        }
        Ok(Box::new(Root { function, from, to, found: OnceLock::new() }))
    }
}

struct Root {
    function: Function,
    from: f64,
    to: f64,
    found: OnceLock<Result<Enclosure, Failure>>,
}

impl Prepared for Root {
    fn exact(&self, name: &str, _: &[f64]) -> Result<Enclosure, Failure> {
        match name {
            "root" => self
                .found
                .get_or_init(|| {
                    bracket(|x| self.function.enclose(&[Interval::point(x)]), self.from, self.to)
                })
                .clone(),
            "unique" => Ok(self.unique()),
            _ => Err(Failure::no_such_observable(name)),
        }
    }
}

impl Root {
    fn unique(&self) -> Enclosure {
        let pieces = 256;
        let at = |i: i32| self.from + (self.to - self.from) * f64::from(i) / f64::from(pieces);
        let slope = |i| {
            self.function.differentiate(&[Interval::new(at(i), at(i + 1).min(self.to))], 0).slope
        };
        let slopes: Vec<Interval> = (0..pieces).map(slope).collect();
        let rises = slopes.iter().all(|slope| slope.lo > 0.0);
        let falls = slopes.iter().all(|slope| slope.hi < 0.0);
        match rises || falls {
            true => Enclosure::point(1.0),
            false => Enclosure { value: 0.5, lo: 0.0, hi: 1.0 },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn prepare(equation: &str, from: &str, to: &str) -> Result<Box<dyn Prepared>, Failure> {
        (EXPERIMENT.prepare)(&json!({"equation": equation, "from": from, "to": to}))
    }

    #[test]
    fn the_bracket_is_narrow_and_holds_the_root() {
        // mpmath: the real root of 2s³ = 1.5(1 + s) is 1.177650698804059955…
        let exact: f64 = 1.177_650_698_804_059_9;
        assert!((2.0 * exact.powi(3) - 1.5 * (1.0 + exact)).abs() < 1e-14);
        let root = prepare("2*x^3 - 1.5*(1 + x)", "0", "2").unwrap();
        let found = root.exact("root", &[]).unwrap();
        assert!(found.lo <= exact && exact <= found.hi, "{found:?}");
        assert!(found.hi - found.lo < 1e-14, "{found:?}");
    }

    #[test]
    fn an_exact_zero_is_a_point() {
        let root = prepare("x - 1", "0", "2").unwrap();
        assert_eq!(root.exact("root", &[]).unwrap(), Enclosure::point(1.0));
        let end = prepare("x", "0", "2").unwrap();
        assert_eq!(end.exact("root", &[]).unwrap(), Enclosure::point(0.0));
    }

    #[test]
    fn monotone_formulas_have_one_root() {
        let certain = |text| prepare(text, "0", "2").unwrap().exact("unique", &[]).unwrap().lo;
        assert_eq!(certain("exp(x) - 2"), 1.0);
        assert_eq!(certain("(x - 0.1)*(x - 1)*(x - 1.5)"), 0.0);
    }

    #[test]
    fn what_has_no_certain_sign_is_refused() {
        assert!(prepare("x^2 + 1", "-1", "1").unwrap().exact("root", &[]).is_err());
        assert!(prepare("ln(x)", "-1", "2").unwrap().exact("root", &[]).is_err());
        assert!(prepare("x", "2", "1").is_err() && prepare("y", "0", "1").is_err());
        assert!(prepare("x", "0", "inf").is_err());
    }
}
