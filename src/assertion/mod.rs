//! Assertion kinds: what is concluded from measured values, one file a kind.
//!
//! The set is closed. Each kind says in its file what it means and lowers itself to one of three
//! plans ([`Plan`]); judging, formal statements, error budget and report know plans only, so a kind
//! is its fields and its lowering.

mod all_of;
mod compare;
mod distribution;
mod interval;
mod limit;
mod mean;
mod no_counterexample;
mod ordering;
mod plan;
mod probability;
mod quantile;
mod rate;
mod training_outcome;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::experiment::Evidence;
use crate::formula::Formula;

pub use all_of::AllOf;
pub use compare::{AtLeast, AtMost, Equals};
pub use distribution::Distribution;
pub use interval::Interval;
pub use limit::Limit;
pub use mean::Mean;
pub use no_counterexample::NoCounterexample;
pub use ordering::{Direction, Ordering};
pub use plan::{Comparison, Plan, SeriesPlan, Shape, Target};
pub use probability::Probability;
pub use quantile::Quantile;
pub use rate::Rate;
pub use training_outcome::TrainingOutcome;

/// What is concluded. `kind` chooses the form.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Assertion {
    /// A value equals a target, within a margin.
    Equals(Equals),
    /// A value is at most a bound.
    AtMost(AtMost),
    /// A value is at least a bound.
    AtLeast(AtLeast),
    /// The mean over trials lies within a margin of a target, or on one side of a bound.
    Mean(Mean),
    /// The probability of an event lies on one side of a bound, or within a margin of a target.
    Probability(Probability),
    /// A quantile over trials.
    Quantile(Quantile),
    /// A printed number is plausible under the simulated law.
    Interval(Interval),
    /// The law of a sampled value is a given one, within a Kolmogorov–Smirnov margin.
    Distribution(Distribution),
    /// A power law: the slope in log-log coordinates.
    Rate(Rate),
    /// A value tends to a limit at a stated order.
    Limit(Limit),
    /// A value rises or falls along an axis.
    Ordering(Ordering),
    /// A search finds no violation.
    NoCounterexample(NoCounterexample),
    /// Training runs agree on an outcome over all seeds.
    TrainingOutcome(TrainingOutcome),
    /// Other claims hold.
    AllOf(AllOf),
}

/// What every kind provides.
pub trait Rule {
    /// Its name in claim files.
    const KIND: &'static str;
    /// What it means, for `explain` and the catalogue: the decision rule in words.
    const DOCS: &'static str;
    /// The assertion's name.
    fn name(&self) -> &str;
    /// Strongest evidence that its author lets it count as, if the file says so.
    fn declared_evidence(&self) -> Option<Evidence> {
        None
    }
    /// The formulas with the fields they stand in (for messages).
    fn formulas(&self) -> Vec<(&'static str, &Formula)>;
    /// What is to be measured and how it is decided.
    ///
    /// # Errors
    /// Fields that contradict one another, in words.
    fn plan(&self) -> Result<Plan, String>;
}

/// Runs the same call on whichever kind it is.
macro_rules! each_kind {
    ($assertion:expr, $rule:ident => $call:expr) => {
        match $assertion {
            Assertion::Equals($rule) => $call,
            Assertion::AtMost($rule) => $call,
            Assertion::AtLeast($rule) => $call,
            Assertion::Mean($rule) => $call,
            Assertion::Probability($rule) => $call,
            Assertion::Quantile($rule) => $call,
            Assertion::Interval($rule) => $call,
            Assertion::Distribution($rule) => $call,
            Assertion::Rate($rule) => $call,
            Assertion::Limit($rule) => $call,
            Assertion::Ordering($rule) => $call,
            Assertion::NoCounterexample($rule) => $call,
            Assertion::TrainingOutcome($rule) => $call,
            Assertion::AllOf($rule) => $call,
        }
    };
}

fn kind_of<R: Rule>(_: &R) -> &'static str {
    R::KIND
}

impl Assertion {
    /// Its name, unique within the claim.
    pub fn name(&self) -> &str {
        each_kind!(self, rule => rule.name())
    }

    /// Its kind's name.
    pub fn kind(&self) -> &'static str {
        each_kind!(self, rule => kind_of(rule))
    }

    /// Strongest evidence that its author lets it count as.
    pub fn declared_evidence(&self) -> Option<Evidence> {
        each_kind!(self, rule => rule.declared_evidence())
    }

    /// Its formulas with the fields they stand in.
    pub fn formulas(&self) -> Vec<(&'static str, &Formula)> {
        each_kind!(self, rule => rule.formulas())
    }

    /// What is to be measured and how it is decided.
    ///
    /// # Errors
    /// Fields that contradict one another, in words.
    pub fn plan(&self) -> Result<Plan, String> {
        each_kind!(self, rule => rule.plan())
    }
}

/// Every kind with its documentation, in the order of the catalogue.
pub const KINDS: [(&str, &str); 14] = [
    (Equals::KIND, Equals::DOCS),
    (AtMost::KIND, AtMost::DOCS),
    (AtLeast::KIND, AtLeast::DOCS),
    (Mean::KIND, Mean::DOCS),
    (Probability::KIND, Probability::DOCS),
    (Quantile::KIND, Quantile::DOCS),
    (Interval::KIND, Interval::DOCS),
    (Distribution::KIND, Distribution::DOCS),
    (Rate::KIND, Rate::DOCS),
    (Limit::KIND, Limit::DOCS),
    (Ordering::KIND, Ordering::DOCS),
    (NoCounterexample::KIND, NoCounterexample::DOCS),
    (TrainingOutcome::KIND, TrainingOutcome::DOCS),
    (AllOf::KIND, AllOf::DOCS),
];
