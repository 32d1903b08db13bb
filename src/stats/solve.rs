//! Finding the end of an interval: bisection over the floating-point numbers themselves.

/// Number of a float in the order of all floats, so that neighbours differ by 1.
fn rank(x: f64) -> i64 {
    let bits = x.to_bits() as i64;
    if bits < 0 { i64::MIN.wrapping_sub(bits) } else { bits }
}

/// Inverse of [`rank`].
fn unrank(rank: i64) -> f64 {
    f64::from_bits(if rank < 0 { i64::MIN.wrapping_sub(rank) } else { rank } as u64)
}

/// The float next to the boundary of the set `contains`, on its outer side, between `inside` (in the
/// set) and `outside` (not in it). Neither may be NaN.
///
/// At most 65 evaluations, whatever the scale: a boundary at 10⁻³⁰⁰ is found to the last bit as
/// easily as one at ½. The outer side makes rounding widen intervals, never narrow them.
pub(super) fn boundary(inside: f64, outside: f64, contains: impl Fn(f64) -> bool) -> f64 {
    let (mut inner, mut outer) = (rank(inside), rank(outside));
    while inner.abs_diff(outer) > 1 {
        let middle = halfway(inner, outer);
        if contains(unrank(middle)) {
            inner = middle;
        } else {
            outer = middle;
        }
    }
    unrank(outer)
}

/// Mean of two ranks without overflow.
const fn halfway(a: i64, b: i64) -> i64 {
    (a & b) + ((a ^ b) >> 1)
}

/// The float halfway between two in the order of floats: their geometric mean, roughly.
pub(super) fn middle(a: f64, b: f64) -> f64 {
    unrank(halfway(rank(a), rank(b)))
}

/// The largest k in `lo..=hi` with `holds(k)`, for a property that is true up to some k; `None` if it
/// is false at `lo`.
pub(super) fn last_true(lo: u64, hi: u64, holds: impl Fn(u64) -> bool) -> Option<u64> {
    if lo > hi || !holds(lo) {
        return None;
    }
    let (mut yes, mut no) = (lo, hi + 1);
    while no - yes > 1 {
        let middle = yes + (no - yes) / 2;
        if holds(middle) {
            yes = middle;
        } else {
            no = middle;
        }
    }
    Some(yes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_boundary_is_found_to_the_last_bit_at_every_scale() {
        for edge in [1e-300, 1e-9, 0.5, 1.0, 3.0e7, -2.5] {
            let found = boundary(edge - 1.0, f64::MAX, |x| x <= edge);
            assert_eq!(found, f64::next_up(edge));
            let found = boundary(f64::MAX, f64::MIN, |x| x >= edge);
            assert_eq!(found, f64::next_down(edge));
        }
    }

    #[test]
    fn last_true_of_all_none_some() {
        assert_eq!(last_true(0, 10, |_| true), Some(10));
        assert_eq!(last_true(0, 10, |_| false), None);
        assert_eq!(last_true(1, 0, |_| true), None);
        assert_eq!(last_true(0, 10, |k| k <= 3), Some(3));
    }

    proptest! {
        #[test]
        fn rank_keeps_the_order(a in any::<f64>(), b in any::<f64>()) {
            prop_assume!(!a.is_nan() && !b.is_nan());
            prop_assert_eq!(unrank(rank(a)), a);
            prop_assert_eq!(a < b, rank(a) < rank(b));
        }
    }
}
