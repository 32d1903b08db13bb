//! First-order jets over intervals: a value with its derivative in one direction.
//!
//! Forward differentiation (Griewank & Walther, Evaluating Derivatives, ch. 3) in interval arithmetic:
//! `slope` holds the derivative at every point of the box. Where a function has a kink (`abs`, `max`,
//! `relu`), it holds all slopes of both sides, so that the mean value form stays valid.

use std::ops::{Add, Div, Mul, Neg, Sub};

use crate::formula::{BuiltIn, Comparison, Constant, Number};
use crate::maths::Interval;

/// A value and its derivative, each as an interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Jet {
    /// Values over the box.
    pub value: Interval,
    /// Derivatives over the box; undefined where nothing is known of them.
    pub slope: Interval,
}

const ONE: Interval = Interval::point(1.0);
const ZERO: Interval = Interval::point(0.0);

impl Jet {
    /// A number that does not change.
    pub const fn constant(value: Interval) -> Self {
        Self { value, slope: ZERO }
    }

    /// The variable itself.
    pub const fn variable(value: Interval) -> Self {
        Self { value, slope: ONE }
    }

    /// By the chain rule: a function's value and its derivative at the argument.
    fn chain(self, value: Interval, derivative: Interval) -> Self {
        Self { value, slope: times(derivative, self.slope) }
    }

    fn is_constant(self) -> bool {
        self.slope == ZERO
    }
}

/// Product in which a slope of exactly 0 stays 0, whatever is known of the other factor.
fn times(a: Interval, b: Interval) -> Interval {
    if a == ZERO || b == ZERO { ZERO } else { a * b }
}

impl Neg for Jet {
    type Output = Self;
    fn neg(self) -> Self {
        Self { value: -self.value, slope: -self.slope }
    }
}

impl Add for Jet {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self { value: self.value + other.value, slope: self.slope + other.slope }
    }
}

impl Sub for Jet {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Mul for Jet {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        let slope = times(self.slope, other.value) + times(self.value, other.slope);
        Self { value: self.value * other.value, slope }
    }
}

impl Div for Jet {
    type Output = Self;
    fn div(self, other: Self) -> Self {
        let value = self.value / other.value;
        let numerator = self.slope - times(value, other.slope);
        let slope = if numerator == ZERO { ZERO } else { numerator / other.value };
        Self { value, slope }
    }
}

impl Number for Jet {
    fn from_f64(x: f64) -> Self {
        Self::constant(Interval::from_f64(x))
    }

    fn from_literal(nearest: f64, exact: bool) -> Self {
        Self::constant(Interval::from_literal(nearest, exact))
    }

    fn from_constant(constant: Constant) -> Self {
        Self::constant(Interval::from_constant(constant))
    }

    /// x^p for a constant p: p x^(p−1) x′; else exp(p ln x).
    fn power(self, exponent: Self) -> Self {
        let value = self.value.power(exponent.value);
        if exponent.is_constant() {
            let derivative = exponent.value * self.value.power(exponent.value - ONE);
            return self.chain(value, derivative);
        }
        let log = self.value.ln();
        let base = times(exponent.value / self.value, self.slope);
        Self { value, slope: value * (times(exponent.slope, log) + base) }
    }

    fn compare(self, comparison: Comparison, other: Self) -> Option<bool> {
        self.value.compare(comparison, other.value)
    }

    fn from_truth(truth: Option<bool>) -> Self {
        let value = Interval::from_truth(truth);
        Self { value, slope: if truth.is_some() { ZERO } else { Interval::UNDEFINED } }
    }

    fn truth(self) -> Option<bool> {
        self.value.truth()
    }

    fn apply(function: &BuiltIn, args: &[Self]) -> Option<Self> {
        let values: Vec<Interval> = args.iter().map(|arg| arg.value).collect();
        let value = Interval::apply(function, &values)?;
        if args.iter().all(|arg| arg.is_constant()) {
            return Some(Self::constant(value));
        }
        let slope = match (function.name, args) {
            ("min" | "max", _) => extremum_slope(function.name == "max", args),
            (name, [x]) => match derivative(name, x.value, value) {
                Some(derivative) => times(derivative, x.slope),
                None => Interval::UNDEFINED,
            },
            _ => Interval::UNDEFINED,
        };
        Some(Self { value, slope })
    }

    fn as_point(self) -> Option<f64> {
        if self.is_constant() { self.value.as_point() } else { None }
    }

    /// An undecided `if` may jump: nothing is known of the slope.
    fn hull(self, other: Self) -> Self {
        Self { value: self.value.hull(other.value), slope: Interval::UNDEFINED }
    }
}

/// The slopes of the arguments that may be the extreme one.
fn extremum_slope(largest: bool, args: &[Jet]) -> Interval {
    let mut slope: Option<Interval> = None;
    for arg in args {
        let beaten = |other: &Jet| match largest {
            true => other.value.lo > arg.value.hi,
            false => other.value.hi < arg.value.lo,
        };
        if !args.iter().any(beaten) {
            slope = Some(slope.map_or(arg.slope, |known| known.hull(arg.slope)));
        }
    }
    slope.unwrap_or(Interval::UNDEFINED)
}

/// f′ on `x`, where `y` holds f there. `None` if it is not known.
fn derivative(name: &str, x: Interval, y: Interval) -> Option<Interval> {
    let two = Interval::point(2.0);
    let sign = |below: f64| {
        let below = Interval::point(below);
        match () {
            () if x.lo >= 0.0 => ONE,
            () if x.hi <= 0.0 => below,
            () => below.hull(ONE),
        }
    };
    Some(match name {
        "sqrt" => ONE / (two * y),
        "exp" => y,
        "expm1" => y + ONE,
        "ln" => ONE / x,
        "ln1p" => ONE / (ONE + x),
        "log2" => ONE / (x * two.ln()),
        "log10" => ONE / (x * Interval::point(10.0).ln()),
        "abs" => sign(-1.0),
        "relu" => sign(0.0),
        "sin" => x.cos(),
        "cos" => -x.sin(),
        "tan" => ONE + y.square(),
        "asin" => ONE / (ONE - x.square()).sqrt(),
        "acos" => -(ONE / (ONE - x.square()).sqrt()),
        "atan" => ONE / (ONE + x.square()),
        "sinh" => x.cosh(),
        "cosh" => x.sinh(),
        "tanh" => ONE - y.square(),
        "normal_cdf" => normal_density(x),
        "normal_sf" => -normal_density(x),
        "normal_pdf" => -x * y,
        "erf" => (-x.square()).exp() * two / Interval::PI.sqrt(),
        "erfc" => -((-x.square()).exp() * two / Interval::PI.sqrt()),
        _ => return None,
    })
}

fn normal_density(x: Interval) -> Interval {
    let two = Interval::point(2.0);
    (-(x.square() / two)).exp() / (two * Interval::PI).sqrt()
}

#[cfg(test)]
mod tests {
    use super::super::Function;
    use crate::maths::Interval;
    use proptest::prelude::*;

    /// Formulas whose derivative is checked against a difference quotient.
    const SMOOTH: [&str; 13] = [
        "sqrt(1 + x)*exp(-x)",
        "ln(2 + x)/(1 + x^2)",
        "x^3 - 2*x^2.5",
        "x^-2",
        "(1 + x)^x",
        "sin(x)*cos(2*x) + tan(x/4)",
        "asin(x/4) + acos(x/5)",
        "atan(x) + sinh(x)/cosh(x) - tanh(x)",
        "normal_cdf(x)*normal_pdf(x) + normal_sf(2*x)",
        "erf(x) + erfc(x/2)",
        "ln1p(x) + expm1(x) + log2(1 + x) + log10(x)",
        "max(x, x^2, 1/x) + min(x, 2 - x)",
        "abs(x - 1.5) + relu(x - 0.7) + sum(k, 1, 3, x^k)",
    ];

    proptest! {
        /// The mean value theorem: every difference quotient between two points of the box is a
        /// derivative in it, kinks included.
        #[test]
        fn slopes_hold_every_difference_quotient(which in 0..SMOOTH.len(), a in 0.1f64..2.5, width in 1e-3f64..0.4) {
            let f = Function::parse("f", SMOOTH[which], &["x"]).unwrap();
            let b = a + width;
            let slope = f.differentiate(&[Interval::new(a, b)], 0).slope;
            let quotient = (f.value(&[b]) - f.value(&[a])) / width;
            prop_assert!(!slope.is_undefined(), "{}", SMOOTH[which]);
            let error = 1e-12 * (1.0 + quotient.abs()) / width;
            prop_assert!(slope.lo - error <= quotient && quotient <= slope.hi + error,
                "{}: {quotient} {slope:?}", SMOOTH[which]);
        }

        /// Narrow boxes give narrow slopes: the enclosures are of use.
        #[test]
        fn slopes_of_narrow_boxes_are_narrow(which in 0..11usize, a in 0.2f64..2.5) {
            let f = Function::parse("f", SMOOTH[which], &["x"]).unwrap();
            let slope = f.differentiate(&[Interval::new(a, a + 1e-9)], 0).slope;
            prop_assert!(slope.width() < 1e-4, "{}: {slope:?}", SMOOTH[which]);
        }
    }

    #[test]
    fn what_is_not_differentiated_is_unknown_not_wrong() {
        let f = Function::parse("f", "gamma(x)", &["x"]).unwrap();
        let jet = f.differentiate(&[Interval::new(1.0, 2.0)], 0);
        assert!(jet.slope.is_undefined() && !jet.value.is_undefined());
        let g = Function::parse("g", "if(x < 1, 0, 1)", &["x"]).unwrap();
        assert!(g.differentiate(&[Interval::new(0.0, 2.0)], 0).slope.is_undefined());
    }
}
