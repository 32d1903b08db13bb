//! Learning curves: which steps are measured, what a finished run holds, when a level is reached.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A loss beyond this, or not finite, counts as diverged.
pub const DIVERGED: f64 = 1e6;

/// How long to train and when to measure.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Steps.
    pub steps: u64,
    /// Steps before which the curve is measured (0: before training), sorted, the last is `steps`.
    pub measured: Vec<u64>,
    /// Seconds after which a run gives up until it is asked again; no limit if left out.
    pub seconds: Option<f64>,
}

impl Plan {
    /// Measures at every step up to 20, then every `every`-th, and at the steps of [`log_grid`].
    pub fn dense(steps: u64, every: u64) -> Self {
        let regular =
            (0..steps).filter(|&step| step <= 20 || (step - 20).is_multiple_of(every.max(1)));
        Self::at(steps, regular.chain(log_grid(steps)).collect())
    }

    /// Measures at these steps and at the end.
    pub fn at(steps: u64, mut measured: Vec<u64>) -> Self {
        measured.push(steps);
        measured.retain(|&step| step <= steps);
        measured.sort_unstable();
        measured.dedup();
        Self { steps, measured, seconds: None }
    }
}

/// 0, then 1, 2, 5, 10, 20, 50, … below `steps`, then `steps`: the steps at which curves are observables.
pub fn log_grid(steps: u64) -> Vec<u64> {
    let decades = (0..19).map(|power| 10_u64.pow(power));
    let mut grid = vec![0];
    grid.extend(
        decades.flat_map(|ten| [1, 2, 5].map(|digit| digit * ten)).take_while(|&step| step < steps),
    );
    if steps > 0 {
        grid.push(steps);
    }
    grid
}

/// What a finished run holds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Steps at which the curve was measured.
    pub steps: Vec<u64>,
    /// The loss there; infinite from the step on at which the run diverged.
    #[serde(with = "numbers")]
    pub losses: Vec<f64>,
    /// Numbers of the trained net, by name; none if it diverged.
    #[serde(with = "named_numbers")]
    pub finals: BTreeMap<String, f64>,
}

impl Record {
    /// The loss at a step; NaN if it was not measured there.
    pub fn loss(&self, step: u64) -> f64 {
        let place = self.steps.iter().position(|&known| known == step);
        place.map_or(f64::NAN, |place| self.losses[place])
    }

    /// A number of the trained net; NaN if there is none.
    pub fn last(&self, name: &str) -> f64 {
        self.finals.get(name).copied().unwrap_or(f64::NAN)
    }

    /// First time at which the loss is at most `level`, interpolated linearly between measured
    /// steps; infinite if that never happens.
    pub fn crossing(&self, level: f64) -> f64 {
        let Some(place) = self.losses.iter().position(|&loss| loss <= level) else {
            return f64::INFINITY;
        };
        let after = self.steps[place] as f64;
        let Some(before) = place.checked_sub(1) else { return after };
        let (high, low) = (self.losses[before], self.losses[place]);
        let start = self.steps[before] as f64;
        start + (after - start) * (high - level) / (high - low)
    }

    /// First measured step at which the run had diverged; infinite if it did not.
    pub fn diverged_at(&self) -> f64 {
        let place = self.losses.iter().position(|&loss| has_diverged(loss));
        place.map_or(f64::INFINITY, |place| self.steps[place] as f64)
    }
}

/// Is a loss not finite, or beyond [`DIVERGED`]?
pub fn has_diverged(loss: f64) -> bool {
    // Written so that NaN counts.
    !(loss.abs() <= DIVERGED)
}

/// Numbers as text, so that infinities and NaN survive JSON and every bit is kept.
mod numbers {
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    pub fn serialize<S: Serializer>(numbers: &[f64], to: S) -> Result<S::Ok, S::Error> {
        numbers.iter().map(|number| format!("{number:?}")).collect::<Vec<_>>().serialize(to)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<f64>, D::Error> {
        let words: Vec<String> = Vec::deserialize(from)?;
        words.iter().map(|word| word.parse().map_err(D::Error::custom)).collect()
    }
}

/// The same for named numbers.
mod named_numbers {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    pub fn serialize<S: Serializer>(
        named: &BTreeMap<String, f64>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        let words: BTreeMap<_, _> =
            named.iter().map(|(name, x)| (name, format!("{x:?}"))).collect();
        words.serialize(to)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<BTreeMap<String, f64>, D::Error> {
        let words: BTreeMap<String, String> = BTreeMap::deserialize(from)?;
        let read =
            |(name, word): (String, String)| Ok((name, word.parse().map_err(D::Error::custom)?));
        words.into_iter().map(read).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> Record {
        let finals = BTreeMap::from([("x".to_string(), f64::NAN)]);
        Record { steps: vec![0, 1, 3], losses: vec![1.0, 0.5, f64::INFINITY], finals }
    }

    #[test]
    fn the_grid_is_logarithmic_and_ends_at_the_end() {
        assert_eq!(log_grid(60), [0, 1, 2, 5, 10, 20, 50, 60]);
        assert_eq!(log_grid(50), [0, 1, 2, 5, 10, 20, 50]);
        assert_eq!(log_grid(0), [0]);
        let plan = Plan::dense(60, 13);
        assert_eq!(plan.measured[18..], [18, 19, 20, 33, 46, 50, 59, 60]);
    }

    #[test]
    fn levels_are_reached_between_steps() {
        let record = record();
        assert_eq!(record.crossing(2.0), 0.0);
        assert_eq!(record.crossing(0.75), 0.5);
        assert_eq!(record.crossing(0.1), f64::INFINITY);
        assert_eq!((record.loss(1), record.diverged_at()), (0.5, 3.0));
        assert!(record.loss(2).is_nan() && record.last("y").is_nan());
    }

    #[test]
    fn records_survive_json_bit_for_bit() {
        let text = serde_json::to_string(&record()).unwrap();
        let back: Record = serde_json::from_str(&text).unwrap();
        assert_eq!(format!("{back:?}"), format!("{:?}", record()));
    }
}
