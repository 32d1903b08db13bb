//! Damaged and foreign files in the output folder, and disks that refuse.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::determinism::slow;
use crate::harness::fingerprint;

const JOURNAL: &str = "out/journal.jsonl";

#[test]
fn a_damaged_journal_costs_only_what_is_damaged() {
    let suite = slow(1);
    let whole = fingerprint(&suite.verify(0, &[]));
    let good = std::fs::read(suite.path(JOURNAL)).unwrap();
    let lines: Vec<usize> =
        good.iter().enumerate().filter(|(_, b)| **b == b'\n').map(|(at, _)| at).collect();
    let total = lines.len() - 1;
    let again = |damaged: &[u8], lost: usize| {
        suite.file(JOURNAL, damaged);
        let ran = suite.run(&["verify", "--profile", "quick", "--out", "out", "--quiet"]);
        ran.expect(0, &[]);
        let warned = ran.err.matches("a damaged measurement is taken anew").count();
        let results = suite.results("out");
        assert_eq!(
            results["run"]["reused"].as_u64().unwrap() as usize,
            total - lost,
            "{}",
            ran.err
        );
        assert_eq!(fingerprint(&results), whole);
        // It has been mended.
        assert!(
            !suite
                .run(&["verify", "--profile", "quick", "--out", "out", "--quiet"])
                .err
                .contains("damaged")
        );
        warned
    };
    // Cut in the middle of the last line, and after it.
    assert_eq!(again(&good[..good.len() - 40], 1), 1);
    assert_eq!(again(&good[..good.len() - 1], 0), 0);
    // A bit flipped in each line: in its checksum, its key, its numbers.
    for (index, window) in lines.windows(2).enumerate() {
        for place in [12, 40, (window[1] - window[0]) / 2] {
            let mut bad = good.clone();
            bad[window[0] + place] ^= 1 << (index % 7);
            assert_eq!(again(&bad, 1), if bad[window[0] + place] == b'\n' { 2 } else { 1 });
        }
    }
    // The first line only, half of it, and nothing at all.
    for length in [lines[0] + 1, lines[0], 10, 0] {
        assert_eq!(again(&good[..length], total), 0);
    }
}

#[test]
fn a_foreign_file_is_named_and_left_alone() {
    for content in ["my notes", "{\"claimcheck\":\"journal\",\"version\":2}\n", "\u{0}\u{1}", "\n"]
    {
        let suite = slow(1);
        suite.file(JOURNAL, content);
        let ran = suite.run(&["verify", "--out", "out", "--quiet"]);
        ran.expect(70, &["out/journal.jsonl", "not a journal of this version"]);
        assert_eq!(suite.read(JOURNAL), content);
        assert!(!suite.path("out/results.json").exists());
    }
    let suite = slow(1);
    std::fs::create_dir_all(suite.path(JOURNAL)).unwrap();
    suite.run(&["verify", "--out", "out", "--quiet"]).expect(70, &["out/journal.jsonl"]);
    suite.file("file", "x").run(&["verify", "--out", "file", "--quiet"]).expect(70, &["file"]);
    assert_eq!(suite.read("file"), "x");
    suite
        .file("out2/run.json", "{")
        .run(&["verify", "--resume", "--out", "out2"])
        .expect(2, &["run.json"]);
}

#[cfg(unix)]
#[test]
fn odd_names_of_folders_work() {
    use std::os::unix::ffi::OsStrExt as _;
    let suite = slow(1);
    let odd = std::ffi::OsStr::from_bytes(b"o\xff ut");
    let output =
        suite.command(&["verify", "--profile", "quick", "--out"]).arg(odd).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(suite.path("").join(odd).join("results.json").exists());
}

/// A small file system of its own; gone when dropped.
struct Tmpfs(PathBuf);

impl Tmpfs {
    /// `None`, with the reason on standard error, where mounting is not allowed.
    fn mount(path: &Path, size: &str) -> Option<Self> {
        std::fs::create_dir_all(path).unwrap();
        let options = format!("size={size}");
        let done =
            Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(path).output();
        match done {
            Ok(output) if output.status.success() => Some(Self(path.to_path_buf())),
            Ok(output) => {
                eprintln!(
                    "skipped: no small disk here: {}",
                    String::from_utf8_lossy(&output.stderr).trim()
                );
                None
            }
            Err(error) => {
                eprintln!("skipped: no `mount` here: {error}");
                None
            }
        }
    }

    fn remount(&self, option: &str) {
        let option = format!("remount,{option}");
        let done = Command::new("mount").args(["-o", &option]).arg(&self.0).status().unwrap();
        assert!(done.success());
    }
}

impl Drop for Tmpfs {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

#[test]
fn a_full_disk_is_told_and_what_was_kept_is_used() {
    let suite = slow(2);
    let whole = fingerprint(&suite.verify(0, &[]));
    let run = ["verify", "--profile", "quick", "--out", "small", "--quiet"];
    let Some(disk) = Tmpfs::mount(&suite.path("small"), "12k") else { return };
    for _ in 0..2 {
        let ran = suite.run(&run);
        ran.expect(70, &["No space left on device"]);
    }
    disk.remount("size=32m");
    suite.run(&run).expect(0, &[]);
    let results = suite.results("small");
    assert_eq!(fingerprint(&results), whole);
}

#[test]
fn a_read_only_folder_is_told() {
    let suite = slow(1);
    let run = ["verify", "--profile", "quick", "--out", "small/out", "--quiet"];
    let Some(disk) = Tmpfs::mount(&suite.path("small"), "32m") else { return };
    suite.run(&run).expect(0, &[]);
    let before = suite.read("small/out/results.json");
    disk.remount("ro");
    suite.run(&run).expect(70, &["small/out", "Read-only file system"]);
    suite
        .run(&["verify", "--out", "small/new"])
        .expect(70, &["small/new", "Read-only file system"]);
    // What is there can still be read.
    suite
        .run(&["show", "demo/lemma-1", "--out", "small/out", "--profile", "quick"])
        .expect(0, &["unchanged"]);
    assert_eq!(suite.read("small/out/results.json"), before);
}
