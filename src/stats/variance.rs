//! Interval for a variance.

use super::student::Moments;
use super::tails::student_upper_quantile;
use crate::maths::Enclosure;

/// Asymptotic interval for the variance of independent draws, at a fixed n.
///
/// The logarithm of the unbiased s² is nearer to normal than s², with variance
/// (m₄/m₂² − (n − 3)/(n − 1))/n by the delta method (m_k the central sample moments; Cramér,
/// *Mathematical Methods of Statistics*, 27.4), so the interval is s² exp(±t √that) with Student's
/// quantile t at α/2 and n − 1 degrees of freedom. Fourth moments must exist and be well sampled; for
/// heavy tails the interval is far too short. Measured miss rates at α = 0.05 and n = 1000 (200 000
/// repeats): normal 0.051, exponential 0.063, χ² with 1 dof 0.068, log-normal 0.15, and 0.47 for a
/// Pareto law of index 2.5, which has no fourth moment. Where the mean is known exactly,
/// [`super::mean_interval`] of (x − μ)² is the better tool.
///
/// Unknown if a value is not finite, or if fewer than four, or equal values, say nothing of the scale.
pub fn variance_interval(values: &[f64], alpha: f64) -> Enclosure {
    let unknown = Enclosure { lo: 0.0, ..Enclosure::UNKNOWN };
    let level = alpha > 0.0 && alpha < 1.0;
    if values.len() < 4 || !level || values.iter().any(|x| !x.is_finite()) {
        return unknown;
    }
    let moments = Moments::of(values);
    if !moments.vary() {
        return unknown;
    }
    let n = moments.n;
    let value = moments.second * n / (n - 1.0);
    let kurtosis = moments.fourth / (moments.second * moments.second);
    // Kurtosis is at least 1, so this is at least 2/(n(n − 1)).
    let spread = ((kurtosis - (n - 3.0) / (n - 1.0)) / n).sqrt();
    let half = student_upper_quantile(n - 1.0, 0.5 * alpha) * spread;
    Enclosure { value, lo: value * (-half).exp(), hi: value * half.exp() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_worked_by_hand() {
        // ±1 and ±3, each twice: s² = 40/7, m₂ = 5, m₄ = 41, kurtosis 41/25.
        let values = [-3.0, -1.0, 1.0, 3.0, -3.0, -1.0, 1.0, 3.0];
        let found = variance_interval(&values, 0.05);
        // t(7, 0.025) = 2.364624251592785 (mpmath).
        let half = 2.364_624_251_592_785 * ((1.64 - 5.0 / 7.0) / 8.0_f64).sqrt();
        assert!((found.value - 40.0 / 7.0).abs() < 1e-14);
        assert!((found.hi / found.value).ln() - half < 1e-12);
        assert!((found.lo / found.value).ln() + half < 1e-12);
    }

    #[test]
    fn a_large_offset_does_not_cancel() {
        let near: Vec<f64> = (0..1000).map(|i| f64::from(i % 7)).collect();
        let far: Vec<f64> = near.iter().map(|x| x + 1e9).collect();
        let (a, b) = (variance_interval(&near, 0.01), variance_interval(&far, 0.01));
        assert!((a.value / b.value - 1.0).abs() < 1e-12 && (a.hi / b.hi - 1.0).abs() < 1e-12);
    }

    #[test]
    fn what_says_nothing_of_the_scale_is_unknown() {
        for values in [&[1.0, 2.0, 3.0][..], &[5.0; 10], &[1.0, 2.0, 3.0, f64::NAN]] {
            let found = variance_interval(values, 0.1);
            assert_eq!((found.lo, found.hi), (0.0, f64::INFINITY));
        }
    }
}
