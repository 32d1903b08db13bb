//! Inner products of the rows of a filter bank.

use nalgebra::{DMatrix, DMatrixView, Dyn, RealField};

use super::bank::Bank;

/// Inner products of rows that come in blocks.
pub trait Products {
    /// Number of blocks, K.
    fn blocks(&self) -> usize;
    /// Rows of a block, n.
    fn shifts(&self) -> usize;
    /// ⟨row a, row b⟩.
    fn dot(&self, a: usize, b: usize) -> f64;

    /// Number of rows.
    fn rows(&self) -> usize {
        self.blocks() * self.shifts()
    }

    /// The Gram matrix of some rows.
    fn block(&self, rows: &[usize]) -> DMatrix<f64> {
        DMatrix::from_fn(rows.len(), rows.len(), |a, b| self.dot(rows[a], rows[b]))
    }
}

/// Inner products of a bank without padding, from filters' correlations: a product depends on the two
/// filters and the difference of the shifts only, and vanishes where windows do not overlap. Memory
/// K²(2r + 1) in one dimension, r = ⌊(ℓ − 1)/t⌋.
#[derive(Clone, Debug)]
pub struct Correlations {
    filters: usize,
    positions: [usize; 2],
    reach: [usize; 2],
    table: Vec<f64>,
}

impl Correlations {
    /// The correlations of a bank; `None` if it is padded (then windows differ at the edge).
    pub fn of(bank: &Bank) -> Option<Self> {
        let shape = &bank.shape;
        if shape.padding != [0, 0] {
            return None;
        }
        let reach = [0, 1].map(|axis| (shape.kernel[axis] - 1) / shape.stride[axis]);
        let lags = (2 * reach[0] + 1) * (2 * reach[1] + 1);
        let mut table = vec![0.0; shape.filters * shape.filters * lags];
        for (index, entry) in table.iter_mut().enumerate() {
            let (a, b, lag) =
                (index / lags / shape.filters, index / lags % shape.filters, index % lags);
            let lag = [lag / (2 * reach[1] + 1), lag % (2 * reach[1] + 1)];
            let lag = [0, 1].map(|axis| lag[axis] as isize - reach[axis] as isize);
            *entry = correlation(bank, a, b, lag);
        }
        Some(Self { filters: shape.filters, positions: shape.positions(), reach, table })
    }
}

/// ⟨filter a at shift j, filter b at shift j + lag⟩.
fn correlation(bank: &Bank, a: usize, b: usize, lag: [isize; 2]) -> f64 {
    let shape = &bank.shape;
    let offset = [0, 1].map(|axis| lag[axis] * shape.stride[axis] as isize);
    // Taps p of a with p − offset a tap of b.
    let range = |axis: usize| {
        let size = shape.kernel[axis] as isize;
        offset[axis].max(0)..size.min(size + offset[axis])
    };
    let mut total = 0.0;
    for m in 0..shape.channels {
        let (left, right) =
            (&bank.filter(a)[m * shape.taps()..], &bank.filter(b)[m * shape.taps()..]);
        for y in range(0) {
            for x in range(1) {
                let wide = shape.kernel[1] as isize;
                let other = (y - offset[0]) * wide + x - offset[1];
                total += left[(y * wide + x) as usize] * right[other as usize];
            }
        }
    }
    total
}

impl Products for Correlations {
    fn blocks(&self) -> usize {
        self.filters
    }

    fn shifts(&self) -> usize {
        self.positions[0] * self.positions[1]
    }

    fn dot(&self, a: usize, b: usize) -> f64 {
        let (n, wide) = (self.shifts(), self.positions[1]);
        let (first, second) = ((a / n, a % n), (b / n, b % n));
        let lag = [
            (second.1 / wide) as isize - (first.1 / wide) as isize,
            (second.1 % wide) as isize - (first.1 % wide) as isize,
        ];
        let reach = self.reach.map(|r| r as isize);
        if lag[0].abs() > reach[0] || lag[1].abs() > reach[1] {
            return 0.0;
        }
        let across = 2 * self.reach[1] + 1;
        let index = (lag[0] + reach[0]) as usize * across + (lag[1] + reach[1]) as usize;
        let lags = (2 * self.reach[0] + 1) * across;
        self.table[(first.0 * self.filters + second.0) * lags + index]
    }
}

/// All inner products of a small bank, or of any rows in blocks, as one matrix.
#[derive(Clone, Debug)]
pub struct Gram {
    blocks: usize,
    shifts: usize,
    matrix: DMatrix<f64>,
}

impl Gram {
    /// From a bank: by correlations, or by rows if it is padded.
    pub fn of(bank: &Bank) -> Self {
        let (blocks, shifts) = (bank.shape.filters, bank.shape.shifts());
        match Correlations::of(bank) {
            Some(correlations) => {
                let rows = bank.shape.rows();
                let matrix = DMatrix::from_fn(rows, rows, |a, b| correlations.dot(a, b));
                Self { blocks, shifts, matrix }
            }
            None => Self::of_rows(&bank.matrix(), blocks),
        }
    }

    /// From the rows of a matrix in `blocks` blocks of equal length.
    pub fn of_rows(rows: &DMatrix<f64>, blocks: usize) -> Self {
        Self { blocks, shifts: rows.nrows() / blocks.max(1), matrix: rows * rows.transpose() }
    }

    /// From a Gram matrix whose rows are in `blocks` blocks of equal length.
    pub fn from_matrix(matrix: DMatrix<f64>, blocks: usize) -> Self {
        Self { blocks, shifts: matrix.nrows() / blocks.max(1), matrix }
    }

    /// The matrix itself.
    pub fn matrix(&self) -> &DMatrix<f64> {
        &self.matrix
    }
}

impl Products for Gram {
    fn blocks(&self) -> usize {
        self.blocks
    }

    fn shifts(&self) -> usize {
        self.shifts
    }

    fn dot(&self, a: usize, b: usize) -> f64 {
        self.matrix[(a, b)]
    }
}

/// Inner products of the rows, diagonal and below; of those above some are left 0. The same bytes as in `A Aᵀ`, at
/// little more than half the cost.
pub fn lower_gram(rows: &DMatrix<f64>) -> DMatrix<f64> {
    lower_gram_of_columns(&transposed(rows))
}

/// The same of the columns of a matrix, in its precision.
pub fn lower_gram_of_columns<T: RealField + Copy>(columns: &DMatrix<T>) -> DMatrix<T> {
    const BLOCK: usize = 128;
    let (fan_in, count) = columns.shape();
    // Small factors go another way in nalgebra, where views with steps may not be used.
    if count < 2 * BLOCK || fan_in < 16 {
        return transposed(columns) * columns;
    }
    let mut gram = DMatrix::zeros(count, count);
    let mut first = 0;
    while first < count {
        let rest = count - first;
        // No narrow block at the end: those are summed in another way.
        let width = if rest < 2 * BLOCK { rest } else { BLOCK };
        let below = &columns.as_slice()[first * fan_in..];
        let below: DMatrixView<'_, T, Dyn, Dyn> =
            DMatrixView::from_slice_with_strides(below, rest, fan_in, fan_in, 1);
        let mut place = gram.view_mut((first, first), (rest, width));
        place.gemm(T::one(), &below, &columns.columns(first, width), T::zero());
        first += width;
    }
    gram
}

/// The transposed matrix, tile by tile: entry by entry every step would touch another page of memory.
fn transposed<T: RealField + Copy>(rows: &DMatrix<T>) -> DMatrix<T> {
    const TILE: usize = 16;
    let (height, width) = rows.shape();
    let mut out = DMatrix::zeros(width, height);
    let (from, to) = (rows.as_slice(), out.as_mut_slice());
    for j in (0..width).step_by(TILE) {
        for i in (0..height).step_by(TILE) {
            for i in i..height.min(i + TILE) {
                for j in j..width.min(j + TILE) {
                    to[i * width + j] = from[j * height + i];
                }
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::filter_bank::{Law, Scaling, Shape};

    #[test]
    fn correlations_are_products_of_rows() {
        for shape in [
            Shape::line(3, 2, 4, 1, 9),
            Shape::line(3, 2, 5, 2, 11),
            Shape::line(2, 1, 2, 3, 8),
            Shape::plane(2, 2, 3, 1, [5, 6], 0),
            Shape::plane(2, 1, 3, 2, [7, 5], 0),
        ] {
            let bank = Law::Dfb.bank(shape, Scaling::Unit).unwrap();
            let matrix = bank.matrix();
            let dense = Gram::of_rows(&matrix, shape.filters);
            let fast = Gram::of(&bank);
            assert!((dense.matrix() - fast.matrix()).amax() < 1e-14, "{shape:?}");
        }
        let padded = Law::Dfb.bank(Shape::plane(2, 1, 3, 1, [4, 4], 1), Scaling::Unit).unwrap();
        assert!(Correlations::of(&padded).is_none());
        assert_eq!(Gram::of(&padded).rows(), 32);
    }

    #[test]
    fn half_a_gram_matrix_has_the_bytes_of_the_whole() {
        for (count, fan_in) in [(2, 3), (64, 27), (300, 4), (300, 16), (300, 600), (513, 40)] {
            let rows = DMatrix::from_fn(count, fan_in, |i, j| ((i * fan_in + j) as f64).sin());
            let (half, whole) = (lower_gram(&rows), &rows * rows.transpose());
            for j in 0..count {
                assert!((j..count).all(|i| half[(i, j)] == whole[(i, j)]), "{count}: {j}");
            }
        }
    }
}
