//! Reported quantities: point by point, or reduced to one number.

use serde_json::Value;

use super::{Answered, Found, formal};
use crate::claim::{Bindings, Claim, Quantity as Spec, Reduce, label_name};
use crate::experiment::Evidence;
use crate::maths::Enclosure;
use crate::measure::evidence_of;
use crate::results::{Point, Quantity, finite};
use crate::run::plan::{Ask, Slot};
use crate::stats;

struct Measured {
    at: Point,
    value: Enclosure,
    n: Option<u64>,
}

/// All quantities of an arm.
pub fn quantities(claim: &Claim, answered: &Answered<'_>) -> Vec<Quantity> {
    let arm = answered.arm;
    let mut found = Vec::new();
    for (index, (name, spec)) in arm.check.report.iter().enumerate() {
        let asks: Vec<&Ask> =
            arm.asks.iter().filter(|ask| ask.slot == Slot::Quantity(index)).collect();
        let values = values(answered, index, &asks);
        let evidence = evidence(claim, answered, &asks, spec);
        let formula = formal::quantity_label(arm, spec);
        let results = match spec.reduce {
            None => values,
            Some(reduce) => vec![reduced(reduce, spec, values)],
        };
        found.extend(results.into_iter().map(|result| {
            let at = labelled(claim, answered, spec, result.at);
            Quantity {
                name: name.clone(),
                at,
                value: finite(result.value.value),
                lo: finite(result.value.lo),
                hi: finite(result.value.hi),
                n: result.n,
                formula: formula.clone(),
                evidence,
            }
        }));
    }
    found
}

/// A point with its label.
fn labelled(claim: &Claim, answered: &Answered<'_>, spec: &Spec, at: Point) -> Point {
    let check = &answered.arm.check;
    let label = spec.label.as_ref().unwrap_or(&check.label);
    let bindings = Bindings::new(claim, check, &at);
    let told = |value: &Value| match label_name(value) {
        Some(name) => bindings.value(name).cloned().unwrap_or_default(),
        None => value.clone(),
    };
    let label: Point = label.iter().map(|(key, value)| (key.clone(), told(value))).collect();
    let mut at = at;
    at.extend(label);
    at
}

fn values(answered: &Answered<'_>, index: usize, asks: &[&Ask]) -> Vec<Measured> {
    let conditions: Vec<&Ask> =
        answered.arm.asks.iter().filter(|ask| ask.slot == Slot::Condition(index)).collect();
    let mut values = Vec::new();
    for (position, ask) in asks.iter().enumerate() {
        if let Some(condition) = conditions.get(position)
            && !matches!(answered.find(condition), Found::Answer(a) if a.value.value > 0.5)
        {
            continue;
        }
        let (value, n) = match answered.find(ask) {
            Found::Answer(answer) => (answer.value, answer.n),
            _ => (Enclosure::UNKNOWN, None),
        };
        values.push(Measured { at: ask.point.clone(), value, n });
    }
    values
}

fn evidence(claim: &Claim, answered: &Answered<'_>, asks: &[&Ask], spec: &Spec) -> Evidence {
    let definition = answered
        .arm
        .check
        .experiment
        .as_deref()
        .and_then(crate::experiments::find)
        .map(|e| e.definition);
    let Some(ask) = asks.first() else { return Evidence::Exact };
    let bindings = Bindings::new(claim, &answered.arm.check, &ask.point);
    let resolved = bindings.resolve(&spec.value.0);
    resolved.map_or(Evidence::Exact, |formula| evidence_of(&formula, definition))
}

fn reduced(reduce: Reduce, spec: &Spec, values: Vec<Measured>) -> Measured {
    let n = values.iter().filter_map(|value| value.n).min();
    let each = values.iter().map(|value| value.value);
    let extreme = |pick: fn(f64, f64) -> f64| {
        let all = each.clone().reduce(|a, b| Enclosure {
            value: pick(a.value, b.value),
            lo: pick(a.lo, b.lo),
            hi: pick(a.hi, b.hi),
        });
        all.unwrap_or(Enclosure::UNKNOWN)
    };
    let sum = || {
        each.clone().fold(Enclosure::point(0.0), |a, b| Enclosure {
            value: a.value + b.value,
            lo: (a.lo + b.lo).next_down(),
            hi: (a.hi + b.hi).next_up(),
        })
    };
    let value = match reduce {
        Reduce::Max => extreme(f64::max),
        Reduce::Min => extreme(f64::min),
        Reduce::Sum => sum(),
        Reduce::Mean => {
            let (total, count) = (sum(), values.len() as f64);
            Enclosure { value: total.value / count, lo: total.lo / count, hi: total.hi / count }
        }
        Reduce::Slope => slope(spec, &values),
    };
    Measured { at: Point::new(), value, n }
}

fn slope(spec: &Spec, values: &[Measured]) -> Enclosure {
    let axis = spec.over.as_deref().unwrap_or_default();
    let abscissae: Option<Vec<f64>> =
        values.iter().map(|value| Some(value.at.get(axis)?.as_f64()?.ln())).collect();
    let logs: Vec<Enclosure> = values
        .iter()
        .map(|value| Enclosure {
            value: value.value.value.ln(),
            lo: value.value.lo.ln().next_down(),
            hi: value.value.hi.ln().next_up(),
        })
        .collect();
    abscissae.map_or(Enclosure::UNKNOWN, |abscissae| stats::slope(&abscissae, &logs).slope)
}
