//! `claimcheck new`.

use std::path::PathBuf;

use anyhow::Context;

use super::{Exit, Global, print};
use crate::claim::{Kind, nearest};
use crate::experiment::{self, Nature};

/// Writes a claim file to start from
#[derive(clap::Args)]
pub struct Args {
    /// `<paper>/<kind>-<number or slug>`, for example `arpit2019/lemma-8`.
    id: String,
    /// The experiment; `claimcheck explain` lists them.
    #[arg(long)]
    experiment: Option<String>,
    /// One line for lists.
    #[arg(long, default_value = "What it says in one line")]
    title: String,
    /// Print it instead of writing the file.
    #[arg(long)]
    stdout: bool,
}

/// Runs it.
pub fn run(global: &Global, args: &Args) -> anyhow::Result<Exit> {
    let usage = |message: String| {
        tell!("error: {message}");
        Ok(Exit::Usage)
    };
    if let Err(message) = crate::lint::check_id(&args.id) {
        return usage(message);
    }
    let entry = match &args.experiment {
        None => None,
        Some(name) => match crate::experiments::find(name) {
            Some(entry) => Some(entry),
            None => {
                let names = crate::experiments::ALL.iter().map(|entry| entry.name);
                let hint = nearest(name, names).map(|near| format!("; did you mean `{near}`?"));
                return usage(format!(
                    "there is no experiment `{name}`{}",
                    hint.unwrap_or_default()
                ));
            }
        },
    };
    let text = scaffold(args, entry)?;
    if args.stdout {
        print(&text)?;
        return Ok(Exit::Ok);
    }
    let file: PathBuf = global.claims.join(format!("{}.yaml", args.id));
    if file.exists() {
        return usage(format!("{} exists already", file.display()));
    }
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    }
    std::fs::write(&file, text).with_context(|| file.display().to_string())?;
    let paper = file.with_file_name("paper.yaml");
    if !paper.exists() {
        std::fs::write(&paper, paper_file(&args.id))
            .with_context(|| paper.display().to_string())?;
        print(&format!("{}\n", paper.display()))?;
    }
    print(&format!(
        "{}\nfill in the places marked with `…`, then `claimcheck lint` and `claimcheck verify {}`\n",
        file.display(),
        args.id
    ))?;
    Ok(Exit::Ok)
}

/// A paper's file, for the first of its claims.
fn paper_file(id: &str) -> String {
    let paper = id.split('/').next().unwrap_or_default();
    let digits: String = paper.chars().filter(char::is_ascii_digit).take(4).collect();
    let year = if digits.len() == 4 { digits } else { "2000".into() };
    format!(
        "id: {paper}\ntitle: The paper's title\nauthors: [First Author, Second Author]\nyear: {year}\n\
         about: >-\n  What the paper is about, in your own words.\n"
    )
}

fn kind_of(id: &str) -> String {
    let slug = id.split('/').nth(1).unwrap_or_default();
    let word = slug.split('-').next().unwrap_or_default();
    let known: Result<Kind, _> = serde_json::from_value(serde_json::Value::String(word.into()));
    known.map_or_else(|_| "text".into(), Kind::name)
}

/// A file that lints: a formula that holds, a control that does not.
fn scaffold(args: &Args, entry: Option<&experiment::Entry>) -> anyhow::Result<String> {
    let quoted = |text: &str| serde_yaml::to_string(text).map(|line| line.trim_end().to_string());
    let mut text = format!(
        "# yaml-language-server: $schema=../claim.schema.json\n\
         id: {}\nkind: {}\ntitle: {}\nsource: {{section: \"…\"}}\nstatement: |\n  In your own words, with LaTeX between `$`: for every $x$, $x^2 \\ge 0$.\nchecks:\n  - name: main\n",
        args.id,
        kind_of(&args.id),
        quoted(&args.title)?,
    );
    if let Some(entry) = entry {
        text += &experiment_part(entry);
    }
    text += "    grid: {x: [0, 1, 2]}\n    let:\n      square: x^2\n    assert:\n      - {name: not negative, kind: at-least, value: square, bound: 0}\n    controls:\n      - {name: wrong sign, let: {square: -x^2 - 1}}\n";
    Ok(text)
}

/// The experiment as comments, so that the file lints before a word of it is chosen.
fn experiment_part(entry: &experiment::Entry) -> String {
    let definition = entry.definition;
    let mut text = format!(
        "    # {}; take away the `# ` of the next lines\n    # experiment: {}\n    # given:\n",
        definition.summary, entry.name
    );
    let schema = (definition.schema)();
    let properties = schema.get("properties").and_then(|value| value.as_object());
    for (name, property) in properties.into_iter().flatten() {
        let about = property.get("description").and_then(|value| value.as_str()).unwrap_or("");
        text += &format!("    #   {name}: …   # {}\n", about.lines().next().unwrap_or(""));
    }
    text += "    # observables, for the formulas below:\n";
    for observable in definition.observables {
        let exact = matches!(observable.nature, Nature::Exact(_));
        let sampled = if exact { "" } else { " (inside mean(…), probability(…), …)" };
        let arguments = match observable.arguments {
            [] => String::new(),
            list => format!("({})", list.join(", ")),
        };
        text += &format!("    #   {}{arguments}{sampled}: {}\n", observable.name, observable.doc);
    }
    text
}
