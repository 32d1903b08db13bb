//! A check: one experiment over one grid, and what is concluded; how much to spend on it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{AxisSpec, Control, GallerySpec, Ordered, Overlay, PlotSpec, Quantity, ordered};
use crate::assertion::Assertion;
use crate::formula::Expression;

/// One experiment over one grid, and what is concluded from it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Check {
    /// Name, unique within the claim.
    pub name: String,
    /// What is measured; without it, formulas speak of parameters only.
    #[serde(default)]
    pub experiment: Option<String>,
    /// Fixed values: parameters of the experiment, and numbers for formulas.
    #[serde(default, deserialize_with = "ordered::deserialize")]
    #[schemars(with = "BTreeMap<String, serde_json::Value>")]
    pub given: Ordered<serde_json::Value>,
    /// Axes of the grid: every combination is a point.
    #[serde(default, deserialize_with = "ordered::deserialize")]
    #[schemars(with = "BTreeMap<String, AxisSpec>")]
    pub grid: Ordered<AxisSpec>,
    /// Named formulas, as the paper prints them.
    #[serde(default, rename = "let", deserialize_with = "ordered::deserialize")]
    #[schemars(with = "BTreeMap<String, Expression>")]
    pub lets: Ordered<Expression>,
    /// The paper's hypothesis on the parameters: a grid point outside it is an error.
    #[serde(default)]
    pub hypothesis: Option<Expression>,
    /// Where the bound says anything, in terms of parameters only; elsewhere points are shown but never counted.
    #[serde(default)]
    pub informative: Option<Expression>,
    /// Number of trials to draw at most, for each set of the experiment's parameters.
    #[serde(default)]
    pub trials: Option<Trials>,
    /// What is concluded.
    #[serde(default)]
    pub assert: Vec<Assertion>,
    /// Disturbances that must be refuted.
    #[serde(default)]
    pub controls: Vec<Control>,
    /// Quantities to report, under their exact names.
    #[serde(default, deserialize_with = "ordered::deserialize")]
    #[schemars(with = "BTreeMap<String, Quantity>")]
    pub report: Ordered<Quantity>,
    /// Explanatory keys added to the points of quantities that have no `label` of their own.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, serde_json::Value>")]
    pub label: serde_json::Map<String, serde_json::Value>,
    /// Plots.
    #[serde(default)]
    pub plots: Vec<PlotSpec>,
    /// Pictures that the experiment makes.
    #[serde(default)]
    pub pictures: Vec<GallerySpec>,
    /// Changes for a profile: smaller for `quick`, the paper's own size for `paper`.
    #[serde(default)]
    pub profiles: BTreeMap<Profile, Overlay>,
}

/// How much to spend.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Deserialize,
    Serialize,
    JsonSchema,
    clap::ValueEnum,
)]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// Everything, in a few minutes: what tests and CI run.
    Quick,
    /// Everything, properly: the default.
    Standard,
    /// The paper's own sizes: hours.
    Paper,
}

impl Profile {
    /// The word used in files and results.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Quick => "quick",
            Self::Standard => "standard",
            Self::Paper => "paper",
        }
    }
}

/// A count for each profile, or one for all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Trials {
    /// The same for every profile.
    All(u64),
    /// One for each.
    By(Levels),
}

impl Trials {
    /// The count for a profile.
    pub fn at(&self, profile: Profile) -> u64 {
        match (self, profile) {
            (Self::All(n), _) => *n,
            (Self::By(levels), Profile::Quick) => levels.quick,
            (Self::By(levels), Profile::Standard) => levels.standard,
            (Self::By(levels), Profile::Paper) => levels.paper.unwrap_or(levels.standard),
        }
    }
}

/// A count for each profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Levels {
    /// For `quick`.
    pub quick: u64,
    /// For `standard`.
    pub standard: u64,
    /// For `paper`; as `standard` if left out.
    #[serde(default)]
    pub paper: Option<u64>,
}
