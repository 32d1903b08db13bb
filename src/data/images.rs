//! Labelled images of one size, as bytes.

use super::DataError;
use super::normalisation::Normalisation;
use crate::random::Stream;

/// Labelled images of one size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Images {
    /// Colour channels: 1 (grey) or 3 (red, green, blue).
    pub channels: usize,
    /// Rows of an image.
    pub height: usize,
    /// Columns of an image.
    pub width: usize,
    /// Levels: image by image, channel by channel, row by row.
    pub bytes: Vec<u8>,
    /// Classes, one an image, counted from 0.
    pub labels: Vec<u8>,
    /// Number of classes.
    pub classes: usize,
}

impl Images {
    /// Checks that sizes and labels fit.
    ///
    /// # Errors
    /// [`DataError::Damaged`] saying which count is wrong.
    pub fn checked(self, what: &str) -> Result<Self, DataError> {
        let expected = self.labels.len() * self.pixels();
        if self.bytes.len() != expected {
            let reason = format!(
                "{} labels ask for {expected} bytes of images, there are {}",
                self.labels.len(),
                self.bytes.len()
            );
            return Err(DataError::damaged(what, reason));
        }
        if let Some(label) = self.labels.iter().find(|&&label| usize::from(label) >= self.classes) {
            let reason = format!("label {label} among {} classes", self.classes);
            return Err(DataError::damaged(what, reason));
        }
        Ok(self)
    }

    /// Number of images.
    pub const fn len(&self) -> usize {
        self.labels.len()
    }

    /// Are there none?
    pub const fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Numbers of one image: channels × height × width.
    pub const fn pixels(&self) -> usize {
        self.channels * self.height * self.width
    }

    /// The levels of one image; empty beyond the last.
    pub fn image(&self, index: usize) -> &[u8] {
        self.bytes.chunks_exact(self.pixels().max(1)).nth(index).unwrap_or(&[])
    }

    /// The first `count` images (all if there are fewer).
    pub fn first(&self, count: usize) -> Self {
        self.select(&(0..count.min(self.len())).collect::<Vec<_>>())
    }

    /// The images at these places, in this order; places beyond the last are left out.
    pub fn select(&self, places: &[usize]) -> Self {
        let places = places.iter().filter(|&&place| place < self.len());
        let mut chosen = Self { bytes: Vec::new(), labels: Vec::new(), ..self.shape() };
        for &place in places {
            chosen.bytes.extend_from_slice(self.image(place));
            chosen.labels.push(self.labels[place]);
        }
        chosen
    }

    /// `count` different images chosen by the stream (all of them, shuffled, if there are fewer).
    pub fn subset(&self, stream: &mut Stream, count: usize) -> Self {
        let mut places: Vec<usize> = (0..self.len()).collect();
        stream.shuffle(&mut places);
        places.truncate(count);
        self.select(&places)
    }

    /// No images of this size.
    fn shape(&self) -> Self {
        let Self { channels, height, width, classes, .. } = *self;
        Self { channels, height, width, bytes: Vec::new(), labels: Vec::new(), classes }
    }

    /// How many images each class has.
    pub fn class_counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.classes];
        self.labels.iter().for_each(|&label| counts[usize::from(label)] += 1);
        counts
    }

    /// Mean and standard deviation of each channel's levels over all images, as fractions of 255.
    pub fn channel_moments(&self) -> Vec<(f64, f64)> {
        let plane = self.height * self.width;
        let moments = |channel: usize| {
            let (mut sum, mut squares) = (0_u64, 0_u64);
            for image in self.bytes.chunks_exact(self.pixels()) {
                for &level in &image[channel * plane..(channel + 1) * plane] {
                    sum += u64::from(level);
                    squares += u64::from(level) * u64::from(level);
                }
            }
            let count = (self.len() * plane) as f64;
            let mean = sum as f64 / count / 255.0;
            (mean, (squares as f64 / count / (255.0 * 255.0) - mean * mean).max(0.0).sqrt())
        };
        (0..self.channels).map(moments).collect()
    }

    /// All levels as numbers, in the order of `bytes` (channels reversed where the normalisation asks for it).
    pub fn normalised(&self, normalisation: Normalisation) -> Vec<f32> {
        let plane = self.height * self.width;
        let tables: Vec<(usize, [f32; 256])> =
            (0..self.channels).map(|channel| normalisation.table(channel, self.channels)).collect();
        let mut numbers = Vec::with_capacity(self.bytes.len());
        for image in self.bytes.chunks_exact(self.pixels().max(1)) {
            for (source, table) in &tables {
                let levels = &image[source * plane..(source + 1) * plane];
                numbers.extend(levels.iter().map(|&level| table[usize::from(level)]));
            }
        }
        numbers
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::StreamKey;

    fn images() -> Images {
        let bytes = (0..4 * 3 * 2).map(|i| i as u8 * 10).collect();
        Images { channels: 3, height: 1, width: 2, bytes, labels: vec![0, 1, 1, 2], classes: 3 }
    }

    #[test]
    fn images_are_selected_in_order() {
        let all = images();
        let two = all.select(&[2, 0, 9]);
        assert_eq!((two.len(), &two.labels[..]), (2, &[1, 0][..]));
        assert_eq!(two.image(0), all.image(2));
        assert_eq!(all.first(10), all);
        assert_eq!(all.class_counts(), [1, 2, 1]);
        assert!(all.image(4).is_empty());
    }

    #[test]
    fn a_subset_is_without_repetition_and_repeats_for_a_seed() {
        let stream = || StreamKey::derive(1, "images", "{}").trial(0);
        let three = images().subset(&mut stream(), 3);
        assert_eq!(three, images().subset(&mut stream(), 3));
        let mut seen: Vec<&[u8]> = (0..3).map(|i| three.image(i)).collect();
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 3);
    }

    #[test]
    fn moments_are_those_of_the_levels() {
        let grey = Images {
            channels: 1,
            height: 1,
            width: 2,
            bytes: vec![0, 255, 0, 255],
            labels: vec![0, 0],
            classes: 1,
        };
        assert_eq!(grey.channel_moments(), [(0.5, 0.5)]);
    }

    #[test]
    fn counts_that_do_not_fit_are_refused() {
        let short = Images { bytes: vec![0; 5], ..images() };
        let message = short.checked("sheet").unwrap_err().to_string();
        assert!(message.contains("ask for 24 bytes of images, there are 5"), "{message}");
        let wrong = Images { classes: 2, ..images() };
        assert!(wrong.checked("sheet").unwrap_err().to_string().contains("label 2 among 2"));
    }
}
