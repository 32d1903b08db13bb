//! Suites that were found without a fault, remembered by the hash of their files, so that a run on unchanged files
//! does not plan the whole suite for its lints again.
//!
//! One small file in the cache holds the hashes, the newest last. Whatever is wrong with it costs one pass of the lints.

use std::path::{Path, PathBuf};

use crate::claim::Suite;

/// Hashes that are kept: of as many states of claim folders as someone works on.
const KEPT: usize = 32;
/// Of the sources that this program is made of: other lints may find more.
const SOURCES: &str = env!("CLAIMCHECK_SOURCES_HASH");

/// Where the hashes lie; `None` without a cache folder.
pub fn place() -> Option<PathBuf> {
    crate::data::folder().map(|data| data.with_file_name("clean-suites"))
}

/// Was a suite of the same files found clean?
pub fn is_known(suite: &Suite, place: &Path) -> bool {
    let hash = hash(suite);
    read(place).lines().any(|known| known == hash)
}

/// Keeps in mind that a suite is clean. Without a place for it the next run looks again.
pub fn remember(suite: &Suite, place: &Path) {
    let text = read(place);
    let mut known: Vec<&str> = text.lines().rev().take(KEPT - 1).collect();
    known.reverse();
    let hash = hash(suite);
    known.push(&hash);
    let beside = place.with_extension(format!("{}.tmp", std::process::id()));
    let folder = place.parent().map_or(Ok(()), std::fs::create_dir_all);
    let written = folder
        .and_then(|()| std::fs::write(&beside, known.join("\n") + "\n"))
        .and_then(|()| std::fs::rename(&beside, place));
    if written.is_err() {
        let _ = std::fs::remove_file(beside);
    }
}

fn read(place: &Path) -> String {
    std::fs::read_to_string(place).unwrap_or_default()
}

/// Of the program and of all files, by name.
fn hash(suite: &Suite) -> String {
    let mut hasher = blake3::Hasher::new();
    let mut add = |part: &[u8]| {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    };
    add(SOURCES.as_bytes());
    // Without the training engine other experiments can be prepared.
    add(&[u8::from(cfg!(feature = "torch"))]);
    let mut files: Vec<_> = suite.texts.iter().collect();
    files.sort();
    for (file, text) in files {
        add(file.as_os_str().as_encoded_bytes());
        add(text.as_bytes());
    }
    hasher.finalize().to_hex().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suite_is_known_until_a_byte_changes() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("cache").join("clean-suites");
        let mut suite = Suite::default();
        suite.texts.insert("a.yaml".into(), "x".into());
        assert!(!is_known(&suite, &place));
        remember(&suite, &place);
        assert!(is_known(&suite, &place));
        suite.texts.insert("a.yaml".into(), "y".into());
        assert!(!is_known(&suite, &place));
        suite.texts.clear();
        suite.texts.insert("b.yaml".into(), "x".into());
        assert!(!is_known(&suite, &place));
    }

    #[test]
    fn the_file_stays_small_and_a_damaged_one_is_no_harm() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("clean-suites");
        std::fs::write(&place, [0xff, 0, 10]).unwrap();
        let mut suite = Suite::default();
        for i in 0..2 * KEPT {
            suite.texts.insert("a.yaml".into(), i.to_string());
            remember(&suite, &place);
            assert!(is_known(&suite, &place));
        }
        assert_eq!(read(&place).lines().count(), KEPT);
        suite.texts.insert("a.yaml".into(), "0".into());
        assert!(!is_known(&suite, &place));
    }
}
