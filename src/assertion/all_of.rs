//! `all-of`: other claims hold.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Plan, Rule};
use crate::formula::Formula;

/// The verdict is the worst of other claims' verdicts, with their evidence.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct AllOf {
    /// Name, unique within the claim.
    pub name: String,
    /// Ids of the claims.
    #[schemars(length(min = 1))]
    pub claims: Vec<String>,
}

impl Rule for AllOf {
    const KIND: &'static str = "all-of";
    const DOCS: &'static str = "measures nothing: takes the worst verdict of the claims it names.";

    fn name(&self) -> &str {
        &self.name
    }

    fn formulas(&self) -> Vec<(&'static str, &Formula)> {
        Vec::new()
    }

    fn plan(&self) -> Result<Plan, String> {
        Ok(Plan::Claims(self.claims.clone()))
    }
}
