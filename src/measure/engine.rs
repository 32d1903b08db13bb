//! Measuring a cell: prepare the experiment, draw trials look by look, answer.

use std::cell::RefCell;
use std::collections::HashMap;
use std::time::Instant;

use super::cell::{Answer, Cell, CellAnswers, CellResult, Request};
use super::evaluate::Context;
use super::evidence::{extremes, uses_samples};
use super::observer::{Interruption, Observer};
use super::samples::Samples;
use crate::experiment::{Failure, Prepared};
use crate::random::StreamKey;
use crate::stats::{self, Decision, Look, Relation, Schedule};

/// First look at the data.
const FIRST_LOOK: u64 = 64;

/// Measures a cell. `None` if it was cancelled.
pub fn measure(cell: &Cell, observer: &dyn Observer) -> Option<CellAnswers> {
    let start = Instant::now();
    let result = match answers(cell, observer) {
        Ok(answers) => CellResult::Answers(answers),
        Err(Interruption::Cancelled) => return None,
        Err(Interruption::Failed(Failure::Unavailable { what, mend })) => {
            CellResult::Unavailable { what, mend }
        }
        Err(Interruption::Failed(failure)) => CellResult::Failed(failure.to_string()),
    };
    Some(CellAnswers { result, seconds: start.elapsed().as_secs_f64() })
}

fn answers(cell: &Cell, observer: &dyn Observer) -> Result<Vec<Answer>, Interruption> {
    let prepared = match cell.experiment {
        Some(entry) => Some((entry.definition, (entry.definition.prepare)(&cell.parameters)?)),
        None => None,
    };
    let experiment =
        prepared.as_ref().map(|(definition, instance)| (*definition, instance.as_ref()));
    let sampled = cell.requests.iter().any(|request| {
        uses_samples(&request.value)
            || request.goal.as_ref().is_some_and(|g| uses_samples(&g.bound))
    });
    let (Some((_, instance)), true, true) = (experiment, sampled, cell.trials > 0) else {
        let context = context(cell, experiment, None, Look::ONLY);
        return answer_all(cell, &context, observer);
    };
    let mut samples = Samples::new(instance.columns(), cell.trials)?;
    let key = stream_key(cell);
    let exact = RefCell::new(HashMap::new());
    // A quantity without a goal wants all trials; looking earlier would only spend its level.
    let stoppable = cell.requests.iter().all(|request| request.goal.is_some());
    let first = if stoppable { FIRST_LOOK } else { cell.trials };
    for (size, look) in Schedule::doubling(first, cell.trials).iter() {
        samples.grow(size as usize, instance, key, observer)?;
        let mut context = context(cell, experiment, Some(&samples), look);
        context.exact = RefCell::new(exact.take());
        let answers = answer_all(cell, &context, observer)?;
        exact.replace(context.exact.take());
        if look.is_last()
            || answers
                .iter()
                .zip(&cell.requests)
                .all(|(answer, request)| is_decided(answer, request))
        {
            return Ok(answers);
        }
    }
    Ok(Vec::new())
}

fn context<'a>(
    cell: &Cell,
    experiment: Option<(&'a crate::experiment::Definition, &'a dyn Prepared)>,
    samples: Option<&'a Samples>,
    look: Look,
) -> Context<'a> {
    Context {
        experiment,
        samples,
        alpha: cell.alpha,
        look,
        exact: RefCell::default(),
        missing: RefCell::default(),
    }
}

fn answer_all(
    cell: &Cell,
    context: &Context<'_>,
    observer: &dyn Observer,
) -> Result<Vec<Answer>, Interruption> {
    let mut answers = Vec::with_capacity(cell.requests.len());
    for request in &cell.requests {
        if observer.cancelled() {
            return Err(Interruption::Cancelled);
        }
        answers.push(context.answer(request));
        if let Some(failure) = context.missing.take() {
            return Err(failure.into());
        }
    }
    Ok(answers)
}

/// The cell's family of streams: suite seed, experiment, canonical parameters, nothing else, so that
/// two claims on one experiment see the same trials.
fn stream_key(cell: &Cell) -> StreamKey {
    let name = cell.experiment.map_or("", |entry| entry.name);
    StreamKey::derive(cell.seed, name, &cell.parameters.to_string())
}

fn is_decided(answer: &Answer, request: &Request) -> bool {
    if answer.failure.is_some() {
        return true;
    }
    let relation = request.goal.as_ref().map(|goal| goal.relation);
    let Some(decision) = decide(answer, relation) else { return true };
    let extremes = extremes(&request.value);
    if extremes.is_empty() {
        return decision != Decision::Inconclusive;
    }
    // A largest value over trials only grows with them: what a search has found is found, what it has not
    // found yet may lie in its next trial.
    matches!(
        (extremes.as_slice(), relation, decision),
        (["maximum"], Some(Relation::AtMost), Decision::Refuted)
            | (["maximum"], Some(Relation::AtLeast), Decision::Holds)
            | (["minimum"], Some(Relation::AtMost), Decision::Holds)
            | (["minimum"], Some(Relation::AtLeast), Decision::Refuted)
    )
}

/// The decision on an answer, if it has a goal.
fn decide(answer: &Answer, relation: Option<Relation>) -> Option<Decision> {
    let goal = relation?.goal(answer.bound?, answer.margin)?;
    Some(stats::decide(answer.value, goal))
}
