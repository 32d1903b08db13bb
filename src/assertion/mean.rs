//! `mean`: the mean over trials lies within a margin of a target, or on one side of a bound.

use schemars::JsonSchema;
use serde::Deserialize;

use super::plan::wrap;
use super::{Comparison, Plan, Rule, Target};
use crate::experiment::Evidence;
use crate::formula::{Expression, Formula};

/// The mean over trials lies within a margin of a target, or on one side of a bound.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Mean {
    /// Name, unique within the claim.
    pub name: String,
    /// Value of one trial.
    pub of: Expression,
    /// Upper bound.
    #[serde(default)]
    pub at_most: Option<Expression>,
    /// Lower bound.
    #[serde(default)]
    pub at_least: Option<Expression>,
    /// Target; needs `margin`.
    #[serde(default)]
    pub target: Option<Expression>,
    /// Largest departure from `target` that counts as equal.
    #[serde(default)]
    pub margin: Option<Expression>,
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
        let bounds = [
            ("at-most", &self.at_most),
            ("at-least", &self.at_least),
            ("target", &self.target),
            ("margin", &self.margin),
        ];
        formulas.extend(
            bounds.into_iter().filter_map(|(field, value)| Some((field, &value.as_ref()?.0))),
        );
        formulas
    }

    fn plan(&self) -> Result<Plan, String> {
        let value = wrap("mean", &[&self.of.0])?;
        let target = self.target();
        let (relation, bound, margin) = target.resolve()?;
        Ok(Plan::Pointwise(Comparison { value, relation, bound, margin }))
    }
}

impl Mean {
    fn target(&self) -> Target {
        Target {
            at_most: self.at_most.clone(),
            at_least: self.at_least.clone(),
            target: self.target.clone(),
            margin: self.margin.clone(),
        }
    }
}
