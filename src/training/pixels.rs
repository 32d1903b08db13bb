//! Images as numbers, a batch at a time: the bytes stay shared, the numbers are made when they are needed.

use std::sync::OnceLock;

use crate::data::images::Images;
use crate::data::normalisation::Normalisation;

/// Images with the way their levels become numbers.
pub struct Pixels {
    images: Images,
    tables: Vec<(usize, [f32; 256])>,
    squared_norms: OnceLock<Vec<f64>>,
    class_means: OnceLock<Vec<f32>>,
}

/// Images that class means are taken over, at most.
const MEANS_OF: usize = 5000;

impl Pixels {
    /// Images under a normalisation.
    pub fn new(images: Images, normalisation: Normalisation) -> Self {
        let channels = images.channels;
        let tables = (0..channels).map(|channel| normalisation.table(channel, channels)).collect();
        Self { images, tables, squared_norms: OnceLock::new(), class_means: OnceLock::new() }
    }

    /// Squared norm of each image.
    pub fn squared_norms(&self) -> &[f64] {
        self.squared_norms
            .get_or_init(|| (0..self.len()).map(|index| self.squared_norm(index)).collect())
    }

    /// Means of the classes over the first [`MEANS_OF`] images, class after class.
    pub fn class_means(&self) -> &[f32] {
        self.class_means.get_or_init(|| {
            let size = self.size();
            let mut sums = vec![0.0_f64; self.classes() * size];
            let mut counts = vec![0.0_f64; self.classes()];
            for index in 0..MEANS_OF.min(self.len()) {
                let class = usize::from(self.labels()[index]);
                counts[class] += 1.0;
                let row = &mut sums[class * size..(class + 1) * size];
                row.iter_mut().zip(self.image(index)).for_each(|(sum, x)| *sum += f64::from(x));
            }
            let mean = |(place, sum): (usize, &f64)| (sum / counts[place / size].max(1.0)) as f32;
            sums.iter().enumerate().map(mean).collect()
        })
    }

    /// Number of images.
    pub const fn len(&self) -> usize {
        self.images.len()
    }

    /// Are there none?
    pub const fn is_empty(&self) -> bool {
        self.images.is_empty()
    }

    /// Numbers of an image.
    pub const fn size(&self) -> usize {
        self.images.pixels()
    }

    /// Classes, one an image.
    pub fn labels(&self) -> &[u8] {
        &self.images.labels
    }

    /// Number of classes.
    pub const fn classes(&self) -> usize {
        self.images.classes
    }

    /// Appends an image's numbers.
    fn push(&self, index: usize, out: &mut Vec<f32>) {
        let plane = self.images.height * self.images.width;
        let size = self.size();
        let image = &self.images.bytes[index * size..(index + 1) * size];
        for (source, table) in &self.tables {
            let levels = &image[source * plane..(source + 1) * plane];
            out.extend(levels.iter().map(|&level| table[usize::from(level)]));
        }
    }

    /// The numbers of these images, one after the other.
    pub fn gather(&self, places: &[usize]) -> Vec<f32> {
        let mut numbers = Vec::with_capacity(places.len() * self.size());
        places.iter().for_each(|&place| self.push(place, &mut numbers));
        numbers
    }

    /// The numbers of one image.
    pub fn image(&self, index: usize) -> Vec<f32> {
        self.gather(&[index])
    }

    /// Mean squared norm of the images.
    pub fn mean_squared_norm(&self) -> f64 {
        self.squared_norms().iter().sum::<f64>() / self.len() as f64
    }

    fn squared_norm(&self, index: usize) -> f64 {
        self.image(index).iter().map(|&x| f64::from(x) * f64::from(x)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_gathered_in_order() {
        let bytes = vec![0, 255, 51, 0];
        let images =
            Images { channels: 1, height: 1, width: 2, bytes, labels: vec![0, 1], classes: 2 };
        let pixels = Pixels::new(images.clone(), Normalisation::Signed);
        assert_eq!(pixels.gather(&[1, 0, 1]), [-0.6, -1.0, -1.0, 1.0, -0.6, -1.0]);
        assert_eq!(pixels.gather(&[0, 1]), images.normalised(Normalisation::Signed));
        assert_eq!(pixels.squared_norms()[0], 2.0);
        assert_eq!(pixels.class_means(), [-1.0, 1.0, -0.6, -1.0]);
    }
}
