//! Pictures side by side, each with the number under it.

use serde::Serialize;

use crate::markup::{markdown, number};
use crate::results::{Gallery, Shown};

/// A gallery as the page shows it.
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
    /// The PNG file in base64; empty if there is none.
    png: String,
    alt: String,
    note: String,
    missing: String,
}

/// A gallery as the page shows it.
pub fn view(gallery: &Gallery) -> View {
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

fn cell(row: &str, shown: &Shown) -> Cell {
    let place: Vec<String> = shown
        .at
        .iter()
        .map(|(name, value)| format!("{name} = {}", number::parameter(value)))
        .collect();
    Cell {
        png: shown.picture.as_ref().map(crate::experiment::Picture::base64).unwrap_or_default(),
        alt: format!("{}, {}", markdown::plain(row), place.join(", ")),
        note: shown.note.map(number::short).unwrap_or_default(),
        missing: shown.missing.clone().unwrap_or_default(),
    }
}
