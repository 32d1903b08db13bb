//! Functions that a claim file gives as formulas in named variables.

mod bracket;
mod jet;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::experiment::Failure;
use crate::formula::{Compiled, Formula, Names};
use crate::maths::Interval;

pub use bracket::bracket;
pub use jet::Jet;

/// A formula in named variables, for evaluation in doubles, in intervals, and with derivatives.
pub struct Function {
    formula: Formula,
    variables: Vec<String>,
    compiled: Compiled,
}

impl Function {
    /// Reads the formula of the experiment's parameter `parameter`; it may speak of `variables` only.
    ///
    /// # Errors
    /// [`Failure::Parameter`] if the text is no formula, or holds another name.
    pub fn parse(parameter: &str, text: &str, variables: &[&str]) -> Result<Self, Failure> {
        let formula = Formula::parse(text).map_err(|error| {
            Failure::parameter(format!("{parameter}: {}", error.message), error.hint)
        })?;
        let strangers = formula.names().into_iter().map(|(name, _)| name);
        let calls = formula.calls().into_iter().map(|(name, _, _)| name);
        let stranger =
            strangers.filter(|name| !variables.contains(&name.as_str())).chain(calls).next();
        if let Some(name) = stranger {
            let known = if variables.is_empty() { "none".into() } else { variables.join(", ") };
            let hint = format!("the formula may speak of parameters and these variables: {known}");
            return Err(Failure::parameter(format!("{parameter}: unknown name `{name}`"), hint));
        }
        let slot = |name: &str, _: &[f64]| variables.iter().position(|variable| *variable == name);
        let compiled = formula
            .compile(&slot)
            .map_err(|error| Failure::parameter(format!("{parameter}: {}", error.message), ""))?;
        let variables = variables.iter().map(|name| (*name).to_string()).collect();
        Ok(Self { formula, variables, compiled })
    }

    /// The value in doubles; NaN outside the domain. `at` holds one number for each variable.
    pub fn value(&self, at: &[f64]) -> f64 {
        self.compiled.eval(at)
    }

    /// An interval that holds the values at all points of the box; undefined if the formula has no
    /// interval form or leaves its domain there.
    pub fn enclose(&self, at: &[Interval]) -> Interval {
        let scope = Names(|name: &str| self.index(name).map(|index| at[index]));
        self.formula.eval(&scope).unwrap_or(Interval::UNDEFINED)
    }

    /// Value and partial derivative in the direction of the variable `index`, over the whole box.
    pub fn differentiate(&self, at: &[Interval], index: usize) -> Jet {
        let seed = |i: usize| match i == index {
            true => Jet::variable(at[i]),
            false => Jet::constant(at[i]),
        };
        let scope = Names(|name: &str| self.index(name).map(seed));
        self.formula.eval(&scope).unwrap_or(Jet::constant(Interval::UNDEFINED))
    }

    /// Whether the condition holds on the whole box; `None` if that is not decided.
    pub fn holds(&self, at: &[Interval]) -> Option<bool> {
        let scope = Names(|name: &str| self.index(name).map(|index| at[index]));
        self.formula.eval_bool::<Interval>(&scope).ok().flatten()
    }

    fn index(&self, name: &str) -> Option<usize> {
        self.variables.iter().position(|variable| variable == name)
    }
}

/// A number of a claim file: written as such, or as a formula of constants (`pi/2`, `-inf`).
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Limit {
    /// The number.
    Number(f64),
    /// A formula without free names.
    Formula(String),
}

impl Limit {
    /// The value of the parameter `parameter`, and an interval that holds it.
    ///
    /// # Errors
    /// [`Failure::Parameter`] if the text is no formula, holds a name, or has no value.
    pub fn value(&self, parameter: &str) -> Result<(f64, Interval), Failure> {
        let text = match self {
            Self::Number(x) => return Ok((*x, Interval::point(*x))),
            Self::Formula(text) => text,
        };
        let function = Function::parse(parameter, text, &[])?;
        let (value, range) = (function.value(&[]), function.enclose(&[]));
        if value.is_nan() {
            return Err(Failure::parameter(format!("{parameter} = {text} has no value"), ""));
        }
        Ok((value, if range.is_undefined() { Interval::point(value) } else { range }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_ranges_and_slopes_of_a_formula() {
        let f = Function::parse("f", "x^2 + 3*y", &["x", "y"]).unwrap();
        assert_eq!(f.value(&[2.0, 1.0]), 7.0);
        let square = [Interval::new(-1.0, 2.0), Interval::point(0.0)];
        let range = f.enclose(&square);
        assert!(range.contains(0.0) && range.contains(4.0) && range.width() < 4.0 + 1e-9);
        let slope = f.differentiate(&square, 0).slope;
        assert!(slope.encloses(Interval::new(-2.0, 4.0)) && slope.width() < 6.0 + 1e-9);
        assert!(f.differentiate(&square, 1).slope.contains(3.0));
    }

    #[test]
    fn strangers_are_named() {
        let failure = Function::parse("integrand", "x + y", &["x"]).err().unwrap();
        assert!(failure.to_string().contains("integrand"), "{failure}");
        assert!(failure.to_string().contains('y'), "{failure}");
        assert!(Function::parse("f", "x +", &["x"]).is_err());
    }

    #[test]
    fn limits_may_be_infinite() {
        let limit = |text: &str| Limit::Formula(text.into()).value("from");
        assert_eq!(limit("-inf").unwrap().0, f64::NEG_INFINITY);
        let (value, range) = limit("pi/2").unwrap();
        assert!((value - std::f64::consts::FRAC_PI_2).abs() < 1e-15 && range.contains(value));
        assert!(limit("0/0").is_err() && limit("x").is_err());
        assert_eq!(Limit::Number(2.0).value("to").unwrap(), (2.0, Interval::point(2.0)));
    }

    #[test]
    fn conditions_have_three_values() {
        let f = Function::parse("condition", "x < 1", &["x"]).unwrap();
        assert_eq!(f.holds(&[Interval::new(0.0, 0.5)]), Some(true));
        assert_eq!(f.holds(&[Interval::new(1.0, 2.0)]), Some(false));
        assert_eq!(f.holds(&[Interval::new(0.0, 2.0)]), None);
    }
}
