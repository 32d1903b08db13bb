//! When to look at the data: after n₀, 2n₀, 4n₀, … trials and at the end of the budget.

/// One look of a planned schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Number of this look, from 0.
    pub index: u32,
    /// Number of planned looks.
    pub total: u32,
}

impl Look {
    /// The one look of an experiment whose size was fixed in advance.
    pub const ONLY: Self = Self { index: 0, total: 1 };

    /// Error probability that this look may spend: `alpha` / total.
    ///
    /// The union bound over the looks then gives `alpha` for all together, so one may stop at any of
    /// them. An equal split costs little: with 15 looks and α = 10⁻¹⁰ intervals grow by 6 %.
    pub fn share(self, alpha: f64) -> f64 {
        alpha / f64::from(self.total.max(1))
    }

    /// Whether no look comes after this one.
    pub const fn is_last(self) -> bool {
        self.index + 1 >= self.total
    }
}

/// Sample sizes at which an experiment is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    first: u64,
    last: u64,
    total: u32,
}

impl Schedule {
    /// Looks after `first`, 2·`first`, 4·`first`, … trials as long as that is less than `last`, and
    /// after exactly `last` trials. A `first` of 0 counts as 1.
    pub fn doubling(first: u64, last: u64) -> Self {
        let first = first.max(1);
        let before = (0..64).take_while(|&k| size(first, k) < last).count();
        Self { first, last, total: before as u32 + 1 }
    }

    /// Number of looks.
    pub const fn total(&self) -> u32 {
        self.total
    }

    /// Number of trials at a look, and the look; `None` past the end.
    pub fn get(&self, index: u32) -> Option<(u64, Look)> {
        let look = Look { index, total: self.total };
        match index {
            i if i >= self.total => None,
            _ if look.is_last() => Some((self.last, look)),
            i => Some((size(self.first, i), look)),
        }
    }

    /// All looks in order.
    pub fn iter(&self) -> impl Iterator<Item = (u64, Look)> + '_ {
        (0..self.total).filter_map(|index| self.get(index))
    }
}

/// `first` · 2ᵏ, or the largest number if that is too large.
fn size(first: u64, k: u32) -> u64 {
    1_u64.checked_shl(k).map_or(u64::MAX, |power| first.saturating_mul(power))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes(first: u64, last: u64) -> Vec<u64> {
        Schedule::doubling(first, last).iter().map(|(size, _)| size).collect()
    }

    #[test]
    fn sizes_double_and_end_exactly_at_the_budget() {
        assert_eq!(sizes(100, 1000), [100, 200, 400, 800, 1000]);
        assert_eq!(sizes(100, 400), [100, 200, 400]);
        assert_eq!(sizes(100, 100), [100]);
        assert_eq!(sizes(100, 7), [7]);
        assert_eq!(sizes(0, 3), [1, 2, 3]);
        assert_eq!(sizes(1 << 62, u64::MAX), [1 << 62, 1 << 63, u64::MAX]);
    }

    #[test]
    fn the_shares_add_up_and_the_last_look_is_known() {
        let schedule = Schedule::doubling(64, 100_000);
        let looks: Vec<Look> = schedule.iter().map(|(_, look)| look).collect();
        let spent: f64 = looks.iter().map(|look| look.share(1e-3)).sum();
        assert!((spent - 1e-3).abs() < 1e-15);
        assert_eq!(looks.iter().filter(|look| look.is_last()).count(), 1);
        assert!(looks.last().unwrap().is_last());
        assert_eq!(schedule.get(schedule.total()), None);
        assert_eq!(Look::ONLY.share(0.25), 0.25);
    }
}
