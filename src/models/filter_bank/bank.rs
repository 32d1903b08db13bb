//! A filter bank as a matrix and as an operator.

use nalgebra::DMatrix;

use super::codes::Code;
use super::shape::Shape;
use crate::simd::{self, Kernel};

/// A filter bank: sizes and weights.
#[derive(Clone, Debug, PartialEq)]
pub struct Bank {
    /// Sizes.
    pub shape: Shape,
    /// Weight p of filter i in channel m at (i·M + m)·ℓ + p.
    pub weights: Vec<f64>,
}

/// Where a run of neighbouring shifts meets the input: lengths and first indices.
struct Run {
    /// First shift of the run (horizontal index).
    from: usize,
    /// One past its last shift.
    to: usize,
    /// Sample that the first shift meets (horizontal index).
    sample: usize,
}

impl Bank {
    /// The weights of filter `i` over all channels.
    pub fn filter(&self, i: usize) -> &[f64] {
        let fan_in = self.shape.fan_in();
        &self.weights[i * fan_in..(i + 1) * fan_in]
    }

    /// Divides every filter by its Euclidean norm (filters that are 0 stay 0).
    pub fn normalise(&mut self) {
        for filter in self.weights.chunks_mut(self.shape.fan_in()) {
            let norm = filter.iter().map(|w| w * w).sum::<f64>().sqrt();
            if norm > 0.0 {
                filter.iter_mut().for_each(|w| *w /= norm);
            }
        }
    }

    /// The same filters over a line of another length.
    pub fn over(&self, input: usize) -> Self {
        Self { shape: self.shape.with_line(input), weights: self.weights.clone() }
    }

    /// The bank with the filters w and −w: rows of Ψᵀ, where Ψ = [Wᵀ, −Wᵀ] (gilbert2017, Sec. 3).
    pub fn with_negatives(&self) -> Self {
        let shape = Shape { filters: 2 * self.shape.filters, ..self.shape };
        let negatives = self.weights.iter().map(|w| -w);
        Self { shape, weights: self.weights.iter().copied().chain(negatives).collect() }
    }

    /// The matrix W ∈ ℝ^{Kn×MD}, entry by entry from its definition. For tests and small banks.
    pub fn matrix(&self) -> DMatrix<f64> {
        let shape = &self.shape;
        let [high, wide] = shape.positions();
        let mut matrix = DMatrix::zeros(shape.rows(), shape.columns());
        for i in 0..shape.filters {
            for (vertical, horizontal) in (0..high).flat_map(|y| (0..wide).map(move |x| (y, x))) {
                let row = i * shape.shifts() + vertical * wide + horizontal;
                self.fill_row(i, [vertical, horizontal], |column, weight| {
                    matrix[(row, column)] = weight;
                });
            }
        }
        matrix
    }

    /// Calls `set` with column and weight for every entry of filter `i` at the position `at` that is not
    /// in the padding.
    pub fn fill_row(&self, i: usize, at: [usize; 2], mut set: impl FnMut(usize, f64)) {
        let shape = &self.shape;
        for m in 0..shape.channels {
            for p in 0..shape.taps() {
                let tap = [p / shape.kernel[1], p % shape.kernel[1]];
                let place = |axis: usize| {
                    (at[axis] * shape.stride[axis] + tap[axis]).checked_sub(shape.padding[axis])
                };
                if let (Some(y), Some(x)) = (place(0), place(1))
                    && y < shape.input[0]
                    && x < shape.input[1]
                {
                    let column = m * shape.samples() + y * shape.input[1] + x;
                    set(column, self.filter(i)[m * shape.taps() + p]);
                }
            }
        }
    }

    /// h = Wx: the strided sliding inner product. `x` has MD entries.
    pub fn apply(&self, x: &[f64]) -> Vec<f64> {
        let mut h = vec![0.0; self.shape.rows()];
        if self.is_plain_line() && self.shape.stride[1] == 1 {
            let mut padded = x.to_vec();
            padded.resize(x.len() + LANES, 0.0);
            simd::run(Slide { bank: self, x: &padded, h: &mut h });
            return h;
        }
        self.walk(|weight, rows, samples, step| {
            let xs = x[samples..].iter().step_by(step);
            h[rows].iter_mut().zip(xs).for_each(|(h, x)| *h += weight * x);
        });
        h
    }

    /// Wᵀz: the transposed convolution. `z` has Kn entries.
    pub fn adjoint(&self, z: &[f64]) -> Vec<f64> {
        let mut x = vec![0.0; self.shape.columns()];
        self.walk(|weight, rows, samples, step| {
            let xs = x[samples..].iter_mut().step_by(step);
            xs.zip(&z[rows]).for_each(|(x, z)| *x += weight * z);
        });
        x
    }

    /// Wᵀz for a code with few entries.
    pub fn synthesise(&self, code: &Code) -> Vec<f64> {
        let wide = self.shape.positions()[1];
        let n = self.shape.shifts();
        let mut x = vec![0.0; self.shape.columns()];
        for &(row, value) in code.entries() {
            let shift = row % n;
            if self.is_plain_line() {
                let (taps, from) = (self.shape.taps(), shift * self.shape.stride[1]);
                let channels = x.chunks_mut(self.shape.samples());
                for (x, weights) in channels.zip(self.filter(row / n).chunks(taps)) {
                    let window = &mut x[from..from + taps];
                    window.iter_mut().zip(weights).for_each(|(x, weight)| *x += weight * value);
                }
                continue;
            }
            self.fill_row(row / n, [shift / wide, shift % wide], |column, weight| {
                x[column] += weight * value;
            });
        }
        x
    }

    /// A line without padding: windows are slices of the input.
    fn is_plain_line(&self) -> bool {
        let shape = &self.shape;
        shape.kernel[0] == 1 && shape.input[0] == 1 && shape.padding == [0, 0]
    }

    /// Visits every weight with the rows that share it and the samples they meet: (weight, range of rows,
    /// first sample, step between samples).
    fn walk(&self, mut visit: impl FnMut(f64, std::ops::Range<usize>, usize, usize)) {
        let shape = &self.shape;
        let [high, wide] = shape.positions();
        let (taps, n) = (shape.taps(), shape.shifts());
        for (index, &weight) in self.weights.iter().enumerate() {
            let (filter, m, p) =
                (index / (shape.channels * taps), index / taps % shape.channels, index % taps);
            let Some(across) = run(shape, 1, p % shape.kernel[1], wide) else { continue };
            let Some(down) = run(shape, 0, p / shape.kernel[1], high) else { continue };
            for vertical in down.from..down.to {
                let y = down.sample + (vertical - down.from) * shape.stride[0];
                let row = filter * n + vertical * wide;
                let sample = m * shape.samples() + y * shape.input[1] + across.sample;
                visit(weight, row + across.from..row + across.to, sample, shape.stride[1]);
            }
        }
    }
}

/// Shifts whose sums are kept in registers.
const LANES: usize = 32;

/// h = Wx on a line without padding, stride 1; the sums in the order of [`Bank::walk`]. After x there are [`LANES`]
/// more numbers, which only sums that are thrown away look at.
struct Slide<'a> {
    bank: &'a Bank,
    x: &'a [f64],
    h: &'a mut [f64],
}

impl Kernel for Slide<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let (taps, samples) = (self.bank.shape.taps(), self.bank.shape.samples());
        let (fan_in, shifts) = (self.bank.shape.fan_in(), self.bank.shape.shifts());
        let filters = self.bank.weights.chunks_exact(fan_in);
        for (filter, h) in filters.zip(self.h.chunks_exact_mut(shifts)) {
            for (block, h) in h.chunks_mut(LANES).enumerate() {
                let mut sums = [0.0; LANES];
                for (m, weights) in filter.chunks_exact(taps).enumerate() {
                    let windows = self.x[m * samples + block * LANES..].windows(LANES);
                    for (weight, window) in weights.iter().zip(windows) {
                        for lane in 0..LANES {
                            sums[lane] += weight * window[lane];
                        }
                    }
                }
                h.copy_from_slice(&sums[..h.len()]);
            }
        }
    }
}

/// The shifts along an axis at which the tap `tap` lies inside the input; `None` if there are none.
fn run(shape: &Shape, axis: usize, tap: usize, positions: usize) -> Option<Run> {
    let (stride, padding, input) = (shape.stride[axis], shape.padding[axis], shape.input[axis]);
    let from = padding.saturating_sub(tap).div_ceil(stride);
    // Last shift with from·t + tap − padding < input.
    let to = (input + padding).checked_sub(tap + 1)? / stride + 1;
    let to = to.min(positions);
    (from < to).then(|| Run { from, to, sample: from * stride + tap - padding })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bank(shape: Shape) -> Bank {
        // Any numbers will do as long as no two are alike.
        let weights = (0..shape.parameters()).map(|q| ((q * q + 3 * q + 1) as f64).sin()).collect();
        Bank { shape, weights }
    }

    fn signal(size: usize) -> Vec<f64> {
        (0..size).map(|i| ((7 * i + 2) as f64).cos()).collect()
    }

    fn dot(a: &[f64], b: &[f64]) -> f64 {
        a.iter().zip(b).map(|(a, b)| a * b).sum()
    }

    fn check(shape: Shape) {
        let bank = bank(shape);
        let (x, z) = (signal(shape.columns()), signal(shape.rows()));
        let matrix = bank.matrix();
        let (h, y) = (bank.apply(&x), bank.adjoint(&z));
        let dense = &matrix * nalgebra::DVector::from_vec(x.clone());
        let dense_adjoint = matrix.transpose() * nalgebra::DVector::from_vec(z.clone());
        for (fast, slow) in [(&h, dense.as_slice()), (&y, dense_adjoint.as_slice())] {
            assert!(fast.iter().zip(slow).all(|(a, b)| (a - b).abs() < 1e-12));
        }
        assert!((dot(&h, &z) - dot(&x, &y)).abs() < 1e-10);
        let code = Code::new(z.iter().copied().enumerate().collect());
        assert!(bank.synthesise(&code).iter().zip(&y).all(|(a, b)| (a - b).abs() < 1e-12));
    }

    #[test]
    fn the_sliding_product_by_hand() {
        let bank = Bank { shape: Shape::line(1, 1, 2, 2, 6), weights: vec![1.0, 10.0] };
        assert_eq!(bank.apply(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]), [21.0, 43.0, 65.0]);
        assert_eq!(bank.adjoint(&[1.0, 2.0, 3.0]), [1.0, 10.0, 2.0, 20.0, 3.0, 30.0]);
    }

    #[test]
    fn padding_continues_the_input_by_zeros() {
        let shape = Shape::plane(1, 1, 3, 1, [2, 2], 1);
        let bank = Bank { shape, weights: (1..=9).map(f64::from).collect() };
        // Position (0, 0) meets the taps (1,1), (1,2), (2,1), (2,2): 5, 6, 8, 9.
        assert_eq!(bank.apply(&[1.0, 10.0, 100.0, 1000.0])[0], 5.0 + 60.0 + 800.0 + 9000.0);
    }

    /// Lines take ways of their own; these are the common ones.
    #[test]
    fn fast_ways_give_the_same_bytes() {
        for shape in
            [Shape::line(3, 4, 5, 1, 32), Shape::line(2, 1, 3, 1, 90), Shape::line(2, 3, 1, 1, 1)]
        {
            let bank = bank(shape);
            let (x, z) = (signal(shape.columns()), signal(shape.rows()));
            let mut h = vec![0.0; shape.rows()];
            bank.walk(|weight, rows, samples, step| {
                let xs = x[samples..].iter().step_by(step);
                h[rows].iter_mut().zip(xs).for_each(|(h, x)| *h += weight * x);
            });
            assert_eq!(bank.apply(&x), h);
            let code = Code::new(z.iter().copied().enumerate().collect());
            let mut x = vec![0.0; shape.columns()];
            for &(row, value) in code.entries() {
                let at = [0, row % shape.shifts()];
                bank.fill_row(row / shape.shifts(), at, |column, weight| {
                    x[column] += weight * value
                });
            }
            assert_eq!(bank.synthesise(&code), x);
        }
    }

    proptest! {
        #[test]
        fn operator_and_matrix_agree_on_lines(k in 1usize..4, m in 1usize..4, l in 1usize..5, t in 1usize..4, n in 1usize..5) {
            check(Shape::line(k, m, l, t, l + (n - 1) * t));
        }

        #[test]
        fn operator_and_matrix_agree_in_the_plane(k in 1usize..3, m in 1usize..3, l in 1usize..4, t in 1usize..3, n in 1usize..4, pad in 0usize..3) {
            let side = (l + (n - 1) * t).saturating_sub(2 * pad);
            prop_assume!(side > 0 && l + (n - 1) * t > 2 * pad);
            check(Shape::plane(k, m, l, t, [side, side + t], pad));
        }
    }
}
