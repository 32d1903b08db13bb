//! "How to read this report", in plain words, with this run's numbers.

use serde::Serialize;

use super::index;
use super::site::Site;
use super::view::{self, Chip, Fact};
use crate::experiment::Evidence;
use crate::markup::number;
use crate::report::words::{self, VERDICTS};

#[derive(Serialize)]
pub struct About {
    verdicts: Vec<Word>,
    evidence: Vec<EvidenceWord>,
    profile: String,
    budget: String,
    one_in: String,
    intervals: String,
    alpha: String,
    facts: Vec<Fact>,
    command: String,
}

#[derive(Serialize)]
struct Word {
    chip: Chip,
    meaning: &'static str,
}

#[derive(Serialize)]
struct EvidenceWord {
    name: &'static str,
    meaning: &'static str,
}

const EVIDENCE: [Evidence; 7] = [
    Evidence::Exact,
    Evidence::Certified,
    Evidence::Quadrature,
    Evidence::MonteCarlo,
    Evidence::Search,
    Evidence::Scaling,
    Evidence::Training,
];

pub fn view(site: &Site) -> About {
    let run = &site.results.run;
    let word = |verdict| Word { chip: view::chip(verdict), meaning: words::meaning(verdict) };
    About {
        verdicts: VERDICTS.map(word).into(),
        evidence: EVIDENCE
            .map(|evidence| EvidenceWord { name: evidence.name(), meaning: evidence.meaning() })
            .into(),
        profile: run.profile.clone(),
        budget: number::short(run.budget),
        one_in: if run.budget > 0.0 {
            number::count((1.0 / run.budget).round() as u64)
        } else {
            "∞".into()
        },
        intervals: number::count(run.intervals as u64),
        alpha: number::rounded(run.alpha, 2),
        facts: index::facts(run),
        command: run.command.clone(),
    }
}
