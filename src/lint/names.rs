//! The names that a check's formulas may use.

use std::collections::BTreeSet;

use crate::claim::{Check, Claim, Control, PlotSpec};
use crate::experiment::Entry;
use crate::experiments::find;

/// Names of a check, by what they are.
pub struct Scope {
    /// Grid axes and `given` values (of claim, check, controls, plots, reported points).
    pub parameters: BTreeSet<String>,
    /// `let` names.
    pub lets: BTreeSet<String>,
    /// The experiment.
    pub experiment: Option<&'static Entry>,
    /// An experiment is named that does not exist: nothing can be said of names, and another lint says why.
    pub unknown_experiment: bool,
}

impl Scope {
    /// The names of a check, with those that a control adds.
    pub fn new(claim: &Claim, check: &Check, control: Option<&Control>) -> Self {
        let mut parameters: BTreeSet<String> = BTreeSet::new();
        let mut lets: BTreeSet<String> = BTreeSet::new();
        parameters.extend(claim.given.iter().chain(&check.given).map(|(name, _)| name.clone()));
        parameters.extend(check.grid.iter().map(|(name, _)| name.clone()));
        lets.extend(claim.lets.iter().chain(&check.lets).map(|(name, _)| name.clone()));
        for (_, quantity) in &check.report {
            parameters.extend(quantity.at.iter().flatten().flat_map(|point| point.keys().cloned()));
        }
        for plot in &check.plots {
            add_plot(&mut parameters, plot);
        }
        for gallery in &check.pictures {
            parameters.extend(gallery.grid.iter().map(|(name, _)| name.clone()));
            let given = gallery.rows.iter().flat_map(|row| &row.given);
            parameters.extend(given.map(|(name, _)| name.clone()));
        }
        let object = |value: &Option<serde_json::Value>| -> Vec<String> {
            let map = value.as_ref().and_then(|value| value.as_object());
            map.map(|map| map.keys().cloned().collect()).unwrap_or_default()
        };
        for overlay in check.profiles.values() {
            parameters.extend(object(&overlay.given));
            parameters.extend(object(&overlay.grid));
            lets.extend(object(&overlay.lets));
        }
        if let Some(control) = control {
            parameters.extend(object(&control.change.given));
            parameters.extend(object(&control.change.grid));
            lets.extend(object(&control.change.lets));
        }
        let name = control
            .and_then(|control| control.change.experiment.as_ref())
            .or(check.experiment.as_ref());
        let experiment = name.and_then(|name| find(name));
        let unknown_experiment = name.is_some() && experiment.is_none();
        Self { parameters, lets, experiment, unknown_experiment }
    }

    /// Every name, for suggestions.
    pub fn all(&self) -> Vec<String> {
        let observables = self.experiment.map_or(&[][..], |entry| entry.definition.observables);
        let observables = observables.iter().map(|observable| observable.name.to_string());
        self.parameters.iter().chain(&self.lets).cloned().chain(observables).collect()
    }
}

fn add_plot(parameters: &mut BTreeSet<String>, plot: &PlotSpec) {
    parameters.extend(plot.grid.iter().map(|(name, _)| name.clone()));
    for series in &plot.series {
        parameters.extend(series.given.iter().map(|(name, _)| name.clone()));
    }
}
