//! `training-outcome`: training runs agree on an outcome over all seeds.

use schemars::JsonSchema;
use serde::Deserialize;

use super::plan::wrap;
use super::{Comparison, Plan, Rule};
use crate::experiment::Evidence;
use crate::formula::{Expression, Formula};
use crate::stats::Relation;

/// Training runs agree on an outcome over all seeds.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TrainingOutcome {
    /// Name, unique within the claim.
    pub name: String,
    /// A comparison that is true or false for each seed (paired arms share the seed).
    pub outcome: Expression,
    /// Strongest evidence that this may count as.
    #[serde(default)]
    pub evidence: Option<Evidence>,
}

impl Rule for TrainingOutcome {
    const KIND: &'static str = "training-outcome";
    const DOCS: &'static str = "a trial is one seed; holds if the outcome occurs for every seed, refuted if for none, else \
        inconclusive. If the outcome were a coin toss, n seeds would agree with probability 2^(1−n), which is printed.";

    fn name(&self) -> &str {
        &self.name
    }

    fn declared_evidence(&self) -> Option<Evidence> {
        self.evidence
    }

    fn formulas(&self) -> Vec<(&'static str, &Formula)> {
        vec![("outcome", &self.outcome.0)]
    }

    fn plan(&self) -> Result<Plan, String> {
        Ok(Plan::Pointwise(Comparison {
            value: wrap("unanimous", &[&self.outcome.0])?,
            relation: Relation::AtLeast,
            bound: Formula::number(1.0),
            margin: None,
        }))
    }
}
