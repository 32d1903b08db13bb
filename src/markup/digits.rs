//! Digits of what plots show and of the tables beside the pages: as many as a number's interval
//! supports, five of a value at least and twelve at most. `results.json` has all of them.

use crate::maths::Enclosure;

/// Digits of a number at most.
const MOST: i32 = 12;
/// Digits of a value at least, however wide its interval: a mean over two seeds is a number that was found.
const OF_VALUE: i32 = 5;
/// Digits of a width that are kept: ends move by less than a thousandth of it.
const OF_WIDTH: i32 = 3;

/// A number by itself.
pub fn plain(x: f64) -> String {
    if x.is_finite() { short(&written(x, MOST), x) } else { format!("{x:?}") }
}

/// A number that is an estimate itself, in four digits.
pub fn rough(x: f64) -> String {
    if x.is_finite() { short(&written(x, 4), x) } else { format!("{x:?}") }
}

/// A value and the ends of its interval, the ends rounded outwards. An interval that twelve digits
/// can't tell from its value is the value three times.
pub fn enclosed(value: Option<f64>, lo: Option<f64>, hi: Option<f64>) -> [String; 3] {
    let text = |x: Option<f64>| x.map(plain).unwrap_or_default();
    let (Some(lo), Some(hi)) = (finite(lo), finite(hi)) else {
        return [value, lo, hi].map(text);
    };
    let width = hi - lo;
    let size = finite(value).unwrap_or(lo).abs();
    if !width.is_finite() || width <= size * 10f64.powi(1 - MOST) {
        let middle = text(value.or(Some(lo)));
        return [text(value), middle.clone(), middle];
    }
    // The place of the last digit.
    let place = width.log10().floor() as i32 - OF_WIDTH;
    let end = |x, up| outwards(x, digits(x, place), up);
    [value.map_or_else(String::new, |x| at(x, place)), end(lo, false), end(hi, true)]
}

/// The same as an enclosure.
pub fn drawn(y: Enclosure) -> Enclosure {
    if !y.value.is_finite() {
        return y;
    }
    let read = |text: String| text.parse().unwrap_or(f64::NAN);
    let [value, lo, hi] = enclosed(Some(y.value), Some(y.lo), Some(y.hi)).map(read);
    Enclosure { value, lo, hi }
}

/// A number in twelve digits.
pub fn twelve(x: f64) -> f64 {
    plain(x).parse().unwrap_or(x)
}

fn finite(x: Option<f64>) -> Option<f64> {
    x.filter(|x| x.is_finite())
}

/// How many digits reach to the `place`.
fn digits(x: f64, place: i32) -> i32 {
    let first = if x == 0.0 { place } else { x.abs().log10().floor() as i32 };
    (first - place + 1).clamp(1, MOST)
}

fn at(x: f64, place: i32) -> String {
    let digits = digits(x, place).max(OF_VALUE);
    if x.is_finite() { short(&written(x, digits), x) } else { format!("{x:?}") }
}

/// The number with so many digits, in scientific form.
fn written(x: f64, digits: i32) -> String {
    format!("{x:.*e}", usize::try_from(digits - 1).unwrap_or(0))
}

/// Rounded away from the interval's inside.
fn outwards(x: f64, digits: i32, up: bool) -> String {
    let beyond = |text: &str| {
        let read: f64 = text.parse().unwrap_or(f64::NAN);
        if up { read >= x } else { read <= x }
    };
    let near = written(x, digits);
    let unit = 10f64.powi(
        near.split_once('e').and_then(|(_, power)| power.parse().ok()).unwrap_or(0) - digits + 1,
    );
    let moved = written(if up { x + unit } else { x - unit }, digits);
    match [near, moved].into_iter().find(|text| beyond(text)) {
        Some(text) => short(&text, x),
        None => format!("{x:?}"),
    }
}

/// The shorter of the plain and the scientific form of what was written.
fn short(written: &str, exact: f64) -> String {
    let Some(read) = written.parse::<f64>().ok().filter(|read| read.is_finite()) else {
        return format!("{exact:?}");
    };
    let (plain, scientific) = (format!("{read}"), format!("{read:e}"));
    if plain.len() <= scientific.len() + 2 { plain } else { scientific }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_end_where_the_interval_does() {
        let some = |value, lo, hi| enclosed(Some(value), Some(lo), Some(hi));
        let sampled = some(0.183_510_679_705_156_9, 0.171_234_567_89, 0.195_987_654_321);
        assert_eq!(sampled, ["0.18351", "0.17123", "0.19599"]);
        let exact =
            some(0.183_510_679_705_156_9, 0.183_510_679_705_086_14, 0.183_510_679_705_227_66);
        assert_eq!(exact, ["0.183510679705"; 3]);
        assert_eq!(some(1.0, 1.0, 1.0), ["1"; 3]);
        assert_eq!(some(0.0, -1e-3, 1e-3), ["0", "-0.001", "0.001"]);
        assert_eq!(enclosed(Some(0.5), Some(0.25), None), ["0.5", "0.25", ""]);
        assert_eq!(enclosed(None, None, None), ["", "", ""]);
        assert_eq!(some(0.873_456_7, -4e8, 4e8)[0], "0.87346");
        assert_eq!(
            [plain(1e-300), plain(100.0), plain(1.0 / 3.0)],
            ["1e-300", "100", "0.333333333333"]
        );
        assert_eq!(plain(f64::NAN), "NaN");
        let wide = Enclosure { value: 0.5, lo: 0.25, hi: f64::INFINITY };
        assert_eq!(drawn(wide), wide);
        assert_eq!(
            drawn(Enclosure::with_error(1.0 / 3.0, 1e-15)),
            Enclosure::point(0.333_333_333_333)
        );
        assert_eq!(rough(1.220_703_125e-10), "1.221e-10");
    }

    #[test]
    fn ends_never_move_inwards() {
        let mut x = 0.123_456_789_f64;
        for i in 0..2000 {
            // A walk over all sizes, without a generator.
            x = (x * 9_301.0 + 0.497_117).fract();
            let size = 10f64.powi(i % 40 - 20);
            let (value, half) = ((x - 0.5) * size, size * x * 10f64.powi(-(i % 14)));
            let (lo, hi) = (value - half, value + half);
            let [_, low, high] =
                enclosed(Some(value), Some(lo), Some(hi)).map(|t| t.parse::<f64>().unwrap());
            let narrow = hi - lo <= value.abs() * 1e-11;
            assert!(narrow || low <= lo && hi <= high, "{lo} {hi}: {low} {high}");
            assert!(
                narrow || high - low <= 1.003 * (hi - lo) + 2e-11 * value.abs(),
                "{lo} {hi}: {low} {high}"
            );
        }
    }
}
