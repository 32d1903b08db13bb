//! Progress: a bar with an ETA on a terminal, a line now and then elsewhere.

use std::fmt;
use std::io::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

/// Units of the bar a second: milliseconds of expected work.
const UNIT: f64 = 1e3;
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

    /// So many seconds of work are to be done.
    pub fn start(&self, work: f64, measurements: usize, reused: usize) {
        self.total.store(measurements, Ordering::Relaxed);
        if self.quiet {
            return;
        }
        if self.terminal && measurements > 0 {
            self.bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(5));
            let template = "{bar:30} {percent:>3}%  {msg}  {elapsed} gone, about {left} to go";
            if let Ok(style) = ProgressStyle::with_template(template) {
                let left = |state: &ProgressState, out: &mut dyn fmt::Write| {
                    let share = f64::from(state.fraction());
                    // A terminal that can't be written to is no reason to stop.
                    let _ = write!(out, "{}", HumanDuration(left(state.elapsed(), share)));
                };
                self.bar.set_style(style.with_key("left", left).progress_chars("█▌░"));
            }
        }
        self.bar.set_length((work * UNIT).ceil() as u64);
        let reuse = if reused > 0 { format!(", {reused} unchanged") } else { String::new() };
        self.say(&format!("{measurements} measurements to take{reuse}"));
    }

    /// So many microseconds of expected work are done.
    pub fn advance(&self, work: u64) {
        let before = self.work.fetch_add(work, Ordering::Relaxed);
        let units = (before + work) / 1000 - before / 1000;
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
            let share = self.bar.position() as f64 / self.bar.length().unwrap_or(0).max(1) as f64;
            let left = HumanDuration(left(self.bar.elapsed(), share));
            let _ = writeln!(std::io::stderr(), "  {message}, about {left} to go");
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

/// What is left after so long, when this share of the work is done at an even pace. A pace of the last
/// seconds would say years while something long is at work.
fn left(gone: Duration, share: f64) -> Duration {
    let share = share.clamp(1e-3, 1.0);
    gone.mul_f64((1.0 - share) / share)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_follows_the_share_that_is_done() {
        let minute = Duration::from_secs(60);
        assert_eq!(left(minute, 0.5), minute);
        assert_eq!(left(minute, 0.75), Duration::from_secs(20));
        assert_eq!(left(minute, 1.0), Duration::ZERO);
        // Nothing done yet is no division by zero.
        assert!(left(minute, 0.0) < Duration::from_secs(100_000));
    }
}
