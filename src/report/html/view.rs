//! View models that several pages share.

use serde::Serialize;

use super::site::Site;
use crate::experiment::Evidence;
use crate::markup::markdown;
use crate::markup::number;
use crate::report::words::{self, Standing};
use crate::results::{ClaimResult, RunInfo, Source, Verdict};

/// A verdict: colour (by class), symbol and word.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Chip {
    /// Class of the stylesheet.
    pub class: &'static str,
    /// Symbol.
    pub symbol: &'static str,
    /// Word.
    pub word: &'static str,
}

/// The chip of a verdict.
pub fn chip(verdict: Verdict) -> Chip {
    Chip { class: verdict.name(), symbol: words::symbol(verdict), word: verdict.name() }
}

/// A chip with a number.
#[derive(Debug, Serialize)]
pub struct Count {
    /// The verdict.
    pub chip: Chip,
    /// How many.
    pub n: usize,
}

/// Counts of the verdicts that occur.
pub fn counts<'a>(claims: impl Iterator<Item = &'a ClaimResult> + Clone) -> Vec<Count> {
    let count = |verdict| claims.clone().filter(|claim| claim.verdict == verdict).count();
    let all = words::VERDICTS.map(|verdict| Count { chip: chip(verdict), n: count(verdict) });
    all.into_iter().filter(|count| count.n > 0).collect()
}

/// How a claim stands against its file.
#[derive(Debug, Serialize)]
pub struct StandingView {
    /// Class of the stylesheet.
    pub class: &'static str,
    /// Word, with what was expected where it differs.
    pub word: String,
    /// Whether someone must look.
    pub alarm: bool,
}

/// The standing of a claim.
pub fn standing(claim: &ClaimResult) -> StandingView {
    let standing = Standing::of(claim);
    let word = match standing {
        Standing::Expected => standing.name().to_string(),
        _ => format!("{} (expected: {})", standing.name(), claim.expect.name()),
    };
    let class = match standing {
        Standing::Expected => "expected",
        Standing::Open => "undecided",
        _ => "alarm",
    };
    StandingView { class, word, alarm: standing.is_alarm() }
}

/// A claim as a line of a list or table.
#[derive(Debug, Serialize)]
pub struct Line {
    /// Page, relative to the page that shows the line; empty if there is none.
    pub href: String,
    /// Id.
    pub id: String,
    /// Id without the paper.
    pub slug: String,
    /// Paper.
    pub paper: String,
    /// Title.
    pub title_html: String,
    /// Kind as in the file.
    pub kind: String,
    /// Kind for readers.
    pub kind_word: String,
    /// Verdict.
    pub chip: Chip,
    /// Against its file.
    pub standing: StandingView,
    /// Evidence, or a dash.
    pub evidence: &'static str,
    /// Tags, each between bars, for the filter.
    pub tags: String,
    /// Reason.
    pub reason_html: String,
    /// Compute time.
    pub time: String,
    /// Compute time for sorting.
    pub seconds: f64,
}

/// The line of a claim on a page with this root.
pub fn line(site: &Site, root: &str, claim: &ClaimResult) -> Line {
    Line {
        href: site.href(root, &claim.id).unwrap_or_default(),
        id: claim.id.clone(),
        slug: crate::report::files::slug(&claim.id).to_string(),
        paper: claim.paper.clone(),
        title_html: markdown::inline(&claim.title),
        kind: claim.kind.clone(),
        kind_word: words::kind(&claim.kind),
        chip: chip(claim.verdict),
        standing: standing(claim),
        evidence: claim.evidence.map_or("–", Evidence::name),
        tags: claim.tags.iter().map(|tag| format!("|{tag}|")).collect(),
        reason_html: sentence(&claim.reason),
        time: number::duration(claim.seconds),
        seconds: claim.seconds,
    }
}

/// A reason as a sentence: capital letter, full stop, formulas rendered.
pub fn sentence(reason: &str) -> String {
    let reason = reason.trim();
    let mut letters = reason.chars();
    // Only a plain word takes a capital: `n = 3` or `$x$` must stay.
    let word = reason.split_whitespace().next().unwrap_or_default();
    let plain = word.len() > 1 && word.chars().all(|c| c.is_ascii_lowercase());
    let mut text: String = match letters.next() {
        Some(first) if plain => first.to_uppercase().chain(letters).collect(),
        _ => reason.to_string(),
    };
    if text.ends_with(|c: char| c.is_alphanumeric() || ")`$".contains(c)) {
        text.push('.');
    }
    markdown::inline(&text)
}

/// Where a claim stands in its paper.
pub fn place(source: &Source) -> String {
    let section = source.section.as_ref().map(|section| {
        let numbered = section.starts_with(|c: char| c.is_ascii_digit());
        if numbered { format!("section {section}") } else { section.clone() }
    });
    let equation = source.equation.as_ref().map(|equation| format!("equation {equation}"));
    let parts = [source.item.clone(), section, equation];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// A link to a claim, or its id if the run doesn't have it.
#[derive(Debug, Serialize)]
pub struct Reference {
    /// Page; empty if the claim is not in this run.
    pub href: String,
    /// Id.
    pub id: String,
    /// Title.
    pub title_html: String,
    /// Verdict, if known.
    pub chip: Option<Chip>,
}

/// A reference from a page with this root.
pub fn reference(site: &Site, root: &str, id: &str) -> Reference {
    let claim = site.claim(id);
    Reference {
        href: site.href(root, id).unwrap_or_default(),
        id: id.to_string(),
        title_html: claim.map_or_else(String::new, |claim| markdown::inline(&claim.title)),
        chip: claim.map(|claim| chip(claim.verdict)),
    }
}

/// Markdown of a claim on a page with this root.
pub fn prose(site: &Site, root: &str, source: &str) -> String {
    markdown::render(source, &|id| site.href(root, id)).0
}

/// The last line of every page.
pub fn footer(run: &RunInfo) -> String {
    format!(
        "claimcheck {} · commit {} · profile {} · seed {} · {}",
        run.version, run.commit, run.profile, run.seed, run.started
    )
}

/// A name and a value.
#[derive(Debug, Serialize)]
pub struct Fact {
    /// Name.
    pub name: &'static str,
    /// Value.
    pub value: String,
}

/// Shorthand for a [`Fact`].
pub fn fact(name: &'static str, value: impl Into<String>) -> Fact {
    Fact { name, value: value.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_become_sentences() {
        assert_eq!(sentence("the value is below"), "The value is below.");
        assert_eq!(sentence("n = 3 fails!"), "n = 3 fails!");
        assert_eq!(sentence("<b>"), "&lt;b&gt;");
    }

    #[test]
    fn places_read_well() {
        let source = Source {
            section: Some("3.1".into()),
            item: Some("Lemma 2".into()),
            equation: Some("7".into()),
        };
        assert_eq!(place(&source), "Lemma 2, section 3.1, equation 7");
        assert_eq!(place(&Source::default()), "");
    }
}
