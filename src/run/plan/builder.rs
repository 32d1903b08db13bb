//! Builds one arm of a claim: which questions, to which cells.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Map, Value};

use super::terms::{MAX_CONDITION_TERMS, terms};
use super::{Arm, Ask, Settings, Slot};
use crate::assertion::{Assertion, Plan as AssertionPlan};
use crate::claim::{
    AxisSpec, Bindings, Check, Control, Loaded, MAX_POINTS, SeriesSpec, expand, size,
};
use crate::experiment::Entry;
use crate::experiments::find;
use crate::formula::{Expression, Formula, Names};
use crate::measure::{Cell, Goal, Request};
use crate::results::Point;

/// Builds one arm: collects questions into cells of equal experiment and parameters.
pub struct Builder<'a> {
    loaded: &'a Loaded,
    settings: Settings,
    check_index: usize,
    control: Option<Control>,
    check: Check,
    cells: Vec<Cell>,
    index: HashMap<String, usize>,
    asks: Vec<Ask>,
}

impl<'a> Builder<'a> {
    /// Begins with the check as it stands after all changes (`raw`).
    ///
    /// # Errors
    /// The changed check is none, in words.
    pub fn new(
        loaded: &'a Loaded,
        check_index: usize,
        control: Option<Control>,
        raw: &Value,
        settings: Settings,
    ) -> Result<Self, String> {
        let check: Check =
            serde_json::from_value(raw.clone()).map_err(|error| error.to_string())?;
        let (cells, index, asks) = (Vec::new(), HashMap::new(), Vec::new());
        Ok(Self { loaded, settings, check_index, control, check, cells, index, asks })
    }

    /// Asks everything the check wants to know.
    ///
    /// # Errors
    /// What makes the check impossible to plan, in words.
    pub fn build(mut self) -> Result<Arm, String> {
        let points = points(&self.check.grid)?;
        self.conditions_are_cheap(&points)?;
        for index in 0..self.check.assert.len() {
            self.assertion(index, &points)?;
        }
        if self.control.is_none() {
            for index in 0..self.check.report.len() {
                self.quantity(index, &points)?;
            }
            for plot in 0..self.check.plots.len() {
                self.field(plot)?;
                self.plot(plot)?;
            }
            for gallery in 0..self.check.pictures.len() {
                self.gallery(gallery)?;
            }
        }
        let Self { check_index, control, check, cells, asks, .. } = self;
        Ok(Arm { check_index, control, check, cells, asks })
    }

    fn assertion(&mut self, index: usize, points: &[Point]) -> Result<(), String> {
        let assertion: &Assertion = &self.check.assert[index];
        let (value, goal) = match assertion.plan()? {
            AssertionPlan::Claims(_) => return Ok(()),
            AssertionPlan::Pointwise(it) => {
                let goal = Goal { relation: it.relation, bound: it.bound, margin: it.margin };
                (it.value, Some(goal))
            }
            AssertionPlan::Series(it) => (it.value, None),
        };
        for point in points {
            let informative = self.holds_at(self.check.informative.as_ref(), point)?;
            let slot = Slot::Assertion(index);
            self.ask(slot, point, informative, &value, goal.as_ref(), &[])?;
        }
        Ok(())
    }

    fn quantity(&mut self, index: usize, grid: &[Point]) -> Result<(), String> {
        let quantity = self.check.report[index].1.clone();
        let points = match &quantity.at {
            None => grid.to_vec(),
            Some(list) => points_at(list)?,
        };
        for point in &points {
            self.ask(Slot::Quantity(index), point, true, &quantity.value.0, None, &[])?;
            if let Some(condition) = &quantity.condition {
                let number = as_number(&condition.0)?;
                self.ask(Slot::Condition(index), point, true, &number, None, &[])?;
            }
        }
        Ok(())
    }

    /// The cells of a plot with a third axis.
    fn field(&mut self, plot: usize) -> Result<(), String> {
        let spec = self.check.plots[plot].clone();
        let (Some(z), Some(y)) = (&spec.z, &spec.y.axis) else {
            return match (&spec.z, &spec.y.axis) {
                (None, None) => Ok(()),
                _ => Err(format!("plot `{}`: `z` and `y: {{axis}}` go together", spec.title)),
            };
        };
        let across = [&spec.x.axis, y];
        let axes = merged(&self.check.grid, &spec.grid);
        if let Some(missing) = across.iter().find(|name| !axes.iter().any(|(it, _)| it == **name)) {
            return Err(format!("plot `{}` has no axis `{missing}` in its grid", spec.title));
        }
        let axes: Vec<_> = axes
            .into_iter()
            .map(|(name, axis)| {
                let kept = across.contains(&&name);
                let axis = if kept { axis } else { AxisSpec::List(first_value(&axis)) };
                (name, axis)
            })
            .collect();
        for point in points(&axes)? {
            self.ask(Slot::Field(plot), &point, true, &z.value.0, None, &[])?;
        }
        Ok(())
    }

    fn plot(&mut self, plot: usize) -> Result<(), String> {
        let spec = self.check.plots[plot].clone();
        let axes = merged(&self.check.grid, &spec.grid);
        for (series, wanted) in spec.series.iter().enumerate() {
            let SeriesSpec { value, ignore, given, .. } = wanted;
            // A curve over a field does not run along the field's second axis.
            let ignored =
                |name: &String| ignore.contains(name) || spec.y.axis.as_ref() == Some(name);
            let axes: Vec<_> = axes
                .iter()
                .filter(|(name, _)| !given.iter().any(|(fixed, _)| fixed == name))
                .map(|(name, axis)| {
                    let first = || AxisSpec::List(first_value(axis));
                    (name.clone(), if ignored(name) { first() } else { axis.clone() })
                })
                .collect();
            for point in points(&axes)? {
                self.ask(Slot::Plot { plot, series }, &point, true, &value.0, None, given)?;
                let x = match &spec.x.value {
                    Some(x) => x.0.clone(),
                    None => Formula::parse(&spec.x.axis).map_err(|error| error.message)?,
                };
                self.ask(Slot::Abscissa { plot, series }, &point, true, &x, None, given)?;
            }
        }
        Ok(())
    }

    fn gallery(&mut self, gallery: usize) -> Result<(), String> {
        let spec = self.check.pictures[gallery].clone();
        for (row, wanted) in spec.rows.iter().enumerate() {
            let fixed = |name: &String| wanted.given.iter().any(|(it, _)| it == name);
            let axes: Vec<_> = spec.grid.iter().filter(|(name, _)| !fixed(name)).cloned().collect();
            for point in points(&axes)? {
                let slot = Slot::Picture { gallery, row };
                self.ask(slot, &point, true, &wanted.show.0, None, &wanted.given)?;
                if let Some(note) = &wanted.note {
                    let slot = Slot::Note { gallery, row };
                    self.ask(slot, &point, true, &note.0, None, &wanted.given)?;
                }
            }
        }
        Ok(())
    }

    /// Conditions are decided while a file is checked: a sum in one must not make that long.
    fn conditions_are_cheap(&self, points: &[Point]) -> Result<(), String> {
        let text = &self.loaded.text;
        if !text.contains("sum") && !text.contains("product") {
            return Ok(());
        }
        let mut added_up = 0.0;
        for condition in [&self.check.informative, &self.check.hypothesis].into_iter().flatten() {
            for point in points {
                let bindings = Bindings::new(&self.loaded.claim, &self.check, point);
                // What can't be resolved is not evaluated either, and told where it is looked at.
                added_up += bindings.resolve(&condition.0).map_or(0.0, |formula| terms(&formula));
                if added_up > MAX_CONDITION_TERMS {
                    return Err(format!(
                        "its conditions add up more than {MAX_CONDITION_TERMS} terms over the grid"
                    ));
                }
            }
        }
        Ok(())
    }

    /// Whether a condition on parameters holds at a point; true if there is none.
    fn holds_at(&self, condition: Option<&Expression>, point: &Point) -> Result<bool, String> {
        let Some(condition) = condition else { return Ok(true) };
        let bindings = Bindings::new(&self.loaded.claim, &self.check, point);
        let resolved = bindings.resolve(&condition.0).map_err(|error| error.message)?;
        let holds = resolved.eval_bool::<f64>(&Names(|_: &str| None));
        Ok(holds.map_err(|error| error.message)?.unwrap_or(false))
    }

    fn ask(
        &mut self,
        slot: Slot,
        point: &Point,
        informative: bool,
        value: &Formula,
        goal: Option<&Goal>,
        given: &[(String, Value)],
    ) -> Result<(), String> {
        let mut full = point.clone();
        full.extend(given.iter().cloned());
        let bindings = Bindings::new(&self.loaded.claim, &self.check, &full);
        let resolve = |formula: &Formula| bindings.resolve(formula).map_err(|error| error.message);
        let goal = goal
            .map(|goal| {
                let margin = goal.margin.as_ref().map(resolve).transpose()?;
                Ok::<_, String>(Goal {
                    relation: goal.relation,
                    bound: resolve(&goal.bound)?,
                    margin,
                })
            })
            .transpose()?;
        let request = Request { value: resolve(value)?, goal };
        let experiment = self.experiment()?;
        let parameters = match experiment {
            Some(entry) => parameters(entry, &bindings)?,
            None => Value::Object(Map::new()),
        };
        let cell = self.cell(experiment, parameters);
        self.cells[cell].requests.push(request);
        let request = self.cells[cell].requests.len() - 1;
        self.asks.push(Ask { slot, point: full, informative, cell, request });
        Ok(())
    }

    fn experiment(&self) -> Result<Option<&'static Entry>, String> {
        let Some(name) = &self.check.experiment else { return Ok(None) };
        find(name).map(Some).ok_or_else(|| format!("there is no experiment `{name}`"))
    }

    fn cell(&mut self, experiment: Option<&'static Entry>, parameters: Value) -> usize {
        let key = format!("{} {parameters}", experiment.map_or("", |entry| entry.name));
        let trials = self.check.trials.map_or(0, |trials| trials.at(self.settings.profile));
        let seed = self.settings.seed;
        let cells = &mut self.cells;
        *self.index.entry(key).or_insert_with(|| {
            let (requests, alpha) = (Vec::new(), 0.0);
            cells.push(Cell { experiment, parameters, requests, trials, alpha, seed });
            cells.len() - 1
        })
    }
}

/// Names of an experiment's parameters, sorted, and whether each holds a formula.
type Signature = Vec<(String, bool)>;

/// The signature of an experiment, read off its schema once: a plan asks for it at every point.
fn signature(entry: &'static Entry) -> Arc<Signature> {
    static KNOWN: Mutex<BTreeMap<&str, Arc<Signature>>> = Mutex::new(BTreeMap::new());
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let read = || {
        let formulas = entry.definition.formula_parameters();
        let mut names = entry.definition.parameter_names();
        names.sort();
        let marked = names.into_iter().map(|name| {
            let holds_formula = formulas.contains(&name);
            (name, holds_formula)
        });
        Arc::new(marked.collect())
    };
    Arc::clone(known.entry(entry.name).or_insert_with(read))
}

/// The experiment's parameters at a point, keys sorted; formulas with their names replaced.
fn parameters(entry: &'static Entry, bindings: &Bindings<'_>) -> Result<Value, String> {
    let mut map = Map::new();
    for (name, holds_formula) in signature(entry).iter() {
        let Some(value) = bindings.value(name) else { continue };
        let value = match (holds_formula, value) {
            (true, Value::String(text)) => {
                let formula = Formula::parse(text).map_err(|error| error.message)?;
                let resolved = bindings.resolve(&formula).map_err(|error| error.message)?;
                Value::String(resolved.canonical())
            }
            (_, value) => value.clone(),
        };
        map.insert(name.clone(), value);
    }
    Ok(Value::Object(map))
}

/// A condition as a number: 1 where it holds, 0 elsewhere.
fn as_number(condition: &Formula) -> Result<Formula, String> {
    Formula::parse(&format!("if({}, 1, 0)", condition.canonical())).map_err(|error| error.message)
}

/// A check's axes with a plot's laid over them.
fn merged(check: &[(String, AxisSpec)], plot: &[(String, AxisSpec)]) -> Vec<(String, AxisSpec)> {
    let mut axes = check.to_vec();
    for (name, axis) in plot {
        match axes.iter_mut().find(|(known, _)| known == name) {
            Some(slot) => slot.1 = axis.clone(),
            None => axes.push((name.clone(), axis.clone())),
        }
    }
    axes
}

fn first_value(axis: &AxisSpec) -> Vec<Value> {
    crate::claim::axis_values(axis).into_iter().take(1).collect()
}

/// The points of a grid. A lint refuses large grids with their place; this one is never passed by, as
/// for grids that a control makes of a profile's.
fn points(axes: &[(String, AxisSpec)]) -> Result<Vec<Point>, String> {
    match size(axes) {
        count if count > MAX_POINTS => {
            Err(format!("the grid has {count} points, more than {MAX_POINTS}"))
        }
        _ => Ok(expand(axes)),
    }
}

/// The points that the entries of `at` stand for: lists stand for every value in them.
fn points_at(list: &[Map<String, Value>]) -> Result<Vec<Point>, String> {
    let mut found = Vec::new();
    for entry in list {
        found.extend(points(&axes_of(entry))?);
    }
    Ok(found)
}

/// An entry of `at` as a grid.
pub fn axes_of(entry: &Map<String, Value>) -> Vec<(String, AxisSpec)> {
    let values = |value: &Value| value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
    entry.iter().map(|(name, value)| (name.clone(), AxisSpec::List(values(value)))).collect()
}
