//! `rate`: a power law, as the slope in log-log coordinates.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Plan, Rule, SeriesPlan, Shape, Target};
use crate::experiment::Evidence;
use crate::formula::{Expression, Formula};

/// A power law, as the slope in log-log coordinates.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(deny_unknown_fields)]
pub struct Rate {
    /// Name, unique within the claim.
    pub name: String,
    /// What scales.
    pub value: Expression,
    /// The axis it scales with.
    pub over: String,
    /// What it is held against.
    #[serde(flatten)]
    pub target: Target,
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
        formulas.extend(self.target.formulas());
        formulas
    }

    fn plan(&self) -> Result<Plan, String> {
        let (relation, bound, margin) = self.target.resolve()?;
        let value = self.value.0.clone();
        let (over, shape) = (self.over.clone(), Shape::LogLogSlope);
        Ok(Plan::Series(SeriesPlan { value, over, shape, relation, bound, margin }))
    }
}
