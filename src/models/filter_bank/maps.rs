//! Maps in single precision: planes of one size, one a channel, with borders and pooling.

/// Planes of equal size.
#[derive(Clone, Debug, PartialEq)]
pub struct Maps {
    /// Number of planes.
    pub channels: usize,
    /// Rows of a plane.
    pub height: usize,
    /// Columns of a plane; consecutive in memory.
    pub width: usize,
    /// All numbers, plane by plane.
    pub values: Vec<f32>,
}

impl Maps {
    /// Planes of zeros.
    pub fn zeros(channels: usize, height: usize, width: usize) -> Self {
        Self { channels, height, width, values: vec![0.0; channels * height * width] }
    }

    /// Numbers of a plane.
    pub const fn plane(&self) -> usize {
        self.height * self.width
    }

    /// With a border of one zero on every side.
    pub fn padded(&self) -> Self {
        let mut out = Self::zeros(self.channels, self.height + 2, self.width + 2);
        for (row, values) in self.values.chunks(self.width.max(1)).enumerate() {
            let (channel, y) = (row / self.height, row % self.height);
            let start = channel * out.plane() + (y + 1) * out.width + 1;
            out.values[start..start + self.width].copy_from_slice(values);
        }
        out
    }

    /// Without the outermost rows and columns.
    pub fn cropped(&self) -> Self {
        let mut out = Self::zeros(self.channels, self.height - 2, self.width - 2);
        let (height, width) = (out.height, out.width);
        for (row, values) in out.values.chunks_mut(width.max(1)).enumerate() {
            let start =
                row / height * self.height * self.width + (row % height + 1) * self.width + 1;
            values.copy_from_slice(&self.values[start..start + width]);
        }
        out
    }

    /// Σ v², summed in double precision.
    pub fn square(&self) -> f64 {
        self.values.iter().map(|&v| f64::from(v) * f64::from(v)).sum()
    }

    /// Σ v w.
    pub fn dot(&self, other: &Self) -> f64 {
        self.values.iter().zip(&other.values).map(|(&v, &w)| f64::from(v) * f64::from(w)).sum()
    }

    /// Negative numbers become 0.
    pub fn rectified(mut self) -> Self {
        self.values.iter_mut().for_each(|v| *v = v.max(0.0));
        self
    }

    /// Maximum of each 2 × 2 region; a last odd row or column is left out.
    pub fn pooled(&self) -> Self {
        let mut out = Self::zeros(self.channels, self.height / 2, self.width / 2);
        let (height, width) = (out.height, out.width);
        for (index, value) in out.values.iter_mut().enumerate() {
            let (channel, y, x) = (index / (height * width), index / width % height, index % width);
            let start = channel * self.plane() + 2 * y * self.width + 2 * x;
            let two = |start: usize| self.values[start].max(self.values[start + 1]);
            *value = two(start).max(two(start + self.width));
        }
        out
    }

    /// In every 2 × 2 region only the entry of largest modulus stays (the first of equals).
    pub fn regional_maxima(&self) -> Self {
        let mut out = Self::zeros(self.channels, self.height, self.width);
        for region in regions(self.channels, self.height, self.width) {
            let best = region.into_iter().reduce(|best, at| {
                if self.values[at].abs() > self.values[best].abs() { at } else { best }
            });
            if let Some(best) = best {
                out.values[best] = self.values[best];
            }
        }
        out
    }
}

/// The 2 × 2 regions of planes as places in [`Maps::values`]; the last ones are smaller at odd sizes.
pub fn regions(channels: usize, height: usize, width: usize) -> impl Iterator<Item = Vec<usize>> {
    let corners = (0..channels).flat_map(move |c| {
        (0..height).step_by(2).flat_map(move |y| (0..width).step_by(2).map(move |x| (c, y, x)))
    });
    corners.map(move |(c, y, x)| {
        let inside = [(y, x), (y, x + 1), (y + 1, x), (y + 1, x + 1)].into_iter();
        let inside = inside.filter(|&(y, x)| y < height && x < width);
        inside.map(|(y, x)| (c * height + y) * width + x).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pooling_by_hand() {
        let x = Maps {
            channels: 1,
            height: 2,
            width: 4,
            values: vec![1.0, -5.0, 0.0, 2.0, 3.0, 1.0, 2.0, -1.0],
        };
        assert_eq!(x.pooled().values, [3.0, 2.0]);
        assert_eq!(x.regional_maxima().values, [0.0, -5.0, 0.0, 2.0, 0.0, 0.0, 0.0, 0.0]);
        assert_eq!(x.padded().cropped(), x);
        assert_eq!(regions(1, 3, 3).count(), 4);
    }
}
