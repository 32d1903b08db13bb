//! How chance is kept in check: the budget, what was spent of it, and how far measurements fell from
//! what theory predicts.

use std::collections::BTreeMap;

use serde::Serialize;

use super::site::Site;
use crate::markup::number;
use crate::maths::Enclosure;
use crate::report::plot;
use crate::results::{AssertionResult, Axis, Plot, PointResult, Role, Series, Verdict};

/// Deviations are counted in bins of this width, in half-widths of the interval.
const BIN: f64 = 0.1;
/// Fewer deviations than this make no picture.
const FEW: usize = 30;

#[derive(Serialize)]
pub struct Statistics {
    budget: String,
    intervals: String,
    alpha: String,
    sampled: String,
    spent: String,
    trials: String,
    lost: u64,
    kinds: Vec<Kind>,
    calibration: Option<Calibration>,
}

/// Points of one kind of assertion.
#[derive(Default, Serialize)]
struct Kind {
    name: String,
    assertions: usize,
    points: usize,
    sampled: usize,
    holds: usize,
    refuted: usize,
    open: usize,
    vacuous: usize,
}

#[derive(Serialize)]
struct Calibration {
    n: usize,
    inside: usize,
    median: String,
    largest: String,
    svg_html: String,
    legend: Vec<plot::Entry>,
}

pub fn view(site: &Site) -> anyhow::Result<Statistics> {
    let run = &site.results.run;
    let assertions = || site.results.claims.iter().flat_map(|claim| &claim.assertions);
    let points = || assertions().flat_map(|assertion| &assertion.points);
    let sampled = points().filter(|point| point.alpha.is_some()).count();
    let trials = points().filter_map(|point| point.n).fold(0_u64, u64::saturating_add);
    Ok(Statistics {
        budget: number::short(run.budget),
        intervals: number::count(run.intervals as u64),
        alpha: number::rounded(run.alpha, 2),
        sampled: number::count(sampled as u64),
        spent: number::rounded(points().filter_map(|point| point.alpha).sum(), 2),
        trials: number::count(trials),
        lost: points().filter_map(|point| point.nonfinite).fold(0, u64::saturating_add),
        kinds: kinds(assertions()),
        calibration: calibration(site)?,
    })
}

fn kinds<'a>(assertions: impl Iterator<Item = &'a AssertionResult>) -> Vec<Kind> {
    let mut kinds: BTreeMap<&str, Kind> = BTreeMap::new();
    for assertion in assertions {
        let kind = kinds.entry(&assertion.kind).or_default();
        kind.name = assertion.kind.replace('-', " ");
        kind.assertions += 1;
        for point in &assertion.points {
            kind.points += 1;
            kind.sampled += usize::from(point.alpha.is_some());
            match point.verdict {
                Verdict::Holds => kind.holds += 1,
                Verdict::Refuted => kind.refuted += 1,
                Verdict::Vacuous => kind.vacuous += 1,
                _ => kind.open += 1,
            }
        }
    }
    kinds.into_values().collect()
}

/// Where sampling confirms a prediction, how far the measurement fell from it: if the intervals keep
/// their promise practically none leaves its own, and a sound test shows no heap at one side.
fn calibration(site: &Site) -> anyhow::Result<Option<Calibration>> {
    let held = site.results.claims.iter().filter(|claim| claim.verdict == Verdict::Holds);
    let points = held.flat_map(|claim| &claim.assertions).flat_map(|assertion| &assertion.points);
    let mut deviations: Vec<f64> = points.filter_map(deviation).collect();
    if deviations.len() < FEW {
        return Ok(None);
    }
    let plot = histogram(&deviations);
    let inside = deviations.iter().filter(|x| x.abs() <= 1.0).count();
    let n = deviations.len();
    deviations.iter_mut().for_each(|x| *x = x.abs());
    deviations.sort_by(f64::total_cmp);
    Ok(Some(Calibration {
        n,
        inside,
        median: number::rounded(deviations[n / 2], 2),
        largest: number::rounded(deviations[n - 1], 2),
        svg_html: plot::svg(&plot, "calibration")?,
        legend: plot::entries(&plot),
    }))
}

/// Distance of a sampled value from its prediction, in half-widths of its interval.
fn deviation(point: &PointResult) -> Option<f64> {
    point.alpha?;
    point.margin?;
    let half = (point.hi? - point.lo?) / 2.0;
    let deviation = (point.value? - point.bound?) / half;
    (half > 0.0 && deviation.is_finite()).then_some(deviation)
}

fn histogram(deviations: &[f64]) -> Plot {
    let mut bins: BTreeMap<i32, usize> = BTreeMap::new();
    for x in deviations {
        // A margin may allow a prediction that is off by a known error; such points end the axis.
        *bins.entry((x.clamp(-3.0, 3.0) / BIN).round() as i32).or_default() += 1;
    }
    let total = deviations.len() as f64 * BIN;
    let points =
        bins.iter().map(|(bin, n)| (f64::from(*bin) * BIN, Enclosure::point(*n as f64 / total)));
    let axis = |label: &str| Axis { label: label.into(), log: false };
    Plot {
        title: "How far measurements fall from predictions".into(),
        caption:
            "Sampled values against the numbers that theory predicts, over all claims that hold."
                .into(),
        x: axis("(measured − predicted) / half-width of the interval"),
        y: axis("density"),
        field: None,
        series: vec![Series {
            name: "sampled points with a prediction".into(),
            role: Role::Histogram,
            points: points.collect(),
        }],
    }
}
