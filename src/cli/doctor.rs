//! `claimcheck doctor`.

use std::fmt::Write;

use super::{Exit, Global, print, suite};
use crate::claim::Severity;
use crate::run::host;

/// Says what was found on this machine, what is missing, and how to mend it
#[derive(clap::Args)]
pub struct Args {}

/// Runs it.
pub fn run(global: &Global, _args: &Args) -> anyhow::Result<Exit> {
    let mut text = String::new();
    writeln!(text, "claimcheck   {} ({})", env!("CARGO_PKG_VERSION"), env!("CLAIMCHECK_COMMIT"))?;
    writeln!(text, "system       {}", host::os())?;
    writeln!(text, "processor    {}", host::cpu())?;
    writeln!(text, "instructions {}", host::isa())?;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    writeln!(text, "cores        {cores}")?;
    writeln!(text, "toolchain    {}", toolchain())?;
    writeln!(text, "cache        {}", cache())?;
    for (name, state) in crate::training::doctor().into_iter().chain(crate::data::doctor()) {
        writeln!(text, "{name:<17} {state}")?;
    }
    let (suite, problems) = suite::check(global);
    let errors = problems.iter().filter(|problem| problem.severity == Severity::Error).count();
    writeln!(
        text,
        "claims       {} in {}, {} papers, {errors} errors",
        suite.claims.len(),
        global.claims.display(),
        suite.papers.len()
    )?;
    print(&text)?;
    Ok(Exit::Ok)
}

/// Version of the Rust compiler that is found now, and the oldest that builds this.
fn toolchain() -> String {
    let output = std::process::Command::new("rustc").arg("--version").output();
    let found =
        output.ok().map(|output| String::from_utf8_lossy(&output.stdout).trim().to_string());
    let found = found.unwrap_or_else(|| "no rustc found (install Rust with rustup)".into());
    format!("{found}; {} or newer is needed", env!("CARGO_PKG_RUST_VERSION"))
}

/// The cache folder and its size.
fn cache() -> String {
    let folder = crate::data::folder().and_then(|data| Some(data.parent()?.to_path_buf()));
    folder.map_or_else(
        || "no folder: neither XDG_CACHE_HOME nor HOME is set".into(),
        |folder| format!("{}, {:.0} MB", folder.display(), size(&folder) as f64 / 1e6),
    )
}

/// Bytes of all files under a folder; links are not followed.
fn size(folder: &std::path::Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    let bytes = |entry: std::fs::DirEntry| match entry.metadata() {
        Ok(data) if data.is_dir() => size(&entry.path()),
        Ok(data) => data.len(),
        Err(_) => 0,
    };
    entries.flatten().map(bytes).sum()
}
