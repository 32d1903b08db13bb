//! The claim file's types. Their doc comments become the JSON schema that editors show.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::assertion::Assertion;
use crate::formula::Expression;
use crate::results::{Erratum as ErratumResult, Role, Verdict};

/// Map that keeps the order of the file.
pub type Ordered<T> = Vec<(String, T)>;

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
    /// Why the expected verdict is not `holds` or `refuted`; needed for `inconclusive`, `vacuous`, `skipped`.
    #[serde(default)]
    pub expect_reason: Option<String>,
    /// What is wrong with the printed form; needed when `expect: refuted`.
    #[serde(default)]
    pub erratum: Option<Erratum>,
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

/// What is wrong with a printed statement.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Erratum {
    /// Sort of mistake.
    pub kind: ErratumKind,
    /// The derivation that shows it, Markdown with LaTeX.
    pub why: String,
    /// Id of the claim that holds instead.
    #[serde(default)]
    pub corrected_by: Option<String>,
}

/// Sorts of printed mistakes.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "each name is the word itself")]
pub enum ErratumKind {
    Sign,
    Constant,
    Exponent,
    StatementFalse,
    ProofStep,
    Notation,
    Attribution,
    Number,
}

impl Erratum {
    /// As results show it.
    pub fn result(&self) -> ErratumResult {
        let kind = serde_json::to_value(self.kind).ok();
        ErratumResult {
            kind: kind.and_then(|v| v.as_str().map(String::from)).unwrap_or_default(),
            why: self.why.clone(),
            corrected_by: self.corrected_by.clone(),
        }
    }
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
    /// Plots.
    #[serde(default)]
    pub plots: Vec<PlotSpec>,
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

/// Changes to a check. Maps are merged key by key, everything else is replaced.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Overlay {
    /// Another experiment.
    #[serde(default)]
    pub experiment: Option<String>,
    /// Other fixed values.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, serde_json::Value>")]
    pub given: Option<serde_json::Value>,
    /// Other axes.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, AxisSpec>")]
    pub grid: Option<serde_json::Value>,
    /// Other formulas.
    #[serde(default, rename = "let")]
    #[schemars(with = "BTreeMap<String, Expression>")]
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
    #[schemars(with = "BTreeMap<String, BTreeMap<String, serde_json::Value>>")]
    pub assert: Option<serde_json::Value>,
}

/// A disturbance that the check must notice: with it, the claim must be refuted.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
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
    /// Explanatory keys added to each reported point.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, serde_json::Value>")]
    pub label: serde_json::Map<String, serde_json::Value>,
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
    /// What is drawn.
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

/// A paper: `claims/<paper>/paper.yaml`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Paper {
    /// The folder's name.
    pub id: String,
    /// Title.
    pub title: String,
    /// Authors in order.
    pub authors: Vec<String>,
    /// Year.
    pub year: u16,
    /// arXiv number.
    #[serde(default)]
    pub arxiv: Option<String>,
    /// One paragraph on what the paper is about, in your own words.
    pub about: String,
    /// Symbols and their meaning.
    #[serde(default, deserialize_with = "ordered::deserialize")]
    #[schemars(with = "BTreeMap<String, String>")]
    pub notation: Ordered<String>,
    /// The claims' slugs in the paper's order; claims left out follow by id.
    #[serde(default)]
    pub order: Vec<String>,
}

/// Maps that keep the order of the file, as lists of pairs.
mod ordered {
    use serde::de::DeserializeOwned;
    use serde::{Deserialize, Deserializer};

    pub fn deserialize<'de, D: Deserializer<'de>, T: DeserializeOwned>(
        deserializer: D,
    ) -> Result<Vec<(String, T)>, D::Error> {
        let map = serde_json::Map::<String, serde_json::Value>::deserialize(deserializer)?;
        map.into_iter()
            .map(|(key, value)| {
                let value = serde_json::from_value(value).map_err(serde::de::Error::custom)?;
                Ok((key, value))
            })
            .collect()
    }
}
