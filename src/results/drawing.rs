//! What results hold to be drawn: plots and galleries.

use serde::{Deserialize, Serialize};

use super::Point;
use crate::experiment::Picture;
use crate::maths::Enclosure;

/// A plot's data: what is drawn and what its CSV holds.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Plot {
    /// Title; may hold `$…$`.
    pub title: String,
    /// What to see in it, in a sentence or two.
    pub caption: String,
    /// Horizontal axis.
    pub x: Axis,
    /// Vertical axis.
    pub y: Axis,
    /// Colours over the plane, under the series.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub field: Option<Field>,
    /// Curves, points and bars, in drawing order.
    pub series: Vec<Series>,
}

/// A number over the plane, shown as a colour.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Field {
    /// What the colours mean.
    pub z: Axis,
    /// Cells: abscissa, ordinate and value, the ordinate running fastest.
    #[serde(with = "super::short::cells")]
    pub cells: Vec<(f64, f64, Enclosure)>,
}

/// Pictures side by side.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Gallery {
    /// Title; may hold `$…$`.
    pub title: String,
    /// What to see in it, in a sentence or two.
    pub caption: String,
    /// The rows.
    pub rows: Vec<GalleryRow>,
}

/// A row of pictures.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GalleryRow {
    /// What the row shows.
    pub name: String,
    /// The pictures, from left to right.
    pub pictures: Vec<Shown>,
}

/// A picture with what is said of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Shown {
    /// The point of the gallery's grid.
    pub at: Point,
    /// The picture; `null` if there is none.
    pub picture: Option<Picture>,
    /// The number under it.
    pub note: Option<f64>,
    /// Why there is no picture, in words.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub missing: Option<String>,
}

/// An axis.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Axis {
    /// Plain label with unit.
    pub label: String,
    /// Logarithmic?
    pub log: bool,
}

/// A series of a plot.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Series {
    /// Legend entry.
    pub name: String,
    /// What it is, which decides how it is drawn.
    pub role: Role,
    /// Points in order; a NaN value breaks a line.
    #[serde(with = "super::short::points")]
    pub points: Vec<(f64, Enclosure)>,
}

/// What a series is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// An exact or predicted curve: solid line.
    Theory,
    /// A bound as printed: dashed line.
    Bound,
    /// A measurement: points with intervals.
    Measurement,
    /// Counts of trials, normalised to a density: bars centred at the points.
    Histogram,
    /// Something to compare with (a control, another convention): dotted line.
    Reference,
}
