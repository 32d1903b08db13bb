//! A `plotters` backend that writes SVG with style classes: a colour `(ink, series, 0)` stands for
//! the class of that [`Ink`] and series. One unit of the drawing is [`UNIT`] of plotters' integers,
//! so that curves are smooth. Paths move by steps, and straight strokes that follow each other are one
//! element: a report has hundreds of plots.

use std::convert::Infallible;
use std::fmt::Write as _;

use plotters_backend::text_anchor::{HPos, VPos};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind,
    FontTransform,
};

use super::{COLOURS, Ink};
use crate::markup::mathml::escape;

/// How a path's element ends.
const END: &str = "\"/>";

/// Plotters' pixels in one unit of the drawing.
pub const UNIT: i32 = 10;

/// Writes elements into `out`, those of one class in a group.
pub struct Backend<'a> {
    out: &'a mut String,
    size: (u32, u32),
    /// What is drawn, in drawing order.
    groups: Vec<Group>,
}

/// Elements of one colour.
struct Group {
    colour: (u8, u8, u8),
    elements: String,
    /// Whether the last element is a path of straight strokes that may take another.
    stroke: bool,
}

type Outcome = Result<(), DrawingErrorKind<Infallible>>;

impl<'a> Backend<'a> {
    /// A drawing of `size` units.
    pub fn new(out: &'a mut String, size: (u32, u32)) -> Self {
        let unit = UNIT.unsigned_abs();
        Self { out, size: (size.0 * unit, size.1 * unit), groups: Vec::new() }
    }

    /// Where elements of a colour go. Grid, axis and labels are a group each, whatever the order they come in.
    fn group(&mut self, colour: BackendColor) -> &mut Group {
        let still = usize::from(colour.rgb.0) < Ink::STILL;
        let last = self.groups.len().saturating_sub(1);
        let known = self.groups.iter().rposition(|group| group.colour == colour.rgb);
        let at = known.filter(|at| still || *at == last).unwrap_or(self.groups.len());
        if at == self.groups.len() {
            let colour = colour.rgb;
            self.groups.push(Group { colour, elements: String::new(), stroke: false });
        }
        &mut self.groups[at]
    }

    fn close(&mut self) {
        for Group { colour: (ink, series, _), elements, .. } in self.groups.drain(..) {
            let ink = Ink::ALL.get(usize::from(ink)).copied().unwrap_or(Ink::Axis);
            let class = ink.class();
            let series = match ink {
                Ink::Grid | Ink::Axis | Ink::Label => String::new(),
                Ink::Cell => format!(" z{series}"),
                _ => format!(" s{}", usize::from(series) % COLOURS),
            };
            write!(self.out, "<g class=\"{class}{series}\">{elements}</g>").ok();
        }
    }

    /// An element that no stroke may join.
    fn element(&mut self, colour: BackendColor, text: &str) {
        let group = self.group(colour);
        group.elements.push_str(text);
        group.stroke = false;
    }

    /// A path of `points`; of two points it joins the strokes before it.
    fn path(
        &mut self,
        colour: BackendColor,
        points: impl Iterator<Item = BackendCoord>,
        end: &str,
    ) {
        let mut points: Vec<BackendCoord> = points.collect();
        points.dedup();
        let data = steps(&points) + end;
        let stroke = points.len() == 2 && end.is_empty();
        let group = self.group(colour);
        if group.stroke && stroke {
            group.elements.truncate(group.elements.len() - END.len());
            group.elements.push_str(&data);
        } else {
            group.elements.push_str("<path d=\"");
            group.elements.push_str(&data);
        }
        group.elements.push_str(END);
        group.stroke = stroke;
    }
}

/// The path through `points`: from an absolute start by steps, along the axes in short.
fn steps(points: &[BackendCoord]) -> String {
    let mut out = String::new();
    let Some((start, rest)) = points.split_first() else { return out };
    write!(out, "M{},{}", unit(start.0), unit(start.1)).ok();
    let mut last = *start;
    for point in rest {
        let (dx, dy) = (point.0 - last.0, point.1 - last.1);
        match (dx, dy) {
            (_, 0) => write!(out, "h{}", unit(dx)),
            (0, _) => write!(out, "v{}", unit(dy)),
            _ => {
                let comma = if dy < 0 { "" } else { "," };
                write!(out, "l{}{comma}{}", unit(dx), unit(dy))
            }
        }
        .ok();
        last = *point;
    }
    out
}

/// A coordinate in units of the drawing, without a useless `.0`.
fn unit(pixels: i32) -> String {
    let (whole, part) = (pixels / UNIT, (pixels % UNIT).abs());
    let sign = if pixels < 0 && whole == 0 { "-" } else { "" };
    if part == 0 { format!("{whole}") } else { format!("{sign}{whole}.{part}") }
}

impl DrawingBackend for Backend<'_> {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        self.size
    }

    fn ensure_prepared(&mut self) -> Outcome {
        Ok(())
    }

    fn present(&mut self) -> Outcome {
        self.close();
        Ok(())
    }

    fn draw_pixel(&mut self, _: BackendCoord, _: BackendColor) -> Outcome {
        // Every shape has its own element: plotters asks for pixels of none of those in use.
        Ok(())
    }

    fn draw_line<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
    ) -> Outcome {
        self.path(style.color(), [from, to].into_iter(), "");
        Ok(())
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        upper_left: BackendCoord,
        bottom_right: BackendCoord,
        style: &S,
        _fill: bool,
    ) -> Outcome {
        let text = format!(
            "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>",
            unit(upper_left.0),
            unit(upper_left.1),
            unit((bottom_right.0 - upper_left.0).max(0)),
            unit((bottom_right.1 - upper_left.1).max(0))
        );
        self.element(style.color(), &text);
        Ok(())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Outcome {
        self.path(style.color(), path.into_iter(), "");
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        center: BackendCoord,
        radius: u32,
        style: &S,
        _fill: bool,
    ) -> Outcome {
        let (x, y, r) = (unit(center.0), unit(center.1), unit(radius.cast_signed()));
        self.element(style.color(), &format!("<circle cx=\"{x}\" cy=\"{y}\" r=\"{r}\"/>"));
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Outcome {
        self.path(style.color(), path.into_iter(), "Z");
        Ok(())
    }

    fn draw_text<S: BackendTextStyle>(
        &mut self,
        text: &str,
        style: &S,
        position: BackendCoord,
    ) -> Outcome {
        // Labels stand in the middle, as the stylesheet says, unless told otherwise.
        let anchor = match style.anchor().h_pos {
            HPos::Left => " text-anchor=\"start\"",
            HPos::Right => " text-anchor=\"end\"",
            HPos::Center => "",
        };
        let shift = match style.anchor().v_pos {
            VPos::Top => 10,
            VPos::Center => 5,
            VPos::Bottom => -4,
        };
        let (x, y) = (unit(position.0), unit(position.1));
        let (place, turn) = match style.transform() {
            FontTransform::Rotate270 => {
                // Down, before the turn, is to the right after it.
                let across = unit(position.0 + shift * UNIT);
                let turn = format!(" transform=\"rotate(-90 {across} {y})\"");
                (format!("x=\"{across}\" y=\"{y}\""), turn)
            }
            _ => (format!("x=\"{x}\" y=\"{}\"", unit(position.1 + shift * UNIT)), String::new()),
        };
        self.element(
            style.color(),
            &format!("<text {place}{anchor}{turn}>{}</text>", escape(text)),
        );
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{steps, unit};

    #[test]
    fn coordinates_are_short() {
        assert_eq!(
            [unit(0), unit(10), unit(123), unit(-5), unit(-15)],
            ["0", "1", "12.3", "-0.5", "-1.5"]
        );
    }

    #[test]
    fn paths_move_by_steps() {
        let points = [(15, 20), (25, 20), (25, 15), (30, 13), (31, 23)];
        assert_eq!(steps(&points), "M1.5,2h1v-0.5l0.5-0.2l0.1,1");
        assert_eq!(steps(&[]), "");
    }
}
