//! Boxes and arrows of claims as SVG: one drawing for the graph of all claims and for the graph of
//! one claim's surroundings.

use std::fmt::Write as _;

use super::layout::{self, Edge, Layout};
use super::site::{Footing, Site};
use crate::markup::{markdown, mathml};
use crate::report::files::slug;
use crate::report::words;
use crate::results::ClaimResult;

/// Size of a node, which the stylesheet knows too; a label of [`LABEL`] letters fits.
pub const NODE: (f64, f64) = (236.0, 30.0);
const GAP: (f64, f64) = (56.0, 12.0);
/// Columns of the claims without links.
const LOOSE_COLUMNS: usize = 5;
const LABEL: usize = 27;

/// Claims with their places.
pub struct Drawing<'a> {
    claims: Vec<&'a ClaimResult>,
    layout: Layout,
    /// Left upper corner of every node and bend.
    corners: Vec<(f64, f64)>,
}

impl<'a> Drawing<'a> {
    /// Lays out claims with the `uses` between them.
    pub fn new(claims: Vec<&'a ClaimResult>) -> Self {
        let place = |id: &str| claims.iter().position(|claim| claim.id == id);
        let mut edges = Vec::new();
        for (user, claim) in claims.iter().enumerate() {
            edges.extend(claim.uses.iter().filter_map(|id| place(id)).map(|used| (used, user)));
        }
        let layout = layout::layered(claims.len(), &edges);
        let corners = corners(&layout, claims.len());
        Self { claims, layout, corners }
    }

    /// Number of arrows.
    pub fn arrows(&self) -> usize {
        self.layout.edges.len()
    }

    /// Width and height.
    pub fn size(&self) -> (f64, f64) {
        let corners = self.corners.iter();
        let right = corners.clone().map(|(x, _)| x + NODE.0 + 2.0).fold(0.0, f64::max);
        (right, corners.map(|(_, y)| y + NODE.1 + 2.0).fold(0.0, f64::max))
    }

    /// Left upper corner of a claim's node.
    pub fn corner(&self, id: &str) -> Option<(f64, f64)> {
        let at = self.claims.iter().position(|claim| claim.id == id)?;
        self.corners.get(at).copied()
    }

    /// The arrows, moved down by `dy`.
    pub fn draw_edges(&self, dy: f64, out: &mut String) {
        for edge in &self.layout.edges {
            self.draw_edge(edge, dy, out);
        }
    }

    /// The nodes, moved down by `dy`; `number` gives what a script follows arrows by.
    pub fn draw_nodes(
        &self,
        site: &Site,
        place: &Place,
        dy: f64,
        number: impl Fn(&str) -> Option<usize>,
        out: &mut String,
    ) {
        for (claim, (x, y)) in self.claims.iter().zip(&self.corners) {
            node(site, claim, place, (*x, y + dy), &number, out);
        }
    }

    /// A curve from right side to left side, level through its bends, with a head.
    fn draw_edge(&self, edge: &Edge, dy: f64, out: &mut String) {
        let middle = |i: usize| (self.corners[i].0, self.corners[i].1 + dy + NODE.1 / 2.0);
        let stops: Vec<(f64, f64)> =
            edge.via.iter().chain([&edge.to]).map(|stop| middle(*stop)).collect();
        let (x, y) = middle(edge.from);
        arrow((x + NODE.0, y), &stops, out);
    }
}

/// An arrow through `stops`, the last of which is its end; others are passed on the level.
pub fn arrow((mut x, mut y): (f64, f64), stops: &[(f64, f64)], out: &mut String) {
    write!(out, "<path d=\"M{x},{y}").ok();
    for (i, (x1, y1)) in stops.iter().enumerate() {
        let (dx, dy) = (x1 - x, y1 - y);
        let bend = (dx / 2.0).max(24.0);
        // By steps, which are short; level ones are straight.
        if dy == 0.0 {
            write!(out, "h{dx}").ok();
        } else {
            write!(out, "c{bend},0 {},{dy} {dx},{dy}", dx - bend).ok();
        }
        if i + 1 < stops.len() {
            write!(out, "h{}", NODE.0).ok();
        } else {
            write!(out, "m-6-4l6,4l-6,4").ok();
        }
        (x, y) = (x1 + NODE.0, *y1);
    }
    out.push_str("\"/>");
}

fn corners(layout: &Layout, n: usize) -> Vec<(f64, f64)> {
    let bends = layout.places.keys().next_back().map_or(0, |last| last + 1);
    let mut corners = vec![(2.0, 2.0); n.max(bends)];
    for (node, (layer, row)) in &layout.places {
        corners[*node] = (2.0 + *layer as f64 * (NODE.0 + GAP.0), 2.0 + row * (NODE.1 + GAP.1));
    }
    let below = if layout.rows > 0 { layout.rows as f64 * (NODE.1 + GAP.1) + 18.0 } else { 2.0 };
    for (i, node) in layout.loose.iter().enumerate() {
        let (row, column) = (i / LOOSE_COLUMNS, i % LOOSE_COLUMNS);
        corners[*node] =
            (2.0 + column as f64 * (NODE.0 + GAP.1), below + row as f64 * (NODE.1 + GAP.1));
    }
    corners
}

/// Where a drawing stands: the way to the report's root, and the claim whose page it is on.
pub struct Place<'a> {
    /// `../../` on a claim's page.
    pub root: &'a str,
    /// The claim that the drawing is about.
    pub own: Option<&'a str>,
}

fn node(
    site: &Site,
    claim: &ClaimResult,
    place: &Place,
    (x, y): (f64, f64),
    number: &impl Fn(&str) -> Option<usize>,
    out: &mut String,
) {
    let footing = site.footing(claim);
    let (verdict, own) = (claim.verdict.name(), place.own == Some(claim.id.as_str()));
    // On a claim's page the lists beside the drawing have the titles.
    let mut title = match place.own {
        Some(_) => verdict.to_string(),
        None => format!("{}: {verdict}. {}", claim.id, markdown::plain(&claim.title)),
    };
    if footing != Footing::Firm {
        write!(title, " ({})", footing.words()).ok();
    }
    let uses: Vec<String> =
        claim.uses.iter().filter_map(|id| number(id)).map(|at| at.to_string()).collect();
    let uses =
        if uses.is_empty() { String::new() } else { format!(" data-uses=\"{}\"", uses.join(" ")) };
    let mark = if own { " own" } else { "" };
    let standing = if footing == Footing::Firm { "" } else { footing.class() };
    let standing = if standing.is_empty() { String::new() } else { format!(" {standing}") };
    let id = &claim.id;
    write!(
        out,
        "<a href=\"{}claims/{id}.html\" class=\"node {verdict}{standing}{mark}\"{uses}>\
         <title>{}</title><rect x=\"{x}\" y=\"{y}\"/>\
         <text x=\"{}\" y=\"{}\"><tspan>{}</tspan> {}</text></a>",
        place.root,
        mathml::escape(&title),
        x + 10.0,
        y + NODE.1 / 2.0 + 4.5,
        words::symbol(claim.verdict),
        mathml::escape(&label(slug(id))),
    )
    .ok();
}

/// A name that fits a node: the middle goes, since claims of a family differ at their ends.
fn label(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    if letters.len() <= LABEL {
        return name.to_string();
    }
    let tail = 10;
    let head = letters[..LABEL - 1 - tail].iter();
    head.chain(&['…']).chain(&letters[letters.len() - tail..]).collect()
}

/// What a claim leans on and what leans directly on it, as a drawing for its page; `None` if nothing.
pub fn surroundings(site: &Site, root: &str, claim: &ClaimResult) -> Option<String> {
    /// Ancestors drawn, nearest first: more is no picture any more, and the page of the graph has all.
    const ANCESTORS: usize = 30;
    /// Users drawn; the list beside the drawing has all.
    const USERS: usize = 12;
    let own = site.claim(&claim.id)?;
    let mut claims = site.ancestors(claim);
    claims.truncate(ANCESTORS);
    claims.push(own);
    for user in site.users(&claim.id).iter().take(USERS) {
        if !claims.iter().any(|other| other.id == user.id) {
            claims.push(user);
        }
    }
    if claims.len() < 2 {
        return None;
    }
    let drawing = Drawing::new(claims);
    let (width, height) = drawing.size();
    let mut out = String::new();
    open(&mut out, "graph", (width, height), "what this claim leans on and what leans on it");
    out.push_str("<g class=\"edges\">");
    drawing.draw_edges(0.0, &mut out);
    out.push_str("</g>");
    let place = Place { root, own: Some(&claim.id) };
    drawing.draw_nodes(site, &place, 0.0, |_| None, &mut out);
    out.push_str("</svg>");
    Some(out)
}

/// Opens a drawing.
pub fn open(out: &mut String, class: &str, (width, height): (f64, f64), label: &str) {
    write!(
        out,
        "<svg class=\"{class}\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" role=\"group\" aria-label=\"{label}\">"
    )
    .ok();
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A suite of usual shape: chains, fans, long edges and claims without links.
    fn edges(n: usize) -> Vec<(usize, usize)> {
        let used = |user: usize| [user / 3, user * 7 / 11, user.saturating_sub(13)];
        let all = (0..n).flat_map(|user| used(user).map(|used| (used, user)));
        all.filter(|(used, user)| used < user && user % 4 != 3 && used % 4 != 3).collect()
    }

    #[test]
    fn no_two_boxes_overlap_and_no_long_arrow_runs_through_one() {
        let layout = layout::layered(340, &edges(340));
        let corners = corners(&layout, 340);
        // Bends have boxes too: an arrow runs level through them.
        let boxes = corners.len();
        assert!(boxes > 400 && layout.loose.len() > 50, "{boxes} {}", layout.loose.len());
        for i in 0..boxes {
            for j in 0..i {
                let (dx, dy) = (corners[i].0 - corners[j].0, corners[i].1 - corners[j].1);
                assert!(dx.abs() >= NODE.0 || dy.abs() >= NODE.1, "{i} and {j} overlap");
            }
        }
    }

    #[test]
    fn labels_keep_their_ends() {
        assert_eq!(label("lemma-2"), "lemma-2");
        let long = label("lemma-b.1-proof-derivative-corrected");
        assert_eq!((long.chars().count(), long.ends_with("…-corrected")), (LABEL, true));
    }
}
