//! Trials drawn so far, grown in blocks, the same for any number of threads.

use rayon::prelude::*;

use super::observer::{Interruption, Observer};
use crate::experiment::{Column, Failure, Prepared};
use crate::random::StreamKey;

/// Trials are drawn in parallel in blocks of this many at most.
const BLOCK: usize = 16;
/// Floating-point operations of a block that is worth a thread's while: a training run is a block of its own.
const BLOCK_WORK: f64 = 1e7;
/// More numbers than this in one cell are refused (512 MB).
const MAX_NUMBERS: u64 = 1 << 26;

/// A table of trials: one row a trial, one column an observable.
pub struct Samples {
    /// What the columns are.
    pub columns: Vec<Column>,
    rows: Vec<f64>,
    drawn: usize,
}

impl Samples {
    /// No trials yet.
    ///
    /// # Errors
    /// The table would not fit in memory at `trials` rows.
    pub fn new(columns: Vec<Column>, trials: u64) -> Result<Self, Failure> {
        let numbers = trials.saturating_mul(columns.len() as u64);
        if numbers > MAX_NUMBERS {
            let message =
                format!("{trials} trials of {} numbers do not fit in memory", columns.len());
            return Err(Failure::parameter(message, "fewer trials, or summarise within a trial"));
        }
        Ok(Self { columns, rows: Vec::new(), drawn: 0 })
    }

    /// Number of trials drawn.
    pub const fn len(&self) -> usize {
        self.drawn
    }

    /// The rows drawn.
    pub fn rows(&self) -> impl Iterator<Item = &[f64]> {
        self.rows.chunks_exact(self.columns.len().max(1))
    }

    /// Draws trials until there are `total`.
    ///
    /// # Errors
    /// A trial's failure, or the person's interruption.
    pub fn grow(
        &mut self,
        total: usize,
        experiment: &dyn Prepared,
        key: StreamKey,
        observer: &dyn Observer,
    ) -> Result<(), Interruption> {
        let width = self.columns.len();
        let first = self.drawn;
        self.rows.resize(total * width, f64::NAN);
        let cost = experiment.cost();
        let in_block = (BLOCK_WORK / cost).clamp(1.0, BLOCK as f64) as usize;
        self.rows[first * width..].par_chunks_mut(in_block * width).enumerate().try_for_each(
            |(block, rows)| {
                for (row, out) in rows.chunks_exact_mut(width).enumerate() {
                    if observer.cancelled() {
                        return Err(Interruption::Cancelled);
                    }
                    let trial = (first + block * in_block + row) as u64;
                    experiment.trial(&mut key.trial(trial), out)?;
                    observer.advance(cost);
                }
                Ok(())
            },
        )?;
        self.drawn = total;
        Ok(())
    }

    /// Index of the column of an observable at arguments.
    pub fn column(&self, name: &str, arguments: &[f64]) -> Option<usize> {
        self.columns
            .iter()
            .position(|column| column.observable == name && column.arguments == arguments)
    }
}
