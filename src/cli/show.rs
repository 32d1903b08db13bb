//! `claimcheck show` and `claimcheck explain`.

use std::fmt::Write;
use std::path::PathBuf;

use super::{Exit, Global, print, suite};
use crate::assertion::KINDS;
use crate::claim::{Graph, Loaded, Profile, Suite, nearest};
use crate::experiment::Entry;
use crate::measure::AGGREGATES;
use crate::run::journal::{FILE, Memory};
use crate::run::verify::place_name;
use crate::run::{Plan, Settings};
use crate::stats::budget;
use crate::{experiments, lint};

/// Shows a claim: what is tested, what it leans on, and what would run again and why
#[derive(clap::Args)]
pub struct Args {
    /// The claim's id.
    id: String,
    /// Folder of the last report.
    #[arg(long, default_value = "reports/latest", value_name = "FOLDER")]
    out: PathBuf,
    /// Profile.
    #[arg(long, value_enum, default_value_t = Profile::Standard)]
    profile: Profile,
    /// Suite seed.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Explains an experiment, an assertion kind, an aggregate or a lint
#[derive(clap::Args)]
pub struct ExplainArgs {
    /// Its name; a list of all names if left out.
    name: Option<String>,
    /// The whole catalogue as Markdown.
    #[arg(long, conflicts_with = "name")]
    markdown: bool,
}

/// Runs `show`.
pub fn run(global: &Global, args: &Args) -> anyhow::Result<Exit> {
    let suite = match suite::load(global) {
        Ok(suite) => suite,
        Err(exit) => return Ok(exit),
    };
    let Some(loaded) = suite.claim(&args.id) else {
        let near = nearest(&args.id, suite.ids());
        let hint = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
        tell!("error: there is no claim `{}`{hint}", args.id);
        return Ok(Exit::Nothing);
    };
    let mut text = describe(&suite, loaded, args.profile)?;
    text += &freshness(&suite, args)?;
    print(&text)?;
    Ok(Exit::Ok)
}

fn describe(suite: &Suite, loaded: &Loaded, profile: Profile) -> Result<String, std::fmt::Error> {
    let claim = &loaded.claim;
    let mut text = String::new();
    writeln!(text, "{}\n{}\n", claim.id, claim.title)?;
    writeln!(text, "{}", claim.statement.trim_end())?;
    writeln!(text, "\nfile     {}", loaded.file.display())?;
    writeln!(text, "expect   {}", claim.expected(profile).verdict().name())?;
    let graph =
        Graph::new(suite.claims.iter().map(|l| (l.claim.id.as_str(), l.claim.uses.as_slice())));
    writeln!(text, "uses     {}", list(&claim.uses))?;
    writeln!(text, "through  {}", list(&graph.ancestors(&claim.id)))?;
    for check in &claim.checks {
        writeln!(text, "\ncheck `{}`", check.name)?;
        if let Some(experiment) = &check.experiment {
            let summary = crate::experiments::find(experiment).map_or("", |e| e.definition.summary);
            writeln!(text, "  experiment {experiment}: {summary}")?;
        }
        for (name, formula) in claim.lets.iter().chain(&check.lets) {
            writeln!(text, "  let {name} = {}", formula.0.source())?;
        }
        for assertion in &check.assert {
            writeln!(text, "  assert {} `{}`", assertion.kind(), assertion.name())?;
            for (field, formula) in assertion.formulas() {
                writeln!(text, "    {field}: {}", formula.source())?;
            }
        }
        for control in &check.controls {
            writeln!(text, "  control `{}`", control.name)?;
        }
    }
    Ok(text)
}

fn list(ids: &[String]) -> String {
    if ids.is_empty() { "nothing".into() } else { ids.join(", ") }
}

/// Which measurements would run again, and which part of their key changed.
fn freshness(suite: &Suite, args: &Args) -> anyhow::Result<String> {
    let settings =
        Settings { profile: args.profile, seed: args.seed, budget: budget::DEFAULT_TOTAL };
    let plan = Plan::new(suite, settings);
    let mut memory = Memory::read(&args.out.join(FILE)).unwrap_or_default();
    memory.forget_unavailable();
    let mut text = format!("\nmeasurements at the {} profile\n", args.profile.name());
    let claims = plan.claims.iter().filter(|c| suite.claims[c.claim].claim.id == args.id);
    // A measurement that several arms share is told once.
    let mut seen = std::collections::BTreeSet::new();
    for claim in claims {
        for (a, arm) in claim.arms.iter().enumerate() {
            for (c, cell) in arm.cells.iter().enumerate() {
                let parts = cell.key_parts();
                if !seen.insert(parts.key()) {
                    continue;
                }
                let place = place_name(&args.id, &format!("{a}.{c}"), args.profile);
                let state = if memory.get(&parts.key()).is_some() {
                    "unchanged".to_string()
                } else {
                    match memory.last_parts(&place) {
                        None => "not measured yet".into(),
                        Some(old) => {
                            format!("runs again: {} changed", parts.differences(old).join(", "))
                        }
                    }
                };
                let what =
                    arm.control.as_ref().map_or(arm.check.name.as_str(), |control| &control.name);
                writeln!(text, "  {place}  {what} {}  {state}", cell.parameters)?;
            }
        }
    }
    writeln!(text, "\nrun it: claimcheck verify {}", args.id)?;
    Ok(text)
}

/// Runs `explain`.
pub fn explain(args: &ExplainArgs) -> anyhow::Result<Exit> {
    if args.markdown {
        print(&super::catalogue::markdown()?)?;
        return Ok(Exit::Ok);
    }
    let names = || {
        let experiments = experiments::ALL.iter().map(|entry| entry.name);
        let kinds = KINDS.iter().map(|(name, _)| *name);
        let aggregates = AGGREGATES.iter().map(|aggregate| aggregate.name);
        experiments.chain(kinds).chain(aggregates).chain(lint::ALL.iter().map(|lint| lint.name))
    };
    let Some(name) = &args.name else {
        let mut text = String::from("experiments\n");
        for entry in experiments::ALL {
            writeln!(text, "  {:28} {}", entry.name, entry.definition.summary)?;
        }
        text += "\nassertion kinds\n";
        KINDS.iter().for_each(|(name, _)| text += &format!("  {name}\n"));
        text += "\naggregates\n";
        for aggregate in &AGGREGATES {
            writeln!(text, "  {}({})", aggregate.name, aggregate.arguments.join(", "))?;
        }
        text += "\nlints\n";
        for lint in lint::ALL {
            writeln!(text, "  {:28} {}", lint.name, lint.summary)?;
        }
        print(&text)?;
        return Ok(Exit::Ok);
    };
    let mut text = String::new();
    if let Some(entry) = crate::experiments::find(name) {
        text += &experiment_text(entry)?;
    } else if let Some((name, docs)) = KINDS.iter().find(|(kind, _)| kind == name) {
        writeln!(text, "assertion kind {name}\n\n{docs}")?;
    } else if let Some(aggregate) = AGGREGATES.iter().find(|aggregate| aggregate.name == *name) {
        writeln!(
            text,
            "{}({})\n\n{}",
            aggregate.name,
            aggregate.arguments.join(", "),
            aggregate.doc
        )?;
    } else if let Some(lint) = lint::ALL.iter().find(|lint| lint.name == *name) {
        writeln!(text, "lint {}\n\n{}\n\n{}", lint.name, lint.summary, lint.docs)?;
    } else {
        let hint = nearest(name, names()).map(|near| format!("; did you mean `{near}`?"));
        tell!("error: nothing is called `{name}`{}", hint.unwrap_or_default());
        return Ok(Exit::Nothing);
    }
    print(&text)?;
    Ok(Exit::Ok)
}

/// An experiment's manual: docs, parameters, observables.
pub fn experiment_text(entry: &Entry) -> Result<String, std::fmt::Error> {
    let definition = entry.definition;
    let mut text =
        format!("experiment {}\n\n{}\n\n{}\n", entry.name, definition.summary, entry.docs);
    if !definition.unit.is_empty() {
        writeln!(text, "\none trial: {}", definition.unit)?;
    }
    writeln!(text, "\nparameters")?;
    let schema = (definition.schema)();
    let required: Vec<&str> = schema
        .get("required")
        .and_then(|value| value.as_array())
        .into_iter()
        .flatten()
        .filter_map(|value| value.as_str())
        .collect();
    let properties = schema.get("properties").and_then(|value| value.as_object());
    for (name, property) in properties.into_iter().flatten() {
        let about = property.get("description").and_then(|value| value.as_str()).unwrap_or("");
        let optional = if required.contains(&name.as_str()) { "" } else { " (optional)" };
        writeln!(text, "  {name:18} {about}{optional}")?;
    }
    writeln!(text, "\nobservables")?;
    for observable in definition.observables {
        let (call, nature) = (observable.call(), observable.nature.name());
        writeln!(text, "  {call:18} {nature}: {}", observable.doc)?;
    }
    Ok(text)
}
