//! `distribution`: the law of a sampled value is a given one, within a Kolmogorov–Smirnov margin.

use schemars::JsonSchema;
use serde::Deserialize;

use super::plan::{parse, wrap};
use super::{Comparison, Plan, Rule};
use crate::experiment::Evidence;
use crate::formula::{Expression, Formula};
use crate::stats::Relation;

/// The law of a sampled value is a given one, within a Kolmogorov–Smirnov margin.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Distribution {
    /// Name, unique within the claim.
    pub name: String,
    /// Value of one trial.
    pub of: Expression,
    /// Name of the exact observable that is the distribution function.
    pub cdf: String,
    /// Largest distance that counts as the same law.
    pub margin: Expression,
    /// Strongest evidence that this may count as.
    #[serde(default)]
    pub evidence: Option<Evidence>,
}

impl Rule for Distribution {
    const KIND: &'static str = "distribution";
    const DOCS: &'static str = "encloses the Kolmogorov–Smirnov distance between the law of the trials and the given law by the \
        Dvoretzky–Kiefer–Wolfowitz inequality; holds if the whole interval is at most `margin`, refuted if none of it is.";

    fn name(&self) -> &str {
        &self.name
    }

    fn declared_evidence(&self) -> Option<Evidence> {
        self.evidence
    }

    fn formulas(&self) -> Vec<(&'static str, &Formula)> {
        vec![("of", &self.of.0), ("margin", &self.margin.0)]
    }

    fn plan(&self) -> Result<Plan, String> {
        let cdf = parse(&self.cdf)?;
        Ok(Plan::Pointwise(Comparison {
            value: wrap("ks", &[&self.of.0, &cdf])?,
            relation: Relation::AtMost,
            bound: self.margin.0.clone(),
            margin: None,
        }))
    }
}
