//! The report: everything a run leaves behind for readers and machines.
//!
//! ```text
//! results.json, data/<paper>/<claim>.json   read back by `read`
//! data/<paper>/<claim>.<n>.png              pictures
//! data/<paper>/<claim>.*.csv                tables, digits as intervals support them
//! previous.json, history.jsonl             the run before, all runs in a line each
//! junit.xml, summary.md, badges/             for CI
//! index.html, papers/, claims/, errata.html, graph.html, power.html, statistics.html, changes.html,
//! about.html, style.css, app.js
//! watch.js, live.js                         of `claimcheck watch` only: open pages reload themselves
//! ```
//!
//! It reads [`Results`] and nothing else. Every format has a file of its own; pages are view
//! models (words already chosen) poured into templates. All pages work from `file://`, without
//! network and without JavaScript. Strings of results are data: ids are checked before they become
//! paths, text is escaped, Markdown and MathML pass only through [`crate::markup`].

mod annotations;
mod badge;
mod csv;
mod files;
pub mod history;
mod html;
mod json;
mod junit;
mod live;
mod pictures;
mod plot;
mod summary;
mod terminal;
pub mod words;

use std::path::{Path, PathBuf};

pub use annotations::{culprit, render as annotations};
pub use live::Live;
pub use terminal::render as terminal_summary;

use crate::results::Results;

/// Writes the whole report under `out` and gives the files written, `index.html` last.
///
/// # Errors
/// As [`write_against`].
pub fn write(results: &Results, out: &Path) -> anyhow::Result<Vec<PathBuf>> {
    write_against(results, out, None)
}

/// Writes the whole report, with what changed since a reference run.
///
/// # Errors
/// If an id is unsafe as a path, doubled, or of no listed paper; if the disk refuses.
pub fn write_against(
    results: &Results,
    out: &Path,
    reference: Option<&history::Record>,
) -> anyhow::Result<Vec<PathBuf>> {
    write_round(results, out, reference, None)
}

/// Writes the whole report; its pages reload themselves after each later round of `live`.
///
/// # Errors
/// As [`write_against`].
pub fn write_live(
    results: &Results,
    out: &Path,
    reference: Option<&history::Record>,
    live: &mut Live,
) -> anyhow::Result<Vec<PathBuf>> {
    live.begin();
    write_round(results, out, reference, Some(live))
}

fn write_round(
    results: &Results,
    out: &Path,
    reference: Option<&history::Record>,
    live: Option<&mut Live>,
) -> anyhow::Result<Vec<PathBuf>> {
    files::check_ids(results)?;
    let mut folder = files::Folder::new(out);
    let past = history::keep(results, out, &mut folder, reference)?;
    json::write(results, &mut folder)?;
    csv::write(&results.claims, &mut folder)?;
    folder.write("junit.xml", junit::render(results)?)?;
    folder.write("summary.md", summary::render(results))?;
    badge::write(results, &mut folder)?;
    html::write(results, &past, live.as_deref(), &mut folder)?;
    if let Some(live) = live {
        live.finish(results, &mut folder)?;
    }
    Ok(folder.into_written())
}

/// Reads results back from a report: `results.json` with the plots' data beside it.
///
/// # Errors
/// If the file is missing, damaged, of another schema, or holds unsafe ids.
pub fn read(out: &Path) -> anyhow::Result<Results> {
    json::read(out)
}
