//! `id-path`: an id is its file's path.

use super::at;
use crate::claim::{Diagnostic, Loaded, Severity, Suite};
use crate::lint::{Lint, Pass};

/// The lint.
pub const LINT: Lint = Lint {
    name: "id-path",
    summary: "an id is `<paper>/<slug>`, its file's path under the claims folder",
    docs: "Ids become paths of pages and keys of results, so they are lower-case letters, digits, `-` and `.`, \
        one `/`, and the same as the file's path without `.yaml`. Rename the file or change the id.",
    check: Pass::Files(check),
};

fn check(suite: &Suite) -> Vec<Diagnostic> {
    suite.claims.iter().filter_map(|loaded| wrong(suite, loaded)).collect()
}

fn wrong(suite: &Suite, loaded: &Loaded) -> Option<Diagnostic> {
    let id = &loaded.claim.id;
    let expected = loaded.file.strip_prefix(&suite.root).unwrap_or(&loaded.file).with_extension("");
    let expected = expected.to_string_lossy().replace('\\', "/");
    let (message, hint) = match check_id(id) {
        Err(message) => (message, format!("the file's path says `{expected}`")),
        Ok(()) if *id != expected => (
            format!("the id `{id}` is not the file's path"),
            format!("write `id: {expected}`, or move the file"),
        ),
        Ok(()) => return None,
    };
    Some(loaded.report(LINT.name, Severity::Error, &at!["id"], message, hint))
}

/// Whether a text can be an id.
///
/// # Errors
/// What is wrong with it, in words.
pub fn check_id(id: &str) -> Result<(), String> {
    let part = |part: &str| {
        let head = part.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
        let body =
            part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.".contains(c));
        head && body && !part.contains("..") && part.len() <= 80
    };
    match id.split('/').collect::<Vec<_>>()[..] {
        [paper, slug] if part(paper) && part(slug) => Ok(()),
        _ => Err(format!(
            "`{id}` is no id: it is `<paper>/<slug>`, each of lower-case letters, digits, `-` and single `.`"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::check_id;

    #[test]
    fn ids_can_not_leave_their_folder() {
        assert!(check_id("arpit2019/lemma-2").is_ok());
        for id in ["../x", "a/../b", "a", "a/b/c", "A/b", "a/<b>", "a/", "/b", "a/b c", "a/.b", ""]
        {
            assert!(check_id(id).is_err(), "{id}");
        }
    }
}
