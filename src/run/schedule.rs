//! The schedule: measures the cells of a plan, largest first, on all threads, and journals each.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use rayon::prelude::*;

use super::journal::{Entry, Journal, Memory};
use super::memory;
use super::plan::Plan;
use super::progress::Progress;
use super::work::{expected_seconds, operations};
use crate::measure::{Cell, CellAnswers, CellResult, KeyParts, Observer, measure};

/// A cell to measure.
pub struct Job<'a> {
    /// The cell.
    pub cell: &'a Cell,
    /// What its key is made of.
    pub parts: KeyParts,
    /// Its key.
    pub key: String,
    /// Where it stands, for messages about what changed.
    pub place: String,
}

/// Answers by key.
pub type Answers = HashMap<String, CellAnswers>;

/// The cells of the claims selected, each key once, by key.
pub fn jobs<'a>(plan: &'a Plan, selected: &[bool]) -> Vec<Job<'a>> {
    let chosen = plan.claims.par_iter().enumerate().filter(|(index, _)| selected[*index]);
    let jobs = chosen.flat_map_iter(|(index, claim)| {
        claim.arms.iter().enumerate().flat_map(move |(arm_index, arm)| {
            arm.cells.iter().enumerate().map(move |(cell_index, cell)| {
                let parts = cell.key_parts();
                let place = format!("{index}.{arm_index}.{cell_index}");
                Job { cell, key: parts.key(), parts, place }
            })
        })
    });
    let mut jobs: Vec<Job<'a>> = jobs.collect();
    let mut seen = std::collections::HashSet::new();
    jobs.retain(|job| seen.insert(job.key.clone()));
    jobs.sort_by(|a, b| a.key.cmp(&b.key));
    jobs
}

/// What a run of jobs came to.
pub struct Done {
    /// Answers of all jobs that were finished, now or before.
    pub answers: Answers,
    /// How many came from the memory.
    pub reused: usize,
    /// Whether the person stopped it.
    pub cancelled: bool,
    /// What the journal's disk said, if it failed.
    pub journal_error: Option<String>,
    /// Bytes by which the process grew during each job measured now, by key.
    pub memory: HashMap<String, u64>,
}

/// Watches one measurement: what it does counts up to what was expected of it.
struct Watch<'a> {
    progress: &'a Progress,
    cancel: &'a AtomicBool,
    /// Seconds expected of an operation.
    pace: f64,
    /// What is expected in all, and what was told of it, microseconds.
    expected: u64,
    told: AtomicU64,
}

/// Microseconds of a second: progress is told in them.
const MICRO: f64 = 1e6;

impl<'a> Watch<'a> {
    fn new(progress: &'a Progress, cancel: &'a AtomicBool, cell: &Cell, seconds: f64) -> Self {
        let operations = operations(cell) * cell.trials.max(1) as f64;
        let (pace, expected) = (seconds / operations, (seconds * MICRO) as u64);
        Self { progress, cancel, pace, expected, told: AtomicU64::new(0) }
    }

    /// A measurement that was decided early leaves work that nobody has to do.
    fn finished(&self, place: &str) {
        self.progress.advance(self.expected.saturating_sub(self.told.load(Ordering::Relaxed)));
        self.progress.finished(place);
    }
}

impl Observer for Watch<'_> {
    fn advance(&self, work: f64) {
        let work = (work * self.pace * MICRO) as u64;
        let before = self.told.fetch_add(work, Ordering::Relaxed);
        let after = before.saturating_add(work);
        self.progress.advance(after.min(self.expected) - before.min(self.expected));
    }

    fn cancelled(&self) -> bool {
        self.cancel.load(Ordering::Relaxed)
    }
}

/// The order of work, so that no long measurement is begun when others are at their end: by what a place's
/// last measurement took, where it is known, else by the law of its experiment. Seconds.
fn largest_first<'a>(open: Vec<&'a Job<'a>>, memory: &Memory) -> Vec<(f64, &'a Job<'a>)> {
    let size = |job: &'a Job<'a>| {
        let last = memory.last_seconds(&job.place);
        (last.unwrap_or_else(|| expected_seconds(job.cell)), job)
    };
    let mut sized: Vec<(f64, &Job<'_>)> = open.into_par_iter().map(size).collect();
    sized.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.key.cmp(&b.1.key)));
    sized
}

/// A measurement that panics (libtorch's bindings have no other way to say that memory ran out) is one that failed: the
/// others go on. It is not remembered, as the next run may fare better.
fn caught(
    measure: impl FnOnce() -> Option<CellAnswers>,
) -> Result<Option<CellAnswers>, CellAnswers> {
    catch_unwind(AssertUnwindSafe(measure)).map_err(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("unknown");
        // A foreign exception brings its stack along: its first line says what happened.
        let text = text.split("\\n").next().unwrap_or(text).lines().next().unwrap_or(text);
        let result = CellResult::Failed(format!("the measurement panicked: {text}"));
        CellAnswers { result, seconds: 0.0 }
    })
}

/// Measures what the memory does not hold, largest first.
pub fn run(
    jobs: &[Job<'_>],
    memory: &Memory,
    journal: &mut Journal,
    progress: &Progress,
    cancel: &AtomicBool,
) -> Done {
    let mut answers = Answers::new();
    let mut open = Vec::new();
    for job in jobs {
        match memory.get(&job.key) {
            Some(known) => {
                answers.insert(job.key.clone(), known.clone());
            }
            None => open.push(job),
        }
    }
    let reused = answers.len();
    let open = largest_first(open, memory);
    progress.start(open.iter().map(|(seconds, _)| seconds).sum(), open.len(), reused);
    let next = AtomicUsize::new(0);
    let shared = Mutex::new((&mut answers, journal, None, HashMap::new()));
    let process = memory::Watch::start();
    rayon::scope(|scope| {
        for _ in 0..rayon::current_num_threads() {
            scope.spawn(|_| {
                while let Some((seconds, job)) = open.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let watch = Watch::new(progress, cancel, job.cell, *seconds);
                    let (found, grown) = process.during(|| caught(|| measure(job.cell, &watch)));
                    let (found, lasting) = match found {
                        Ok(Some(found)) => (found, true),
                        Ok(None) => return,
                        Err(failed) => (failed, false),
                    };
                    watch.finished(&job.place);
                    let mut shared =
                        shared.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                    let entry = Entry {
                        key: job.key.clone(),
                        place: job.place.clone(),
                        parts: job.parts.clone(),
                        answers: found.clone(),
                        memory: grown,
                    };
                    if lasting && let Err(error) = shared.1.append(&entry) {
                        shared.2.get_or_insert(error.to_string());
                    }
                    shared.0.insert(job.key.clone(), found);
                    shared.3.extend(grown.map(|bytes| (job.key.clone(), bytes)));
                }
            });
        }
    });
    let (_, _, journal_error, memory) =
        shared.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    progress.end();
    let cancelled = cancel.load(Ordering::Relaxed) && answers.len() < jobs.len();
    Done { answers, reused, cancelled, journal_error, memory }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_a_failed_measurement() {
        let failed = |measure: fn() -> Option<CellAnswers>| match caught(measure) {
            Err(CellAnswers { result: CellResult::Failed(why), .. }) => why,
            other => panic!("{other:?}"),
        };
        assert_eq!(failed(|| panic!("no room")), "the measurement panicked: no room");
        let foreign = || -> Option<CellAnswers> { panic!("{}", "Torch(\"no room\\nframe #0\")") };
        assert_eq!(failed(foreign), "the measurement panicked: Torch(\"no room");
        assert_eq!(caught(|| None), Ok(None));
    }
}
