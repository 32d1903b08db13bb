//! Whole subspaces through random ReLU layers: counting formulas and sufficient widths (law E6 of the
//! inventory of arpit2019).
//!
//! By rotational invariance a d-dimensional subspace of ℝⁿ is ℝ^d with an m × d Gaussian matrix.

use super::exponents::paper_exponent;
use crate::maths::binomial::ln_choose;
use crate::maths::sum::log_sum_exp;
use crate::maths::{NumericalError, roots};

/// Widest layer for which a smallest width is searched.
const WIDEST: u64 = 1 << 50;

/// ln Σ_{k<d} C(m−1, k).
fn ln_partial_row(m: u64, d: u64) -> f64 {
    let rows = m.saturating_sub(1);
    if d > rows {
        return rows as f64 * std::f64::consts::LN_2;
    }
    log_sum_exp(&(0..d).map(|k| ln_choose(rows, k)).collect::<Vec<_>>())
}

/// ln P(∃ u ≠ 0 : ReLU(Gu) = 0) for an m × d Gaussian G: 2^{1−m} Σ_{k<d} C(m−1, k), that is ½ at
/// m = 2d (Wendel 1962, Cover 1965). Relative error of the probability below 1e-12 for m ≤ 10⁴.
pub fn ln_kill_probability(m: u64, d: u64) -> f64 {
    if d == 0 {
        return f64::NEG_INFINITY;
    }
    if m <= d {
        return 0.0;
    }
    ln_partial_row(m, d) - (m - 1) as f64 * std::f64::consts::LN_2
}

/// P(∃ u ≠ 0 : ReLU(Gu) = 0).
pub fn kill_probability(m: u64, d: u64) -> f64 {
    ln_kill_probability(m, d).exp()
}

/// Number of regions that m generic central hyperplanes cut ℝ^d into: R = 2 Σ_{k<d} C(m−1, k)
/// (Schläfli). `None` beyond 2¹²⁸; 1 for m = 0 or d = 0.
pub fn regions(m: u64, d: u64) -> Option<u128> {
    if m == 0 || d == 0 {
        return Some(1);
    }
    let rows = u128::from(m - 1);
    let (mut total, mut choose) = (1u128, 1u128);
    for k in 1..u128::from(d).min(rows + 1) {
        // C(r, k) = C(r, k−1) (r−k+1)/k, exact in this order.
        choose = choose.checked_mul(rows - k + 1)? / k;
        total = total.checked_add(choose)?;
    }
    total.checked_mul(2)
}

/// ln R(m, d).
pub fn ln_regions(m: u64, d: u64) -> f64 {
    if m == 0 || d == 0 { 0.0 } else { std::f64::consts::LN_2 + ln_partial_row(m, d) }
}

/// What a width formula is asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SubspaceTask {
    /// Dimension of the subspace.
    pub d: u64,
    /// Distortion of the unsquared norm in one layer.
    pub eps: f64,
    /// Failure probability.
    pub delta: f64,
    /// Number of layers; 1 for Lemma 3.
    pub depth: u64,
}

impl SubspaceTask {
    /// Lemma 3: one layer.
    pub fn one_layer(d: u64, eps: f64, delta: f64) -> Self {
        Self { d, eps, delta, depth: 1 }
    }

    /// Theorem 2: `depth` layers.
    pub fn new(d: u64, eps: f64, delta: f64, depth: u64) -> Self {
        Self { d, eps, delta, depth }
    }

    /// Grid spacing Δ = min{ε/(3√d), √(ε/3)/d}.
    pub fn grid_spacing(&self) -> f64 {
        let d = self.d as f64;
        (self.eps / (3.0 * d.sqrt())).min((self.eps / 3.0).sqrt() / d)
    }

    /// d ln(2/Δ) + ln(4L/δ): the numerator of Eqs. 9 and 11.
    pub fn numerator(&self) -> f64 {
        self.d as f64 * (2.0 / self.grid_spacing()).ln()
            + (4.0 * self.depth as f64 / self.delta).ln()
    }

    /// The denominator as printed, −ε/12 − ln ½(1 + √(1 + ε/3)): negative for every ε > 0.
    pub fn printed_denominator(&self) -> f64 {
        paper_exponent(self.eps / 3.0) - self.eps / 6.0
    }

    /// The denominator with the sign corrected: g(ε/3).
    pub fn corrected_denominator(&self) -> f64 {
        paper_exponent(self.eps / 3.0)
    }

    /// Right side of the printed condition m ≥ …: negative, so that the condition is void.
    pub fn printed_bound(&self) -> f64 {
        self.numerator() / self.printed_denominator()
    }

    /// Right side of the sign-corrected condition.
    pub fn corrected_bound(&self) -> f64 {
        self.numerator() / self.corrected_denominator()
    }

    /// Smallest integer width that satisfies the sign-corrected condition.
    pub fn corrected_width(&self) -> u64 {
        self.corrected_bound().ceil() as u64
    }

    /// One-layer deviation √(2d/m) + 5/(2m) + 2√(ln(2/δ)/m) that holds with probability 1 − δ
    /// (Chevet/Gordon and concentration of a Lipschitz function).
    pub fn gordon_deviation(&self, m: u64) -> f64 {
        let m = m as f64;
        (2.0 * self.d as f64 / m).sqrt() + 2.5 / m + 2.0 * ((2.0 / self.delta).ln() / m).sqrt()
    }

    /// Smallest width with [`Self::gordon_deviation`] ≤ ε.
    pub fn gordon_width(&self) -> Result<u64, NumericalError> {
        // The deviation falls with m.
        roots::smallest_integer(1, WIDEST, |m| self.gordon_deviation(m) <= self.eps)
    }

    /// Whether width n satisfies the repair of Theorem 2 by counting regions:
    /// (n/4)(ε − √(2d/n) − 5/(2n))₊² ≥ ln(2L/δ) + (L−1) ln R(n, d).
    pub fn region_union_holds(&self, n: u64) -> bool {
        let width = n as f64;
        let room = (self.eps - (2.0 * self.d as f64 / width).sqrt() - 2.5 / width).max(0.0);
        let union = (2.0 * self.depth as f64 / self.delta).ln()
            + self.depth.saturating_sub(1) as f64 * ln_regions(n, self.d);
        0.25 * width * room * room >= union
    }

    /// Smallest width that satisfies the repair. The left side grows faster than n/4 · const once it
    /// is positive, the right side like (L−1)d ln n: once true, it stays true.
    pub fn region_union_width(&self) -> Result<u64, NumericalError> {
        roots::smallest_integer(1, WIDEST, |n| self.region_union_holds(n))
    }

    /// Least depth at which the repair asks for more than the paper's (sign-corrected) width: up to it
    /// the theorem is proven by the repair, from it on it is not.
    pub fn first_uncertified_depth(&self) -> Result<u64, NumericalError> {
        roots::smallest_integer(1, 1 << 32, |depth| {
            let task = Self { depth, ..*self };
            !task.region_union_holds(task.corrected_width())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn wendel_by_hand() {
        // m = 4, d = 2: (1 + 3)/8; m = 12, d = 3: (1 + 11 + 55)/2048.
        for (m, d, exact) in
            [(4, 2, 0.5), (20, 10, 0.5), (12, 3, 67.0 / 2048.0), (3, 3, 1.0), (2, 5, 1.0)]
        {
            assert!((kill_probability(m, d) - exact).abs() < 1e-13, "{m} {d}");
        }
        // (20, 5): (1 + 19 + 171 + 969 + 3876)/2^19
        assert!((kill_probability(20, 5) - 5036.0 / 524_288.0).abs() < 1e-15);
        assert_eq!(kill_probability(5, 0), 0.0);
    }

    #[test]
    fn regions_of_the_plane_and_of_space() {
        // m lines through the origin: 2m sectors; m planes: m(m−1) + 2.
        assert_eq!(regions(100, 2), Some(200));
        assert_eq!(regions(20, 3), Some(20 * 19 + 2));
        assert_eq!(regions(3, 9), Some(8));
        assert_eq!(regions(1_000_000, 60), None);
    }

    #[test]
    fn the_printed_denominator_is_negative() {
        let task = SubspaceTask::one_layer(10, 0.5, 0.05);
        let root = (1.0f64 + 0.5 / 3.0).sqrt();
        let log = (0.5 * (1.0 + root)).ln();
        assert!((task.printed_denominator() - (-0.5 / 12.0 - log)).abs() < 1e-15);
        assert!((task.corrected_denominator() - (0.5 / 12.0 - log)).abs() < 1e-15);
        assert!(task.printed_bound() < 0.0);
    }

    #[test]
    fn widths_are_the_smallest() {
        let task = SubspaceTask::new(10, 0.5, 0.05, 5);
        let gordon = task.gordon_width().unwrap();
        assert!(task.gordon_deviation(gordon) <= 0.5 && task.gordon_deviation(gordon - 1) > 0.5);
        let union = task.region_union_width().unwrap();
        assert!(task.region_union_holds(union) && !task.region_union_holds(union - 1));
        let depth = task.first_uncertified_depth().unwrap();
        let width = |depth| SubspaceTask { depth, ..task };
        let over =
            |depth| width(depth).region_union_width().unwrap() > width(depth).corrected_width();
        assert!(over(depth) && !over(depth - 1));
    }

    proptest! {
        #[test]
        fn counting_in_logarithms_agrees(m in 1u64..120, d in 1u64..40) {
            let exact = regions(m, d).unwrap() as f64;
            prop_assert!((ln_regions(m, d) - exact.ln()).abs() < 1e-12 * exact.ln().max(1.0));
        }
    }
}
