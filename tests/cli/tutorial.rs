//! `docs/tutorial.md` followed to the letter: its files are written, its commands are run, and what
//! they print is what it says (`…` stands for anything).

use crate::harness::{Ran, Suite};

/// A fenced block of the document.
struct Block<'a> {
    language: &'a str,
    /// The file that the line before names in back-ticks.
    file: Option<&'a str>,
    text: String,
}

fn blocks(document: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut last = "";
    let mut lines = document.lines();
    while let Some(line) = lines.next() {
        if let Some(language) = line.strip_prefix("```") {
            let inside: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            let file = last.strip_prefix('`').and_then(|rest| rest.strip_suffix('`'));
            blocks.push(Block { language, file, text: inside.join("\n") + "\n" });
            last = "";
        } else if !line.is_empty() {
            last = line;
        }
    }
    blocks
}

/// The words of a command line, with quotes.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for c in line.chars() {
        match c {
            '"' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            c => words.last_mut().unwrap().push(c),
        }
    }
    words
}

/// Whether printed lines are what the document shows.
fn fits(shown: &[&str], printed: &[&str]) -> bool {
    match (shown.split_first(), printed.split_first()) {
        (None, None) => true,
        (Some((&"…", rest)), _) => (0..=printed.len()).any(|skip| fits(rest, &printed[skip..])),
        (Some((line, rest)), Some((first, others))) => {
            let same = match line.strip_suffix('…') {
                Some(start) => first.starts_with(start.trim_end()),
                None => line == first,
            };
            same && fits(rest, others)
        }
        _ => false,
    }
}

#[test]
fn the_tutorial_works_to_the_letter() {
    let document = include_str!("../../docs/tutorial.md");
    let suite = Suite::new();
    std::fs::remove_dir_all(suite.path("claims")).unwrap();
    let (mut files, mut commands) = (0, 0);
    for block in blocks(document) {
        if block.language == "yaml" {
            suite.file(block.file.expect("the line before names the file"), &block.text);
            files += 1;
            continue;
        }
        assert_eq!(block.language, "console");
        for step in block.text.split("$ claimcheck ").skip(1) {
            let mut lines = step.lines();
            let line = lines.next().unwrap();
            let arguments = words(line);
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            let Ran { code, out, err } = suite.run(&arguments);
            assert_eq!(code, Some(0), "{line}\n{out}\n{err}");
            let shown: Vec<&str> = lines.collect();
            // `lint` speaks on standard error.
            let printed: Vec<&str> =
                if out.is_empty() { err.lines() } else { out.lines() }.collect();
            assert!(fits(&shown, &printed), "`{line}` printed\n{out}\nthe document shows\n{step}");
            commands += 1;
        }
    }
    assert_eq!((files, commands), (5, 8), "the document was read whole");
}
