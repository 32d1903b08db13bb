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
        .chain(extremes(formula))
        .fold(Evidence::Exact, Evidence::weakest)
}

/// A largest or smallest value over trials is never more than a search.
fn extremes(formula: &Formula) -> Option<Evidence> {
    let extreme = |name: &str| name == "maximum" || name == "minimum";
    formula.calls().iter().any(|(name, _, _)| extreme(name)).then_some(Evidence::Search)
}

/// Does the formula look at trials?
pub fn uses_samples(formula: &Formula) -> bool {
    formula.calls().iter().any(|(name, _, _)| aggregate::is_aggregate(name))
}
