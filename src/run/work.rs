//! How much a measurement is, before it is taken: for the order of work, shards, and the time that is left.
//!
//! Work is counted in operations of trials where an experiment samples or trains, in questions where it answers exactly.
//! What it takes is proportional to it, by a law of each experiment: `laws.tsv` holds those of the reference machine
//! (`claimcheck plan --laws` writes it from recorded runs). Another machine is faster or slower throughout, which changes neither
//! the order nor the share that is done.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::experiment::{Evidence, Nature, Observable};
use crate::measure::{Cell, uses_samples};

/// Seconds of a question where nothing is known.
const UNKNOWN_QUESTION: f64 = 0.01;
/// Operations a second of a sampling experiment where nothing is known.
const UNKNOWN_RATE: f64 = 1e9;
/// Matrix products of a training run are so much faster.
const PRODUCTS: f64 = 50.0;

/// The work of a measurement.
#[derive(Clone, Debug)]
pub struct Work {
    /// Experiment, and whether it samples, trains or answers: measurements of one law.
    pub law: String,
    /// Operations or questions.
    pub amount: f64,
}

/// How a law is named whose work is counted in questions.
const ANSWERS: &str = ", exact";

impl Work {
    /// The work of a cell.
    pub fn of(cell: &Cell) -> Self {
        let goal = |request: &crate::measure::Request| {
            request.goal.as_ref().is_some_and(|goal| uses_samples(&goal.bound))
        };
        let sampled = cell.trials > 0
            && cell.requests.iter().any(|request| uses_samples(&request.value) || goal(request));
        let name = cell.experiment.map_or("formulas", |entry| entry.name);
        let questions = cell.requests.len() as f64;
        let (how, amount) = if sampled {
            (", sampled", of_trial(cell) * cell.trials as f64 + questions)
        } else if trains(cell) {
            (", trained", of_trial(cell) + questions)
        } else {
            (ANSWERS, questions)
        };
        Self { law: format!("{name}{how}"), amount }
    }

    /// Seconds of one thread that it takes on the reference machine, roughly.
    pub fn expected(&self) -> f64 {
        let guess = if self.law.ends_with(ANSWERS) { UNKNOWN_QUESTION } else { 1.0 / UNKNOWN_RATE };
        self.amount * LAWS.get(self.law.as_str()).unwrap_or(&guess)
    }
}

/// Does the experiment train nets, whose finished runs its measurements share?
pub fn trains(cell: &Cell) -> bool {
    let trained =
        |it: &Observable| matches!(it.nature, Nature::Trained | Nature::Exact(Evidence::Training));
    cell.experiment.is_some_and(|entry| entry.definition.observables.iter().any(trained))
}

/// Operations of one trial, as the experiment tells.
pub fn operations(cell: &Cell) -> f64 {
    let prepared = cell.experiment.map(|entry| (entry.definition.prepare)(&cell.parameters));
    prepared.and_then(Result::ok).map_or(1.0, |instance| instance.cost()).max(1.0)
}

/// The same; of training, of so many operations as take as long.
pub fn of_trial(cell: &Cell) -> f64 {
    let pace = if trains(cell) { 1.0 / PRODUCTS } else { 1.0 };
    (pace * operations(cell)).max(1.0)
}

/// Seconds of one thread that a measurement takes on the reference machine, roughly.
pub fn expected_seconds(cell: &Cell) -> f64 {
    Work::of(cell).expected()
}

/// Seconds of a unit of work by law.
static LAWS: LazyLock<HashMap<&'static str, f64>> = LazyLock::new(|| {
    let lines = include_str!("laws.tsv").lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split_once('\t')).filter_map(read).collect()
});

fn read((law, rate): (&'static str, &str)) -> Option<(&'static str, f64)> {
    Some((law, rate.parse().ok()?))
}

/// The table of laws as `laws.tsv` holds it: seconds of a unit of work, three digits.
pub fn table(laws: &[(String, f64)]) -> String {
    let head = "# What a unit of an experiment's work takes, seconds: `claimcheck plan --laws src/run/laws.tsv` on a recorded run.\n";
    laws.iter().fold(head.to_string(), |text, (law, rate)| text + &format!("{law}\t{rate:.2e}\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_law_is_of_an_experiment_and_a_positive_rate() {
        assert!(LAWS.len() > 50);
        for (law, rate) in LAWS.iter() {
            let (name, how) = law.rsplit_once(", ").unwrap();
            assert!(name == "formulas" || crate::experiments::find(name).is_some(), "{law}");
            assert!(["sampled", "trained", "exact"].contains(&how), "{law}");
            assert!(*rate > 0.0 && rate.is_finite(), "{law}");
        }
    }

    #[test]
    fn a_table_is_read_back() {
        let text = table(&[("a, exact".into(), 0.0123), ("b, sampled".into(), 1e-9)]);
        let lines: Vec<&str> = text.lines().skip(1).collect();
        assert_eq!(lines, ["a, exact\t1.23e-2", "b, sampled\t1.00e-9"]);
    }
}
