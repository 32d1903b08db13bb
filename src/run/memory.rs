//! How much the process grows while something is measured: what a cluster must be asked for.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// The process is looked at this often.
const INTERVAL: Duration = Duration::from_millis(25);

/// Memory of this process that is in use now, bytes; `None` where the system does not tell.
pub fn resident() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(1024 * kilobytes)
}

/// Peaks of the measurements under way.
type Peaks = Mutex<Vec<Arc<AtomicU64>>>;

/// Watches the process from a thread of its own, until it is dropped.
pub struct Watch {
    peaks: Arc<Peaks>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Watch {
    /// Begins to watch.
    pub fn start() -> Self {
        let (peaks, stop) = (Arc::new(Peaks::default()), Arc::new(AtomicBool::new(false)));
        let (seen, ended) = (Arc::clone(&peaks), Arc::clone(&stop));
        let look = move || {
            while !ended.load(Ordering::Relaxed) {
                let Some(now) = resident() else { return };
                for peak in seen.lock().unwrap_or_else(PoisonError::into_inner).iter() {
                    peak.fetch_max(now, Ordering::Relaxed);
                }
                std::thread::park_timeout(INTERVAL);
            }
        };
        // Without the thread only long peaks between two measurements are missed.
        let thread = std::thread::Builder::new().name("memory".into()).spawn(look).ok();
        Self { peaks, stop, thread }
    }

    /// Does some work; also gives the bytes by which the process grew meanwhile.
    pub fn during<T>(&self, work: impl FnOnce() -> T) -> (T, Option<u64>) {
        let Some(before) = resident() else { return (work(), None) };
        let peak = Arc::new(AtomicU64::new(before));
        let open = || self.peaks.lock().unwrap_or_else(PoisonError::into_inner);
        open().push(Arc::clone(&peak));
        let done = work();
        open().retain(|other| !Arc::ptr_eq(other, &peak));
        let after = resident().unwrap_or(before).max(peak.load(Ordering::Relaxed));
        (done, Some(after.saturating_sub(before)))
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // It has nothing to say; a panic there concerns nobody here.
            drop(thread.join());
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn what_is_allocated_and_given_back_is_seen() {
        let watch = Watch::start();
        let (sum, grown) = watch.during(|| {
            let block = vec![1_u8; 64 << 20];
            std::thread::sleep(10 * INTERVAL);
            block.iter().map(|&byte| u64::from(byte)).sum::<u64>()
        });
        assert_eq!(sum, 64 << 20);
        let grown = grown.unwrap();
        assert!((48 << 20..1 << 30).contains(&grown), "{grown}");
    }
}
