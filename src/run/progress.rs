//! Progress: a bar with an ETA on a terminal, a line now and then elsewhere.

use std::io::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Units of the bar: this many floating-point operations.
const UNIT: f64 = 1e6;
/// Off a terminal a line is written this often.
const INTERVAL: Duration = Duration::from_secs(20);

/// Watches a run and tells a person.
pub struct Progress {
    bar: ProgressBar,
    terminal: bool,
    quiet: bool,
    work: AtomicU64,
    finished: AtomicUsize,
    total: AtomicUsize,
    last: Mutex<Instant>,
}

impl Progress {
    /// On standard error; `quiet` says nothing.
    pub fn new(quiet: bool) -> Self {
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::hidden());
        let terminal = std::io::IsTerminal::is_terminal(&std::io::stderr());
        Self {
            bar,
            terminal,
            quiet,
            work: AtomicU64::new(0),
            finished: AtomicUsize::new(0),
            total: AtomicUsize::new(0),
            last: Mutex::new(Instant::now()),
        }
    }

    /// So much is to be done.
    pub fn start(&self, work: f64, measurements: usize, reused: usize) {
        self.total.store(measurements, Ordering::Relaxed);
        if self.quiet {
            return;
        }
        if self.terminal && measurements > 0 {
            self.bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(5));
            let template = "{bar:30} {percent:>3}%  {msg}  {elapsed} gone, about {eta} to go";
            if let Ok(style) = ProgressStyle::with_template(template) {
                self.bar.set_style(style.progress_chars("█▌░"));
            }
        }
        self.bar.set_length((work / UNIT).ceil() as u64);
        let reuse = if reused > 0 { format!(", {reused} unchanged") } else { String::new() };
        self.say(&format!("{measurements} measurements to take{reuse}"));
    }

    /// So many floating-point operations are done.
    pub fn advance(&self, work: f64) {
        let before = self.work.fetch_add(work as u64, Ordering::Relaxed);
        let units = ((before as f64 + work) / UNIT) as u64 - (before as f64 / UNIT) as u64;
        if units > 0 {
            self.bar.inc(units);
        }
    }

    /// One measurement is finished.
    pub fn finished(&self, _place: &str) {
        let finished = self.finished.fetch_add(1, Ordering::Relaxed) + 1;
        let total = self.total.load(Ordering::Relaxed);
        let message = format!("{finished} of {total} measurements");
        self.bar.set_message(message.clone());
        if self.terminal || self.quiet {
            return;
        }
        let mut last = self.last.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if last.elapsed() >= INTERVAL {
            *last = Instant::now();
            let eta = self.bar.eta().as_secs();
            let _ = writeln!(std::io::stderr(), "  {message}, about {eta} s to go");
        }
    }

    /// Nothing is left.
    pub fn end(&self) {
        self.bar.finish_and_clear();
    }

    /// A line for the person.
    pub fn say(&self, line: &str) {
        if !self.quiet {
            self.bar.suspend(|| {
                // A closed pipe is no reason to stop.
                let _ = writeln!(std::io::stderr(), "{line}");
            });
        }
    }
}
