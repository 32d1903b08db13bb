//! What changed since the run before and since a reference run; the runs of this folder.

use serde::Serialize;

use super::site::Site;
use super::view::{self, Chip, Reference};
use crate::markup::number;
use crate::report::history::{Changes, Line, Moved, Past, QuantityMark, RunMark};
use crate::report::words::VERDICTS;
use crate::results::Verdict;

#[derive(Serialize)]
pub struct Page {
    sides: Vec<Side>,
    verdicts: Vec<Chip>,
    runs: Vec<Run>,
}

/// Changes since one earlier run.
/// Times shown before the rest folds away.
const TIMES: usize = 10;

#[derive(Serialize)]
struct Side {
    title: &'static str,
    anchor: &'static str,
    before: String,
    sentence: String,
    common: usize,
    verdicts: Vec<Turned>,
    moved: Vec<Shift>,
    restated: Vec<Reference>,
    gone: Vec<String>,
    fresh: Vec<Reference>,
    /// The largest differences of time, and the others.
    times: Vec<Time>,
    more_times: Vec<Time>,
    total: String,
}

#[derive(Serialize)]
struct Turned {
    claim: Reference,
    before: Chip,
    after: Chip,
    restated: bool,
}

#[derive(Serialize)]
struct Shift {
    claim: Reference,
    name: String,
    at: String,
    before: String,
    after: String,
}

#[derive(Serialize)]
struct Time {
    claim: Reference,
    before: String,
    after: String,
}

#[derive(Serialize)]
struct Run {
    started: String,
    profile: String,
    seed: u64,
    commit: String,
    seconds: String,
    counts: Vec<usize>,
    unexpected: usize,
}

/// A line of the front page about one earlier run.
#[derive(Serialize)]
pub struct Summary {
    title: &'static str,
    href: String,
    sentence: String,
}

/// Lines of the front page.
pub fn summaries(past: &Past) -> Vec<Summary> {
    let each = sides(past).into_iter();
    each.map(|(title, anchor, changes)| Summary {
        title,
        href: format!("changes.html#{anchor}"),
        sentence: changes.sentence(),
    })
    .collect()
}

fn sides(past: &Past) -> Vec<(&'static str, &'static str, &Changes)> {
    let last = past.last.iter().map(|changes| ("Since the run before", "last", changes));
    let reference = past.reference.iter();
    last.chain(reference.map(|changes| ("Since the reference run", "reference", changes))).collect()
}

pub fn view(site: &Site, past: &Past) -> Page {
    let sides = sides(past).into_iter();
    Page {
        sides: sides.map(|(title, anchor, changes)| side(site, title, anchor, changes)).collect(),
        verdicts: VERDICTS.map(view::chip).into(),
        runs: past.runs.iter().rev().map(run).collect(),
    }
}

fn side(site: &Site, title: &'static str, anchor: &'static str, changes: &Changes) -> Side {
    let refer = |id: &str| view::reference(site, "", id);
    let (before, after) = (changes.before.seconds, changes.after.seconds);
    let mut times: Vec<Time> = changes
        .times
        .iter()
        .map(|times| Time {
            claim: refer(&times.id),
            before: number::duration(times.before),
            after: number::duration(times.after),
        })
        .collect();
    // On another machine every claim takes another time.
    let more_times = times.split_off(times.len().min(TIMES));
    Side {
        title,
        anchor,
        before: mark(&changes.before),
        sentence: changes.sentence(),
        common: changes.common,
        verdicts: changes
            .verdicts
            .iter()
            .map(|change| Turned {
                claim: refer(&change.id),
                before: view::chip(change.before),
                after: view::chip(change.after),
                restated: change.restated,
            })
            .collect(),
        moved: changes.moved.iter().map(|moved| shift(site, moved)).collect(),
        restated: changes.restated.iter().map(|id| refer(id)).collect(),
        gone: changes.gone.clone(),
        fresh: changes.fresh.iter().map(|id| refer(id)).collect(),
        times,
        more_times,
        total: format!("{} before, {} now", number::duration(before), number::duration(after)),
    }
}

fn mark(run: &RunMark) -> String {
    let (started, profile) = (&run.started, &run.profile);
    format!("{started}, profile {profile}, seed {}, commit {}", run.seed, run.commit)
}

fn shift(site: &Site, moved: &Moved) -> Shift {
    let value = |q: &QuantityMark| {
        let interval = number::interval(q.value, q.lo, q.hi);
        format!("{} {interval}", number::maybe(q.value)).trim_end().to_string()
    };
    Shift {
        claim: view::reference(site, "", &moved.id),
        name: moved.after.name.clone(),
        at: moved.after.at.clone(),
        before: value(&moved.before),
        after: value(&moved.after),
    }
}

fn run(line: &Line) -> Run {
    let count = |verdict: Verdict| line.verdicts.get(verdict.name()).copied().unwrap_or(0);
    Run {
        started: line.run.started.clone(),
        profile: line.run.profile.clone(),
        seed: line.run.seed,
        commit: line.run.commit.clone(),
        seconds: number::duration(line.run.seconds),
        counts: VERDICTS.map(count).into(),
        unexpected: line.unexpected,
    }
}
