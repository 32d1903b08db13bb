//! The schedule: measures the cells of a plan, largest first, on all threads, and journals each.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::journal::{Entry, Journal, Memory};
use super::memory;
use super::plan::Plan;
use super::progress::Progress;
use crate::measure::{Cell, CellAnswers, Observer, measure};

/// A cell to measure.
pub struct Job<'a> {
    /// The cell.
    pub cell: &'a Cell,
    /// Its key.
    pub key: String,
    /// Where it stands, for messages about what changed.
    pub place: String,
    /// Floating-point operations, roughly.
    pub work: f64,
}

/// Answers by key.
pub type Answers = HashMap<String, CellAnswers>;

/// The cells of the claims selected, each key once, largest first.
pub fn jobs<'a>(plan: &'a Plan, selected: &[bool]) -> Vec<Job<'a>> {
    let mut jobs: Vec<Job<'a>> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for (index, claim) in plan.claims.iter().enumerate().filter(|(index, _)| selected[*index]) {
        for (arm_index, arm) in claim.arms.iter().enumerate() {
            for (cell_index, cell) in arm.cells.iter().enumerate() {
                let key = cell.key_parts().key();
                if seen.insert(key.clone()) {
                    let place = format!("{index}.{arm_index}.{cell_index}");
                    jobs.push(Job { cell, key, place, work: work(cell) });
                }
            }
        }
    }
    jobs.sort_by(|a, b| b.work.total_cmp(&a.work).then_with(|| a.key.cmp(&b.key)));
    jobs
}

/// Rough cost of a cell, floating-point operations.
pub fn work(cell: &Cell) -> f64 {
    let asking = 1e4 * cell.requests.len() as f64;
    let sampled = cell.requests.iter().any(|request| crate::measure::uses_samples(&request.value));
    let Some(entry) = cell.experiment.filter(|_| sampled && cell.trials > 0) else { return asking };
    match (entry.definition.prepare)(&cell.parameters) {
        Ok(prepared) => asking + prepared.cost() * cell.trials as f64,
        Err(_) => asking,
    }
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

struct Watch<'a> {
    progress: &'a Progress,
    cancel: &'a AtomicBool,
}

impl Observer for Watch<'_> {
    fn advance(&self, work: f64) {
        self.progress.advance(work);
    }

    fn cancelled(&self) -> bool {
        self.cancel.load(Ordering::Relaxed)
    }
}

/// Measures what the memory does not hold.
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
    progress.start(open.iter().map(|job| job.work).sum(), open.len(), reused);
    let next = AtomicUsize::new(0);
    let shared = Mutex::new((&mut answers, journal, None, HashMap::new()));
    let watch = Watch { progress, cancel };
    let process = memory::Watch::start();
    rayon::scope(|scope| {
        for _ in 0..rayon::current_num_threads() {
            scope.spawn(|_| {
                while let Some(job) = open.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let (found, grown) = process.during(|| measure(job.cell, &watch));
                    let Some(found) = found else { return };
                    progress.finished(&job.place);
                    let mut shared =
                        shared.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                    let entry = Entry {
                        key: job.key.clone(),
                        place: job.place.clone(),
                        parts: job.cell.key_parts(),
                        answers: found.clone(),
                        memory: grown,
                    };
                    if let Err(error) = shared.1.append(&entry) {
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
