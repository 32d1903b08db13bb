//! Exit codes: a contract with scripts and CI.

use std::process::ExitCode;

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// All as expected.
    Ok = 0,
    /// A surprise, or a control that was not caught.
    Surprise = 1,
    /// Wrong usage, or claim files with errors.
    Usage = 2,
    /// Inconclusive, skipped or vacuous claims that were not expected, under `--strict`.
    Strict = 3,
    /// Nothing was selected.
    Nothing = 4,
    /// Part of the claims only: a shard, or interrupted.
    Partial = 5,
    /// The program itself failed, or the disk.
    Internal = 70,
}

/// For `--help`.
pub const HELP: &str = "\
Exit codes:
  0   all verdicts as expected
  1   a surprise: a verdict other than the file expects, or a control that was not caught
  2   wrong usage, or claim files with errors
  3   under --strict: something inconclusive, skipped or vacuous
  4   nothing selected
  5   partial: a shard, or interrupted
  70  internal error, or the disk failed";

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
