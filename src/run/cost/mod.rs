//! What measurements cost: estimated from recorded ones, with the estimate's own error measured; from the laws of the
//! reference machine where nothing is recorded.
//!
//! An experiment's seconds are proportional to its work: operations of its trials where it samples,
//! number of questions where it answers exactly. The constant of each experiment is the ratio of sums over
//! the measurements recorded, so that the large ones decide. Where the very measurement was recorded,
//! its time is taken. Memory grows at most as the work of one trial (each number is touched at least
//! once); how it grew from the smallest records to the largest says how it goes on.

mod error;

use std::collections::{BTreeMap, HashMap};

pub use error::ModelError;

use super::journal::Memory;
use super::plan::{Plan, Settings};
use super::schedule::{Job, jobs};
use super::verify::place_name;
use super::work::{Work, of_trial};
use crate::claim::{Profile, Suite};
use crate::measure::{Cell, CellResult};

/// Bytes of a measurement whose experiment has no record, at most.
const UNKNOWN_MEMORY: f64 = 2e9;
/// Growth of the process below this is noise of its allocator, bytes.
const LEAST_MEMORY: f64 = 8e6;

/// How far an estimate can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Basis {
    /// This measurement was recorded.
    Recorded,
    /// Its experiment was recorded at other parameters.
    Scaled,
    /// Nothing of its experiment was recorded: a guess.
    Guessed,
}

/// What a measurement is expected to take.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// Compute time, seconds of one thread.
    pub seconds: f64,
    /// Growth of the process, bytes.
    pub memory: f64,
    /// It asks for a GPU (and runs on the processor where none is).
    pub gpu: bool,
    /// What the estimate rests on.
    pub basis: Basis,
}

/// What of a cell its cost depends on.
#[derive(Clone, Debug)]
struct Traits {
    work: Work,
    /// Operations of one trial.
    unit: f64,
    gpu: bool,
}

impl Traits {
    fn of(cell: &Cell) -> Self {
        let gpu = cell.parameters.get("cuda") == Some(&serde_json::Value::Bool(true));
        Self { work: Work::of(cell), unit: of_trial(cell), gpu }
    }
}

/// A recorded measurement.
struct Record {
    claim: String,
    profile: Profile,
    traits: Traits,
    seconds: f64,
    memory: Option<u64>,
}

/// Sums over records of one law.
#[derive(Clone, Copy, Default)]
struct Sums {
    work: f64,
    seconds: f64,
}

/// Everything recorded, and the laws fitted to it.
#[derive(Default)]
pub struct Model {
    records: Vec<Record>,
    laws: HashMap<String, Sums>,
    /// Records of memory by law: operations of one trial, bytes.
    memory: HashMap<String, Vec<(f64, f64)>>,
    known: HashMap<(String, String, String), f64>,
}

impl Model {
    /// Fits the model to journals: measurements of this suite at any profile, whatever code made them.
    pub fn fitted(suite: &Suite, journals: &[&Memory], settings: Settings) -> Self {
        let mut model = Self::default();
        for profile in [Profile::Quick, Profile::Standard, Profile::Paper] {
            let plan = Plan::new(suite, Settings { profile, ..settings });
            for job in jobs(&plan, &vec![true; suite.claims.len()]) {
                model.learn(suite, &job, profile, journals);
            }
        }
        for record in &model.records {
            let sums = model.laws.entry(record.traits.work.law.clone()).or_default();
            sums.work += record.traits.work.amount;
            sums.seconds += record.seconds;
        }
        model
    }

    /// Takes one measurement from the journals that hold it.
    fn learn(&mut self, suite: &Suite, job: &Job<'_>, profile: Profile, journals: &[&Memory]) {
        let (claim, place) = named(suite, job, profile);
        let parts = job.parts.clone();
        // A training run that was in the cache took no time: the longest record is the honest one.
        let found =
            journals.iter().filter_map(|journal| journal.at_place(&place)).filter(|entry| {
                entry.parts.parameters == parts.parameters
                    && entry.parts.requests == parts.requests
                    && entry.parts.budget == parts.budget
                    && matches!(entry.answers.result, CellResult::Answers(_))
            });
        let Some(entry) = found.max_by(|a, b| a.answers.seconds.total_cmp(&b.answers.seconds))
        else {
            return;
        };
        let (traits, seconds) = (Traits::of(job.cell), entry.answers.seconds);
        if let Some(memory) = entry.memory {
            let known = self.memory.entry(traits.work.law.clone()).or_default();
            known.push((traits.unit, memory as f64));
        }
        let key = (traits.work.law.clone(), parts.parameters, parts.requests);
        self.known.insert(key, seconds / traits.work.amount);
        self.records.push(Record { claim, profile, traits, seconds, memory: entry.memory });
    }

    /// Seconds of a unit of work by law, of all laws recorded.
    pub fn laws(&self) -> Vec<(String, f64)> {
        let rate = |(law, sums): (&String, &Sums)| (law.clone(), sums.seconds / sums.work);
        let mut laws: Vec<(String, f64)> = self.laws.iter().map(rate).collect();
        laws.retain(|(_, rate)| rate.is_finite() && *rate > 0.0);
        laws.sort_by(|a, b| a.0.cmp(&b.0));
        laws
    }

    /// Number of measurements recorded.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Is nothing recorded?
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// How many of them know their memory.
    pub fn with_memory(&self) -> usize {
        self.records.iter().filter(|record| record.memory.is_some()).count()
    }

    /// What a measurement is expected to take.
    pub fn cost(&self, cell: &Cell) -> Cost {
        let (traits, parts) = (Traits::of(cell), cell.key_parts());
        let key = (traits.work.law.clone(), parts.parameters, parts.requests);
        let (seconds, basis) = match self.known.get(&key) {
            // More trials of the same measurement cost in proportion.
            Some(rate) => (rate * traits.work.amount, Basis::Recorded),
            None => self.law(&traits, &Sums::default()),
        };
        Cost { seconds, memory: self.memory_of(&traits, cell), gpu: traits.gpu, basis }
    }

    /// Seconds by the law of its experiment, some records left out.
    fn law(&self, traits: &Traits, without: &Sums) -> (f64, Basis) {
        let sums = self.laws.get(&traits.work.law).copied().unwrap_or_default();
        let (work, seconds) = (sums.work - without.work, sums.seconds - without.seconds);
        if work > 1e-9 * sums.work && work > 0.0 && seconds > 0.0 {
            return (traits.work.amount * seconds / work, Basis::Scaled);
        }
        (traits.work.expected(), Basis::Guessed)
    }

    fn memory_of(&self, traits: &Traits, cell: &Cell) -> f64 {
        let columns = cell.experiment.and_then(|entry| {
            let prepared = (entry.definition.prepare)(&cell.parameters).ok()?;
            Some(prepared.columns().len())
        });
        // The table of trials, twice while it grows.
        let sampled = traits.work.law.ends_with("sampled");
        let table =
            if sampled { 16.0 * cell.trials as f64 * columns.unwrap_or(0) as f64 } else { 0.0 };
        let own = self.memory.get(&traits.work.law).map(|known| memory_at(known, traits.unit));
        // A number for each operation of a trial, at most.
        own.unwrap_or((8.0 * traits.unit).min(UNKNOWN_MEMORY)).max(LEAST_MEMORY) + table
    }

    /// How far the laws are off on the measurements of a profile, when a claim's own records are left out.
    pub fn error(&self, profile: Profile) -> Option<ModelError> {
        let mut own: HashMap<(&str, &str), Sums> = HashMap::new();
        for record in &self.records {
            let sums = own.entry((&record.claim, &record.traits.work.law)).or_default();
            sums.work += record.traits.work.amount;
            sums.seconds += record.seconds;
        }
        let mut claims: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
        let mut guessed = 0;
        for record in self.records.iter().filter(|record| record.profile == profile) {
            let without = own[&(record.claim.as_str(), record.traits.work.law.as_str())];
            match self.law(&record.traits, &without) {
                (_, Basis::Guessed) => guessed += 1,
                (seconds, _) => {
                    let slot = claims.entry(&record.claim).or_default();
                    *slot = (slot.0 + seconds, slot.1 + record.seconds);
                }
            }
        }
        ModelError::of(&claims, guessed)
    }

    /// The same when only the records of another profile are known: an extrapolation.
    pub fn extrapolation(&self, from: Profile, to: Profile) -> Option<ModelError> {
        let mut laws: HashMap<&str, Sums> = HashMap::new();
        for record in self.records.iter().filter(|record| record.profile == from) {
            let sums = laws.entry(&record.traits.work.law).or_default();
            sums.work += record.traits.work.amount;
            sums.seconds += record.seconds;
        }
        let mut claims: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
        let mut guessed = 0;
        for record in self.records.iter().filter(|record| record.profile == to) {
            match laws.get(record.traits.work.law.as_str()) {
                Some(sums) if sums.work > 0.0 => {
                    let slot = claims.entry(&record.claim).or_default();
                    slot.0 += record.traits.work.amount * sums.seconds / sums.work;
                    slot.1 += record.seconds;
                }
                _ => guessed += 1,
            }
        }
        ModelError::of(&claims, guessed)
    }
}

/// Bytes at a size of trial, from records (size, bytes): what the largest took, and beyond it growing as it grew from
/// the smallest records to the largest, or in proportion to the work where all are of one size.
fn memory_at(known: &[(f64, f64)], unit: f64) -> f64 {
    let sizes = || known.iter().map(|(size, _)| *size);
    let (small, large) = (sizes().fold(f64::INFINITY, f64::min), sizes().fold(0.0, f64::max));
    let most = |range: std::ops::RangeInclusive<f64>| {
        let within = known.iter().filter(|(size, _)| range.contains(size));
        within.map(|(_, bytes)| *bytes).fold(LEAST_MEMORY, f64::max)
    };
    let (low, high) = (most(0.0..=2.0 * small), most(large / 2.0..=large));
    let slope = match large > 4.0 * small {
        true => ((high / low).ln() / (large / small).ln()).clamp(0.0, 1.0),
        false => 1.0,
    };
    most(0.0..=large) * (unit / large).max(1.0).powf(slope)
}

/// The paper of a claim's id.
pub fn paper_of(id: &str) -> &str {
    id.split('/').next().unwrap_or(id)
}

/// The claim that a job stands in, and its place in the journal.
pub fn named(suite: &Suite, job: &Job<'_>, profile: Profile) -> (String, String) {
    let (claim, rest) = job.place.split_once('.').unwrap_or((&job.place, ""));
    let loaded = claim.parse::<usize>().ok().and_then(|index| suite.claims.get(index));
    let id = loaded.map_or_else(String::new, |loaded| loaded.claim.id.clone());
    let place = place_name(&id, rest, profile);
    (id, place)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(claim: &str, law: &str, work: f64, seconds: f64) -> Record {
        let work = Work { law: law.into(), amount: work };
        let traits = Traits { work, unit: 1.0, gpu: false };
        Record { claim: claim.into(), profile: Profile::Standard, traits, seconds, memory: None }
    }

    fn model(records: Vec<Record>) -> Model {
        let mut model = Model { records, ..Model::default() };
        for record in &model.records {
            let sums = model.laws.entry(record.traits.work.law.clone()).or_default();
            sums.work += record.traits.work.amount;
            sums.seconds += record.seconds;
        }
        model
    }

    #[test]
    fn a_law_without_scatter_has_no_error() {
        let model = model(vec![
            record("p/a", "e, sampled", 1e9, 2.0),
            record("p/b", "e, sampled", 4e9, 8.0),
            record("q/c", "e, sampled", 2e9, 4.0),
        ]);
        let error = model.error(Profile::Standard).unwrap();
        assert!((error.estimated - 14.0).abs() < 1e-9 && (error.wide_factor - 1.0).abs() < 1e-9);
        assert_eq!((error.claims, error.guessed, error.papers.len()), (3, 0, 2));
    }

    #[test]
    fn a_claim_never_vouches_for_itself() {
        // `p/b` takes ten times what the others say, and its own record would hide that.
        let model = model(vec![
            record("p/a", "e, sampled", 1e9, 2.0),
            record("p/b", "e, sampled", 1e9, 20.0),
            record("p/c", "other, exact", 3.0, 5.0),
        ]);
        let error = model.error(Profile::Standard).unwrap();
        assert_eq!(error.guessed, 1, "nothing but its own record speaks of `p/c`");
        assert!((error.wide_factor - 10.0).abs() < 1e-9, "{error:?}");
        assert!(model.extrapolation(Profile::Quick, Profile::Standard).is_none());
    }

    #[test]
    fn memory_goes_on_as_it_grew() {
        let near = |a: f64, b: f64| assert!((a / b - 1.0).abs() < 1e-9, "{a} is not {b}");
        // Square matrices multiplied: work n³, memory n².
        let cube = |n: f64| (n.powi(3), 8.0 * n * n);
        let known: Vec<(f64, f64)> = [1e3, 2e3, 8e3].map(cube).into();
        let (work, bytes) = cube(32e3);
        assert!((memory_at(&known, work) / bytes - 1.0).abs() < 0.2);
        // A loop that only takes longer.
        near(memory_at(&[(1e6, 1e8), (1e9, 1e8)], 1e15), 1e8);
        // One size only: in proportion. Smaller than all: what the largest took.
        near(memory_at(&[(1e6, 1e8)], 1e7), 1e9);
        near(memory_at(&[(1e6, 1e8)], 1.0), 1e8);
    }

    #[test]
    fn without_records_a_guess_says_so() {
        let work = Work { law: "no such experiment, exact".into(), amount: 3.0 };
        let traits = Traits { work, unit: 1.0, gpu: false };
        let (seconds, basis) = Model::default().law(&traits, &Sums::default());
        assert_eq!((seconds, basis), (0.03, Basis::Guessed));
    }
}
