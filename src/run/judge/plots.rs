//! Plots' data and pictures. Numbers have as many digits as their intervals support.

use serde_json::Value;

use super::words::place;
use super::{Answered, Found};
use crate::markup::digits::{drawn, twelve};
use crate::maths::Enclosure;
use crate::results::{Axis, Field, Gallery, GalleryRow, Plot, Point, Series, Shown};
use crate::run::plan::Slot;

/// All plots of an arm.
pub fn plots(answered: &Answered<'_>) -> Vec<Plot> {
    let specs = &answered.arm.check.plots;
    specs
        .iter()
        .enumerate()
        .map(|(index, spec)| Plot {
            title: spec.title.clone(),
            caption: spec.caption.clone(),
            x: Axis { label: spec.x.label.clone(), log: spec.x.log },
            y: Axis { label: spec.y.label.clone(), log: spec.y.log },
            field: spec.z.as_ref().map(|z| Field {
                z: Axis { label: z.label.clone(), log: z.log },
                cells: cells(answered, index),
            }),
            series: (0..spec.series.len())
                .flat_map(|series| curves(answered, index, series))
                .collect(),
        })
        .collect()
}

/// The cells of a heat map.
fn cells(answered: &Answered<'_>, plot: usize) -> Vec<(f64, f64, Enclosure)> {
    let spec = &answered.arm.check.plots[plot];
    let upwards = spec.y.axis.as_deref().unwrap_or_default();
    let number = |point: &Point, axis: &str| point.get(axis).and_then(Value::as_f64);
    let asks = answered.arm.asks.iter().filter(|ask| ask.slot == Slot::Field(plot));
    asks.filter_map(|ask| {
        let place = (number(&ask.point, &spec.x.axis)?, number(&ask.point, upwards)?);
        let value = match answered.find(ask) {
            Found::Answer(answer) => answer.value,
            _ => Enclosure::UNKNOWN,
        };
        Some((twelve(place.0), twelve(place.1), drawn(value)))
    })
    .collect()
}

/// All galleries of an arm.
pub fn galleries(answered: &Answered<'_>) -> Vec<Gallery> {
    let specs = answered.arm.check.pictures.iter().enumerate();
    specs
        .map(|(gallery, spec)| Gallery {
            title: spec.title.clone(),
            caption: spec.caption.clone(),
            rows: spec
                .rows
                .iter()
                .enumerate()
                .map(|(row, it)| GalleryRow {
                    name: it.name.clone(),
                    pictures: pictures(answered, gallery, row),
                })
                .collect(),
        })
        .collect()
}

/// The pictures of one row.
fn pictures(answered: &Answered<'_>, gallery: usize, row: usize) -> Vec<Shown> {
    let asks = &answered.arm.asks;
    let mut shown = Vec::new();
    for (index, ask) in asks.iter().enumerate() {
        if ask.slot != (Slot::Picture { gallery, row }) {
            continue;
        }
        let (picture, missing) = match answered.find(ask) {
            Found::Answer(answer) if answer.picture.is_some() => (answer.picture.clone(), None),
            Found::Answer(answer) => {
                (None, Some(answer.failure.clone().unwrap_or_else(|| "this is no picture".into())))
            }
            Found::Unavailable(what, _) => (None, Some(what.to_string())),
            Found::Failed(reason) => (None, Some(reason.to_string())),
            Found::Missing => (None, Some("not measured".to_string())),
        };
        let note = asks.get(index + 1).filter(|next| next.slot == Slot::Note { gallery, row });
        let note = note.and_then(|next| match answered.find(next) {
            Found::Answer(answer) => crate::results::finite(answer.value.value),
            _ => None,
        });
        shown.push(Shown { at: ask.point.clone(), picture, note, missing });
    }
    shown
}

/// The curves of one series: one for each combination of the axes other than the horizontal one.
fn curves(answered: &Answered<'_>, plot: usize, series: usize) -> Vec<Series> {
    let spec = &answered.arm.check.plots[plot];
    let wanted = &spec.series[series];
    let mut curves: Vec<(Point, Vec<(f64, Enclosure)>)> = Vec::new();
    let asks = &answered.arm.asks;
    for (index, ask) in asks.iter().enumerate() {
        if ask.slot != (Slot::Plot { plot, series }) {
            continue;
        }
        let value = |ask| match answered.find(ask) {
            Found::Answer(answer) => answer.value,
            _ => Enclosure::UNKNOWN,
        };
        let x = asks.get(index + 1).map_or(f64::NAN, |next| value(next).value);
        let mut rest = ask.point.clone();
        rest.shift_remove(&spec.x.axis);
        rest.retain(|name, _| {
            !wanted.ignore.contains(name) && !wanted.given.iter().any(|(fixed, _)| fixed == name)
        });
        let (x, y) = (twelve(x), drawn(value(ask)));
        match curves.iter_mut().find(|(known, _)| *known == rest) {
            Some((_, points)) => points.push((x, y)),
            None => curves.push((rest, vec![(x, y)])),
        }
    }
    let varying = varying(&curves.iter().map(|(rest, _)| rest.clone()).collect::<Vec<_>>());
    curves
        .into_iter()
        .map(|(mut rest, points)| {
            rest.retain(|name, _| varying.contains(name));
            let name = match place(&rest) {
                place if place.is_empty() => wanted.name.clone(),
                place => format!("{}, {place}", wanted.name),
            };
            Series { name, role: wanted.role, points }
        })
        .collect()
}

/// Names whose value is not the same in all points.
fn varying(points: &[Point]) -> Vec<String> {
    let Some(first) = points.first() else { return Vec::new() };
    let differs =
        |name: &String, value: &Value| points.iter().any(|point| point.get(name) != Some(value));
    first
        .iter()
        .filter(|(name, value)| differs(name, value))
        .map(|(name, _)| name.clone())
        .collect()
}
