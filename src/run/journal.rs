//! The journal: every finished measurement, one line each, written through to the disk.
//!
//! It is the program's only memory. A run reads the journal of its output folder, takes from it
//! what has the same key, and appends what it measures; so an unchanged suite is verified again in
//! about a second, a killed run loses nothing that was finished, and shards merge by reading several
//! journals. A line carries its own checksum: a torn or damaged line is dropped and measured anew.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::measure::{CellAnswers, CellResult, KeyParts};

/// Name of the file in the output folder.
pub const FILE: &str = "journal.jsonl";
/// First line: what the file is.
const HEADER: &str = "{\"claimcheck\":\"journal\",\"version\":1}";

/// A finished measurement.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Entry {
    /// Key of the cell.
    pub key: String,
    /// Which cell of which claim it is, whatever its content (`arpit2019/lemma-2#0.1.3`).
    pub place: String,
    /// The parts of the key, to say what changed.
    pub parts: KeyParts,
    /// The answers.
    pub answers: CellAnswers,
    /// Bytes by which the process grew while it was measured, other measurements of the same moments
    /// included; `None` where the system does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<u64>,
}

/// A line of the file.
#[derive(Serialize, Deserialize)]
struct Line {
    /// Checksum of `entry` as it stands in the line.
    sum: String,
    entry: Box<serde_json::value::RawValue>,
}

/// What a journal held.
#[derive(Default)]
pub struct Memory {
    entries: HashMap<String, Entry>,
    by_place: HashMap<String, Last>,
    /// Lines that were dropped, and why, in words.
    pub dropped: Vec<String>,
}

/// What is kept of a place's last measurement when its key has changed.
struct Last {
    parts: KeyParts,
    seconds: f64,
}

impl Memory {
    /// Reads a journal; a missing file is an empty memory.
    ///
    /// # Errors
    /// The file can't be read, or is something else than a journal of this version.
    pub fn read(path: &Path) -> io::Result<Self> {
        let mut memory = Self::default();
        memory.add(path)?;
        Ok(memory)
    }

    /// Reads one more journal.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn add(&mut self, path: &Path) -> io::Result<()> {
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        };
        self.add_from(BufReader::new(file))
    }

    /// Reads one more journal from its bytes.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn add_from(&mut self, mut reader: impl BufRead) -> io::Result<()> {
        check_header(&mut reader)?;
        for (number, line) in reader.split(b'\n').enumerate() {
            let line = line?;
            let text = String::from_utf8_lossy(&line);
            if text.trim().is_empty() {
                continue;
            }
            match parse(&text) {
                Ok(entry) => self.insert(entry),
                Err(reason) => self.dropped.push(format!("line {}: {reason}", number + 2)),
            }
        }
        Ok(())
    }

    fn insert(&mut self, entry: Entry) {
        let last = Last { parts: entry.parts.clone(), seconds: entry.answers.seconds };
        self.by_place.insert(entry.place.clone(), last);
        self.entries.insert(entry.key.clone(), entry);
    }

    /// Forgets what could not be measured because something outside the program was missing: it may be
    /// there by now, and no part of the key would tell.
    pub fn forget_unavailable(&mut self) {
        let Self { entries, by_place, .. } = self;
        entries.retain(|_, entry| {
            let keep = !matches!(entry.answers.result, CellResult::Unavailable { .. });
            if !keep {
                by_place.remove(&entry.place);
            }
            keep
        });
    }

    /// The answers under a key.
    pub fn get(&self, key: &str) -> Option<&CellAnswers> {
        self.entries.get(key).map(|entry| &entry.answers)
    }

    /// The key parts that a place had last.
    pub fn last_parts(&self, place: &str) -> Option<&KeyParts> {
        self.by_place.get(place).map(|last| &last.parts)
    }

    /// What the last measurement at a place took, seconds.
    pub fn last_seconds(&self, place: &str) -> Option<f64> {
        self.by_place.get(place).map(|last| last.seconds)
    }

    /// The measurement that a place had last.
    pub fn at_place(&self, place: &str) -> Option<&Entry> {
        self.entries.get(&self.last_parts(place)?.key()).filter(|entry| entry.place == place)
    }

    /// The entry under a key.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries.get(key)
    }

    /// Number of measurements.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Nothing in it?
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// All entries, by key.
    pub fn into_entries(self) -> Vec<Entry> {
        let mut entries: Vec<Entry> = self.entries.into_values().collect();
        entries.sort_by(|a, b| a.place.cmp(&b.place).then(a.key.cmp(&b.key)));
        entries
    }
}

/// Reads the first line, and nothing beyond its expected length: what follows may be anything. An
/// empty file, or one whose first line was torn while it was written, counts as a journal.
fn check_header(reader: &mut impl BufRead) -> io::Result<()> {
    let mut start = Vec::new();
    reader.take(HEADER.len() as u64 + 1).read_to_end(&mut start)?;
    let expected = [HEADER.as_bytes(), b"\n"].concat();
    if expected.starts_with(&start) {
        return Ok(());
    }
    let message = "it is not a journal of this version of claimcheck";
    Err(io::Error::new(io::ErrorKind::InvalidData, message))
}

fn parse(text: &str) -> Result<Entry, String> {
    let line: Line = serde_json::from_str(text).map_err(|_| "torn or not JSON".to_string())?;
    if checksum(line.entry.get()) != line.sum {
        return Err("its checksum does not agree".into());
    }
    serde_json::from_str(line.entry.get()).map_err(|error| error.to_string())
}

fn checksum(text: &str) -> String {
    blake3::hash(text.as_bytes()).to_hex()[..16].to_string()
}

fn format(entry: &Entry) -> io::Result<String> {
    let text = serde_json::to_string(entry)?;
    let sum = checksum(&text);
    let entry = serde_json::value::RawValue::from_string(text)?;
    Ok(serde_json::to_string(&Line { sum, entry })?)
}

/// Brings the end of a journal that was cut short in order: a whole first line, and a line of its own
/// for what is appended.
fn mend_end(file: &mut File) -> io::Result<()> {
    let length = file.metadata()?.len();
    if length <= HEADER.len() as u64 {
        file.set_len(0)?;
        return file.write_all(format!("{HEADER}\n").as_bytes());
    }
    let mut last = [0];
    file.seek(SeekFrom::Start(length - 1))?;
    file.read_exact(&mut last)?;
    if last == [b'\n'] { Ok(()) } else { file.write_all(b"\n") }
}

/// A journal that is written to.
pub struct Journal {
    file: File,
    path: PathBuf,
}

impl Journal {
    /// Opens a journal for appending. The caller holds the folder's [`Lock`](super::lock::Lock).
    ///
    /// # Errors
    /// The file can't be written, or is no journal.
    pub fn open(path: &Path) -> io::Result<Self> {
        let mut file = OpenOptions::new().create(true).read(true).append(true).open(path)?;
        // Nothing is written to a file that is something else.
        check_header(&mut BufReader::new(&file))?;
        mend_end(&mut file)?;
        Ok(Self { file, path: path.to_path_buf() })
    }

    /// Appends a measurement and waits until it is on the disk.
    ///
    /// # Errors
    /// The disk is full or gone.
    pub fn append(&mut self, entry: &Entry) -> io::Result<()> {
        let line = format(entry)?;
        self.file.write_all(format!("{line}\n").as_bytes())?;
        self.file.sync_data()
    }

    /// Rewrites the file with these entries only, by writing beside it and renaming.
    ///
    /// # Errors
    /// The disk is full or gone; the old file then stands.
    pub fn compact(self, entries: &[Entry]) -> io::Result<()> {
        let beside = self.path.with_extension("jsonl.new");
        let mut file = io::BufWriter::new(File::create(&beside)?);
        writeln!(file, "{HEADER}")?;
        for entry in entries {
            writeln!(file, "{}", format(entry)?)?;
        }
        file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        std::fs::rename(&beside, &self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::Answer;

    fn entry(key: &str) -> Entry {
        let parts = KeyParts {
            core: "c".into(),
            experiment: "e".into(),
            parameters: "p".into(),
            requests: "r".into(),
            budget: "b".into(),
        };
        let result = CellResult::Answers(vec![Answer::failed("x")]);
        let answers = CellAnswers { result, seconds: 1.5 };
        Entry { key: key.into(), place: format!("place {key}"), parts, answers, memory: None }
    }

    #[test]
    fn torn_and_damaged_lines_are_dropped_and_the_rest_survives() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        let mut journal = Journal::open(&path).unwrap();
        for key in ["a", "b", "c"] {
            journal.append(&entry(key)).unwrap();
        }
        drop(journal);
        let text = std::fs::read_to_string(&path).unwrap();
        // Damage `b`, tear `c`.
        let damaged = text.replace("place b", "place x");
        std::fs::write(&path, &damaged[..damaged.len() - 20]).unwrap();
        let mut journal = Journal::open(&path).unwrap();
        journal.append(&entry("d")).unwrap();
        let memory = Memory::read(&path).unwrap();
        assert_eq!(memory.dropped.len(), 2, "{:?}", memory.dropped);
        assert!(memory.get("a").is_some() && memory.get("d").is_some());
        assert!(memory.get("b").is_none() && memory.get("c").is_none());
    }

    #[test]
    fn foreign_files_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        std::fs::write(&path, "hello").unwrap();
        assert!(Memory::read(&path).is_err());
        assert!(Journal::open(&path).is_err());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "hello");
    }

    #[test]
    fn a_torn_first_line_is_written_again_and_a_whole_file_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        for torn in ["", &HEADER[..5], HEADER] {
            std::fs::write(&path, torn).unwrap();
            assert!(Memory::read(&path).unwrap().is_empty());
            Journal::open(&path).unwrap().append(&entry("a")).unwrap();
            assert_eq!(Memory::read(&path).unwrap().len(), 1);
        }
        let before = std::fs::read(&path).unwrap();
        drop(Journal::open(&path).unwrap());
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }

    #[test]
    fn what_was_missing_is_looked_for_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        let mut journal = Journal::open(&path).unwrap();
        let mut missing = entry("b");
        missing.answers.result =
            CellResult::Unavailable { what: "data".into(), mend: "make setup".into() };
        journal.append(&entry("a")).unwrap();
        journal.append(&missing).unwrap();
        let mut memory = Memory::read(&path).unwrap();
        memory.forget_unavailable();
        assert!(memory.get("a").is_some() && memory.get("b").is_none());
        assert!(memory.last_parts("place a").is_some() && memory.last_parts("place b").is_none());
    }

    #[test]
    fn compacting_keeps_what_it_is_given() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        let mut journal = Journal::open(&path).unwrap();
        journal.append(&entry("a")).unwrap();
        journal.compact(&[entry("b")]).unwrap();
        let memory = Memory::read(&path).unwrap();
        assert_eq!(memory.len(), 1);
        assert!(memory.get("b").is_some());
    }
}
