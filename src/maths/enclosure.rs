//! A number with the interval that is known, or believed at a stated confidence, to hold it.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A value with `lo ≤ true value ≤ hi`.
///
/// For exact, certified and quadrature evidence the interval is an error bar that always holds; for
/// sampled evidence it is a confidence interval whose level is stated where it is used.
/// In JSON it is the array `[value, lo, hi]`, with `"inf"`, `"-inf"` and `"nan"` for what JSON has
/// no numbers for, so that a journal gives back the same bits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Enclosure {
    /// Best estimate.
    pub value: f64,
    /// Lower end.
    pub lo: f64,
    /// Upper end.
    pub hi: f64,
}

impl Enclosure {
    /// The number itself, with no error.
    pub const fn point(value: f64) -> Self {
        Self { value, lo: value, hi: value }
    }

    /// Nothing is known.
    pub const UNKNOWN: Self = Self { value: f64::NAN, lo: f64::NEG_INFINITY, hi: f64::INFINITY };

    /// `value ± radius`, rounded outward. A NaN radius means nothing is known of the error.
    pub fn with_error(value: f64, radius: f64) -> Self {
        if radius.is_nan() || value.is_nan() {
            return Self { value, ..Self::UNKNOWN };
        }
        if radius == 0.0 {
            return Self::point(value);
        }
        let radius = radius.abs();
        Self { value, lo: (value - radius).next_down(), hi: (value + radius).next_up() }
    }

    /// `value` with relative error at most `relative`, rounded outward.
    pub fn with_relative_error(value: f64, relative: f64) -> Self {
        Self::with_error(value, value.abs() * relative)
    }

    /// Half the width of the interval.
    pub fn radius(&self) -> f64 {
        0.5 * (self.hi - self.lo)
    }
}

/// One end of an enclosure as JSON writes it.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Number {
    Finite(f64),
    Word(String),
}

/// JSON form of a number that may be infinite or NaN.
fn encode(x: f64) -> Number {
    match x {
        x if x.is_nan() => Number::Word("nan".into()),
        f64::INFINITY => Number::Word("inf".into()),
        f64::NEG_INFINITY => Number::Word("-inf".into()),
        x => Number::Finite(x),
    }
}

fn decode<E: serde::de::Error>(number: Number) -> Result<f64, E> {
    match number {
        Number::Finite(x) => Ok(x),
        Number::Word(word) => match word.as_str() {
            "nan" => Ok(f64::NAN),
            "inf" => Ok(f64::INFINITY),
            "-inf" => Ok(f64::NEG_INFINITY),
            _ => Err(E::custom(format!("not a number: `{word}`"))),
        },
    }
}

impl Serialize for Enclosure {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        [encode(self.value), encode(self.lo), encode(self.hi)].serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Enclosure {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let [value, lo, hi] = <[Number; 3]>::deserialize(deserializer)?;
        Ok(Self { value: decode(value)?, lo: decode(lo)?, hi: decode(hi)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_gives_back_the_same_bits() {
        for e in [Enclosure::point(0.1), Enclosure::UNKNOWN, Enclosure::with_error(1.0, 1e-9)] {
            let text = serde_json::to_string(&e).unwrap();
            let back: Enclosure = serde_json::from_str(&text).unwrap();
            assert_eq!(format!("{back:?}"), format!("{e:?}"));
        }
    }

    #[test]
    fn an_error_bar_holds_the_value() {
        let e = Enclosure::with_error(1.0, 1e-20);
        assert!(e.lo < 1.0 && e.hi > 1.0);
    }
}
