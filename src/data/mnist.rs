//! MNIST: 60 000 training images of handwritten digits, 28 × 28 grey levels.

use nalgebra::DMatrix;

use super::grey::{GreySet, Part};
use super::images::Images;
use super::normalisation::Normalisation;
use super::{Checked, DataError};

/// Pixels of an image.
pub const PIXELS: usize = 28 * 28;
/// Number of classes.
pub const CLASSES: usize = 10;
/// The command that puts the data in place.
pub const MEND: &str = "make setup";

/// Folder of MNIST.
pub const FOLDER: &str = "mnist";
/// Files of MNIST: training images, training labels, test images, test labels.
pub const FILES: [Checked; 4] = [
    ("train-images-idx3-ubyte", "c6e6fd8c67d07c8a9b7bffa7dd0413ff4b8af241607b049b7721107f379df9fd"),
    ("train-labels-idx1-ubyte", "8ebcfdf2fe191516f9cb37fceb75d2d19289d91ee92026534ed45e44144b5642"),
    ("t10k-images-idx3-ubyte", "f8d502322cd9f186e155a74a3dff598ed56c1a7b5a5c8d312749ac47c4a2bec7"),
    ("t10k-labels-idx1-ubyte", "6d43ea317fa8f5851bb85404bb7358defd48b0294cf31f60cdcde8106fe2c3ad"),
];

/// Images with their labels.
#[derive(Clone, Debug)]
pub struct Digits {
    /// One image a column (784 × N), grey levels from 0 to 1.
    pub images: DMatrix<f32>,
    /// The digits 0–9, one an image.
    pub labels: Vec<u8>,
}

/// Are the training files there? Their contents are looked at only when they are read.
pub fn is_there() -> bool {
    super::are_there(FOLDER, &FILES[..2])
}

/// The first `count` training images (all if there are fewer), in the order of the file.
///
/// # Errors
/// [`DataError`]: a file is missing, or its contents are not those of MNIST.
pub fn training(count: usize) -> Result<Digits, DataError> {
    Ok(digits(&GreySet::Mnist.read(Part::Train)?.first(count)))
}

/// Grey levels as columns.
fn digits(images: &Images) -> Digits {
    let grey = images.normalised(Normalisation::Unit);
    Digits {
        images: DMatrix::from_vec(images.pixels(), images.len(), grey),
        labels: images.labels.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_become_columns() {
        let mut bytes = vec![0; 3 * PIXELS];
        bytes[PIXELS + 2] = 255;
        bytes[2 * PIXELS] = 51;
        let labels = vec![7, 0, 9];
        let images = Images { channels: 1, height: 28, width: 28, bytes, labels, classes: CLASSES };
        let all = digits(&images);
        assert_eq!((all.images.shape(), &all.labels[..]), ((PIXELS, 3), &[7, 0, 9][..]));
        assert_eq!((all.images[(2, 1)], all.images[(0, 2)], all.images.sum()), (1.0, 0.2, 1.2));
        assert_eq!(digits(&images.first(2)).labels, [7, 0]);
    }
}
