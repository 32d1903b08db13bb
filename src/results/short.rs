//! How what is drawn is written as JSON: an enclosure is `[value, lo, hi]`, or `[value]` where both ends
//! are the value itself.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::maths::Enclosure;

/// An enclosure, or the number it is.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Short {
    Exact([f64; 1]),
    Whole(Enclosure),
}

// Functions, no implementations: those would make this file a part of every measurement's key.
fn shorten(y: Enclosure) -> Short {
    let exact = y.value.is_finite() && y.lo == y.value && y.hi == y.value;
    if exact { Short::Exact([y.value]) } else { Short::Whole(y) }
}

fn whole(short: Short) -> Enclosure {
    match short {
        Short::Exact([value]) => Enclosure::point(value),
        Short::Whole(y) => y,
    }
}

/// Points of a series.
pub mod points {
    use super::{
        Deserialize, Deserializer, Enclosure, Serialize, Serializer, Short, shorten, whole,
    };

    /// Writes them.
    pub fn serialize<S: Serializer>(points: &[(f64, Enclosure)], to: S) -> Result<S::Ok, S::Error> {
        let short: Vec<(f64, Short)> = points.iter().map(|(x, y)| (*x, shorten(*y))).collect();
        short.serialize(to)
    }

    /// Reads them.
    pub fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Vec<(f64, Enclosure)>, D::Error> {
        let short = Vec::<(f64, Short)>::deserialize(from)?;
        Ok(short.into_iter().map(|(x, y)| (x, whole(y))).collect())
    }
}

/// Cells of a heat map.
pub mod cells {
    use super::{
        Deserialize, Deserializer, Enclosure, Serialize, Serializer, Short, shorten, whole,
    };

    /// Writes them.
    pub fn serialize<S: Serializer>(
        cells: &[(f64, f64, Enclosure)],
        to: S,
    ) -> Result<S::Ok, S::Error> {
        let short: Vec<(f64, f64, Short)> =
            cells.iter().map(|(x, y, z)| (*x, *y, shorten(*z))).collect();
        short.serialize(to)
    }

    /// Reads them.
    pub fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Vec<(f64, f64, Enclosure)>, D::Error> {
        let short = Vec::<(f64, f64, Short)>::deserialize(from)?;
        Ok(short.into_iter().map(|(x, y, z)| (x, y, whole(z))).collect())
    }
}
