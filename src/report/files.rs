//! Where the report's files lie, and how they are written: ids are checked before they become
//! paths, and a file appears whole or not at all.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};

use crate::results::Results;

/// The files of one report, relative to its root, as they are written.
pub struct Folder {
    root: PathBuf,
    written: Vec<PathBuf>,
}

impl Folder {
    /// A report under `root`.
    pub fn new(root: &Path) -> Self {
        Self { root: root.to_path_buf(), written: Vec::new() }
    }

    /// Writes one file by writing a temporary neighbour and renaming it.
    ///
    /// # Errors
    /// If the path is not safe (see [`check_path`]) or the disk refuses.
    pub fn write(&mut self, path: &str, content: impl AsRef<[u8]>) -> anyhow::Result<()> {
        check_path(path)?;
        let target = self.root.join(path);
        replace(&target, content.as_ref())
            .with_context(|| format!("cannot write {}", target.display()))?;
        self.written.push(target);
        Ok(())
    }

    /// Everything written so far, in order.
    pub fn into_written(self) -> Vec<PathBuf> {
        self.written
    }
}

/// Writes `content` beside `target` and renames it into place.
fn replace(target: &Path, content: &[u8]) -> std::io::Result<()> {
    let parent = target.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(parent)?;
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    let temporary = parent.join(format!(".{name}.{}.tmp", std::process::id()));
    let mut file = fs::File::create(&temporary)?;
    let outcome = file.write_all(content).and_then(|()| fs::rename(&temporary, target));
    if outcome.is_err() {
        fs::remove_file(&temporary).ok();
    }
    outcome
}

/// Accepts only relative paths of `[a-z0-9.-]` segments that start with a letter or digit.
///
/// # Errors
/// Names the path and what is wrong with it.
pub fn check_path(path: &str) -> anyhow::Result<()> {
    let legal = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "./-".contains(c);
    ensure!(path.chars().all(legal), "`{}` is no safe path", path.escape_debug());
    for segment in path.split('/') {
        let start = segment.chars().next();
        ensure!(
            start.is_some_and(|c| c.is_ascii_alphanumeric()) && !segment.contains(".."),
            "`{path}` is no safe path"
        );
    }
    Ok(())
}

/// Checks every id of `results` before any of them becomes a path.
///
/// # Errors
/// On the first id that is unsafe, doubled, or does not belong to a listed paper.
pub fn check_ids(results: &Results) -> anyhow::Result<()> {
    let mut papers = std::collections::BTreeSet::new();
    for paper in &results.papers {
        check_path(&paper.id).context("bad paper id")?;
        ensure!(!paper.id.contains('/'), "bad paper id: `{}` has a slash", paper.id);
        ensure!(papers.insert(&paper.id), "paper `{}` appears twice", paper.id);
    }
    let mut claims = std::collections::BTreeSet::new();
    for claim in &results.claims {
        check_path(&claim.id).context("bad claim id")?;
        let Some((paper, _)) = claim.id.split_once('/').filter(|(_, slug)| !slug.contains('/'))
        else {
            bail!("bad claim id: `{}` is not of the form paper/name", claim.id);
        };
        ensure!(paper == claim.paper, "claim `{}` says its paper is `{}`", claim.id, claim.paper);
        ensure!(papers.contains(&claim.paper), "claim `{}` has no paper entry", claim.id);
        ensure!(claims.insert(&claim.id), "claim `{}` appears twice", claim.id);
    }
    Ok(())
}

/// The part of a claim's id after its paper.
pub fn slug(id: &str) -> &str {
    id.split_once('/').map_or(id, |(_, slug)| slug)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_relative_paths_pass() {
        for good in ["index.html", "claims/arpit2019/lemma-2.html", "data/a/b.plots.csv"] {
            check_path(good).unwrap();
        }
        for bad in
            ["", "/etc/passwd", "../x", "a/../b", "a//b", "a/", ".hidden", "a/.b", "A", "a b"]
        {
            assert!(check_path(bad).is_err(), "{bad:?} passed");
        }
        for bad in ["a\\b", "a\"><script>", "a\0b", "ä", "a..b", "-rf"] {
            assert!(check_path(bad).is_err(), "{bad:?} passed");
        }
    }

    #[test]
    fn a_file_is_replaced_and_no_temporary_stays() {
        let folder = tempfile::tempdir().unwrap();
        let mut files = Folder::new(folder.path());
        files.write("a/b.txt", "one").unwrap();
        files.write("a/b.txt", "two").unwrap();
        assert_eq!(fs::read_to_string(folder.path().join("a/b.txt")).unwrap(), "two");
        assert_eq!(fs::read_dir(folder.path().join("a")).unwrap().count(), 1);
        assert!(files.write("../b.txt", "no").is_err());
    }
}
