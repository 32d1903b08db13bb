//! The JSON schema of claim files, and a walk that holds a YAML tree against it.
//!
//! The schema is generated from the types, so editors, loader and documentation can't disagree. The
//! walk reports every departure with its place; decoding afterwards can then not fail in ways that
//! a person would have to guess at.

use std::ops::Range;
use std::sync::LazyLock;

use serde_json::{Map, Value};

use super::model::{Claim, Paper};
use super::suggest::hint;
use super::tree::{Node, NodeKind};
use crate::formula::Formula;

/// A departure: bytes, what is wrong, how to mend it.
pub type Finding = (Range<usize>, String, String);

/// JSON schema of claim files.
pub fn claim_schema() -> &'static Value {
    static SCHEMA: LazyLock<Value> = LazyLock::new(schema_of::<Claim>);
    &SCHEMA
}

/// JSON schema of `paper.yaml`.
pub fn paper_schema() -> &'static Value {
    static SCHEMA: LazyLock<Value> = LazyLock::new(schema_of::<Paper>);
    &SCHEMA
}

fn schema_of<T: schemars::JsonSchema>() -> Value {
    let settings = schemars::generate::SchemaSettings::draft2020_12();
    let settings = settings.with(|settings| settings.inline_subschemas = true);
    settings.into_generator().into_root_schema_for::<T>().into()
}

/// Every departure of a tree from a schema, in file order.
pub fn check(node: &Node, schema: &Value) -> Vec<Finding> {
    let mut findings = Vec::new();
    walk(node, schema, &mut findings);
    findings.sort_by_key(|finding| finding.0.start);
    findings
}

fn walk(node: &Node, schema: &Value, findings: &mut Vec<Finding>) {
    let Some(schema) = schema.as_object() else { return };
    if let Some(branches) = branches(schema) {
        match choose(node, branches) {
            Ok(branch) => walk(node, branch, findings),
            Err(finding) => findings.push(finding),
        }
        return;
    }
    if let Some(expected) = schema.get("type")
        && !types(expected).iter().any(|kind| is_type(node, kind))
    {
        findings.push(wrong_type(node, &types(expected)));
        return;
    }
    match &node.kind {
        NodeKind::Map(entries) => walk_map(node, entries, schema, findings),
        NodeKind::List(items) => {
            if let Some(least) = schema.get("minItems").and_then(Value::as_u64)
                && (items.len() as u64) < least
            {
                findings.push((
                    node.span.clone(),
                    format!("needs at least {least} entry"),
                    String::new(),
                ));
            }
            if let Some(item) = schema.get("items") {
                items.iter().for_each(|node| walk(node, item, findings));
            }
        }
        NodeKind::Scalar { text, plain } => walk_scalar(node, text, *plain, schema, findings),
    }
}

fn walk_map(
    node: &Node,
    entries: &[(String, Range<usize>, Node)],
    schema: &Map<String, Value>,
    findings: &mut Vec<Finding>,
) {
    let empty = Map::new();
    let properties = schema.get("properties").and_then(Value::as_object).unwrap_or(&empty);
    for (key, span, value) in entries {
        if let Some(property) = properties.get(key) {
            walk(value, property, findings);
            continue;
        }
        match schema.get("additionalProperties") {
            Some(Value::Bool(false)) => {
                let known = properties.keys().map(String::as_str);
                findings.push((span.clone(), format!("unknown key `{key}`"), hint(key, known)));
            }
            Some(others) => walk(value, others, findings),
            None => {}
        }
    }
    let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
    for name in required.filter_map(Value::as_str) {
        if !entries.iter().any(|(key, _, _)| key == name) {
            let start = node.span.start;
            let about =
                properties.get(name).and_then(|p| p.get("description")).and_then(Value::as_str);
            let hint = about.map(|about| format!("`{name}`: {about}")).unwrap_or_default();
            findings.push((start..start + 1, format!("the key `{name}` is missing"), hint));
        }
    }
}

fn walk_scalar(
    node: &Node,
    text: &str,
    plain: bool,
    schema: &Map<String, Value>,
    findings: &mut Vec<Finding>,
) {
    if let Some(options) = schema.get("enum").and_then(Value::as_array) {
        let words: Vec<&str> = options.iter().filter_map(Value::as_str).collect();
        if !words.contains(&text) {
            let message = format!("`{text}` is none of the allowed words");
            findings.push((node.span.clone(), message, hint(text, words.iter().copied())));
        }
    }
    if let Some(constant) = schema.get("const").and_then(Value::as_str)
        && constant != text
    {
        findings.push((node.span.clone(), format!("must be `{constant}`"), String::new()));
    }
    if let serde_yaml::Value::Number(number) = node.to_value()
        && number.as_f64().is_some_and(|x| !x.is_finite())
    {
        let message = format!("{text} is larger than every double");
        findings.push((node.span.clone(), message, "write a number below 1.8e308".into()));
        return;
    }
    if let Some(most) = schema.get("maximum").and_then(Value::as_f64)
        && text.parse::<f64>().is_ok_and(|x| x > most)
    {
        findings.push((node.span.clone(), format!("{text} is above {most}"), String::new()));
    }
    if let Some(least) = schema.get("minimum").and_then(Value::as_f64)
        && text.parse::<f64>().is_ok_and(|x| x < least)
    {
        findings.push((node.span.clone(), format!("{text} is below {least}"), String::new()));
    }
    if schema.get("format").and_then(Value::as_str) == Some("formula")
        && let Err(error) = Formula::parse(text)
    {
        let offset = node.span.start + usize::from(!plain);
        let span = offset + error.span.start..offset + error.span.end.max(error.span.start + 1);
        let span = span.start.min(node.span.end)..span.end.min(node.span.end.max(span.start + 1));
        findings.push((span, format!("in the formula: {}", error.message), error.hint));
    }
}

fn branches(schema: &Map<String, Value>) -> Option<&Vec<Value>> {
    schema.get("oneOf").or_else(|| schema.get("anyOf")).and_then(Value::as_array)
}

/// The branch of a choice that a node means: by its `kind`, else by its type, else by its words.
fn choose<'a>(node: &Node, branches: &'a [Value]) -> Result<&'a Value, Finding> {
    let kind_of = |branch: &'a Value| branch.pointer("/properties/kind/const")?.as_str();
    if branches.iter().any(|branch| kind_of(branch).is_some()) {
        let kinds = branches.iter().filter_map(kind_of);
        let NodeKind::Map(entries) = &node.kind else {
            return Err(wrong_type(node, &["object".into()]));
        };
        let Some((_, _, kind)) = entries.iter().find(|(key, _, _)| key == "kind") else {
            let start = node.span.start;
            return Err((start..start + 1, "the key `kind` is missing".into(), hint("", kinds)));
        };
        let NodeKind::Scalar { text, .. } = &kind.kind else {
            return Err((kind.span.clone(), "`kind` must be a word".into(), String::new()));
        };
        let found = branches.iter().find(|branch| kind_of(branch) == Some(text));
        return found.ok_or_else(|| {
            (kind.span.clone(), format!("there is no assertion kind `{text}`"), hint(text, kinds))
        });
    }
    // Words of an enumeration with documented variants come as one branch a word.
    let words: Vec<&str> = branches
        .iter()
        .flat_map(|branch| {
            let listed = branch.get("enum").and_then(Value::as_array).into_iter().flatten();
            listed.chain(branch.get("const")).filter_map(Value::as_str).collect::<Vec<_>>()
        })
        .collect();
    if let NodeKind::Scalar { text, .. } = &node.kind
        && !words.is_empty()
    {
        let fits = |branch: &&Value| {
            branch.get("const").and_then(Value::as_str) == Some(text)
                || branch
                    .get("enum")
                    .and_then(Value::as_array)
                    .is_some_and(|list| list.iter().any(|word| word.as_str() == Some(text)))
        };
        return branches.iter().find(fits).ok_or_else(|| {
            let message = format!("`{text}` is none of the allowed words");
            (node.span.clone(), message, hint(text, words.iter().copied()))
        });
    }
    let fits = |branch: &&Value| match branch.get("type") {
        Some(expected) => types(expected).iter().any(|kind| is_type(node, kind)),
        None => true,
    };
    let expected =
        || branches.iter().filter_map(|b| b.get("type")).flat_map(types).collect::<Vec<_>>();
    branches.iter().find(fits).ok_or_else(|| wrong_type(node, &expected()))
}

fn types(expected: &Value) -> Vec<String> {
    match expected {
        Value::String(kind) => vec![kind.clone()],
        Value::Array(kinds) => kinds.iter().filter_map(|k| k.as_str().map(String::from)).collect(),
        _ => Vec::new(),
    }
}

fn is_type(node: &Node, kind: &str) -> bool {
    match (&node.kind, kind) {
        (NodeKind::Map(_), "object") | (NodeKind::List(_), "array") => true,
        (NodeKind::Scalar { .. }, kind) => match node.to_value() {
            serde_yaml::Value::Null => kind == "null",
            serde_yaml::Value::Bool(_) => kind == "boolean",
            serde_yaml::Value::Number(number) => {
                kind == "number" || (kind == "integer" && !number.is_f64())
            }
            serde_yaml::Value::String(_) => kind == "string",
            _ => false,
        },
        _ => false,
    }
}

fn wrong_type(node: &Node, expected: &[String]) -> Finding {
    let name = |kind: &str| match kind {
        "object" => "a map",
        "array" => "a list",
        "string" => "text",
        "integer" => "a whole number",
        "number" => "a number",
        "boolean" => "`true` or `false`",
        _ => "nothing",
    };
    let mut wanted: Vec<&str> = Vec::new();
    for kind in expected.iter().filter(|kind| *kind != "null") {
        if !wanted.contains(&name(kind)) {
            wanted.push(name(kind));
        }
    }
    let found = match &node.kind {
        NodeKind::Map(_) => "a map",
        NodeKind::List(_) => "a list",
        NodeKind::Scalar { .. } => match node.to_value() {
            serde_yaml::Value::Null => "nothing",
            serde_yaml::Value::Number(_) => "a number",
            serde_yaml::Value::Bool(_) => "`true` or `false`",
            _ => "text",
        },
    };
    let hint = match (expected.iter().any(|kind| kind == "string"), found) {
        (true, "a number" | "`true` or `false`") => "put it in quotes",
        _ => "",
    };
    (node.span.clone(), format!("expected {}, found {found}", wanted.join(" or ")), hint.into())
}
