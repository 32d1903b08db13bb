//! Positive numbers that may be smaller than any double, by their logarithms.

use crate::maths::Enclosure;
use crate::maths::special::U;

/// The logarithm of a positive number, and the relative error of the number itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LnValue {
    /// Logarithm.
    pub ln: f64,
    /// Relative error of the number, which is the absolute error of the logarithm.
    pub error: f64,
}

impl LnValue {
    /// The number itself; 0 where it underflows.
    pub fn number(self) -> Enclosure {
        let value = self.ln.exp();
        if self.ln == f64::NEG_INFINITY {
            return Enclosure::point(0.0);
        }
        // The rounding of `ln` itself is multiplied by its size.
        Enclosure::with_error(value, value * (self.error + 2.0 * U * self.ln.abs()))
    }

    /// The logarithm as an enclosure.
    pub fn logarithm(self) -> Enclosure {
        Enclosure::with_error(self.ln, self.error + 4.0 * U * self.ln.abs())
    }

    /// Sum of two numbers.
    pub fn plus(self, other: Self) -> Self {
        let (big, small) = if self.ln >= other.ln { (self, other) } else { (other, self) };
        if small.ln == f64::NEG_INFINITY {
            return big;
        }
        Self { ln: big.ln + (small.ln - big.ln).exp().ln_1p(), error: big.error.max(small.error) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_and_numbers() {
        let tiny = LnValue { ln: -2000.0, error: 1e-12 };
        assert_eq!(tiny.number().value, 0.0);
        assert!((tiny.plus(tiny).ln + 2000.0 - std::f64::consts::LN_2).abs() < 1e-12);
        let nothing = LnValue { ln: f64::NEG_INFINITY, error: 0.0 };
        assert_eq!(tiny.plus(nothing), tiny);
        assert_eq!(nothing.plus(nothing).number(), Enclosure::point(0.0));
        let half = LnValue { ln: 0.5f64.ln(), error: 1e-12 }.number();
        assert!(half.lo <= 0.5 && 0.5 <= half.hi && half.radius() < 1e-11);
    }
}
