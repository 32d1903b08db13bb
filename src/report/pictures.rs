//! Pictures of galleries as files of their own, which a claim's page shows and its JSON names: each is
//! written once.

use std::path::Path;

use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::files::{self, Folder};
use crate::experiment::Picture;
use crate::results::{ClaimResult, Gallery};

/// Path of a claim's picture by its number, from 1 in reading order, relative to the report.
pub fn path(id: &str, number: usize) -> String {
    format!("data/{id}.{number}.png")
}

/// Whether a picture's bytes begin as a PNG file does. Others, which only results that were edited
/// can hold, get no file and are not shown.
pub fn is_png(picture: &Picture) -> bool {
    picture.png().starts_with(b"\x89PNG\r\n\x1a\n")
}

/// Whether there are no galleries.
pub fn none(galleries: &Value) -> bool {
    galleries.as_array().is_none_or(Vec::is_empty)
}

/// Writes a claim's pictures and gives its galleries with names in their places.
///
/// # Errors
/// If a file can't be written.
pub fn write(claim: &ClaimResult, folder: &mut Folder) -> anyhow::Result<Value> {
    let mut galleries = serde_json::to_value(&claim.galleries)?;
    let shown = claim.galleries.iter().flat_map(|it| &it.rows).flat_map(|row| &row.pictures);
    let pictures = shown.filter_map(|shown| shown.picture.as_ref());
    let both = places(&mut galleries).zip(pictures).filter(|(_, picture)| is_png(picture));
    for (number, (place, picture)) in both.enumerate() {
        let path = path(&claim.id, number + 1);
        folder.write(&path, picture.png())?;
        *place = files::slug(&path["data/".len()..]).into();
    }
    Ok(galleries)
}

/// Galleries with the pictures that lie beside the file which names them.
///
/// # Errors
/// If a picture is missing or is none, or its name is no plain file's.
pub fn read(mut galleries: Value, beside: &Path) -> anyhow::Result<Vec<Gallery>> {
    if none(&galleries) {
        return Ok(Vec::new());
    }
    let folder = beside.parent().unwrap_or(Path::new("."));
    for place in places(&mut galleries) {
        let name = place.as_str().unwrap_or_default();
        // Reports of earlier versions hold the pictures themselves; so do those with bytes that are none.
        if !name.ends_with(".png") {
            continue;
        }
        files::check_path(name)?;
        anyhow::ensure!(!name.contains('/'), "`{name}` is no file beside it");
        let png = std::fs::read(folder.join(name)).with_context(|| name.to_string())?;
        *place = STANDARD.encode(png).into();
    }
    Ok(serde_json::from_value(galleries)?)
}

/// Where galleries hold a picture, in reading order.
fn places(galleries: &mut Value) -> impl Iterator<Item = &mut Value> {
    list(galleries)
        .filter_map(|gallery| gallery.get_mut("rows"))
        .flat_map(list)
        .filter_map(|row| row.get_mut("pictures"))
        .flat_map(list)
        .filter_map(|shown| shown.get_mut("picture"))
        .filter(|picture| !picture.is_null())
}

fn list(value: &mut Value) -> std::slice::IterMut<'_, Value> {
    value.as_array_mut().map(|list| list.iter_mut()).unwrap_or_default()
}
