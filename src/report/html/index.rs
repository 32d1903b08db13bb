//! The first page: what was tested, in one screen, and the table of all claims.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::changes::{self, Summary};
use super::findings::{self, Extremes, Wrong};
use super::site::Site;
use super::view::{self, Chip, Count, Fact, Line, fact};
use crate::markup::markdown;
use crate::markup::number;
use crate::report::history::Past;
use crate::report::words::{self, Standing, VERDICTS};
use crate::results::{RunInfo, Verdict};

/// Alarms shown before the rest folds away.
const ALARMS: usize = 4;
/// Wrong statements shown; the page of errata has all.
const WRONG: usize = 6;

#[derive(Serialize)]
pub struct Index {
    title: String,
    headline: String,
    calm: bool,
    /// How the controls did.
    controls: String,
    total: usize,
    counts: Vec<Count>,
    alarms: Vec<Line>,
    more_alarms: Vec<Line>,
    undecided: Vec<Line>,
    papers: Vec<Card>,
    verdicts: Vec<Chip>,
    matrix: Vec<MatrixRow>,
    evidence: Vec<EvidenceRow>,
    tags: Vec<TagRow>,
    claims: Vec<Line>,
    errata: usize,
    changes: Vec<Summary>,
    wrong: Vec<Wrong>,
    extremes: Extremes,
    facts: Vec<Fact>,
    words: RunWords,
}

#[derive(Serialize)]
struct Card {
    id: String,
    href: String,
    title_html: String,
    authors: String,
    total: usize,
    counts: Vec<Count>,
    alarms: usize,
}

/// A kind of claim with its verdicts, paper by paper and in all.
#[derive(Serialize)]
struct MatrixRow {
    kind: String,
    key: String,
    papers: Vec<Cell>,
    total: Cell,
}

#[derive(Serialize)]
struct Cell {
    /// The claims of this cell in the table below.
    href: String,
    n: usize,
    counts: Vec<Count>,
}

#[derive(Serialize)]
struct EvidenceRow {
    name: &'static str,
    meaning: &'static str,
    n: usize,
}

/// A tag and the number of claims that bear it.
#[derive(Serialize)]
struct TagRow {
    name: String,
    n: usize,
}

#[derive(Serialize)]
struct RunWords {
    budget: String,
    intervals: String,
    alpha: String,
}

pub fn view(site: &Site, past: &Past) -> Index {
    let claims = &site.results.claims;
    let lines = |wanted: &dyn Fn(Standing) -> bool| -> Vec<Line> {
        let chosen = claims.iter().filter(|claim| wanted(Standing::of(claim)));
        chosen.map(|claim| view::line(site, "", claim)).collect()
    };
    let mut alarms: Vec<_> = claims.iter().filter(|c| Standing::of(c).is_alarm()).collect();
    alarms.sort_by_key(|claim| std::cmp::Reverse(Standing::of(claim)));
    let calm = alarms.is_empty();
    let mut alarms: Vec<Line> = alarms.into_iter().map(|c| view::line(site, "", c)).collect();
    let more_alarms = alarms.split_off(alarms.len().min(ALARMS));
    let mut wrong = findings::wrong(site);
    wrong.truncate(WRONG);
    let verdicts: Vec<Verdict> =
        VERDICTS.into_iter().filter(|v| claims.iter().any(|c| c.verdict == *v)).collect();
    let run = &site.results.run;
    Index {
        title: title(site),
        headline: words::headline(claims),
        calm,
        controls: words::controls(claims),
        total: claims.len(),
        counts: view::counts(claims.iter()),
        alarms,
        more_alarms,
        undecided: lines(&|standing| standing == Standing::Open),
        papers: cards(site),
        matrix: matrix(site),
        verdicts: verdicts.into_iter().map(view::chip).collect(),
        evidence: evidence(site),
        tags: tags(site),
        claims: lines(&|_| true),
        errata: claims.iter().filter(|claim| claim.erratum.is_some()).count(),
        changes: changes::summaries(past),
        wrong,
        extremes: findings::extremes(site),
        facts: facts(run),
        words: RunWords {
            budget: number::short(run.budget),
            intervals: number::count(run.intervals as u64),
            alpha: number::rounded(run.alpha, 2),
        },
    }
}

fn cards(site: &Site) -> Vec<Card> {
    let papers = site.results.papers.iter();
    papers
        .map(|paper| {
            let claims = site.of_paper(&paper.id);
            Card {
                id: paper.id.clone(),
                href: format!("papers/{}.html", paper.id),
                title_html: markdown::inline(&paper.title),
                authors: format!("{} ({})", paper.authors.join(", "), paper.year),
                total: claims.len(),
                alarms: claims.iter().filter(|c| Standing::of(c).is_alarm()).count(),
                counts: view::counts(claims.into_iter()),
            }
        })
        .collect()
}

/// What was tested, as the page's heading.
fn title(site: &Site) -> String {
    let (claims, papers) = (site.results.claims.len(), site.results.papers.len());
    format!(
        "{} of {}, tested",
        words::plural(claims, "claim", "claims"),
        words::plural(papers, "paper", "papers")
    )
}

/// Claims by kind, paper and verdict; kinds in the order of their names.
fn matrix(site: &Site) -> Vec<MatrixRow> {
    let claims = &site.results.claims;
    let kinds: BTreeSet<&str> = claims.iter().map(|claim| claim.kind.as_str()).collect();
    let cell = |kind: &str, paper: Option<&str>| {
        let inside = claims
            .iter()
            .filter(|claim| claim.kind == kind && paper.is_none_or(|paper| claim.paper == paper));
        let paper = paper.map(|paper| format!("paper={paper}&")).unwrap_or_default();
        Cell {
            href: format!("#{paper}kind={kind}"),
            n: inside.clone().count(),
            counts: view::counts(inside),
        }
    };
    let papers = || site.results.papers.iter();
    let row = |kind: &str| MatrixRow {
        kind: words::kind(kind),
        key: kind.to_string(),
        papers: papers().map(|paper| cell(kind, Some(&paper.id))).collect(),
        total: cell(kind, None),
    };
    kinds.into_iter().map(row).collect()
}

/// All tags, by name.
fn tags(site: &Site) -> Vec<TagRow> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for claim in &site.results.claims {
        // A tag that is written twice still is one claim's.
        let own: BTreeSet<&str> = claim.tags.iter().map(String::as_str).collect();
        own.into_iter().for_each(|tag| *counts.entry(tag).or_default() += 1);
    }
    counts.into_iter().map(|(name, n)| TagRow { name: name.to_string(), n }).collect()
}

fn evidence(site: &Site) -> Vec<EvidenceRow> {
    let claims = &site.results.claims;
    let kinds: BTreeSet<_> = claims.iter().filter_map(|claim| claim.evidence).collect();
    kinds
        .into_iter()
        .map(|evidence| EvidenceRow {
            name: evidence.name(),
            meaning: evidence.meaning(),
            n: claims.iter().filter(|claim| claim.evidence == Some(evidence)).count(),
        })
        .collect()
}

/// The run's circumstances.
pub fn facts(run: &RunInfo) -> Vec<Fact> {
    vec![
        fact("Profile", &run.profile),
        fact("Seed", run.seed.to_string()),
        fact("Started", &run.started),
        fact("Took", number::duration(run.seconds)),
        fact("Binary", format!("claimcheck {}, commit {}", run.version, run.commit)),
        fact("Processor", format!("{} ({} threads, {})", run.cpu, run.threads, run.isa)),
        fact("System", &run.os),
        fact("libtorch", run.libtorch.as_deref().unwrap_or("not built in")),
        fact("Measurements", format!("{}, of which {} reused", run.measurements, run.reused)),
    ]
}
