//! Plots as inline SVG: `plotters` lays out and draws, a backend of our own writes style classes
//! in place of colours, so that one stylesheet serves light, dark and paper.
//!
//! Series differ in colour, in shape (markers, dashes) and in name; what is drawn is thinned to
//! [`LIMIT`] points a series, the tables beside the page hold all of them.

mod backend;
mod draw;
mod legend;
mod scale;

use std::fmt::Write as _;

pub use legend::{Entry, entries};

use super::text::{markdown, mathml};
use crate::results::{Axis, Plot, Role};

/// Points drawn of one series at most.
pub const LIMIT: usize = 500;
/// Size of the drawing in its own units; the page scales it.
pub const SIZE: (u32, u32) = (640, 360);

/// Kinds of line and shape, as classes of the stylesheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ink {
    Grid,
    Axis,
    Label,
    Theory,
    Bound,
    Reference,
    Error,
    Mark,
    Bar,
    Band,
}

impl Ink {
    const ALL: [Self; 10] = [
        Self::Grid,
        Self::Axis,
        Self::Label,
        Self::Theory,
        Self::Bound,
        Self::Reference,
        Self::Error,
        Self::Mark,
        Self::Bar,
        Self::Band,
    ];

    const fn class(self) -> &'static str {
        match self {
            Self::Grid => "grid",
            Self::Axis => "axis",
            Self::Label => "label",
            Self::Theory => "theory",
            Self::Bound => "bound",
            Self::Reference => "reference",
            Self::Error => "error-bar",
            Self::Mark => "mark",
            Self::Bar => "bar",
            Self::Band => "band",
        }
    }

    /// The line of a series' role.
    const fn line(role: Role) -> Self {
        match role {
            Role::Theory => Self::Theory,
            Role::Bound => Self::Bound,
            Role::Reference => Self::Reference,
            Role::Measurement => Self::Error,
            Role::Histogram => Self::Bar,
        }
    }
}

/// Colours of series; the stylesheet has as many.
const COLOURS: usize = 6;

/// The plot as an SVG element. `name` makes its ids unique within the page.
///
/// # Errors
/// If the drawing library refuses; data never makes it.
pub fn svg(plot: &Plot, name: &str) -> anyhow::Result<String> {
    let body = draw::body(plot)?;
    let (width, height) = SIZE;
    let mut out = String::new();
    write!(
        out,
        "<svg class=\"plot\" viewBox=\"0 0 {width} {height}\" role=\"img\" \
         aria-labelledby=\"{name}-t {name}-d\"><title id=\"{name}-t\">{}</title>\
         <desc id=\"{name}-d\">{}</desc>{body}</svg>",
        mathml::escape(&markdown::plain(&plot.title)),
        mathml::escape(&description(plot)),
    )?;
    Ok(out)
}

/// What a reader who doesn't see the plot must know.
fn description(plot: &Plot) -> String {
    let axis = |axis: &Axis| {
        let scale = if axis.log { " (logarithmic)" } else { "" };
        format!("{}{scale}", markdown::plain(&axis.label))
    };
    let mut text = format!(
        "{} Horizontal: {}. Vertical: {}. Series:",
        markdown::plain(&plot.caption),
        axis(&plot.x),
        axis(&plot.y)
    );
    for (i, series) in plot.series.iter().enumerate() {
        let what = match series.role {
            Role::Theory => "solid line",
            Role::Bound => "dashed line",
            Role::Measurement => "points with intervals",
            Role::Histogram => "bars",
            Role::Reference => "dotted line",
        };
        let comma = if i > 0 { ";" } else { "" };
        let name = markdown::plain(&series.name);
        write!(text, "{comma} {name} ({what}, {} points)", series.points.len()).ok();
    }
    text.push('.');
    text
}
