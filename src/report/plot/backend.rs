//! A `plotters` backend that writes SVG with style classes: a colour `(ink, series, 0)` stands for
//! the class of that [`Ink`] and series. One unit of the drawing is [`UNIT`] of plotters' integers,
//! so that curves are smooth.

use std::convert::Infallible;
use std::fmt::Write as _;

use plotters_backend::text_anchor::{HPos, VPos};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind,
    FontTransform,
};

use super::{COLOURS, Ink};
use crate::markup::mathml::escape;

/// Plotters' pixels in one unit of the drawing.
pub const UNIT: i32 = 10;

/// Writes elements into `out`, those of one class in a group.
pub struct Backend<'a> {
    out: &'a mut String,
    size: (u32, u32),
    group: Option<BackendColor>,
}

type Outcome = Result<(), DrawingErrorKind<Infallible>>;

impl<'a> Backend<'a> {
    /// A drawing of `size` units.
    pub fn new(out: &'a mut String, size: (u32, u32)) -> Self {
        let unit = UNIT.unsigned_abs();
        Self { out, size: (size.0 * unit, size.1 * unit), group: None }
    }

    /// Opens the group of a colour's class, if it isn't open.
    fn class(&mut self, colour: BackendColor) {
        if self.group.is_some_and(|open| open.rgb == colour.rgb) {
            return;
        }
        self.close();
        let (ink, series, _) = colour.rgb;
        let ink = Ink::ALL.get(usize::from(ink)).copied().unwrap_or(Ink::Axis);
        let class = ink.class();
        let series = match ink {
            Ink::Grid | Ink::Axis | Ink::Label => String::new(),
            Ink::Cell => format!(" z{series}"),
            _ => format!(" s{}", usize::from(series) % COLOURS),
        };
        write!(self.out, "<g class=\"{class}{series}\">").ok();
        self.group = Some(colour);
    }

    fn close(&mut self) {
        if self.group.take().is_some() {
            self.out.push_str("</g>");
        }
    }

    fn path(&mut self, points: impl Iterator<Item = BackendCoord>, end: &str) {
        self.out.push_str("<path d=\"");
        let mut last = None;
        for point in points {
            if last == Some(point) {
                continue;
            }
            let command = if last.is_none() { 'M' } else { 'L' };
            write!(self.out, "{command}{},{}", unit(point.0), unit(point.1)).ok();
            last = Some(point);
        }
        write!(self.out, "{end}\"/>").ok();
    }
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
        self.class(style.color());
        self.path([from, to].into_iter(), "");
        Ok(())
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        upper_left: BackendCoord,
        bottom_right: BackendCoord,
        style: &S,
        _fill: bool,
    ) -> Outcome {
        self.class(style.color());
        write!(
            self.out,
            "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>",
            unit(upper_left.0),
            unit(upper_left.1),
            unit((bottom_right.0 - upper_left.0).max(0)),
            unit((bottom_right.1 - upper_left.1).max(0))
        )
        .ok();
        Ok(())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Outcome {
        self.class(style.color());
        self.path(path.into_iter(), "");
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        center: BackendCoord,
        radius: u32,
        style: &S,
        _fill: bool,
    ) -> Outcome {
        self.class(style.color());
        let (x, y, r) = (unit(center.0), unit(center.1), unit(radius.cast_signed()));
        write!(self.out, "<circle cx=\"{x}\" cy=\"{y}\" r=\"{r}\"/>").ok();
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Outcome {
        self.class(style.color());
        self.path(path.into_iter(), "Z");
        Ok(())
    }

    fn draw_text<S: BackendTextStyle>(
        &mut self,
        text: &str,
        style: &S,
        position: BackendCoord,
    ) -> Outcome {
        self.class(style.color());
        let (x, y) = (unit(position.0), unit(position.1));
        let anchor = match style.anchor().h_pos {
            HPos::Left => "start",
            HPos::Right => "end",
            HPos::Center => "middle",
        };
        let shift = match style.anchor().v_pos {
            VPos::Top => "0.76em",
            VPos::Center => "0.35em",
            VPos::Bottom => "-0.3em",
        };
        let turn = match style.transform() {
            FontTransform::Rotate270 => format!(" transform=\"rotate(-90 {x} {y})\""),
            _ => String::new(),
        };
        write!(
            self.out,
            "<text x=\"{x}\" y=\"{y}\" dy=\"{shift}\" text-anchor=\"{anchor}\"{turn}>{}</text>",
            escape(text)
        )
        .ok();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::unit;

    #[test]
    fn coordinates_are_short() {
        assert_eq!(
            [unit(0), unit(10), unit(123), unit(-5), unit(-15)],
            ["0", "1", "12.3", "-0.5", "-1.5"]
        );
    }
}
