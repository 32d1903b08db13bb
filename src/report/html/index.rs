//! The first page: what was tested, in one screen, and the table of all claims.

use std::collections::BTreeSet;

use serde::Serialize;

use super::findings::{self, Slack};
use super::site::Site;
use super::view::{self, Chip, Count, Fact, Line, fact};
use crate::markup::markdown;
use crate::markup::number;
use crate::report::words::{self, Standing, VERDICTS};
use crate::results::{RunInfo, Verdict};

#[derive(Serialize)]
pub struct Index {
    headline: String,
    calm: bool,
    total: usize,
    counts: Vec<Count>,
    alarms: Vec<Line>,
    undecided: Vec<Line>,
    papers: Vec<Card>,
    verdicts: Vec<Chip>,
    kinds: Vec<MatrixRow>,
    evidence: Vec<EvidenceRow>,
    claims: Vec<Line>,
    errata: usize,
    errata_lines: Vec<Line>,
    tight: Vec<Slack>,
    loose: Vec<Slack>,
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

#[derive(Serialize)]
struct MatrixRow {
    kind: String,
    key: String,
    cells: Vec<usize>,
    total: usize,
}

#[derive(Serialize)]
struct EvidenceRow {
    name: &'static str,
    meaning: &'static str,
    n: usize,
}

#[derive(Serialize)]
struct RunWords {
    budget: String,
    intervals: String,
    alpha: String,
}

pub fn view(site: &Site) -> Index {
    let claims = &site.results.claims;
    let lines = |wanted: &dyn Fn(Standing) -> bool| -> Vec<Line> {
        let chosen = claims.iter().filter(|claim| wanted(Standing::of(claim)));
        chosen.map(|claim| view::line(site, "", claim)).collect()
    };
    let mut alarms: Vec<_> = claims.iter().filter(|c| Standing::of(c).is_alarm()).collect();
    alarms.sort_by_key(|claim| std::cmp::Reverse(Standing::of(claim)));
    let (tight, loose) = findings::extremes(site);
    let verdicts: Vec<Verdict> =
        VERDICTS.into_iter().filter(|v| claims.iter().any(|c| c.verdict == *v)).collect();
    let errata = claims.iter().filter(|claim| claim.erratum.is_some());
    let run = &site.results.run;
    Index {
        headline: words::headline(claims),
        calm: alarms.is_empty(),
        total: claims.len(),
        counts: view::counts(claims.iter()),
        alarms: alarms.into_iter().map(|claim| view::line(site, "", claim)).collect(),
        undecided: lines(&|standing| standing == Standing::Open),
        papers: cards(site),
        kinds: kinds(site, &verdicts),
        verdicts: verdicts.into_iter().map(view::chip).collect(),
        evidence: evidence(site),
        claims: lines(&|_| true),
        errata: errata.clone().count(),
        errata_lines: errata.take(6).map(|claim| view::line(site, "", claim)).collect(),
        tight,
        loose,
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

/// Claims by kind and verdict, kinds in the order of their names.
fn kinds(site: &Site, verdicts: &[Verdict]) -> Vec<MatrixRow> {
    let claims = &site.results.claims;
    let kinds: BTreeSet<&str> = claims.iter().map(|claim| claim.kind.as_str()).collect();
    let row = |kind: &str| {
        let of_kind = || claims.iter().filter(move |claim| claim.kind == kind);
        let cell = |verdict| of_kind().filter(|claim| claim.verdict == verdict).count();
        MatrixRow {
            kind: words::kind(kind),
            key: kind.to_string(),
            cells: verdicts.iter().map(|verdict| cell(*verdict)).collect(),
            total: of_kind().count(),
        }
    };
    kinds.into_iter().map(row).collect()
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
