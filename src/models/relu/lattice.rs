//! Laws of ln Q on a lattice: sampled densities, cells, and their convolution with error bounds.

use super::relu_layer::LayerLaw;
use crate::maths::Enclosure;
use crate::maths::fft::{convolve, is_direct};
use crate::maths::special::U;

/// ln of the tail mass of one layer at which its density is cut off.
pub(super) const LN_CUT: f64 = -46.0;
/// Lattice weights below this are counted as error.
pub(super) const SKIP: f64 = 1e-24;

/// Values at lattice points `first` + k (in units of the spacing).
pub(super) struct Lattice {
    pub first: i64,
    pub values: Vec<f64>,
    /// Bound of the relative error of every entry …
    pub relative: f64,
    /// … plus an absolute one.
    pub absolute: f64,
}

impl Lattice {
    /// The sum of no layers: 1 at 0.
    pub fn unit() -> Self {
        Self { first: 0, values: vec![1.0], relative: 0.0, absolute: 0.0 }
    }
}

/// The tails of one layer in ln Q, with what lies beyond its range not computed but bounded.
pub(super) struct Tails<'a> {
    law: &'a LayerLaw,
    range: (f64, f64),
    dead: f64,
}

impl<'a> Tails<'a> {
    pub fn new(law: &'a LayerLaw) -> Self {
        Self { law, range: range(law), dead: law.dead() }
    }

    /// P(ln Q ≤ x) + P(ln Q > y).
    pub fn outside(&self, x: f64, y: f64) -> Enclosure {
        let cut = LN_CUT.exp();
        let beyond = |value: f64| Enclosure::with_error(value, cut + 4.0 * U * value);
        let lower = match x {
            x if x < self.range.0 => beyond(self.dead),
            x if x > self.range.1 => beyond(1.0),
            x => self.law.cdf(x.exp()),
        };
        let upper = match y {
            y if y < self.range.0 => beyond(1.0 - self.dead),
            y if y > self.range.1 => beyond(0.0),
            y => self.law.sf(y.exp()),
        };
        add(lower, upper)
    }
}

/// Interval sum.
pub(super) fn add(a: Enclosure, b: Enclosure) -> Enclosure {
    Enclosure {
        value: a.value + b.value,
        lo: (a.lo + b.lo).next_down(),
        hi: (a.hi + b.hi).next_up(),
    }
}

/// Range of ln Q outside of which each side has less than e^LN_CUT of mass (beside the atom).
fn range(law: &LayerLaw) -> (f64, f64) {
    let step = law.variance_log().value.max(1e-12).sqrt();
    let middle = law.mean_log().value;
    let alive_below = |x: f64| law.cdf(x.exp()).value - law.dead();
    let mut low = middle - 6.0 * step;
    // Where the atom swamps the difference: P(0 < Q ≤ x) ≤ n(x/(2 scale))^½, so ln x ≥ 2·LN_CUT − …
    let floor = middle + 2.5 * LN_CUT - 2.0 * (law.m as f64).ln();
    while low > floor && alive_below(low).max(0.0) > LN_CUT.exp() {
        low -= step;
    }
    let mut high = middle + 6.0 * step;
    while law.ln_sf(high.exp()).value > LN_CUT {
        high += step;
    }
    (low.max(floor), high)
}

/// h · density of ln Q at the lattice points (the atom at ln 0 left out).
pub(super) fn sample(law: &LayerLaw, h: f64) -> Lattice {
    let (low, high) = range(law);
    let (first, last) = ((low / h).floor() as i64, (high / h).ceil() as i64);
    let (mut relative, mut absolute) = (0.0f64, 0.0f64);
    let values = (first..=last)
        .map(|k| {
            let at = k as f64 * h;
            let density = law.pdf(at.exp());
            let value = h * at.exp() * density.value;
            if value > SKIP {
                // Rounding at and its exponential moves the point by (|at| + 2)u; the density
                // of ln Q changes by at most a factor of its logarithmic slope, below m + y.
                let slope = law.m as f64 * (1.0 + at.exp());
                let moved = (at.abs() + 2.0) * slope * U;
                relative = relative.max(density.radius() / density.value + moved + 4.0 * U);
            } else {
                absolute = absolute.max(value + h * at.exp() * density.radius());
            }
            value
        })
        .collect();
    Lattice { first, values, relative, absolute }
}

/// P(k h ≤ ln Q < (k+1) h) for every cell.
pub(super) fn cells(law: &LayerLaw, h: f64) -> Lattice {
    let (low, high) = range(law);
    let (first, last) = ((low / h).floor() as i64, (high / h).ceil() as i64);
    let middle = law.mean_log().value;
    let edge = |k: i64| {
        let at = k as f64 * h;
        if at < middle { (true, law.cdf(at.exp())) } else { (false, law.sf(at.exp())) }
    };
    let mut absolute = 0.0f64;
    let mut values = Vec::with_capacity((last - first) as usize);
    let mut left = edge(first);
    for k in first + 1..=last {
        let right = edge(k);
        let mass = match (left.0, right.0) {
            (true, true) => right.1.value - left.1.value,
            (false, false) => left.1.value - right.1.value,
            _ => 1.0 - left.1.value - right.1.value,
        };
        // The edges themselves are rounded: a cell's density is below m.
        let moved = 4.0 * U * law.m as f64 * (1.0 + (k as f64 * h).abs());
        absolute = absolute.max(left.1.radius() + right.1.radius() + moved);
        values.push(mass.max(0.0));
        left = right;
    }
    Lattice { first, values, relative: 0.0, absolute }
}

/// Convolution of two laws (non-negative entries with totals at most 1.1).
pub(super) fn combine(a: &Lattice, b: &Lattice) -> Lattice {
    let shorter = a.values.len().min(b.values.len());
    let (values, rounding) = convolve(&a.values, &b.values);
    // The defining sum of non-negative terms has a relative error; the transform an absolute one.
    let summed = is_direct(a.values.len(), b.values.len());
    let (own_relative, own_absolute) =
        if summed { ((shorter as f64 + 2.0) * U, 0.0) } else { (0.0, rounding) };
    Lattice {
        first: a.first + b.first,
        values,
        relative: a.relative + b.relative + 1.1 * a.relative * b.relative + own_relative,
        absolute: own_absolute
            + 1.1 * (a.absolute + b.absolute)
            + a.absolute * b.absolute * shorter as f64,
    }
}
