//! The claim file's types. Their doc comments become the JSON schema that editors show.

mod axis;
mod change;
mod check;
mod erratum;
mod gallery;
mod ordered;
mod paper;
mod plot;
mod quantity;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::formula::Expression;
use crate::results::Verdict;

pub use axis::{AxisSpec, Range};
pub use change::{Control, ControlExpect, Overlay};
pub use check::{Check, Levels, Profile, Trials};
pub use erratum::Erratum;
pub use gallery::GallerySpec;
pub use ordered::Ordered;
pub use paper::Paper;
pub use plot::{PlotSpec, SeriesSpec};
pub use quantity::{Quantity, Reduce, label_name};

/// A claim: one statement of a paper, what is measured to test it, and what is concluded.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Claim {
    /// `<paper>/<kind>-<number or slug>`, the file's path under `claims/` without `.yaml`.
    pub id: String,
    /// What the paper calls it.
    pub kind: Kind,
    /// One line for lists; may hold `$…$`.
    pub title: String,
    /// Where in the paper it stands.
    pub source: Source,
    /// The statement in your own words, Markdown with LaTeX between `$`; for readers, never evaluated.
    pub statement: String,
    /// Remarks for readers: what is sharper, what the paper leaves out, what the verdict does not cover.
    #[serde(default)]
    pub notes: Option<String>,
    /// Ids of the claims that this one leans on.
    #[serde(default)]
    pub uses: Vec<String>,
    /// Free labels for finding it again.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Values shared by all checks.
    #[serde(default, deserialize_with = "ordered::deserialize")]
    #[schemars(with = "BTreeMap<String, serde_json::Value>")]
    pub given: Ordered<serde_json::Value>,
    /// Named formulas shared by all checks.
    #[serde(default, rename = "let", deserialize_with = "ordered::deserialize")]
    #[schemars(with = "BTreeMap<String, Expression>")]
    pub lets: Ordered<Expression>,
    /// What is measured and concluded; the claim's verdict is the worst of its checks.
    #[schemars(length(min = 1))]
    pub checks: Vec<Check>,
    /// The verdict that the author expects (default `holds`). Anything else is a surprise.
    #[serde(default)]
    pub expect: Expect,
    /// Where a profile's evidence is too little, or enough, for another verdict: `{quick: inconclusive}`.
    #[serde(default)]
    pub expect_at: BTreeMap<Profile, Expect>,
    /// Why the expected verdict is not `holds` or `refuted`; needed for `inconclusive`, `vacuous`, `skipped`.
    #[serde(default)]
    pub expect_reason: Option<String>,
    /// What is wrong with the printed form; needed when `expect: refuted`.
    #[serde(default)]
    pub erratum: Option<Erratum>,
}

impl Claim {
    /// The verdict expected at a profile.
    pub fn expected(&self, profile: Profile) -> Expect {
        self.expect_at.get(&profile).copied().unwrap_or(self.expect)
    }
}

/// What the paper calls a claim.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "each name is the word itself")]
pub enum Kind {
    Theorem,
    Lemma,
    Proposition,
    Corollary,
    Fact,
    Remark,
    Definition,
    Equation,
    Algorithm,
    Proof,
    Section,
    Text,
    Footnote,
    Note,
    Figure,
    Table,
    Claim,
    Hypothesis,
}

impl Kind {
    /// The word used in files and results.
    pub fn name(self) -> String {
        serde_json::to_value(self)
            .ok()
            .and_then(|v| v.as_str().map(String::from))
            .unwrap_or_default()
    }
}

/// Where in the paper.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Source {
    /// Section (`3.1`, `App. A.2`).
    #[serde(default)]
    pub section: Option<String>,
    /// What it is called there (`Lemma 2`, `Figure 1 left`).
    #[serde(default)]
    pub item: Option<String>,
    /// Equation numbers (`7, 35`).
    #[serde(default)]
    pub equation: Option<String>,
}

/// Expected verdicts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "each name is the word itself")]
pub enum Expect {
    #[default]
    Holds,
    Refuted,
    Inconclusive,
    Vacuous,
    Skipped,
}

impl Expect {
    /// The verdict that is expected.
    pub const fn verdict(self) -> Verdict {
        match self {
            Self::Holds => Verdict::Holds,
            Self::Refuted => Verdict::Refuted,
            Self::Inconclusive => Verdict::Inconclusive,
            Self::Vacuous => Verdict::Vacuous,
            Self::Skipped => Verdict::Skipped,
        }
    }
}
