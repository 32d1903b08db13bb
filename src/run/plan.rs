//! The plan: every claim as cells to measure, and where each answer goes.

use std::collections::HashMap;

use serde_json::{Map, Value};

use crate::assertion::{Assertion, Plan as AssertionPlan};
use crate::claim::{
    AxisSpec, Bindings, Check, Control, Loaded, MAX_POINTS, Profile, SeriesSpec, Suite, expand,
    overlaid, size,
};
use crate::experiment::Entry;
use crate::experiments::find;
use crate::formula::{Expression, Formula, Names};
use crate::measure::{Cell, Goal, Request, uses_samples};
use crate::results::Point;
use crate::stats::Budget;

/// What to run with.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// How much to spend.
    pub profile: Profile,
    /// Suite seed.
    pub seed: u64,
    /// False-alarm budget of the suite.
    pub budget: f64,
}

/// A whole suite, planned.
pub struct Plan {
    /// The claims, in the suite's order.
    pub claims: Vec<ClaimPlan>,
    /// Error probability of each interval.
    pub alpha: f64,
    /// Number of intervals planned.
    pub intervals: usize,
}

/// A claim, planned.
pub struct ClaimPlan {
    /// Index of the claim in the suite.
    pub claim: usize,
    /// The checks, each followed by its controls.
    pub arms: Vec<Arm>,
    /// Why it can't be planned, in words.
    pub failure: Option<String>,
}

/// A check as it runs: the claim's own, or disturbed by a control.
pub struct Arm {
    /// Index of the check in the claim.
    pub check_index: usize,
    /// The control that disturbs it.
    pub control: Option<Control>,
    /// The check with profile and control laid over it.
    pub check: Check,
    /// What is measured.
    pub cells: Vec<Cell>,
    /// The questions, in order: what for, and where the answer will be.
    pub asks: Vec<Ask>,
}

/// A question of an arm.
pub struct Ask {
    /// What it is for.
    pub slot: Slot,
    /// The grid point.
    pub point: Point,
    /// Whether the bound says anything here.
    pub informative: bool,
    /// Index of the cell.
    pub cell: usize,
    /// Index of the request in the cell.
    pub request: usize,
}

/// What an answer is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    /// An assertion (index in the check).
    Assertion(usize),
    /// A reported quantity (index in the check).
    Quantity(usize),
    /// The condition of a reported quantity: its value counts where this is not zero.
    Condition(usize),
    /// A series of a plot.
    Plot {
        /// Index of the plot.
        plot: usize,
        /// Index of the series.
        series: usize,
    },
    /// The abscissa of the preceding plot answer.
    Abscissa {
        /// Index of the plot.
        plot: usize,
        /// Index of the series.
        series: usize,
    },
}

impl Plan {
    /// Plans every claim of a suite. Claims that can't be planned carry the reason.
    pub fn new(suite: &Suite, settings: Settings) -> Self {
        let mut claims: Vec<ClaimPlan> = (0..suite.claims.len())
            .map(|index| {
                let loaded = &suite.claims[index];
                let (arms, failure) = match arms(loaded, settings) {
                    Ok(arms) => (arms, None),
                    Err(message) => (Vec::new(), Some(message)),
                };
                ClaimPlan { claim: index, arms, failure }
            })
            .collect();
        let cells = || claims.iter().flat_map(|claim| &claim.arms).flat_map(|arm| &arm.cells);
        let intervals = cells().flat_map(|cell| &cell.requests).filter(|r| asks_samples(r)).count();
        let alpha = Budget::new(settings.budget, intervals).share();
        for cell in claims.iter_mut().flat_map(|c| &mut c.arms).flat_map(|arm| &mut arm.cells) {
            cell.alpha = alpha;
        }
        Self { claims, alpha, intervals }
    }
}

fn asks_samples(request: &Request) -> bool {
    let goal = request.goal.as_ref();
    uses_samples(&request.value) || goal.is_some_and(|goal| uses_samples(&goal.bound))
}

/// The arms of a claim: each check, then its controls.
///
/// # Errors
/// What makes the claim impossible to plan, in words.
pub fn arms(loaded: &Loaded, settings: Settings) -> Result<Vec<Arm>, String> {
    let mut arms = Vec::new();
    for (index, check) in loaded.claim.checks.iter().enumerate() {
        let raw = with_profile(&loaded.raw["checks"][index], settings.profile)?;
        arms.push(Builder::new(loaded, index, None, &raw, settings)?.build()?);
        for (position, control) in check.controls.iter().enumerate() {
            let overlay = &loaded.raw["checks"][index]["controls"][position];
            let raw = overlaid(&raw, overlay)?;
            arms.push(Builder::new(loaded, index, Some(control.clone()), &raw, settings)?.build()?);
        }
    }
    Ok(arms)
}

fn with_profile(check: &Value, profile: Profile) -> Result<Value, String> {
    match check.get("profiles").and_then(|profiles| profiles.get(profile.name())) {
        Some(overlay) => overlaid(check, overlay),
        None => Ok(check.clone()),
    }
}

/// Builds one arm: collects questions into cells of equal experiment and parameters.
struct Builder<'a> {
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
    fn new(
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

    fn build(mut self) -> Result<Arm, String> {
        let points = points(&self.check.grid)?;
        for index in 0..self.check.assert.len() {
            self.assertion(index, &points)?;
        }
        if self.control.is_none() {
            for index in 0..self.check.report.len() {
                self.quantity(index, &points)?;
            }
            for plot in 0..self.check.plots.len() {
                self.plot(plot)?;
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

    fn plot(&mut self, plot: usize) -> Result<(), String> {
        let spec = self.check.plots[plot].clone();
        let mut axes = self.check.grid.clone();
        for (name, axis) in &spec.grid {
            match axes.iter_mut().find(|(known, _)| known == name) {
                Some(slot) => slot.1 = axis.clone(),
                None => axes.push((name.clone(), axis.clone())),
            }
        }
        for (series, wanted) in spec.series.iter().enumerate() {
            let SeriesSpec { value, ignore, given, .. } = wanted;
            let axes: Vec<_> = axes
                .iter()
                .filter(|(name, _)| !given.iter().any(|(fixed, _)| fixed == name))
                .map(|(name, axis)| {
                    let first = || AxisSpec::List(first_value(axis));
                    (name.clone(), if ignore.contains(name) { first() } else { axis.clone() })
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

/// The experiment's parameters at a point, keys sorted; formulas with their names replaced.
fn parameters(entry: &Entry, bindings: &Bindings<'_>) -> Result<Value, String> {
    let formulas = entry.definition.formula_parameters();
    let mut names = entry.definition.parameter_names();
    names.sort();
    let mut map = Map::new();
    for name in names {
        let Some(value) = bindings.value(&name) else { continue };
        let value = match (formulas.contains(&name), value) {
            (true, Value::String(text)) => {
                let formula = Formula::parse(text).map_err(|error| error.message)?;
                let resolved = bindings.resolve(&formula).map_err(|error| error.message)?;
                Value::String(resolved.canonical())
            }
            (_, value) => value.clone(),
        };
        map.insert(name, value);
    }
    Ok(Value::Object(map))
}

/// A condition as a number: 1 where it holds, 0 elsewhere.
fn as_number(condition: &Formula) -> Result<Formula, String> {
    Formula::parse(&format!("if({}, 1, 0)", condition.canonical())).map_err(|error| error.message)
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
