//! The experiment's contract: definition, parameters, and the prepared instance that answers.

use serde::de::DeserializeOwned;

use super::{Column, Enclosure, Failure, Observable, Picture};
use crate::random::Stream;

/// An experiment with its parameters fixed: answers exact questions and draws trials.
pub trait Prepared: Send + Sync {
    /// Value of an exact observable at `arguments`, with an error bar that always holds.
    ///
    /// # Errors
    /// [`Failure::Domain`] where it is not defined; [`Failure::Unavailable`] where data is missing.
    fn exact(&self, name: &str, _arguments: &[f64]) -> Result<Enclosure, Failure> {
        Err(Failure::no_such_observable(name))
    }

    /// The picture of a pictured observable at `arguments`.
    ///
    /// # Errors
    /// As [`Self::exact`].
    fn picture(&self, name: &str, _arguments: &[f64]) -> Result<Picture, Failure> {
        Err(Failure::domain(format!("the experiment has no picture `{name}`")))
    }

    /// The columns that [`Self::trial`] fills, in order; empty if there is nothing to sample.
    fn columns(&self) -> Vec<Column> {
        Vec::new()
    }

    /// One independent draw of the random unit: fills `out`, one number a column. Pure: the same
    /// stream gives the same record. A diverged trial writes NaN or an infinity, never a stand-in.
    ///
    /// # Errors
    /// Only [`Failure::Unavailable`] or a broken premise; chance never makes a trial fail.
    fn trial(&self, _stream: &mut Stream, _out: &mut [f64]) -> Result<(), Failure> {
        Err(Failure::domain("the experiment has nothing to sample"))
    }

    /// Floating-point operations of one trial, roughly: plans the order of work and the ETA.
    fn cost(&self) -> f64 {
        1e3
    }
}

/// Typed parameters of an experiment.
pub trait Parameters: DeserializeOwned + schemars::JsonSchema {
    /// Checks the ranges and prepares the instance. Cheap, and reads no file: lints and plans ask for every
    /// measurement; what is large is had at the first question.
    ///
    /// # Errors
    /// [`Failure::Parameter`] naming the parameter that is out of range.
    fn prepare(self) -> Result<Box<dyn Prepared>, Failure>;
}

/// What a file in `src/experiments` exports.
pub struct Definition {
    /// One line: what is measured.
    pub summary: &'static str,
    /// What one trial draws afresh (`fresh weights, input fixed`); empty if nothing is sampled.
    pub unit: &'static str,
    /// Everything formulas may speak about.
    pub observables: &'static [Observable],
    /// JSON schema of the parameters.
    pub schema: fn() -> schemars::Schema,
    /// Parameters (a JSON object) to instance.
    pub prepare: fn(&serde_json::Value) -> Result<Box<dyn Prepared>, Failure>,
}

impl Definition {
    /// A definition whose parameters are `P`.
    pub const fn of<P: Parameters>(
        summary: &'static str,
        unit: &'static str,
        observables: &'static [Observable],
    ) -> Self {
        Self { summary, unit, observables, schema: schema_of::<P>, prepare: prepare::<P> }
    }

    /// The observable of that name.
    pub fn observable(&self, name: &str) -> Option<&'static Observable> {
        self.observables.iter().find(|observable| observable.name == name)
    }

    /// Names of the parameters, from the schema.
    pub fn parameter_names(&self) -> Vec<String> {
        let schema = (self.schema)();
        let properties = schema.get("properties").and_then(|value| value.as_object());
        properties.map(|map| map.keys().cloned().collect()).unwrap_or_default()
    }

    /// Names of the parameters that hold a formula (schema format `formula`): claim files may use
    /// grid parameters and `let` names in them.
    pub fn formula_parameters(&self) -> Vec<String> {
        let schema = (self.schema)();
        let properties = schema.get("properties").and_then(|value| value.as_object());
        let is_formula = |value: &serde_json::Value| {
            value.get("format").and_then(|format| format.as_str()) == Some("formula")
        };
        let named = |map: &serde_json::Map<String, serde_json::Value>| {
            map.iter().filter(|(_, value)| is_formula(value)).map(|(key, _)| key.clone()).collect()
        };
        properties.map(named).unwrap_or_default()
    }
}

fn schema_of<P: Parameters>() -> schemars::Schema {
    schemars::generate::SchemaSettings::default()
        .with(|settings| settings.inline_subschemas = true)
        .into_generator()
        .into_root_schema_for::<P>()
}

fn prepare<P: Parameters>(value: &serde_json::Value) -> Result<Box<dyn Prepared>, Failure> {
    let parameters = P::deserialize(value).map_err(|error| {
        Failure::parameter(error.to_string(), "see the experiment's parameters")
    })?;
    parameters.prepare()
}

/// An experiment as the registry knows it.
pub struct Entry {
    /// Name in claim files.
    pub name: &'static str,
    /// Source file, relative to the repository.
    pub file: &'static str,
    /// The file's module docs (Markdown).
    pub docs: &'static str,
    /// Hash of the source file: part of every measurement's key.
    pub source: &'static str,
    /// The experiment.
    pub definition: &'static Definition,
}
