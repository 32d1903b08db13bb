//! Pictures of a check.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{AxisSpec, Ordered, ordered};
use crate::formula::Expression;

/// Pictures side by side: one column for each point of `grid`, one row for each entry of `rows`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct GallerySpec {
    /// Title; may hold `$…$`.
    pub title: String,
    /// What to see in it.
    #[serde(default)]
    pub caption: String,
    /// What the columns run through.
    #[serde(default, deserialize_with = "ordered::deserialize")]
    #[schemars(with = "BTreeMap<String, AxisSpec>")]
    pub grid: Ordered<AxisSpec>,
    /// The rows.
    #[schemars(length(min = 1))]
    pub rows: Vec<GalleryRow>,
}

/// A row of pictures.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct GalleryRow {
    /// What the row shows.
    pub name: String,
    /// A picture of the experiment, with its arguments: `original(i)`.
    pub show: Expression,
    /// A number under each picture.
    #[serde(default)]
    pub note: Option<Expression>,
    /// Values that this row alone uses instead of the check's (`filters: random`).
    #[serde(default, deserialize_with = "ordered::deserialize")]
    #[schemars(with = "BTreeMap<String, serde_json::Value>")]
    pub given: Ordered<serde_json::Value>,
}
