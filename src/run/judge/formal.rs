//! Formal statements as MathML, from the formulas that ran.

use std::collections::{BTreeMap, BTreeSet};

use crate::assertion::{Assertion, Plan, Shape};
use crate::claim::{AxisSpec, Check, Claim, Control, Quantity, axis_values, lets_used};
use crate::experiment::Definition;
use crate::formula::{Formula, Symbols};
use crate::markup::latex_to_mathml;
use crate::markup::number::short;
use crate::measure::AGGREGATES;
use crate::results::Defined;
use crate::run::plan::Arm;
use crate::stats::Relation;

/// Axes with more values than this are shown by their ends.
const LONG_AXIS: usize = 8;

/// How a check's experiment writes its observables.
struct Names {
    definition: Option<&'static Definition>,
}

impl Names {
    fn of(check: &Check) -> Self {
        let entry = check.experiment.as_deref().and_then(crate::experiments::find);
        Self { definition: entry.map(|entry| entry.definition) }
    }
}

impl Symbols for Names {
    fn name(&self, name: &str) -> Option<String> {
        let observable = self.definition?.observable(name)?;
        fragment(observable.latex)
    }

    fn call(&self, name: &str, args: &[String]) -> Option<String> {
        let aggregate = AGGREGATES.iter().find(|aggregate| aggregate.name == name).map(|a| a.latex);
        let latex = match aggregate {
            Some(latex) => latex,
            None => self.definition?.observable(name)?.latex,
        };
        fill(latex, args)
    }
}

/// LaTeX as MathML without the `<math>` around it: it stands inside another formula.
fn fragment(latex: &str) -> Option<String> {
    let whole = latex_to_mathml(latex, false).ok()?;
    let inside = whole.trim().strip_suffix("</math>")?;
    let (_, inside) = inside.split_once('>')?;
    Some(format!("<mrow>{inside}</mrow>"))
}

/// A LaTeX template with `#1`, `#2` as MathML with the arguments in their places.
fn fill(latex: &str, args: &[String]) -> Option<String> {
    let mut template = latex.to_string();
    for index in 0..args.len() {
        template = template.replace(&format!("#{}", index + 1), &format!("\\text{{slot{index}}}"));
    }
    let mut mathml = fragment(&template)?;
    for (index, argument) in args.iter().enumerate() {
        let slot = format!("<mtext>slot{index}</mtext>");
        mathml = mathml.replace(&slot, &format!("<mrow>{argument}</mrow>"));
    }
    Some(mathml)
}

fn math(inner: &str) -> String {
    format!("<math>{inner}</math>")
}

fn relation(relation: Relation) -> &'static str {
    match relation {
        Relation::AtMost => "<mo>≤</mo>",
        Relation::AtLeast => "<mo>≥</mo>",
        Relation::Within => "<mo>=</mo>",
    }
}

fn compared(value: &str, how: Relation, bound: &str, margin: Option<&str>) -> String {
    match margin {
        Some(margin) => {
            format!("<mrow><mo>|</mo>{value}<mo>−</mo>{bound}<mo>|</mo></mrow><mo>≤</mo>{margin}")
        }
        None => format!("{value}{}{bound}", relation(how)),
    }
}

/// The whole statement of an assertion: for all grid points, value, relation, bound.
pub fn statement(claim: &Claim, arm: &Arm, _assertion: &Assertion, plan: &Plan) -> String {
    let names = Names::of(&arm.check);
    let render = |formula: &Formula| formula.mathml(&names);
    let (core, over, used) = match plan {
        Plan::Claims(ids) => return all_of(ids),
        Plan::Pointwise(it) => {
            let margin = it.margin.as_ref().map(render);
            let core =
                compared(&render(&it.value), it.relation, &render(&it.bound), margin.as_deref());
            (core, None, vec![&it.value, &it.bound])
        }
        Plan::Series(it) => {
            let margin = it.margin.as_ref().map(render);
            let value = shaped(it.shape, &render(&it.value), &name_mathml(&it.over));
            let core = compared(&value, it.relation, &render(&it.bound), margin.as_deref());
            (core, Some(it.over.as_str()), vec![&it.value, &it.bound])
        }
    };
    let axes = quantifier(claim, &arm.check, over, &used);
    match axes.is_empty() {
        true => math(&core),
        false => {
            math(&format!("{core}<mspace width=\"1.2em\"/><mtext>for all\u{a0}</mtext>{axes}"))
        }
    }
}

fn shaped(shape: Shape, value: &str, axis: &str) -> String {
    match shape {
        Shape::LogLogSlope => format!(
            "<mfrac><mrow><mi>d</mi><mi>ln</mi><mrow>{value}</mrow></mrow><mrow><mi>d</mi><mi>ln</mi>{axis}</mrow></mfrac>"
        ),
        Shape::SmallestRise => {
            format!("<msub><mi>min</mi>{axis}</msub><mi>Δ</mi><mrow>{value}</mrow>")
        }
        Shape::SmallestFall => {
            format!(
                "<msub><mi>min</mi>{axis}</msub><mrow><mo>−</mo><mi>Δ</mi></mrow><mrow>{value}</mrow>"
            )
        }
        Shape::LimitConstant { order } => format!(
            "<mfrac><mrow><msub><mi>max</mi><mtext>confirm</mtext></msub>{value}<msup>{axis}<mn>{order}</mn></msup></mrow>\
             <mrow><msub><mi>max</mi><mtext>fit</mtext></msub>{value}<msup>{axis}<mn>{order}</mn></msup></mrow></mfrac>"
        ),
    }
}

fn name_mathml(name: &str) -> String {
    struct Nothing;
    impl Symbols for Nothing {
        fn name(&self, _: &str) -> Option<String> {
            None
        }
        fn call(&self, _: &str, _: &[String]) -> Option<String> {
            None
        }
    }
    Formula::parse(name).map(|formula| formula.mathml(&Nothing)).unwrap_or_default()
}

/// `m ∈ {…}, ε ∈ {…}` for the axes of the grid.
fn quantifier(claim: &Claim, check: &Check, over: Option<&str>, formulas: &[&Formula]) -> String {
    let _ = (claim, formulas);
    let axes = check.grid.iter().filter(|(name, _)| Some(name.as_str()) != over);
    let parts: Vec<String> = axes
        .map(|(name, axis)| format!("{}<mo>∈</mo>{}", name_mathml(name), axis_mathml(axis)))
        .collect();
    parts.join("<mo>,</mo><mspace width=\"0.4em\"/>")
}

fn axis_mathml(axis: &AxisSpec) -> String {
    let values = axis_values(axis);
    let show = |value: &serde_json::Value| match value {
        serde_json::Value::Number(number) => {
            let number = number.as_f64().map_or(number.to_string(), short);
            format!("<mn>{number}</mn>")
        }
        other => {
            let text = other.as_str().map_or_else(|| other.to_string(), String::from);
            format!("<mtext>{}</mtext>", escape(&text))
        }
    };
    let comma = "<mo>,</mo>";
    let inner = if values.len() > LONG_AXIS {
        let (first, last) = (show(&values[0]), show(&values[values.len() - 1]));
        format!("{first}{comma}{}{comma}<mo>…</mo>{comma}{last}", show(&values[1]))
    } else {
        values.iter().map(show).collect::<Vec<_>>().join(comma)
    };
    format!("<mrow><mo>{{</mo>{inner}<mo>}}</mo></mrow>")
}

/// Column title of the measured value.
pub fn value_label(arm: &Arm, plan: &Plan) -> String {
    let names = Names::of(&arm.check);
    match plan {
        Plan::Claims(_) => String::new(),
        Plan::Pointwise(it) => math(&it.value.mathml(&names)),
        Plan::Series(it) => {
            math(&shaped(it.shape, &it.value.mathml(&names), &name_mathml(&it.over)))
        }
    }
}

/// Column title of the bound.
pub fn bound_label(arm: &Arm, plan: &Plan) -> String {
    let names = Names::of(&arm.check);
    let (bound, margin) = match plan {
        Plan::Claims(_) => return String::new(),
        Plan::Pointwise(it) => (&it.bound, &it.margin),
        Plan::Series(it) => (&it.bound, &it.margin),
    };
    match margin {
        Some(margin) => {
            math(&format!("{}<mo>±</mo>{}", bound.mathml(&names), margin.mathml(&names)))
        }
        None => math(&bound.mathml(&names)),
    }
}

/// What a reported quantity is.
pub fn quantity_label(arm: &Arm, quantity: &Quantity) -> String {
    let names = Names::of(&arm.check);
    let value = quantity.value.0.mathml(&names);
    let reduced = quantity.reduce.and_then(|reduce| serde_json::to_value(reduce).ok());
    match reduced.as_ref().and_then(|word| word.as_str()) {
        Some(word) => math(&format!("<mi>{word}</mi><mrow>{value}</mrow>")),
        None => math(&value),
    }
}

/// The names that the assertions of a claim use, with their definitions.
pub fn definitions(claim: &Claim, arms: &[Arm]) -> Vec<Defined> {
    let mut found: Vec<(String, Defined)> = Vec::new();
    for arm in arms.iter().filter(|arm| arm.control.is_none()) {
        let names = Names::of(&arm.check);
        let mut used = BTreeSet::new();
        for assertion in &arm.check.assert {
            for (_, formula) in assertion.formulas() {
                used.extend(lets_used(claim, &arm.check, formula));
            }
        }
        let lets = innermost(&claim.lets, &arm.check.lets);
        let lets = lets.filter(|(name, _)| used.contains(name)).map(|(name, formula)| {
            (name, math(&formula.0.mathml(&names)), formula.0.source().to_string())
        });
        let given = innermost(&claim.given, &arm.check.given).map(|(name, value)| {
            let text = value.as_str().map_or_else(|| value.to_string(), String::from);
            (name, text.clone(), text)
        });
        for (name, meaning, text) in lets.chain(given) {
            let source = format!("{name}: {text}");
            match found.iter_mut().find(|(_, known)| known.source == source) {
                Some((_, known)) => known.checks.push(arm.check.name.clone()),
                None => {
                    let checks = vec![arm.check.name.clone()];
                    let symbol = math(&name_mathml(name));
                    found.push((name.clone(), Defined { symbol, meaning, source, checks }));
                }
            }
        }
    }
    let mut meanings: BTreeMap<String, usize> = BTreeMap::new();
    found.iter().for_each(|(name, _)| *meanings.entry(name.clone()).or_default() += 1);
    let unambiguous = |name: &String| meanings.get(name) == Some(&1);
    for (name, defined) in &mut found {
        if unambiguous(name) {
            defined.checks.clear();
        }
    }
    found.into_iter().map(|(_, defined)| defined).collect()
}

/// The claim's entries and the check's, which come before the claim's of the same name.
fn innermost<'a, T>(
    claim: &'a [(String, T)],
    check: &'a [(String, T)],
) -> impl Iterator<Item = &'a (String, T)> {
    let hidden = |name: &String| check.iter().any(|(own, _)| own == name);
    claim.iter().filter(move |(name, _)| !hidden(name)).chain(check)
}

/// Other claims hold.
pub fn all_of(ids: &[String]) -> String {
    let items: Vec<String> =
        ids.iter().map(|id| format!("<mtext>{}</mtext>", escape(id))).collect();
    math(&items.join("<mo>∧</mo>"))
}

/// What a control changes, in words.
pub fn change(control: &Control) -> String {
    let mut parts = Vec::new();
    let mut add = |what: &str, value: &Option<serde_json::Value>| {
        for (name, value) in
            value.as_ref().and_then(|value| value.as_object()).into_iter().flatten()
        {
            parts.push(format!("{what} {name} = {}", plain(value)));
        }
    };
    add("", &control.change.given);
    add("grid", &control.change.grid);
    add("", &control.change.lets);
    add("in", &control.change.assert);
    if let Some(experiment) = &control.change.experiment {
        parts.push(format!("experiment {experiment}"));
    }
    let changed = parts.iter().map(|part| part.trim()).collect::<Vec<_>>().join("; ");
    match &control.why {
        Some(why) => format!("{changed}. {why}"),
        None => changed,
    }
}

fn plain(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Object(map) => map
            .iter()
            .map(|(key, value)| format!("{key}: {}", plain(value)))
            .collect::<Vec<_>>()
            .join(", "),
        other => other.to_string(),
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The report shows only MathML that passes its whitelist: every way to write an observable must.
    #[test]
    fn every_observable_and_aggregate_can_be_shown() {
        for entry in crate::experiments::ALL {
            let names = Names { definition: Some(entry.definition) };
            for observable in entry.definition.observables {
                let arguments: Vec<String> =
                    observable.arguments.iter().map(|name| name_mathml(name)).collect();
                let shown = match observable.arguments {
                    [] => names.name(observable.name),
                    _ => names.call(observable.name, &arguments),
                };
                let what = format!("{} of {}", observable.name, entry.name);
                let shown = shown.unwrap_or_else(|| panic!("{what} has no form"));
                let clean = crate::markup::mathml::clean(&math(&shown));
                assert!(clean.is_ok(), "{what}: {clean:?} in {shown}");
                assert!(!shown.contains("slot"), "{what}: {shown}");
            }
        }
        let names = Names { definition: None };
        for aggregate in &AGGREGATES {
            let arguments: Vec<String> =
                aggregate.arguments.iter().map(|_| name_mathml("x")).collect();
            let shown = names.call(aggregate.name, &arguments).unwrap();
            let clean = crate::markup::mathml::clean(&math(&shown));
            assert!(clean.is_ok() && !shown.contains("slot"), "{}: {shown}", aggregate.name);
        }
    }
}
