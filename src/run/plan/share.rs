//! One measurement for all arms of a claim that want the same trials.
//!
//! A control that disturbs a bound, a `let` or an assertion leaves experiment, parameters and trials as they are: its
//! questions are asked of the trials that the claim draws anyway. Only cells that sample are joined; others cost what
//! their questions cost, and are better left to different threads.

use std::collections::HashMap;

use super::{Arm, asks_samples};
use crate::measure::{Cell, Request};

/// Joins equal cells of different arms: each gets the questions of all, and so the same key.
pub fn share(arms: &mut [Arm]) {
    let mut joined: HashMap<String, Vec<Request>> = HashMap::new();
    let mut offsets: Vec<Vec<usize>> = Vec::new();
    for arm in arms.iter() {
        let place = |cell: &Cell| {
            let Some(name) = name(cell) else { return 0 };
            let questions = joined.entry(name).or_default();
            let offset = questions.len();
            questions.extend(cell.requests.iter().cloned());
            offset
        };
        offsets.push(arm.cells.iter().map(place).collect());
    }
    for (arm, offsets) in arms.iter_mut().zip(offsets) {
        for ask in &mut arm.asks {
            ask.request += offsets[ask.cell];
        }
        for cell in &mut arm.cells {
            if let Some(questions) = name(cell).and_then(|name| joined.get(&name)) {
                cell.requests.clone_from(questions);
            }
        }
    }
}

/// What equal cells have in common; `None` for a cell that draws nothing.
fn name(cell: &Cell) -> Option<String> {
    let entry = cell.experiment.filter(|_| cell.trials > 0)?;
    let samples = cell.requests.iter().any(asks_samples);
    samples.then(|| format!("{} {} {}", entry.name, cell.trials, cell.parameters))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::claim::{Profile, Suite};
    use crate::run::plan::{Plan, Settings, Slot, arms};

    /// Shared or not, an ask finds the question that it asked.
    #[test]
    fn asks_follow_their_questions() {
        let (suite, problems) =
            Suite::load(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/claims")));
        assert!(problems.is_empty());
        let settings = Settings { profile: Profile::Quick, seed: 1, budget: 1e-6 };
        let plan = Plan::new(&suite, settings);
        let (mut shared, mut questions) = (0, 0);
        for (claim, loaded) in plan.claims.iter().zip(&suite.claims) {
            let alone = arms(loaded, settings).unwrap();
            assert_eq!(alone.len(), claim.arms.len());
            for (joined, alone) in claim.arms.iter().zip(&alone) {
                for (there, here) in joined.asks.iter().zip(&alone.asks) {
                    let text = |arm: &crate::run::plan::Arm, ask: &crate::run::plan::Ask| {
                        let request = &arm.cells[ask.cell].requests[ask.request];
                        let bound = request.goal.as_ref().map(|goal| goal.bound.canonical());
                        (request.value.canonical(), bound)
                    };
                    assert_eq!(text(joined, there), text(alone, here), "{}", loaded.claim.id);
                    questions += usize::from(matches!(there.slot, Slot::Assertion(_)));
                    shared += usize::from(there.request != here.request);
                }
            }
        }
        assert!(questions > 1000 && shared > 100, "{questions} {shared}");
    }
}
