//! What a formula can be evaluated in: doubles and intervals.

use std::fmt::Debug;
use std::ops::{Add, Div, Mul, Neg, Sub};

use super::ast::{Comparison, Constant};
use super::functions::BuiltIn;
use crate::maths::Interval;

/// A kind of number that formulas are evaluated in.
pub trait Number:
    Copy
    + Debug
    + Neg<Output = Self>
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
{
    /// The double itself.
    fn from_f64(x: f64) -> Self;
    /// A number that was written in the source; `exact` as in [`Node::Number`](super::Node::Number).
    fn from_literal(nearest: f64, exact: bool) -> Self;
    /// π, e, ∞.
    fn from_constant(constant: Constant) -> Self;
    /// `self ^ exponent`.
    fn power(self, exponent: Self) -> Self;
    /// A comparison; `None` where it is not decided.
    fn compare(self, comparison: Comparison, other: Self) -> Option<bool>;
    /// 1 or 0 for a condition; what holds both where it is not decided.
    fn from_truth(truth: Option<bool>) -> Self;
    /// Whether a number counts as true: nonzero. NaN does not.
    fn truth(self) -> Option<bool>;
    /// A built-in function; `None` if it can't be evaluated in this kind of number.
    fn apply(function: &BuiltIn, args: &[Self]) -> Option<Self>;
    /// The one double that the number is, if it is one: for the limits of sums.
    fn as_point(self) -> Option<f64>;
    /// What holds both: the value of an undecided `if`.
    fn hull(self, other: Self) -> Self;
    /// Adds a term to a running sum with a carry, which starts as 0 and is added at the end.
    fn accumulate(sum: Self, carry: Self, term: Self) -> (Self, Self) {
        (sum + term, carry)
    }
}

/// `x^y` of the language in doubles.
#[inline]
pub(super) fn power(x: f64, y: f64) -> f64 {
    if y == 2.0 { x * x } else { libm::pow(x, y) }
}

impl Number for f64 {
    fn from_f64(x: f64) -> Self {
        x
    }

    fn from_literal(nearest: f64, _: bool) -> Self {
        nearest
    }

    fn from_constant(constant: Constant) -> Self {
        constant.value()
    }

    fn power(self, exponent: Self) -> Self {
        power(self, exponent)
    }

    fn compare(self, comparison: Comparison, other: Self) -> Option<bool> {
        Some(comparison.holds(self, other))
    }

    fn from_truth(truth: Option<bool>) -> Self {
        truth.map_or(f64::NAN, f64::from)
    }

    fn truth(self) -> Option<bool> {
        Some(self != 0.0 && !self.is_nan())
    }

    fn apply(function: &BuiltIn, args: &[Self]) -> Option<Self> {
        Some((function.value)(args))
    }

    fn as_point(self) -> Option<f64> {
        Some(self)
    }

    fn hull(self, _: Self) -> Self {
        // Doubles decide every condition.
        f64::NAN
    }

    /// Neumaier's compensated summation (ZAMM 54 (1974) 39).
    fn accumulate(sum: Self, carry: Self, term: Self) -> (Self, Self) {
        let next = sum + term;
        if !next.is_finite() {
            return (next, 0.0);
        }
        let lost = match sum.abs() >= term.abs() {
            true => (sum - next) + term,
            false => (term - next) + sum,
        };
        (next, carry + lost)
    }
}

impl Number for Interval {
    fn from_f64(x: f64) -> Self {
        if x.is_nan() { Self::UNDEFINED } else { Self::point(x) }
    }

    fn from_literal(nearest: f64, exact: bool) -> Self {
        if exact { Self::from_f64(nearest) } else { Self::around(nearest) }
    }

    fn from_constant(constant: Constant) -> Self {
        match constant {
            Constant::Pi => Self::PI,
            Constant::E => Self::E,
            Constant::Infinity => Self::point(f64::INFINITY),
        }
    }

    fn power(self, exponent: Self) -> Self {
        self.pow(exponent)
    }

    fn compare(self, comparison: Comparison, other: Self) -> Option<bool> {
        match comparison {
            Comparison::Less => self.less(other),
            Comparison::AtMost => self.at_most(other),
            Comparison::Greater => other.less(self),
            Comparison::AtLeast => other.at_most(self),
            Comparison::Equal => self.equal(other),
            Comparison::NotEqual => self.equal(other).map(|equal| !equal),
        }
    }

    fn from_truth(truth: Option<bool>) -> Self {
        truth.map_or(Self::new(0.0, 1.0), |truth| Self::point(f64::from(truth)))
    }

    fn truth(self) -> Option<bool> {
        self.equal(Self::point(0.0)).map(|zero| !zero)
    }

    fn apply(function: &BuiltIn, args: &[Self]) -> Option<Self> {
        function.interval.map(|f| f(args))
    }

    fn as_point(self) -> Option<f64> {
        Interval::as_point(self)
    }

    fn hull(self, other: Self) -> Self {
        Interval::hull(self, other)
    }
}
