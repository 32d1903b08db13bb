//! Why an experiment could not answer.

/// An experiment's refusal: what went wrong, and how to mend it.
#[derive(Clone, Debug, thiserror::Error, PartialEq)]
pub enum Failure {
    /// A parameter is missing, of the wrong type, or outside its range.
    #[error("{message}")]
    Parameter {
        /// What is wrong, in lower case, naming the parameter.
        message: String,
        /// How to mend it; may be empty.
        hint: String,
    },
    /// The observable is not defined at these arguments, or the computation lost its accuracy.
    #[error("{0}")]
    Domain(String),
    /// Something outside the program is missing (data, libtorch): the claim is skipped.
    #[error("{what}")]
    Unavailable {
        /// What is missing.
        what: String,
        /// The command that provides it.
        mend: String,
    },
}

impl Failure {
    /// A parameter outside its range.
    pub fn parameter(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Parameter { message: message.into(), hint: hint.into() }
    }

    /// An observable that is not defined here.
    pub fn domain(message: impl Into<String>) -> Self {
        Self::Domain(message.into())
    }

    /// An exact observable that the definition announces but the experiment does not compute; the
    /// registry's test makes sure that no user meets it.
    pub fn no_such_observable(name: &str) -> Self {
        Self::Domain(format!("the experiment has no exact observable `{name}`"))
    }
}
