//! Images as numbers, a batch at a time: the bytes stay shared, the numbers are made when they are needed.

use crate::data::images::Images;
use crate::data::normalisation::Normalisation;

/// Images with the way their levels become numbers.
pub struct Pixels {
    images: Images,
    tables: Vec<(usize, [f32; 256])>,
    /// Squared norm of each image.
    pub squared_norms: Vec<f64>,
}

impl Pixels {
    /// Images under a normalisation.
    pub fn new(images: Images, normalisation: Normalisation) -> Self {
        let channels = images.channels;
        let tables = (0..channels).map(|channel| normalisation.table(channel, channels)).collect();
        let mut pixels = Self { images, tables, squared_norms: Vec::new() };
        pixels.squared_norms = (0..pixels.len()).map(|index| pixels.squared_norm(index)).collect();
        pixels
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
        self.squared_norms.iter().sum::<f64>() / self.len() as f64
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
        assert_eq!(pixels.squared_norms[0], 2.0);
    }
}
