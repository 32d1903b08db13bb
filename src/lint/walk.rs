//! Every formula of a claim, with its place and what it may speak of.

use serde_json::Value;

use crate::claim::{Check, Control, Loaded, Overlay, Step};
use crate::formula::Formula;
use crate::measure::is_aggregate;

/// What a formula may speak of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Parameters only: `informative`, `hypothesis`, abscissae.
    Parameters,
    /// Parameters, exact observables and aggregates.
    Values,
    /// One trial: parameters and sampled observables.
    Trial,
    /// A picture of the experiment, its arguments parameters.
    Picture,
    /// Anything: a `let`, whose use decides.
    Anything,
}

/// A formula with its place.
pub struct Place<'a> {
    /// Path in the file.
    pub path: Vec<Step>,
    /// The formula.
    pub formula: Formula,
    /// What it may speak of.
    pub reach: Reach,
    /// The check that it stands in.
    pub check: &'a Check,
    /// A control that changes names, if it stands in one.
    pub control: Option<&'a Control>,
}

fn step(parts: &[&dyn ToStep]) -> Vec<Step> {
    parts.iter().map(|part| part.step()).collect()
}

trait ToStep {
    fn step(&self) -> Step;
}

impl ToStep for &str {
    fn step(&self) -> Step {
        Step::Key((*self).to_string())
    }
}

impl ToStep for String {
    fn step(&self) -> Step {
        Step::Key(self.clone())
    }
}

impl ToStep for usize {
    fn step(&self) -> Step {
        Step::Index(*self)
    }
}

/// The fields of assertions that are evaluated trial by trial.
fn reach_of(field: &str) -> Reach {
    match field {
        "of" | "event" | "outcome" | "contains" => Reach::Trial,
        _ => Reach::Values,
    }
}

/// Every formula of a claim's checks.
pub fn formulas(loaded: &Loaded) -> Vec<Place<'_>> {
    let mut places = Vec::new();
    for (index, check) in loaded.claim.checks.iter().enumerate() {
        let base: [&dyn ToStep; 2] = [&"checks", &index];
        let mut add = |rest: &[&dyn ToStep], formula: &Formula, reach: Reach| {
            let path = step(&base.iter().chain(rest).copied().collect::<Vec<_>>());
            places.push(Place { path, formula: formula.clone(), reach, check, control: None });
        };
        for (name, formula) in &check.lets {
            add(&[&"let", name], &formula.0, Reach::Anything);
        }
        for (field, formula) in
            [("informative", &check.informative), ("hypothesis", &check.hypothesis)]
        {
            if let Some(formula) = formula {
                add(&[&field], &formula.0, Reach::Parameters);
            }
        }
        for (position, assertion) in check.assert.iter().enumerate() {
            for (field, formula) in assertion.formulas() {
                add(&[&"assert", &position, &field], formula, reach_of(field));
            }
        }
        for (name, quantity) in &check.report {
            add(&[&"report", name, &"value"], &quantity.value.0, Reach::Values);
            if let Some(condition) = &quantity.condition {
                add(&[&"report", name, &"where"], &condition.0, Reach::Values);
            }
        }
        for (position, plot) in check.plots.iter().enumerate() {
            if let Some(x) = &plot.x.value {
                add(&[&"plots", &position, &"x", &"value"], &x.0, Reach::Parameters);
            }
            for (series, spec) in plot.series.iter().enumerate() {
                let path: [&dyn ToStep; 5] = [&"plots", &position, &"series", &series, &"value"];
                add(&path, &spec.value.0, Reach::Values);
            }
            if let Some(z) = &plot.z {
                add(&[&"plots", &position, &"z", &"value"], &z.value.0, Reach::Values);
            }
        }
        for (position, gallery) in check.pictures.iter().enumerate() {
            for (row, spec) in gallery.rows.iter().enumerate() {
                let field =
                    |field| -> [&dyn ToStep; 5] { [&"pictures", &position, &"rows", &row, field] };
                add(&field(&"show"), &spec.show.0, Reach::Picture);
                if let Some(note) = &spec.note {
                    add(&field(&"note"), &note.0, Reach::Values);
                }
            }
        }
    }
    places.extend(overlay_formulas(loaded));
    places
}

/// Formulas that controls and profiles put in the place of others.
fn overlay_formulas(loaded: &Loaded) -> Vec<Place<'_>> {
    let mut places = Vec::new();
    for (index, check) in loaded.claim.checks.iter().enumerate() {
        for (position, control) in check.controls.iter().enumerate() {
            let base = step(&[&"checks", &index, &"controls", &position]);
            changed_formulas(&control.change, &base, check, Some(control), &mut places);
        }
        for (profile, overlay) in &check.profiles {
            let base = step(&[&"checks", &index, &"profiles", &profile.name()]);
            changed_formulas(overlay, &base, check, None, &mut places);
        }
    }
    places
}

/// The formulas of an overlay that stands at `base`.
fn changed_formulas<'a>(
    overlay: &'a Overlay,
    base: &[Step],
    check: &'a Check,
    control: Option<&'a Control>,
    places: &mut Vec<Place<'a>>,
) {
    let mut add = |rest: &[&str], formula: Formula, reach: Reach| {
        let path = base.iter().cloned().chain(rest.iter().map(|part| Step::from(*part)));
        places.push(Place { path: path.collect(), formula, reach, check, control });
    };
    for (name, value) in object(overlay.lets.as_ref()) {
        let Some(formula) = formula_of(value) else { continue };
        add(&["let", name], formula, Reach::Anything);
    }
    let conditions = [("informative", &overlay.informative), ("hypothesis", &overlay.hypothesis)];
    for (field, condition) in conditions {
        if let Some(condition) = condition {
            add(&[field], condition.0.clone(), Reach::Parameters);
        }
    }
    for (name, fields) in object(overlay.assert.as_ref()) {
        let own = check.assert.iter().find(|assertion| assertion.name() == name);
        let known: Vec<&str> =
            own.iter().flat_map(|own| own.formulas()).map(|(field, _)| field).collect();
        for (field, value) in object(Some(fields)) {
            let Some(formula) = formula_of(value) else { continue };
            if known.contains(&field.as_str()) {
                add(&["assert", name, field], formula, reach_of(field));
            }
        }
    }
}

fn object(value: Option<&Value>) -> impl Iterator<Item = (&String, &Value)> {
    value.and_then(Value::as_object).into_iter().flatten()
}

/// A value of an overlay as a formula; the lint `parameters` names those that are none. `null` takes
/// a field away.
fn formula_of(value: &Value) -> Option<Formula> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    Formula::parse(&text).ok()
}

/// Names and calls of a formula with what they stand inside: `true` within an aggregate's trial
/// arguments.
pub fn mentions(formula: &Formula) -> Vec<Mention> {
    let mut found = Vec::new();
    visit(formula.root(), false, &mut Vec::new(), &mut found);
    found
}

/// A name or a call in a formula.
#[derive(Clone, Debug, PartialEq)]
pub struct Mention {
    /// The name.
    pub name: String,
    /// Number of arguments; `None` for a plain name.
    pub arity: Option<usize>,
    /// Bytes in the formula.
    pub span: std::ops::Range<usize>,
    /// Inside an aggregate's trial arguments.
    pub in_aggregate: bool,
    /// The name of a distribution function handed to `ks`.
    pub as_function: bool,
}

fn visit(
    expr: &crate::formula::Expr,
    in_aggregate: bool,
    bound: &mut Vec<String>,
    found: &mut Vec<Mention>,
) {
    use crate::formula::Node;
    let span = expr.span.start..expr.span.end;
    match &expr.node {
        Node::Name(name) => {
            if !bound.iter().any(|index| **index == **name) {
                let name = name.to_string();
                found.push(Mention { name, arity: None, span, in_aggregate, as_function: false });
            }
        }
        Node::Call(name, arguments) => {
            let aggregate = is_aggregate(name);
            found.push(Mention {
                name: name.to_string(),
                arity: Some(arguments.len()),
                span,
                in_aggregate,
                as_function: false,
            });
            for (index, argument) in arguments.iter().enumerate() {
                if aggregate && &**name == "ks" && index == 1 {
                    let start = found.len();
                    visit(argument, false, bound, found);
                    found[start..].iter_mut().for_each(|mention| mention.as_function = true);
                } else {
                    let trial = aggregate && index == 0;
                    visit(argument, in_aggregate || trial, bound, found);
                }
            }
        }
        Node::Fold(fold) => {
            visit(&fold.from, in_aggregate, bound, found);
            visit(&fold.to, in_aggregate, bound, found);
            bound.push(fold.index.to_string());
            visit(&fold.body, in_aggregate, bound, found);
            bound.pop();
        }
        _ => expr
            .node
            .children()
            .into_iter()
            .for_each(|child| visit(child, in_aggregate, bound, found)),
    }
}
