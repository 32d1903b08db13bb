//! YAML with positions: an event stream becomes a tree whose nodes know their bytes in the file.

use std::ops::Range;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span};

/// Deeper files are refused: claim files need five levels.
const MAX_DEPTH: usize = 48;
/// Larger files are refused: the longest of four papers has 11 kB, and messages take time in proportion to
/// their number and the file's length.
pub const MAX_BYTES: usize = 1 << 16;

/// A node of a YAML file.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Bytes of the file (for a map or list: from its first to its last entry).
    pub span: Range<usize>,
    /// What it is.
    pub kind: NodeKind,
}

/// What a node is.
#[derive(Clone, Debug, PartialEq)]
pub enum NodeKind {
    /// A scalar: its text, and whether it stood plain (then numbers and booleans are meant).
    Scalar {
        /// The text after unquoting and folding.
        text: String,
        /// No quotes, no block style.
        plain: bool,
    },
    /// A list.
    List(Vec<Node>),
    /// A map: key text, key span, value; in file order.
    Map(Vec<(String, Range<usize>, Node)>),
}

/// One step of a path into a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Into a map.
    Key(String),
    /// Into a list.
    Index(usize),
}

impl From<&str> for Step {
    fn from(key: &str) -> Self {
        Self::Key(key.into())
    }
}

impl From<usize> for Step {
    fn from(index: usize) -> Self {
        Self::Index(index)
    }
}

/// What is wrong with a file as YAML: where, what, and how to mend it.
pub type SyntaxError = (Range<usize>, String, String);

impl Node {
    /// Reads a file's text.
    ///
    /// # Errors
    /// Malformed YAML, several documents, anchors and aliases, tags, duplicate keys, keys that are
    /// no scalars, too deep or too large.
    pub fn parse(text: &str) -> Result<Self, SyntaxError> {
        if text.len() > MAX_BYTES {
            let message = format!("the file has {} bytes, more than {MAX_BYTES}", text.len());
            return Err((0..0, message, "split the claim".into()));
        }
        let mut reader = Reader { parser: Parser::new_from_str(text), places: Places::new(text) };
        let root = reader.document()?;
        root.ok_or_else(|| (0..text.len().min(1), "the file is empty".into(), EMPTY_HINT.into()))
    }

    /// The node at a path.
    pub fn at(&self, path: &[Step]) -> Option<&Self> {
        let Some((first, rest)) = path.split_first() else { return Some(self) };
        let child = match (&self.kind, first) {
            (NodeKind::Map(entries), Step::Key(key)) => {
                entries.iter().find(|(name, _, _)| name == key).map(|(_, _, node)| node)
            }
            (NodeKind::List(items), Step::Index(index)) => items.get(*index),
            _ => None,
        };
        child?.at(rest)
    }

    /// The bytes of the nearest thing to a path that exists: the node, or its closest ancestor.
    pub fn locate(&self, path: &[Step]) -> Range<usize> {
        (0..=path.len())
            .rev()
            .find_map(|length| self.at(&path[..length]))
            .map_or(0..0, |node| node.span.clone())
    }

    /// The bytes of a map's key.
    pub fn key_span(&self, path: &[Step], key: &str) -> Option<Range<usize>> {
        let NodeKind::Map(entries) = &self.at(path)?.kind else { return None };
        entries.iter().find(|(name, _, _)| name == key).map(|(_, span, _)| span.clone())
    }

    /// The value without positions. Plain scalars become numbers, booleans and null as YAML 1.2 reads them.
    pub fn to_value(&self) -> serde_yaml::Value {
        match &self.kind {
            NodeKind::Scalar { text, plain: true } => plain_value(text),
            NodeKind::Scalar { text, plain: false } => serde_yaml::Value::String(text.clone()),
            NodeKind::List(items) => {
                serde_yaml::Value::Sequence(items.iter().map(Self::to_value).collect())
            }
            NodeKind::Map(entries) => serde_yaml::Value::Mapping(
                entries
                    .iter()
                    .map(|(key, _, node)| (serde_yaml::Value::String(key.clone()), node.to_value()))
                    .collect(),
            ),
        }
    }
}

const EMPTY_HINT: &str = "`claimcheck new` writes a file to start from";

/// A plain scalar as YAML 1.2's core schema reads it.
fn plain_value(text: &str) -> serde_yaml::Value {
    use serde_yaml::Value;
    match text {
        "" | "~" | "null" => Value::Null,
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        _ => {
            let numeric = text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c))
                && text.chars().all(|c| c.is_ascii_digit() || "+-.eE".contains(c));
            let integer = text.parse::<i64>().ok().filter(|_| numeric);
            let float = text.parse::<f64>().ok().filter(|_| numeric);
            match (integer, float) {
                (Some(integer), _) => Value::Number(integer.into()),
                (None, Some(float)) => Value::Number(float.into()),
                _ => Value::String(text.into()),
            }
        }
    }
}

/// Byte offsets of the parser's marks, which count characters.
struct Places {
    offsets: Vec<usize>,
    ascii: bool,
    length: usize,
}

impl Places {
    fn new(text: &str) -> Self {
        let ascii = text.is_ascii();
        let offsets =
            if ascii { Vec::new() } else { text.char_indices().map(|(at, _)| at).collect() };
        Self { offsets, ascii, length: text.len() }
    }

    fn byte(&self, character: usize) -> usize {
        if self.ascii {
            return character.min(self.length);
        }
        self.offsets.get(character).copied().unwrap_or(self.length)
    }

    fn span(&self, span: &Span) -> Range<usize> {
        self.byte(span.start.index())..self.byte(span.end.index())
    }
}

struct Reader<'a> {
    parser: Parser<'a, saphyr_parser::StrInput<'a>>,
    places: Places,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Result<(Event<'a>, Range<usize>), SyntaxError> {
        match self.parser.next_event() {
            Some(Ok((event, span))) => Ok((event, self.places.span(&span))),
            Some(Err(error)) => Err(self.scan_error(&error)),
            None => Ok((Event::StreamEnd, self.places.length..self.places.length)),
        }
    }

    fn scan_error(&self, error: &ScanError) -> SyntaxError {
        let at = self.places.byte(error.marker().index());
        let message = format!("malformed YAML: {}", error.info());
        (
            at..at + 1,
            message,
            "indentation, a missing quote or a stray `:` or `{` are the usual causes".into(),
        )
    }

    fn document(&mut self) -> Result<Option<Node>, SyntaxError> {
        let mut root = None;
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamEnd => return Ok(root),
                Event::StreamStart | Event::DocumentEnd | Event::Nothing => {}
                Event::DocumentStart(_) if root.is_some() => {
                    let hint = "write one claim a file; remove the second `---`";
                    return Err((span, "the file holds several documents".into(), hint.into()));
                }
                Event::DocumentStart(_) => {}
                event => root = Some(self.node(event, span, 0)?),
            }
        }
    }

    fn node(
        &mut self,
        event: Event<'a>,
        span: Range<usize>,
        depth: usize,
    ) -> Result<Node, SyntaxError> {
        if depth > MAX_DEPTH {
            let message = format!("nested deeper than {MAX_DEPTH} levels");
            return Err((span, message, "claim files need about five".into()));
        }
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                refuse_extras(anchor, tag.is_some(), &span)?;
                refuse_controls(&text, &span)?;
                let plain = style == ScalarStyle::Plain;
                Ok(Node { span, kind: NodeKind::Scalar { text: text.into_owned(), plain } })
            }
            Event::SequenceStart(anchor, tag) => {
                refuse_extras(anchor, tag.is_some(), &span)?;
                self.list(span, depth)
            }
            Event::MappingStart(anchor, tag) => {
                refuse_extras(anchor, tag.is_some(), &span)?;
                self.map(span, depth)
            }
            Event::Alias(_) => {
                Err((span, "aliases are not used in claim files".into(), ALIAS_HINT.into()))
            }
            other => Err((span, format!("unexpected YAML event {other:?}"), String::new())),
        }
    }

    fn list(&mut self, span: Range<usize>, depth: usize) -> Result<Node, SyntaxError> {
        let mut items = Vec::new();
        loop {
            let (event, at) = self.next()?;
            if matches!(event, Event::SequenceEnd) {
                let end = at.end.max(span.start);
                return Ok(Node { span: span.start..end, kind: NodeKind::List(items) });
            }
            items.push(self.node(event, at, depth + 1)?);
        }
    }

    fn map(&mut self, span: Range<usize>, depth: usize) -> Result<Node, SyntaxError> {
        let mut entries: Vec<(String, Range<usize>, Node)> = Vec::new();
        loop {
            let (event, at) = self.next()?;
            if matches!(event, Event::MappingEnd) {
                let end = at.end.max(span.start);
                return Ok(Node { span: span.start..end, kind: NodeKind::Map(entries) });
            }
            let key = self.node(event, at, depth + 1)?;
            let NodeKind::Scalar { text, .. } = key.kind else {
                return Err((key.span, "a key must be a word".into(), String::new()));
            };
            if entries.iter().any(|(name, _, _)| *name == text) {
                let message = format!("the key `{text}` stands twice");
                return Err((key.span, message, "remove one of them".into()));
            }
            let (event, at) = self.next()?;
            let value = self.node(event, at, depth + 1)?;
            entries.push((text, key.span, value));
        }
    }
}

/// Text is printed on terminals and in pages: escape sequences and NUL have no business there.
fn refuse_controls(text: &str, span: &Range<usize>) -> Result<(), SyntaxError> {
    match text.chars().find(|c| c.is_control() && !['\n', '\t'].contains(c)) {
        None => Ok(()),
        Some(odd) => {
            let message = format!("the text holds the control character {}", odd.escape_unicode());
            Err((span.clone(), message, "remove it".into()))
        }
    }
}

const ALIAS_HINT: &str = "write the value out, or give it a name under `let`";

fn refuse_extras(anchor: usize, tag: bool, span: &Range<usize>) -> Result<(), SyntaxError> {
    if anchor != 0 {
        return Err((
            span.clone(),
            "anchors are not used in claim files".into(),
            ALIAS_HINT.into(),
        ));
    }
    if tag {
        let hint = "remove the `!…`".to_string();
        return Err((span.clone(), "tags are not used in claim files".into(), hint));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_point_at_the_text() {
        let text = "é: 1\nlist:\n  - a\n  - {k: 'v w'}\n";
        let tree = Node::parse(text).unwrap();
        let path = ["list".into(), 1.into(), "k".into()];
        assert_eq!(&text[tree.locate(&path)], "'v w'");
        assert_eq!(&text[tree.key_span(&[], "list").unwrap()], "list");
        assert_eq!(&text[tree.locate(&["é".into()])], "1");
    }

    #[test]
    fn numbers_are_read_as_yaml_1_2_does() {
        let tree = Node::parse("[1, 1e-3, -2.5, 0x10, '3', yes, ~, 1/6]").unwrap();
        let value = serde_json::to_value(tree.to_value()).unwrap();
        assert_eq!(value, serde_json::json!([1, 1e-3, -2.5, "0x10", "3", "yes", null, "1/6"]));
    }

    #[test]
    fn hostile_files_are_refused_in_words() {
        let deep = "[".repeat(100);
        let cases = [
            ("a: &x 1\nb: *x", "anchors"),
            ("a: 1\na: 2", "stands twice"),
            ("a: !!python/object x", "tags"),
            ("a: [1", "malformed"),
            ("a: 1\n---\nb: 2", "several documents"),
            ("a: \"\\e[31m\"", "control character \\u{1b}"),
            ("\"a\\0\": 1", "control character \\u{0}"),
            ("", "empty"),
            (deep.as_str(), "deeper"),
        ];
        for (text, part) in cases {
            let (_, message, _) = Node::parse(text).unwrap_err();
            assert!(message.contains(part), "{text:?}: {message}");
        }
    }
}
