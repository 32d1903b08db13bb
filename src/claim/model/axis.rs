//! The axes of a grid.

use schemars::JsonSchema;
use serde::Deserialize;

/// Values along an axis.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum AxisSpec {
    /// The values themselves: numbers, or words for the experiment.
    List(Vec<serde_json::Value>),
    /// Evenly spaced numbers.
    Range(Range),
}

/// Evenly spaced numbers, ends included.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Range {
    /// First value.
    pub from: f64,
    /// Last value.
    pub to: f64,
    /// How many.
    pub count: usize,
    /// Even in the logarithm.
    #[serde(default)]
    pub log: bool,
    /// Rounded to whole numbers (repeats dropped).
    #[serde(default)]
    pub integer: bool,
}
