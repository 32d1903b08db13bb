//! A run's compact record.

use std::path::Path;

use anyhow::{Context as _, ensure};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::error::Category;

use crate::markup::number;
use crate::results::{Point, Quantity, Results, SCHEMA, Verdict};

/// Verdicts, quantities and times of one run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Version of the layout, that of `results.json`.
    pub schema: u32,
    /// The run.
    pub run: RunMark,
    /// Its claims, in their order.
    pub claims: Vec<ClaimMark>,
}

/// Which run it was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunMark {
    /// Start, RFC 3339.
    pub started: String,
    /// Profile.
    pub profile: String,
    /// Suite seed.
    pub seed: u64,
    /// Commit of the program.
    pub commit: String,
    /// Wall time, seconds.
    pub seconds: f64,
}

/// What became of a claim.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClaimMark {
    /// Id.
    pub id: String,
    /// Verdict.
    pub verdict: Verdict,
    /// Whether it is what the file expects.
    pub as_expected: bool,
    /// Digest of what was tested.
    pub digest: String,
    /// Compute time, seconds; zero if reused.
    pub seconds: f64,
    /// Reported quantities.
    pub quantities: Vec<QuantityMark>,
}

/// A reported quantity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QuantityMark {
    /// Name.
    pub name: String,
    /// Parameter point in words.
    #[serde(deserialize_with = "in_words")]
    pub at: String,
    /// Value; `null` if it is not finite.
    pub value: Option<f64>,
    /// Lower end; `null` if unbounded.
    pub lo: Option<f64>,
    /// Upper end; `null` if unbounded.
    pub hi: Option<f64>,
}

impl Record {
    /// The record of a run.
    pub fn of(results: &Results) -> Self {
        let run = &results.run;
        let claims = results.claims.iter().map(|claim| ClaimMark {
            id: claim.id.clone(),
            verdict: claim.verdict,
            as_expected: claim.as_expected,
            digest: claim.digest.clone(),
            seconds: claim.seconds,
            quantities: claim.quantities.iter().map(mark).collect(),
        });
        Self {
            schema: SCHEMA,
            run: RunMark {
                started: run.started.clone(),
                profile: run.profile.clone(),
                seed: run.seed,
                commit: run.commit.clone(),
                seconds: run.seconds,
            },
            claims: claims.collect(),
        }
    }
}

fn mark(quantity: &Quantity) -> QuantityMark {
    QuantityMark {
        name: quantity.name.clone(),
        at: words(&quantity.at),
        value: quantity.value,
        lo: quantity.lo,
        hi: quantity.hi,
    }
}

fn words(at: &Point) -> String {
    let pairs = at.iter().map(|(key, value)| format!("{key} = {}", number::parameter(value)));
    pairs.collect::<Vec<_>>().join(", ")
}

/// A record has a point in words, results have it as a map: what reads records reads results.
fn in_words<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Place {
        Words(String),
        Point(Point),
    }
    Ok(match Place::deserialize(from)? {
        Place::Words(words) => words,
        Place::Point(point) => words(&point),
    })
}

/// Reads a run: a report's folder, its `results.json`, or a record.
///
/// # Errors
/// If there is none, or it is damaged or of another schema.
pub fn read(path: &Path) -> anyhow::Result<Record> {
    let file = if path.is_dir() { path.join("results.json") } else { path.to_path_buf() };
    let place = file.display();
    let text = std::fs::read_to_string(&file).with_context(|| format!("cannot read {place}"))?;
    let record: Record = serde_json::from_str(&text).map_err(|error| {
        let what = match error.classify() {
            Category::Data => "is neither a run's results nor its record",
            _ => "is damaged",
        };
        anyhow::Error::new(error).context(format!("{place} {what}"))
    })?;
    ensure!(
        record.schema == SCHEMA,
        "{place} has schema {}, this program reads {SCHEMA}",
        record.schema
    );
    Ok(record)
}
