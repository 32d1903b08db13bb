//! PNG files: sheets with an image a row, and folders with an image a file.

use std::io::Cursor;
use std::path::Path;

use super::{DataError, images::Images};

/// Larger pictures are refused before memory is taken for what a header says: the sheets of CIFAR-10 have 31 MB.
const MAX_BYTES: usize = 1 << 28;

/// A decoded picture: rows of interleaved red, green and blue.
struct Picture {
    width: usize,
    height: usize,
    rgb: Vec<u8>,
}

fn decode(what: &str, file: &[u8]) -> Result<Picture, DataError> {
    let damaged = |error: png::DecodingError| DataError::damaged(what, error.to_string());
    let mut reader = png::Decoder::new(Cursor::new(file)).read_info().map_err(damaged)?;
    let info = reader.info();
    let (width, height) = (info.width as usize, info.height as usize);
    let kind = reader.output_color_type();
    if kind != (png::ColorType::Rgb, png::BitDepth::Eight) {
        return Err(DataError::damaged(what, format!("its colours are {kind:?}, not 8-bit RGB")));
    }
    let size = reader
        .output_buffer_size()
        .filter(|&size| size <= MAX_BYTES)
        .ok_or_else(|| DataError::damaged(what, "its size does not fit in memory"))?;
    let mut rgb = vec![0; size];
    reader.next_frame(&mut rgb).map_err(damaged)?;
    Ok(Picture { width, height, rgb })
}

/// Interleaved colours to planes, appended.
fn planes(rgb: &[u8], out: &mut Vec<u8>) {
    for channel in 0..3 {
        out.extend(rgb.iter().skip(channel).step_by(3));
    }
}

/// The images of a sheet: `count` rows, each of `height`·`width` pixels. Appended to `out` as planes.
///
/// # Errors
/// [`DataError::Damaged`]: not such a PNG.
pub fn sheet(
    what: &str,
    file: &[u8],
    (count, height, width): (usize, usize, usize),
    out: &mut Vec<u8>,
) -> Result<(), DataError> {
    let picture = decode(what, file)?;
    if (picture.width, picture.height) != (height * width, count) {
        let reason = format!(
            "{} × {} pixels, expected {} × {count}",
            picture.width,
            picture.height,
            height * width
        );
        return Err(DataError::damaged(what, reason));
    }
    picture.rgb.chunks_exact(3 * height * width).for_each(|row| planes(row, out));
    Ok(())
}

/// All PNG images of a folder in the order of their names, each a set of one image (sizes may differ).
///
/// # Errors
/// [`DataError`]: the folder cannot be read, or holds no PNG images, or one that is damaged.
pub fn folder_of_images(folder: &Path) -> Result<Vec<Images>, DataError> {
    let what = folder.display().to_string();
    let missing = |reason: String| DataError::Missing { what: what.clone(), reason };
    let entries = std::fs::read_dir(folder).map_err(|error| missing(error.to_string()))?;
    let mut paths: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.retain(|path| path.extension().is_some_and(|end| end.eq_ignore_ascii_case("png")));
    if paths.is_empty() {
        return Err(missing("it holds no PNG images (JPEG files must be converted)".into()));
    }
    paths.sort();
    let one = |path: &std::path::PathBuf| {
        let picture = decode(&path.display().to_string(), &super::read(path)?)?;
        let mut bytes = Vec::with_capacity(picture.rgb.len());
        planes(&picture.rgb, &mut bytes);
        let (height, width) = (picture.height, picture.width);
        Ok(Images { channels: 3, height, width, bytes, labels: vec![0], classes: 1 })
    };
    paths.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(width: u32, height: u32, rgb: &[u8]) -> Vec<u8> {
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, width, height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        let mut writer = encoder.write_header().unwrap();
        writer.write_image_data(rgb).unwrap();
        writer.finish().unwrap();
        file
    }

    #[test]
    fn rows_of_a_sheet_become_planes() {
        let rgb: Vec<u8> = (0..12).collect();
        let mut out = Vec::new();
        sheet("s", &png(2, 2, &rgb), (2, 1, 2), &mut out).unwrap();
        assert_eq!(out, [0, 3, 1, 4, 2, 5, 6, 9, 7, 10, 8, 11]);
    }

    #[test]
    fn bad_sheets_say_what_is_wrong() {
        let file = png(2, 2, &[0; 12]);
        let message =
            |file: &[u8], shape| sheet("s", file, shape, &mut Vec::new()).unwrap_err().to_string();
        assert!(message(&file, (3, 1, 2)).contains("2 × 2 pixels, expected 2 × 3"));
        assert!(message(&file[..40], (2, 1, 2)).contains("s is damaged"));
        assert!(message(b"GIF89a", (2, 1, 2)).contains("s is damaged"));
    }

    #[test]
    fn a_header_that_asks_for_terabytes_is_refused() {
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, 1_000_000, 1_000_000);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        let mut writer = encoder.write_header().unwrap();
        writer.write_chunk(png::chunk::IDAT, &[0x78, 0x9c]).unwrap();
        drop(writer);
        let found = sheet("s", &file, (1_000_000, 1000, 1000), &mut Vec::new());
        assert!(found.unwrap_err().to_string().starts_with("s is damaged"));
    }

    #[test]
    fn a_folder_is_read_in_the_order_of_names() {
        let folder = tempfile::tempdir().unwrap();
        assert!(folder_of_images(folder.path()).is_err());
        std::fs::write(folder.path().join("b.png"), png(1, 1, &[1, 2, 3])).unwrap();
        std::fs::write(folder.path().join("a.png"), png(2, 1, &[9; 6])).unwrap();
        let images = folder_of_images(folder.path()).unwrap();
        assert_eq!((images[0].width, &images[1].bytes[..]), (2, &[1, 2, 3][..]));
    }
}
