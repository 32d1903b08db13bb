//! A claim's page: verdict first, then the statement, the evidence, and how to get it again.

use serde::Serialize;

use super::drawing;
use super::gallery;
use super::points::{self, Assertion};
use super::quantities;
use super::site::{Footing, Site};
use super::view::{self, Chip, Fact, Line, Reference, StandingView, fact};
use crate::markup::number;
use crate::markup::{self, markdown};
use crate::report::words::{self, Standing};
use crate::report::{csv, json, plot};
use crate::results::{ClaimResult, ControlResult, Defined, Verdict};

const ROOT: &str = "../../";

#[derive(Serialize)]
pub struct Claim {
    line: Line,
    paper_href: String,
    paper_title_html: String,
    /// Kind and place above the title.
    over: String,
    banner: Banner,
    statement_html: String,
    formal: Vec<Formal>,
    definitions: Vec<Definition>,
    plots: Vec<Figure>,
    galleries: Vec<gallery::View>,
    assertions: Vec<Assertion>,
    quantities: Option<quantities::View>,
    controls: Vec<Control>,
    notes_html: Option<String>,
    uses: Vec<Reference>,
    used_by: Vec<Reference>,
    indirect: Vec<Reference>,
    leaning: Option<Leaning>,
    around_html: Option<String>,
    descendants: usize,
    tags: Vec<Tag>,
    facts: Vec<Fact>,
    command: String,
    files: Vec<File>,
}

/// The verdict in plain words.
#[derive(Serialize)]
struct Banner {
    chip: Chip,
    standing: StandingView,
    reason_html: String,
    meaning: &'static str,
    verdict_sentence: String,
    erratum: Option<ErratumView>,
    evidence: Option<EvidenceView>,
}

#[derive(Serialize)]
struct ErratumView {
    kind: String,
    why_html: String,
    corrected: Option<Reference>,
}

#[derive(Serialize)]
struct EvidenceView {
    name: &'static str,
    meaning: &'static str,
}

#[derive(Serialize)]
struct Formal {
    by: Vec<Tested>,
    formal_html: String,
}

/// An assertion that tests a formal statement.
#[derive(Serialize)]
struct Tested {
    name: String,
    anchor: String,
    chip: Chip,
}

/// A tag and the claims that bear it.
#[derive(Serialize)]
struct Tag {
    name: String,
    href: String,
}

#[derive(Serialize)]
struct Definition {
    symbol_html: String,
    meaning_html: String,
    source: String,
    /// In which checks, where they differ.
    checks: String,
}

#[derive(Serialize)]
struct Figure {
    title_html: String,
    caption_html: String,
    svg_html: String,
    legend: Vec<plot::Entry>,
    /// What the legend would say of every series alike.
    note: String,
    csv: String,
}

#[derive(Serialize)]
struct Control {
    name: String,
    change: String,
    chip: Chip,
    caught: bool,
    reason_html: String,
}

#[derive(Serialize)]
struct File {
    what: &'static str,
    href: String,
    format: &'static str,
}

pub fn view(site: &Site, claim: &ClaimResult) -> anyhow::Result<Claim> {
    let paper = site.results.papers.iter().find(|paper| paper.id == claim.paper);
    let direct: Vec<&str> = claim.uses.iter().map(String::as_str).collect();
    let ancestors = site.ancestors(claim);
    let indirect = ancestors.iter().filter(|ancestor| !direct.contains(&ancestor.id.as_str()));
    let refer = |id: &str| view::reference(site, ROOT, id);
    Ok(Claim {
        line: view::line(site, ROOT, claim),
        paper_href: format!("{ROOT}papers/{}.html", claim.paper),
        paper_title_html: paper.map_or_else(String::new, |paper| markdown::inline(&paper.title)),
        over: over(claim),
        banner: banner(site, claim),
        statement_html: view::prose(site, ROOT, &claim.statement),
        formal: formal(claim),
        definitions: definitions(claim),
        plots: figures(claim)?,
        galleries: gallery::views(claim),
        assertions: claim
            .assertions
            .iter()
            .enumerate()
            .map(|(i, a)| points::view(claim, a, i))
            .collect(),
        quantities: quantities::view(claim),
        controls: claim.controls.iter().map(control).collect(),
        notes_html: claim.notes.as_deref().map(|notes| view::prose(site, ROOT, notes)),
        uses: direct.iter().map(|id| refer(id)).collect(),
        used_by: site.users(&claim.id).iter().map(|user| refer(&user.id)).collect(),
        indirect: indirect.map(|ancestor| refer(&ancestor.id)).collect(),
        leaning: leaning(site, claim),
        around_html: drawing::surroundings(site, ROOT, claim),
        descendants: site.descendants(claim).len(),
        tags: claim.tags.iter().map(|tag| self::tag(tag)).collect(),
        facts: facts(site, claim),
        command: claim.command.clone(),
        files: files(claim),
    })
}

fn tag(name: &str) -> Tag {
    let escaped = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => {
            char::from(byte).to_string()
        }
        _ => format!("%{byte:02X}"),
    };
    let value: String = name.bytes().map(escaped).collect();
    Tag { name: name.to_string(), href: format!("{ROOT}index.html#tag={value}") }
}

/// Kind and place; the kind goes where the place already says it (`Lemma 2`).
fn over(claim: &ClaimResult) -> String {
    let (kind, place) = (words::kind(&claim.kind), view::place(&claim.source));
    if place.is_empty() {
        kind
    } else if place.to_lowercase().starts_with(&kind.to_lowercase()) {
        words::kind(&place)
    } else {
        format!("{kind} · {place}")
    }
}

fn banner(site: &Site, claim: &ClaimResult) -> Banner {
    let (got, wanted) = (claim.verdict.name(), claim.expect.name());
    let sentence = match Standing::of(claim) {
        Standing::Expected if claim.verdict == Verdict::Refuted => {
            "Refuted, as expected: the statement as printed is wrong.".to_string()
        }
        Standing::Expected => format!("This is what the claim file expects: {wanted}."),
        Standing::Open => {
            format!("Not decided: the file expects “{wanted}”, the run ended “{got}”.")
        }
        Standing::Toothless => {
            "A check that can't fail proves nothing: mend the check.".to_string()
        }
        Standing::Error => "No verdict: mend the check or its set-up.".to_string(),
        Standing::Surprise => {
            format!("SURPRISE: the file expects “{wanted}”, the evidence says “{got}”.")
        }
    };
    Banner {
        chip: view::chip(claim.verdict),
        standing: view::standing(claim),
        reason_html: view::sentence(&claim.reason),
        meaning: words::meaning(claim.verdict),
        verdict_sentence: sentence,
        erratum: claim.erratum.as_ref().map(|erratum| ErratumView {
            kind: erratum.kind.replace('-', " "),
            why_html: view::prose(site, ROOT, &erratum.why),
            corrected: erratum.corrected_by.as_deref().map(|id| view::reference(site, ROOT, id)),
        }),
        evidence: claim
            .evidence
            .map(|evidence| EvidenceView { name: evidence.name(), meaning: evidence.meaning() }),
    }
}

/// Formal statements, each once: several assertions may test the same one by different means.
fn formal(claim: &ClaimResult) -> Vec<Formal> {
    let mut statements: Vec<(&str, Formal)> = Vec::new();
    for (i, assertion) in claim.assertions.iter().enumerate() {
        let markup = assertion.formal.trim();
        if markup.is_empty() {
            continue;
        }
        let tested = Tested {
            name: assertion.name.clone(),
            anchor: format!("assertion-{}", i + 1),
            chip: view::chip(assertion.verdict),
        };
        match statements.iter_mut().find(|(other, _)| *other == markup) {
            Some((_, formal)) => formal.by.push(tested),
            None => {
                let formal_html = markup::formula(markup);
                statements.push((markup, Formal { by: vec![tested], formal_html }));
            }
        }
    }
    statements.into_iter().map(|(_, formal)| formal).collect()
}

fn definitions(claim: &ClaimResult) -> Vec<Definition> {
    let definitions = claim.definitions.iter();
    definitions
        .map(|defined| Definition {
            symbol_html: markup::formula(&defined.symbol),
            meaning_html: markup::formula(&defined.meaning),
            source: source(defined),
            checks: defined.checks.join("; "),
        })
        .collect()
}

/// A definition as the file has it, unless that is letter for letter what stands beside it.
fn source(defined: &Defined) -> String {
    let bare = |text: &str| text.split_whitespace().collect::<String>();
    let value = defined.source.split_once(": ").map_or(defined.source.as_str(), |(_, value)| value);
    if bare(value) == bare(&markup::formula_text(&defined.meaning)) {
        String::new()
    } else {
        defined.source.clone()
    }
}

fn figures(claim: &ClaimResult) -> anyhow::Result<Vec<Figure>> {
    let plots = claim.plots.iter().enumerate();
    plots
        .map(|(i, plot)| {
            let mut legend = plot::entries(plot);
            Ok(Figure {
                title_html: markdown::inline(&plot.title),
                caption_html: markdown::inline(&plot.caption),
                svg_html: plot::svg(plot, &format!("plot-{}", i + 1))?,
                note: plot::common_note(&mut legend),
                legend,
                csv: format!("{ROOT}{}", csv::plots_path(&claim.id)),
            })
        })
        .collect()
}

fn control(control: &ControlResult) -> Control {
    Control {
        name: control.name.clone(),
        change: control.change.clone(),
        chip: view::chip(control.verdict),
        caught: control.caught,
        reason_html: view::sentence(&control.reason),
    }
}

/// What a claim leans on that does not hold.
#[derive(Serialize)]
struct Leaning {
    sentence: String,
    on: Vec<Reference>,
}

/// Says so, and names them, if the claim leans on claims that do not hold.
fn leaning(site: &Site, claim: &ClaimResult) -> Option<Leaning> {
    let ancestors = site.ancestors(claim);
    let with = |wanted: &dyn Fn(Verdict) -> bool| -> Vec<&str> {
        let chosen = ancestors.iter().filter(|a| wanted(a.verdict));
        chosen.map(|a| a.id.as_str()).collect()
    };
    let refuted = with(&|verdict| verdict == Verdict::Refuted);
    let (sentence, on) = match site.footing(claim) {
        Footing::Firm => return None,
        Footing::Shaken if !refuted.is_empty() => {
            let holds = claim.verdict == Verdict::Holds;
            let own = if holds { "It was found true by itself, but the" } else { "The" };
            let count = words::plural(refuted.len(), "claim", "claims");
            let verb = if refuted.len() == 1 { "is" } else { "are" };
            let sentence = format!(
                "It leans on {count} that {verb} refuted. {own} paper's argument for it does not \
                 stand as printed:"
            );
            (sentence, refuted)
        }
        Footing::Shaken => (
            "It leans on a claim whose check failed or proves nothing:".to_string(),
            with(&|verdict| matches!(verdict, Verdict::Toothless | Verdict::Error)),
        ),
        Footing::Open => (
            "It leans on a claim that is not decided in this run:".to_string(),
            with(&|verdict| {
                matches!(verdict, Verdict::Vacuous | Verdict::Inconclusive | Verdict::Skipped)
            }),
        ),
    };
    Some(Leaning { sentence, on: on.iter().map(|id| view::reference(site, ROOT, id)).collect() })
}

fn facts(site: &Site, claim: &ClaimResult) -> Vec<Fact> {
    let run = &site.results.run;
    let machine = format!("{}, {} threads, {}", run.cpu, run.threads, run.os);
    let time = if claim.seconds == 0.0 {
        "reused from an earlier run".to_string()
    } else {
        number::duration(claim.seconds)
    };
    vec![
        fact("Claim file", &claim.file),
        fact("Digest of what was tested", &claim.digest),
        fact("Compute time", time),
        fact("Machine", machine),
        fact("libtorch", run.libtorch.as_deref().unwrap_or("not built in")),
    ]
}

fn files(claim: &ClaimResult) -> Vec<File> {
    let tables = csv::paths(claim).into_iter();
    let mut files: Vec<File> = tables
        .map(|(what, path)| File { what, href: format!("{ROOT}{path}"), format: "CSV" })
        .collect();
    if json::has_data(claim) {
        let href = format!("{ROOT}{}", json::data_path(&claim.id));
        files.push(File { what: "plots", href, format: "JSON" });
    }
    files.push(File { what: "everything", href: format!("{ROOT}results.json"), format: "JSON" });
    files
}
