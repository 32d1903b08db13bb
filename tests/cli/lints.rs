//! The literate fixtures of `tests/lint`: every lint has a file of examples that it catches, each
//! followed by a mended version that is clean. `UPDATE_GENERATED=1` rewrites what is expected.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::PathBuf;

use serde_json::Value;

use crate::harness::Suite;

/// Marks the block of expected messages.
const EXPECTED: &str = "```diagnostics\n";
/// What stands there for a suite without any.
const CLEAN: &str = "clean\n";

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/lint")
}

fn fixtures() -> Vec<(String, PathBuf)> {
    let entries = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<(String, PathBuf)> = entries
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .map(|path| (path.file_stem().unwrap().to_str().unwrap().to_string(), path))
        .collect();
    files.sort();
    files
}

/// Names of all lints, as `explain` lists them.
fn lint_names() -> BTreeSet<String> {
    let listed = Suite::new().run(&["explain"]).out;
    let (_, lints) = listed.split_once("\nlints\n").expect("a list of lints");
    lints.lines().filter_map(|line| line.split_whitespace().next()).map(String::from).collect()
}

/// An example: a section of a fixture.
struct Example<'a> {
    title: &'a str,
    /// Path and content of every file.
    files: Vec<(String, &'a str)>,
    expected: &'a str,
}

/// Sections of a fixture that hold an example. A file is a fenced block under a line that is its path in
/// backticks; the content `(no file)` leaves out the paper that is there by default.
fn examples(text: &str) -> Vec<Example<'_>> {
    let mut found = Vec::new();
    for section in text.split("\n## ").skip(1) {
        let (title, body) = section.split_once('\n').unwrap();
        let (files, expected) =
            body.split_once(EXPECTED).unwrap_or_else(|| panic!("{title}: no {EXPECTED}"));
        let expected = &expected[..expected.find("```").expect("the block ends")];
        let mut list = Vec::new();
        let mut path = None;
        let mut rest = files;
        while let Some(end) = rest.find('\n') {
            let line = &rest[..end];
            rest = &rest[end + 1..];
            if let Some(name) = line.strip_prefix('`').and_then(|line| line.strip_suffix("`:")) {
                path = Some(name.to_string());
            } else if line.starts_with("```") {
                let end = rest.find("```").expect("the block ends");
                list.push((path.take().expect("a block stands under its path"), &rest[..end]));
                rest = rest[end..].split_once('\n').map_or("", |(_, rest)| rest);
            }
        }
        found.push(Example { title, files: list, expected });
    }
    found
}

/// What `lint` says about the files of an example.
fn diagnose(example: &Example<'_>) -> (String, BTreeSet<String>, i32) {
    let suite = Suite::new();
    for (path, content) in &example.files {
        match *content {
            "(no file)\n" => std::fs::remove_file(suite.path(path)).unwrap(),
            content => {
                suite.file(path, content);
            }
        }
    }
    let ran = suite.run(&["lint", "--format", "json"]);
    let found: Value = serde_json::from_str(&ran.out).unwrap();
    let mut text = String::new();
    let mut codes = BTreeSet::new();
    for problem in found.as_array().unwrap() {
        let word = |key: &str| problem[key].as_str().unwrap();
        let (line, column) = (&problem["line"], &problem["column"]);
        writeln!(text, "{}[{}] {}:{line}:{column}", word("severity"), word("code"), word("file"))
            .unwrap();
        writeln!(text, "  {}", word("message")).unwrap();
        if !word("hint").is_empty() {
            writeln!(text, "  hint: {}", word("hint")).unwrap();
        }
        codes.insert(word("code").to_string());
    }
    if text.is_empty() {
        text = CLEAN.into();
    }
    (text, codes, ran.code.unwrap())
}

#[test]
fn every_lint_has_a_fixture() {
    let have: BTreeSet<String> = fixtures().into_iter().map(|(name, _)| name).collect();
    assert_eq!(have, lint_names());
}

#[test]
fn fixtures_say_what_the_lints_say() {
    let update = std::env::var_os("UPDATE_GENERATED").is_some();
    for (lint, path) in fixtures() {
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.starts_with(&format!("# {lint}\n")), "{} has another title", path.display());
        let mut new = text.clone();
        let (mut caught, mut mended) = (0, 0);
        for example in examples(&text) {
            let (found, codes, code) = diagnose(&example);
            let title = example.title;
            if title.starts_with("Mended") {
                assert_eq!(found, CLEAN, "{lint}: {title}");
                assert_eq!(code, 0, "{lint}: {title}");
                mended += 1;
            } else {
                assert!(codes.contains(&lint), "{lint}: {title}\n{found}");
                // Another lint may strike too, but only if the prose says so.
                let told =
                    |code: &&String| **code == lint || text.contains(&format!("lint `{code}`"));
                assert!(codes.iter().all(|code| told(&code)), "{lint}: {title}\n{found}");
                assert_eq!(code, if found.contains("error[") { 2 } else { 0 }, "{lint}: {title}");
                caught += 1;
            }
            if update {
                let at = example.expected.as_ptr() as usize - text.as_ptr() as usize;
                let shift = new.len() as isize - text.len() as isize;
                let start = (at as isize + shift) as usize;
                new.replace_range(start..start + example.expected.len(), &found);
            } else {
                assert_eq!(found, example.expected, "{lint}: {title}");
            }
        }
        assert!(
            caught > 0 && mended > 0,
            "{lint} needs examples that it catches, and a mended one"
        );
        if update {
            std::fs::write(path, new).unwrap();
        }
    }
}
