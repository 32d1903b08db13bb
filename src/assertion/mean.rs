//! `mean`: the mean over trials lies within a margin of a target, or on one side of a bound.

use schemars::JsonSchema;
use serde::Deserialize;

use super::plan::wrap;
use super::{Comparison, Plan, Rule, Target};
use crate::experiment::Evidence;
use crate::formula::{Expression, Formula};

/// The mean over trials lies within a margin of a target, or on one side of a bound.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(deny_unknown_fields)]
pub struct Mean {
    /// Name, unique within the claim.
    pub name: String,
    /// Value of one trial.
    pub of: Expression,
    /// What it is held against.
    #[serde(flatten)]
    pub target: Target,
    /// Strongest evidence that this may count as.
    #[serde(default)]
    pub evidence: Option<Evidence>,
}

impl Rule for Mean {
    const KIND: &'static str = "mean";
    const DOCS: &'static str = "draws trials and encloses the mean by a confidence sequence chosen by what is proven of the \
        tail; holds if the whole interval satisfies the bound (or lies within `target ± margin`), refuted if none of it \
        does, else more trials are drawn until the budget ends: inconclusive.";

    fn name(&self) -> &str {
        &self.name
    }

    fn declared_evidence(&self) -> Option<Evidence> {
        self.evidence
    }

    fn formulas(&self) -> Vec<(&'static str, &Formula)> {
        let mut formulas = vec![("of", &self.of.0)];
        formulas.extend(self.target.formulas());
        formulas
    }

    fn plan(&self) -> Result<Plan, String> {
        let value = wrap("mean", &[&self.of.0])?;
        let (relation, bound, margin) = self.target.resolve()?;
        Ok(Plan::Pointwise(Comparison { value, relation, bound, margin }))
    }
}
