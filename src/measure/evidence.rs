//! How strong a formula's evidence is: as strong as the weakest thing it speaks of.

use super::aggregate;
use crate::experiment::{Definition, Evidence, Nature};
use crate::formula::Formula;

/// Weakest evidence among the observables of a formula; exact if it speaks of numbers only.
pub fn evidence_of(formula: &Formula, definition: Option<&Definition>) -> Evidence {
    let names = formula.names().into_iter().map(|(name, _)| name);
    let calls = formula.calls().into_iter().map(|(name, _, _)| name);
    names
        .chain(calls)
        .filter_map(|name| match definition.and_then(|d| d.observable(&name))?.nature {
            Nature::Exact(evidence) => Some(evidence),
            Nature::Sampled => Some(Evidence::MonteCarlo),
            Nature::Searched => Some(Evidence::Search),
            Nature::Trained => Some(Evidence::Training),
            Nature::Pictured => None,
        })
        // A largest or smallest value over trials is never more than a search.
        .chain(extremes(formula).into_iter().map(|_| Evidence::Search))
        .fold(Evidence::Exact, Evidence::weakest)
}

/// The aggregates of a formula that take a largest or smallest value over trials, each once.
pub fn extremes(formula: &Formula) -> Vec<&'static str> {
    let calls = formula.calls();
    let called = |extreme: &&str| calls.iter().any(|(name, _, _)| name == extreme);
    ["maximum", "minimum"].into_iter().filter(called).collect()
}

/// Does the formula look at trials?
pub fn uses_samples(formula: &Formula) -> bool {
    formula.calls().iter().any(|(name, _, _)| aggregate::is_aggregate(name))
}
