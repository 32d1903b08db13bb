//! `quantile`: a quantile over trials, against a bound or a target.

use schemars::JsonSchema;
use serde::Deserialize;

use super::plan::wrap;
use super::{Comparison, Plan, Rule, Target};
use crate::experiment::Evidence;
use crate::formula::{Expression, Formula};

/// A quantile over trials, against a bound or a target.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Quantile {
    /// Name, unique within the claim.
    pub name: String,
    /// Value of one trial.
    pub of: Expression,
    /// Which quantile, between 0 and 1.
    pub p: Expression,
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

impl Rule for Quantile {
    const KIND: &'static str = "quantile";
    const DOCS: &'static str = "encloses the quantile between two order statistics, whatever the law; decided like `mean`.";

    fn name(&self) -> &str {
        &self.name
    }

    fn declared_evidence(&self) -> Option<Evidence> {
        self.evidence
    }

    fn formulas(&self) -> Vec<(&'static str, &Formula)> {
        let mut formulas = vec![("of", &self.of.0), ("p", &self.p.0)];
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
        let value = wrap("quantile", &[&self.of.0, &self.p.0])?;
        let target = self.target();
        let (relation, bound, margin) = target.resolve()?;
        Ok(Plan::Pointwise(Comparison { value, relation, bound, margin }))
    }
}

impl Quantile {
    fn target(&self) -> Target {
        Target {
            at_most: self.at_most.clone(),
            at_least: self.at_least.clone(),
            target: self.target.clone(),
            margin: self.margin.clone(),
        }
    }
}
