//! Formal statements as LaTeX between dollar signs, from the formulas that ran.

use std::collections::{BTreeMap, BTreeSet};

use crate::assertion::{Assertion, Plan, Shape};
use crate::claim::{AxisSpec, Check, Claim, Control, Quantity, axis_values, lets_used};
use crate::experiment::Definition;
use crate::formula::{Formula, PlainSymbols, Symbols, latex_text, number_latex};
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
        let open = vec![r"\cdot".to_string(); observable.arguments.len()];
        Some(fill(observable.latex, &open))
    }

    fn call(&self, name: &str, args: &[String]) -> Option<String> {
        let aggregate = AGGREGATES.iter().find(|aggregate| aggregate.name == name).map(|a| a.latex);
        let latex = match aggregate {
            Some(latex) => latex,
            None => self.definition?.observable(name)?.latex,
        };
        Some(fill(latex, args))
    }
}

/// A LaTeX template with `#1`, `#2` with the arguments in their places. An index or an argument in brackets
/// needs no braces of its own; anywhere else a command of the template could swallow the argument's letters.
fn fill(latex: &str, args: &[String]) -> String {
    let mut parts = latex.split('#');
    let mut out = parts.next().unwrap_or_default().to_string();
    for part in parts {
        let argument = part.chars().next().and_then(|digit| digit.to_digit(10));
        let argument = argument.and_then(|number| args.get(number.checked_sub(1)? as usize));
        let Some(argument) = argument else {
            out = out + "#" + part;
            continue;
        };
        let enclosed = out.ends_with(['{', '[', '(', '|', ','])
            && part[1..].starts_with(['}', ']', ')', '|', ',', '\\']);
        out += &if enclosed { argument.clone() } else { format!("{{{argument}}}") };
        out += &part[1..];
    }
    out
}

fn math(inner: &str) -> String {
    format!("${inner}$")
}

fn relation(relation: Relation) -> &'static str {
    match relation {
        Relation::AtMost => r"\le ",
        Relation::AtLeast => r"\ge ",
        Relation::Within => "=",
    }
}

fn compared(value: &str, how: Relation, bound: &str, margin: Option<&str>) -> String {
    match margin {
        Some(margin) => format!(r"\left|{value}-{bound}\right|\le {margin}"),
        None => format!("{value}{}{bound}", relation(how)),
    }
}

/// The whole statement of an assertion: for all grid points, value, relation, bound.
pub fn statement(claim: &Claim, arm: &Arm, _assertion: &Assertion, plan: &Plan) -> String {
    let names = Names::of(&arm.check);
    let render = |formula: &Formula| formula.latex(&names);
    // Behind the minus of a distance a sum needs parentheses.
    let bound = |formula: &Formula, margin: &Option<String>| match margin {
        Some(_) => formula.latex_term(&names),
        None => render(formula),
    };
    let (core, over, used) = match plan {
        Plan::Claims(ids) => return all_of(ids),
        Plan::Pointwise(it) => {
            let margin = it.margin.as_ref().map(render);
            let core = compared(
                &render(&it.value),
                it.relation,
                &bound(&it.bound, &margin),
                margin.as_deref(),
            );
            (core, None, vec![&it.value, &it.bound])
        }
        Plan::Series(it) => {
            let margin = it.margin.as_ref().map(render);
            let value = shaped(it.shape, &it.value.latex_term(&names), &name_latex(&it.over));
            let core = compared(&value, it.relation, &bound(&it.bound, &margin), margin.as_deref());
            (core, Some(it.over.as_str()), vec![&it.value, &it.bound])
        }
    };
    let axes = quantifier(claim, &arm.check, over, &used);
    match axes.is_empty() {
        true => math(&core),
        false => math(&format!(r"{core}\qquad\text{{for all }}{axes}")),
    }
}

fn shaped(shape: Shape, value: &str, axis: &str) -> String {
    match shape {
        Shape::LogLogSlope => format!(r"\frac{{d\ln {{{value}}}}}{{d\ln {axis}}}"),
        Shape::SmallestRise => format!(r"\min\limits_{{{axis}}}\Delta {{{value}}}"),
        Shape::SmallestFall => format!(r"\min\limits_{{{axis}}}\left(-\Delta {{{value}}}\right)"),
        Shape::LimitConstant { order } => {
            let largest =
                |points| format!(r"\max\limits_{{\text{{{points}}}}}{{{value}}}{axis}^{{{order}}}");
            format!(r"\frac{{{}}}{{{}}}", largest("confirm"), largest("fit"))
        }
    }
}

fn name_latex(name: &str) -> String {
    Formula::parse(name).map(|formula| formula.latex(&PlainSymbols)).unwrap_or_default()
}

/// `m ∈ {…}, ε ∈ {…}` for the axes of the grid.
fn quantifier(claim: &Claim, check: &Check, over: Option<&str>, formulas: &[&Formula]) -> String {
    let _ = (claim, formulas);
    let axes = check.grid.iter().filter(|(name, _)| Some(name.as_str()) != over);
    let parts: Vec<String> =
        axes.map(|(name, axis)| format!(r"{}\in {}", name_latex(name), axis_latex(axis))).collect();
    parts.join(r",\ ")
}

fn axis_latex(axis: &AxisSpec) -> String {
    let values = axis_values(axis);
    let show = |value: &serde_json::Value| match value {
        serde_json::Value::Number(number) => {
            number.as_f64().map_or(number.to_string(), |x| number_latex(in_short(x)))
        }
        other => latex_text(&other.as_str().map_or_else(|| other.to_string(), String::from)),
    };
    let inner = if values.len() > LONG_AXIS {
        let (first, last) = (show(&values[0]), show(&values[values.len() - 1]));
        format!(r"{first},{},\dots,{last}", show(&values[1]))
    } else {
        values.iter().map(show).collect::<Vec<_>>().join(",")
    };
    format!(r"\{{{inner}\}}")
}

/// Four digits, unless more of them stand before the point.
fn in_short(x: f64) -> f64 {
    if x.abs() >= 1e4 { x } else { format!("{x:.3e}").parse().unwrap_or(x) }
}

/// Column title of the measured value.
pub fn value_label(arm: &Arm, plan: &Plan) -> String {
    let names = Names::of(&arm.check);
    match plan {
        Plan::Claims(_) => String::new(),
        Plan::Pointwise(it) => math(&it.value.latex(&names)),
        Plan::Series(it) => {
            math(&shaped(it.shape, &it.value.latex_term(&names), &name_latex(&it.over)))
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
        Some(margin) => math(&format!(r"{}\pm {}", bound.latex(&names), margin.latex(&names))),
        None => math(&bound.latex(&names)),
    }
}

/// What a reported quantity is.
pub fn quantity_label(arm: &Arm, quantity: &Quantity) -> String {
    let names = Names::of(&arm.check);
    let value = &quantity.value.0;
    let reduced = quantity.reduce.and_then(|reduce| serde_json::to_value(reduce).ok());
    match reduced.as_ref().and_then(|word| word.as_str()) {
        Some(word) => math(&format!("{} {{{}}}", latex_text(word), value.latex_term(&names))),
        None => math(&value.latex(&names)),
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
            (name, math(&formula.0.latex(&names)), formula.0.source().to_string())
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
                    let symbol = math(&name_latex(name));
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
    let items: Vec<String> = ids.iter().map(|id| latex_text(id)).collect();
    math(&items.join(r"\land "))
}

/// What a control changes, in words.
pub fn change(control: &Control) -> String {
    let mut parts = Vec::new();
    let mut add = |what: &str, value: &Option<serde_json::Value>| {
        for (name, value) in
            value.as_ref().and_then(|value| value.as_object()).into_iter().flatten()
        {
            parts.push(match value.as_object().filter(|_| what == "in") {
                Some(fields) => {
                    let fields =
                        fields.iter().map(|(key, value)| format!("{key} = {}", plain(value)));
                    format!("in “{name}” {}", fields.collect::<Vec<_>>().join(", "))
                }
                None => format!("{what} {name} = {}", plain(value)),
            });
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::markup::latex_to_mathml;

    /// The report shows LaTeX that its renderer knows: every way to write an observable must be.
    #[test]
    fn every_observable_and_aggregate_can_be_shown() {
        let check = |what: &str, shown: String| {
            for (latex, block) in [(shown.clone(), false), (format!("{{{shown}}}^{{2}}"), true)] {
                let rendered = latex_to_mathml(&latex, block);
                assert!(rendered.is_ok(), "{what}: {rendered:?} in {latex}");
            }
            let open = shown
                .split('#')
                .skip(1)
                .any(|after| after.starts_with(|c: char| c.is_ascii_digit()));
            assert!(!open, "{what}: {shown}");
        };
        for entry in crate::experiments::ALL {
            let names = Names { definition: Some(entry.definition) };
            for observable in entry.definition.observables {
                let arguments: Vec<String> =
                    observable.arguments.iter().map(|name| name_latex(name)).collect();
                let shown = match observable.arguments {
                    [] => names.name(observable.name),
                    _ => names.call(observable.name, &arguments),
                };
                let what = format!("{} of {}", observable.name, entry.name);
                let shown = shown.unwrap_or_else(|| panic!("{what} has no form"));
                check(&what, shown);
            }
        }
        let names = Names { definition: None };
        for aggregate in &AGGREGATES {
            let arguments: Vec<String> =
                aggregate.arguments.iter().map(|_| name_latex("x")).collect();
            check(aggregate.name, names.call(aggregate.name, &arguments).unwrap());
        }
    }

    #[test]
    fn arguments_stand_apart_from_commands() {
        let args = ["l".to_string(), r"\beta".to_string()];
        assert_eq!(fill(r"\|h_{#1}\|^2", &args), r"\|h_{l}\|^2");
        assert_eq!(fill(r"\max #1_#2", &args), r"\max {l}_{\beta}");
        assert_eq!(fill(r"E\left[#1\right]", &args), r"E\left[l\right]");
        assert_eq!(fill("#3#", &args), "#3#");
    }
}
