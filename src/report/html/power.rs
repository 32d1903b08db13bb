//! What the checks can see: every control, and the smallest departure that each check would notice.

use serde::Serialize;

use super::site::Site;
use super::view::{self, Chip, Line};
use crate::markup::{markdown, number};
use crate::results::{ClaimResult, ControlResult, Verdict};

#[derive(Serialize)]
pub struct Power {
    claims: usize,
    controls: usize,
    caught: usize,
    /// Controls whose data are missing: neither caught nor missed.
    not_run: usize,
    missed: Vec<Missed>,
    papers: Vec<Paper>,
}

/// A control that was not caught.
#[derive(Serialize)]
struct Missed {
    claim: Line,
    control: String,
    change: String,
}

#[derive(Serialize)]
struct Paper {
    id: String,
    title_html: String,
    caught: usize,
    controls: usize,
    claims: Vec<Item>,
}

#[derive(Serialize)]
struct Item {
    href: String,
    slug: String,
    title_html: String,
    detectable: String,
    controls: Vec<Control>,
}

#[derive(Serialize)]
struct Control {
    name: String,
    change: String,
    chip: Chip,
    caught: bool,
    ran: bool,
}

/// Whether a control could be run: what it needs may be missing, as for the claim itself.
fn ran(control: &ControlResult) -> bool {
    control.verdict != Verdict::Skipped
}

pub fn view(site: &Site) -> Power {
    let claims = &site.results.claims;
    let all = || claims.iter().flat_map(|claim| &claim.controls);
    let missed = claims.iter().flat_map(|claim| {
        let missed = claim.controls.iter().filter(|control| !control.caught && ran(control));
        missed.map(move |control| Missed {
            claim: view::line(site, "", claim),
            control: control.name.clone(),
            change: control.change.clone(),
        })
    });
    let papers = site.results.papers.iter().map(|paper| {
        let of_paper = site.of_paper(&paper.id);
        let controls = || of_paper.iter().flat_map(|claim| &claim.controls);
        Paper {
            id: paper.id.clone(),
            title_html: markdown::inline(&paper.title),
            caught: controls().filter(|control| control.caught).count(),
            controls: controls().filter(|control| ran(control)).count(),
            claims: of_paper.iter().map(|claim| item(site, claim)).collect(),
        }
    });
    Power {
        claims: claims.iter().filter(|claim| !claim.controls.is_empty()).count(),
        controls: all().filter(|control| ran(control)).count(),
        not_run: all().filter(|control| !ran(control)).count(),
        caught: all().filter(|control| control.caught).count(),
        missed: missed.collect(),
        papers: papers.collect(),
    }
}

fn item(site: &Site, claim: &ClaimResult) -> Item {
    Item {
        href: site.href("", &claim.id).unwrap_or_default(),
        slug: crate::report::files::slug(&claim.id).to_string(),
        title_html: markdown::inline(&claim.title),
        detectable: detectable(claim),
        controls: claim
            .controls
            .iter()
            .map(|control| Control {
                name: control.name.clone(),
                change: control.change.clone(),
                chip: view::chip(control.verdict),
                caught: control.caught,
                ran: ran(control),
            })
            .collect(),
    }
}

/// Departures that the claim's sampled checks would notice, from the sharpest point to the bluntest.
fn detectable(claim: &ClaimResult) -> String {
    let points = claim.assertions.iter().flat_map(|assertion| &assertion.points);
    let counted = points.filter(|p| p.alpha.is_some() && p.verdict != Verdict::Vacuous);
    let seen = counted.filter_map(|point| point.detectable).filter(|x| x.is_finite() && *x > 0.0);
    let (lo, hi) = seen.fold((f64::INFINITY, 0.0_f64), |(lo, hi), x| (lo.min(x), hi.max(x)));
    if lo > hi {
        return String::new();
    }
    let (lo, hi) = (number::rounded(lo, 2), number::rounded(hi, 2));
    if lo == hi { lo } else { format!("{lo} to {hi}") }
}
