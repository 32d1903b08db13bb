//! `rate`: a power law, as the slope in log-log coordinates.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Plan, Rule, SeriesPlan, Shape, Target};
use crate::experiment::Evidence;
use crate::formula::{Expression, Formula};

/// A power law, as the slope in log-log coordinates.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Rate {
    /// Name, unique within the claim.
    pub name: String,
    /// What scales.
    pub value: Expression,
    /// The axis it scales with.
    pub over: String,
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

impl Rule for Rate {
    const KIND: &'static str = "rate";
    const DOCS: &'static str = "fits the slope of ln(value) against ln(axis) by least squares; its interval follows from those of the points; \
        decided like `mean`. Logarithms that a Õ hides are to be divided out in `value`.";

    fn name(&self) -> &str {
        &self.name
    }

    fn declared_evidence(&self) -> Option<Evidence> {
        self.evidence
    }

    fn formulas(&self) -> Vec<(&'static str, &Formula)> {
        let mut formulas = vec![("value", &self.value.0)];
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
        let target = self.target();
        let (relation, bound, margin) = target.resolve()?;
        let value = self.value.0.clone();
        let (over, shape) = (self.over.clone(), Shape::LogLogSlope);
        Ok(Plan::Series(SeriesPlan { value, over, shape, relation, bound, margin }))
    }
}

impl Rate {
    fn target(&self) -> Target {
        Target {
            at_most: self.at_most.clone(),
            at_least: self.at_least.clone(),
            target: self.target.clone(),
            margin: self.margin.clone(),
        }
    }
}
