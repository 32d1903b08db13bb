//! What can be wrong with a formula.

use super::ast::Span;

/// A text that is not a formula.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ParseError {
    /// The bytes of the text that the message is about.
    pub span: Span,
    /// What is wrong, in lower case.
    pub message: String,
    /// How to mend it; may be empty.
    pub hint: String,
}

impl ParseError {
    pub(super) fn new(span: Span, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { span, message: message.into(), hint: hint.into() }
    }
}

/// A formula that has no value here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct EvalError {
    /// The bytes of the formula's source that the message is about.
    pub span: Span,
    /// What is wrong, in lower case.
    pub message: String,
}

impl EvalError {
    /// An error at a place of the formula's source.
    pub fn new(span: Span, message: impl Into<String>) -> Self {
        Self { span, message: message.into() }
    }
}
