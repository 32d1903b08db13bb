//! `no-counterexample`: a random or adversarial search finds no violation.

use schemars::JsonSchema;
use serde::Deserialize;

use super::plan::wrap;
use super::{Comparison, Plan, Rule};
use crate::experiment::Evidence;
use crate::formula::{Expression, Formula};
use crate::stats::Relation;

/// A random or adversarial search finds no violation.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct NoCounterexample {
    /// Name, unique within the claim.
    pub name: String,
    /// Size of the violation in one trial; at most `bound` if the statement is true.
    pub of: Expression,
    /// Largest value that is no violation; default 0.
    #[serde(default)]
    pub bound: Option<Expression>,
    /// Strongest evidence that this may count as.
    #[serde(default)]
    pub evidence: Option<Evidence>,
}

impl Rule for NoCounterexample {
    const KIND: &'static str = "no-counterexample";
    const DOCS: &'static str = "takes the largest value over all starts of a search; refuted by a single value above the bound \
        (the trial is kept and drawn again), else holds with evidence `search`, never stronger.";

    fn name(&self) -> &str {
        &self.name
    }

    fn declared_evidence(&self) -> Option<Evidence> {
        self.evidence
    }

    fn formulas(&self) -> Vec<(&'static str, &Formula)> {
        let mut formulas = vec![("of", &self.of.0)];
        formulas.extend(self.bound.as_ref().map(|bound| ("bound", &bound.0)));
        formulas
    }

    fn plan(&self) -> Result<Plan, String> {
        let zero = || Formula::number(0.0);
        Ok(Plan::Pointwise(Comparison {
            value: wrap("maximum", &[&self.of.0])?,
            relation: Relation::AtMost,
            bound: self.bound.as_ref().map_or_else(zero, |bound| bound.0.clone()),
            margin: None,
        }))
    }
}
