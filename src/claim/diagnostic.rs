//! Messages about claim files: what, where (file, line, column), and how to mend it.

use std::ops::Range;
use std::path::PathBuf;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use serde::Serialize;

/// How bad a diagnostic is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth mending; nothing is refused.
    Warning,
    /// The suite is not run before this is mended.
    Error,
}

/// One message.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Diagnostic {
    /// Lint's name (`unknown-name`), or `syntax` / `schema` for what loading finds.
    pub code: &'static str,
    /// How bad.
    pub severity: Severity,
    /// File, relative to where the program runs.
    pub file: PathBuf,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// Bytes of the file that it is about.
    #[serde(skip)]
    pub span: Range<usize>,
    /// What is wrong: a factual half sentence in lower case.
    pub message: String,
    /// How to mend it; may be empty.
    pub hint: String,
}

impl Diagnostic {
    /// A message about a span of a file whose text is known.
    pub fn new(
        code: &'static str,
        severity: Severity,
        file: impl Into<PathBuf>,
        text: &str,
        span: Range<usize>,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        let start = floor_boundary(text, span.start);
        let end = floor_boundary(text, span.end.max(start));
        let before = &text[..start];
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|&c| c != '\n').count() + 1;
        Self {
            code,
            severity,
            file: file.into(),
            line,
            column,
            span: start..end,
            message: message.into(),
            hint: hint.into(),
        }
    }
}

/// The largest character boundary that is not beyond `index`.
fn floor_boundary(text: &str, index: usize) -> usize {
    let mut index = index.min(text.len());
    while !text.is_char_boundary(index) {
        index -= 1;
    }
    index
}

/// Draws a diagnostic with a snippet of its file, as compilers do.
pub fn render(diagnostic: &Diagnostic, text: &str, colour: bool) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let path = diagnostic.file.to_string_lossy().into_owned();
    let span = diagnostic.span.start.min(text.len())..diagnostic.span.end.min(text.len());
    let title = level.primary_title(diagnostic.message.as_str()).id(diagnostic.code);
    let mut group = Group::with_title(title)
        .element(Snippet::source(text).path(path).annotation(AnnotationKind::Primary.span(span)));
    if !diagnostic.hint.is_empty() {
        group = group.element(Level::HELP.message(diagnostic.hint.as_str()));
    }
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    renderer.render(&[group]).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rendered_message_names_file_line_column_and_hint() {
        let text = "id: a\nkindd: lemma\n";
        let message = Diagnostic::new(
            "schema",
            Severity::Error,
            "claims/a.yaml",
            text,
            6..11,
            "unknown key `kindd`",
            "did you mean `kind`?",
        );
        assert_eq!((message.line, message.column), (2, 1));
        let drawn = render(&message, text, false);
        for part in ["error[schema]", "unknown key `kindd`", "claims/a.yaml:2:1", "did you mean"] {
            assert!(drawn.contains(part), "{part} not in\n{drawn}");
        }
    }

    #[test]
    fn spans_inside_a_character_or_past_the_end_are_moved_to_a_boundary() {
        let message = Diagnostic::new("x", Severity::Error, "f", "é", 1..99, "m", "");
        assert_eq!(message.span, 0..2);
        assert!(render(&message, "é", false).contains("m"));
    }
}
