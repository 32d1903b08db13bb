//! One run at a time in an output folder, from its first look at the journal to the last page of its report.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

/// Name of the file that is locked; gone when the run has ended in good order.
pub const FILE: &str = ".lock";

/// The lock on a folder; given back when dropped, or by the system when the process dies.
#[derive(Debug)]
pub struct Lock {
    path: PathBuf,
    /// `None` on file systems without locks.
    file: Option<File>,
}

impl Lock {
    /// Takes the folder.
    ///
    /// # Errors
    /// Another run holds it (kind `WouldBlock`; the message says which), or the folder can't be written.
    pub fn take(folder: &Path) -> io::Result<Self> {
        let path = folder.join(FILE);
        loop {
            let mut file = OpenOptions::new()
                .create(true)
                .truncate(false)
                .read(true)
                .write(true)
                .open(&path)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Err(held(&mut file)),
                // Some file systems have no locks; a second run there only wastes work, since every file
                // is written beside and renamed, and torn lines of the journal are measured anew.
                Err(TryLockError::Error(_)) => return Ok(Self { path, file: None }),
            }
            // The holder before removed the file between our opening and our locking: begin again.
            if is_at(&file, &path) {
                sign(&mut file)?;
                return Ok(Self { path, file: Some(file) });
            }
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Removed while it is still held, so that nobody holds a lock on a file that is not there.
        if self.file.is_some() {
            drop(std::fs::remove_file(&self.path));
        }
    }
}

/// Writes who holds the lock, for the other's message.
fn sign(file: &mut File) -> io::Result<()> {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    file.set_len(0)?;
    file.rewind()?;
    let now = super::host::now();
    writeln!(file, "process {} on {}, since {now}", std::process::id(), host.trim())
}

fn held(file: &mut File) -> io::Error {
    let mut who = String::new();
    // What the holder wrote is only for the message.
    drop(file.take(200).read_to_string(&mut who));
    let who = who.trim();
    let who = if who.is_empty() { String::new() } else { format!(" ({who})") };
    let message = format!(
        "another run is writing to this folder{who}; wait for it, or choose another `--out`"
    );
    io::Error::new(io::ErrorKind::WouldBlock, message)
}

/// Removes what a killed run was writing: neighbours of files that were never renamed into place. Only
/// for who holds the lock, so that nobody is writing them now.
pub fn sweep(folder: &Path) {
    let list = |folder: &Path| -> Vec<PathBuf> {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).collect()
    };
    let mut places = vec![folder.to_path_buf(), folder.join("papers")];
    for inner in ["claims", "data"] {
        places.push(folder.join(inner));
        places.extend(list(&folder.join(inner)).into_iter().filter(|path| path.is_dir()));
    }
    for path in places.iter().flat_map(|place| list(place)) {
        if path.file_name().is_some_and(|name| is_left_over(&name.to_string_lossy())) {
            // What can't be removed is only untidy.
            drop(std::fs::remove_file(path));
        }
    }
}

/// `.index.html.123.tmp`, as the report names what it is writing, or the journal's and `run.json`'s new version.
fn is_left_over(name: &str) -> bool {
    if ["journal.jsonl.new", "run.json.new"].contains(&name) {
        return true;
    }
    let inner = name.strip_prefix('.').and_then(|rest| rest.strip_suffix(".tmp"));
    let process = inner.and_then(|inner| inner.rsplit_once('.'));
    process.is_some_and(|(file, number)| {
        !file.is_empty() && !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
    })
}

#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let place = |data: std::fs::Metadata| (data.dev(), data.ino());
    match (file.metadata(), std::fs::metadata(path)) {
        (Ok(held), Ok(named)) => place(held) == place(named),
        _ => false,
    }
}

#[cfg(not(unix))]
fn is_at(_: &File, _: &Path) -> bool {
    // An open file can't be removed there.
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time_and_nothing_stays() {
        let folder = tempfile::tempdir().unwrap();
        let first = Lock::take(folder.path()).unwrap();
        let second = Lock::take(folder.path()).unwrap_err();
        assert_eq!(second.kind(), io::ErrorKind::WouldBlock);
        let wanted = format!("process {}", std::process::id());
        assert!(second.to_string().contains(&wanted), "{second}");
        drop(first);
        assert!(!folder.path().join(FILE).exists());
        // A file that a killed run left behind is nobody's.
        std::fs::write(folder.path().join(FILE), "process 1 on mars").unwrap();
        drop(Lock::take(folder.path()).unwrap());
    }

    #[test]
    fn only_what_was_being_written_is_swept() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir_all(at("claims/demo")).unwrap();
        let gone = ["journal.jsonl.new", ".index.html.17.tmp", "claims/demo/.a.html.9.tmp"];
        let kept = ["index.html", ".notes.tmp", "x.17.tmp", "claims/demo/a.html", ".a.b.tmp"];
        for name in gone.iter().chain(&kept) {
            std::fs::write(at(name), "x").unwrap();
        }
        sweep(folder.path());
        assert!(gone.iter().all(|name| !at(name).exists()));
        assert!(kept.iter().all(|name| at(name).exists()));
    }

    #[test]
    fn threads_that_race_hold_it_one_after_the_other() {
        use std::sync::atomic::{AtomicUsize, Ordering};
        let folder = tempfile::tempdir().unwrap();
        let (inside, taken) = (AtomicUsize::new(0), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    while taken.load(Ordering::SeqCst) < 200 {
                        let Ok(lock) = Lock::take(folder.path()) else { continue };
                        assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
                        inside.fetch_sub(1, Ordering::SeqCst);
                        taken.fetch_add(1, Ordering::SeqCst);
                        drop(lock);
                    }
                });
            }
        });
        assert!(taken.load(Ordering::SeqCst) >= 200);
    }
}
