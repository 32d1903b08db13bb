//! Numbers for readers: four significant digits, powers of ten as powers of ten.

use serde_json::Value;

/// Significant digits shown; files beside the page hold all of them.
const DIGITS: i32 = 4;

/// Superscript form of an integer (`-12` → `⁻¹²`).
fn superscript(n: i32) -> String {
    const SIGNS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    let digits = n.unsigned_abs().to_string();
    let sign = if n < 0 { "⁻" } else { "" };
    let digits = digits.bytes().map(|b| SIGNS[usize::from(b - b'0')]);
    sign.chars().chain(digits).collect()
}

/// A number with [`DIGITS`] significant digits, no trailing zeros, a true minus sign.
pub fn short(x: f64) -> String {
    rounded(x, DIGITS)
}

/// A number with `digits` significant digits.
pub fn rounded(x: f64, digits: i32) -> String {
    if x.is_nan() {
        return "not a number".into();
    }
    if x.is_infinite() {
        return if x > 0.0 { "∞".into() } else { "−∞".into() };
    }
    if x == 0.0 {
        return "0".into();
    }
    let precision = usize::try_from(digits - 1).unwrap_or(0);
    // Rounding first, so that 9.9999e-5 becomes 1e-4 and not "10e-5".
    let scientific = format!("{:.precision$e}", x.abs());
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let sign = if x < 0.0 { "−" } else { "" };
    if (-4..7).contains(&exponent) {
        let decimals = usize::try_from((digits - 1 - exponent).max(0)).unwrap_or(0);
        // A number that fits is shown whole: 123456 is no 123500.
        let value = if exponent < digits { scientific.parse().unwrap_or(x.abs()) } else { x.abs() };
        return format!("{sign}{}", trim_zeros(&format!("{value:.decimals$}")));
    }
    let power = superscript(exponent);
    match trim_zeros(mantissa) {
        "1" => format!("{sign}10{power}"),
        mantissa => format!("{sign}{mantissa}×10{power}"),
    }
}

fn trim_zeros(digits: &str) -> &str {
    if digits.contains('.') { digits.trim_end_matches('0').trim_end_matches('.') } else { digits }
}

/// A number that may be absent.
pub fn maybe(x: Option<f64>) -> String {
    x.map_or_else(|| "–".into(), short)
}

/// The interval as `[lo, hi]`, or nothing if both ends look like the value itself.
pub fn interval(value: Option<f64>, lo: Option<f64>, hi: Option<f64>) -> String {
    let (value, lo, hi) = (maybe(value), end(lo, "−∞"), end(hi, "∞"));
    if lo == value && hi == value { String::new() } else { format!("[{lo}, {hi}]") }
}

fn end(x: Option<f64>, unbounded: &str) -> String {
    x.map_or_else(|| unbounded.into(), short)
}

/// Whole numbers with thin spaces between thousands.
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) && digits.len() > 4 {
            text.push('\u{202f}');
        }
        text.push(c);
    }
    text
}

/// A duration in words that suit its size.
pub fn duration(seconds: f64) -> String {
    match seconds {
        s if !(0.0..1e9).contains(&s) => "–".into(),
        0.0 => "0 s".into(),
        s if s < 0.01 => "< 0.01 s".into(),
        s if s < 100.0 => format!("{} s", rounded(s, 2)),
        s if s < 6000.0 => format!("{} min {:02} s", (s / 60.0) as u64, (s % 60.0) as u64),
        s => format!("{} h {:02} min", (s / 3600.0) as u64, (s % 3600.0 / 60.0) as u64),
    }
}

/// A parameter's value.
pub fn parameter(value: &Value) -> String {
    match value {
        Value::Number(n) => match (n.as_u64(), n.as_f64()) {
            // Sizes are exact and are shown so.
            (Some(whole), _) if whole < 10_000_000 => whole.to_string(),
            (_, Some(x)) => rounded(x, 6),
            _ => n.to_string(),
        },
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(parameter).collect::<Vec<_>>().join(", "),
        Value::Null => "–".into(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        let cases = [
            (0.0, "0"),
            (1.0, "1"),
            (-0.5, "−0.5"),
            (0.123456, "0.1235"),
            (123456.0, "123456"),
            (1234.56, "1235"),
            (1.0e-9, "10⁻⁹"),
            (2.5e-9, "2.5×10⁻⁹"),
            (9.99999e-6, "10⁻⁵"),
            (1.5e12, "1.5×10¹²"),
            (0.99999, "1"),
            (f64::INFINITY, "∞"),
        ];
        for (x, text) in cases {
            assert_eq!(short(x), text, "{x}");
        }
        assert_eq!(short(f64::NAN), "not a number");
    }

    #[test]
    fn an_interval_that_looks_like_its_value_is_not_repeated() {
        assert_eq!(interval(Some(0.5), Some(0.4999999), Some(0.5000001)), "");
        assert_eq!(interval(Some(0.5), Some(0.4), None), "[0.4, ∞]");
    }

    #[test]
    fn counts_durations_and_parameters() {
        assert_eq!(count(1234), "1234");
        assert_eq!(count(1_234_567), "1\u{202f}234\u{202f}567");
        assert_eq!(duration(0.001), "< 0.01 s");
        assert_eq!(duration(125.0), "2 min 05 s");
        assert_eq!(duration(7260.0), "2 h 01 min");
        assert_eq!(parameter(&serde_json::json!([1, 0.25, "he"])), "1, 0.25, he");
        assert_eq!(parameter(&serde_json::json!(8000)), "8000");
    }
}
