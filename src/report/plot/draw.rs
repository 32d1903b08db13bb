//! Draws a plot's axes and series through plotters.

use plotters::prelude::*;

use super::backend::{Backend, UNIT};
use super::field::{self, Layout};
use super::legend::{Shape, shape};
use super::scale::{self, Scale};
use super::{Ink, LIMIT, SIZE};
use crate::markup::markdown;
use crate::results::{Plot, Role, Series};

type Area<'a> = DrawingArea<Backend<'a>, Cartesian2d<Scale, Scale>>;
type Place = (f64, f64);

/// The drawing's elements.
///
/// # Errors
/// If plotters refuses.
pub fn body(plot: &Plot) -> anyhow::Result<String> {
    let field = plot.field.as_ref().and_then(|it| field::layout(it, plot.x.log, plot.y.log));
    let (x, y) = match &field {
        Some(field) => (field.x.clone(), field.y.clone()),
        None => scale::axes(plot),
    };
    let mut out = String::new();
    {
        let root = Backend::new(&mut out, SIZE).into_drawing_area();
        let mut builder = ChartBuilder::on(&root);
        builder.margin(12 * UNIT).margin_left(4 * UNIT);
        builder.x_label_area_size(42 * UNIT).y_label_area_size(64 * UNIT);
        let mut chart = builder.build_cartesian_2d(x.clone(), y.clone()).map_err(message)?;
        let text = ("sans-serif", 13 * UNIT).into_font().color(&ink(Ink::Label, 0));
        chart
            .configure_mesh()
            .bold_line_style(ink(Ink::Grid, 0))
            .axis_style(ink(Ink::Axis, 0))
            .max_light_lines(0)
            .set_all_tick_mark_size(4 * UNIT)
            .label_style(text.clone())
            .axis_desc_style(text)
            .x_desc(markdown::plain(&plot.x.label))
            .y_desc(markdown::plain(&plot.y.label))
            .draw()
            .map_err(message)?;
        let drawing = Drawing { area: chart.plotting_area(), x: &x, y: &y };
        if let Some(field) = &field {
            drawing.cells(field).map_err(message)?;
        }
        for (index, series) in plot.series.iter().enumerate() {
            let marked = shape(plot, index);
            drawing.series(series, index, marked).map_err(message)?;
        }
        root.present().map_err(message)?;
    }
    Ok(out)
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

type Drawn = Result<(), DrawingAreaErrorKind<std::convert::Infallible>>;

struct Drawing<'a, 'b> {
    area: &'a Area<'b>,
    x: &'a Scale,
    y: &'a Scale,
}

impl Drawing<'_, '_> {
    /// The cells of a heat map, those of one colour together.
    fn cells(&self, field: &Layout) -> Drawn {
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

    fn series(&self, series: &Series, index: usize, shape: Option<Shape>) -> Drawn {
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
                    let ends = (self.y.clamp(y.lo), self.y.clamp(y.hi));
                    runs.last_mut().into_iter().for_each(|run| run.push(((px, py), ends)));
                }
                _ => runs.push(Vec::new()),
            }
        }
        runs.retain(|run| !run.is_empty());
        runs
    }

    fn lines(&self, series: &Series, index: usize, shape: Option<Shape>) -> Drawn {
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
    fn bands(&self, series: &Series, index: usize) -> Drawn {
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

    fn points(&self, series: &Series, index: usize, shape: Shape) -> Drawn {
        let style = ink(Ink::Error, index);
        let places: Vec<_> = self.runs(series).into_iter().flatten().collect();
        for ((x, _), (lo, hi)) in &places {
            self.area.draw(&PathElement::new(vec![(*x, *lo), (*x, *hi)], style))?;
        }
        for (place, _) in &places {
            self.mark(*place, index, shape)?;
        }
        Ok(())
    }

    fn mark(&self, place: Place, index: usize, shape: Shape) -> Drawn {
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

    fn bars(&self, series: &Series, index: usize) -> Drawn {
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
