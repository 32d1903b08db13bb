//! Cells: what is asked, and what was answered.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::experiment::{Entry, Picture};
use crate::formula::Formula;
use crate::maths::Enclosure;
use crate::stats::Relation;

/// Hash of all code that takes part in every measurement, set at build time.
const CORE_HASH: &str = env!("CLAIMCHECK_CORE_HASH");

/// An experiment at fixed parameters and what is asked of it.
#[derive(Clone)]
pub struct Cell {
    /// The experiment; `None` if the formulas speak of numbers only.
    pub experiment: Option<&'static Entry>,
    /// Its parameters, keys sorted.
    pub parameters: Value,
    /// What is asked; all names but observables are already numbers.
    pub requests: Vec<Request>,
    /// Trials to draw at most.
    pub trials: u64,
    /// Error probability of each interval.
    pub alpha: f64,
    /// Suite seed.
    pub seed: u64,
}

/// One question.
#[derive(Clone)]
pub struct Request {
    /// What is measured.
    pub value: Formula,
    /// What it is compared with, so that sampling can stop when all comparisons are decided.
    pub goal: Option<Goal>,
}

/// What a value is compared with.
#[derive(Clone)]
pub struct Goal {
    /// How.
    pub relation: Relation,
    /// With what.
    pub bound: Formula,
    /// Half-width of the band for [`Relation::Within`].
    pub margin: Option<Formula>,
}

/// One answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// The value.
    pub value: Enclosure,
    /// The bound, if the request has a goal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bound: Option<Enclosure>,
    /// The margin, if the goal has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub margin: Option<Enclosure>,
    /// Trials looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub n: Option<u64>,
    /// Trials whose value was not a finite number.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub nonfinite: u64,
    /// The interval is valid for large samples only.
    #[serde(default, skip_serializing_if = "is_false")]
    pub asymptotic: bool,
    /// The trial that attains a maximum or minimum.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trial: Option<u64>,
    /// The picture, if one was asked for (`value` is then 0).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<Picture>,
    /// Why there is no answer, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
}

impl Answer {
    /// A picture.
    pub fn of_picture(picture: Picture) -> Self {
        Self {
            value: Enclosure::point(0.0),
            picture: Some(picture),
            failure: None,
            ..Self::failed("")
        }
    }

    /// No answer, for a reason.
    pub fn failed(reason: impl Into<String>) -> Self {
        Self {
            value: Enclosure::UNKNOWN,
            bound: None,
            margin: None,
            n: None,
            nonfinite: 0,
            asymptotic: false,
            trial: None,
            picture: None,
            failure: Some(reason.into()),
        }
    }
}

fn is_zero(n: &u64) -> bool {
    *n == 0
}

fn is_false(flag: &bool) -> bool {
    !flag
}

/// What became of a cell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CellResult {
    /// One answer for each request, in order.
    Answers(Vec<Answer>),
    /// Something outside the program is missing: what, and the command that mends it.
    Unavailable {
        /// What is missing.
        what: String,
        /// The command that provides it.
        mend: String,
    },
    /// The experiment refused its parameters or broke down.
    Failed(String),
}

/// A cell's outcome with its cost.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CellAnswers {
    /// The outcome.
    pub result: CellResult,
    /// Compute time, seconds.
    pub seconds: f64,
}

/// The parts of a cell's key, so that a run can say which of them changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyParts {
    /// Shared code (formulas, maths, statistics, streams).
    pub core: String,
    /// The experiment's source file.
    pub experiment: String,
    /// Parameters.
    pub parameters: String,
    /// Formulas asked.
    pub requests: String,
    /// Trials, level and seed.
    pub budget: String,
}

impl KeyParts {
    /// The key: hash of all parts, 32 hexadecimal digits.
    pub fn key(&self) -> String {
        let parts = [&self.core, &self.experiment, &self.parameters, &self.requests, &self.budget];
        let mut hasher = blake3::Hasher::new();
        for part in parts {
            hasher.update(part.as_bytes());
            hasher.update(&[0]);
        }
        hasher.finalize().to_hex()[..32].to_string()
    }

    /// Which parts differ from another's, in words.
    pub fn differences(&self, other: &Self) -> Vec<&'static str> {
        let pairs = [
            (&self.core, &other.core, "shared code"),
            (&self.experiment, &other.experiment, "the experiment's code"),
            (&self.parameters, &other.parameters, "parameters"),
            (&self.requests, &other.requests, "formulas"),
            (&self.budget, &other.budget, "trials, level or seed"),
        ];
        pairs.into_iter().filter(|(a, b, _)| a != b).map(|(_, _, word)| word).collect()
    }
}

impl Cell {
    /// The parts of its key.
    pub fn key_parts(&self) -> KeyParts {
        let requests: Vec<Value> = self.requests.iter().map(Request::describe).collect();
        let experiment = self.experiment.map(|entry| json!([entry.name, entry.source]));
        KeyParts {
            core: CORE_HASH.into(),
            experiment: short_hash(&json!(experiment)),
            parameters: short_hash(&self.parameters),
            requests: short_hash(&json!(requests)),
            budget: short_hash(&json!([self.trials, self.alpha.to_bits(), self.seed])),
        }
    }
}

impl Request {
    /// Everything that can change the answer, as JSON.
    fn describe(&self) -> Value {
        let goal = self.goal.as_ref().map(|goal| {
            let margin = goal.margin.as_ref().map(Formula::canonical);
            json!([format!("{:?}", goal.relation), goal.bound.canonical(), margin])
        });
        json!([self.value.canonical(), goal])
    }
}

fn short_hash(value: &Value) -> String {
    blake3::hash(value.to_string().as_bytes()).to_hex()[..16].to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell() -> Cell {
        let value = Formula::parse("1 + 1").unwrap();
        let requests = vec![Request { value, goal: None }];
        Cell { experiment: None, parameters: json!({}), requests, trials: 1, alpha: 1e-9, seed: 1 }
    }

    #[test]
    fn the_key_knows_what_changed() {
        let (old, mut new) = (cell(), cell());
        assert_eq!(old.key_parts().key(), new.key_parts().key());
        new.seed = 2;
        assert_eq!(new.key_parts().differences(&old.key_parts()), ["trials, level or seed"]);
        new.requests[0].value = Formula::parse("1 + 2").unwrap();
        assert_eq!(
            new.key_parts().differences(&old.key_parts()),
            ["formulas", "trials, level or seed"]
        );
        assert_ne!(old.key_parts().key(), new.key_parts().key());
    }

    #[test]
    fn answers_survive_the_journal() {
        let mut answer = Answer::failed("because");
        answer.bound = Some(Enclosure::point(f64::INFINITY));
        let text = serde_json::to_string(&answer).unwrap();
        let back: Answer = serde_json::from_str(&text).unwrap();
        assert_eq!(format!("{back:?}"), format!("{answer:?}"));
    }
}
