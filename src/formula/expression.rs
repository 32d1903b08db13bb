//! A formula as it stands in a file: decoded from text or a plain number, with its JSON schema.

use schemars::JsonSchema;
use serde::Deserialize;

use super::Formula;

/// A formula in a claim file: text, or a plain number.
#[derive(Clone, Debug)]
pub struct Expression(pub Formula);

impl<'de> Deserialize<'de> for Expression {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        let text = match &value {
            serde_json::Value::String(text) => text.clone(),
            serde_json::Value::Number(number) => number.to_string(),
            other => return Err(serde::de::Error::custom(format!("{other} is not a formula"))),
        };
        let parsed = Formula::parse(&text);
        parsed.map(Self).map_err(|error| serde::de::Error::custom(error.message))
    }
}

impl JsonSchema for Expression {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Formula".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "A formula: numbers, names, + - * / ^, comparisons, and/or/not, calls.",
            "type": ["string", "number"],
            "format": "formula"
        })
    }
}
