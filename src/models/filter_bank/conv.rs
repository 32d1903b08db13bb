//! Square 3 × 3 convolutions over maps, by matrix products in single precision.
//!
//! Maps are planes, one a channel. The matrix of windows has a row for each output position and a column for each
//! (channel, tap), so that it is made of shifted planes, and the product with the filters gives planes again.

use nalgebra::DMatrix;

use super::maps::Maps;
use super::recovery::Analysis;
use crate::random::Stream;

/// Side of a filter.
pub const SIDE: usize = 3;
/// Weights of a filter in one channel.
pub const TAPS: usize = SIDE * SIDE;
/// Most numbers in a part of the matrix of windows.
const PART: usize = 4_000_000;

/// Filters of 3 × 3 taps: a column a filter, rows by channel, then vertical, then horizontal tap.
#[derive(Clone, Debug, PartialEq)]
pub struct Filters(pub DMatrix<f32>);

/// Where windows are placed over a padded plane.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Places {
    height: usize,
    width: usize,
    step: usize,
}

impl Filters {
    /// Independent normals, each filter divided by its norm.
    pub fn gaussian(filters: usize, channels: usize, stream: &mut Stream) -> Self {
        let mut weights = DMatrix::zeros(channels * TAPS, filters);
        stream.fill_normal_f32(weights.as_mut_slice());
        Self(weights).normalised()
    }

    /// Every filter divided by its norm (filters that are 0 stay 0).
    pub fn normalised(mut self) -> Self {
        for mut column in self.0.column_iter_mut() {
            let norm = column.iter().map(|&w| f64::from(w) * f64::from(w)).sum::<f64>().sqrt();
            if norm > 0.0 {
                column.iter_mut().for_each(|w| *w = (f64::from(*w) / norm) as f32);
            }
        }
        self
    }

    /// Number of filters.
    pub fn count(&self) -> usize {
        self.0.ncols()
    }

    /// Number of channels.
    pub fn channels(&self) -> usize {
        self.0.nrows() / TAPS
    }

    /// Products of windows with all filters, zero-padded so that the planes keep their size.
    pub fn apply(&self, maps: &Maps) -> Maps {
        self.windows(&maps.padded(), Places { height: maps.height, width: maps.width, step: 1 })
    }

    /// The adjoint of [`Self::apply`].
    pub fn adjoint(&self, maps: &Maps) -> Maps {
        self.spread(maps, Places { height: maps.height, width: maps.width, step: 1 }).cropped()
    }

    /// Products of the windows of a padded plane at the places.
    fn windows(&self, padded: &Maps, places: Places) -> Maps {
        let positions = places.height * places.width;
        let mut out = DMatrix::zeros(positions, self.count());
        let part = (PART / (TAPS * positions)).clamp(1, padded.channels.max(1));
        for first in (0..padded.channels).step_by(part) {
            let last = (first + part).min(padded.channels);
            let windows = gather(padded, first..last, places);
            out.gemm(1.0, &windows, &self.0.rows(first * TAPS, (last - first) * TAPS), 1.0);
        }
        let (channels, Places { height, width, .. }) = (self.count(), places);
        Maps { channels, height, width, values: out.as_slice().to_vec() }
    }

    /// The adjoint: filters placed at the places of a padded plane, weighted by the numbers of `maps`.
    fn spread(&self, maps: &Maps, places: Places) -> Maps {
        let positions = places.height * places.width;
        let reach = |count: usize| (count - 1) * places.step + SIDE;
        let mut out = Maps::zeros(self.channels(), reach(places.height), reach(places.width));
        let codes = DMatrix::from_column_slice(positions, maps.channels, &maps.values);
        let part = (PART / (TAPS * positions)).clamp(1, self.channels().max(1));
        for first in (0..self.channels()).step_by(part) {
            let last = (first + part).min(self.channels());
            let weights = self.0.rows(first * TAPS, (last - first) * TAPS).transpose();
            scatter(&(&codes * weights), &mut out, first, places);
        }
        out
    }

    /// Gram matrix of the filters against the filters shifted by `dy` ≥ 0 and `dx`: entry (i, j) is the product of
    /// filter i at a place with filter j at the place moved by (dy, dx).
    pub fn correlation(&self, dy: usize, dx: isize) -> DMatrix<f32> {
        let common: Vec<(usize, usize)> = (0..SIDE.saturating_sub(dy))
            .flat_map(|y| (0..SIDE).map(move |x| (y, x)))
            .filter(|&(_, x)| (0..SIDE as isize).contains(&(x as isize + dx)))
            .collect();
        let pick = |moved: bool| {
            let rows: Vec<usize> = (0..self.channels())
                .flat_map(|m| common.iter().map(move |&(y, x)| (m, y, x)))
                .map(|(m, y, x)| match moved {
                    true => m * TAPS + (y + dy) * SIDE + x.wrapping_add_signed(dx),
                    false => m * TAPS + y * SIDE + x,
                })
                .collect();
            self.0.select_rows(&rows)
        };
        // A window that is moved by (dy, dx) meets the others' taps (y + dy, x + dx) with its own (y, x).
        pick(true).transpose() * pick(false)
    }
}

/// Windows of some channels: a row a place, a column a (channel, tap).
fn gather(maps: &Maps, channels: std::ops::Range<usize>, places: Places) -> DMatrix<f32> {
    let positions = places.height * places.width;
    let mut out = DMatrix::zeros(positions, channels.len() * TAPS);
    for (column, out) in out.as_mut_slice().chunks_mut(positions).enumerate() {
        let (channel, tap) = (channels.start + column / TAPS, column % TAPS);
        for (row, out) in out.chunks_mut(places.width).enumerate() {
            let y = row * places.step + tap / SIDE;
            let from = &maps.values[channel * maps.plane() + y * maps.width + tap % SIDE..];
            if places.step == 1 {
                out.copy_from_slice(&from[..places.width]);
            } else {
                out.iter_mut().zip(from.iter().step_by(places.step)).for_each(|(o, f)| *o = *f);
            }
        }
    }
    out
}

/// Adds windows to the channels from `first` on.
fn scatter(windows: &DMatrix<f32>, maps: &mut Maps, first: usize, places: Places) {
    let positions = places.height * places.width;
    let (plane, wide) = (maps.plane(), maps.width);
    for (column, values) in windows.as_slice().chunks(positions).enumerate() {
        let (channel, tap) = (first + column / TAPS, column % TAPS);
        for (row, values) in values.chunks(places.width).enumerate() {
            let start = channel * plane + (row * places.step + tap / SIDE) * wide + tap % SIDE;
            let into = maps.values[start..].iter_mut().step_by(places.step);
            into.zip(values).for_each(|(into, value)| *into += value);
        }
    }
}

/// W and Wᵀ of filters at `places` × `places` positions, `step` apart, over planes that just hold them all.
#[derive(Clone, Debug)]
pub struct ConvBank {
    /// The filters.
    pub filters: Filters,
    /// Positions in each direction.
    pub places: usize,
    /// Distance of positions.
    pub step: usize,
    /// Leave the outermost samples of the signal out: zero padding of 1 around it.
    pub cropped: bool,
}

impl ConvBank {
    const fn places(&self) -> Places {
        Places { height: self.places, width: self.places, step: self.step }
    }

    /// Side of a plane of the signal.
    pub const fn side(&self) -> usize {
        let full = (self.places - 1) * self.step + SIDE;
        if self.cropped { full - 2 } else { full }
    }

    /// Wx.
    pub fn analyse_maps(&self, x: &Maps) -> Maps {
        if self.cropped {
            self.filters.windows(&x.padded(), self.places())
        } else {
            self.filters.windows(x, self.places())
        }
    }

    /// Wᵀz.
    pub fn synthesise_maps(&self, z: &Maps) -> Maps {
        let full = self.filters.spread(z, self.places());
        if self.cropped { full.cropped() } else { full }
    }

    /// Largest eigenvalue of W_S W_Sᵀ from below, for the rows S where `mask` is not 0: Rayleigh quotient after
    /// `steps` power steps from the mask itself times `start`.
    pub fn power(&self, mask: &Maps, start: &Maps, steps: usize) -> f64 {
        let on_mask = |mut z: Maps| {
            z.values.iter_mut().zip(&mask.values).for_each(|(z, m)| {
                if *m == 0.0 {
                    *z = 0.0;
                }
            });
            z
        };
        let mut z = on_mask(start.clone());
        let mut quotient = 0.0;
        for _ in 0..steps {
            let norm = z.square().sqrt();
            z.values.iter_mut().for_each(|z| *z = (f64::from(*z) / norm) as f32);
            let x = self.synthesise_maps(&z);
            quotient = x.square() / z.square();
            z = on_mask(self.analyse_maps(&x));
        }
        quotient
    }
}

impl Analysis for ConvBank {
    fn analyse(&self, x: &[f64]) -> Vec<f64> {
        let side = self.side();
        let values = x.iter().map(|&x| x as f32).collect();
        let maps = Maps { channels: self.filters.channels(), height: side, width: side, values };
        self.analyse_maps(&maps).values.into_iter().map(f64::from).collect()
    }

    fn synthesise(&self, z: &[f64]) -> Vec<f64> {
        let values = z.iter().map(|&z| z as f32).collect();
        let (channels, height) = (self.filters.count(), self.places);
        let maps = Maps { channels, height, width: height, values };
        self.synthesise_maps(&maps).values.into_iter().map(f64::from).collect()
    }

    fn rows(&self) -> usize {
        self.filters.count() * self.places * self.places
    }
}

/// sd of ‖Wᵀz‖/‖z‖ over codes with independent signs and at most one entry a 2 × 2 region, for unit filters at
/// `places` × `places` positions (even): √(½ Σ′ G²)/N over the N rows, Σ′ over ordered pairs of rows that are
/// not in one region of one channel; entries of codes independent of density.
pub fn frobenius_width(filters: &Filters, places: usize) -> f64 {
    let reach = SIDE - 1;
    let mut total = 0.0;
    for dy in 0..=reach {
        for dx in -(reach as isize)..=reach as isize {
            if dy == 0 && dx < 0 {
                continue;
            }
            let gram = filters.correlation(dy, dx);
            let twice = if dy == 0 && dx == 0 { 1.0 } else { 2.0 };
            let across = dx.unsigned_abs();
            let pairs = ((places - dy) * (places - across)) as f64;
            // Pairs of one region: 4 to a region at no shift, 2 side by side, 1 across a corner.
            let regions = (places / 2).pow(2) as f64;
            let within = if dy < 2 && across < 2 { (2 - dy) * (2 - across) } else { 0 } as f64;
            let square = |x: &f32| f64::from(*x) * f64::from(*x);
            let all: f64 = gram.iter().map(square).sum();
            let own: f64 = gram.diagonal().iter().map(square).sum();
            total += twice * (pairs * all - regions * within * own);
        }
    }
    let rows = (filters.count() * places * places) as f64;
    (0.5 * total).sqrt() / rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::filter_bank::{Bank, Gram, Shape};
    use crate::random::StreamKey;

    fn numbers(count: usize) -> Vec<f32> {
        (0..count).map(|i| ((i * i + 3 * i + 1) as f32).sin()).collect()
    }

    fn maps(channels: usize, height: usize, width: usize) -> Maps {
        Maps { channels, height, width, values: numbers(channels * height * width) }
    }

    fn filters(count: usize, channels: usize) -> Filters {
        Filters(DMatrix::from_vec(channels * TAPS, count, numbers(count * channels * TAPS)))
    }

    /// The same bank in double precision, by definition.
    fn bank(filters: &Filters, input: [usize; 2], padding: usize) -> Bank {
        let shape = Shape::plane(filters.count(), filters.channels(), SIDE, 1, input, padding);
        Bank { shape, weights: filters.0.iter().map(|&w| f64::from(w)).collect() }
    }

    fn close(a: &[f32], b: &[f64]) -> bool {
        a.len() == b.len() && a.iter().zip(b).all(|(&a, b)| (f64::from(a) - b).abs() < 1e-4)
    }

    fn double(values: &[f32]) -> Vec<f64> {
        values.iter().map(|&v| f64::from(v)).collect()
    }

    #[test]
    fn products_are_those_of_the_bank() {
        let filters = filters(4, 3);
        let x = maps(3, 6, 8);
        let bank = bank(&filters, [6, 8], 1);
        assert!(close(&filters.apply(&x).values, &bank.apply(&double(&x.values))));
        let z = maps(4, 6, 8);
        assert!(close(&filters.adjoint(&z).values, &bank.adjoint(&double(&z.values))));
    }

    #[test]
    fn full_and_cropped_banks_are_adjoint() {
        let filters = filters(4, 3);
        for (places, step, cropped) in [(6, 1, false), (6, 1, true), (3, 2, false)] {
            let conv = ConvBank { filters: filters.clone(), places, step, cropped };
            let (x, z) = (maps(3, conv.side(), conv.side()), maps(4, places, places));
            let (h, y) = (conv.analyse_maps(&x), conv.synthesise_maps(&z));
            assert!((h.dot(&z) - x.dot(&y)).abs() < 1e-3, "{places} {step} {cropped}");
            assert_eq!((h.values.len(), y.values.len()), (z.values.len(), x.values.len()));
        }
        let conv = ConvBank { filters: filters.clone(), places: 4, step: 1, cropped: false };
        let bank = bank(&filters, [6, 6], 0);
        let x = maps(3, 6, 6);
        assert!(close(&conv.analyse_maps(&x).values, &bank.apply(&double(&x.values))));
    }

    #[test]
    fn the_width_is_the_sum_over_pairs() {
        let filters = filters(3, 2).normalised();
        let (places, gram) = (4, Gram::of(&bank(&filters, [6, 6], 0)));
        let region = |row: usize| (row / 16, row % 16 / 4 / 2, row % 4 / 2);
        let mut total = 0.0;
        for a in 0..48 {
            for b in (0..48).filter(|&b| region(a) != region(b)) {
                total += gram.matrix()[(a, b)].powi(2);
            }
        }
        let exact = (0.5_f64 * total).sqrt() / 48.0;
        assert!((frobenius_width(&filters, places) / exact - 1.0).abs() < 1e-5);
    }

    #[test]
    fn power_steps_approach_the_largest_eigenvalue() {
        let filters = filters(3, 2).normalised();
        let conv = ConvBank { filters: filters.clone(), places: 4, step: 1, cropped: false };
        let exact = Gram::of(&bank(&filters, [6, 6], 0)).matrix().symmetric_eigenvalues().max();
        let all = Maps { values: vec![1.0; 48], ..Maps::zeros(3, 4, 4) };
        let found = conv.power(&all, &maps(3, 4, 4), 200);
        assert!((found / exact - 1.0).abs() < 1e-4, "{found} {exact}");
    }

    #[test]
    fn gaussian_filters_have_unit_norm() {
        let mut stream = StreamKey::derive(1, "conv", "t").trial(0);
        let filters = Filters::gaussian(5, 2, &mut stream);
        assert!(filters.0.column_iter().all(|column| (column.norm() - 1.0).abs() < 1e-5));
    }
}
