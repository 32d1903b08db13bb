//! Which source files a source file leans on, read from the paths that it names, so that a
//! measurement's key changes with the code under it and with no other.
//!
//! A file leans on every module that it names by a path from `crate`, `super` or `self`, or from a
//! module of its own, and on its private modules (nobody else can name them) but those of tests. A
//! path's module is the longest prefix that is a file. Methods are called without naming their file: a
//! file with an `impl` belongs to whatever reaches the type and, where the trait is the crate's own,
//! the trait as well (without it in reach its methods can't be called). What is named too much costs a
//! needless measurement; nothing that is used may be left out.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// All Rust files under a place (or the place itself, if it is a file), sorted.
pub fn rust_files(place: &Path) -> Vec<PathBuf> {
    if place.is_file() {
        return vec![place.to_path_buf()];
    }
    let Ok(folder) = fs::read_dir(place) else { return Vec::new() };
    let mut files: Vec<PathBuf> = folder
        .flat_map(|entry| {
            let path = entry.unwrap().path();
            if path.is_dir() { rust_files(&path) } else { vec![path] }
        })
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect();
    files.sort();
    files
}

/// The sources of a crate and who leans on whom.
pub struct Sources {
    files: BTreeMap<PathBuf, String>,
    leans_on: BTreeMap<PathBuf, BTreeSet<PathBuf>>,
    implementations: Vec<Implementation>,
}

/// An `impl` away from its type: where it stands, and the files that may define the type and the
/// trait; none for what is not the crate's own.
struct Implementation {
    file: PathBuf,
    homes: Vec<BTreeSet<PathBuf>>,
}

impl Implementation {
    /// Whether code that reaches these files can call it.
    fn is_reached(&self, seen: &BTreeSet<PathBuf>) -> bool {
        self.homes.iter().all(|homes| !homes.is_disjoint(seen))
    }
}

impl Sources {
    /// Reads all files under the crate's `src`.
    pub fn read(root: &Path) -> Self {
        let files = rust_files(root).into_iter().map(|path| {
            let text = fs::read_to_string(&path).unwrap();
            (path, text)
        });
        Self::of(root, files.collect())
    }

    /// The same from texts.
    pub fn of(root: &Path, files: BTreeMap<PathBuf, String>) -> Self {
        let modules: BTreeMap<Vec<String>, PathBuf> =
            files.keys().map(|path| (module_of(root, path), path.clone())).collect();
        let words: BTreeMap<&PathBuf, Vec<String>> =
            files.iter().map(|(path, text)| (path, tokens(text))).collect();
        let mut leans_on: BTreeMap<PathBuf, BTreeSet<PathBuf>> = BTreeMap::new();
        let mut defined: BTreeMap<&str, BTreeSet<&PathBuf>> = BTreeMap::new();
        for (path, words) in &words {
            for name in definitions(words) {
                defined.entry(name).or_default().insert(path);
            }
        }
        for (path, words) in &words {
            let here = module_of(root, path);
            let found = leans_on.entry((*path).clone()).or_default();
            for named in paths(words) {
                found.extend(resolve(&modules, &here, &named));
            }
            for child in private_modules(words) {
                let mut module = here.clone();
                module.push(child.to_string());
                found.extend(modules.get(&module).cloned());
            }
            found.remove(*path);
        }
        // Methods may stand in another file than their type.
        let mut implementations = Vec::new();
        for (path, words) in &words {
            let own: BTreeSet<&str> = definitions(words).into_iter().collect();
            // Where one of the two stands here, nothing reaches them without this file.
            let away = |names: &Vec<&str>| !names.iter().any(|name| own.contains(name));
            for names in implemented(words).into_iter().filter(away) {
                let homes = names.iter().filter_map(|name| defined.get(name));
                let homes: Vec<BTreeSet<PathBuf>> =
                    homes.map(|files| files.iter().map(|file| (*file).clone()).collect()).collect();
                if !homes.is_empty() {
                    implementations.push(Implementation { file: (*path).clone(), homes });
                }
            }
        }
        Self { files, leans_on, implementations }
    }

    /// These files and all that they lean on, directly or not.
    pub fn closure(&self, roots: &[PathBuf]) -> BTreeSet<PathBuf> {
        let mut seen = BTreeSet::new();
        let mut open: Vec<PathBuf> = roots.to_vec();
        while !open.is_empty() {
            while let Some(path) = open.pop() {
                if seen.insert(path.clone()) {
                    open.extend(self.leans_on.get(&path).into_iter().flatten().cloned());
                }
            }
            let reached = self.implementations.iter().filter(|it| it.is_reached(&seen));
            open.extend(reached.map(|it| &it.file).filter(|file| !seen.contains(*file)).cloned());
        }
        seen
    }

    /// Hash of the paths and contents of the closure, 16 hexadecimal digits.
    pub fn hash(&self, roots: &[PathBuf]) -> String {
        let mut hasher = blake3::Hasher::new();
        for path in self.closure(roots) {
            hasher.update(path.to_string_lossy().as_bytes());
            hasher.update(self.files[&path].as_bytes());
        }
        hasher.finalize().to_hex()[..16].to_string()
    }
}

/// `src/a/b.rs` and `src/a/b/mod.rs` are the module `[a, b]`; `lib.rs` and `main.rs` are the root.
fn module_of(root: &Path, path: &Path) -> Vec<String> {
    let inner = path.strip_prefix(root).unwrap_or(path).with_extension("");
    let mut names: Vec<String> =
        inner.iter().map(|part| part.to_string_lossy().into_owned()).collect();
    if names.last().is_some_and(|name| name == "mod") {
        names.pop();
    }
    if names == ["lib"] || names == ["main"] {
        names.clear();
    }
    names
}

/// The file of the longest prefix of a path that is a module, seen from module `here`.
fn resolve(
    modules: &BTreeMap<Vec<String>, PathBuf>,
    here: &[String],
    path: &[String],
) -> Option<PathBuf> {
    let mut full: Vec<String> = match path[0].as_str() {
        "crate" => Vec::new(),
        _ => here.to_vec(),
    };
    for part in path {
        match part.as_str() {
            "crate" | "self" => {}
            // Inside an inline module `super` is the file itself: nothing is lost by going too high,
            // because the longest prefix that is a module is then found from there as well.
            "super" => {
                full.pop();
            }
            name => full.push(name.to_string()),
        }
    }
    let least = if path[0] == "crate" || path[0] == "super" { 1 } else { here.len() + 1 };
    (least..=full.len()).rev().find_map(|length| modules.get(&full[..length]).cloned())
}

/// Words and signs of a source, without comments and the contents of strings and characters.
fn tokens(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if let Some(length) = literal(rest) {
            length
        } else if c.is_alphanumeric() || c == '_' {
            let length =
                rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            found.push(rest[..length].to_string());
            length
        } else if rest.starts_with("::") {
            found.push("::".into());
            2
        } else {
            if !c.is_whitespace() {
                found.push(c.to_string());
            }
            c.len_utf8()
        };
        rest = &rest[length..];
    }
    found
}

/// Length of the string or character literal that a text begins with.
fn literal(text: &str) -> Option<usize> {
    let quoted = |text: &str, mark: char| {
        let mut escaped = false;
        let closes = |&(_, c): &(usize, char)| {
            let closing = c == mark && !escaped;
            escaped = c == '\\' && !escaped;
            closing
        };
        text.char_indices().skip(1).find(closes).map_or(text.len(), |(at, _)| at + 1)
    };
    if text.starts_with('"') {
        return Some(quoted(text, '"'));
    }
    if let Some(inner) = text.strip_prefix('\'') {
        // A lifetime has no closing quote behind its first character.
        let mut chars = inner.chars();
        let first = chars.next()?;
        return (first == '\\' || chars.next() == Some('\'')).then(|| quoted(text, '\''));
    }
    let hashes = text.strip_prefix('r')?;
    let count = hashes.len() - hashes.trim_start_matches('#').len();
    hashes[count..].strip_prefix('"')?;
    let close = format!("\"{}", "#".repeat(count));
    let body = 1 + count + 1;
    Some(text[body..].find(&close).map_or(text.len(), |at| body + at + close.len()))
}

fn is_word(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// All paths of two names or more, the branches of `use` trees written out.
fn paths(words: &[String]) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    let mut i = 0;
    while i < words.len() {
        let starts = is_word(&words[i]) && (i == 0 || words[i - 1] != "::");
        if starts && words.get(i + 1).is_some_and(|next| next == "::") {
            i = tree(words, i, &[], &mut found);
        } else {
            i += 1;
        }
    }
    found
}

/// Reads the tree that starts at `i` below a prefix; the place after it.
fn tree(words: &[String], mut i: usize, prefix: &[String], found: &mut Vec<Vec<String>>) -> usize {
    let mut path = prefix.to_vec();
    while let Some(word) = words.get(i) {
        if is_word(word) {
            path.push(word.clone());
            i += 1;
            if words.get(i).is_none_or(|next| next != "::") {
                break;
            }
            i += 1;
        } else if word == "{" {
            i += 1;
            while words.get(i).is_some_and(|word| word != "}") {
                let before = i;
                i = tree(words, i, &path, found);
                // `as name`, commas and stars stand between branches.
                while words.get(i).is_some_and(|w| w == "," || w == "*" || w == "as" || w == "_") {
                    i += if words[i] == "as" { 2 } else { 1 };
                }
                if i == before {
                    break;
                }
            }
            return i + 1;
        } else {
            break;
        }
    }
    if !path.is_empty() {
        found.push(path);
    }
    i
}

/// Names of structs, enums, unions, traits and type aliases defined here.
fn definitions(words: &[String]) -> Vec<&str> {
    let defines = |word: &str| matches!(word, "struct" | "enum" | "union" | "trait" | "type");
    words.windows(2).filter(|w| defines(&w[0]) && is_word(&w[1])).map(|w| w[1].as_str()).collect()
}

/// Names of the types that the `impl` blocks are for, each with its trait behind it if it has one.
fn implemented(words: &[String]) -> Vec<Vec<&str>> {
    let mut found = Vec::new();
    for (i, _) in words.iter().enumerate().filter(|(_, word)| *word == "impl") {
        let head: Vec<&str> = words[i + 1..]
            .iter()
            .map(String::as_str)
            .take_while(|word| !matches!(*word, "{" | ";" | "where"))
            .collect();
        let first = behind_generics(&head);
        // `for<'a>` in a bound is no `for` of an implementation.
        let places = (0..head.len()).filter(|&at| head[at] == "for");
        let second = places.map(|at| at + 1).find(|&at| head.get(at) != Some(&"<"));
        let starts = second.into_iter().chain([first]);
        let names: Vec<&str> = starts.filter_map(|start| last_name(&head, start)).collect();
        if !names.is_empty() {
            found.push(names);
        }
    }
    found
}

/// The last name of the path that stands at `start`.
fn last_name<'a>(head: &[&'a str], start: usize) -> Option<&'a str> {
    let of_path = |word: &&&str| **word != "for" && (is_word(word) || **word == "::");
    let path = head[start.min(head.len())..].iter().take_while(of_path);
    path.filter(|word| is_word(word)).last().copied()
}

/// The place after the `<…>` that a list of words begins with.
fn behind_generics(head: &[&str]) -> usize {
    let mut depth = 0_usize;
    for (i, word) in head.iter().enumerate() {
        match *word {
            "<" => depth += 1,
            // `->` in a bound closes nothing.
            ">" if i > 0 && head[i - 1] != "-" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return if i == 0 && *word != "<" { 0 } else { i + 1 };
        }
    }
    0
}

/// Modules declared without `pub`, but those of tests.
fn private_modules(words: &[String]) -> Vec<&str> {
    let mut found = Vec::new();
    for i in 0..words.len().saturating_sub(2) {
        let declared = words[i] == "mod" && is_word(&words[i + 1]) && words[i + 2] == ";";
        let public = i > 0 && (words[i - 1] == "pub" || words[i - 1] == ")");
        let tests =
            words[..i].ends_with(&["#", "[", "cfg", "(", "test", ")", "]"].map(String::from));
        if declared && !public && !tests {
            found.push(words[i + 1].as_str());
        }
    }
    found
}
