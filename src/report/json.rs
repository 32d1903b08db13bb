//! `results.json` and the plots' data beside it: written here, read back here.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, ensure};
use rayon::prelude::*;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::files::{self, Folder};
use super::pictures;
use crate::results::{ClaimResult, Plot, Results, SCHEMA};

/// The plots and pictures of one claim, as `data/<paper>/<claim>.json` holds them.
#[derive(Serialize, Deserialize)]
struct PlotData {
    schema: u32,
    id: String,
    plots: Vec<Plot>,
    /// Pictures by the names of their files.
    #[serde(default, skip_serializing_if = "pictures::none")]
    galleries: serde_json::Value,
}

/// Does a claim have a file of plots and pictures?
pub fn has_data(claim: &ClaimResult) -> bool {
    !claim.plots.is_empty() || !claim.galleries.is_empty()
}

/// Path of a claim's plot data, relative to the report.
pub fn data_path(id: &str) -> String {
    format!("data/{id}.json")
}

/// Writes `results.json` and one file of plot data for each claim that has plots.
///
/// # Errors
/// If a file can't be written.
pub fn write(results: &Results, folder: &mut Folder) -> anyhow::Result<()> {
    for claim in results.claims.iter().filter(|claim| has_data(claim)) {
        let mut plots = claim.plots.clone();
        for series in plots.iter_mut().flat_map(|plot| &mut plot.series) {
            // JSON has no such number, and no axis has such a place.
            series.points.retain(|(x, _)| x.is_finite());
        }
        for field in plots.iter_mut().filter_map(|plot| plot.field.as_mut()) {
            field.cells.retain(|(x, y, _)| x.is_finite() && y.is_finite());
        }
        let galleries = pictures::write(claim, folder)?;
        let data = PlotData { schema: SCHEMA, id: claim.id.clone(), plots, galleries };
        folder.write(&data_path(&claim.id), serde_json::to_string(&data)? + "\n")?;
    }
    folder.write("results.json", lines(results)?)
}

/// `results.json`: compact, with a line for each claim, so that tools that compare lines say which
/// claims differ.
fn lines(results: &Results) -> anyhow::Result<String> {
    let head = serde_json::to_string(&Results { claims: Vec::new(), ..results.clone() })?;
    let head = head.strip_suffix("]}").context("results do not end with their claims")?;
    let claims: Result<Vec<String>, _> =
        results.claims.par_iter().map(serde_json::to_string).collect();
    Ok(format!("{head}\n{}\n]}}\n", claims?.join(",\n")))
}

/// Reads what [`write`] wrote.
///
/// # Errors
/// If `results.json` is missing, of another schema, or holds unsafe ids; or plot data is damaged.
pub fn read(root: &Path) -> anyhow::Result<Results> {
    let mut results: Results = parse(&root.join("results.json"))?;
    ensure!(
        results.schema == SCHEMA,
        "results.json has schema {}, this binary reads {SCHEMA}",
        results.schema
    );
    files::check_ids(&results)?;
    for claim in &mut results.claims {
        let path = root.join(data_path(&claim.id));
        if path.exists() {
            let data: PlotData = parse(&path)?;
            ensure!(data.id == claim.id, "{} holds plots of `{}`", path.display(), data.id);
            claim.plots = data.plots;
            claim.galleries = pictures::read(data.galleries, &path)
                .with_context(|| format!("pictures of {}", path.display()))?;
        }
    }
    Ok(results)
}

fn parse<T: DeserializeOwned>(path: &Path) -> anyhow::Result<T> {
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} is damaged", path.display()))
}
