//! Arithmetic of doubles rounded down and up.
//!
//! The hardware rounds to nearest; the sign of the exact rounding error (Knuth's TwoSum for sums, a
//! fused multiply-add for the others; Muller et al., Handbook of Floating-Point Arithmetic, ch. 4)
//! tells on which side the exact result lies. Results that are exact stay as they are.

/// Below this size the error of a product, quotient or root may itself underflow: widen blindly.
const TINY: f64 = 1e-290;

/// Which way to round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Down,
    Up,
}
use Way::{Down, Up};

impl Way {
    /// `nearest`, moved by one double if the exact result lies beyond it: `error` has the sign of
    /// exact − nearest. A NaN error is not trusted.
    fn settle(self, nearest: f64, error: f64) -> f64 {
        match self {
            Down if error >= 0.0 => nearest,
            Up if error <= 0.0 => nearest,
            Down => nearest.next_down(),
            Up => nearest.next_up(),
        }
    }

    /// Settles a result that overflowed from finite operands.
    fn overflow(self, infinite: f64) -> f64 {
        match self {
            Down if infinite > 0.0 => f64::MAX,
            Up if infinite < 0.0 => f64::MIN,
            _ => infinite,
        }
    }

    /// Settles a tiny result of known sign: it never crosses zero.
    fn tiny(self, nearest: f64, negative: bool) -> f64 {
        match (self, negative) {
            (Down, false) => nearest.next_down().max(0.0),
            (Up, true) => nearest.next_up().min(0.0),
            (Down, true) => nearest.next_down(),
            (Up, false) => nearest.next_up(),
        }
    }
}

/// `a + b`; NaN for opposite infinities.
pub(super) fn add(a: f64, b: f64, way: Way) -> f64 {
    let sum = a + b;
    if !sum.is_finite() {
        let exact = a.is_infinite() || b.is_infinite();
        return if exact { sum } else { way.overflow(sum) };
    }
    let shadow = sum - a;
    way.settle(sum, (a - (sum - shadow)) + (b - shadow))
}

/// `a·b` where an infinity is a bound that is not reached: `0·∞ = 0`.
pub(super) fn mul(a: f64, b: f64, way: Way) -> f64 {
    if a == 0.0 || b == 0.0 {
        return 0.0;
    }
    let product = a * b;
    if a.is_infinite() || b.is_infinite() {
        return product;
    }
    if product.is_infinite() {
        return way.overflow(product);
    }
    if product.abs() < TINY {
        return way.tiny(product, (a < 0.0) != (b < 0.0));
    }
    way.settle(product, a.mul_add(b, -product))
}

/// `a/b` with `b ≠ 0`; NaN for `∞/∞`.
pub(super) fn div(a: f64, b: f64, way: Way) -> f64 {
    let quotient = a / b;
    if a == 0.0 || a.is_infinite() || b.is_infinite() {
        return quotient;
    }
    if quotient.is_infinite() {
        return way.overflow(quotient);
    }
    if quotient.abs() < TINY || a.abs() < TINY {
        return way.tiny(quotient, (a < 0.0) != (b < 0.0));
    }
    let remainder = (-quotient).mul_add(b, a);
    way.settle(quotient, if b > 0.0 { remainder } else { -remainder })
}

/// `√x` with `x ≥ 0`.
pub(super) fn sqrt(x: f64, way: Way) -> f64 {
    let root = x.sqrt();
    if x == 0.0 || x.is_infinite() {
        return root;
    }
    if x < TINY {
        return way.tiny(root, false);
    }
    way.settle(root, (-root).mul_add(root, x))
}

/// `x^n` with `x ≥ 0`, by squaring.
pub(super) fn power(x: f64, mut n: u32, way: Way) -> f64 {
    let (mut base, mut result) = (x, 1.0);
    loop {
        if n & 1 == 1 {
            result = mul(result, base, way);
        }
        n >>= 1;
        if n == 0 {
            return result;
        }
        base = mul(base, base, way);
    }
}

/// `x` moved by `ulps` doubles, and by `absolute` beside.
pub(super) fn widen(x: f64, ulps: u32, absolute: f64, way: Way) -> f64 {
    let shifted = match way {
        _ if absolute == 0.0 => x,
        Down => add(x, -absolute, Down),
        Up => add(x, absolute, Up),
    };
    (0..ulps).fold(shifted, |x, _| match way {
        Down => x.next_down(),
        Up => x.next_up(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_results_stay() {
        for way in [Down, Up] {
            assert_eq!(add(1.0, 2.0, way), 3.0);
            assert_eq!(mul(3.0, -0.25, way), -0.75);
            assert_eq!(div(1.0, -8.0, way), -0.125);
            assert_eq!(sqrt(49.0, way), 7.0);
            assert_eq!(power(3.0, 33, way), 5559060566555523.0);
        }
    }

    #[test]
    fn inexact_results_have_neighbouring_bounds() {
        let pairs = [
            (add(0.1, 0.2, Down), add(0.1, 0.2, Up)),
            (mul(0.1, 0.3, Down), mul(0.1, 0.3, Up)),
            (div(1.0, 3.0, Down), div(1.0, 3.0, Up)),
            (sqrt(2.0, Down), sqrt(2.0, Up)),
        ];
        for (down, up) in pairs {
            assert_eq!(down.next_up(), up);
        }
        // 1/3 = 0.333…33|33…: the double below is 0x3FD5555555555555.
        assert_eq!(div(1.0, 3.0, Down).to_bits(), 0x3FD5_5555_5555_5555);
        assert_eq!(div(1.0, -3.0, Up).to_bits(), 0xBFD5_5555_5555_5555);
    }

    #[test]
    fn overflow_and_underflow_keep_the_exact_result_inside() {
        assert_eq!(mul(1e200, 1e200, Down), f64::MAX);
        assert_eq!(mul(1e200, 1e200, Up), f64::INFINITY);
        assert_eq!(mul(1e-200, 1e-200, Down), 0.0);
        assert!(mul(1e-200, 1e-200, Up) > 0.0);
        assert!(mul(-1e-200, 1e-200, Down) < 0.0);
        assert_eq!(add(f64::MAX, f64::MAX, Down), f64::MAX);
        assert_eq!(div(-1e300, 1e-300, Up), f64::MIN);
    }
}
