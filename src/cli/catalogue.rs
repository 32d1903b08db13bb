//! The catalogue: every experiment, assertion kind, aggregate, function and lint, as Markdown.
//! `docs/catalogue.md` is this text; a test keeps it fresh.

use std::fmt::Write;

use crate::assertion::KINDS;
use crate::experiment::Entry;
use crate::experiments;
use crate::formula::built_ins;
use crate::lint;
use crate::measure::AGGREGATES;

/// The whole catalogue.
///
/// # Errors
/// Never; writing to a string does not fail.
pub fn markdown() -> Result<String, std::fmt::Error> {
    let mut text = String::from(
        "# Catalogue\n\nGenerated from the code by `make docs`; `claimcheck explain NAME` shows the same in the terminal.\n\n## Experiments\n\n",
    );
    for entry in experiments::ALL {
        experiment(&mut text, entry)?;
    }
    text += "## Assertion kinds\n\n| kind | decision |\n|---|---|\n";
    for (name, docs) in KINDS {
        writeln!(text, "| `{name}` | {} |", cell(docs))?;
    }
    text += "\n## Aggregates\n\nFunctions of formulas that look at all trials.\n\n| aggregate | what it is |\n|---|---|\n";
    for aggregate in &AGGREGATES {
        writeln!(
            text,
            "| `{}({})` | {} |",
            aggregate.name,
            aggregate.arguments.join(", "),
            cell(aggregate.doc)
        )?;
    }
    text += "\n## Functions of formulas\n\n| function | what it is |\n|---|---|\n";
    for function in built_ins() {
        writeln!(text, "| `{}` | {} |", function.signature(), cell(function.doc))?;
    }
    text += "\n## Lints\n\n| lint | what it asks |\n|---|---|\n";
    for lint in lint::ALL {
        writeln!(text, "| `{}` | {}. {} |", lint.name, cell(lint.summary), cell(lint.docs))?;
    }
    Ok(text)
}

fn experiment(text: &mut String, entry: &Entry) -> std::fmt::Result {
    let definition = entry.definition;
    writeln!(text, "### `{}`\n\n{}\n", entry.name, definition.summary)?;
    if !definition.unit.is_empty() {
        writeln!(text, "One trial: {}.\n", definition.unit.trim_end_matches('.'))?;
    }
    writeln!(text, "{}\n", entry.docs.trim())?;
    writeln!(text, "| parameter | |\n|---|---|")?;
    let schema = (definition.schema)();
    let properties = schema.get("properties").and_then(|value| value.as_object());
    for (name, property) in properties.into_iter().flatten() {
        let about = property.get("description").and_then(|value| value.as_str()).unwrap_or("");
        writeln!(text, "| `{name}` | {} |", cell(about))?;
    }
    writeln!(text, "\n| observable | | |\n|---|---|---|")?;
    for observable in definition.observables {
        let (call, nature) = (observable.call(), observable.nature.name());
        writeln!(text, "| `{call}` | {nature} | {} |", cell(observable.doc))?;
    }
    writeln!(text)
}

/// A text on one line, safe in a table.
fn cell(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}
