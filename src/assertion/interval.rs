//! `interval`: a printed number is plausible under the simulated law.

use schemars::JsonSchema;
use serde::Deserialize;

use super::plan::parse;
use super::{Comparison, Plan, Rule};
use crate::experiment::Evidence;
use crate::formula::{Expression, Formula};
use crate::stats::Relation;

/// A printed number is plausible under the simulated law.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Interval {
    /// Name, unique within the claim.
    pub name: String,
    /// Value of one trial: the simulated counterpart of the printed number.
    pub of: Expression,
    /// The printed number.
    pub contains: Expression,
    /// Central probability that counts as plausible (`0.99`).
    pub level: f64,
    /// Strongest evidence that this may count as.
    #[serde(default)]
    pub evidence: Option<Evidence>,
}

impl Rule for Interval {
    const KIND: &'static str = "interval";
    const DOCS: &'static str = "the printed number is plausible if both tails of the simulated law beyond it have \
        probability at least `(1 − level)/2`; decided on the interval of the smaller tail.";

    fn name(&self) -> &str {
        &self.name
    }

    fn declared_evidence(&self) -> Option<Evidence> {
        self.evidence
    }

    fn formulas(&self) -> Vec<(&'static str, &Formula)> {
        vec![("of", &self.of.0), ("contains", &self.contains.0)]
    }

    fn plan(&self) -> Result<Plan, String> {
        if !(self.level > 0.0 && self.level < 1.0) {
            return Err(format!("`level` is {}, not between 0 and 1", self.level));
        }
        let (of, printed) = (self.of.0.canonical(), self.contains.0.canonical());
        let text =
            format!("min(probability(({of}) <= ({printed})), probability(({of}) >= ({printed})))");
        Ok(Plan::Pointwise(Comparison {
            value: parse(&text)?,
            relation: Relation::AtLeast,
            bound: Formula::number((1.0 - self.level) / 2.0),
            margin: None,
        }))
    }
}
