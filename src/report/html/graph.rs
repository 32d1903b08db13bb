//! The graph of claims: fill and symbol say a claim's own verdict, its border what it leans on.

use std::fmt::Write as _;

use serde::Serialize;

use super::layout::{self, Edge, Layout};
use super::site::{Footing, Site};
use super::view::{self, Chip, Reference};
use crate::markup::{markdown, mathml};
use crate::report::files::slug;
use crate::report::words::{self, VERDICTS};
use crate::results::{ClaimResult, PaperInfo};

const WIDTH: f64 = 190.0;
const HEIGHT: f64 = 30.0;
const GAP: (f64, f64) = (64.0, 14.0);
/// Columns of the claims without links.
const LOOSE_COLUMNS: usize = 5;
/// Characters that fit a node.
const LABEL: usize = 24;

#[derive(Serialize)]
pub struct Graph {
    verdicts: Vec<Chip>,
    papers: Vec<PaperGraph>,
}

#[derive(Serialize)]
struct PaperGraph {
    id: String,
    href: String,
    title_html: String,
    svg_html: String,
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

pub fn view(site: &Site) -> anyhow::Result<Graph> {
    let papers: anyhow::Result<Vec<PaperGraph>> =
        site.results.papers.iter().map(|paper| paper_graph(site, paper)).collect();
    Ok(Graph { verdicts: VERDICTS.map(view::chip).into(), papers: papers? })
}

fn paper_graph(site: &Site, paper: &PaperInfo) -> anyhow::Result<PaperGraph> {
    let claims = site.of_paper(&paper.id);
    let place = |id: &str| claims.iter().position(|claim| claim.id == id);
    let mut edges = Vec::new();
    for (user, claim) in claims.iter().enumerate() {
        edges.extend(claim.uses.iter().filter_map(|id| place(id)).map(|used| (used, user)));
    }
    let layout = layout::layered(claims.len(), &edges);
    let node = |claim: &&ClaimResult| Node {
        claim: view::reference(site, "", &claim.id),
        footing: footing_words(site.footing(claim)),
        uses: claim.uses.iter().map(|id| view::reference(site, "", id)).collect(),
    };
    Ok(PaperGraph {
        id: paper.id.clone(),
        href: format!("papers/{}.html", paper.id),
        title_html: markdown::inline(&paper.title),
        svg_html: svg(site, &claims, &layout)?,
        size: format!(
            "{}, {}",
            words::plural(claims.len(), "claim", "claims"),
            words::plural(layout.edges.len(), "arrow", "arrows")
        ),
        nodes: claims.iter().map(node).collect(),
    })
}

const fn footing_words(footing: Footing) -> &'static str {
    match footing {
        Footing::Firm => "",
        Footing::Open => "leans on an undecided claim",
        Footing::Shaken => "leans on a refuted claim or a failed check",
    }
}

/// Left upper corner of every node and bend.
fn corners(layout: &Layout, n: usize) -> Vec<(f64, f64)> {
    let bends = layout.places.keys().next_back().map_or(0, |last| last + 1);
    let mut corners = vec![(0.0, 0.0); n.max(bends)];
    for (node, (layer, row)) in &layout.places {
        corners[*node] = (2.0 + *layer as f64 * (WIDTH + GAP.0), 2.0 + row * (HEIGHT + GAP.1));
    }
    let below = if layout.rows > 0 { layout.rows as f64 * (HEIGHT + GAP.1) + 18.0 } else { 2.0 };
    for (i, node) in layout.loose.iter().enumerate() {
        let (row, column) = (i / LOOSE_COLUMNS, i % LOOSE_COLUMNS);
        corners[*node] =
            (2.0 + column as f64 * (WIDTH + GAP.1), below + row as f64 * (HEIGHT + GAP.1));
    }
    corners
}

fn svg(site: &Site, claims: &[&ClaimResult], layout: &Layout) -> anyhow::Result<String> {
    let corners = corners(layout, claims.len());
    let right = corners.iter().map(|(x, _)| x + WIDTH + 2.0).fold(0.0, f64::max);
    let bottom = corners.iter().map(|(_, y)| y + HEIGHT + 2.0).fold(0.0, f64::max);
    let mut out = String::new();
    write!(
        out,
        "<svg class=\"graph\" width=\"{right}\" height=\"{bottom}\" \
         viewBox=\"0 0 {right} {bottom}\" role=\"group\" aria-label=\"graph of claims\">\
         <g class=\"edges\">"
    )?;
    for edge in &layout.edges {
        draw_edge(edge, &corners, &mut out)?;
    }
    out.push_str("</g>");
    for (claim, (x, y)) in claims.iter().zip(&corners) {
        node(site, claim, (*x, *y), &mut out)?;
    }
    out.push_str("</svg>");
    Ok(out)
}

/// A curve from right side to left side, level through its bends, with a head.
fn draw_edge(edge: &Edge, corners: &[(f64, f64)], out: &mut String) -> anyhow::Result<()> {
    let middle = |i: usize| (corners[i].0, corners[i].1 + HEIGHT / 2.0);
    let (mut x, mut y) = middle(edge.from);
    x += WIDTH;
    write!(out, "<path d=\"M{x},{y}")?;
    for stop in edge.via.iter().chain([&edge.to]) {
        let (x1, y1) = middle(*stop);
        let bend = ((x1 - x) / 2.0).max(24.0);
        write!(out, "C{},{y} {},{y1} {x1},{y1}", x + bend, x1 - bend)?;
        if *stop != edge.to {
            write!(out, "H{}", x1 + WIDTH)?;
        }
        (x, y) = (x1 + WIDTH, y1);
    }
    let (x, y) = middle(edge.to);
    write!(out, "M{},{}L{x},{y}L{},{}\"/>", x - 6.0, y - 4.0, x - 6.0, y + 4.0)?;
    Ok(())
}

fn node(
    site: &Site,
    claim: &ClaimResult,
    (x, y): (f64, f64),
    out: &mut String,
) -> anyhow::Result<()> {
    let footing = site.footing(claim);
    let name = slug(&claim.id);
    let short: String = if name.chars().count() > LABEL {
        name.chars().take(LABEL - 1).chain(['…']).collect()
    } else {
        name.to_string()
    };
    let title = markdown::plain(&claim.title);
    let mut words = format!("{}: {}. {title}", claim.id, claim.verdict.name());
    if footing != Footing::Firm {
        write!(words, " ({})", footing_words(footing))?;
    }
    write!(
        out,
        "<a href=\"claims/{}.html\" class=\"node {} {}\"><title>{}</title>\
         <rect x=\"{x}\" y=\"{y}\" width=\"{WIDTH}\" height=\"{HEIGHT}\" rx=\"6\"/>\
         <text x=\"{}\" y=\"{}\"><tspan class=\"symbol\">{}</tspan> {}</text></a>",
        claim.id,
        claim.verdict.name(),
        footing.class(),
        mathml::escape(&words),
        x + 10.0,
        y + HEIGHT / 2.0 + 4.5,
        words::symbol(claim.verdict),
        mathml::escape(&short),
    )?;
    Ok(())
}
