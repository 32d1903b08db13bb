//! Judging: from answers to verdicts. The only place where a verdict is reached.

mod assertion;
mod claim;
mod formal;
mod plots;
mod quantities;
mod words;

pub use claim::judge;
pub use words::place;

use super::plan::{Arm, Ask};
use super::schedule::Answers;
use crate::measure::{Answer, CellResult};

/// What became of a question.
pub enum Found<'a> {
    /// It was answered.
    Answer(&'a Answer),
    /// Something outside the program is missing.
    Unavailable(&'a str, &'a str),
    /// The experiment failed.
    Failed(&'a str),
    /// The run ended before it was measured.
    Missing,
}

/// An arm with its cells' answers at hand.
pub struct Answered<'a> {
    /// The arm.
    pub arm: &'a Arm,
    keys: Vec<String>,
    answers: &'a Answers,
}

impl<'a> Answered<'a> {
    /// Joins an arm with the answers.
    pub fn new(arm: &'a Arm, answers: &'a Answers) -> Self {
        let keys = arm.cells.iter().map(|cell| cell.key_parts().key()).collect();
        Self { arm, keys, answers }
    }

    /// What became of a question.
    pub fn find(&self, ask: &Ask) -> Found<'a> {
        match self.answers.get(&self.keys[ask.cell]).map(|cell| &cell.result) {
            None => Found::Missing,
            Some(CellResult::Unavailable { what, mend }) => Found::Unavailable(what, mend),
            Some(CellResult::Failed(reason)) => Found::Failed(reason),
            Some(CellResult::Answers(list)) => match list.get(ask.request) {
                Some(answer) => Found::Answer(answer),
                None => Found::Missing,
            },
        }
    }

    /// Keys of the arm's measurements, and the compute time of each, seconds.
    pub fn seconds(&self) -> impl Iterator<Item = (String, f64)> {
        let answers = self.answers;
        self.keys.iter().filter_map(|key| Some((key.clone(), answers.get(key)?.seconds)))
    }
}
