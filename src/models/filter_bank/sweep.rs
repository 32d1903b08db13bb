//! The worst code of 𝓜_k for one pass of hard thresholding, exactly, for k ≤ 2.
//!
//! On a support of two rows z = (cos θ, sin θ), and every entry of h = W Wᵀz is a sinusoid. What pooling
//! keeps changes only where |h_a| = |h_b| or h_a = 0; between such angles the errors are ratios of quadratic
//! forms in z, whose extremes on an arc have closed forms. Ties go to the worse side, so the values are
//! suprema.

use std::f64::consts::PI;

use super::codes::{Pooling, select};
use super::gram::Products;
use super::supports::Model;

/// Largest relative errors over all codes of 𝓜_k.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Worst {
    /// Largest ‖z outside Ω‖/‖z‖ (gilbert2017, Lemma B.3).
    pub missed: f64,
    /// Largest ‖z − ẑ‖/‖z‖ (Lemma B.4).
    pub code: f64,
    /// Largest ‖x − x̂‖/‖x‖ (Theorem 3.3).
    pub signal: f64,
}

/// Which codes are tried, and what is done to them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Setting {
    /// Entries of the code: 1 or 2.
    pub k: usize,
    /// Pooling of h.
    pub pooling: Pooling,
    /// Only codes without negative entries.
    pub nonnegative: bool,
}

impl Setting {
    /// The paper's: max-abs pooling, entries of any sign.
    pub const fn new(k: usize) -> Self {
        Self { k, pooling: Pooling::MaxAbs, nonnegative: false }
    }
}

/// A quadratic form a0 + a1 cos 2θ + a2 sin 2θ of z = (cos θ, sin θ).
#[derive(Clone, Copy, Debug, Default)]
struct Form([f64; 3]);

impl Form {
    /// Σ over pairs of weight · e_i e_j, with e_i = c_i cos θ + s_i sin θ.
    fn add(&mut self, weight: f64, (ci, si): (f64, f64), (cj, sj): (f64, f64)) {
        self.0[0] += 0.5 * weight * (ci * cj + si * sj);
        self.0[1] += 0.5 * weight * (ci * cj - si * sj);
        self.0[2] += 0.5 * weight * (ci * sj + si * cj);
    }

    fn at(&self, theta: f64) -> f64 {
        let [a0, a1, a2] = self.0;
        a0 + a1 * (2.0 * theta).cos() + a2 * (2.0 * theta).sin()
    }

    /// Largest value of self/other over an arc.
    fn largest_ratio(&self, other: &Self, from: f64, to: f64) -> f64 {
        let ([a0, a1, a2], [b0, b1, b2]) = (self.0, other.0);
        let (c, s, constant) = (a2 * b0 - a0 * b2, a0 * b1 - a1 * b0, a2 * b1 - a1 * b2);
        let ratio = |theta: f64| {
            let below = other.at(theta);
            // A signal that vanishes is no signal.
            if below > 1e-14 * b0 { self.at(theta) / below } else { 0.0 }
        };
        let mut best = ratio(from).max(ratio(to));
        // Stationary where c cos 2θ + s sin 2θ + constant = 0.
        let size = c.hypot(s);
        if size > 0.0 && constant.abs() <= size {
            let (middle, half) = (s.atan2(c), (-constant / size).acos());
            for angle in [middle + half, middle - half] {
                let first = from + (0.5 * angle - from).rem_euclid(PI);
                if first < to {
                    best = best.max(ratio(first));
                }
            }
        }
        best
    }
}

/// Sinusoids of the rows of h for the support (a, b).
fn sinusoids(gram: &impl Products, a: usize, b: Option<usize>) -> Vec<(f64, f64)> {
    let second = |row: usize| b.map_or(0.0, |b| gram.dot(row, b));
    (0..gram.rows()).map(|row| (gram.dot(row, a), second(row))).collect()
}

/// Angles in (0, span) where two sinusoids agree up to sign, or one vanishes; with both ends of the range.
fn breaks(h: &[(f64, f64)], span: f64) -> Vec<f64> {
    let mut angles = vec![0.0, span];
    let mut zero = |c: f64, s: f64| {
        if c != 0.0 || s != 0.0 {
            let first = (-c).atan2(s).rem_euclid(PI);
            angles.extend([first, first + PI].into_iter().filter(|angle| *angle < span));
        }
    };
    for (i, (c, s)) in h.iter().enumerate() {
        zero(*c, *s);
        for (other_c, other_s) in &h[..i] {
            zero(c - other_c, s - other_s);
            zero(c + other_c, s + other_s);
        }
    }
    angles.sort_by(f64::total_cmp);
    angles
}

/// The worst errors over 𝓜_k; `None` unless k is 1 or 2.
pub fn worst(gram: &impl Products, setting: &Setting) -> Option<Worst> {
    let mut worst = Worst::default();
    let shifts = gram.shifts();
    if !(1..=2).contains(&setting.k) {
        return None;
    }
    Model::single(gram.blocks(), shifts, setting.k).each(&mut |support| {
        let (a, b) = (support[0], support.get(1).copied());
        let h = sinusoids(gram, a, b);
        let span = match (b, setting.nonnegative, setting.pooling) {
            (_, true, _) => 0.5 * PI,
            (_, false, Pooling::MaxAbs | Pooling::Fixed) => PI,
            (_, false, Pooling::Signed | Pooling::Relu) => 2.0 * PI,
        };
        let mut angles = breaks(&h, span);
        if b.is_none() {
            // Only z = e_a and, where signs matter, z = −e_a.
            angles = if span > PI { vec![0.0, 0.0, PI, PI] } else { vec![0.0, 0.0] };
        }
        for pair in angles.windows(2) {
            if pair[1] - pair[0] > 0.5 * PI && b.is_none() {
                continue;
            }
            on_arc(gram, setting, support, &h, (pair[0], pair[1]), &mut worst);
        }
    });
    let root = |x: f64| x.max(0.0).sqrt();
    Some(Worst { missed: root(worst.missed), code: root(worst.code), signal: root(worst.signal) })
}

/// Squared errors on one arc, over which pooling keeps the same rows.
fn on_arc(
    gram: &impl Products,
    setting: &Setting,
    support: &[usize],
    h: &[(f64, f64)],
    (from, to): (f64, f64),
    worst: &mut Worst,
) {
    let (sin, cos) = (0.5 * (from + to)).sin_cos();
    let values: Vec<f64> = h.iter().map(|(c, s)| c * cos + s * sin).collect();
    let kept = select(&values, gram.shifts(), setting.k, setting.pooling);
    let unit = |row: usize| match support.iter().position(|own| *own == row) {
        Some(0) => (1.0, 0.0),
        Some(_) => (0.0, 1.0),
        None => (0.0, 0.0),
    };
    let mut rows = support.to_vec();
    rows.extend(kept.iter().map(|entry| entry.0).filter(|row| !support.contains(row)));
    let error = |row: usize| {
        let (c, s) = unit(row);
        let source = kept.iter().find(|entry| entry.0 == row).map(|entry| h[entry.1]);
        source.map_or((c, s), |(hc, hs)| (c - hc, s - hs))
    };
    let errors: Vec<(f64, f64)> = rows.iter().map(|row| error(*row)).collect();
    let (mut missed, mut code, mut signal) = (Form::default(), Form::default(), Form::default());
    let (mut one, mut input) = (Form::default(), Form::default());
    one.0[0] = 1.0;
    for (i, row) in rows.iter().enumerate() {
        code.add(1.0, errors[i], errors[i]);
        if !kept.iter().any(|entry| entry.0 == *row) {
            missed.add(1.0, unit(*row), unit(*row));
        }
        for (j, other) in rows.iter().enumerate() {
            let product = gram.dot(*row, *other);
            signal.add(product, errors[i], errors[j]);
            input.add(product, unit(*row), unit(*other));
        }
    }
    worst.missed = worst.missed.max(missed.largest_ratio(&one, from, to));
    worst.code = worst.code.max(code.largest_ratio(&one, from, to));
    worst.signal = worst.signal.max(signal.largest_ratio(&input, from, to));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::filter_bank::codes::project;
    use crate::models::filter_bank::iht::{norm, relative_error};
    use crate::models::filter_bank::{Code, Gram, Law, Scaling, Shape};

    /// No angle of a fine grid is worse than the sweep, and the best comes near.
    #[test]
    fn a_grid_of_angles_comes_near_and_never_beyond() {
        let bank = Law::Dfb.bank(Shape::line(4, 3, 3, 1, 5), Scaling::Unit).unwrap();
        let gram = Gram::of(&bank);
        for pooling in [Pooling::MaxAbs, Pooling::Signed, Pooling::Relu, Pooling::Fixed] {
            for nonnegative in [false, true] {
                let setting = Setting { k: 2, pooling, nonnegative };
                let exact = worst(&gram, &setting).unwrap();
                let mut grid = Worst::default();
                Model::single(4, 3, 2).each(&mut |support| {
                    let steps = if nonnegative { 200 } else { 800 };
                    for step in 0..steps {
                        let (sin, cos) = ((step as f64 + 0.5) * PI / 400.0).sin_cos();
                        let code = Code::new(vec![(support[0], cos), (support[1], sin)]);
                        let x = bank.synthesise(&code);
                        let found = project(&bank.apply(&x), 3, 2, pooling);
                        grid.missed = grid.missed.max(code.square_outside(&found).sqrt());
                        grid.code = grid.code.max(code.distance_square(&found).sqrt());
                        grid.signal = grid.signal.max(relative_error(&bank, &x, &found));
                    }
                });
                for (grid, exact) in [
                    (grid.missed, exact.missed),
                    (grid.code, exact.code),
                    (grid.signal, exact.signal),
                ] {
                    assert!(
                        grid <= exact + 1e-9 && grid > exact - 0.03,
                        "{pooling:?} {grid} {exact}"
                    );
                }
            }
        }
    }

    #[test]
    fn one_entry_is_one_code() {
        let bank = Law::Dfb.bank(Shape::line(4, 3, 3, 1, 5), Scaling::Scaled).unwrap();
        let exact = worst(&Gram::of(&bank), &Setting::new(1)).unwrap();
        let mut grid = 0.0_f64;
        for row in 0..12 {
            let x = bank.synthesise(&Code::new(vec![(row, 1.0)]));
            let found = project(&bank.apply(&x), 3, 1, Pooling::MaxAbs);
            grid = grid.max(relative_error(&bank, &x, &found));
            assert!(norm(&x) > 0.0);
        }
        assert!((grid - exact.signal).abs() < 1e-12);
    }

    #[test]
    fn an_orthonormal_bank_makes_no_error() {
        let bank = Law::Dct.bank(Shape::line(4, 1, 4, 4, 8), Scaling::Raw).unwrap();
        let exact = worst(&Gram::of(&bank), &Setting::new(2)).unwrap();
        assert!(exact.signal < 1e-7 && exact.missed < 1e-7, "{exact:?}");
    }
}
