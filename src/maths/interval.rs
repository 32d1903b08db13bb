//! Intervals of doubles with outward rounding.
//!
//! Inclusion: for every operation and all points x ∈ X, y ∈ Y, the exact real x∘y lies in X∘Y (Moore;
//! Tucker, Validated Numerics, ch. 2). The four operations, roots and integer powers round to the
//! neighbouring double only where the result is inexact; elementary and special functions are widened
//! by a stated number of ulps (see the submodule `functions`).

mod functions;
mod rounding;

use std::ops::{Add, Div, Mul, Neg, Sub};

use super::Enclosure;
use rounding::Way::{Down, Up};

/// All reals between `lo` and `hi`, both included; infinite ends are bounds, save where both ends are
/// the same infinity. An interval both of whose ends are NaN is [undefined](Self::UNDEFINED).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Lower end.
    pub lo: f64,
    /// Upper end.
    pub hi: f64,
}

impl Interval {
    /// All reals.
    pub const WHOLE: Self = Self { lo: f64::NEG_INFINITY, hi: f64::INFINITY };
    /// Nothing is known, not even that there is a value: the result of a function on an interval
    /// that leaves its domain, such as √[−1, 4]. Every operation hands it on.
    pub const UNDEFINED: Self = Self { lo: f64::NAN, hi: f64::NAN };
    /// π.
    pub const PI: Self = Self { lo: std::f64::consts::PI, hi: std::f64::consts::PI.next_up() };
    /// Euler's number.
    pub const E: Self = Self { lo: std::f64::consts::E, hi: std::f64::consts::E.next_up() };

    /// From `lo` to `hi`; undefined if one is NaN or they are in the wrong order.
    pub fn new(lo: f64, hi: f64) -> Self {
        if lo <= hi { Self { lo, hi } } else { Self::UNDEFINED }
    }

    /// The one number, exactly.
    pub const fn point(x: f64) -> Self {
        Self { lo: x, hi: x }
    }

    /// The double nearest to an exact number, with both neighbours: holds the exact number.
    pub fn around(nearest: f64) -> Self {
        Self { lo: nearest.next_down(), hi: nearest.next_up() }
    }

    /// Whether the interval may have no value (see [`Self::UNDEFINED`]).
    pub fn is_undefined(self) -> bool {
        self.lo.is_nan() || self.hi.is_nan()
    }

    /// Whether `x` lies inside. The undefined interval holds everything, NaN included.
    pub fn contains(self, x: f64) -> bool {
        self.is_undefined() || (self.lo <= x && x <= self.hi)
    }

    /// Whether `self` holds all of `other`.
    pub fn encloses(self, other: Self) -> bool {
        self.is_undefined() || (self.lo <= other.lo && other.hi <= self.hi)
    }

    /// The number, if there is just one.
    pub fn as_point(self) -> Option<f64> {
        (self.lo == self.hi).then_some(self.lo)
    }

    /// `hi − lo`, rounded up; NaN if undefined.
    pub fn width(self) -> f64 {
        rounding::add(self.hi, -self.lo, Up)
    }

    /// A finite number inside, the middle where both ends are finite; NaN if undefined.
    pub fn midpoint(self) -> f64 {
        match (self.lo.is_finite(), self.hi.is_finite()) {
            (true, true) => (0.5 * self.lo + 0.5 * self.hi).clamp(self.lo, self.hi),
            _ if self.is_undefined() => f64::NAN,
            (true, false) => (2.0 * self.lo.abs()).max(1.0).clamp(self.lo, f64::MAX),
            (false, true) => (-2.0 * self.hi.abs()).min(-1.0).clamp(f64::MIN, self.hi),
            (false, false) => 0.0,
        }
    }

    /// The two halves; they share the midpoint.
    pub fn bisect(self) -> (Self, Self) {
        let middle = self.midpoint();
        (Self { lo: self.lo, hi: middle }, Self { lo: middle, hi: self.hi })
    }

    /// The smallest interval that holds both; undefined if one is.
    pub fn hull(self, other: Self) -> Self {
        if self.is_undefined() || other.is_undefined() {
            return Self::UNDEFINED;
        }
        Self { lo: self.lo.min(other.lo), hi: self.hi.max(other.hi) }
    }

    /// What both hold; `None` if nothing. An undefined interval leaves the other as it is.
    pub fn intersection(self, other: Self) -> Option<Self> {
        if self.is_undefined() {
            return Some(other);
        }
        if other.is_undefined() {
            return Some(self);
        }
        let (lo, hi) = (self.lo.max(other.lo), self.hi.min(other.hi));
        (lo <= hi).then_some(Self { lo, hi })
    }

    /// `self < other`, if that is so, or is not so, for all their points.
    pub fn less(self, other: Self) -> Option<bool> {
        match () {
            () if self.hi < other.lo => Some(true),
            () if self.lo >= other.hi => Some(false),
            () => None,
        }
    }

    /// `self <= other`, if decided for all points.
    pub fn at_most(self, other: Self) -> Option<bool> {
        other.less(self).map(|less| !less)
    }

    /// `self == other`, if decided for all points.
    pub fn equal(self, other: Self) -> Option<bool> {
        match () {
            () if self.as_point().is_some() && self == other => Some(true),
            () if self.hi < other.lo || other.hi < self.lo => Some(false),
            () => None,
        }
    }

    /// The smaller one, point by point.
    pub fn min(self, other: Self) -> Self {
        self.pairwise(other, f64::min)
    }

    /// The larger one, point by point.
    pub fn max(self, other: Self) -> Self {
        self.pairwise(other, f64::max)
    }

    fn pairwise(self, other: Self, choose: fn(f64, f64) -> f64) -> Self {
        if self.is_undefined() || other.is_undefined() {
            return Self::UNDEFINED;
        }
        Self { lo: choose(self.lo, other.lo), hi: choose(self.hi, other.hi) }
    }

    /// |x|.
    pub fn abs(self) -> Self {
        match () {
            () if self.lo >= 0.0 => self,
            () if self.hi <= 0.0 => -self,
            () if self.is_undefined() => Self::UNDEFINED,
            () => Self { lo: 0.0, hi: self.hi.max(-self.lo) },
        }
    }

    /// An increasing function that is exact in doubles.
    pub fn exact_increasing(self, f: impl Fn(f64) -> f64) -> Self {
        Self::new(f(self.lo), f(self.hi))
    }

    /// ⌊x⌋.
    pub fn floor(self) -> Self {
        self.exact_increasing(f64::floor)
    }

    /// ⌈x⌉.
    pub fn ceil(self) -> Self {
        self.exact_increasing(f64::ceil)
    }

    /// √x; undefined if part of the interval is negative.
    pub fn sqrt(self) -> Self {
        if self.lo >= 0.0 {
            return Self::new(rounding::sqrt(self.lo, Down), rounding::sqrt(self.hi, Up));
        }
        Self::UNDEFINED
    }

    /// xⁿ with `x⁰ = 1`; tight at 0 for even powers. Negative powers are `1/x⁻ⁿ`.
    pub fn powi(self, n: i32) -> Self {
        let power = self.power(n.unsigned_abs());
        match () {
            () if n >= 0 => power,
            // An even power keeps its sign at 0, where the quotient is +∞.
            () if n & 1 == 0 && power.lo == 0.0 && power.hi > 0.0 => {
                Self { lo: rounding::div(1.0, power.hi, Down), hi: f64::INFINITY }
            }
            () => Self::point(1.0) / power,
        }
    }

    fn power(self, n: u32) -> Self {
        if self.is_undefined() {
            return self;
        }
        if n & 1 == 0 {
            let size = self.abs();
            return Self::new(rounding::power(size.lo, n, Down), rounding::power(size.hi, n, Up));
        }
        let odd = |x: f64, down| match x < 0.0 {
            true => -rounding::power(-x, n, if down { Up } else { Down }),
            false => rounding::power(x, n, if down { Down } else { Up }),
        };
        Self::new(odd(self.lo, true), odd(self.hi, false))
    }

    /// Whether 0 lies inside.
    fn has_zero(self) -> bool {
        self.lo <= 0.0 && self.hi >= 0.0
    }

    /// Whether it is the point +∞ or −∞.
    fn is_infinite_point(self) -> bool {
        self.lo == self.hi && self.lo.is_infinite()
    }

    /// Least and greatest of bounds found at the corners of a box; corners that are NaN are limits
    /// that the others already bound.
    fn of_corners(bounds: [(f64, f64); 4]) -> Self {
        let lo = bounds.iter().fold(f64::NAN, |least, corner| least.min(corner.0));
        let hi = bounds.iter().fold(f64::NAN, |most, corner| most.max(corner.1));
        Self::new(lo, hi)
    }

    fn corners(self, other: Self, bound: impl Fn(f64, f64) -> (f64, f64)) -> Self {
        Self::of_corners([
            bound(self.lo, other.lo),
            bound(self.lo, other.hi),
            bound(self.hi, other.lo),
            bound(self.hi, other.hi),
        ])
    }
}

impl From<Enclosure> for Interval {
    fn from(enclosure: Enclosure) -> Self {
        Self::new(enclosure.lo, enclosure.hi)
    }
}

impl Neg for Interval {
    type Output = Self;
    fn neg(self) -> Self {
        Self { lo: -self.hi, hi: -self.lo }
    }
}

impl Add for Interval {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self::new(rounding::add(self.lo, other.lo, Down), rounding::add(self.hi, other.hi, Up))
    }
}

impl Sub for Interval {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Mul for Interval {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        if self.is_undefined() || other.is_undefined() {
            return Self::UNDEFINED;
        }
        let lost = |a: Self, b: Self| a.is_infinite_point() && b.has_zero();
        if lost(self, other) || lost(other, self) {
            return Self::UNDEFINED;
        }
        self.corners(other, |a, b| (rounding::mul(a, b, Down), rounding::mul(a, b, Up)))
    }
}

impl Div for Interval {
    type Output = Self;

    /// An interval with zero in it gives the whole line, at an end too: in doubles the sign of the
    /// infinity there is that of the zero. `0/0` is undefined.
    fn div(self, other: Self) -> Self {
        if self.is_undefined() || other.is_undefined() {
            return Self::UNDEFINED;
        }
        match () {
            () if !other.has_zero() => {
                self.corners(other, |a, b| (rounding::div(a, b, Down), rounding::div(a, b, Up)))
            }
            () if other.as_point().is_some() && self.has_zero() => Self::UNDEFINED,
            () => Self::WHOLE,
        }
    }
}

#[cfg(test)]
mod tests;
