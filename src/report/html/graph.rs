//! The graph of claims: fill and symbol say a claim's own verdict, its border what it leans on.
//! Papers are lanes of one drawing, so that arrows between papers show too.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use super::drawing::{self, Drawing, NODE, Place};
use super::site::{Footing, Site};
use super::view::{self, Chip, Reference};
use crate::markup::{markdown, mathml};
use crate::report::words::{self, VERDICTS};
use crate::results::{ClaimResult, PaperInfo};

/// Room for a lane's name above its nodes.
const HEAD: f64 = 44.0;
/// Room below a lane.
const FOOT: f64 = 26.0;

#[derive(Serialize)]
pub struct Graph {
    verdicts: Vec<Chip>,
    svg_html: String,
    papers: Vec<PaperGraph>,
}

#[derive(Serialize)]
struct PaperGraph {
    id: String,
    title_html: String,
    /// How many claims and arrows, in words.
    size: String,
    nodes: Vec<Node>,
}

#[derive(Serialize)]
struct Node {
    claim: Reference,
    footing: &'static str,
    uses: Vec<Reference>,
}

/// A paper's drawing with its place.
struct Lane<'a> {
    paper: &'a PaperInfo,
    claims: Vec<&'a ClaimResult>,
    drawing: Drawing<'a>,
    top: f64,
}

pub fn view(site: &Site) -> Graph {
    let lanes = lanes(site);
    Graph {
        verdicts: VERDICTS.map(view::chip).into(),
        svg_html: svg(site, &lanes),
        papers: lanes.iter().map(|lane| listed(site, lane)).collect(),
    }
}

fn lanes<'a>(site: &Site<'a>) -> Vec<Lane<'a>> {
    let mut top = 0.0;
    let mut lanes = Vec::new();
    for paper in &site.results.papers {
        let claims = site.of_paper(&paper.id);
        if claims.is_empty() {
            continue;
        }
        let drawing = Drawing::new(claims.clone());
        let height = drawing.size().1;
        lanes.push(Lane { paper, claims, drawing, top });
        top += HEAD + height + FOOT;
    }
    lanes
}

fn listed(site: &Site, lane: &Lane) -> PaperGraph {
    let node = |claim: &&ClaimResult| Node {
        claim: view::reference(site, "", &claim.id),
        footing: site.footing(claim).words(),
        uses: claim.uses.iter().map(|id| view::reference(site, "", id)).collect(),
    };
    PaperGraph {
        id: lane.paper.id.clone(),
        title_html: markdown::inline(&lane.paper.title),
        size: format!(
            "{}, {}",
            words::plural(lane.claims.len(), "claim", "claims"),
            words::plural(lane.drawing.arrows(), "arrow", "arrows")
        ),
        nodes: lane.claims.iter().map(node).collect(),
    }
}

fn svg(site: &Site, lanes: &[Lane]) -> String {
    let width = lanes.iter().map(|lane| lane.drawing.size().0).fold(0.0, f64::max);
    let bottom = |lane: &Lane| lane.top + HEAD + lane.drawing.size().1 + FOOT;
    let height = lanes.last().map_or(0.0, bottom);
    let order = lanes.iter().flat_map(|lane| &lane.claims);
    let numbers: BTreeMap<&str, usize> =
        order.enumerate().map(|(at, claim)| (claim.id.as_str(), at)).collect();
    let mut out = String::new();
    drawing::open(&mut out, "graph whole", (width, height), "graph of claims, papers as lanes");
    for (i, lane) in lanes.iter().enumerate() {
        let (top, lane_height) = (lane.top, bottom(lane) - lane.top);
        let odd = if i % 2 == 1 { " odd" } else { "" };
        write!(
            out,
            "<rect class=\"lane{odd}\" x=\"0\" y=\"{top}\" width=\"{width}\" height=\"{lane_height}\"/>\
             <a href=\"papers/{}.html\" class=\"lane-name\"><text x=\"8\" y=\"{}\">{}</text></a>",
            lane.paper.id,
            top + 26.0,
            mathml::escape(&markdown::plain(&lane.paper.title)),
        )
        .ok();
    }
    out.push_str("<g class=\"edges\">");
    for lane in lanes {
        lane.drawing.draw_edges(lane.top + HEAD, &mut out);
    }
    between(lanes, &mut out);
    out.push_str("</g>");
    let place = Place { root: "", own: None };
    for lane in lanes {
        let number = |id: &str| numbers.get(id).copied();
        lane.drawing.draw_nodes(site, &place, lane.top + HEAD, number, &mut out);
    }
    out.push_str("</svg>");
    out
}

/// Arrows from one paper's claims to another's.
fn between(lanes: &[Lane], out: &mut String) {
    let corner = |id: &str| {
        let found = lanes.iter().find_map(|lane| Some((lane, lane.drawing.corner(id)?)));
        found.map(|(lane, (x, y))| (x, y + lane.top + HEAD + NODE.1 / 2.0))
    };
    for claim in lanes.iter().flat_map(|lane| &lane.claims) {
        let foreign = claim.uses.iter().filter(|id| !id.starts_with(&format!("{}/", claim.paper)));
        for (from, to) in foreign.filter_map(|id| corner(id).zip(corner(&claim.id))) {
            drawing::arrow((from.0 + NODE.0, from.1), &[to], out);
        }
    }
}

impl Footing {
    /// For readers; empty if there is nothing to say.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Firm => "",
            Self::Open => "leans on an undecided claim",
            Self::Shaken => "leans on a refuted claim or a failed check",
        }
    }
}
