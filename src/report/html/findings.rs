//! What stands out in a run: the tightest and the loosest bounds.

use serde::Serialize;

use super::site::Site;
use super::view::{Line, line};
use crate::markup::number;
use crate::results::{AssertionResult, ClaimResult, PointResult, Verdict};

/// Bounds shown at either end.
const SHOWN: usize = 5;

/// A claim with the factor by which its bound misses the value.
#[derive(Debug, Serialize)]
pub struct Slack {
    /// The claim.
    pub claim: Line,
    /// Factor, 1 if the bound is attained.
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

/// The claims with the tightest and with the loosest bounds.
pub fn extremes(site: &Site) -> (Vec<Slack>, Vec<Slack>) {
    let each = |pick: fn(f64, f64) -> bool| {
        let claims = site.results.claims.iter();
        claims.filter_map(|claim| extreme(claim, pick)).collect::<Vec<_>>()
    };
    let mut tight = each(|a, b| a < b);
    tight.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut loose = each(|a, b| a > b);
    loose.sort_by(|a, b| b.0.total_cmp(&a.0));
    let show = |list: Vec<(f64, &ClaimResult, &PointResult)>| {
        let shown = list.into_iter().take(SHOWN);
        shown
            .map(|(factor, claim, point)| Slack {
                claim: line(site, "", claim),
                factor: number::rounded(factor, 3),
                at: parameters(point),
            })
            .collect()
    };
    (show(tight), show(loose))
}

/// The point of a claim's bounds that `better` prefers.
fn extreme(
    claim: &ClaimResult,
    better: fn(f64, f64) -> bool,
) -> Option<(f64, &ClaimResult, &PointResult)> {
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
