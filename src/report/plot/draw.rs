//! Draws a plot's axes and series through plotters.

use std::fmt::Write as _;

use plotters::prelude::*;

use super::backend::{Backend, UNIT};
use super::field::{self, Layout};
use super::legend::{self, Shape, shape};
use super::scale::{self, Scale};
use super::{Ink, LIMIT, SIZE};
use crate::markup::{markdown, mathml};
use crate::results::{Plot, Role, Series};

type Area<'a> = DrawingArea<Backend<'a>, Cartesian2d<Scale, Scale>>;
type Place = (f64, f64);

/// A plot's drawing.
pub struct Drawn {
    /// Attributes that say how data are placed, for a script.
    pub attributes: String,
    /// The elements.
    pub body: String,
}

/// Draws a plot: axes first, then the cells of a heat map, then each series in a group of its own.
///
/// # Errors
/// If plotters refuses.
pub fn draw(plot: &Plot) -> anyhow::Result<Drawn> {
    let field = plot.field.as_ref().and_then(|it| field::layout(it, plot.x.log, plot.y.log));
    let (x, y) = match &field {
        Some(field) => (field.x.clone(), field.y.clone()),
        None => scale::axes(plot),
    };
    let page = Page { plot, x, y };
    let mut attributes = String::new();
    let mut body = String::from("<g data-mesh=\"\">");
    page.layer(&mut body, true, |drawing| {
        attributes = page.attributes(drawing.area);
        Ok(())
    })?;
    body.push_str("</g>");
    if let Some(field) = &field {
        write!(body, "<g data-s=\"field\" data-p=\"{}\">", cell_values(plot))?;
        page.layer(&mut body, false, |drawing| drawing.cells(field))?;
        body.push_str("</g>");
    }
    for (index, series) in plot.series.iter().enumerate() {
        write!(body, "<g data-s=\"{index}\" data-p=\"{}\">", values(series))?;
        page.layer(&mut body, false, |drawing| drawing.series(series, index, shape(plot, index)))?;
        body.push_str("</g>");
    }
    Ok(Drawn { attributes, body })
}

/// What all layers of a drawing share.
struct Page<'a> {
    plot: &'a Plot,
    x: Scale,
    y: Scale,
}

impl Page<'_> {
    /// Appends a layer; layers lie on each other since each lays out the same axes.
    fn layer(
        &self,
        out: &mut String,
        mesh: bool,
        paint: impl FnOnce(&Drawing) -> Painted,
    ) -> anyhow::Result<()> {
        let root = Backend::new(out, SIZE).into_drawing_area();
        let mut builder = ChartBuilder::on(&root);
        builder.margin(12 * UNIT).margin_left(4 * UNIT);
        builder.x_label_area_size(42 * UNIT).y_label_area_size(74 * UNIT);
        let mut chart =
            builder.build_cartesian_2d(self.x.clone(), self.y.clone()).map_err(message)?;
        if mesh {
            let text = ("sans-serif", 13 * UNIT).into_font().color(&ink(Ink::Label, 0));
            chart
                .configure_mesh()
                .bold_line_style(ink(Ink::Grid, 0))
                .axis_style(ink(Ink::Axis, 0))
                .max_light_lines(0)
                .set_all_tick_mark_size(4 * UNIT)
                .label_style(text.clone())
                .axis_desc_style(text)
                .x_desc(markdown::plain(&self.plot.x.label))
                .y_desc(markdown::plain(&self.plot.y.label))
                .draw()
                .map_err(message)?;
        }
        let drawing = Drawing { area: chart.plotting_area(), x: &self.x, y: &self.y };
        paint(&drawing).map_err(message)?;
        root.present().map_err(message)
    }

    /// Each axis as `logarithmic? lo hi from to`, and its label.
    fn attributes(&self, area: &Area) -> String {
        let (xs, ys) = area.get_pixel_range();
        let unit = f64::from(UNIT);
        let axis = |scale: &Scale, log: bool, from: i32, to: i32| {
            let (from, to) = (f64::from(from) / unit, f64::from(to) / unit);
            format!("{} {} {} {from} {to}", u8::from(log), exact(scale.lo), exact(scale.hi))
        };
        let label = |text: &str| mathml::escape(&markdown::plain(text));
        format!(
            " data-x=\"{}\" data-y=\"{}\" data-xl=\"{}\" data-yl=\"{}\"",
            axis(&self.x, self.plot.x.log, xs.start, xs.end),
            axis(&self.y, self.plot.y.log, ys.end, ys.start),
            label(&self.plot.x.label),
            label(&self.plot.y.label),
        )
    }
}

/// A number in few letters that a script reads.
fn exact(x: f64) -> String {
    let (plain, scientific) = (format!("{x}"), format!("{x:e}"));
    if plain.len() <= scientific.len() { plain } else { scientific }
}

/// Five digits of a number.
fn digits(x: f64) -> String {
    let rounded: f64 = format!("{x:.4e}").parse().unwrap_or(x);
    if rounded.is_finite() {
        exact(rounded)
    } else {
        format!("{rounded}").replace("inf", "Infinity")
    }
}

/// The cells of a heat map as numbers: `x y z`.
fn cell_values(plot: &Plot) -> String {
    let cells = plot.field.iter().flat_map(|field| &field.cells);
    let seen =
        cells.map(|(x, y, z)| [*x, *y, z.value]).filter(|it| it.iter().all(|n| n.is_finite()));
    seen.map(|it| it.map(digits).join(" ")).collect::<Vec<_>>().join(";")
}

/// What is drawn of a series as numbers: `x y` or `x y lo hi`.
fn values(series: &Series) -> String {
    let seen =
        thin(&series.points).into_iter().filter(|(x, y)| x.is_finite() && y.value.is_finite());
    let texts = seen.map(|(x, y)| {
        let (at, value) = (digits(*x), digits(y.value));
        let (lo, hi) = (digits(y.lo), digits(y.hi));
        let sharp = lo == value && hi == value;
        if sharp { format!("{at} {value}") } else { format!("{at} {value} {lo} {hi}") }
    });
    texts.collect::<Vec<_>>().join(";")
}

/// The library's error as text: the type borrows too much to travel.
fn message(error: impl std::fmt::Display) -> anyhow::Error {
    anyhow::anyhow!("cannot draw a plot: {error}")
}

/// The colour that stands for an ink and a series.
fn ink(ink: Ink, series: usize) -> RGBColor {
    let index = |n: usize| u8::try_from(n % 256).unwrap_or(0);
    RGBColor(index(Ink::ALL.iter().position(|other| *other == ink).unwrap_or(0)), index(series), 0)
}

type Painted = Result<(), DrawingAreaErrorKind<std::convert::Infallible>>;

struct Drawing<'a, 'b> {
    area: &'a Area<'b>,
    x: &'a Scale,
    y: &'a Scale,
}

impl Drawing<'_, '_> {
    /// The cells of a heat map, those of one colour together.
    fn cells(&self, field: &Layout) -> Painted {
        for level in 0..field::LEVELS {
            let style = ink(Ink::Cell, level).filled();
            for ([left, right, lower, upper], _) in
                field.cells.iter().filter(|cell| cell.1 == level)
            {
                self.area.draw(&Rectangle::new([(*left, *lower), (*right, *upper)], style))?;
            }
        }
        Ok(())
    }

    fn series(&self, series: &Series, index: usize, shape: Option<Shape>) -> Painted {
        match series.role {
            Role::Histogram => self.bars(series, index),
            Role::Measurement => self.points(series, index, shape.unwrap_or(Shape::Circle)),
            Role::Theory | Role::Bound | Role::Reference => {
                self.bands(series, index)?;
                self.lines(series, index, shape)
            }
        }
    }

    /// Runs of neighbouring points that all have a place.
    fn runs(&self, series: &Series) -> Vec<Vec<(Place, Place)>> {
        let mut runs = vec![Vec::new()];
        for (x, y) in thin(&series.points) {
            match (self.x.place(*x), self.y.place(y.value)) {
                (Some(px), Some(py)) => {
                    // An interval with both ends beyond the axis says nothing, and would hide what does.
                    let ends = match legend::bounded(y, self.y) {
                        true => (self.y.clamp(y.lo), self.y.clamp(y.hi)),
                        false => (py, py),
                    };
                    runs.last_mut().into_iter().for_each(|run| run.push(((px, py), ends)));
                }
                _ => runs.push(Vec::new()),
            }
        }
        runs.retain(|run| !run.is_empty());
        runs
    }

    fn lines(&self, series: &Series, index: usize, shape: Option<Shape>) -> Painted {
        let style = ink(Ink::line(series.role), index);
        let runs = self.runs(series);
        for run in &runs {
            self.area
                .draw(&PathElement::new(run.iter().map(|(p, _)| *p).collect::<Vec<_>>(), style))?;
        }
        // A few marks on a line tell it from others of its kind without colour.
        let Some(shape) = shape else { return Ok(()) };
        let places: Vec<Place> = runs.iter().flatten().map(|(p, _)| *p).collect();
        let step = (places.len() / 6).max(1);
        for place in places.iter().skip(step / 2).step_by(step) {
            self.mark(*place, index, shape)?;
        }
        Ok(())
    }

    /// The area between the ends of a curve's intervals, where it can be seen.
    fn bands(&self, series: &Series, index: usize) -> Painted {
        let thin_enough = 0.004 * (self.y.hi - self.y.lo);
        for run in self.runs(series) {
            if run.len() < 2 || run.iter().all(|(_, (lo, hi))| hi - lo < thin_enough) {
                continue;
            }
            let upper = run.iter().map(|((x, _), (_, hi))| (*x, *hi));
            let lower = run.iter().rev().map(|((x, _), (lo, _))| (*x, *lo));
            let outline: Vec<Place> = upper.chain(lower).collect();
            self.area.draw(&Polygon::new(outline, ink(Ink::Band, index).filled()))?;
        }
        Ok(())
    }

    fn points(&self, series: &Series, index: usize, shape: Shape) -> Painted {
        let style = ink(Ink::Error, index);
        let places: Vec<_> = self.runs(series).into_iter().flatten().collect();
        for ((x, _), (lo, hi)) in places.iter().filter(|(_, (lo, hi))| lo < hi) {
            self.area.draw(&PathElement::new(vec![(*x, *lo), (*x, *hi)], style))?;
        }
        for (place, _) in &places {
            self.mark(*place, index, shape)?;
        }
        Ok(())
    }

    fn mark(&self, place: Place, index: usize, shape: Shape) -> Painted {
        let style = ink(Ink::Mark, index).filled();
        let at = EmptyElement::at(place);
        match shape {
            Shape::Circle => self.area.draw(&(at + Circle::new((0, 0), 4 * UNIT, style))),
            Shape::Outline(corners) => {
                let corners = corners.iter().map(|(x, y)| (x * UNIT, y * UNIT)).collect::<Vec<_>>();
                self.area.draw(&(at + Polygon::new(corners, style)))
            }
        }
    }

    fn bars(&self, series: &Series, index: usize) -> Painted {
        let style = ink(Ink::Bar, index).filled();
        let base = self.y.clamp(if self.y.place(0.0).is_some() { 0.0 } else { f64::MIN });
        let places: Vec<Place> = self.runs(series).into_iter().flatten().map(|(p, _)| p).collect();
        let gaps = places.windows(2).map(|pair| (pair[1].0 - pair[0].0).abs());
        let width = gaps.filter(|gap| *gap > 0.0).fold(f64::INFINITY, f64::min);
        let half = if width.is_finite() { 0.46 * width } else { 0.02 * (self.x.hi - self.x.lo) };
        for (x, y) in places {
            let (left, right) = (self.x_edge(x - half), self.x_edge(x + half));
            self.area.draw(&Rectangle::new([(left, base), (right, y)], style))?;
        }
        Ok(())
    }

    fn x_edge(&self, x: f64) -> f64 {
        x.clamp(self.x.lo, self.x.hi)
    }
}

/// At most [`LIMIT`] points, evenly chosen, with the first and the last.
fn thin<T>(points: &[T]) -> Vec<&T> {
    if points.len() <= LIMIT {
        return points.iter().collect();
    }
    (0..LIMIT).map(|i| &points[i * (points.len() - 1) / (LIMIT - 1)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thinning_keeps_the_ends() {
        let many: Vec<usize> = (0..10_000).collect();
        let few = thin(&many);
        assert_eq!((few.len(), *few[0], *few[LIMIT - 1]), (LIMIT, 0, 9_999));
        assert_eq!(thin(&many[..7]).len(), 7);
    }
}
