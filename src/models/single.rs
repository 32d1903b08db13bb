//! Random matrices in single precision, a few rows at a time: drawn in cache, used there, forgotten.
//!
//! A weight that is rounded to 24 bits moves by 6e-8 of itself, up or down as chance has it. A sum of n weights
//! then moves by about 6e-8/√3 of its own deviation, and the sums here add as much again: sums in single precision are short, and
//! what they come to is summed in double. Of a trial's result that is a ten-millionth; the Monte Carlo error of a mean of
//! 10⁶ trials is a thousandth of a deviation. What is held to more digits (identities, exact laws) stays in double.
//!
//! All sums have a fixed order, so the bytes are the same on every processor.

use crate::simd::{self, Kernel};

/// Partial sums: four vectors of the widest unit, so that additions need not wait for each other.
const LANES: usize = 64;
/// Longest sum in single precision: at most 64 terms a lane.
const SHORT: usize = 64 * LANES;
/// Rows that [`combine`] adds up in single precision.
const TOGETHER: usize = 8;

/// Inner products of rows of the length of `x` with `x`, one a row.
pub fn products(rows: &[f32], x: &[f32], out: &mut [f64]) {
    simd::run(Products { rows, x, out });
}

/// `out += Σ_j factors_j row_j` over rows of the length of `out`, of singles or of what [`to_lattice`] kept.
pub fn combine<W: Copy + Into<f32>>(rows: &[W], factors: &[f32], out: &mut [f64]) {
    simd::run(Combine { rows, factors, out });
}

/// Steps of the lattice in a unit: 2¹².
pub const LATTICE: f32 = 4096.0;

/// Rounds weights below 8 to multiples of 2⁻¹², which are left in units of 2⁻¹², in both slices. The rounding adds 2⁻²⁴/12 =
/// 5e-9 to a variance of 1, with 2⁻¹² far below the scale on which a normal density changes (Sheppard).
pub fn to_lattice(weights: &mut [f32], kept: &mut [i16]) {
    simd::run(Round { weights, kept });
}

/// Rows of `columns` weights that fit into a processor's first cache together; at least one.
pub fn rows_in_cache(columns: usize) -> usize {
    const WEIGHTS: usize = 4096;
    (WEIGHTS / columns.max(1)).max(1)
}

/// The numbers rounded to single precision.
pub fn rounded(x: &[f64]) -> Vec<f32> {
    x.iter().map(|x| *x as f32).collect()
}

struct Products<'a> {
    rows: &'a [f32],
    x: &'a [f32],
    out: &'a mut [f64],
}

impl Kernel for Products<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        if self.x.is_empty() {
            self.out.fill(0.0);
            return;
        }
        for (row, out) in self.rows.chunks_exact(self.x.len()).zip(self.out) {
            let parts = row.chunks(SHORT).zip(self.x.chunks(SHORT));
            *out = 0.0;
            for (a, b) in parts {
                *out += f64::from(short_product(a, b));
            }
        }
    }
}

/// Terms i ≡ j mod 64 of whole blocks of 64, then of what is left i ≡ j mod 16, are summed in order, the sums pairwise.
#[inline(always)]
fn short_product(a: &[f32], b: &[f32]) -> f32 {
    let (a, a_rest) = a.as_chunks::<LANES>();
    let (b, b_rest) = b.as_chunks::<LANES>();
    let mut sums = [0.0; LANES];
    for (x, y) in a.iter().zip(b) {
        add_products(&mut sums, x, y);
    }
    let mut sums: [f32; 16] = halves::<32, 16>(halves::<64, 32>(sums));
    let (a, a_rest) = a_rest.as_chunks::<16>();
    let (b, b_rest) = b_rest.as_chunks::<16>();
    for (x, y) in a.iter().zip(b) {
        add_products(&mut sums, x, y);
    }
    for (sum, (x, y)) in sums.iter_mut().zip(a_rest.iter().zip(b_rest)) {
        *sum += x * y;
    }
    let [sum] = halves::<2, 1>(halves::<4, 2>(halves::<8, 4>(halves::<16, 8>(sums))));
    sum
}

#[inline(always)]
fn add_products<const N: usize>(sums: &mut [f32; N], x: &[f32; N], y: &[f32; N]) {
    for lane in 0..N {
        sums[lane] += x[lane] * y[lane];
    }
}

/// The first half plus the second.
#[inline(always)]
fn halves<const N: usize, const H: usize>(sums: [f32; N]) -> [f32; H] {
    let mut half = [0.0; H];
    for lane in 0..H {
        half[lane] = sums[lane] + sums[lane + H];
    }
    half
}

struct Combine<'a, W> {
    rows: &'a [W],
    factors: &'a [f32],
    out: &'a mut [f64],
}

impl<W: Copy + Into<f32>> Kernel for Combine<'_, W> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let columns = self.out.len();
        if columns == 0 {
            return;
        }
        let whole = columns - columns % LANES;
        let blocks = self.rows.chunks(TOGETHER * columns).zip(self.factors.chunks(TOGETHER));
        for (rows, factors) in blocks {
            for first in (0..whole).step_by(LANES) {
                add_columns::<W, LANES>(rows, columns, first, factors, self.out);
            }
            for first in whole..columns {
                add_columns::<W, 1>(rows, columns, first, factors, self.out);
            }
        }
    }
}

/// Adds N columns of a few rows.
#[inline(always)]
fn add_columns<W: Copy + Into<f32>, const N: usize>(
    rows: &[W],
    columns: usize,
    first: usize,
    factors: &[f32],
    out: &mut [f64],
) {
    let mut sums = [0.0; N];
    for (row, factor) in rows.chunks_exact(columns).zip(factors) {
        let weights = &row[first..first + N];
        for lane in 0..N {
            let weight: f32 = weights[lane].into();
            sums[lane] += factor * weight;
        }
    }
    let out = &mut out[first..first + N];
    for lane in 0..N {
        out[lane] += f64::from(sums[lane]);
    }
}

struct Round<'a> {
    weights: &'a mut [f32],
    kept: &'a mut [i16],
}

impl Kernel for Round<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        // Adding 1.5·2²³ leaves no bits below the unit: ties to even, as everywhere.
        const UNIT: f32 = 12_582_912.0;
        for (weight, kept) in self.weights.iter_mut().zip(self.kept) {
            let scaled = *weight * LATTICE + UNIT;
            *weight = scaled - UNIT;
            // The last places of the sum are the integer.
            *kept = scaled.to_bits() as i16;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::StreamKey;
    use crate::simd::{Unit, run_on};

    fn normals(count: usize) -> Vec<f32> {
        let mut out = vec![0.0; count];
        StreamKey::derive(1, "single", "{}").trial(0).fill_normal_f32(&mut out);
        out
    }

    /// Against double precision: some roundings of 2⁻²⁴ of the norms.
    #[test]
    fn sums_of_any_length() {
        for (rows, columns) in [(3, 1), (1, 64), (9, 63), (17, 130), (8, 10_000), (2, 0)] {
            let (w, all) = (normals(rows * columns), normals(rows + columns));
            let (factors, x) = all.split_at(rows);
            let mut found = vec![1.0; rows];
            products(&w, x, &mut found);
            let mut sums = vec![1.0; columns];
            combine(&w, factors, &mut sums);
            let at = |i: usize, j: usize| f64::from(w[i * columns + j]);
            let norm = |v: &[f32]| v.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt();
            for (i, found) in found.iter().enumerate() {
                let exact: f64 = (0..columns).map(|j| at(i, j) * f64::from(x[j])).sum();
                let room = 2e-7 * norm(x) * norm(&w[i * columns..(i + 1) * columns]);
                assert!((found - exact).abs() <= room, "{rows} {columns} {i}: {found} {exact}");
            }
            for (j, found) in sums.iter().enumerate() {
                let exact: f64 =
                    1.0 + (0..rows).map(|i| at(i, j) * f64::from(factors[i])).sum::<f64>();
                assert!((found - exact).abs() <= 1e-6 * norm(factors), "{rows} {columns} {j}");
            }
        }
    }

    #[test]
    fn lattice_weights_are_the_nearest() {
        let mut weights = normals(1000);
        weights.extend([6.66, -6.66, 7.9, -7.9, 0.0, 1.5 / 4096.0, -0.4 / 4096.0]);
        let (before, mut kept) = (weights.clone(), vec![0; weights.len()]);
        to_lattice(&mut weights, &mut kept);
        for ((w, rounded), kept) in before.iter().zip(&weights).zip(&kept) {
            assert_eq!(*rounded, (w * LATTICE).round_ties_even());
            assert_eq!(f32::from(*kept), *rounded);
        }
        let (mut a, mut b) = ([0.0; 19], [0.0; 19]);
        combine(&weights[..19 * 50], &before[..50], &mut a);
        combine(&kept[..19 * 50], &before[..50], &mut b);
        assert_eq!(a, b);
    }

    #[test]
    fn every_vector_unit_gives_the_same_bytes() {
        let (w, x) = (normals(11 * 700), normals(700));
        let bits = |values: &[f64]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
        let both = |unit| {
            let (mut found, mut sums) = ([0.0; 11], vec![0.5; 700]);
            run_on(unit, Products { rows: &w, x: &x, out: &mut found }).unwrap();
            run_on(unit, Combine { rows: &w, factors: &x[..11], out: &mut sums }).unwrap();
            let (mut weights, mut kept) = (w.clone(), vec![0; w.len()]);
            run_on(unit, Round { weights: &mut weights, kept: &mut kept }).unwrap();
            run_on(unit, Combine { rows: &kept, factors: &x[..11], out: &mut sums }).unwrap();
            (bits(&found), bits(&sums))
        };
        let expected = both(Unit::Baseline);
        assert!(Unit::available().into_iter().all(|unit| both(unit) == expected));
    }
}
