//! Data sets: where they lie, checksums, loaders, normalisations and subsets.
//!
//! `make setup` puts MNIST, Fashion-MNIST, CIFAR-10 and a trained VGG16 stack into the user's cache. Files that
//! can't be had freely are looked for in the same cache, where a user puts them:
//!
//! | folder | files | read by |
//! |---|---|---|
//! | `emnist` | `emnist-letters-{train,test}-{images-idx3,labels-idx1}-ubyte` | [`grey::GreySet`] |
//! | `cifar100` | `train.bin`, `test.bin` (binary version) | [`cifar::cifar100`] |
//! | `imagenet` | a folder of PNG images | [`png_sheet::folder_of_images`] |
//! | `vgg16`, `alexnet` | `vgg16.safetensors`, `alexnet.safetensors` (kernels out × in × height × width) | [`weights::Weights`] |

pub mod cifar;
pub mod grey;
pub mod idx;
pub mod images;
pub mod mnist;
pub mod normalisation;
pub mod png_sheet;
pub mod weights;

use std::path::{Path, PathBuf};

use crate::experiment::Failure;

/// The command that puts the data in place.
pub const MEND: &str = "make setup";

/// Why data cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DataError {
    /// A file is not there, or cannot be read.
    #[error("{what} is missing: {reason}")]
    Missing {
        /// Which file.
        what: String,
        /// What the system says.
        reason: String,
    },
    /// A file is there but is not what it should be.
    #[error("{what} is damaged: {reason}")]
    Damaged {
        /// Which file.
        what: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl DataError {
    /// A file that is not what it should be.
    pub fn damaged(what: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Damaged { what: what.into(), reason: reason.into() }
    }

    /// What an experiment answers: the claim is skipped, with the command that mends it.
    pub fn unavailable(self, mend: &str) -> Failure {
        Failure::Unavailable { what: self.to_string(), mend: mend.into() }
    }
}

/// A file of a data set: its name in the data set's folder, and the BLAKE3 hash of its contents.
pub type Checked = (&'static str, &'static str);

/// Folder of downloaded data: `$XDG_CACHE_HOME/claimcheck/data`, else `~/.cache/claimcheck/data`.
/// `None` if neither variable is set.
pub fn folder() -> Option<PathBuf> {
    folder_from(std::env::var_os("XDG_CACHE_HOME"), std::env::var_os("HOME"))
}

fn folder_from(
    cache: Option<std::ffi::OsString>,
    home: Option<std::ffi::OsString>,
) -> Option<PathBuf> {
    // The XDG rule: a relative or empty path counts as unset.
    let cache = cache.map(PathBuf::from).filter(|path| path.is_absolute());
    let cache = cache.or_else(|| home.map(|home| PathBuf::from(home).join(".cache")))?;
    Some(cache.join("claimcheck").join("data"))
}

/// The folder of one data set.
///
/// # Errors
/// [`DataError::Missing`] if there is no cache folder at all.
pub fn folder_of(name: &str) -> Result<PathBuf, DataError> {
    folder().map(|data| data.join(name)).ok_or_else(|| DataError::Missing {
        what: "the cache folder".into(),
        reason: "neither XDG_CACHE_HOME nor HOME is set".into(),
    })
}

/// Are these files of a data set there? Their contents are looked at only when they are read.
pub fn are_there(name: &str, files: &[Checked]) -> bool {
    folder_of(name).is_ok_and(|folder| files.iter().all(|(file, _)| folder.join(file).is_file()))
}

/// Reads a file whole.
///
/// # Errors
/// [`DataError::Missing`] with what the system says.
pub fn read(path: &Path) -> Result<Vec<u8>, DataError> {
    std::fs::read(path).map_err(|error| DataError::Missing {
        what: path.display().to_string(),
        reason: error.to_string(),
    })
}

/// Reads a file and holds it against its hash.
///
/// # Errors
/// [`DataError`]: the file is missing, or its contents are not the expected ones.
pub fn verified(folder: &Path, (name, hash): Checked) -> Result<Vec<u8>, DataError> {
    let path = folder.join(name);
    let bytes = read(&path)?;
    if blake3::hash(&bytes).to_hex().as_str() != hash {
        let reason =
            format!("its {} bytes are not the expected ones (BLAKE3 differs)", bytes.len());
        return Err(DataError::damaged(path.display().to_string(), reason));
    }
    Ok(bytes)
}

/// The data sets that set-up provides: name, folder, files.
const PROVIDED: [(&str, &str, &[Checked]); 4] = [
    ("MNIST", mnist::FOLDER, &mnist::FILES),
    ("Fashion-MNIST", grey::FASHION_FOLDER, &grey::FASHION_FILES),
    ("CIFAR-10", cifar::FOLDER, &cifar::FILES),
    ("VGG16 stack (HED)", weights::HED_FOLDER, &weights::HED_FILES),
];

/// The places where a user may put files that set-up can't provide.
const USER_SUPPLIED: [(&str, &str); 5] = [
    ("EMNIST", "emnist"),
    ("CIFAR-100", "cifar100"),
    ("ImageNet images", "imagenet"),
    ("VGG16 weights", "vgg16"),
    ("AlexNet weights", "alexnet"),
];

/// What is there of each data set, every checksum looked at: name and finding, for `doctor`.
pub fn doctor() -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    for (name, place, files) in PROVIDED {
        let state = folder_of(place).and_then(|folder| {
            files.iter().try_for_each(|file| verified(&folder, *file).map(drop))?;
            Ok(format!("{}, checksums match", folder.display()))
        });
        let mended =
            |error| format!("{error}; claims that need it are skipped (`{MEND}` fetches it)");
        found.push((name, state.unwrap_or_else(mended)));
    }
    for (name, place) in USER_SUPPLIED {
        let Ok(folder) = folder_of(place) else { continue };
        let state = if folder.is_dir() {
            folder.display().to_string()
        } else {
            format!("not supplied (optional; goes to {})", folder.display())
        };
        found.push((name, state));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cache_is_found_by_the_xdg_rule() {
        let (cache, home) = (Some("/c".into()), Some("/h".into()));
        let path = |text: &str| Some(PathBuf::from(text));
        assert_eq!(folder_from(cache, home.clone()), path("/c/claimcheck/data"));
        assert_eq!(folder_from(None, home.clone()), path("/h/.cache/claimcheck/data"));
        assert_eq!(folder_from(Some("".into()), home), path("/h/.cache/claimcheck/data"));
        assert_eq!(folder_from(None, None), None);
    }

    #[test]
    fn missing_and_wrong_files_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let file = ("labels", "00");
        let missing = verified(folder.path(), file);
        assert!(matches!(missing, Err(DataError::Missing { .. })), "{missing:?}");
        std::fs::write(folder.path().join("labels"), b"not labels").unwrap();
        let damaged = verified(folder.path(), file);
        assert!(matches!(damaged, Err(DataError::Damaged { .. })), "{damaged:?}");
    }
}
