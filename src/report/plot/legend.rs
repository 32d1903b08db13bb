//! Markers of series, and the legend: text of the page, so that it wraps and can be read out.

use std::fmt::Write as _;

use serde::Serialize;

use super::scale::{self, Scale};
use super::{COLOURS, Ink, field};
use crate::markup::markdown;
use crate::maths::Enclosure;
use crate::results::{Plot, Role, Series};

/// A marker's shape: a circle, or an outline in units around its place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shape {
    /// A disc.
    Circle,
    /// Corners of a filled polygon.
    Outline(&'static [(i32, i32)]),
}

const SHAPES: [Shape; 5] = [
    Shape::Circle,
    Shape::Outline(&[(-4, -4), (4, -4), (4, 4), (-4, 4)]),
    Shape::Outline(&[(0, -5), (5, 4), (-5, 4)]),
    Shape::Outline(&[(0, -6), (5, 0), (0, 6), (-5, 0)]),
    Shape::Outline(&[(0, 5), (5, -4), (-5, -4)]),
];

/// The marker of a series; `None` for a bar, and for a line that is the only one of its role.
pub fn shape(plot: &Plot, index: usize) -> Option<Shape> {
    let role = plot.series.get(index)?.role;
    let alike = |upto: usize| plot.series[..upto].iter().filter(|s| s.role == role).count();
    let rank = SHAPES[alike(index) % SHAPES.len()];
    match role {
        Role::Histogram => None,
        Role::Measurement => Some(rank),
        _ => (alike(plot.series.len()) > 1).then_some(rank),
    }
}

/// A line of the legend.
#[derive(Debug, Serialize)]
pub struct Entry {
    /// A small drawing of the series' line and marker.
    pub swatch_html: String,
    /// The series' name.
    pub name_html: String,
    /// Points that can't be drawn, in words; empty if all can.
    pub note: String,
    /// Number of the series, or `field` for the colours of a heat map.
    pub of: String,
}

/// Points of a series that have no place: no number, infinite, or not positive on a logarithmic axis. They must not
/// vanish without a word.
fn undrawn(plot: &Plot, series: &Series) -> String {
    let drawn = |(x, y): &&(f64, Enclosure)| {
        scale::has_place(plot.x.log, *x) && scale::has_place(plot.y.log, y.value)
    };
    let all = series.points.len();
    match all - series.points.iter().filter(drawn).count() {
        0 => String::new(),
        missing if missing == all => "no point can be drawn: no finite value on this scale".into(),
        missing => format!("{missing} of {all} points can't be drawn on this scale"),
    }
}

/// Takes the note that every series has from the legend, to be said once; empty if they differ.
pub fn common_note(entries: &mut [Entry]) -> String {
    let (Some(first), true) = (entries.first(), entries.len() > 1) else { return String::new() };
    let note = first.note.clone();
    if note.is_empty() || entries.iter().any(|entry| entry.note != note) {
        return String::new();
    }
    entries.iter_mut().for_each(|entry| entry.note.clear());
    note
}

/// Points whose interval is not drawn: the whole line, as of a single run, or far wider than the drawing.
fn unbounded(series: &Series, axis: &Scale) -> String {
    let marks = || series.points.iter().map(|(_, y)| y).filter(|y| y.value.is_finite());
    let wide = marks().filter(|y| !bounded(y, axis)).count();
    let endless = marks().filter(|y| !y.lo.is_finite() && !y.hi.is_finite()).count();
    let told = |what: &str, n: usize| match n {
        0 => String::new(),
        n if n == series.points.len() => format!("{what} at any point"),
        n => format!("{what} at {n} points"),
    };
    match wide == endless {
        true => told("no interval", endless),
        false => told("no interval that fits the drawing", wide),
    }
}

/// Whether an interval has an end that is to be seen.
pub fn bounded(y: &Enclosure, axis: &Scale) -> bool {
    axis.holds(y.lo) || axis.holds(y.hi)
}

/// The legend of a plot.
pub fn entries(plot: &Plot) -> Vec<Entry> {
    let colours = plot.field.as_ref().map(|field| {
        let (swatch_html, name_html) = field::legend(field);
        Entry { swatch_html, name_html, note: String::new(), of: "field".into() }
    });
    let (_, axis) = scale::axes(plot);
    let series = plot.series.iter().enumerate().map(|(index, series)| Entry {
        swatch_html: swatch(plot, index),
        name_html: markdown::inline(&series.name),
        note: [undrawn(plot, series), unbounded(series, &axis)]
            .into_iter()
            .filter(|note| !note.is_empty())
            .collect::<Vec<_>>()
            .join("; "),
        of: index.to_string(),
    });
    colours.into_iter().chain(series).collect()
}

fn swatch(plot: &Plot, index: usize) -> String {
    let role = plot.series[index].role;
    let (class, colour) = (Ink::line(role).class(), index % COLOURS);
    let mut out =
        String::from("<svg class=\"plot swatch\" viewBox=\"0 0 30 14\" aria-hidden=\"true\">");
    let body = match role {
        Role::Histogram => "<rect x=\"4\" y=\"2\" width=\"22\" height=\"10\"/>",
        Role::Measurement => "<path d=\"M15,0L15,14\"/>",
        _ => "<path d=\"M1,7L29,7\"/>",
    };
    write!(out, "<g class=\"{class} s{colour}\">{body}</g>").ok();
    match shape(plot, index) {
        Some(Shape::Circle) => {
            write!(out, "<g class=\"mark s{colour}\"><circle cx=\"15\" cy=\"7\" r=\"4\"/></g>")
                .ok();
        }
        Some(Shape::Outline(corners)) => {
            let corners = corners.iter().map(|(x, y)| format!("{},{}", x + 15, y + 7));
            let corners = corners.collect::<Vec<_>>().join(" ");
            write!(out, "<g class=\"mark s{colour}\"><polygon points=\"{corners}\"/></g>").ok();
        }
        None => {}
    }
    out.push_str("</svg>");
    out
}
