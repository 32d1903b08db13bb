//! Tails and density of χ²_B/2 with B ~ Bin(m, p): what a masked Gaussian layer does to a norm.
//!
//! A tail is Σ_b w_b Q(b/2, y) (or P for the lower one). Along b of one parity both factors obey
//! two-term recurrences with positive terms, upward for Q(a+1) = Q(a) + D(a), downward for
//! P(a−1) = P(a) + D(a−1) (DLMF 8.8.5–6), so a sum costs one multiplication or two a term.
//!
//! Truncation is proven: w_b is log-concave; Q along a parity chain is a partial sum, and P a tail sum,
//! of the log-concave sequence D (for the half-integer Q the first element, erfc √y, fits in because
//! erfc √y ≤ e^(−y)/√(πy)); such sums and products of log-concave sequences are log-concave. Hence
//! what lies beyond a term t with ratio r to its neighbour inside is at most t r/(1−r).

mod density;

use crate::maths::binomial::ln_pmf;
use crate::maths::gamma::{ln_error, ln_p, ln_poisson, ln_q};
use crate::maths::special::U;
use crate::maths::sum::{Sum, ln_one_minus_exp};

/// A term this far (in logarithms) below the largest one starts a sum: e⁻⁴⁶ < 1.1e-20.
const REACH: f64 = 46.0;
/// Neglected part at which a sum may stop, relative to it.
const NEGLIGIBLE: f64 = 1e-19;

/// The logarithm of a probability or density, with a bound of its absolute error.
#[derive(Clone, Copy, Debug)]
pub(super) struct LnValue {
    pub ln: f64,
    pub error: f64,
}

impl LnValue {
    const ZERO: Self = Self { ln: f64::NEG_INFINITY, error: 0.0 };
    const ONE: Self = Self { ln: 0.0, error: 0.0 };
}

/// Mixing law: B ~ Bin(m, p), 0 < p ≤ 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct ChiMixture {
    pub m: u64,
    pub p: f64,
}

/// Which tail is summed.
#[derive(Clone, Copy, PartialEq)]
enum Tail {
    Upper,
    Lower,
}

impl ChiMixture {
    /// ln P(χ²_B/2 > y).
    pub fn ln_upper(&self, y: f64) -> LnValue {
        if y.is_nan() {
            return LnValue { ln: f64::NAN, error: 0.0 };
        }
        match y {
            y if y < 0.0 => LnValue::ONE,
            y if y == f64::INFINITY || self.m == 0 => LnValue::ZERO,
            0.0 => LnValue { ln: ln_one_minus_exp(self.ln_weight(0)), error: 8.0 * U },
            _ => self.tail(Tail::Upper, y),
        }
    }

    /// ln P(χ²_B/2 ≤ y), the atom at 0 included.
    pub fn ln_lower(&self, y: f64) -> LnValue {
        if y.is_nan() {
            return LnValue { ln: f64::NAN, error: 0.0 };
        }
        match y {
            y if y < 0.0 => LnValue::ZERO,
            y if y == f64::INFINITY || self.m == 0 => LnValue::ONE,
            0.0 => LnValue { ln: self.ln_weight(0), error: self.weight_error(0) },
            _ => self.tail(Tail::Lower, y),
        }
    }

    /// ln w_b.
    pub fn ln_weight(&self, b: u64) -> f64 {
        ln_pmf(self.m, self.p, b)
    }

    /// Bound of the error of [`Self::ln_weight`], from the bounds of `ln_pmf`.
    fn weight_error(&self, b: u64) -> f64 {
        let off = if self.p == 0.5 { 0.0 } else { (b as f64 - self.m as f64 * self.p).abs() };
        (16.0 + 8.0 * self.ln_weight(b).abs() + 2.0 * off) * U
    }

    /// ln of one term of a tail.
    fn ln_term(&self, tail: Tail, b: u64, y: f64) -> f64 {
        let a = 0.5 * b as f64;
        self.ln_weight(b) + if tail == Tail::Upper { ln_q(a, y) } else { ln_p(a, y) }
    }

    /// w_{b+2}/w_b.
    fn weight_ratio(&self, b: u64) -> f64 {
        let odds = self.p / (1.0 - self.p);
        let (b, m) = (b as f64, self.m as f64);
        (m - b) / (b + 1.0) * ((m - b - 1.0) / (b + 2.0)) * (odds * odds)
    }

    fn tail(&self, tail: Tail, y: f64) -> LnValue {
        if self.p == 1.0 {
            let a = 0.5 * self.m as f64;
            let ln = self.ln_term(tail, self.m, y);
            return LnValue { ln, error: ln_error(a, ln) + self.argument_error(tail, self.m, y) };
        }
        let peak = self.peak(tail, y);
        let top = self.ln_term(tail, peak, y);
        if top == f64::NEG_INFINITY {
            return LnValue::ZERO;
        }
        let start = self.start(tail, y, peak, top - REACH);
        let mut total = Sum::default();
        let (mut neglected, mut steps) = (0.0, 0u64);
        // One chain a parity; the neighbour of `start` on the inner side begins the other.
        let other = match tail {
            Tail::Upper if start == self.m => start.wrapping_sub(1),
            Tail::Upper => start + 1,
            Tail::Lower if start == 0 => 1,
            Tail::Lower => start - 1,
        };
        for b in [start, other].into_iter().filter(|&b| b <= self.m) {
            neglected += self.outside_start(tail, b, y, top);
            let (left, walked) = match tail {
                Tail::Upper => self.ascend(b, y, top, &mut total),
                Tail::Lower => self.descend(b, y, top, &mut total),
            };
            neglected += left;
            steps = steps.max(walked);
        }
        let value = total.value();
        let largest = start.max(peak);
        let begin = ln_error(0.5 * largest as f64, self.ln_term(tail, start, y))
            + self.weight_error(start)
            + (top.abs() + REACH) * 4.0 * U;
        let error = begin
            + 8.0 * steps as f64 * U
            + 2.0 * neglected / value
            + self.argument_error(tail, largest, y);
        LnValue { ln: top + value.ln(), error }
    }

    /// Effect of three roundings of y: |d ln Q/dy| y ≤ y + 1 and |d ln P/dy| y ≤ a.
    fn argument_error(&self, tail: Tail, b: u64, y: f64) -> f64 {
        3.0 * U * if tail == Tail::Upper { y + 1.0 } else { 0.5 * b as f64 + 1.0 }
    }

    /// The b of about the largest term, by bisection on the sign of the slope (chains are unimodal).
    fn peak(&self, tail: Tail, y: f64) -> u64 {
        let (mut low, mut high) = (0u64, self.m);
        while high - low > 1 {
            let b = low + (high - low) / 2;
            let next = (b + 2).min(self.m);
            let (here, there) = (self.ln_term(tail, b, y), self.ln_term(tail, next, y));
            // An upper term at b = 0 is exactly zero: rising.
            if there > here || (there == here && tail == Tail::Upper) {
                low = b;
            } else {
                high = b;
            }
        }
        let ends = [low, high, (high + 1).min(self.m)];
        let value = |b: &u64| self.ln_term(tail, *b, y);
        ends.into_iter().max_by(|a, b| value(a).total_cmp(&value(b))).unwrap_or(high)
    }

    /// Outermost b (towards small ones for the upper tail, large ones for the lower) whose term is
    /// above `floor`.
    fn start(&self, tail: Tail, y: f64, peak: u64, floor: f64) -> u64 {
        let (mut inside, mut outside) = (peak, if tail == Tail::Upper { 0 } else { self.m });
        if self.ln_term(tail, outside, y) >= floor {
            return outside;
        }
        while inside.abs_diff(outside) > 1 {
            let b = inside.min(outside) + inside.abs_diff(outside) / 2;
            if self.ln_term(tail, b, y) >= floor {
                inside = b;
            } else {
                outside = b;
            }
        }
        inside
    }

    /// Bound of what a chain leaves out before its first term b, in units of e^top.
    fn outside_start(&self, tail: Tail, b: u64, y: f64, top: f64) -> f64 {
        let before = match tail {
            Tail::Upper if b < 3 => return 0.0,
            Tail::Upper => b - 2,
            Tail::Lower if b + 2 > self.m => return 0.0,
            Tail::Lower => b + 2,
        };
        let first = (self.ln_term(tail, b, y) - top).exp();
        let next = (self.ln_term(tail, before, y) - top).exp();
        geometric(next, next / first)
    }

    /// Adds the terms w_b Q(b/2, y) for b, b+2, …; returns the bound of the rest and the steps.
    fn ascend(&self, b: u64, y: f64, top: f64, total: &mut Sum) -> (f64, u64) {
        let ln_w = self.ln_weight(b) - top;
        let mut a = 0.5 * b as f64;
        let mut term = (ln_w + ln_q(a, y)).exp();
        let mut jump = (ln_w + ln_poisson(a, y)).exp();
        let (mut b, mut steps) = (b, 0);
        loop {
            total.add(term);
            if b + 2 > self.m {
                return (0.0, steps);
            }
            let ratio = self.weight_ratio(b);
            let next = ratio * (term + jump);
            let rest = geometric(next, next / term);
            if rest <= NEGLIGIBLE * total.value() {
                return (rest, steps);
            }
            term = next;
            jump *= ratio * y / (a + 1.0);
            a += 1.0;
            b += 2;
            steps += 1;
        }
    }

    /// Adds the terms w_b P(b/2, y) for b, b−2, …; returns the bound of the rest and the steps.
    fn descend(&self, b: u64, y: f64, top: f64, total: &mut Sum) -> (f64, u64) {
        let ln_w = self.ln_weight(b) - top;
        let mut a = 0.5 * b as f64;
        let mut term = (ln_w + ln_p(a, y)).exp();
        let mut jump = if b < 2 { 0.0 } else { (ln_w + ln_poisson(a - 1.0, y)).exp() };
        let (mut b, mut steps) = (b, 0);
        loop {
            total.add(term);
            if b < 2 {
                return (0.0, steps);
            }
            let ratio = 1.0 / self.weight_ratio(b - 2);
            let next = ratio * (term + jump);
            let rest = geometric(next, next / term);
            if rest <= NEGLIGIBLE * total.value() {
                return (rest, steps);
            }
            term = next;
            jump *= ratio * (a - 1.0) / y;
            a -= 1.0;
            b -= 2;
            steps += 1;
        }
    }

    /// The weights that matter: first b, w_b, and a bound of the mass left out (below 1e-18).
    pub fn weights(&self) -> (u64, Vec<f64>, f64) {
        let mode = ((self.m as f64 * self.p) as u64).min(self.m);
        let floor = self.ln_weight(mode) - REACH;
        let mut low = mode;
        while low > 0 && self.ln_weight(low - 1) > floor {
            low -= 1;
        }
        let mut high = mode;
        while high < self.m && self.ln_weight(high + 1) > floor {
            high += 1;
        }
        let weights: Vec<f64> = (low..=high).map(|b| self.ln_weight(b).exp()).collect();
        let beyond = |edge: u64, next: Option<u64>| {
            next.filter(|&b| b <= self.m).map_or(0.0, |b| {
                let t = self.ln_weight(b).exp();
                geometric(t, t / self.ln_weight(edge).exp())
            })
        };
        let left_out = beyond(low, low.checked_sub(1)) + beyond(high, Some(high + 1));
        (low, weights, left_out)
    }
}

/// Bound t/(1−r) of a log-concave sequence that starts at t and falls by r or faster; ∞ if it rises.
fn geometric(t: f64, r: f64) -> f64 {
    match r {
        _ if t == 0.0 => 0.0,
        r if r < 1.0 => t / (1.0 - r),
        _ => f64::INFINITY,
    }
}

/// P(b/2, y) for b = 0, …, top, by the downward recurrence; relative error as `gamma::ln_error` plus
/// 4u a step.
pub(super) fn lower_chain(top: u64, y: f64) -> Vec<f64> {
    let mut values = vec![1.0; top as usize + 1];
    for first in [top, top.saturating_sub(1)] {
        let (mut b, mut a) = (first, 0.5 * first as f64);
        let mut value = ln_p(a, y).exp();
        values[b as usize] = value;
        while b >= 2 {
            // Underflow of D far above y costs less than 1e-300 in all.
            value += ln_poisson(a - 1.0, y).exp();
            b -= 2;
            a -= 1.0;
            values[b as usize] = value;
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The plain sum over all b, no recurrences, no truncation.
    fn plain(law: &ChiMixture, y: f64) -> (f64, f64, f64) {
        let mut sums = (0.0, 0.0, 0.0);
        for b in 0..=law.m {
            let (w, a) = (law.ln_weight(b), 0.5 * b as f64);
            sums.0 += (w + ln_q(a, y)).exp();
            sums.1 += (w + ln_p(a, y)).exp();
            if b > 0 {
                sums.2 += (w + ln_poisson(a, y)).exp() * a / y;
            }
        }
        sums
    }

    #[test]
    fn tiny_layers_at_all_places() {
        for m in 1..=6 {
            for k in -40..=12 {
                let (law, y) = (ChiMixture { m, p: 0.5 }, f64::exp2(0.5 * f64::from(k)));
                let (upper, lower, density) = plain(&law, y);
                for (fast, slow) in [
                    (law.ln_upper(y), upper),
                    (law.ln_lower(y), lower),
                    (law.ln_density(y), density),
                ] {
                    assert!((fast.ln - slow.ln()).abs() <= 1e-14 + fast.error, "{m} {y} {fast:?}");
                }
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]
        #[test]
        fn fast_sums_equal_plain_ones(m in 1u64..300, p in 0.02f64..1.0, t in 0.05f64..4.0) {
            let law = ChiMixture { m, p };
            let y = 0.5 * m as f64 * p * t;
            let (upper, lower, density) = plain(&law, y);
            for (fast, slow) in
                [(law.ln_upper(y), upper), (law.ln_lower(y), lower), (law.ln_density(y), density)]
            {
                prop_assume!(slow > 1e-290);
                prop_assert!((fast.ln - slow.ln()).abs() <= 2e-13 + fast.error, "{fast:?} {}", slow.ln());
                prop_assert!(fast.error < 1e-11, "{fast:?}");
            }
        }

        #[test]
        fn a_chain_of_lower_functions(top in 0u64..200, y in 0.1f64..100.0) {
            for (b, value) in lower_chain(top, y).into_iter().enumerate() {
                prop_assert!((value - ln_p(0.5 * b as f64, y).exp()).abs() < 1e-13);
            }
        }
    }
}
