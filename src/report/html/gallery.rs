//! Pictures side by side, each with the number under it.

use serde::Serialize;

use crate::markup::{markdown, number};
use crate::report::pictures;
use crate::results::{ClaimResult, Gallery, Shown};

/// A gallery for the page.
#[derive(Serialize)]
pub struct View {
    title_html: String,
    caption_html: String,
    rows: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    name_html: String,
    pictures: Vec<Cell>,
}

#[derive(Serialize)]
struct Cell {
    /// The picture's file, seen from the page; empty if there is none.
    src: String,
    alt: String,
    note: String,
    missing: String,
}

/// The galleries of a claim, for its page.
pub fn views(claim: &ClaimResult) -> Vec<View> {
    let mut number = 0;
    claim.galleries.iter().map(|gallery| view(&claim.id, gallery, &mut number)).collect()
}

/// `number` counts the claim's pictures.
fn view(id: &str, gallery: &Gallery, number: &mut usize) -> View {
    let mut cell = |row: &str, shown: &Shown| {
        let drawn = shown.picture.as_ref().is_some_and(pictures::is_png);
        *number += usize::from(drawn);
        let path = || format!("../../{}", pictures::path(id, *number));
        cell(row, shown, if drawn { path() } else { String::new() })
    };
    let rows = gallery.rows.iter().map(|row| Row {
        name_html: markdown::inline(&row.name),
        pictures: row.pictures.iter().map(|shown| cell(&row.name, shown)).collect(),
    });
    View {
        title_html: markdown::inline(&gallery.title),
        caption_html: markdown::inline(&gallery.caption),
        rows: rows.collect(),
    }
}

fn cell(row: &str, shown: &Shown, src: String) -> Cell {
    let place: Vec<String> = shown
        .at
        .iter()
        .map(|(name, value)| format!("{name} = {}", number::parameter(value)))
        .collect();
    Cell {
        src,
        alt: format!("{}, {}", markdown::plain(row), place.join(", ")),
        note: shown.note.map(number::short).unwrap_or_default(),
        missing: match (&shown.missing, &shown.picture) {
            (Some(why), _) => why.clone(),
            (None, Some(_)) => "not a PNG".into(),
            (None, None) => String::new(),
        },
    }
}
