//! Data sets: checksums, loaders for IDX and other formats, subsets.

pub mod idx;
pub mod mnist;

use std::path::PathBuf;

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

/// What is there of each data set, one sentence each, for `doctor`.
pub fn doctor() -> Vec<String> {
    vec![match (mnist::folder(), mnist::is_there()) {
        (Some(folder), true) => format!("MNIST: {}", folder.display()),
        _ => format!(
            "MNIST: missing; claims that train on it are skipped (`{}` fetches it)",
            mnist::MEND
        ),
    }]
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
}
