//! Intervals for a mean, by what is known of the tail.

use super::bernstein::bernstein_interval;
use super::catoni::catoni_interval;
use super::looks::Look;
use super::student::student_interval;
use crate::experiment::Tail;
use crate::maths::Enclosure;

/// Interval for a mean.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MeanInterval {
    /// The sample mean with its interval; the mean is moved to the nearer end where a robust interval
    /// does not hold it. Unknown if any value is not finite or outside its proven range.
    pub interval: Enclosure,
    /// Number of values.
    pub n: usize,
    /// How many were infinite or NaN.
    pub nonfinite: usize,
    /// How many were outside the range that was said to be proven: a broken premise.
    pub outside: usize,
    /// Whether the stated level holds for large samples only.
    pub asymptotic: bool,
}

/// Interval for the mean of independent draws `values` (all so far, in order of trial).
///
/// Over all looks of a planned schedule together it misses the mean with probability at most `alpha`
/// (each spends [`Look::share`]), so one may stop at any look for any reason:
/// - `Tail::Bounded`: empirical Bernstein by Waudby-Smith and Ramdas (proven),
/// - `Tail::Variance`: Catoni's, after Wang and Ramdas (proven),
/// - `Tail::Unknown`: Student's with Hall's skewness correction (asymptotic; see
///   `tests/calibration.rs` for what it really delivers).
///
/// One value that is not finite makes the interval unknown: a mean with a diverged trial left out
/// would be another quantity.
pub fn mean_interval(values: &[f64], tail: Tail, alpha: f64, look: Look) -> MeanInterval {
    let nonfinite = values.iter().filter(|x| !x.is_finite()).count();
    let outside =
        if let Tail::Bounded { lo, hi } = tail { count_outside(values, lo, hi) } else { 0 };
    let asymptotic = tail == Tail::Unknown;
    let interval = if nonfinite > 0 || outside > 0 || values.is_empty() {
        Enclosure::UNKNOWN
    } else {
        finite_interval(values, tail, look.share(alpha))
    };
    MeanInterval { interval, n: values.len(), nonfinite, outside, asymptotic }
}

/// Values outside `[lo, hi]` by more than rounding (10⁻¹² of the range).
fn count_outside(values: &[f64], lo: f64, hi: f64) -> usize {
    let slack = 1e-12 * (hi - lo);
    values.iter().filter(|&&x| x < lo - slack || x > hi + slack).count()
}

fn finite_interval(values: &[f64], tail: Tail, alpha: f64) -> Enclosure {
    if !(alpha > 0.0 && alpha < 1.0) {
        return Enclosure::UNKNOWN;
    }
    let [lo, hi] = match tail {
        Tail::Bounded { lo, hi } => bounded(values, lo, hi, alpha),
        Tail::Variance(variance) => catoni_interval(values, variance, alpha),
        Tail::Unknown => student_interval(values, alpha),
    };
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    if lo.is_nan() || hi.is_nan() || mean.is_nan() {
        return Enclosure { value: mean, ..Enclosure::UNKNOWN };
    }
    Enclosure { value: mean.clamp(lo, hi), lo, hi }
}

/// The unit interval's result, mapped to `[lo, hi]`.
fn bounded(values: &[f64], lo: f64, hi: f64, alpha: f64) -> [f64; 2] {
    let range = hi - lo;
    if !(range > 0.0 && range.is_finite()) {
        // An empty or infinite range; a range of one point is that point.
        return if range == 0.0 { [lo, hi] } else { [f64::NEG_INFINITY, f64::INFINITY] };
    }
    let unit = values.iter().map(|x| ((x - lo) / range).clamp(0.0, 1.0));
    let [low, high] = bernstein_interval(unit, alpha);
    let slack = 4.0 * f64::EPSILON * (lo.abs() + hi.abs());
    [(lo + range * low - slack).max(lo), (lo + range * high + slack).min(hi)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TAILS: [Tail; 3] =
        [Tail::Bounded { lo: -2.0, hi: 2.0 }, Tail::Variance(1.0), Tail::Unknown];

    #[test]
    fn a_value_that_is_not_finite_makes_the_mean_unknown() {
        for tail in TAILS {
            for bad in [f64::NAN, f64::INFINITY] {
                let found = mean_interval(&[0.5, bad, 0.7], tail, 0.1, Look::ONLY);
                assert_eq!((found.nonfinite, found.n), (1, 3));
                assert_eq!(
                    (found.interval.lo, found.interval.hi),
                    (f64::NEG_INFINITY, f64::INFINITY)
                );
            }
        }
    }

    #[test]
    fn a_value_outside_the_proven_range_is_a_broken_premise() {
        let tail = Tail::Bounded { lo: 0.0, hi: 1.0 };
        let found = mean_interval(&[0.5, 1.1], tail, 0.1, Look::ONLY);
        assert_eq!(found.outside, 1);
        assert!(found.interval.hi.is_infinite());
        let rounding = mean_interval(&[0.5, 1.0 + 1e-15], tail, 0.1, Look::ONLY);
        assert!(rounding.outside == 0 && rounding.interval.hi <= 1.0);
    }

    #[test]
    fn only_the_unknown_tail_is_asymptotic() {
        let flags = TAILS.map(|tail| mean_interval(&[0.1, 0.2], tail, 0.1, Look::ONLY).asymptotic);
        assert_eq!(flags, [false, false, true]);
    }

    #[test]
    fn impossible_levels_and_ranges_say_nothing() {
        for alpha in [0.0, -1.0, f64::NAN, 1.0] {
            for tail in TAILS {
                let found = mean_interval(&[0.1, 0.2], tail, alpha, Look::ONLY).interval;
                assert!(found.hi == f64::INFINITY && found.lo == f64::NEG_INFINITY);
            }
        }
        let empty = Tail::Bounded { lo: 0.0, hi: f64::INFINITY };
        assert_eq!(mean_interval(&[0.1], empty, 0.1, Look::ONLY).interval.hi, f64::INFINITY);
    }

    proptest! {
        #[test]
        fn intervals_hold_their_value_and_nest(
            values in proptest::collection::vec(-1.9..1.9_f64, 20..200), alpha in 1e-12..0.3,
        ) {
            for tail in TAILS {
                let found = mean_interval(&values, tail, alpha, Look::ONLY).interval;
                prop_assert!(found.lo <= found.value && found.value <= found.hi);
                let shared = mean_interval(&values, tail, alpha, Look { index: 1, total: 9 }).interval;
                // The plug-in weights of the bounded case depend on alpha, so only the width is ordered.
                prop_assert!(shared.hi - shared.lo >= (found.hi - found.lo) * 0.999);
            }
        }
    }
}
