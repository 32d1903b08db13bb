//! Pages taken apart into tags.

use std::collections::BTreeMap;

/// A tag of a page: name, attributes, and whether it opens, closes or stands alone.
#[derive(Debug)]
pub struct Tag {
    /// Name.
    pub name: String,
    /// Attributes by name.
    pub attributes: BTreeMap<String, String>,
    /// Whether it closes an element.
    pub end: bool,
    /// Whether it stands alone.
    pub closed: bool,
}

/// Tags of a page by the rules of HTML: quotes protect `>`.
pub fn tags(page: &str) -> Vec<Tag> {
    let mut tags = Vec::new();
    let mut rest = page.strip_prefix("<!doctype html>").expect("a doctype");
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        let mut quoted = false;
        let end = rest
            .find(|c| {
                quoted ^= c == '"';
                c == '>' && !quoted
            })
            .expect("a tag ends");
        let body = &rest[..end];
        rest = &rest[end + 1..];
        let (end, body) = body.strip_prefix('/').map_or((false, body), |body| (true, body));
        let (closed, body) = body.strip_suffix('/').map_or((false, body), |body| (true, body));
        let mut parts = body.splitn(2, char::is_whitespace);
        let name = parts.next().unwrap().to_string();
        assert!(name.chars().all(|c| c.is_ascii_alphanumeric()), "odd tag <{body}>");
        tags.push(Tag { name, attributes: attributes(parts.next().unwrap_or("")), end, closed });
    }
    tags
}

fn attributes(mut text: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    while !text.trim().is_empty() {
        text = text.trim_start();
        let end = text.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(text.len());
        let key = text[..end].to_string();
        assert!(key.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'), "odd attribute {key}");
        assert!(!key.starts_with("on"), "a handler: {key}");
        text = &text[end..];
        let mut value = String::new();
        if let Some(after) = text.strip_prefix("=\"") {
            let (inside, after) = after.split_once('"').unwrap();
            value = inside.to_string();
            text = after;
        }
        assert!(found.insert(key.clone(), value).is_none(), "{key} twice");
    }
    found
}
