//! Why a numerical method could not answer.

/// A numerical method's refusal, with the numbers that led to it.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum NumericalError {
    /// The error bar stayed wider than asked.
    #[error("the error bar is {reached:e}, but {asked:e} was asked")]
    Tolerance {
        /// Error bar that was reached.
        reached: f64,
        /// Error bar that was asked for.
        asked: f64,
    },
    /// The function has the same sign at both ends.
    #[error("no change of sign between {a} ({at_a:e}) and {b} ({at_b:e})")]
    NoSignChange {
        /// Left end.
        a: f64,
        /// Right end.
        b: f64,
        /// Value at the left end.
        at_a: f64,
        /// Value at the right end.
        at_b: f64,
    },
    /// No integer up to the limit satisfies the predicate.
    #[error("no integer up to {limit} satisfies the condition")]
    NoInteger {
        /// Largest integer that was tried.
        limit: u64,
    },
    /// An argument outside the method's range.
    #[error("{0}")]
    Domain(String),
}

impl NumericalError {
    /// How to mend it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Tolerance { .. } => {
                "allow a wider error bar, or split the range at kinks and peaks"
            }
            Self::NoSignChange { .. } => "widen the bracket until the function changes sign in it",
            Self::NoInteger { .. } => "the condition may never hold; else raise the limit",
            Self::Domain(_) => "keep the arguments inside the stated range",
        }
    }
}
