//! The density of χ²_B/2 away from its atom.

use super::{ChiMixture, LnValue, NEGLIGIBLE, geometric};
use crate::maths::gamma::ln_poisson;
use crate::maths::special::U;
use crate::maths::sum::Sum;

impl ChiMixture {
    /// ln of the density of χ²_B/2 at y > 0 (the atom at 0 is apart): Σ_{b≥1} w_b y^{a−1}e^{−y}/Γ(a).
    pub fn ln_density(&self, y: f64) -> LnValue {
        if y.is_nan() || y <= 0.0 || y == f64::INFINITY || self.m == 0 {
            return LnValue { ln: if y.is_nan() { y } else { f64::NEG_INFINITY }, error: 0.0 };
        }
        let ln_term =
            |b: u64| self.ln_weight(b) + ln_poisson(0.5 * b as f64, y) + (0.5 * b as f64 / y).ln();
        if self.p == 1.0 {
            let ln = ln_term(self.m);
            return LnValue { ln, error: (32.0 + 8.0 * ln.abs()) * U };
        }
        let ratio = |b: u64| self.weight_ratio(b) * y / (0.5 * b as f64);
        // The ratio of neighbours falls with b: the peak is where it passes 1.
        let (mut low, mut high) = (1, self.m);
        while low < high {
            let b = low + (high - low) / 2;
            if b + 2 <= self.m && ratio(b) > 1.0 { low = b + 1 } else { high = b }
        }
        let top = ln_term(low);
        let mut total = Sum::default();
        let mut steps = 0;
        let other = if low < self.m { low + 1 } else { low - 1 };
        for b in [low, other].into_iter().filter(|&b| b >= 1) {
            let begin = (ln_term(b) - top).exp();
            total.add(begin);
            steps = steps.max(self.spread(b, begin, &ratio, &mut total));
        }
        let error = (64.0 + 16.0 * top.abs() + 8.0 * steps as f64 + 3.0 * (y + low as f64)) * U;
        LnValue { ln: top + total.value().ln(), error: error + 4.0 * NEGLIGIBLE }
    }

    /// Adds the terms of one parity on both sides of b; returns the longer walk.
    fn spread(&self, b: u64, begin: f64, ratio: &impl Fn(u64) -> f64, total: &mut Sum) -> u64 {
        let (mut up, mut term, mut walked) = (b, begin, 0);
        while up + 2 <= self.m {
            let r = ratio(up);
            term *= r;
            if geometric(term, r) <= NEGLIGIBLE * total.value() {
                break;
            }
            total.add(term);
            up += 2;
        }
        let (mut down, mut term) = (b, begin);
        while down >= 3 {
            let r = 1.0 / ratio(down - 2);
            term *= r;
            if geometric(term, r) <= NEGLIGIBLE * total.value() {
                break;
            }
            total.add(term);
            down -= 2;
        }
        walked = walked.max(up - b).max(b - down);
        walked / 2
    }
}
