//! `ordering`: a value rises or falls along an axis.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Plan, Rule, SeriesPlan, Shape};
use crate::experiment::Evidence;
use crate::formula::{Expression, Formula};
use crate::stats::Relation;

/// A value rises or falls along an axis.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Ordering {
    /// Name, unique within the claim.
    pub name: String,
    /// What rises or falls.
    pub value: Expression,
    /// Along which axis.
    pub over: String,
    /// Which way.
    pub direction: Direction,
    /// Smallest step that counts; default 0.
    #[serde(default)]
    pub by: Option<Expression>,
    /// Strongest evidence that this may count as.
    #[serde(default)]
    pub evidence: Option<Evidence>,
}

impl Rule for Ordering {
    const KIND: &'static str = "ordering";
    const DOCS: &'static str = "takes the smallest step between neighbours along the axis; holds if its whole interval is at least `by` \
        (default 0), refuted if none of it is.";

    fn name(&self) -> &str {
        &self.name
    }

    fn declared_evidence(&self) -> Option<Evidence> {
        self.evidence
    }

    fn formulas(&self) -> Vec<(&'static str, &Formula)> {
        let mut formulas = vec![("value", &self.value.0)];
        formulas.extend(self.by.as_ref().map(|by| ("by", &by.0)));
        formulas
    }

    fn plan(&self) -> Result<Plan, String> {
        let shape = match self.direction {
            Direction::Increasing => Shape::SmallestRise,
            Direction::Decreasing => Shape::SmallestFall,
        };
        let zero = || Formula::number(0.0);
        Ok(Plan::Series(SeriesPlan {
            value: self.value.0.clone(),
            over: self.over.clone(),
            shape,
            relation: Relation::AtLeast,
            bound: self.by.as_ref().map_or_else(zero, |by| by.0.clone()),
            margin: None,
        }))
    }
}

/// Which way an ordering goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// Up.
    Increasing,
    /// Down.
    Decreasing,
}
