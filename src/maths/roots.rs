//! Roots, least integers and minima.

use super::{Enclosure, NumericalError};

/// Root of a continuous f in [a, b] with f(a) f(b) ≤ 0: an enclosure over which f changes sign.
///
/// ITP (Oliveira & Takahashi, ACM TOMS 47, 2021): never more than one step beyond bisection, to a
/// bracket of width at most `tolerance` (or two neighbouring floats).
pub fn root(
    f: impl Fn(f64) -> f64,
    a: f64,
    b: f64,
    tolerance: f64,
) -> Result<Enclosure, NumericalError> {
    let (mut a, mut b) = (a.min(b), a.max(b));
    let (mut at_a, mut at_b) = (f(a), f(b));
    for (x, y) in [(a, at_a), (b, at_b)] {
        if y == 0.0 {
            return Ok(Enclosure::point(x));
        }
    }
    if at_a.is_nan() || at_b.is_nan() || at_a.signum() == at_b.signum() || !(b - a).is_finite() {
        return Err(NumericalError::NoSignChange { a, b, at_a, at_b });
    }
    let half = 0.5 * tolerance.max(f64::MIN_POSITIVE);
    let most = ((b - a) / (2.0 * half)).log2().ceil().clamp(0.0, 1100.0) + 1.0;
    let truncation = 0.2 / (b - a);
    let mut step = 0.0;
    while b - a > 2.0 * half {
        let middle = a + 0.5 * (b - a);
        if middle <= a || middle >= b {
            break;
        }
        let x = itp_point((a, b), (at_a, at_b), middle, truncation, half * f64::exp2(most - step));
        let x = if x > a && x < b { x } else { middle };
        let y = f(x);
        if y.is_nan() {
            return Err(NumericalError::Domain(format!("the function is not a number at {x}")));
        }
        if y == 0.0 {
            return Ok(Enclosure::point(x));
        }
        if y.signum() == at_a.signum() {
            (a, at_a) = (x, y);
        } else {
            (b, at_b) = (x, y);
        }
        step += 1.0;
    }
    Ok(Enclosure { value: a + 0.5 * (b - a), lo: a, hi: b })
}

/// Interpolate, truncate, project.
fn itp_point(
    (a, b): (f64, f64),
    (at_a, at_b): (f64, f64),
    middle: f64,
    truncation: f64,
    budget: f64,
) -> f64 {
    let falsi = (at_b * a - at_a * b) / (at_b - at_a);
    let toward = (middle - falsi).signum();
    let shift = truncation * (b - a) * (b - a);
    let truncated = if shift <= (middle - falsi).abs() { falsi + toward * shift } else { middle };
    let radius = budget - 0.5 * (b - a);
    if (truncated - middle).abs() <= radius { truncated } else { middle - toward * radius.max(0.0) }
}

/// Smallest integer n in [from, limit] with pred(n), for a predicate that stays true once it is
/// true: doubling, then bisection. About 2 log₂ n calls.
pub fn smallest_integer(
    from: u64,
    limit: u64,
    pred: impl Fn(u64) -> bool,
) -> Result<u64, NumericalError> {
    if from > limit {
        return Err(NumericalError::NoInteger { limit });
    }
    if pred(from) {
        return Ok(from);
    }
    let (mut no, mut stride) = (from, 1u64);
    let mut yes = loop {
        let next = no.saturating_add(stride).min(limit);
        if pred(next) {
            break next;
        }
        if next == limit {
            return Err(NumericalError::NoInteger { limit });
        }
        no = next;
        stride = stride.saturating_mul(2);
    };
    while yes - no > 1 {
        let middle = no + (yes - no) / 2;
        if pred(middle) {
            yes = middle;
        } else {
            no = middle;
        }
    }
    Ok(yes)
}

/// Minimum of a unimodal f on [a, b] by golden section: (x, f(x)), x within `tolerance` of it.
///
/// Near a smooth minimum f is flat: x can't be had better than about √u relative.
pub fn minimise(f: impl Fn(f64) -> f64, a: f64, b: f64, tolerance: f64) -> (f64, f64) {
    const INVERSE_GOLDEN: f64 = 0.618_033_988_749_894_9;
    let (mut a, mut b) = (a, b);
    let mut x = b - INVERSE_GOLDEN * (b - a);
    let mut y = a + INVERSE_GOLDEN * (b - a);
    let (mut at_x, mut at_y) = (f(x), f(y));
    for _ in 0..200 {
        if (b - a).abs() <= tolerance {
            break;
        }
        if at_x <= at_y {
            b = y;
            (y, at_y) = (x, at_x);
            x = b - INVERSE_GOLDEN * (b - a);
            at_x = f(x);
        } else {
            a = x;
            (x, at_x) = (y, at_y);
            y = a + INVERSE_GOLDEN * (b - a);
            at_y = f(y);
        }
    }
    if at_x <= at_y { (x, at_x) } else { (y, at_y) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::cell::Cell;

    #[test]
    fn square_root_of_two_in_few_steps() {
        let calls = Cell::new(0);
        let f = |x: f64| {
            calls.set(calls.get() + 1);
            x * x - 2.0
        };
        let found = root(f, 0.0, 2.0, 1e-15).unwrap();
        assert!(found.lo <= 2f64.sqrt() && 2f64.sqrt() <= found.hi && found.radius() <= 1e-15);
        assert!(calls.get() < 25, "{} calls", calls.get());
    }

    #[test]
    fn no_sign_change_is_refused() {
        let failure = root(|x| x * x + 1.0, -1.0, 1.0, 1e-9).unwrap_err();
        assert!(matches!(failure, NumericalError::NoSignChange { .. }));
        assert!(!failure.hint().is_empty());
    }

    #[test]
    fn minimum_of_a_parabola() {
        let (x, y) = minimise(|x| (x - 0.3) * (x - 0.3) + 2.0, -1.0, 4.0, 1e-9);
        assert!((x - 0.3).abs() < 1e-7 && (y - 2.0).abs() < 1e-13);
    }

    #[test]
    fn an_integer_that_never_comes() {
        assert_eq!(
            smallest_integer(1, 50, |_| false),
            Err(NumericalError::NoInteger { limit: 50 })
        );
        assert_eq!(smallest_integer(7, 50, |_| true), Ok(7));
    }

    proptest! {
        #[test]
        fn the_first_true_integer(threshold in 1u64..1_000_000_000, from in 1u64..100) {
            let found = smallest_integer(from, u64::MAX, |n| n >= threshold).unwrap();
            prop_assert_eq!(found, threshold.max(from));
        }

        #[test]
        fn the_bracket_holds_the_sign_change(c in -0.99f64..0.99, power in 1i32..9) {
            let f = |x: f64| (x - c).powi(2 * power - 1);
            let found = root(f, -1.0, 1.0, 1e-12).unwrap();
            prop_assert!(found.lo <= c && c <= found.hi && found.hi - found.lo <= 1.1e-12);
        }
    }
}
