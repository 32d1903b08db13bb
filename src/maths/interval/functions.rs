//! Elementary and special functions of intervals.
//!
//! Each is libm's double function, taken at the ends and widened by an allowance that exceeds its
//! known error; where a value is known exactly (exp 0 = 1, tanh ≤ 1) monotonicity sharpens the bound.

use super::Interval;
use super::rounding::{
    self,
    Way::{Down, Up},
    widen,
};

/// Ulps allowed to exp, ln, trigonometric functions and powers: their documented error is below 1.
pub const ELEMENTARY_ULPS: u32 = 2;
/// Ulps allowed to sinh, cosh and tanh: their documented error is below 2.
pub const HYPERBOLIC_ULPS: u32 = 4;
/// Ulps allowed to erf and erfc. Measured against mpmath at 6000 random points: erfc is off by up
/// to 2.2; twice that leaves room for a double taken between the ends.
pub const ERF_ULPS: u32 = 8;
/// Ulps allowed to Γ on the positive axis. Measured as above: up to 6.5.
pub const GAMMA_ULPS: u32 = 16;
/// Ulps allowed to ln Γ on the positive axis. Measured as above: up to 1.9.
pub const LN_GAMMA_ULPS: u32 = 8;
/// What is allowed to ln Γ beside the ulps, for the neighbourhood of its zeros 1 and 2.
pub const LN_GAMMA_ABSOLUTE: f64 = f64::EPSILON;
/// Beyond this size sine and cosine of an interval are just [−1, 1].
const LARGEST_ANGLE: f64 = 1e15;

/// A monotone function of doubles with its allowance.
struct Monotone {
    f: fn(f64) -> f64,
    increasing: bool,
    ulps: u32,
    absolute: f64,
    /// Arguments with their exact values; infinite arguments stand for limits.
    exact: &'static [(f64, f64)],
}

const INF: f64 = f64::INFINITY;

impl Monotone {
    const fn increasing(f: fn(f64) -> f64, ulps: u32, exact: &'static [(f64, f64)]) -> Self {
        Self { f, increasing: true, ulps, absolute: 0.0, exact }
    }

    const fn decreasing(f: fn(f64) -> f64, ulps: u32, exact: &'static [(f64, f64)]) -> Self {
        Self { f, increasing: false, ulps, absolute: 0.0, exact }
    }

    /// A lower bound of f(x).
    fn down(&self, x: f64) -> f64 {
        let below = |x0: f64| if self.increasing { x0 <= x } else { x0 >= x };
        let bound = widen((self.f)(x), self.ulps, self.absolute, Down);
        self.exact.iter().filter(|(x0, _)| below(*x0)).fold(bound, |b, (_, y0)| b.max(*y0))
    }

    /// An upper bound of f(x).
    fn up(&self, x: f64) -> f64 {
        let above = |x0: f64| if self.increasing { x0 >= x } else { x0 <= x };
        let bound = widen((self.f)(x), self.ulps, self.absolute, Up);
        self.exact.iter().filter(|(x0, _)| above(*x0)).fold(bound, |b, (_, y0)| b.min(*y0))
    }

    fn image(&self, x: Interval) -> Interval {
        if x.is_undefined() {
            return x;
        }
        let (least, most) = if self.increasing { (x.lo, x.hi) } else { (x.hi, x.lo) };
        Interval::new(self.down(least), self.up(most))
    }

    /// The image of an interval that must lie within a domain.
    fn image_within(&self, x: Interval, domain: Interval) -> Interval {
        if domain.encloses(x) { self.image(x) } else { Interval::UNDEFINED }
    }
}

const POSITIVE: Interval = Interval { lo: 0.0, hi: INF };
const UNIT: Interval = Interval { lo: -1.0, hi: 1.0 };

const EXP: Monotone = Monotone::increasing(libm::exp, ELEMENTARY_ULPS, &[(-INF, 0.0), (0.0, 1.0)]);
const EXP_M1: Monotone =
    Monotone::increasing(libm::expm1, ELEMENTARY_ULPS, &[(-INF, -1.0), (0.0, 0.0)]);
const LN: Monotone = Monotone::increasing(libm::log, ELEMENTARY_ULPS, &[(1.0, 0.0)]);
const LOG2: Monotone = Monotone::increasing(libm::log2, ELEMENTARY_ULPS, &[(1.0, 0.0)]);
const LOG10: Monotone = Monotone::increasing(libm::log10, ELEMENTARY_ULPS, &[(1.0, 0.0)]);
const LN_1P: Monotone = Monotone::increasing(libm::log1p, ELEMENTARY_ULPS, &[(0.0, 0.0)]);
const SIN: Monotone = Monotone::increasing(libm::sin, ELEMENTARY_ULPS, &[]);
const COS: Monotone = Monotone::increasing(libm::cos, ELEMENTARY_ULPS, &[]);
const TAN: Monotone = Monotone::increasing(libm::tan, ELEMENTARY_ULPS, &[]);
const ASIN: Monotone = Monotone::increasing(libm::asin, ELEMENTARY_ULPS, &[(0.0, 0.0)]);
const ACOS: Monotone = Monotone::decreasing(libm::acos, ELEMENTARY_ULPS, &[(1.0, 0.0)]);
const ATAN: Monotone = Monotone::increasing(libm::atan, ELEMENTARY_ULPS, &[(0.0, 0.0)]);
const SINH: Monotone = Monotone::increasing(libm::sinh, HYPERBOLIC_ULPS, &[(0.0, 0.0)]);
const COSH: Monotone = Monotone::increasing(libm::cosh, HYPERBOLIC_ULPS, &[(0.0, 1.0)]);
const TANH: Monotone =
    Monotone::increasing(libm::tanh, HYPERBOLIC_ULPS, &[(-INF, -1.0), (0.0, 0.0), (INF, 1.0)]);
const ERF: Monotone =
    Monotone::increasing(libm::erf, ERF_ULPS, &[(-INF, -1.0), (0.0, 0.0), (INF, 1.0)]);
const ERFC: Monotone =
    Monotone::decreasing(libm::erfc, ERF_ULPS, &[(-INF, 2.0), (0.0, 1.0), (INF, 0.0)]);

/// A function that falls to a least value near 1.46 and rises from there.
struct Valley {
    f: fn(f64) -> f64,
    ulps: u32,
    absolute: f64,
    /// A lower bound of the least value.
    least: f64,
}

/// Doubles around the zero of the digamma function, x₀ = 1.46163214496836234126…
const TURN: (f64, f64) = (1.461_632_144_968_362, 1.461_632_144_968_363);
const GAMMA: Valley =
    // Γ(x₀) = 0.885603194410888700278…
    Valley { f: libm::tgamma, ulps: GAMMA_ULPS, absolute: 0.0, least: 0.885_603_194_410_888_6 };
const LN_GAMMA: Valley = Valley {
    f: libm::lgamma,
    ulps: LN_GAMMA_ULPS,
    absolute: LN_GAMMA_ABSOLUTE,
    // ln Γ(x₀) = −0.121486290535849608095…
    least: -0.121_486_290_535_849_63,
};

impl Valley {
    fn image(&self, x: Interval) -> Interval {
        // NaN ends fail this test too.
        if !(x.lo >= 0.0 && x.hi > 0.0) {
            return Interval::UNDEFINED;
        }
        let (f, ulps, absolute) = (self.f, self.ulps, self.absolute);
        let at = |x: f64| {
            // The right limit at 0, whatever its sign.
            let value = if x == 0.0 { INF } else { f(x) };
            (widen(value, ulps, absolute, Down), widen(value, ulps, absolute, Up))
        };
        let (left, right) = (at(x.lo), at(x.hi));
        let lo = match () {
            () if x.hi <= TURN.0 => right.0,
            () if x.lo >= TURN.1 => left.0,
            () => self.least,
        };
        Interval::new(lo.max(self.least), left.1.max(right.1))
    }
}

impl Interval {
    /// eˣ.
    pub fn exp(self) -> Self {
        EXP.image(self)
    }

    /// eˣ − 1.
    pub fn exp_m1(self) -> Self {
        EXP_M1.image(self)
    }

    /// ln x; −∞ at 0, undefined if part of the interval is negative.
    pub fn ln(self) -> Self {
        LN.image_within(self, POSITIVE)
    }

    /// Logarithm to base 2; domain as for [`Self::ln`].
    pub fn log2(self) -> Self {
        LOG2.image_within(self, POSITIVE)
    }

    /// Logarithm to base 10; domain as for [`Self::ln`].
    pub fn log10(self) -> Self {
        LOG10.image_within(self, POSITIVE)
    }

    /// ln(1 + x); undefined if part of the interval is below −1.
    pub fn ln_1p(self) -> Self {
        LN_1P.image_within(self, Self { lo: -1.0, hi: INF })
    }

    /// sin x, by `sin x = cos(x − π/2)` for the extrema.
    pub fn sin(self) -> Self {
        let wave = self.wave(&SIN, self / Self::PI - Self::point(0.5));
        // The sign is known exactly between the zeros −π, 0 and π.
        match () {
            () if self.lo >= 0.0 && self.hi <= 3.0 => wave.max(Self::point(0.0)),
            () if self.lo >= -3.0 && self.hi <= 0.0 => wave.min(Self::point(0.0)),
            () => wave,
        }
    }

    /// cos x.
    pub fn cos(self) -> Self {
        self.wave(&COS, self / Self::PI)
    }

    /// A wave with extrema (−1)ᵏ where `turns` passes an integer k.
    fn wave(self, function: &Monotone, turns: Self) -> Self {
        if self.is_undefined() || self.is_infinite_point() {
            return Self::UNDEFINED;
        }
        // NaN fails this test too.
        if !(self.lo >= -LARGEST_ANGLE && self.hi <= LARGEST_ANGLE) {
            return UNIT;
        }
        let (first, last) = (turns.lo.ceil(), turns.hi.floor());
        let even = |k: f64| k.rem_euclid(2.0) == 0.0;
        let ends = Self {
            lo: function.down(self.lo).min(function.down(self.hi)),
            hi: function.up(self.lo).max(function.up(self.hi)),
        };
        let top = last > first || (last == first && even(first));
        let bottom = last > first || (last == first && !even(first));
        Self {
            lo: if bottom { -1.0 } else { ends.lo.max(-1.0) },
            hi: if top { 1.0 } else { ends.hi.min(1.0) },
        }
    }

    /// tan x; the whole line if the interval may hold a pole.
    pub fn tan(self) -> Self {
        if self.is_undefined() || self.is_infinite_point() {
            return Self::UNDEFINED;
        }
        let turns = self / Self::PI - Self::point(0.5);
        let large = !(self.lo >= -LARGEST_ANGLE && self.hi <= LARGEST_ANGLE);
        if large || turns.lo.ceil() <= turns.hi.floor() {
            return Self::WHOLE;
        }
        TAN.image(self)
    }

    /// arcsin x; undefined outside [−1, 1].
    pub fn asin(self) -> Self {
        ASIN.image_within(self, UNIT)
    }

    /// arccos x; undefined outside [−1, 1].
    pub fn acos(self) -> Self {
        ACOS.image_within(self, UNIT)
    }

    /// arctan x.
    pub fn atan(self) -> Self {
        ATAN.image(self)
    }

    /// sinh x.
    pub fn sinh(self) -> Self {
        SINH.image(self)
    }

    /// cosh x.
    pub fn cosh(self) -> Self {
        COSH.image(self.abs())
    }

    /// tanh x.
    pub fn tanh(self) -> Self {
        TANH.image(self)
    }

    /// The error function.
    pub fn erf(self) -> Self {
        ERF.image(self)
    }

    /// The complementary error function.
    pub fn erfc(self) -> Self {
        ERFC.image(self)
    }

    /// Φ(x) = erfc(−x/√2)/2, the distribution function of the standard normal law.
    pub fn normal_cdf(self) -> Self {
        (-self / Self::point(2.0).sqrt()).erfc() / Self::point(2.0)
    }

    /// Γ(x) for x ≥ 0; the whole line with the pole 0 in it, undefined if part is negative.
    pub fn gamma(self) -> Self {
        if self.lo == 0.0 {
            // As for a quotient, the sign of the zero is not known.
            return Self::WHOLE;
        }
        GAMMA.image(self)
    }

    /// ln Γ(x) for x ≥ 0; undefined if part of the interval is negative.
    pub fn ln_gamma(self) -> Self {
        LN_GAMMA.image(self)
    }

    /// xʸ. Integer exponents (up to ±10⁹) take any base; other exponents need a base ≥ 0 and are
    /// otherwise undefined. y ln x is bilinear in (y, ln x), so its extremes are at the corners.
    pub fn pow(self, exponent: Self) -> Self {
        if let Some(n) = exponent.as_point().filter(|n| n.fract() == 0.0 && n.abs() <= 1e9) {
            return self.powi(n as i32);
        }
        if self.lo < 0.0 || self.is_undefined() || exponent.is_undefined() {
            return Self::UNDEFINED;
        }
        if self.lo == 0.0 && exponent.lo < 0.0 {
            // A pole; as for a quotient, the sign of the zero is not known.
            return Self::WHOLE;
        }
        self.corners(exponent, |x, y| {
            let power = libm::pow(x, y);
            (
                widen(power, ELEMENTARY_ULPS, 0.0, Down).max(0.0),
                widen(power, ELEMENTARY_ULPS, 0.0, Up),
            )
        })
    }

    /// The binomial coefficient of whole numbers `0 ≤ k`, `n` any point; undefined otherwise. The
    /// product ∏ (n−k+i)/i over i ≤ k, at most 10⁶ factors.
    pub fn binomial(self, k: Self) -> Self {
        let (Some(n), Some(k)) = (self.as_point(), k.as_point()) else { return Self::UNDEFINED };
        let k = if n >= k && n.fract() == 0.0 && k.fract() == 0.0 { k.min(n - k) } else { k };
        if !(n.is_finite() && k.fract() == 0.0 && (0.0..=1e6).contains(&k)) {
            return Self::UNDEFINED;
        }
        let mut result = Self::point(1.0);
        for i in 1..=k as u32 {
            let factor = Self::point(n) + Self::point(f64::from(i) - k);
            result = result * factor / Self::point(f64::from(i));
            // The factors of a natural n are at least 1: the rest only adds to infinity.
            if result == Self::point(0.0) || (result.lo > 1e300 && factor.lo >= f64::from(i)) {
                break;
            }
        }
        if result.lo > 1e300 { Self { lo: result.lo, hi: INF } } else { result }
    }

    /// x², tight at 0.
    pub fn square(self) -> Self {
        let size = self.abs();
        Self::new(rounding::power(size.lo, 2, Down), rounding::power(size.hi, 2, Up))
    }
}
