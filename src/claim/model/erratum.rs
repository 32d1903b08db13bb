//! What is wrong with a printed statement.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::results::Erratum as ErratumResult;

/// What is wrong with a printed statement.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Erratum {
    /// Sort of mistake.
    pub kind: ErratumKind,
    /// The derivation that shows it, Markdown with LaTeX.
    pub why: String,
    /// Id of the claim that holds instead.
    #[serde(default)]
    pub corrected_by: Option<String>,
}

impl Erratum {
    /// As results show it.
    pub fn result(&self) -> ErratumResult {
        let kind = serde_json::to_value(self.kind).ok();
        ErratumResult {
            kind: kind.and_then(|v| v.as_str().map(String::from)).unwrap_or_default(),
            why: self.why.clone(),
            corrected_by: self.corrected_by.clone(),
        }
    }
}

/// Sorts of printed mistakes.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "each name is the word itself")]
pub enum ErratumKind {
    Sign,
    Constant,
    Exponent,
    StatementFalse,
    ProofStep,
    Notation,
    Attribution,
    Number,
}
