//! `probability`: the probability of an event, against a bound or a target.

use schemars::JsonSchema;
use serde::Deserialize;

use super::plan::wrap;
use super::{Comparison, Plan, Rule, Target};
use crate::experiment::Evidence;
use crate::formula::{Expression, Formula};

/// The probability of an event, against a bound or a target.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(deny_unknown_fields)]
pub struct Probability {
    /// Name, unique within the claim.
    pub name: String,
    /// A comparison that is true or false in each trial.
    pub event: Expression,
    /// What it is held against.
    #[serde(flatten)]
    pub target: Target,
    /// Strongest evidence that this may count as.
    #[serde(default)]
    pub evidence: Option<Evidence>,
}

impl Rule for Probability {
    const KIND: &'static str = "probability";
    const DOCS: &'static str = "draws trials and encloses the probability of the event by an anytime-valid beta-binomial \
        confidence sequence; holds if the whole interval satisfies the bound, refuted if none of it does, else more trials \
        are drawn until the budget ends: inconclusive.";

    fn name(&self) -> &str {
        &self.name
    }

    fn declared_evidence(&self) -> Option<Evidence> {
        self.evidence
    }

    fn formulas(&self) -> Vec<(&'static str, &Formula)> {
        let mut formulas = vec![("event", &self.event.0)];
        formulas.extend(self.target.formulas());
        formulas
    }

    fn plan(&self) -> Result<Plan, String> {
        let value = wrap("probability", &[&self.event.0])?;
        let (relation, bound, margin) = self.target.resolve()?;
        Ok(Plan::Pointwise(Comparison { value, relation, bound, margin }))
    }
}
