//! The program from outside: claim files in, exit codes, messages and results out.
//!
//! One binary with a module a theme, so that it is linked once. Each test has a folder of its own
//! and runs the built program in it; claim files are written by the test, so that none depends on
//! the claims of this repository; `papers` alone runs those.

mod bombs;
mod checkpoint;
mod cluster;
mod commands;
mod determinism;
mod disk;
mod generated;
mod guide;
mod harness;
mod interruption;
mod lints;
mod loading;
mod missing;
mod pages;
mod papers;
mod reported;
mod runs;
mod storm;
mod tutorial;
mod verdicts;
