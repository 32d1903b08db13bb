//! Badges for a README: a small SVG, and the JSON form that badge services read. One for each paper,
//! one for the whole run.

use super::files::Folder;
use super::words::{self, Standing};
use crate::markup::mathml;
use crate::results::{ClaimResult, Results, Verdict};

/// Writes `badges/<paper>.svg` and `.json`, and `badges/claims.*` for all papers together.
///
/// # Errors
/// If a file can't be written.
pub fn write(results: &Results, folder: &mut Folder) -> anyhow::Result<()> {
    let all: Vec<&ClaimResult> = results.claims.iter().collect();
    one("claims", "claims", &all, folder)?;
    for paper in &results.papers {
        let of_paper = |claim: &&ClaimResult| claim.paper == paper.id;
        let claims: Vec<&ClaimResult> = results.claims.iter().filter(of_paper).collect();
        one(&paper.id, &paper.id, &claims, folder)?;
    }
    Ok(())
}

fn one(
    name: &str,
    label: &str,
    claims: &[&ClaimResult],
    folder: &mut Folder,
) -> anyhow::Result<()> {
    let (message, colour) = message(claims);
    let endpoint = serde_json::json!({
        "schemaVersion": 1, "label": label, "message": message, "color": colour,
    });
    folder.write(&format!("badges/{name}.json"), endpoint.to_string() + "\n")?;
    folder.write(&format!("badges/{name}.svg"), svg(label, &message, colour))
}

/// What a badge says, and a colour that service and SVG both know.
fn message(claims: &[&ClaimResult]) -> (String, &'static str) {
    let count = |wanted: &dyn Fn(Standing) -> bool| {
        claims.iter().filter(|claim| wanted(Standing::of(claim))).count()
    };
    let (alarms, open) = (count(&|s| s.is_alarm()), count(&|s| s == Standing::Open));
    if claims.is_empty() {
        return ("no claims".into(), "lightgrey");
    }
    if alarms > 0 {
        return (format!("{alarms} of {} unexpected", claims.len()), "red");
    }
    let of = |verdict| claims.iter().filter(|claim| claim.verdict == verdict).count();
    let (hold, refuted) = (of(Verdict::Holds), of(Verdict::Refuted));
    let mut parts = vec![words::plural(hold, "holds", "hold")];
    if refuted > 0 {
        parts.push(words::plural(refuted, "erratum", "errata"));
    }
    if open > 0 {
        parts.push(format!("{open} undecided"));
    }
    (parts.join(", "), if open > 0 { "yellow" } else { "brightgreen" })
}

/// White letters on these grounds have a contrast of 4.5 or more.
fn ground(colour: &str) -> &'static str {
    match colour {
        "brightgreen" => "#14622c",
        "yellow" => "#774b00",
        "red" => "#a3152d",
        _ => "#566270",
    }
}

fn svg(label: &str, message: &str, colour: &str) -> String {
    // Letters of the usual sans fonts at 11 px are at most this wide on average.
    let width = |text: &str| 12.0 + 6.8 * text.chars().count() as f64;
    let (left, right) = (width(label), width(message));
    let (label, message) = (mathml::escape(label), mathml::escape(message));
    let total = left + right;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{total:.0}\" height=\"20\" role=\"img\" \
         aria-label=\"{label}: {message}\"><title>{label}: {message}</title>\
         <clipPath id=\"r\"><rect width=\"{total:.0}\" height=\"20\" rx=\"3\"/></clipPath>\
         <g clip-path=\"url(#r)\"><rect width=\"{left:.1}\" height=\"20\" fill=\"#39424e\"/>\
         <rect x=\"{left:.1}\" width=\"{right:.1}\" height=\"20\" fill=\"{}\"/></g>\
         <g fill=\"#fff\" text-anchor=\"middle\" font-family=\"Verdana,DejaVu Sans,sans-serif\" font-size=\"11\">\
         <text x=\"{:.1}\" y=\"14\" textLength=\"{:.1}\">{label}</text>\
         <text x=\"{:.1}\" y=\"14\" textLength=\"{:.1}\">{message}</text></g></svg>\n",
        ground(colour),
        left / 2.0,
        left - 12.0,
        left + right / 2.0,
        right - 12.0,
    )
}
