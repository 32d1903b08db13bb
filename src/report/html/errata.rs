//! Errata: as printed beside as corrected.

use serde::Serialize;

use super::site::Site;
use super::view::{self, Line, Reference};
use crate::markup::markdown;
use crate::results::ClaimResult;

#[derive(Serialize)]
pub struct Errata {
    pairs: Vec<Pair>,
    papers: Vec<PaperCount>,
}

#[derive(Serialize)]
struct PaperCount {
    id: String,
    title_html: String,
    n: usize,
}

#[derive(Serialize)]
struct Pair {
    kind: String,
    why_html: String,
    printed: Side,
    corrected: Option<Side>,
    /// Named, but not in this run.
    missing: Option<Reference>,
}

#[derive(Serialize)]
struct Side {
    line: Line,
    place: String,
    statement_html: String,
}

pub fn view(site: &Site) -> Errata {
    let printed: Vec<&ClaimResult> =
        site.results.claims.iter().filter(|claim| claim.erratum.is_some()).collect();
    let papers = site.results.papers.iter();
    Errata {
        papers: papers
            .map(|paper| PaperCount {
                id: paper.id.clone(),
                title_html: markdown::inline(&paper.title),
                n: printed.iter().filter(|claim| claim.paper == paper.id).count(),
            })
            .filter(|count| count.n > 0)
            .collect(),
        pairs: printed.into_iter().filter_map(|claim| pair(site, claim)).collect(),
    }
}

fn pair(site: &Site, claim: &ClaimResult) -> Option<Pair> {
    let erratum = claim.erratum.as_ref()?;
    let id = erratum.corrected_by.as_deref();
    let corrected = id.and_then(|id| site.claim(id));
    Some(Pair {
        kind: erratum.kind.replace('-', " "),
        why_html: view::prose(site, "", &erratum.why),
        printed: side(site, claim),
        corrected: corrected.map(|claim| side(site, claim)),
        missing: id.filter(|_| corrected.is_none()).map(|id| view::reference(site, "", id)),
    })
}

fn side(site: &Site, claim: &ClaimResult) -> Side {
    Side {
        line: view::line(site, "", claim),
        place: view::place(&claim.source),
        statement_html: view::prose(site, "", &claim.statement),
    }
}
