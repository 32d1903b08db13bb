//! Exponential and hyperbolic tangent of many numbers at vector speed.
//!
//! `e^x = 2^k e^r` with `r = x − k ln 2`, |r| ≤ ½ ln 2, and `e^r − 1` by Taylor's series to degree 13 (the rest is below
//! 2e-17 of it); `tanh x = (e^{2x} − 1)/(e^{2x} + 1)`. Additions, multiplications and divisions only, so the bytes are the same on
//! every processor.

use crate::simd::{self, Kernel};

/// Replaces each number by its exponential: within 2 units of the last place, 0 below −700.
pub fn exp(x: &mut [f64]) {
    simd::run(Exp { x });
}

/// Replaces each number by its hyperbolic tangent: within 4 units of the last place.
pub fn tanh(x: &mut [f64]) {
    simd::run(Tanh { x });
}

struct Exp<'a> {
    x: &'a mut [f64],
}

struct Tanh<'a> {
    x: &'a mut [f64],
}

impl Kernel for Exp<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for x in self.x {
            let (power, rest) = parts(x.clamp(-701.0, 701.0));
            *x = if *x < -700.0 { 0.0 } else { power + power * rest };
        }
    }
}

impl Kernel for Tanh<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for x in self.x {
            // Beyond 20 the tangent is 1 to the last place. NaN stays: comparisons with it are false.
            let size = x.abs();
            let size = if size > 20.0 { 20.0 } else { size };
            let (power, rest) = parts(2.0 * size);
            let less_one = power * rest + (power - 1.0);
            *x = (less_one / (less_one + 2.0)).copysign(*x);
        }
    }
}

/// `2^k` and `e^r − 1` for `x = k ln 2 + r`.
#[inline(always)]
fn parts(x: f64) -> (f64, f64) {
    // Adding 1.5·2⁵² leaves no bits below the unit: the last places of the sum are the integer.
    const UNIT: f64 = 6_755_399_441_055_744.0;
    // ln 2 in two parts, the first with 21 zeros at its end: its products with small integers are exact.
    const LN_2: f64 = f64::from_bits(0x3fe6_2e42_fee0_0000);
    const LN_2_REST: f64 = 1.908_214_929_270_587_7e-10;
    let shifted = x * std::f64::consts::LOG2_E + UNIT;
    let k = shifted - UNIT;
    let r = (x - k * LN_2) - k * LN_2_REST;
    let power = f64::from_bits((shifted.to_bits() << 52).wrapping_add(1.0_f64.to_bits()));
    let series = TAYLOR.iter().rev().fold(0.0, |sum, c| sum * r + c);
    (power, r * series)
}

/// 1/n! for n = 1, …, 13.
const TAYLOR: [f64; 13] = {
    let mut all = [1.0; 13];
    let mut factorial = 1.0;
    let mut n = 1;
    while n < 13 {
        factorial *= (n + 1) as f64;
        all[n] = 1.0 / factorial;
        n += 1;
    }
    all
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simd::{Unit, run_on};

    /// Distance in units of the last place of the second.
    fn ulps(found: f64, exact: f64) -> f64 {
        (found - exact).abs() / (exact.abs().next_up() - exact.abs())
    }

    fn numbers(reach: f64) -> Vec<f64> {
        let grid = (-20_000..=20_000).map(|k| reach * f64::from(k) / 20_000.0);
        let tiny = (0..300).map(|k| 2f64.powi(-k));
        grid.chain(tiny.clone()).chain(tiny.map(|x| -x)).collect()
    }

    /// Against libm, which is within one unit.
    #[test]
    fn a_few_units_of_the_last_place() {
        let (x, wide) = (numbers(21.0), numbers(690.0));
        let (mut tangents, mut exponentials) = (x.clone(), wide.clone());
        tanh(&mut tangents);
        exp(&mut exponentials);
        for (x, found) in x.iter().zip(&tangents) {
            assert!(ulps(*found, libm::tanh(*x)) <= 4.0, "tanh {x}: {found}");
        }
        for (x, found) in wide.iter().zip(&exponentials) {
            assert!(ulps(*found, libm::exp(*x)) <= 2.0, "exp {x}: {found}");
        }
    }

    /// mpmath, 40 digits.
    #[test]
    fn against_mpmath() {
        let x = [1e-8, 0.1, 0.5, 1.0, 2.5, 7.0, 18.5];
        let mut found = x;
        tanh(&mut found);
        let exact = [
            9.999_999_999_999_999_9e-9,
            0.099_667_994_624_955_823,
            0.462_117_157_260_009_76,
            0.761_594_155_955_764_89,
            0.986_614_298_151_430_29,
            0.999_998_336_943_944_67,
            0.999_999_999_999_999_83,
        ];
        assert!(found.iter().zip(exact).all(|(x, y)| ulps(*x, y) <= 2.0), "{found:?}");
    }

    #[test]
    fn edges() {
        let mut x = [0.0, -0.0, f64::INFINITY, f64::NEG_INFINITY, 1e300, f64::NAN];
        tanh(&mut x);
        assert!(x[0] == 0.0 && x[1].is_sign_negative() && x[5].is_nan());
        assert_eq!(x[2..5], [1.0, -1.0, 1.0]);
        let mut x = [0.0, -800.0, f64::NEG_INFINITY, f64::NAN];
        exp(&mut x);
        assert!(x[..3] == [1.0, 0.0, 0.0] && x[3].is_nan());
    }

    #[test]
    fn every_vector_unit_gives_the_same_bytes() {
        let x = numbers(25.0);
        let both = |unit| {
            let (mut t, mut e) = (x.clone(), x.clone());
            run_on(unit, Tanh { x: &mut t }).unwrap();
            run_on(unit, Exp { x: &mut e }).unwrap();
            t.iter().chain(&e).map(|x| x.to_bits()).collect::<Vec<_>>()
        };
        let expected = both(Unit::Baseline);
        assert!(Unit::available().into_iter().all(|unit| both(unit) == expected));
    }
}
