//! Intervals for a probability.

use super::solve::boundary;
use super::tails::{ln_beta_power, ln_beta_tails};
use crate::maths::Enclosure;

/// Outcome of independent trials of one event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Trials in which the event happened.
    pub successes: u64,
    /// Trials in which it did not.
    pub failures: u64,
    /// Trials of which it is not known (a non-finite number decided the event). They count as
    /// failures for the lower end and as successes for the upper end.
    pub unknown: u64,
}

impl Counts {
    /// Number of trials.
    pub const fn trials(&self) -> u64 {
        self.successes + self.failures + self.unknown
    }

    /// Share of successes among the trials whose outcome is known; NaN if there are none.
    pub fn frequency(&self) -> f64 {
        self.successes as f64 / (self.successes + self.failures) as f64
    }

    /// The event's complement.
    pub const fn complement(&self) -> Self {
        Self { successes: self.failures, failures: self.successes, unknown: self.unknown }
    }

    /// The interval whose lower end comes from `lower(successes, failures)`, the unknown counted
    /// against, and whose upper end is the complement's lower end taken from 1.
    fn interval(&self, lower: impl Fn(u64, u64) -> f64) -> Enclosure {
        let lo = lower(self.successes, self.failures + self.unknown);
        let hi = 1.0 - lower(self.failures, self.successes + self.unknown);
        Enclosure { value: self.frequency(), lo, hi: hi.next_up().min(1.0) }
    }
}

/// Exact interval of Clopper and Pearson (Biometrika 26, 1934) at a fixed number of trials.
///
/// With s successes in n trials its ends are the α/2-quantile of Beta(s, n − s + 1) and the
/// (1 − α/2)-quantile of Beta(s + 1, n − s). It misses p with probability at most `alpha`.
pub fn clopper_pearson(counts: Counts, alpha: f64) -> Enclosure {
    // A level of 0 or NaN excludes nothing.
    let target = if alpha > 0.0 { (0.5 * alpha).ln() } else { f64::NAN };
    counts.interval(|successes, failures| {
        if successes == 0 || target.is_nan() {
            return 0.0;
        }
        let (a, b) = (successes as f64, failures as f64 + 1.0);
        // P(B ≥ s) under p is I_p(s, n − s + 1), rising in p.
        boundary(1.0, 0.0, |p| ln_beta_tails(a, b, p, 1.0 - p).0 > target)
    })
}

/// Confidence sequence by the beta-binomial mixture of Robbins, valid at any stopping time.
///
/// With s successes in n trials and the Jeffreys mixture a = b = ½ it is
/// {p : B(a + s, b + n − s) / B(a, b) < pˢ (1 − p)ⁿ⁻ˢ / α}: the left side over pˢ(1 − p)ⁿ⁻ˢ is a
/// nonnegative martingale of mean 1 under p, so by Ville's inequality the true p is *ever* excluded
/// with probability at most `alpha` (Robbins, Ann. Math. Statist. 41, 1970; Howard, Ramdas, McAuliffe
/// and Sekhon, Ann. Statist. 49, 2021). Looking again after more trials costs nothing.
pub fn robbins_mixture(counts: Counts, alpha: f64) -> Enclosure {
    let limit = -alpha.ln();
    counts.interval(|successes, failures| {
        if successes == 0 || limit.is_nan() {
            return 0.0;
        }
        let (a, b) = (successes as f64 + 0.5, failures as f64 + 0.5);
        let frequency = successes as f64 / (successes + failures) as f64;
        // Below the frequency the log-martingale falls in p: the set is met from one side.
        boundary(frequency, 0.0, |p| {
            let q = 1.0 - p;
            let log_martingale = if q > 0.0 {
                0.5 * (p * q).ln() - std::f64::consts::PI.ln() - ln_beta_power(a, b, p, q)
            } else {
                // All successes and p = 1: B(n + ½, ½)/π ≤ 1 < 1/α.
                f64::NEG_INFINITY
            };
            log_martingale < limit
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn counts(successes: u64, trials: u64) -> Counts {
        Counts { successes, failures: trials - successes, unknown: 0 }
    }

    fn check(found: Enclosure, lo: f64, hi: f64) {
        assert!((found.lo / lo - 1.0).abs() < 1e-12, "lower {} exactly {lo}", found.lo);
        assert!((found.hi / hi - 1.0).abs() < 1e-12, "upper {} exactly {hi}", found.hi);
    }

    /// mpmath, 50 digits: roots of I_p(s, n − s + 1) = α/2 and of the complement.
    #[test]
    fn clopper_pearson_agrees_with_mpmath() {
        let cp = |s, n, alpha| clopper_pearson(counts(s, n), alpha);
        check(cp(3, 100, 1e-10), 6.763_288_120_127_906e-6, 0.280_870_315_049_700_2);
        check(cp(50, 1000, 1e-10), 0.017_124_635_019_784_7, 0.108_139_833_834_558_26);
        check(cp(500, 1000, 0.05), 0.468_549_172_971_791_94, 0.531_450_827_028_208_1);
        check(cp(9, 10, 1e-12), 0.033_387_199_897_627_49, 0.999_999_999_999_95);
        check(cp(20, 1_000_000, 1e-10), 2.912_645_803_449_117e-6, 6.532_674_436_863_917e-5);
    }

    /// mpmath, 50 digits: roots of ln B(s + ½, n − s + ½) − ln π − s ln p − (n − s) ln(1 − p) = ln 1/α.
    #[test]
    fn robbins_mixture_agrees_with_mpmath() {
        let cs = |s, n, alpha| robbins_mixture(counts(s, n), alpha);
        check(cs(3, 100, 1e-10), 2.227_945_004_005_492e-6, 0.306_450_063_953_400_4);
        check(cs(500, 1000, 0.05), 0.442_418_385_676_630_8, 0.557_581_614_323_369_2);
        check(cs(20, 1_000_000, 1e-12), 1.386_426_711_004_283e-6, 8.329_864_841_866_905e-5);
        let none = cs(0, 50, 1e-6);
        assert_eq!(none.lo, 0.0);
        assert!((none.hi - 0.278_864_149_030_595_7).abs() < 1e-13);
    }

    #[test]
    fn no_event_in_n_trials_is_the_closed_form() {
        // Upper end for s = 0: 1 − (α/2)^{1/n}.
        let found = clopper_pearson(counts(0, 1000), 1e-12);
        assert_eq!(found.lo, 0.0);
        assert!((found.hi + libm::expm1((0.5e-12_f64).ln() / 1000.0)).abs() < 1e-14);
    }

    #[test]
    fn no_trials_and_bad_levels_say_nothing() {
        for found in [clopper_pearson(counts(0, 0), 0.1), robbins_mixture(counts(0, 0), 0.1)] {
            assert_eq!((found.lo, found.hi), (0.0, 1.0));
            assert!(found.value.is_nan());
        }
        for alpha in [0.0, f64::NAN] {
            let found = clopper_pearson(counts(5, 10), alpha);
            assert_eq!((found.lo, found.hi), (0.0, 1.0));
        }
    }

    #[test]
    fn a_billion_trials_are_no_harder() {
        let found = clopper_pearson(counts(500_000_000, 1_000_000_000), 0.05);
        // Normal approximation, exact to 1/n: ½ ± 1.959964 / (2√n).
        let half = 1.959_963_984_5 * 0.5 / 1e9_f64.sqrt();
        assert!((found.hi - 0.5 - half).abs() < 3e-9 && (0.5 - found.lo - half).abs() < 3e-9);
    }

    proptest! {
        #[test]
        fn intervals_hold_the_frequency_nest_in_alpha_and_complement(
            successes in 0_u64..400, failures in 0_u64..400, unknown in 0_u64..20,
            alpha in prop_oneof![0.001..0.5, 1e-14..1e-9],
        ) {
            prop_assume!(successes + failures > 0);
            let given = Counts { successes, failures, unknown };
            for method in [clopper_pearson, robbins_mixture] {
                let found = method(given, alpha);
                prop_assert!(found.lo <= found.value && found.value <= found.hi);
                let stricter = method(given, alpha / 3.0);
                prop_assert!(stricter.lo <= found.lo && found.hi <= stricter.hi);
                let mirror = method(given.complement(), alpha);
                prop_assert!((mirror.lo - (1.0 - found.hi)).abs() < 1e-12);
                // Whatever the unknown trials were, the interval they would give is inside.
                for extra in [0, unknown / 2, unknown] {
                    let known = Counts {
                        successes: successes + extra, failures: failures + unknown - extra, unknown: 0,
                    };
                    let inner = method(known, alpha);
                    prop_assert!(found.lo <= inner.lo && inner.hi <= found.hi);
                }
            }
        }
    }
}
