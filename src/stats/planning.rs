//! How many trials an assertion needs: predicted widths before anything is drawn.

use super::ks::massart;
use super::proportion::{Counts, clopper_pearson, robbins_mixture};
use super::tails::{normal_upper_quantile, student_upper_quantile};

/// An interval method with what decides its width.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Method {
    /// [`super::clopper_pearson`] at this probability.
    ClopperPearson(f64),
    /// [`super::robbins_mixture`] at this probability.
    RobbinsMixture(f64),
    /// [`super::mean_interval`] of values in a range of this length with this standard deviation.
    Bounded {
        /// Length of the range.
        range: f64,
        /// Standard deviation, at most half the range.
        sd: f64,
    },
    /// [`super::mean_interval`] with a variance bounded by this number.
    Variance(f64),
    /// [`super::mean_interval`] with nothing proven and this standard deviation.
    Student(f64),
    /// [`super::ks_distance`].
    Massart,
}

/// Half the width that the interval will have after `n` trials at error probability `alpha` (the share
/// of one look), up to terms of lower order; infinite for n = 0.
pub fn half_width(method: Method, n: u64, alpha: f64) -> f64 {
    if n == 0 {
        return f64::INFINITY;
    }
    let trials = n as f64;
    let log = (2.0 / alpha).ln();
    let counts = |p: f64| {
        let successes = (trials * p.clamp(0.0, 1.0)).round() as u64;
        Counts { successes, failures: n - successes.min(n), unknown: 0 }
    };
    match method {
        Method::ClopperPearson(p) => clopper_pearson(counts(p), alpha).radius(),
        Method::RobbinsMixture(p) => robbins_mixture(counts(p), alpha).radius(),
        // Bernstein's: √(2σ² ln(2/α)/n) + range ln(2/α)/(3n), and never more than the range.
        Method::Bounded { range, sd } => {
            let bernstein = (2.0 * sd * sd * log / trials).sqrt() + range * log / (3.0 * trials);
            bernstein.min(0.5 * range)
        }
        Method::Variance(variance) => (2.0 * variance * log / trials).sqrt(),
        Method::Student(sd) => {
            student_upper_quantile(trials - 1.0, 0.5 * alpha) * sd / trials.sqrt()
        }
        Method::Massart => massart(n as usize, alpha),
    }
}

/// Number of trials after which a normal interval for a mean has half-width `margin`:
/// ⌈(z sd/margin)²⌉ with z the two-sided normal quantile of `alpha`. At least 2; the largest number
/// if no sample is large enough.
pub fn needed_trials(sd: f64, margin: f64, alpha: f64) -> u64 {
    let ratio = normal_upper_quantile(0.5 * alpha) * sd / margin;
    let trials = (ratio * ratio).ceil();
    // A float above the range, infinity included, becomes the largest number; NaN means no answer.
    if trials.is_nan() { u64::MAX } else { (trials as u64).max(2) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::Tail;
    use crate::stats::{Look, mean_interval};

    #[test]
    fn needed_trials_by_hand() {
        // (1.959964 · 2 / 0.1)² = 1536.6.
        assert_eq!(needed_trials(2.0, 0.1, 0.05), 1537);
        assert_eq!(needed_trials(0.0, 0.1, 0.05), 2);
        assert_eq!(needed_trials(1.0, 0.0, 0.05), u64::MAX);
        assert_eq!(needed_trials(f64::NAN, 0.1, 0.05), u64::MAX);
        assert_eq!(needed_trials(1.0, 0.1, 0.0), u64::MAX);
    }

    /// Predicted against delivered on ±1 in turn (sd 1): within 6 %, from either side.
    #[test]
    fn predicted_widths_are_delivered() {
        let n = 20_000;
        let values: Vec<f64> = (0..n).map(|i| f64::from(i % 2) * 2.0 - 1.0).collect();
        let alpha = 1e-10;
        let cases = [
            (Method::Bounded { range: 4.0, sd: 1.0 }, Tail::Bounded { lo: -2.0, hi: 2.0 }),
            (Method::Variance(1.0), Tail::Variance(1.0)),
            (Method::Student(1.0), Tail::Unknown),
        ];
        for (method, tail) in cases {
            let delivered = mean_interval(&values, tail, alpha, Look::ONLY).interval.radius();
            let ratio = half_width(method, n as u64, alpha) / delivered;
            assert!((0.94..1.06).contains(&ratio), "{method:?}: {ratio}");
        }
    }

    #[test]
    fn no_trials_no_width() {
        for method in [Method::ClopperPearson(0.5), Method::Massart, Method::Student(1.0)] {
            assert_eq!(half_width(method, 0, 0.1), f64::INFINITY);
        }
        assert_eq!(half_width(Method::Student(1.0), 1, 0.1), f64::INFINITY);
    }
}
