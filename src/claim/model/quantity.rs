//! Quantities that a claim reports.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::formula::Expression;

/// A reported quantity.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Quantity {
    /// Its formula.
    pub value: Expression,
    /// The points where it is reported (lists stand for all combinations); the check's grid if left out.
    #[serde(default)]
    #[schemars(with = "Option<Vec<BTreeMap<String, serde_json::Value>>>")]
    pub at: Option<Vec<serde_json::Map<String, serde_json::Value>>>,
    /// Only points where this holds are taken (it may speak of observables).
    #[serde(default, rename = "where")]
    pub condition: Option<Expression>,
    /// One number from all points.
    #[serde(default)]
    pub reduce: Option<Reduce>,
    /// For `reduce: slope`: the axis whose logarithm is the abscissa.
    #[serde(default)]
    pub over: Option<String>,
    /// Explanatory keys added to each reported point; the check's `label` if left out. `=NAME` stands for
    /// the value of an axis or a `given` value, so that a profile's own size is told.
    #[serde(default)]
    #[schemars(with = "Option<BTreeMap<String, serde_json::Value>>")]
    pub label: Option<serde_json::Map<String, serde_json::Value>>,
}

/// The name that a label's value speaks of, if it is no constant: `=H`.
pub fn label_name(value: &serde_json::Value) -> Option<&str> {
    value.as_str()?.strip_prefix('=')
}

/// Ways to make one number from many points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Reduce {
    /// Largest.
    Max,
    /// Smallest.
    Min,
    /// Sum.
    Sum,
    /// Arithmetic mean.
    Mean,
    /// Least-squares slope of the logarithm against the logarithm of the axis `over`.
    Slope,
}
