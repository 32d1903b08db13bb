//! The error budget of a whole run.

/// Error probability of a run unless a file says otherwise.
pub const DEFAULT_TOTAL: f64 = 1e-6;
/// Intervals are counted in powers of two from this number up.
pub const MIN_SHARES: usize = 4096;

/// One error probability for a whole run, split evenly over its planned intervals.
///
/// By the union bound *every* interval that a report prints holds its quantity, all at the same
/// time, with probability at least 1 − `total` (as far as the intervals are proven, not asymptotic).
/// Decisions read off the intervals are then all right too, whatever was looked at first.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Budget {
    total: f64,
    shares: usize,
}

impl Budget {
    /// Budget of `total` for `planned` intervals.
    ///
    /// The number of shares is the next power of two from `planned`, at least [`MIN_SHARES`]: one more
    /// claim then changes no other claim's numbers, except when a power of two is passed.
    pub fn new(total: f64, planned: usize) -> Self {
        let shares = planned.max(MIN_SHARES).checked_next_power_of_two().unwrap_or(usize::MAX);
        Self { total, shares }
    }

    /// Error probability of the whole run.
    pub const fn total(&self) -> f64 {
        self.total
    }

    /// Number of shares.
    pub const fn shares(&self) -> usize {
        self.shares
    }

    /// Error probability of one planned interval (of all its looks together).
    pub fn share(&self) -> f64 {
        self.total / self.shares as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_more_interval_changes_no_share_within_a_power_of_two() {
        let share = |planned| Budget::new(DEFAULT_TOTAL, planned).share();
        assert_eq!(share(0), 1e-6 / 4096.0);
        assert_eq!(share(17), share(4096));
        assert_eq!(share(4097), 1e-6 / 8192.0);
        assert_eq!(share(5000), share(8192));
    }

    #[test]
    fn the_shares_of_all_planned_intervals_stay_within_the_total() {
        for planned in [1, 4096, 4097, 100_000] {
            let budget = Budget::new(1e-6, planned);
            assert!(budget.share() * planned as f64 <= 1e-6 && budget.shares() >= planned);
        }
        assert_eq!(Budget::new(1e-6, usize::MAX).shares(), usize::MAX);
    }
}
