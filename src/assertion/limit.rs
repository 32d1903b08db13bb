//! `limit`: a value tends to a limit at a stated order.

use schemars::JsonSchema;
use serde::Deserialize;

use super::plan::parse;
use super::{Plan, Rule, SeriesPlan, Shape};
use crate::experiment::Evidence;
use crate::formula::{Expression, Formula};
use crate::stats::Relation;

/// A value tends to a limit at a stated order.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Limit {
    /// Name, unique within the claim.
    pub name: String,
    /// What tends to the target.
    pub value: Expression,
    /// Its limit.
    pub target: Expression,
    /// The axis that grows.
    pub over: String,
    /// Order of the error: `axis^(−order)`.
    pub order: f64,
    /// How much larger than fitted the constant may come out (at least 1).
    pub slack: f64,
    /// Strongest evidence that this may count as.
    #[serde(default)]
    pub evidence: Option<Evidence>,
}

impl Rule for Limit {
    const KIND: &'static str = "limit";
    const DOCS: &'static str = "fits the constant of `|value − target| ≤ C·axis^(−order)` on the first half of the axis and confirms it on \
        the second: holds if the largest scaled error there is at most `slack` times the fitted constant.";

    fn name(&self) -> &str {
        &self.name
    }

    fn declared_evidence(&self) -> Option<Evidence> {
        self.evidence
    }

    fn formulas(&self) -> Vec<(&'static str, &Formula)> {
        vec![("value", &self.value.0), ("target", &self.target.0)]
    }

    fn plan(&self) -> Result<Plan, String> {
        if self.slack < 1.0 {
            return Err(format!("`slack` is {}, below 1", self.slack));
        }
        let error =
            format!("abs(({}) - ({}))", self.value.0.canonical(), self.target.0.canonical());
        Ok(Plan::Series(SeriesPlan {
            value: parse(&error)?,
            over: self.over.clone(),
            shape: Shape::LimitConstant { order: self.order },
            relation: Relation::AtMost,
            bound: Formula::number(self.slack),
            margin: None,
        }))
    }
}
