//! MNIST: 60 000 training images of handwritten digits, 28 × 28 grey levels.

use std::path::{Path, PathBuf};

use nalgebra::DMatrix;

use super::{DataError, idx};

/// Pixels of an image.
pub const PIXELS: usize = 28 * 28;
/// Number of classes.
pub const CLASSES: usize = 10;
/// The command that puts the data in place.
pub const MEND: &str = "make setup";

/// BLAKE3 of the files.
const IMAGES: (&str, &str) =
    ("train-images-idx3-ubyte", "c6e6fd8c67d07c8a9b7bffa7dd0413ff4b8af241607b049b7721107f379df9fd");
const LABELS: (&str, &str) =
    ("train-labels-idx1-ubyte", "8ebcfdf2fe191516f9cb37fceb75d2d19289d91ee92026534ed45e44144b5642");

/// Images with their labels.
#[derive(Clone, Debug)]
pub struct Digits {
    /// One image a column (784 × N), grey levels from 0 to 1.
    pub images: DMatrix<f32>,
    /// The digits 0–9, one an image.
    pub labels: Vec<u8>,
}

/// The folder that holds the files.
pub fn folder() -> Option<PathBuf> {
    super::folder().map(|data| data.join("mnist"))
}

/// Are the files there? Their contents are looked at only when they are read.
pub fn is_there() -> bool {
    folder()
        .is_some_and(|folder| [IMAGES, LABELS].iter().all(|(name, _)| folder.join(name).is_file()))
}

/// The first `count` training images (all if there are fewer), in the order of the file.
///
/// # Errors
/// [`DataError`]: a file is missing, or its contents are not those of MNIST.
pub fn training(count: usize) -> Result<Digits, DataError> {
    let folder = folder().ok_or_else(|| DataError::Missing {
        what: "the cache folder".into(),
        reason: "neither XDG_CACHE_HOME nor HOME is set".into(),
    })?;
    let images = array(&verified(&folder, IMAGES)?, IMAGES.0)?;
    let labels = array(&verified(&folder, LABELS)?, LABELS.0)?;
    digits(&images, &labels, count)
        .map_err(|reason| DataError::Damaged { what: "MNIST".into(), reason })
}

fn verified(folder: &Path, (name, hash): (&str, &str)) -> Result<Vec<u8>, DataError> {
    let path = folder.join(name);
    let bytes = std::fs::read(&path).map_err(|error| DataError::Missing {
        what: path.display().to_string(),
        reason: error.to_string(),
    })?;
    if blake3::hash(&bytes).to_hex().as_str() != hash {
        let reason = format!("its {} bytes are not those of MNIST (BLAKE3 differs)", bytes.len());
        return Err(DataError::Damaged { what: path.display().to_string(), reason });
    }
    Ok(bytes)
}

fn array(file: &[u8], name: &str) -> Result<idx::Idx, DataError> {
    idx::parse(file).map_err(|reason| DataError::Damaged { what: name.into(), reason })
}

fn digits(images: &idx::Idx, labels: &idx::Idx, count: usize) -> Result<Digits, String> {
    let ([n, 28, 28], [m]) = (&images.shape[..], &labels.shape[..]) else {
        return Err(format!("images of shape {:?}, labels {:?}", images.shape, labels.shape));
    };
    if n != m || labels.bytes.iter().any(|&label| usize::from(label) >= CLASSES) {
        return Err(format!("{n} images, {m} labels, or labels beyond 9"));
    }
    let count = count.min(*n);
    let grey = images.bytes[..count * PIXELS].iter().map(|&level| f32::from(level) / 255.0);
    let images = DMatrix::from_iterator(PIXELS, count, grey);
    Ok(Digits { images, labels: labels.bytes[..count].to_vec() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use idx::Idx;

    #[test]
    fn images_become_columns() {
        let mut bytes = vec![0; 3 * PIXELS];
        bytes[PIXELS + 2] = 255;
        bytes[2 * PIXELS] = 51;
        let images = Idx { shape: vec![3, 28, 28], bytes };
        let labels = Idx { shape: vec![3], bytes: vec![7, 0, 9] };
        let all = digits(&images, &labels, 10).unwrap();
        assert_eq!((all.images.shape(), &all.labels[..]), ((PIXELS, 3), &[7, 0, 9][..]));
        assert_eq!((all.images[(2, 1)], all.images[(0, 2)], all.images.sum()), (1.0, 0.2, 1.2));
        assert_eq!(digits(&images, &labels, 2).unwrap().labels, [7, 0]);
    }

    #[test]
    fn arrays_that_do_not_fit_are_refused() {
        let images = Idx { shape: vec![1, 28, 28], bytes: vec![0; PIXELS] };
        let labels = |bytes: Vec<u8>| Idx { shape: vec![bytes.len()], bytes };
        assert!(digits(&images, &labels(vec![1, 2]), 1).is_err());
        assert!(digits(&images, &labels(vec![10]), 1).is_err());
        let flat = Idx { shape: vec![1, PIXELS], bytes: vec![0; PIXELS] };
        assert!(digits(&flat, &labels(vec![1]), 1).is_err());
    }

    #[test]
    fn missing_and_wrong_files_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let missing = verified(folder.path(), LABELS);
        assert!(matches!(missing, Err(DataError::Missing { .. })), "{missing:?}");
        std::fs::write(folder.path().join(LABELS.0), b"not labels").unwrap();
        let damaged = verified(folder.path(), LABELS);
        assert!(matches!(damaged, Err(DataError::Damaged { .. })), "{damaged:?}");
    }
}
