//! Sets of grey images in four IDX files: MNIST, Fashion-MNIST, and EMNIST where a user supplies it.

use std::path::Path;

use super::images::Images;
use super::{Checked, DataError, idx};

/// Folder of Fashion-MNIST.
pub const FASHION_FOLDER: &str = "fashion-mnist";
/// Files of Fashion-MNIST: training images, training labels, test images, test labels.
pub const FASHION_FILES: [Checked; 4] = [
    ("train-images-idx3-ubyte", "feaca08b36e07f8d504641a929bff1554884ef73964323e44e59e39a986b4c9e"),
    ("train-labels-idx1-ubyte", "b4d9ea8013b029ef778c95ea7de31195ef443589877589523ad330db2829ebd6"),
    ("t10k-images-idx3-ubyte", "a19b8c1e5f798e5a6fa7229093b630c04a620179497a1fa3a71e7334fb59a30b"),
    ("t10k-labels-idx1-ubyte", "0a067399ed18bcc9d7dc26832b3b8e4481abf2d33fee04c611e90b9061296b90"),
];

/// The two parts of a data set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Training images.
    Train,
    /// Test images.
    Test,
}

/// Sets of grey images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GreySet {
    /// Handwritten digits, 60 000 and 10 000.
    Mnist,
    /// Clothes, 60 000 and 10 000, of the same format.
    FashionMnist,
    /// Handwritten letters (EMNIST "letters"): files that a user supplies, stored transposed.
    EmnistLetters,
}

impl GreySet {
    /// Reads one part.
    ///
    /// # Errors
    /// [`DataError`]: a file is missing, or is not what it should be.
    pub fn read(self, part: Part) -> Result<Images, DataError> {
        let checked = |folder: &str, files: &[Checked; 4], classes| {
            let folder = super::folder_of(folder)?;
            let [images, labels] = match part {
                Part::Train => [files[0], files[1]],
                Part::Test => [files[2], files[3]],
            };
            let bytes = super::verified(&folder, images)?;
            images_of(images.0, &bytes, &super::verified(&folder, labels)?, classes)
        };
        match self {
            Self::Mnist => checked(super::mnist::FOLDER, &super::mnist::FILES, 10),
            Self::FashionMnist => checked(FASHION_FOLDER, &FASHION_FILES, 10),
            Self::EmnistLetters => emnist(&super::folder_of("emnist")?, part),
        }
    }
}

/// EMNIST's letters: classes 1–26 become 0–25, images are turned upright.
fn emnist(folder: &Path, part: Part) -> Result<Images, DataError> {
    let word = if part == Part::Train { "train" } else { "test" };
    let name = format!("emnist-letters-{word}-images-idx3-ubyte");
    let images = super::read(&folder.join(&name))?;
    let labels = super::read(&folder.join(format!("emnist-letters-{word}-labels-idx1-ubyte")))?;
    let mut set = images_of(&name, &images, &labels, 27)?;
    if set.labels.contains(&0) {
        return Err(DataError::damaged(name, "label 0 among letters 1 to 26"));
    }
    set.labels.iter_mut().for_each(|label| *label -= 1);
    set.classes = 26;
    let (height, width) = (set.height, set.width);
    for image in set.bytes.chunks_exact_mut(height * width) {
        let stored = image.to_vec();
        for (place, level) in image.iter_mut().enumerate() {
            *level = stored[(place % width) * height + place / width];
        }
    }
    (set.height, set.width) = (width, height);
    Ok(set)
}

fn images_of(
    name: &str,
    images: &[u8],
    labels: &[u8],
    classes: usize,
) -> Result<Images, DataError> {
    let parse = |bytes| idx::parse(bytes).map_err(|reason| DataError::damaged(name, reason));
    let (images, labels) = (parse(images)?, parse(labels)?);
    let ([n, height, width], [m]) = (&images.shape[..], &labels.shape[..]) else {
        let reason = format!("images of shape {:?}, labels {:?}", images.shape, labels.shape);
        return Err(DataError::damaged(name, reason));
    };
    if n != m {
        return Err(DataError::damaged(name, format!("{n} images but {m} labels")));
    }
    let (height, width, bytes, labels) = (*height, *width, images.bytes, labels.bytes);
    Images { channels: 1, height, width, bytes, labels, classes }.checked(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn idx(shape: &[u8], bytes: &[u8]) -> Vec<u8> {
        let mut file = vec![0, 0, 8, shape.len() as u8];
        shape.iter().for_each(|&size| file.extend([0, 0, 0, size]));
        file.extend(bytes);
        file
    }

    #[test]
    fn letters_are_turned_upright_and_counted_from_zero() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, bytes: Vec<u8>| std::fs::write(folder.path().join(name), bytes);
        write("emnist-letters-test-images-idx3-ubyte", idx(&[1, 2, 3], &[1, 2, 3, 4, 5, 6]))
            .unwrap();
        write("emnist-letters-test-labels-idx1-ubyte", idx(&[1], &[26])).unwrap();
        let set = emnist(folder.path(), Part::Test).unwrap();
        assert_eq!((set.height, set.width, set.labels[0], set.classes), (3, 2, 25, 26));
        assert!(emnist(folder.path(), Part::Train).is_err());
    }

    #[test]
    fn arrays_that_do_not_fit_are_refused() {
        let images = idx(&[2, 1, 1], &[7, 8]);
        assert_eq!(images_of("x", &images, &idx(&[2], &[0, 1]), 2).unwrap().bytes, [7, 8]);
        assert!(images_of("x", &images, &idx(&[1], &[0]), 2).is_err());
        assert!(images_of("x", &images, &idx(&[2], &[0, 2]), 2).is_err());
        assert!(images_of("x", &idx(&[2], &[7, 8]), &idx(&[2], &[0, 1]), 2).is_err());
        assert!(images_of("x", &images[..5], &idx(&[2], &[0, 1]), 2).is_err());
    }
}
