//! What a run yields: the data behind `results.json` and every page of the report.
//!
//! The report reads nothing else. The layout of [`Results`] as JSON is a contract (see
//! `docs/results.md`): keys may be added, never renamed; [`SCHEMA`] changes if one must go.

mod drawing;
mod short;

use serde::{Deserialize, Serialize};

use crate::experiment::Evidence;

pub use drawing::{Axis, Field, Gallery, GalleryRow, Plot, Role, Series, Shown};

/// Version of the layout of `results.json`.
pub const SCHEMA: u32 = 1;

/// A grid point: parameter names to values (numbers, or words and lists that explain).
pub type Point = serde_json::Map<String, serde_json::Value>;

/// One run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Results {
    /// [`SCHEMA`].
    pub schema: u32,
    /// Where, when and how.
    pub run: RunInfo,
    /// The papers whose claims appear, in the order of the claim folder.
    pub papers: Vec<PaperInfo>,
    /// The claims, in their papers' order.
    pub claims: Vec<ClaimResult>,
}

/// Circumstances of a run. Everything here but `profile`, `seed` and the budget may differ between
/// two runs whose claims are the same bytes.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct RunInfo {
    /// `quick`, `standard` or `paper`.
    pub profile: String,
    /// Suite seed.
    pub seed: u64,
    /// Commit of the binary (`unknown` outside a repository).
    pub commit: String,
    /// Version of the binary.
    pub version: String,
    /// Worker threads.
    pub threads: usize,
    /// Processor's name.
    pub cpu: String,
    /// Vector instructions found, strongest first (`avx512f avx2 fma`).
    pub isa: String,
    /// Operating system.
    pub os: String,
    /// libtorch's version; `null` when built without it.
    pub libtorch: Option<String>,
    /// Start of the run, UTC, RFC 3339.
    pub started: String,
    /// Wall time, seconds.
    pub seconds: f64,
    /// Whole false-alarm budget of the suite.
    pub budget: f64,
    /// Error probability of each interval (a power-of-two share of `budget`).
    pub alpha: f64,
    /// Number of intervals the suite plans.
    pub intervals: usize,
    /// Measurements taken from an earlier run because nothing they depend on changed.
    pub reused: usize,
    /// All measurements of the run.
    pub measurements: usize,
    /// Set if the run covers a shard or was interrupted: what is missing, in words.
    pub partial: Option<String>,
    /// What the person typed, to run it again.
    pub command: String,
}

/// A paper.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PaperInfo {
    /// Short id (`arpit2019`).
    pub id: String,
    /// Title.
    pub title: String,
    /// Authors in order.
    pub authors: Vec<String>,
    /// Year.
    pub year: u16,
    /// arXiv number or other locator, for readers.
    pub arxiv: Option<String>,
    /// One paragraph on what the paper is about, in our words (Markdown with `$…$`).
    pub about: String,
    /// Symbols and their meaning (Markdown with `$…$`).
    pub notation: Vec<(String, String)>,
}

/// A verdict on a claim, an assertion or a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Established by the evidence shown.
    Holds,
    /// The bound says nothing here (point), or nowhere (claim).
    Vacuous,
    /// The budget ended between the boundaries.
    Inconclusive,
    /// Not run: the reason says why and how to mend it.
    Skipped,
    /// Contradicted by the evidence shown.
    Refuted,
    /// A control was not refuted: the check can't see what it should (claims only).
    Toothless,
    /// The check itself failed.
    Error,
}

impl Verdict {
    /// The word used in results and report.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Vacuous => "vacuous",
            Self::Inconclusive => "inconclusive",
            Self::Skipped => "skipped",
            Self::Refuted => "refuted",
            Self::Toothless => "toothless",
            Self::Error => "error",
        }
    }
}

/// One claim's outcome with everything its page shows.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ClaimResult {
    /// `<paper>/<kind>-<number or slug>`.
    pub id: String,
    /// The paper's id.
    pub paper: String,
    /// `theorem`, `lemma`, `figure`, …
    pub kind: String,
    /// One line, may hold `$…$`.
    pub title: String,
    /// The verdict reached.
    pub verdict: Verdict,
    /// The verdict the file expects.
    pub expect: Verdict,
    /// Whether the two agree (and no control failed).
    pub as_expected: bool,
    /// Weakest evidence that the verdict rests on; `null` if nothing was measured.
    pub evidence: Option<Evidence>,
    /// Why this verdict, in one plain sentence.
    pub reason: String,
    /// Compute time, seconds (zero if reused).
    pub seconds: f64,
    /// Where in the paper.
    pub source: Source,
    /// The statement in our words, Markdown with LaTeX.
    pub statement: String,
    /// Remarks for the reader (what the paper leaves out, what is sharper), Markdown with LaTeX.
    pub notes: Option<String>,
    /// Claims it leans on.
    pub uses: Vec<String>,
    /// Free labels.
    pub tags: Vec<String>,
    /// If the file expects a refutation: what is wrong, and which claim corrects it.
    pub erratum: Option<Erratum>,
    /// The claim file, relative to the repository.
    pub file: String,
    /// Hash of the statement that was tested (formulas, grids, assertions).
    pub digest: String,
    /// The command that reruns it.
    pub command: String,
    /// Names in the formulas: symbol and meaning (`$…$`), from `let` and `given`.
    pub definitions: Vec<Defined>,
    /// What was concluded.
    pub assertions: Vec<AssertionResult>,
    /// Reported quantities.
    pub quantities: Vec<Quantity>,
    /// Negative controls.
    pub controls: Vec<ControlResult>,
    /// Plots' data; in files of their own beside `results.json`.
    #[serde(skip)]
    pub plots: Vec<Plot>,
    /// Pictures; in the same files.
    #[serde(skip)]
    pub galleries: Vec<Gallery>,
}

/// Where in the paper a claim stands.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Source {
    /// Section (`3.1`, `App. A.2`).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub section: Option<String>,
    /// What it is called there (`Lemma 2`, `Figure 1 left`).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub item: Option<String>,
    /// Equation numbers.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub equation: Option<String>,
}

/// A printed mistake, with its derivation and its repair.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Erratum {
    /// `sign`, `constant`, `statement-false`, `proof-step`, `notation`, …
    pub kind: String,
    /// Why the printed form fails, with the derivation (Markdown with LaTeX).
    pub why: String,
    /// The claim that holds instead.
    pub corrected_by: Option<String>,
}

/// A name of a claim's formulas and what it stands for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Defined {
    /// The name as `$…$`.
    pub symbol: String,
    /// What it stands for: `$…$`, or plain text for a parameter that is no number.
    pub meaning: String,
    /// The formula as typed.
    pub source: String,
    /// The checks that mean this by it; empty if all that know the name mean the same.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub checks: Vec<String>,
}

/// One assertion's outcome.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AssertionResult {
    /// Name, unique within the claim.
    pub name: String,
    /// Name of the check it belongs to.
    pub check: String,
    /// Kind (`at-most`, `probability`, …).
    pub kind: String,
    /// Evidence it rests on.
    pub evidence: Evidence,
    /// Worst verdict over its informative points.
    pub verdict: Verdict,
    /// One plain sentence.
    pub reason: String,
    /// The formal statement, from the formulas that ran, as `$…$`.
    pub formal: String,
    /// What the measured value is, as `$…$` (column title).
    pub value_label: String,
    /// What it is compared with, as `$…$` (column title); empty if nothing.
    pub bound_label: String,
    /// Random unit of the experiment, if it was sampled.
    pub unit: Option<String>,
    /// Points of the grid where the bound says nothing, of all points.
    pub uninformative: usize,
    /// Point by point.
    pub points: Vec<PointResult>,
}

/// One grid point's outcome.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PointResult {
    /// The point.
    pub at: Point,
    /// Its verdict (`vacuous` where the bound says nothing).
    pub verdict: Verdict,
    /// Measured value; `null` if it is not a finite number.
    pub value: Option<f64>,
    /// Lower end of its interval; `null` if unbounded.
    pub lo: Option<f64>,
    /// Upper end; `null` if unbounded.
    pub hi: Option<f64>,
    /// What it is compared with.
    pub bound: Option<f64>,
    /// Half-width of the band around `bound` for an equivalence (`|value − bound| ≤ margin`).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub margin: Option<f64>,
    /// Trials drawn; `null` if nothing was sampled.
    pub n: Option<u64>,
    /// Trials whose value was not a finite number.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub nonfinite: Option<u64>,
    /// Error probability of the interval; absent if the interval always holds.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub alpha: Option<f64>,
    /// Smallest departure that would have been detected with this interval.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub detectable: Option<f64>,
    /// What went wrong or should be known, in words.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub note: Option<String>,
}

/// A reported quantity.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Quantity {
    /// Exact name, as the inventory gives it.
    pub name: String,
    /// Parameter point.
    pub at: Point,
    /// Value; `null` if it is not a finite number.
    pub value: Option<f64>,
    /// Lower end of its interval.
    pub lo: Option<f64>,
    /// Upper end.
    pub hi: Option<f64>,
    /// Trials behind it; `null` if nothing was sampled.
    pub n: Option<u64>,
    /// What it is, as `$…$`.
    pub formula: String,
    /// Evidence it rests on.
    pub evidence: Evidence,
}

/// A negative control's outcome.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ControlResult {
    /// Name.
    pub name: String,
    /// The check that it disturbs.
    pub check: String,
    /// What was changed, in words.
    pub change: String,
    /// The verdict it got.
    pub verdict: Verdict,
    /// Whether it was refuted, as it must be.
    pub caught: bool,
    /// Why, in one plain sentence.
    pub reason: String,
}

/// A finite number, or nothing: how results write numbers that may be infinite.
pub fn finite(x: f64) -> Option<f64> {
    x.is_finite().then_some(x)
}
