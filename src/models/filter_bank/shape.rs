//! Sizes of a filter bank, in one or two dimensions.

/// Sizes of a convolutional layer. Index pairs are (vertical, horizontal); one-dimensional signals have
/// height 1. The row (i, j) of the matrix has the index i·n + j, the sample d of channel m the index m·D + d;
/// within a filter or a channel the horizontal index runs fastest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Number of filters, K.
    pub filters: usize,
    /// Number of input channels, M.
    pub channels: usize,
    /// Size of a filter in each direction.
    pub kernel: [usize; 2],
    /// Step between shifts in each direction, t.
    pub stride: [usize; 2],
    /// Size of a channel in each direction.
    pub input: [usize; 2],
    /// Zeros added on each side, in each direction; 0 for the paper's "valid" positions.
    pub padding: [usize; 2],
}

impl Shape {
    /// One-dimensional bank without padding: `filters` K, `channels` M, `length` ℓ, `stride` t, `input` D.
    pub const fn line(
        filters: usize,
        channels: usize,
        length: usize,
        stride: usize,
        input: usize,
    ) -> Self {
        let (kernel, stride, input) = ([1, length], [1, stride], [1, input]);
        Self { filters, channels, kernel, stride, input, padding: [0, 0] }
    }

    /// Two-dimensional bank with square filters and the same stride and padding in both directions.
    pub const fn plane(
        filters: usize,
        channels: usize,
        side: usize,
        stride: usize,
        input: [usize; 2],
        padding: usize,
    ) -> Self {
        let (kernel, stride, padding) = ([side, side], [stride, stride], [padding, padding]);
        Self { filters, channels, kernel, stride, input, padding }
    }

    /// What is wrong with the sizes, if anything: all are at least 1, and the shifts (D − ℓ)/t + 1 whole.
    pub fn complaint(&self) -> Option<String> {
        let sizes = [self.kernel, self.stride, self.input].concat();
        if self.filters == 0 || self.channels == 0 || sizes.contains(&0) {
            return Some("a size of the filter bank is 0".into());
        }
        for axis in 0..2 {
            let padded = self.input[axis] + 2 * self.padding[axis];
            if padded < self.kernel[axis] {
                return Some("a filter is longer than its input".into());
            }
            if !(padded - self.kernel[axis]).is_multiple_of(self.stride[axis]) {
                return Some("(D − ℓ)/t is not a whole number".into());
            }
        }
        None
    }

    /// Number of shifts in each direction.
    pub const fn positions(&self) -> [usize; 2] {
        [self.positions_along(0), self.positions_along(1)]
    }

    const fn positions_along(&self, axis: usize) -> usize {
        (self.input[axis] + 2 * self.padding[axis] - self.kernel[axis]) / self.stride[axis] + 1
    }

    /// Number of shifts of a filter, n: the length of a block.
    pub const fn shifts(&self) -> usize {
        self.positions_along(0) * self.positions_along(1)
    }

    /// Samples of a channel, D.
    pub const fn samples(&self) -> usize {
        self.input[0] * self.input[1]
    }

    /// Taps of a filter in one channel, ℓ.
    pub const fn taps(&self) -> usize {
        self.kernel[0] * self.kernel[1]
    }

    /// Weights of a filter over all channels, Mℓ.
    pub const fn fan_in(&self) -> usize {
        self.channels * self.taps()
    }

    /// Rows of the matrix, Kn.
    pub const fn rows(&self) -> usize {
        self.filters * self.shifts()
    }

    /// Columns of the matrix, MD.
    pub const fn columns(&self) -> usize {
        self.channels * self.samples()
    }

    /// Free parameters, ℓMK.
    pub const fn parameters(&self) -> usize {
        self.filters * self.fan_in()
    }

    /// The same bank over a longer or shorter line.
    pub const fn with_line(self, input: usize) -> Self {
        Self { input: [1, input], ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_of_the_paper() {
        let shape = Shape::line(96, 32, 5, 1, 32);
        assert_eq!((shape.shifts(), shape.rows(), shape.columns()), (28, 2688, 1024));
        assert_eq!(shape.parameters(), 15_360);
        assert_eq!(Shape::plane(64, 3, 3, 1, [224, 224], 1).shifts(), 224 * 224);
    }

    #[test]
    fn what_does_not_fit_is_named() {
        assert!(Shape::line(1, 1, 3, 2, 8).complaint().is_some());
        assert!(Shape::line(1, 1, 9, 1, 8).complaint().is_some());
        assert!(Shape::line(0, 1, 3, 1, 8).complaint().is_some());
        assert!(Shape::line(2, 1, 3, 1, 8).complaint().is_none());
    }
}
