//! Plots of a check.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{AxisSpec, Ordered, ordered};
use crate::formula::Expression;
use crate::results::Role;

/// A plot.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PlotSpec {
    /// Title; may hold `$…$`.
    pub title: String,
    /// What to see in it.
    #[serde(default)]
    pub caption: String,
    /// Horizontal axis: one of the grid's axes.
    pub x: PlotX,
    /// Vertical axis.
    pub y: PlotY,
    /// Axes of the plot (merged over the check's grid); every axis but the horizontal one splits the series.
    #[serde(default, deserialize_with = "ordered::deserialize")]
    #[schemars(with = "BTreeMap<String, AxisSpec>")]
    pub grid: Ordered<AxisSpec>,
    /// Colours over the plane of `x` and `y: {axis: …}`: a heat map or phase diagram.
    #[serde(default)]
    pub z: Option<PlotZ>,
    /// Curves, points and bars; over a heat map they are drawn on top.
    #[serde(default)]
    pub series: Vec<SeriesSpec>,
}

/// Horizontal axis.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PlotX {
    /// Name of the grid's axis.
    pub axis: String,
    /// What stands at the abscissa, if not the axis itself (parameters only).
    #[serde(default)]
    pub value: Option<Expression>,
    /// Plain label with unit.
    pub label: String,
    /// Logarithmic?
    #[serde(default)]
    pub log: bool,
}

/// Vertical axis.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PlotY {
    /// With `z`: name of the grid's axis that runs upwards.
    #[serde(default)]
    pub axis: Option<String>,
    /// Plain label with unit.
    pub label: String,
    /// Logarithmic?
    #[serde(default)]
    pub log: bool,
}

/// What the colours of a heat map mean.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PlotZ {
    /// The number behind the colour.
    pub value: Expression,
    /// Plain label with unit.
    pub label: String,
    /// Logarithmic?
    #[serde(default)]
    pub log: bool,
}

/// A series of a plot.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SeriesSpec {
    /// Legend entry.
    pub name: String,
    /// What is drawn.
    pub value: Expression,
    /// What it is: decides how it is drawn.
    pub role: Role,
    /// Axes of the grid that it does not depend on: drawn once, at their first value.
    #[serde(default)]
    pub ignore: Vec<String>,
    /// Values that this series alone uses instead of the check's (`init: glorot`).
    #[serde(default, deserialize_with = "ordered::deserialize")]
    #[schemars(with = "BTreeMap<String, serde_json::Value>")]
    pub given: Ordered<serde_json::Value>,
}
