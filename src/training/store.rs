//! The store of training runs: a run is made once, whichever claim asks first, and kept on disk.
//!
//! A run is named by everything that can change its bits: the code under its net, libtorch's version and
//! device, the run's description, and the state of its stream. Threads that want the same runs share
//! them: each takes one that nobody is making, and waits only when none is left.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

use super::curve::Record;
use crate::experiment::Failure;
use crate::random::Stream;

include!(concat!(env!("OUT_DIR"), "/training_sources.rs"));

/// A run to be made.
pub struct Job {
    /// Name in the store.
    pub key: String,
    /// What it draws from.
    pub stream: Stream,
}

impl Job {
    /// A run of the net in the file `net` of `training/torch` with this description: all that matters beside the
    /// code under that file, the engine and the stream.
    pub fn new(net: &str, description: &Value, stream: Stream) -> Self {
        let mut fingerprint = stream.substream(u64::MAX);
        let state: Vec<u64> = (0..4).map(|_| fingerprint.bits()).collect();
        let all = json!([net, source(net), engine(), description, state]).to_string();
        Self { key: blake3::hash(all.as_bytes()).to_hex()[..32].to_string(), stream }
    }

    /// Where its checkpoint lies; `None` without a cache folder.
    pub fn checkpoint(&self) -> Option<PathBuf> {
        folder().map(|folder| folder.join(format!("{}.safetensors", self.key)))
    }
}

/// Hash of the sources that a net leans on; empty for a net that is no file.
fn source(net: &str) -> &'static str {
    TRAINING_SOURCES.iter().find(|(name, _)| *name == net).map_or("", |(_, hash)| hash)
}

/// Version of libtorch, and the device.
fn engine() -> String {
    #[cfg(feature = "torch")]
    return super::torch::engine();
    #[cfg(not(feature = "torch"))]
    "none".into()
}

/// Folder of finished runs and checkpoints, beside the data.
fn folder() -> Option<PathBuf> {
    Some(crate::data::folder()?.parent()?.join("training"))
}

#[derive(Default)]
struct State {
    done: BTreeMap<String, Record>,
    making: BTreeSet<String>,
}

static STATE: Mutex<Option<State>> = Mutex::new(None);
static CHANGED: Condvar = Condvar::new();

fn lock() -> MutexGuard<'static, Option<State>> {
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Takes a run for this thread; gives it back when dropped, made or not.
struct Claimed<'a>(&'a str);

impl<'a> Claimed<'a> {
    fn take(key: &'a str) -> Option<Self> {
        lock().get_or_insert_default().making.insert(key.to_string()).then(|| Self(key))
    }
}

impl Drop for Claimed<'_> {
    fn drop(&mut self) {
        lock().get_or_insert_default().making.remove(self.0);
        CHANGED.notify_all();
    }
}

/// The records of all jobs, in their order. `make` makes one run; it is called only for runs that nobody made before.
///
/// # Errors
/// What `make` could not do.
pub fn run_all(
    jobs: &[Job],
    make: impl Fn(usize, &Job) -> Result<Record, Failure>,
) -> Result<Vec<Record>, Failure> {
    run_all_in(folder().as_deref(), jobs, make)
}

fn run_all_in(
    folder: Option<&Path>,
    jobs: &[Job],
    make: impl Fn(usize, &Job) -> Result<Record, Failure>,
) -> Result<Vec<Record>, Failure> {
    let mut records: Vec<Option<Record>> = vec![None; jobs.len()];
    loop {
        let mut progress = false;
        for (index, job) in jobs.iter().enumerate() {
            if records[index].is_some() {
                continue;
            }
            if let Some(known) = known(folder, &job.key) {
                records[index] = Some(known);
                progress = true;
            } else if let Some(claimed) = Claimed::take(&job.key) {
                let record = make(index, job)?;
                keep(folder, &job.key, &record);
                drop(claimed);
                records[index] = Some(record);
                progress = true;
            }
        }
        if records.iter().all(Option::is_some) {
            return Ok(records.into_iter().flatten().collect());
        }
        if !progress {
            // Another thread makes what is left; it may also fail, so look again now and then.
            let wait = std::time::Duration::from_millis(200);
            drop(CHANGED.wait_timeout(lock(), wait).unwrap_or_else(PoisonError::into_inner));
        }
    }
}

fn known(folder: Option<&Path>, key: &str) -> Option<Record> {
    if let Some(record) = lock().get_or_insert_default().done.get(key) {
        return Some(record.clone());
    }
    let text = fs::read_to_string(place(folder?, key)).ok()?;
    let record = unsealed(key, &text)?;
    lock().get_or_insert_default().done.insert(key.to_string(), record.clone());
    Some(record)
}

/// Where a run's record lies.
fn place(folder: &Path, key: &str) -> PathBuf {
    folder.join(format!("{key}.run"))
}

/// A record with the hash of its name and text in front.
fn sealed(key: &str, record: &Record) -> Option<String> {
    let text = serde_json::to_string(record).ok()?;
    Some(format!("{} {text}", seal(key, &text)))
}

/// The record, if the hash agrees: a torn, damaged or misplaced file is as good as none.
fn unsealed(key: &str, text: &str) -> Option<Record> {
    let (sum, text) = text.split_once(' ')?;
    if sum != seal(key, text) {
        return None;
    }
    serde_json::from_str(text).ok()
}

fn seal(key: &str, text: &str) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(key.as_bytes());
    hasher.update(text.as_bytes());
    hasher.finalize().to_hex()[..32].to_string()
}

/// Keeps a record in memory, and on disk where that is possible: a full disk costs time, not results.
fn keep(folder: Option<&Path>, key: &str, record: &Record) {
    lock().get_or_insert_default().done.insert(key.to_string(), record.clone());
    let Some(folder) = folder else { return };
    let Some(text) = sealed(key, record) else { return };
    let temporary = folder.join(format!("{key}.{}.tmp", std::process::id()));
    let written = fs::create_dir_all(folder)
        .and_then(|()| fs::write(&temporary, text))
        .and_then(|()| fs::rename(&temporary, place(folder, key)));
    if written.is_err() {
        let _ = fs::remove_file(temporary);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::StreamKey;
    use std::sync::atomic::{AtomicUsize, Ordering};

    fn jobs(test: &str) -> Vec<Job> {
        let stream = StreamKey::derive(1, "store", "{}").trial(0);
        (0..4).map(|i| Job::new("", &json!([test, i]), stream.substream(i))).collect()
    }

    fn record(index: usize) -> Record {
        Record { steps: vec![0], losses: vec![index as f64], ..Record::default() }
    }

    #[test]
    fn runs_are_made_once_by_whichever_thread() {
        let folder = tempfile::tempdir().unwrap();
        let jobs = jobs("shared");
        let made = AtomicUsize::new(0);
        let make = |index: usize, _: &Job| {
            made.fetch_add(1, Ordering::Relaxed);
            std::thread::sleep(std::time::Duration::from_millis(20));
            Ok(record(index))
        };
        let all = || run_all_in(Some(folder.path()), &jobs, make).unwrap();
        let (one, two) = std::thread::scope(|scope| {
            let (one, two) = (scope.spawn(all), scope.spawn(all));
            (one.join().unwrap(), two.join().unwrap())
        });
        assert_eq!((&one, made.load(Ordering::Relaxed)), (&two, 4));
        assert_eq!(one, (0..4).map(record).collect::<Vec<_>>());
    }

    #[test]
    fn finished_runs_are_read_back_from_disk() {
        let folder = tempfile::tempdir().unwrap();
        let jobs = jobs("disk");
        run_all_in(Some(folder.path()), &jobs, |index, _| Ok(record(index))).unwrap();
        lock().get_or_insert_default().done.clear();
        let never = |_: usize, _: &Job| Err(Failure::domain("made again"));
        assert_eq!(run_all_in(Some(folder.path()), &jobs, never).unwrap().len(), 4);
    }

    #[test]
    fn damaged_or_misplaced_records_are_made_anew() {
        let folder = tempfile::tempdir().unwrap();
        let jobs = jobs("damage");
        run_all_in(Some(folder.path()), &jobs, |index, _| Ok(record(index))).unwrap();
        lock().get_or_insert_default().done.clear();
        let file = |index: usize| place(folder.path(), &jobs[index].key);
        // One digit of a loss is another, a file is cut, two have changed places; the fourth is whole.
        let text = fs::read_to_string(file(1)).unwrap();
        let losses = text.find("losses").unwrap();
        let other = format!("{}{}", &text[..losses], text[losses..].replace('1', "7"));
        assert_ne!(text, other);
        fs::write(file(1), other).unwrap();
        fs::write(file(0), &fs::read(file(0)).unwrap()[..40]).unwrap();
        fs::copy(file(3), file(2)).unwrap();
        let made = AtomicUsize::new(0);
        let make = |index: usize, _: &Job| {
            made.fetch_add(1, Ordering::Relaxed);
            Ok(record(index))
        };
        let all = run_all_in(Some(folder.path()), &jobs, make).unwrap();
        assert_eq!(all, (0..4).map(record).collect::<Vec<_>>());
        assert_eq!(made.load(Ordering::Relaxed), 3);
    }

    #[test]
    fn a_run_that_fails_is_given_back() {
        let jobs = jobs("failing");
        let failing = |_: usize, _: &Job| Err(Failure::domain("no"));
        assert!(run_all_in(None, &jobs, failing).is_err());
        assert_eq!(run_all_in(None, &jobs, |index, _| Ok(record(index))).unwrap().len(), 4);
    }

    #[test]
    fn the_key_knows_description_and_stream() {
        let stream = || StreamKey::derive(1, "store", "{}").trial(0);
        let key = |text: &str, stream| Job::new("", &json!(text), stream).key;
        assert_eq!(key("a", stream()), key("a", stream()));
        assert_ne!(key("a", stream()), key("b", stream()));
        assert_ne!(key("a", stream()), key("a", stream().substream(1)));
    }
}
