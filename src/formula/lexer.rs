//! From characters to tokens.

use super::ast::{Comparison, Span};
use super::error::ParseError;

/// A word of the language.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Token<'a> {
    Number { value: f64, exact: bool },
    Name(&'a str),
    And,
    Or,
    Not,
    Plus,
    Minus,
    Star,
    Slash,
    Caret,
    Open,
    Close,
    Comma,
    Compare(Comparison),
    End,
}

impl Token<'_> {
    /// The token as an error message names it.
    pub fn describe(&self) -> String {
        let symbol = match self {
            Self::Number { .. } => return "a number".into(),
            Self::Name(name) => name,
            Self::And => "and",
            Self::Or => "or",
            Self::Not => "not",
            Self::Plus => "+",
            Self::Minus => "-",
            Self::Star => "*",
            Self::Slash => "/",
            Self::Caret => "^",
            Self::Open => "(",
            Self::Close => ")",
            Self::Comma => ",",
            Self::Compare(comparison) => comparison.symbol(),
            Self::End => return "the end of the formula".into(),
        };
        format!("`{symbol}`")
    }
}

/// All tokens with their places; the last is [`Token::End`].
pub(super) fn tokens(text: &str) -> Result<Vec<(Token<'_>, Span)>, ParseError> {
    let mut list = Vec::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        if c.is_whitespace() {
            at += c.len_utf8();
            continue;
        }
        let (token, length) = token(&text[at..], c, at)?;
        list.push((token, Span { start: at, end: at + length }));
        at += length;
    }
    list.push((Token::End, Span { start: at, end: at }));
    Ok(list)
}

/// The token at the start of `rest`, whose first character is `c`, and its length in bytes.
fn token(rest: &str, c: char, at: usize) -> Result<(Token<'_>, usize), ParseError> {
    if c.is_ascii_alphabetic() || c == '_' {
        return Ok(name(rest));
    }
    if c.is_ascii_digit() || (c == '.' && rest[1..].starts_with(|d: char| d.is_ascii_digit())) {
        return number(rest, at);
    }
    for (symbol, token) in SYMBOLS {
        if rest.starts_with(symbol) {
            return Ok((*token, symbol.len()));
        }
    }
    Err(unexpected(rest, c, at))
}

/// Longer symbols first.
const SYMBOLS: &[(&str, Token<'static>)] = &[
    ("<=", Token::Compare(Comparison::AtMost)),
    (">=", Token::Compare(Comparison::AtLeast)),
    ("==", Token::Compare(Comparison::Equal)),
    ("!=", Token::Compare(Comparison::NotEqual)),
    ("<", Token::Compare(Comparison::Less)),
    (">", Token::Compare(Comparison::Greater)),
    ("+", Token::Plus),
    ("-", Token::Minus),
    ("*", Token::Star),
    ("/", Token::Slash),
    ("^", Token::Caret),
    ("(", Token::Open),
    (")", Token::Close),
    (",", Token::Comma),
];

fn unexpected(rest: &str, c: char, at: usize) -> ParseError {
    let hint = match c {
        '=' => "a comparison is written `==`",
        '&' => "write `and`",
        '|' => "write `or`; an absolute value is `abs(x)`",
        '!' => "write `not`, or `gamma(n + 1)` for a factorial",
        '[' | '{' => "group with round parentheses",
        '%' => "divide by 100",
        '≤' => "write `<=`",
        '≥' => "write `>=`",
        '≠' => "write `!=`",
        '−' | '–' => "write a plain `-`",
        '×' | '·' | '⋅' => "write `*`",
        _ if c.is_alphabetic() => "names are made of ASCII letters, digits and `_`: `eps`, `n_0`",
        _ => "",
    };
    let length = if rest.starts_with("&&") || rest.starts_with("||") { 2 } else { c.len_utf8() };
    let span = Span { start: at, end: at + length };
    ParseError::new(span, format!("unexpected character `{}`", c.escape_debug()), hint)
}

fn name(rest: &str) -> (Token<'_>, usize) {
    let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
    let word = &rest[..end];
    let token = match word {
        "and" => Token::And,
        "or" => Token::Or,
        "not" => Token::Not,
        _ => Token::Name(word),
    };
    (token, end)
}

/// Reads `12`, `1.5`, `.5`, `2.`, `1e-3`.
fn number(rest: &str, at: usize) -> Result<(Token<'_>, usize), ParseError> {
    let digits = |from: usize| {
        rest[from..].find(|c: char| !c.is_ascii_digit()).map_or(rest.len(), |n| from + n)
    };
    let mut end = digits(0);
    let whole = &rest[..end];
    let mut fraction = "";
    if rest[end..].starts_with('.') {
        let start = end + 1;
        end = digits(start);
        fraction = &rest[start..end];
    }
    let mut exponent = 0;
    if rest[end..].starts_with(['e', 'E']) {
        let signed = end + 1 + usize::from(rest[end + 1..].starts_with(['+', '-']));
        let stop = digits(signed);
        if stop > signed {
            exponent = rest[end + 1..stop].parse::<i32>().unwrap_or(i32::MAX);
            end = stop;
        }
    }
    let span = Span { start: at, end: at + end };
    let value: f64 = rest[..end]
        .parse()
        .map_err(|_| ParseError::new(span, "not a number", "write it like `1.5` or `1e-3`"))?;
    let zero = whole.bytes().chain(fraction.bytes()).all(|d| d == b'0');
    if value.is_infinite() || (value == 0.0 && !zero) {
        let message = "the number is outside the range of double precision";
        return Err(ParseError::new(span, message, "infinity is written `inf`"));
    }
    Ok((Token::Number { value, exact: zero || is_exact(value, whole, fraction, exponent) }, end))
}

/// Whether `value` equals `whole.fraction × 10^exponent` for certain. The decimal is N·10^p with an
/// integer N < 2⁵³ and |p| ≤ 22, so N and 10^|p| are doubles, and a fused multiply-add shows whether
/// N·10^p − value (or value·10^−p − N) is zero. Other decimals count as inexact.
fn is_exact(value: f64, whole: &str, fraction: &str, exponent: i32) -> bool {
    let digits = format!("{whole}{fraction}");
    let Ok(n @ 0..=9_007_199_254_740_992) = digits.parse::<u64>() else { return false };
    let n = n as f64;
    let power = i64::from(exponent) - fraction.len() as i64;
    match power {
        0..=22 => n.mul_add(10f64.powi(power as i32), -value) == 0.0,
        -22..0 => value.mul_add(10f64.powi(-power as i32), -n) == 0.0,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> Token<'_> {
        let list = tokens(text).unwrap();
        assert_eq!(list.len(), 2, "{text}");
        list[0].0
    }

    #[test]
    fn numbers_know_whether_they_are_exact() {
        let cases = [
            ("12", 12.0, true),
            (".5", 0.5, true),
            ("2.", 2.0, true),
            ("0.1", 0.1, false),
            ("1e-3", 1e-3, false),
            ("1.25e2", 125.0, true),
            ("1E22", 1e22, true),
            ("1e23", 1e23, false),
            ("9007199254740993", 9007199254740992.0, false),
            ("0.000", 0.0, true),
            ("3.0517578125e-5", 1.0 / 32768.0, true),
        ];
        for (text, value, exact) in cases {
            assert_eq!(one(text), Token::Number { value, exact }, "{text}");
        }
    }

    #[test]
    fn an_e_without_digits_is_not_an_exponent() {
        let list: Vec<_> = tokens("2e").unwrap().into_iter().map(|(t, _)| t).collect();
        assert_eq!(list[1], Token::Name("e"));
    }

    #[test]
    fn places_are_bytes() {
        let error = tokens("a + é").unwrap_err();
        assert_eq!(error.span, Span { start: 4, end: 6 });
        assert!(tokens("1e999").is_err() && tokens("1e-999").is_err());
        assert_eq!(tokens("a = b").unwrap_err().hint, "a comparison is written `==`");
    }
}
