//! `equals`, `at-most`, `at-least`: a value with the error bar that its experiment supplies.

use schemars::JsonSchema;
use serde::Deserialize;

use super::plan::parse;
use super::{Comparison, Plan, Rule};
use crate::experiment::Evidence;
use crate::formula::{Expression, Formula};
use crate::stats::Relation;

/// Default margin of `equals`, relative to the target: far above rounding, far below any claim's digits.
const RELATIVE_MARGIN: &str = "1e-9";

/// A value equals a target, within a margin.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Equals {
    /// Name, unique within the claim.
    pub name: String,
    /// What is measured.
    pub value: Expression,
    /// What it must equal.
    pub target: Expression,
    /// Largest departure that counts as equal; default `1e-9` of the target.
    #[serde(default)]
    pub margin: Option<Expression>,
    /// Strongest evidence that this may count as.
    #[serde(default)]
    pub evidence: Option<Evidence>,
}

impl Rule for Equals {
    const KIND: &'static str = "equals";
    const DOCS: &'static str = "holds if the whole interval of the value lies within `target ± margin`; refuted if \
        none of it does; else inconclusive. The default margin is 1e-9 of the target.";

    fn name(&self) -> &str {
        &self.name
    }

    fn declared_evidence(&self) -> Option<Evidence> {
        self.evidence
    }

    fn formulas(&self) -> Vec<(&'static str, &Formula)> {
        let mut formulas = vec![("value", &self.value.0), ("target", &self.target.0)];
        formulas.extend(self.margin.as_ref().map(|margin| ("margin", &margin.0)));
        formulas
    }

    fn plan(&self) -> Result<Plan, String> {
        let margin = match &self.margin {
            Some(margin) => margin.0.clone(),
            None => parse(&format!("{RELATIVE_MARGIN}*abs({})", self.target.0.canonical()))?,
        };
        Ok(Plan::Pointwise(Comparison {
            value: self.value.0.clone(),
            relation: Relation::Within,
            bound: self.target.0.clone(),
            margin: Some(margin),
        }))
    }
}

/// A value is at most a bound.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct AtMost {
    /// Name, unique within the claim.
    pub name: String,
    /// What is measured.
    pub value: Expression,
    /// The bound as printed.
    pub bound: Expression,
    /// Strongest evidence that this may count as.
    #[serde(default)]
    pub evidence: Option<Evidence>,
}

impl Rule for AtMost {
    const KIND: &'static str = "at-most";
    const DOCS: &'static str = "holds if the upper end of the value's interval is at most the bound; refuted if the \
        lower end exceeds it; else inconclusive.";

    fn name(&self) -> &str {
        &self.name
    }

    fn declared_evidence(&self) -> Option<Evidence> {
        self.evidence
    }

    fn formulas(&self) -> Vec<(&'static str, &Formula)> {
        vec![("value", &self.value.0), ("bound", &self.bound.0)]
    }

    fn plan(&self) -> Result<Plan, String> {
        Ok(one_sided(&self.value, Relation::AtMost, &self.bound))
    }
}

/// A value is at least a bound.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct AtLeast {
    /// Name, unique within the claim.
    pub name: String,
    /// What is measured.
    pub value: Expression,
    /// The bound as printed.
    pub bound: Expression,
    /// Strongest evidence that this may count as.
    #[serde(default)]
    pub evidence: Option<Evidence>,
}

impl Rule for AtLeast {
    const KIND: &'static str = "at-least";
    const DOCS: &'static str = "holds if the lower end of the value's interval is at least the bound; refuted if the \
        upper end falls short of it; else inconclusive.";

    fn name(&self) -> &str {
        &self.name
    }

    fn declared_evidence(&self) -> Option<Evidence> {
        self.evidence
    }

    fn formulas(&self) -> Vec<(&'static str, &Formula)> {
        vec![("value", &self.value.0), ("bound", &self.bound.0)]
    }

    fn plan(&self) -> Result<Plan, String> {
        Ok(one_sided(&self.value, Relation::AtLeast, &self.bound))
    }
}

fn one_sided(value: &Expression, relation: Relation, bound: &Expression) -> Plan {
    Plan::Pointwise(Comparison {
        value: value.0.clone(),
        relation,
        bound: bound.0.clone(),
        margin: None,
    })
}
