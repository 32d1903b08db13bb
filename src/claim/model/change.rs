//! Changes to a check: profiles and controls.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{AxisSpec, Trials};
use crate::formula::Expression;

/// Changes to a check. Maps are merged key by key, everything else is replaced.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Overlay {
    /// Another experiment.
    #[serde(default)]
    pub experiment: Option<String>,
    /// Other fixed values.
    #[serde(default)]
    #[schemars(with = "Option<BTreeMap<String, serde_json::Value>>")]
    pub given: Option<serde_json::Value>,
    /// Other axes.
    #[serde(default)]
    #[schemars(with = "Option<BTreeMap<String, AxisSpec>>")]
    pub grid: Option<serde_json::Value>,
    /// Other formulas.
    #[serde(default, rename = "let")]
    #[schemars(with = "Option<BTreeMap<String, Expression>>")]
    pub lets: Option<serde_json::Value>,
    /// Another informative range.
    #[serde(default)]
    pub informative: Option<Expression>,
    /// Another hypothesis.
    #[serde(default)]
    pub hypothesis: Option<Expression>,
    /// Another number of trials.
    #[serde(default)]
    pub trials: Option<Trials>,
    /// Other fields of assertions: assertion's name, then field and value.
    #[serde(default)]
    #[schemars(with = "Option<BTreeMap<String, BTreeMap<String, serde_json::Value>>>")]
    pub assert: Option<serde_json::Value>,
}

/// A disturbance that the check must notice: with it, the claim must be refuted.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(deny_unknown_fields)]
pub struct Control {
    /// What is disturbed, in a few words.
    pub name: String,
    /// What catching it proves.
    #[serde(default)]
    pub why: Option<String>,
    /// Names of the assertions that must be refuted; without it, at least one.
    #[serde(default)]
    pub refutes: Vec<String>,
    /// The verdict that the disturbed check must get (default `refuted`). A claim that is itself
    /// expected to be refuted needs a control that holds: it proves that the check can pass.
    #[serde(default)]
    pub expect: ControlExpect,
    /// What is changed.
    #[serde(flatten)]
    pub change: Overlay,
}

/// What must become of a disturbed check.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ControlExpect {
    /// The disturbance is seen.
    #[default]
    Refuted,
    /// The repair is seen.
    Holds,
}
