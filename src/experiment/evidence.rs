//! How strong the evidence behind a verdict is.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Kinds of evidence, strongest first (the order of the variants is the order of strength).
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Evidence {
    /// A closed form or finite sum, evaluated with a bounded rounding error.
    Exact,
    /// Interval arithmetic over a whole range: true for every real number in it.
    Certified,
    /// Numerical integration or series with an error bar from two rules that agree.
    Quadrature,
    /// Independent trials and a confidence interval.
    MonteCarlo,
    /// Random or adversarial search: nothing found is weak, a hit is decisive.
    Search,
    /// A fitted exponent over several decades.
    Scaling,
    /// Training runs compared over seeds.
    Training,
}

impl Evidence {
    /// The word used in claim files and results.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Certified => "certified",
            Self::Quadrature => "quadrature",
            Self::MonteCarlo => "monte-carlo",
            Self::Search => "search",
            Self::Scaling => "scaling",
            Self::Training => "training",
        }
    }

    /// What the word means to a reader of the report.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Exact => "a closed form or finite sum with bounded rounding error",
            Self::Certified => "interval arithmetic: true for every real number of the range",
            Self::Quadrature => "numerical integration with an error bar",
            Self::MonteCarlo => "independent random trials with a confidence interval",
            Self::Search => "random and adversarial search for a counterexample",
            Self::Scaling => "a fitted exponent over several sizes",
            Self::Training => "training runs compared over seeds",
        }
    }

    /// The weaker of two: a chain of evidence is as strong as its weakest part.
    pub fn weakest(self, other: Self) -> Self {
        self.max(other)
    }
}
