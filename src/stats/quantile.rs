//! Interval for a quantile by order statistics.

use super::solve::last_true;
use super::tails::ln_binomial_tails;
use crate::maths::Enclosure;

/// Distribution-free interval for the `p`-quantile q of independent draws from any law, at fixed n.
///
/// With the order statistics X₍₁₎ ≤ … ≤ X₍ₙ₎ and B ~ Binomial(n, p):
/// P(q < X₍ₗ₎) ≤ P(B ≤ l − 1) and P(q > X₍ᵤ₎) ≤ P(B ≥ u), with equality for continuous laws
/// (David and Nagaraja, *Order Statistics*, 7.1; atoms only help). l is the largest and u the smallest
/// rank whose exact tail is at most α/2; where there is none the end is infinite.
///
/// Values that are not finite count as −∞ for the lower end and as +∞ for the upper end. The value is
/// X₍⌈np⌉₎ of the finite ones. `p` must lie in (0, 1); nothing is known otherwise.
pub fn quantile_interval(values: &[f64], p: f64, alpha: f64) -> Enclosure {
    let n = values.len() as u64;
    let mut finite: Vec<f64> = values.iter().copied().filter(|x| x.is_finite()).collect();
    finite.sort_unstable_by(f64::total_cmp);
    let sensible = p > 0.0 && p < 1.0 && alpha > 0.0 && alpha < 1.0;
    if finite.is_empty() || !sensible {
        return Enclosure::UNKNOWN;
    }
    let unknown = n - finite.len() as u64;
    let rank = ((finite.len() as f64 * p).ceil() as usize).clamp(1, finite.len());
    let at = |rank: u64| rank.checked_sub(1).and_then(|i| finite.get(i as usize).copied());
    // The unknown stand before all finite values for the lower end, after them for the upper.
    let lower = lower_rank(n, p, alpha).and_then(|l| at(l.saturating_sub(unknown)));
    let upper = lower_rank(n, 1.0 - p, alpha).and_then(|l| at(n + 1 - l));
    Enclosure {
        value: finite[rank - 1],
        lo: lower.unwrap_or(f64::NEG_INFINITY),
        hi: upper.unwrap_or(f64::INFINITY),
    }
}

/// The largest l ≥ 1 with P(Binomial(n, p) ≤ l − 1) ≤ α/2.
fn lower_rank(n: u64, p: f64, alpha: f64) -> Option<u64> {
    let limit = (0.5 * alpha).ln();
    last_true(1, n, |l| ln_binomial_tails(n, p, l - 1).0 <= limit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ranks_of_the_median_of_ten() {
        // P(B ≤ 1) = 11/1024 ≤ 0.025 < 56/1024 = P(B ≤ 2): ranks 2 and 9.
        let values: Vec<f64> = (1..=10).map(f64::from).collect();
        let found = quantile_interval(&values, 0.5, 0.05);
        assert_eq!((found.value, found.lo, found.hi), (5.0, 2.0, 9.0));
        // P(B = 0) = 1/1024 > 0.0005: no rank is safe.
        let found = quantile_interval(&values, 0.5, 0.001);
        assert_eq!((found.lo, found.hi), (f64::NEG_INFINITY, f64::INFINITY));
    }

    #[test]
    fn unknown_values_widen_both_ways() {
        let mut values: Vec<f64> = (1..=9).map(f64::from).collect();
        values.push(f64::NAN);
        // Below all others the NaN shifts rank 2 to the first value; above them rank 9 is the last.
        let found = quantile_interval(&values, 0.5, 0.05);
        assert_eq!((found.lo, found.hi), (1.0, 9.0));
        assert_eq!(quantile_interval(&[f64::NAN], 0.5, 0.05).lo, f64::NEG_INFINITY);
    }

    #[test]
    fn out_of_range_says_nothing() {
        for p in [0.0, 1.0, f64::NAN] {
            assert_eq!(quantile_interval(&[1.0; 100], p, 0.1).hi, f64::INFINITY);
        }
        assert_eq!(quantile_interval(&[], 0.5, 0.1).hi, f64::INFINITY);
    }

    proptest! {
        #[test]
        fn it_holds_the_sample_quantile_and_mirrors(
            values in proptest::collection::vec(-1e3..1e3_f64, 1..300), p in 0.01..0.99_f64,
            alpha in 1e-9..0.3,
        ) {
            let found = quantile_interval(&values, p, alpha);
            prop_assert!(found.lo <= found.value && found.value <= found.hi);
            let mirrored: Vec<f64> = values.iter().map(|x| -x).collect();
            let mirror = quantile_interval(&mirrored, 1.0 - p, alpha);
            // 1 − (1 − p) may differ from p in the last bit, which can only matter at a tie of tails.
            prop_assert_eq!(mirror.lo, -found.hi);
            prop_assert_eq!(mirror.hi, -found.lo);
        }
    }
}
