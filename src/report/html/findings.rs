//! What stands out in a run: printed statements that are wrong, the tightest and the loosest bounds,
//! margins nearly used up.

use serde::Serialize;

use super::site::Site;
use super::view::{Line, line};
use crate::markup::{markdown, number};
use crate::results::{AssertionResult, ClaimResult, PointResult, Verdict};

/// Bounds shown at either end.
const SHOWN: usize = 5;

/// A claim with the factor by which its bound misses the value.
#[derive(Debug, Serialize)]
pub struct Slack {
    /// The claim.
    pub claim: Line,
    /// How far, in words.
    pub factor: String,
    /// Where.
    pub at: String,
}

/// By which factor a bound exceeds the value (or the value a lower bound), if both are positive.
pub fn slack(assertion: &AssertionResult, point: &PointResult) -> Option<f64> {
    let (value, bound) = (point.value?, point.bound?);
    if point.margin.is_some() || value <= 0.0 || bound <= 0.0 {
        return None;
    }
    let factor = if assertion.kind == "at-least" { value / bound } else { bound / value };
    factor.is_finite().then_some(factor)
}

/// A bound closer to its value than this is attained: an equality in the clothes of a bound.
const ATTAINED: f64 = 1.0 + 1e-6;

/// Bounds and margins that stand out.
#[derive(Debug, Serialize)]
pub struct Extremes {
    /// Bounds that are nearly attained, tightest first.
    pub tight: Vec<Slack>,
    /// Claims with a bound that is attained.
    pub attained: usize,
    /// Bounds far from their values, loosest first.
    pub loose: Vec<Slack>,
    /// Statements that hold within a margin, most of which was needed.
    pub close: Vec<Slack>,
}

/// The claims with the tightest and the loosest bounds, and with margins nearly used up.
pub fn extremes(site: &Site) -> Extremes {
    let each = |pick: fn(f64, f64) -> bool| {
        let claims = site.results.claims.iter();
        claims.filter_map(|claim| extreme(claim, pick)).collect::<Vec<_>>()
    };
    let tightest = each(|a, b| a < b);
    let attained = tightest.iter().filter(|found| found.0 < ATTAINED).count();
    let mut tight: Vec<_> = tightest.into_iter().filter(|found| found.0 >= ATTAINED).collect();
    tight.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut loose = each(|a, b| a > b);
    loose.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut close: Vec<_> = site.results.claims.iter().filter_map(closest).collect();
    close.sort_by(|a, b| b.0.total_cmp(&a.0));
    let show = |list: Vec<Found>, word: fn(f64) -> String| {
        let shown = list.into_iter().take(SHOWN);
        shown
            .map(|(size, claim, point)| Slack {
                claim: line(site, "", claim),
                factor: word(size),
                at: parameters(point),
            })
            .collect()
    };
    Extremes {
        tight: show(tight, excess),
        attained,
        loose: show(loose, |factor| format!("a factor {}", number::rounded(factor, 3))),
        close: show(close, |used| format!("{} %", number::rounded(100.0 * used, 3))),
    }
}

/// `0.3 %`, or a factor where that reads better.
fn excess(factor: f64) -> String {
    if factor < 2.0 {
        format!("{} %", number::rounded(100.0 * (factor - 1.0), 2))
    } else {
        format!("a factor {}", number::rounded(factor, 3))
    }
}

type Found<'a> = (f64, &'a ClaimResult, &'a PointResult);

/// The point of a claim that holds with the largest part of its margin used up.
fn closest(claim: &ClaimResult) -> Option<Found<'_>> {
    let points = claim.assertions.iter().flat_map(|assertion| &assertion.points);
    let calls = points.filter_map(|point| Some((used(point)?, claim, point)));
    let held = calls.filter(|_| claim.verdict == Verdict::Holds);
    held.max_by(|a, b| a.0.total_cmp(&b.0))
}

/// Which part of the margin a value needs. Intervals say nothing here: trials end as soon as one is
/// narrow enough. Margins for rounding are no finding.
fn used(point: &PointResult) -> Option<f64> {
    let (value, bound, margin) = (point.value?, point.bound?, point.margin?);
    let part = (value - bound).abs() / margin;
    let chosen = margin > 1e-6 * bound.abs();
    (point.verdict == Verdict::Holds && chosen && part.is_finite()).then_some(part)
}

/// A printed statement that is wrong, for the front page.
#[derive(Debug, Serialize)]
pub struct Wrong {
    /// The claim.
    pub claim: Line,
    /// Kind of the mistake.
    pub kind: String,
    /// First sentence of why.
    pub why_html: String,
    /// What leans on it.
    pub weight: String,
    /// Whether a corrected form is known.
    pub corrected: bool,
}

/// Printed statements that are wrong: false statements before false proofs before slips of the pen,
/// those that more leans on first.
pub fn wrong(site: &Site) -> Vec<Wrong> {
    let errata = site.results.claims.iter().filter(|claim| claim.erratum.is_some());
    let mut ranked: Vec<_> = errata
        .filter(|claim| claim.verdict == Verdict::Refuted)
        .map(|claim| (gravity(claim), site.descendants(claim).len(), claim))
        .collect();
    ranked.sort_by_key(|(gravity, leaning, _)| (*gravity, std::cmp::Reverse(*leaning)));
    let show = |(_, leaning, claim): &(u8, usize, &ClaimResult)| {
        let erratum = claim.erratum.as_ref()?;
        Some(Wrong {
            claim: line(site, "", claim),
            kind: erratum.kind.replace('-', " "),
            why_html: markdown::inline(first_sentence(&erratum.why)),
            weight: match leaning {
                0 => String::new(),
                1 => "1 claim leans on it.".into(),
                n => format!("{n} claims lean on it."),
            },
            corrected: erratum.corrected_by.is_some(),
        })
    };
    ranked.iter().filter_map(show).collect()
}

fn gravity(claim: &ClaimResult) -> u8 {
    match claim.erratum.as_ref().map_or("", |erratum| erratum.kind.as_str()) {
        "statement-false" => 0,
        "proof-step" => 1,
        "constant" | "condition" => 2,
        "sign" => 3,
        _ => 4,
    }
}

/// The text up to the first full stop outside formulas.
fn first_sentence(text: &str) -> &str {
    let mut formula = false;
    let mut last = ' ';
    for (at, c) in text.char_indices() {
        formula ^= c == '$';
        let next = text[at + c.len_utf8()..].chars().next();
        let over = next.is_none_or(char::is_whitespace);
        // `eq. 7` and `p. 3` end no sentence.
        let short = last.is_ascii_lowercase() && ends_in_abbreviation(&text[..at]);
        if c == '.' && !formula && over && !short {
            return &text[..=at];
        }
        last = c;
    }
    text
}

fn ends_in_abbreviation(before: &str) -> bool {
    let word = before.rsplit(|c: char| !c.is_alphabetic()).next().unwrap_or_default();
    ["eq", "p", "e", "g", "i", "cf", "resp", "sect", "fig", "vs"]
        .contains(&word.to_lowercase().as_str())
}

/// The point of a claim's bounds that `better` prefers.
fn extreme(claim: &ClaimResult, better: fn(f64, f64) -> bool) -> Option<Found<'_>> {
    if claim.verdict != Verdict::Holds {
        return None;
    }
    let bounds = claim.assertions.iter().filter(|a| a.kind == "at-most" || a.kind == "at-least");
    let mut best: Option<(f64, &PointResult)> = None;
    for assertion in bounds {
        for point in assertion.points.iter().filter(|p| p.verdict == Verdict::Holds) {
            let Some(factor) = slack(assertion, point) else { continue };
            if best.is_none_or(|(other, _)| better(factor, other)) {
                best = Some((factor, point));
            }
        }
    }
    best.map(|(factor, point)| (factor, claim, point))
}

/// `m = 1000, eps = 0.1`.
pub fn parameters(point: &PointResult) -> String {
    let pairs = point.at.iter().map(|(key, value)| format!("{key} = {}", number::parameter(value)));
    pairs.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_end_outside_formulas_and_abbreviations() {
        let text = "By eq. 7 the factor is $1.5. $ too large. More.";
        assert_eq!(first_sentence(text), "By eq. 7 the factor is $1.5. $ too large.");
        assert_eq!(first_sentence("no stop"), "no stop");
    }

    #[test]
    fn small_excesses_are_percentages() {
        assert_eq!([excess(1.003), excess(3.0)], ["0.3 %", "a factor 3"]);
    }
}
