//! `unknown-name`: formulas speak of what exists, where it exists.

use super::at;
use crate::claim::{Diagnostic, Loaded, Severity, Step, Suite, label_name, lets_used};
use crate::experiment::Nature;
use crate::formula::Formula;
use crate::lint::names::Scope;
use crate::lint::walk::{Mention, Place, Reach, formulas, mentions};
use crate::lint::{Lint, Pass};
use crate::measure::{AGGREGATES, is_aggregate};

/// The lint.
pub const LINT: Lint = Lint {
    name: "unknown-name",
    summary: "formulas speak of parameters, `let` names and observables that exist, where they exist",
    docs: "A sampled observable has one value a trial, so it stands inside an aggregate (`mean(ratio)`) or in the field of \
        an assertion that looks at one trial (`of`, `event`). `informative` and `hypothesis` speak of parameters only: a \
        range chosen by looking at the measurement could hide every failure.",
    check: Pass::Files(check),
};

fn check(suite: &Suite) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for loaded in &suite.claims {
        found.extend(unknown_in_labels(loaded));
        for place in formulas(loaded) {
            let scope = Scope::new(&loaded.claim, place.check, place.control);
            if scope.unknown_experiment {
                continue;
            }
            for mention in mentions(&place.formula) {
                if let Some((message, hint)) = problem(loaded, &place, &scope, &mention) {
                    let span = mention.span.clone();
                    found.push(loaded.report_formula(LINT.name, &place.path, span, message, hint));
                }
            }
        }
    }
    found.dedup();
    found
}

/// Labels that tell the value of a name (`H: =H`) which has none.
fn unknown_in_labels(loaded: &Loaded) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (index, check) in loaded.claim.checks.iter().enumerate() {
        let own = check.report.iter().filter_map(|(name, quantity)| {
            Some((at!["checks", index, "report", name.as_str(), "label"], quantity.label.as_ref()?))
        });
        for (path, label) in own.chain([(at!["checks", index, "label"], &check.label)]) {
            for (key, value) in label {
                let scope = Scope::new(&loaded.claim, check, None);
                let Some(name) = label_name(value) else { continue };
                if scope.parameters.contains(name) {
                    continue;
                }
                let near = crate::claim::nearest(name, scope.parameters.iter().map(String::as_str));
                let hint = near.map_or_else(
                    || "give it under `given`; a constant is written without `=`".to_string(),
                    |near| format!("did you mean `={near}`?"),
                );
                let path: Vec<Step> =
                    path.iter().cloned().chain([Step::from(key.as_str())]).collect();
                let message = format!("there is no axis or `given` value `{name}` here");
                found.push(loaded.report(LINT.name, Severity::Error, &path, message, hint));
            }
        }
    }
    found
}

type Problem = Option<(String, String)>;

fn problem(loaded: &Loaded, place: &Place<'_>, scope: &Scope, mention: &Mention) -> Problem {
    let name = mention.name.as_str();
    if mention.arity.is_none() && scope.parameters.contains(name) {
        return None;
    }
    if mention.arity.is_none() && scope.lets.contains(name) {
        return inner_problem(loaded, place, scope, name);
    }
    if is_aggregate(name) && mention.arity.is_some() {
        return aggregate_problem(place.reach, mention);
    }
    let observable = scope.experiment.and_then(|entry| entry.definition.observable(name));
    let Some(observable) = observable else {
        let known = scope.all();
        let words = known.iter().map(String::as_str).chain(AGGREGATES.iter().map(|a| a.name));
        let words = words.chain(crate::formula::built_ins().iter().map(|built_in| built_in.name));
        let what = if mention.arity.is_some() { "function or observable" } else { "name" };
        let near = crate::claim::nearest(name, words);
        let hint = near.map_or_else(
            || format!("known here: {}", known.join(", ")),
            |near| format!("did you mean `{near}`?"),
        );
        return Some((format!("there is no {what} `{name}` here"), hint));
    };
    if place.reach == Reach::Parameters {
        let message =
            format!("`{name}` is an observable; this formula may speak of parameters only");
        return Some((message, "a range that looks at the measurement could hide failures".into()));
    }
    let pictured = observable.nature == Nature::Pictured;
    if pictured != (place.reach == Reach::Picture) && place.reach != Reach::Anything {
        return Some(match pictured {
            true => (
                format!("`{name}` is a picture"),
                "only `show` under `pictures` speaks of it".into(),
            ),
            false => (format!("`{name}` is no picture"), "`show` names a picture".into()),
        });
    }
    let expected = observable.arguments.len();
    if mention.arity.unwrap_or(0) != expected && !mention.as_function {
        let signature = observable.arguments.join(", ");
        return Some((
            format!("`{name}` takes {expected} arguments"),
            format!("write `{name}({signature})`"),
        ));
    }
    let exact = matches!(observable.nature, Nature::Exact(_));
    let trial = place.reach == Reach::Trial || mention.in_aggregate;
    match (exact, trial, place.reach) {
        (_, _, Reach::Anything | Reach::Picture) => None,
        (false, false, _) => {
            let hint =
                format!("write `mean({name})`, `probability(… {name} …)` or another aggregate");
            Some((format!("`{name}` has one value a trial"), hint))
        }
        (true, true, _) => {
            let hint = "exact observables stand outside aggregates: subtract them afterwards";
            Some((format!("`{name}` is exact: it has no value in a trial"), hint.into()))
        }
        _ => None,
    }
}

/// A `let` name hands on what its formula speaks of.
fn inner_problem(loaded: &Loaded, place: &Place<'_>, scope: &Scope, name: &str) -> Problem {
    if place.reach != Reach::Parameters {
        return None;
    }
    let formula = Formula::parse(name).ok()?;
    let mut used = lets_used(&loaded.claim, place.check, &formula);
    used.insert(name.to_string());
    let lets = loaded.claim.lets.iter().chain(&place.check.lets);
    for (_, definition) in lets.filter(|(name, _)| used.contains(name)) {
        let bad = mentions(&definition.0).into_iter().find(|mention| {
            !scope.parameters.contains(&mention.name) && !scope.lets.contains(&mention.name)
        });
        if let Some(mention) = bad {
            let message = format!(
                "`{name}` leads to the observable `{}`; this formula may speak of parameters only",
                mention.name
            );
            return Some((
                message,
                "a range that looks at the measurement could hide failures".into(),
            ));
        }
    }
    None
}

fn aggregate_problem(reach: Reach, mention: &Mention) -> Problem {
    let aggregate = AGGREGATES.iter().find(|aggregate| aggregate.name == mention.name)?;
    let signature = format!("{}({})", aggregate.name, aggregate.arguments.join(", "));
    if mention.arity != Some(aggregate.arguments.len()) {
        return Some((
            format!("`{}` has the wrong number of arguments", mention.name),
            format!("write `{signature}`"),
        ));
    }
    match reach {
        Reach::Parameters => Some((
            "this formula may speak of parameters only".into(),
            "move the aggregate into an assertion".into(),
        )),
        Reach::Trial => Some((
            format!("`{}` looks at all trials, this field at one", mention.name),
            "remove the aggregate".into(),
        )),
        _ if mention.in_aggregate => Some((
            "an aggregate can't stand inside another".into(),
            "subtract or divide outside".into(),
        )),
        _ => None,
    }
}
