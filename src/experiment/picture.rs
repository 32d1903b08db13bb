//! Pictures that an experiment makes for readers; no verdict rests on one.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use super::Failure;

/// Pixels along an edge at most: a report holds many pictures.
const LARGEST: usize = 1024;

/// A picture as a PNG file. In JSON it is that file in base64.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    png: Vec<u8>,
}

impl Picture {
    /// A grey picture: `width · height` values from 0 (black) to 1 (white), row by row; values
    /// outside are cut off, NaN is black.
    ///
    /// # Errors
    /// [`Failure::Domain`] if the numbers do not fit together.
    pub fn grey(width: usize, height: usize, values: &[f32]) -> Result<Self, Failure> {
        Self::encode(width, height, values, png::ColorType::Grayscale)
    }

    /// A picture in colours: red, green and blue of each pixel in turn, as [`Self::grey`].
    ///
    /// # Errors
    /// As [`Self::grey`].
    pub fn rgb(width: usize, height: usize, values: &[f32]) -> Result<Self, Failure> {
        Self::encode(width, height, values, png::ColorType::Rgb)
    }

    fn encode(
        width: usize,
        height: usize,
        values: &[f32],
        colour: png::ColorType,
    ) -> Result<Self, Failure> {
        let wanted = width * height * colour.samples();
        if !(1..=LARGEST).contains(&width)
            || !(1..=LARGEST).contains(&height)
            || values.len() != wanted
        {
            let found = values.len();
            return Err(Failure::domain(format!(
                "{found} numbers are no picture of {width} × {height}"
            )));
        }
        let bytes: Vec<u8> =
            values.iter().map(|x| (x.clamp(0.0, 1.0) * 255.0).round() as u8).collect();
        let mut png = Vec::new();
        let mut encoder = png::Encoder::new(&mut png, width as u32, height as u32);
        encoder.set_color(colour);
        encoder.set_depth(png::BitDepth::Eight);
        let written = encoder.write_header().and_then(|mut writer| writer.write_image_data(&bytes));
        written.map_err(|error| Failure::domain(format!("no PNG: {error}")))?;
        Ok(Self { png })
    }

    /// The file.
    pub fn png(&self) -> &[u8] {
        &self.png
    }

    /// The file in base64.
    pub fn base64(&self) -> String {
        STANDARD.encode(&self.png)
    }
}

impl Serialize for Picture {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.base64())
    }
}

impl<'de> Deserialize<'de> for Picture {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let png = STANDARD.decode(text).map_err(D::Error::custom)?;
        Ok(Self { png })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_a_png_that_survives_json() {
        let picture = Picture::rgb(2, 1, &[0.0, 0.5, 1.0, -1.0, 7.0, f32::NAN]).unwrap();
        let mut reader =
            png::Decoder::new(std::io::Cursor::new(picture.png())).read_info().unwrap();
        let mut bytes = vec![0; 6];
        reader.next_frame(&mut bytes).unwrap();
        assert_eq!(bytes, [0, 128, 255, 0, 255, 0]);
        let text = serde_json::to_string(&picture).unwrap();
        assert_eq!(serde_json::from_str::<Picture>(&text).unwrap(), picture);
    }

    #[test]
    fn numbers_that_do_not_fit_are_refused() {
        assert!(Picture::grey(2, 2, &[0.0; 3]).is_err());
        assert!(Picture::grey(0, 0, &[]).is_err());
        assert!(Picture::grey(100_000, 1, &vec![0.0; 100_000]).is_err());
    }
}
