//! One convolutional layer written out in double precision: what nets on libtorch are held against, and what needs
//! no libtorch.

use super::{Architecture, Layer};
use crate::models::filter_bank::{Bank, Shape};

/// Planes of one image: channel by channel, row by row.
#[derive(Clone, Debug, PartialEq)]
pub struct Planes {
    /// Side of a plane.
    pub side: usize,
    /// All numbers.
    pub values: Vec<f64>,
}

impl Planes {
    /// Regions of side `region` replaced by one number each; what does not fill a region is left out.
    fn pooled(&self, region: usize, join: impl Fn(f64, f64) -> f64, start: f64) -> Self {
        let (side, plane) = (self.side / region, self.side * self.side);
        let mut values = Vec::with_capacity(self.values.len() / (region * region));
        for plane in self.values.chunks(plane.max(1)) {
            for (y, x) in (0..side).flat_map(|y| (0..side).map(move |x| (y, x))) {
                let rows = (y * region..(y + 1) * region).map(|row| row * self.side + x * region);
                let all = rows.flat_map(|from| &plane[from..from + region]);
                values.push(all.fold(start, |sum, &value| join(sum, value)));
            }
        }
        Self { side, values }
    }

    /// Largest number of each region.
    pub fn largest(&self, region: usize) -> Self {
        self.pooled(region, f64::max, f64::NEG_INFINITY)
    }

    /// Mean of each region.
    pub fn mean(&self, region: usize) -> Self {
        let mut sums = self.pooled(region, |a, b| a + b, 0.0);
        let count = (region * region) as f64;
        sums.values.iter_mut().for_each(|value| *value /= count);
        sums
    }
}

/// Mean and variance of every channel over all images and places.
pub fn moments(images: &[Planes]) -> Vec<(f64, f64)> {
    let Some(first) = images.first() else { return Vec::new() };
    let plane = first.side * first.side;
    let count = (images.len() * plane) as f64;
    let channel = |channel: usize| {
        let numbers = || images.iter().flat_map(|it| &it.values[channel * plane..][..plane]);
        let mean = numbers().sum::<f64>() / count;
        (mean, numbers().map(|x| (x - mean) * (x - mean)).sum::<f64>() / count)
    };
    (0..first.values.len() / plane).map(channel).collect()
}

/// Batch normalisation with the statistics of these images, or none, then the ReLU.
pub fn activate(images: &mut [Planes], epsilon: Option<f64>) {
    let statistics = moments(images);
    for image in images {
        let plane = image.side * image.side;
        for (values, (mean, variance)) in image.values.chunks_mut(plane).zip(&statistics) {
            let (shift, factor) = match epsilon {
                Some(epsilon) => (*mean, 1.0 / (variance + epsilon).sqrt()),
                None => (0.0, 1.0),
            };
            values.iter_mut().for_each(|v| *v = ((*v - shift) * factor).max(0.0));
        }
    }
}

/// All products of zero-padded square kernels (filter by filter, channel by channel, row by row) with images.
pub fn convolved(kernels: &[f64], kernel: usize, images: &[Planes]) -> Vec<Planes> {
    let one = |image: &Planes| {
        let channels = image.values.len() / (image.side * image.side);
        let filters = kernels.len() / (channels * kernel * kernel);
        let side = [image.side; 2];
        let shape = Shape::plane(filters, channels, kernel, 1, side, kernel / 2);
        let bank = Bank { shape, weights: kernels.to_vec() };
        Planes { side: image.side, values: bank.apply(&image.values) }
    };
    images.iter().map(one).collect()
}

/// What the classifier sees of these images, an image a row; each layer is normalised by its statistics over them
/// (or not at all). `kernels` holds the weights of each convolution.
pub fn features(
    architecture: &Architecture,
    kernels: &[Vec<f64>],
    images: &[Planes],
    epsilon: Option<f64>,
) -> Vec<Vec<f64>> {
    let mut maps = images.to_vec();
    let mut kernels = kernels.iter();
    for layer in &architecture.layers {
        match *layer {
            Layer::Convolution { kernel, .. } => {
                let weights = kernels.next().map(Vec::as_slice).unwrap_or_default();
                maps = convolved(weights, kernel, &maps);
                activate(&mut maps, epsilon);
            }
            Layer::MaxPool(region) => maps = maps.iter().map(|it| it.largest(region)).collect(),
            Layer::MeanPool(region) => maps = maps.iter().map(|it| it.mean(region)).collect(),
        }
    }
    maps.into_iter().map(|it| it.values).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn planes(side: usize, values: &[f64]) -> Planes {
        Planes { side, values: values.to_vec() }
    }

    #[test]
    fn pooling_and_moments_by_hand() {
        let x = planes(2, &[1.0, 2.0, 3.0, -6.0, 5.0, 5.0, 5.0, 5.0]);
        assert_eq!(x.largest(2).values, [3.0, 5.0]);
        assert_eq!(x.mean(2).values, [0.0, 5.0]);
        assert_eq!(moments(&[x]), [(0.0, 12.5), (5.0, 0.0)]);
        assert_eq!(planes(3, &[1.0; 9]).largest(2).values, [1.0]);
    }

    #[test]
    fn a_convolution_keeps_the_size() {
        // The centre's right neighbour, twice.
        let mut kernel = vec![0.0; 9];
        kernel[5] = 2.0;
        let found = convolved(&kernel, 3, &[planes(2, &[1.0, 2.0, 3.0, 4.0])]);
        assert_eq!(found, [planes(2, &[4.0, 0.0, 8.0, 0.0])]);
    }

    /// Without what is added to the variance, batch normalisation removes the filters' scale bit for bit where it
    /// is a power of two.
    #[test]
    fn the_scale_is_removed_exactly() {
        let net: Architecture = "(3)3c-2pmax-(2)3c-2pave".parse().unwrap();
        let wave =
            |count: usize| (0..count).map(|i| ((i * i + 1) as f64).sin()).collect::<Vec<_>>();
        let images = [planes(4, &wave(16)), planes(4, &wave(32)[16..])];
        let kernels = [wave(27), wave(54)];
        let scaled = |c: f64| kernels.each_ref().map(|it| it.iter().map(|w| c * w).collect());
        let at = |c, epsilon| features(&net, &scaled(c), &images, epsilon);
        assert_eq!(at(1.0, Some(0.0)), at(8.0, Some(0.0)));
        assert_ne!(at(1.0, Some(0.0)), at(-1.0, Some(0.0)));
        assert_ne!(at(1.0, None), at(8.0, None));
        assert!(at(1.0, Some(0.0)).iter().flatten().any(|x| *x > 0.0));
    }
}
