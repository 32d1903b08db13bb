//! Heat maps: cells over the plane, coloured in steps that the stylesheet defines for both themes.

use std::fmt::Write as _;

use super::scale::Scale;
use crate::markup::{markdown, number};
use crate::results::Field;

/// Steps of colour; the stylesheet has as many (`z0` … `z11`).
pub const LEVELS: usize = 12;

/// A field laid out: rectangles in mapped units with their steps of colour.
pub struct Layout {
    /// Horizontal axis, from edge to edge of the cells.
    pub x: Scale,
    /// Vertical axis.
    pub y: Scale,
    /// Left, right, lower and upper edge, and step of colour of each cell that has a value.
    pub cells: Vec<([f64; 4], usize)>,
}

/// Places the cells; `None` if no cell has a place.
pub fn layout(field: &Field, log_x: bool, log_y: bool) -> Option<Layout> {
    let xs = Edges::new(log_x, field.cells.iter().map(|cell| cell.0))?;
    let ys = Edges::new(log_y, field.cells.iter().map(|cell| cell.1))?;
    let colours = colours(field);
    let cells = field.cells.iter().filter_map(|(x, y, z)| {
        let (left, right) = xs.around(*x)?;
        let (lower, upper) = ys.around(*y)?;
        Some(([left, right, lower, upper], level(&colours, z.value)?))
    });
    let cells = cells.collect();
    Some(Layout { x: xs.scale(), y: ys.scale(), cells })
}

/// The scale of the colours.
fn colours(field: &Field) -> Scale {
    Scale::new(field.z.log, field.cells.iter().map(|cell| cell.2.value), false)
}

/// The step of colour of a value; `None` if it is not a finite number.
fn level(colours: &Scale, value: f64) -> Option<usize> {
    let place = colours.place(value)?;
    let part = (place - colours.lo) / (colours.hi - colours.lo);
    Some(((part * LEVELS as f64) as usize).min(LEVELS - 1))
}

/// The colours and what they mean, for the legend: a small drawing and its words.
pub fn legend(field: &Field) -> (String, String) {
    let mut swatch = format!(
        "<svg class=\"plot swatch wide\" viewBox=\"0 0 {} 14\" preserveAspectRatio=\"none\" aria-hidden=\"true\">",
        LEVELS * 8
    );
    for level in 0..LEVELS {
        let x = level * 8;
        write!(
            swatch,
            "<g class=\"cell z{level}\"><rect x=\"{x}\" y=\"1\" width=\"8\" height=\"12\"/></g>"
        )
        .ok();
    }
    swatch.push_str("</svg>");
    let values = || field.cells.iter().map(|cell| cell.2.value).filter(|z| z.is_finite());
    let (lo, hi) =
        values().fold((f64::INFINITY, f64::NEG_INFINITY), |(lo, hi), z| (lo.min(z), hi.max(z)));
    let missing = field.cells.len() - values().count();
    let mut words = markdown::inline(&field.z.label);
    if lo <= hi {
        write!(words, ": {} to {}", number::short(lo), number::short(hi)).ok();
    }
    if field.z.log {
        words.push_str(" (logarithmic)");
    }
    if missing > 0 {
        write!(words, "; blank: no finite value ({missing} cells)").ok();
    }
    (swatch, words)
}

/// The edges between the cells along one axis, in mapped units.
struct Edges {
    log: bool,
    /// Centres, rising.
    centres: Vec<f64>,
    /// One more than centres.
    edges: Vec<f64>,
}

impl Edges {
    fn new(log: bool, values: impl Iterator<Item = f64>) -> Option<Self> {
        let axis = Scale::new(log, std::iter::empty(), false);
        let mut centres: Vec<f64> = values.filter_map(|x| axis.place(x)).collect();
        centres.sort_by(f64::total_cmp);
        centres.dedup();
        let (first, last) = (*centres.first()?, *centres.last()?);
        let mut edges: Vec<f64> =
            centres.windows(2).map(|pair| f64::midpoint(pair[0], pair[1])).collect();
        let alone = if first == 0.0 { 0.5 } else { 0.1 * first.abs() };
        let before = edges.first().map_or(alone, |edge| edge - first);
        let after = edges.last().map_or(alone, |edge| last - edge);
        edges.insert(0, first - before);
        edges.push(last + after);
        Some(Self { log, centres, edges })
    }

    fn around(&self, value: f64) -> Option<(f64, f64)> {
        let axis = Scale::new(self.log, std::iter::empty(), false);
        let place = axis.place(value)?;
        let index = self.centres.iter().position(|centre| *centre == place)?;
        Some((self.edges[index], self.edges[index + 1]))
    }

    fn scale(&self) -> Scale {
        Scale::between(self.log, self.edges[0], self.edges[self.edges.len() - 1])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::maths::Enclosure;
    use crate::results::Axis;

    fn field(cells: &[(f64, f64, f64)], log: bool) -> Field {
        let cells = cells.iter().map(|(x, y, z)| (*x, *y, Enclosure::point(*z))).collect();
        Field { z: Axis { label: "loss".into(), log }, cells }
    }

    #[test]
    fn cells_tile_the_plane() {
        let it =
            field(&[(0.0, 1.0, 1.0), (0.0, 2.0, 10.0), (1.0, 1.0, 100.0), (1.0, 2.0, 1e12)], true);
        let layout = layout(&it, false, false).unwrap();
        assert_eq!((layout.x.lo, layout.x.hi, layout.y.lo, layout.y.hi), (-0.5, 1.5, 0.5, 2.5));
        assert_eq!(layout.cells[0].0, [-0.5, 0.5, 0.5, 1.5]);
        let levels: Vec<usize> = layout.cells.iter().map(|cell| cell.1).collect();
        assert!(levels.is_sorted() && levels[3] == LEVELS - 1, "{levels:?}");
    }

    #[test]
    fn cells_without_a_value_stay_blank() {
        let it = field(&[(1.0, 1.0, f64::NAN), (2.0, 1.0, f64::INFINITY), (3.0, 1.0, 4.0)], false);
        assert_eq!(layout(&it, true, false).unwrap().cells.len(), 1);
        assert!(legend(&it).1.contains("2 cells"));
        assert!(layout(&field(&[], false), false, false).is_none());
    }
}
