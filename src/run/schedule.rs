//! The schedule: measures the cells of a plan, largest first, on all threads, and journals each.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use rayon::prelude::*;

use super::journal::{Entry, Journal, Memory};
use super::memory;
use super::plan::Plan;
use super::progress::Progress;
use crate::experiment::Nature;
use crate::measure::{Cell, CellAnswers, Observer, measure};

/// A cell to measure.
pub struct Job<'a> {
    /// The cell.
    pub cell: &'a Cell,
    /// Its key.
    pub key: String,
    /// Where it stands, for messages about what changed.
    pub place: String,
}

/// Answers by key.
pub type Answers = HashMap<String, CellAnswers>;

/// The cells of the claims selected, each key once, by key.
pub fn jobs<'a>(plan: &'a Plan, selected: &[bool]) -> Vec<Job<'a>> {
    let mut jobs: Vec<Job<'a>> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for (index, claim) in plan.claims.iter().enumerate().filter(|(index, _)| selected[*index]) {
        for (arm_index, arm) in claim.arms.iter().enumerate() {
            for (cell_index, cell) in arm.cells.iter().enumerate() {
                let key = cell.key_parts().key();
                if seen.insert(key.clone()) {
                    let place = format!("{index}.{arm_index}.{cell_index}");
                    jobs.push(Job { cell, key, place });
                }
            }
        }
    }
    jobs.sort_by(|a, b| a.key.cmp(&b.key));
    jobs
}

/// Rough cost of a cell, floating-point operations.
pub fn work(cell: &Cell) -> f64 {
    let sampled = cell.requests.iter().any(|request| crate::measure::uses_samples(&request.value));
    let sampled = sampled && cell.trials > 0;
    // A number of an experiment that draws nothing is a quadrature, a search or an enumeration.
    let question = if cell.experiment.is_some() && !sampled { 1e7 } else { 1e4 };
    let asking = question * cell.requests.len() as f64;
    let Some(entry) = cell.experiment.filter(|_| sampled) else { return asking };
    let trained = entry.definition.observables.iter().any(|it| it.nature == Nature::Trained);
    let pace = if trained { 1.0 / PRODUCTS } else { 1.0 };
    match (entry.definition.prepare)(&cell.parameters) {
        Ok(prepared) => asking + pace * prepared.cost() * cell.trials as f64,
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

/// Watches one measurement: what it does counts up to what was planned for it.
struct Watch<'a> {
    progress: &'a Progress,
    cancel: &'a AtomicBool,
    planned: u64,
    done: AtomicU64,
}

impl<'a> Watch<'a> {
    fn new(progress: &'a Progress, cancel: &'a AtomicBool, planned: f64) -> Self {
        Self { progress, cancel, planned: planned as u64, done: AtomicU64::new(0) }
    }

    /// A measurement that was decided early leaves work that nobody has to do.
    fn finished(&self, place: &str) {
        self.progress.advance(self.planned.saturating_sub(self.done.load(Ordering::Relaxed)));
        self.progress.finished(place);
    }
}

impl Observer for Watch<'_> {
    fn advance(&self, work: f64) {
        let before = self.done.fetch_add(work as u64, Ordering::Relaxed);
        let after = before.saturating_add(work as u64);
        self.progress.advance(after.min(self.planned) - before.min(self.planned));
    }

    fn cancelled(&self) -> bool {
        self.cancel.load(Ordering::Relaxed)
    }
}

/// The order of work, so that no long measurement is begun when others are at their end: by what a place's
/// last measurement took, where it is known, else by the estimate.
fn largest_first<'a>(open: Vec<(f64, &'a Job<'a>)>, memory: &Memory) -> Vec<(f64, &'a Job<'a>)> {
    let size = |(work, job): (f64, &'a Job<'a>)| {
        (memory.last_seconds(&job.place).map_or(work, |seconds| seconds * OPERATIONS), job)
    };
    let mut sized: Vec<(f64, &Job<'_>)> = open.into_iter().map(size).collect();
    sized.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.key.cmp(&b.1.key)));
    sized
}

/// Floating-point operations a second, roughly.
const OPERATIONS: f64 = 1e9;
/// The matrix products of a training run are so much faster.
const PRODUCTS: f64 = 50.0;

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
    // Only here: to ask an experiment what it costs may mean to read its data.
    let open: Vec<(f64, &Job<'_>)> =
        open.into_par_iter().map(|job| (work(job.cell), job)).collect();
    let open = largest_first(open, memory);
    progress.start(open.iter().map(|(size, _)| size).sum(), open.len(), reused);
    let next = AtomicUsize::new(0);
    let shared = Mutex::new((&mut answers, journal, None, HashMap::new()));
    let process = memory::Watch::start();
    rayon::scope(|scope| {
        for _ in 0..rayon::current_num_threads() {
            scope.spawn(|_| {
                while let Some((size, job)) = open.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let watch = Watch::new(progress, cancel, *size);
                    let (found, grown) = process.during(|| measure(job.cell, &watch));
                    let Some(found) = found else { return };
                    watch.finished(&job.place);
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
