//! One assertion of one arm: points to verdicts.

use serde_json::Value;

use super::{Answered, Found, formal, words};
use crate::assertion::{Assertion, Plan, SeriesPlan};
use crate::claim::{Bindings, Claim};
use crate::experiment::Evidence;
use crate::formula::{Formula, Names};
use crate::maths::{Enclosure, Interval};
use crate::measure::{Answer, evidence_of};
use crate::results::{AssertionResult, Point, PointResult, Verdict, finite};
use crate::run::plan::{Ask, Slot};
use crate::stats::{self, Decision};

/// Judges an assertion. `all-of` is judged elsewhere, once the other claims are known.
pub fn judge(claim: &Claim, answered: &Answered<'_>, index: usize) -> Option<AssertionResult> {
    let arm = answered.arm;
    let assertion = &arm.check.assert[index];
    let plan = assertion.plan().ok()?;
    let asks: Vec<&Ask> =
        arm.asks.iter().filter(|ask| ask.slot == Slot::Assertion(index)).collect();
    let alpha = arm.cells.first().map_or(0.0, |cell| cell.alpha);
    let points = match &plan {
        Plan::Claims(_) => return None,
        Plan::Pointwise(_) => asks.iter().map(|ask| point(answered, ask, alpha)).collect(),
        Plan::Series(series) => series_points(claim, answered, &asks, series, alpha),
    };
    let entry = arm.check.experiment.as_deref().and_then(crate::experiments::find);
    let sampled = points.iter().any(|point: &PointResult| point.n.is_some());
    let verdict = worst(&points);
    let mut result = AssertionResult {
        name: assertion.name().to_string(),
        check: arm.check.name.clone(),
        kind: assertion.kind().to_string(),
        evidence: evidence(claim, answered, &asks, &plan, assertion),
        verdict,
        reason: String::new(),
        formal: formal::statement(claim, arm, assertion, &plan),
        value_label: formal::value_label(arm, &plan),
        bound_label: formal::bound_label(arm, &plan),
        unit: entry.filter(|_| sampled).map(|entry| entry.definition.unit.to_string()),
        uninformative: points.iter().filter(|p| p.verdict == Verdict::Vacuous).count(),
        points,
    };
    result.reason = words::assertion_reason(&result);
    Some(result)
}

/// Worst verdict over the informative points.
pub fn worst(points: &[PointResult]) -> Verdict {
    combine(points.iter().map(|point| point.verdict).filter(|&verdict| verdict != Verdict::Vacuous))
}

/// The verdict that several make together: the first of this list that occurs; vacuous if none.
pub fn combine(verdicts: impl Iterator<Item = Verdict> + Clone) -> Verdict {
    const ORDER: [Verdict; 7] = [
        Verdict::Error,
        Verdict::Toothless,
        Verdict::Refuted,
        Verdict::Skipped,
        Verdict::Inconclusive,
        Verdict::Vacuous,
        Verdict::Holds,
    ];
    let found = ORDER.into_iter().find(|verdict| verdicts.clone().any(|v| v == *verdict));
    found.unwrap_or(Verdict::Vacuous)
}

fn evidence(
    claim: &Claim,
    answered: &Answered<'_>,
    asks: &[&Ask],
    plan: &Plan,
    assertion: &Assertion,
) -> Evidence {
    let definition = answered
        .arm
        .check
        .experiment
        .as_deref()
        .and_then(crate::experiments::find)
        .map(|e| e.definition);
    let formulas: Vec<&Formula> = match plan {
        Plan::Pointwise(it) => vec![&it.value, &it.bound],
        Plan::Series(it) => vec![&it.value, &it.bound],
        Plan::Claims(_) => Vec::new(),
    };
    let empty = Point::new();
    let point = asks.first().map_or(&empty, |ask| &ask.point);
    let bindings = Bindings::new(claim, &answered.arm.check, point);
    let strongest = match plan {
        Plan::Series(SeriesPlan { shape, .. }) => shape.strongest(),
        _ => Evidence::Exact,
    };
    formulas
        .into_iter()
        .filter_map(|formula| bindings.resolve(formula).ok())
        .map(|formula| evidence_of(&formula, definition))
        .chain(assertion.declared_evidence())
        .fold(strongest, Evidence::weakest)
}

fn verdict_of(decision: Decision) -> Verdict {
    match decision {
        Decision::Holds => Verdict::Holds,
        Decision::Refuted => Verdict::Refuted,
        Decision::Inconclusive => Verdict::Inconclusive,
    }
}

fn blank(at: Point, verdict: Verdict, note: Option<String>) -> PointResult {
    PointResult {
        at,
        verdict,
        value: None,
        lo: None,
        hi: None,
        bound: None,
        margin: None,
        n: None,
        nonfinite: None,
        alpha: None,
        detectable: None,
        note,
    }
}

fn point(answered: &Answered<'_>, ask: &Ask, alpha: f64) -> PointResult {
    let answer = match found(answered, ask) {
        Ok(answer) => answer,
        Err((verdict, note)) => return blank(ask.point.clone(), verdict, Some(note)),
    };
    let request = &answered.arm.cells[ask.cell].requests[ask.request];
    let relation = request.goal.as_ref().map(|goal| goal.relation);
    let goal = relation
        .zip(answer.bound)
        .and_then(|(relation, bound)| relation.goal(bound, answer.margin));
    let mut result = blank(ask.point.clone(), Verdict::Error, None);
    if let Some(goal) = goal {
        result.verdict = verdict_of(stats::decide(answer.value, goal));
        result.detectable =
            finite(stats::detectable(answer.value, goal)).filter(|_| answer.n.is_some());
    }
    let undefined = undefined(answer.n, [Some(answer.value), answer.bound, answer.margin]);
    if undefined.is_some() {
        result.verdict = Verdict::Error;
    }
    if !ask.informative {
        result.verdict = Verdict::Vacuous;
    }
    fill(&mut result, answer.value);
    result.bound = answer.bound.and_then(|bound| finite(bound.value));
    result.margin = answer.margin.and_then(|margin| finite(margin.value));
    result.n = answer.n;
    result.nonfinite = Some(answer.nonfinite).filter(|&count| count > 0);
    result.alpha = answer.n.map(|_| alpha);
    result.note = undefined.or_else(|| note(answer, result.verdict));
    result
}

/// Why nothing is compared, if a formula that involves no chance gives no number (`0/0`, `ln(-1)`): the
/// check is broken there, and more trials would not mend it. Trials that diverge are counted instead.
fn undefined(n: Option<u64>, numbers: [Option<Enclosure>; 3]) -> Option<String> {
    let names = ["value", "bound", "margin"].into_iter().zip(numbers);
    let mut broken = names.filter(|(_, it)| it.is_some_and(|it| it.value.is_nan()));
    let (name, _) = broken.next().filter(|_| n.is_none())?;
    Some(format!("the {name} is not a number here"))
}

fn fill(result: &mut PointResult, value: Enclosure) {
    result.value = finite(value.value);
    result.lo = finite(value.lo);
    result.hi = finite(value.hi);
}

fn found<'a>(answered: &Answered<'a>, ask: &Ask) -> Result<&'a Answer, (Verdict, String)> {
    match answered.find(ask) {
        Found::Answer(answer) => match &answer.failure {
            Some(reason) => Err((Verdict::Error, reason.clone())),
            None => Ok(answer),
        },
        Found::Unavailable(what, mend) => {
            Err((Verdict::Skipped, format!("{what}; mend it with `{mend}`")))
        }
        Found::Failed(reason) => Err((Verdict::Error, reason.to_string())),
        Found::Missing => {
            let note = "not measured: the run ended early; `claimcheck verify --resume` goes on";
            Err((Verdict::Skipped, note.into()))
        }
    }
}

fn note(answer: &Answer, verdict: Verdict) -> Option<String> {
    let mut notes = Vec::new();
    if answer.nonfinite > 0 {
        notes.push(format!("{} trials gave no finite number", answer.nonfinite));
    }
    if answer.asymptotic {
        notes.push("interval for large samples".into());
    }
    if let Some(trial) = answer.trial.filter(|_| verdict == Verdict::Refuted) {
        notes.push(format!("counterexample: trial {trial} of the stream"));
    }
    (!notes.is_empty()).then(|| notes.join("; "))
}

/// One result for each combination of the axes that the series does not run along.
fn series_points(
    claim: &Claim,
    answered: &Answered<'_>,
    asks: &[&Ask],
    plan: &SeriesPlan,
    alpha: f64,
) -> Vec<PointResult> {
    let mut groups: Vec<(Point, Vec<&Ask>)> = Vec::new();
    for ask in asks {
        let mut rest = ask.point.clone();
        rest.shift_remove(&plan.over);
        match groups.iter_mut().find(|(known, _)| *known == rest) {
            Some((_, members)) => members.push(ask),
            None => groups.push((rest, vec![ask])),
        }
    }
    groups
        .into_iter()
        .map(|(rest, members)| series(claim, answered, rest, &members, plan, alpha))
        .collect()
}

fn series(
    claim: &Claim,
    answered: &Answered<'_>,
    mut at: Point,
    asks: &[&Ask],
    plan: &SeriesPlan,
    alpha: f64,
) -> PointResult {
    let informative: Vec<&&Ask> = asks.iter().filter(|ask| ask.informative).collect();
    let axis: Vec<Value> =
        informative.iter().filter_map(|ask| ask.point.get(&plan.over).cloned()).collect();
    at.insert(plan.over.clone(), Value::Array(axis.clone()));
    if informative.is_empty() {
        return blank(at, Verdict::Vacuous, None);
    }
    let mut values = Vec::new();
    let (mut n, mut asymptotic) = (None::<u64>, false);
    for (ask, x) in informative.iter().zip(&axis) {
        let answer = match found(answered, ask) {
            Ok(answer) => answer,
            Err((verdict, note)) => return blank(at, verdict, Some(note)),
        };
        n = match (n, answer.n) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        asymptotic |= answer.asymptotic;
        values.push((x.as_f64().unwrap_or(f64::NAN), answer.value));
    }
    let measured = match plan.shape.measure(&values) {
        Ok(measured) => measured,
        Err(reason) => return blank(at, Verdict::Error, Some(reason)),
    };
    let goal = resolve(claim, answered, informative[0], &plan.bound).and_then(|bound| {
        let margin = plan.margin.as_ref();
        let margin = margin.map(|m| resolve(claim, answered, informative[0], m)).transpose()?;
        Ok((bound, margin))
    });
    let (bound, margin) = match goal {
        Ok(goal) => goal,
        Err(reason) => return blank(at, Verdict::Error, Some(reason)),
    };
    let mut result = blank(at, Verdict::Error, None);
    if let Some(goal) = plan.relation.goal(bound, margin) {
        result.verdict = verdict_of(stats::decide(measured, goal));
        result.detectable = finite(stats::detectable(measured, goal)).filter(|_| n.is_some());
    }
    let undefined = undefined(n, [Some(measured), Some(bound), margin]);
    if undefined.is_some() {
        result.verdict = Verdict::Error;
    }
    fill(&mut result, measured);
    result.bound = finite(bound.value);
    result.margin = margin.and_then(|margin| finite(margin.value));
    result.n = n;
    result.alpha = n.map(|_| alpha);
    result.note =
        undefined.or_else(|| asymptotic.then(|| "interval for large samples".to_string()));
    result
}

/// A formula of parameters as an enclosure.
fn resolve(
    claim: &Claim,
    answered: &Answered<'_>,
    ask: &Ask,
    formula: &Formula,
) -> Result<Enclosure, String> {
    let bindings = Bindings::new(claim, &answered.arm.check, &ask.point);
    let resolved = bindings.resolve(formula).map_err(|error| error.message)?;
    let value: f64 = resolved.eval(&Names(|_: &str| None)).map_err(|error| error.message)?;
    let interval: Interval =
        resolved.eval(&Names(|_: &str| None)).map_err(|error| error.message)?;
    Ok(Enclosure { value, lo: interval.lo, hi: interval.hi })
}
