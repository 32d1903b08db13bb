//! `quantile`: a quantile over trials, against a bound or a target.

use schemars::JsonSchema;
use serde::Deserialize;

use super::plan::wrap;
use super::{Comparison, Plan, Rule, Target};
use crate::experiment::Evidence;
use crate::formula::{Expression, Formula};

/// A quantile over trials, against a bound or a target.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(deny_unknown_fields)]
pub struct Quantile {
    /// Name, unique within the claim.
    pub name: String,
    /// Value of one trial.
    pub of: Expression,
    /// Which quantile, between 0 and 1.
    pub p: Expression,
    /// What it is held against.
    #[serde(flatten)]
    pub target: Target,
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
        formulas.extend(self.target.formulas());
        formulas
    }

    fn plan(&self) -> Result<Plan, String> {
        let value = wrap("quantile", &[&self.of.0, &self.p.0])?;
        let (relation, bound, margin) = self.target.resolve()?;
        Ok(Plan::Pointwise(Comparison { value, relation, bound, margin }))
    }
}
