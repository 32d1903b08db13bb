//! Paired sign test.

use super::proportion::{Counts, clopper_pearson};
use super::tails::ln_binomial_tails;
use crate::maths::Enclosure;

/// Result of a paired comparison.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SignTest {
    /// Pairs whose first is greater, less (`failures`), or of which it isn't known (`unknown`).
    pub counts: Counts,
    /// Equal pairs: left out of the test.
    pub ties: u64,
    /// P(as many or more wins) under even odds: small if the first is greater.
    pub p_greater: f64,
    /// P(as many or fewer wins) under even odds: small if the first is less.
    pub p_less: f64,
    /// Probability that the first is greater given that the two differ.
    pub win_rate: Enclosure,
}

/// Exact sign test of paired numbers, one pair a seed, with an exact interval for the win rate.
///
/// Under the hypothesis that both are equally likely to be greater, the wins among the pairs that
/// differ are Binomial(n, ½). A pair with NaN is unknown and counts against whatever is tested;
/// infinities compare as usual (a diverged loss of +∞ is greater).
pub fn sign_test(pairs: impl IntoIterator<Item = (f64, f64)>, alpha: f64) -> SignTest {
    let mut counts = Counts::default();
    let mut ties = 0;
    for (a, b) in pairs {
        match a.partial_cmp(&b) {
            Some(std::cmp::Ordering::Greater) => counts.successes += 1,
            Some(std::cmp::Ordering::Less) => counts.failures += 1,
            Some(std::cmp::Ordering::Equal) => ties += 1,
            None => counts.unknown += 1,
        }
    }
    SignTest {
        counts,
        ties,
        p_greater: at_most(counts.trials(), counts.failures + counts.unknown),
        p_less: at_most(counts.trials(), counts.successes + counts.unknown),
        win_rate: clopper_pearson(counts, alpha),
    }
}

/// P(Binomial(n, ½) ≤ k).
fn at_most(n: u64, k: u64) -> f64 {
    ln_binomial_tails(n, 0.5, k).0.exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_seeds_nine_wins() {
        // (1 + 10)/1024 and 1 − 1/1024.
        let pairs = (0..10).map(|i| if i == 4 { (0.0, 1.0) } else { (1.0, 0.0) });
        let test = sign_test(pairs, 0.05);
        assert!((test.p_greater - 11.0 / 1024.0).abs() < 1e-15);
        assert!((test.p_less - 1023.0 / 1024.0).abs() < 1e-14);
        assert!(test.win_rate.lo > 0.5);
    }

    #[test]
    fn ties_drop_and_nan_counts_against() {
        let test = sign_test([(1.0, 1.0), (2.0, 1.0), (f64::NAN, 1.0), (f64::INFINITY, 3.0)], 0.05);
        assert_eq!(test.counts, Counts { successes: 2, failures: 0, unknown: 1 });
        assert_eq!(test.ties, 1);
        // One against of three: (1 + 3)/8; as "less": all three may be wins.
        assert!((test.p_greater - 0.5).abs() < 1e-15 && test.p_less == 1.0);
    }

    #[test]
    fn nothing_says_nothing() {
        let test = sign_test([], 0.05);
        assert_eq!((test.p_greater, test.p_less), (1.0, 1.0));
        assert_eq!((test.win_rate.lo, test.win_rate.hi), (0.0, 1.0));
    }
}
