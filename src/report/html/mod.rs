//! The pages: view models with everything already in words, poured into plain templates.
//!
//! A view model's field holds text, which the template escapes, unless its name ends in `_html`:
//! then it holds markup that this crate made, and the template marks it `safe`.

mod about;
mod changes;
mod claim;
mod drawing;
mod errata;
mod findings;
mod gallery;
mod graph;
mod index;
mod layout;
mod paper;
mod points;
mod power;
mod quantities;
mod search;
mod site;
mod statistics;
mod view;

use anyhow::Context as _;
use rayon::prelude::*;
use serde::Serialize;
use tera::{Context, Tera};

use super::files::Folder;
use super::history::Past;
use super::live::{Live, OTHERS};
use crate::markup::mathml;
use crate::results::{ClaimResult, Results};
use site::Site;

/// Templates by name; the stylesheet and the script are copied as they are.
const TEMPLATES: [(&str, &str); 11] = [
    ("parts.html", include_str!("../../../templates/parts.html")),
    ("base.html", include_str!("../../../templates/base.html")),
    ("index.html", include_str!("../../../templates/index.html")),
    ("paper.html", include_str!("../../../templates/paper.html")),
    ("claim.html", include_str!("../../../templates/claim.html")),
    ("errata.html", include_str!("../../../templates/errata.html")),
    ("graph.html", include_str!("../../../templates/graph.html")),
    ("power.html", include_str!("../../../templates/power.html")),
    ("statistics.html", include_str!("../../../templates/statistics.html")),
    ("changes.html", include_str!("../../../templates/changes.html")),
    ("about.html", include_str!("../../../templates/about.html")),
];
const STYLE: &str = include_str!("../../../templates/style.css");
const SCRIPT: &str = include_str!("../../../templates/app.js");
const PLOTS: &str = include_str!("../../../templates/plot.js");
const WATCH: &str = include_str!("../../../templates/watch.js");

/// Writes all pages, the stylesheet and the script; with `live`, pages that reload themselves.
///
/// # Errors
/// If a template fails (a bug) or the disk refuses.
pub fn write(
    results: &Results,
    past: &Past,
    live: Option<&Live>,
    folder: &mut Folder,
) -> anyhow::Result<()> {
    let site = Site::new(results);
    let mut tera = Tera::new();
    // One rule of escaping for templates and for our own markup.
    tera.set_escape_fn(|text, out| out.write_all(mathml::escape(text).as_bytes()));
    tera.add_raw_templates(TEMPLATES).context("a template does not parse")?;
    let pages = Pages { tera, site: &site, round: live.map(Live::round) };
    folder.write("style.css", STYLE)?;
    folder.write("app.js", SCRIPT)?;
    folder.write("plot.js", PLOTS)?;
    folder.write("search.js", search::script(results)?)?;
    if live.is_some() {
        folder.write("watch.js", WATCH)?;
    }
    pages.page(folder, "errata", "errata.html", "Errata", &errata::view(&site))?;
    pages.page(folder, "graph", "graph.html", "Graph of claims", &graph::view(&site))?;
    pages.page(folder, "power", "power.html", "What the checks can see", &power::view(&site))?;
    pages.page(folder, "statistics", "statistics.html", "Statistics", &statistics::view(&site)?)?;
    pages.page(folder, "changes", "changes.html", "What changed", &changes::view(&site, past))?;
    pages.page(folder, "about", "about.html", "How to read this report", &about::view(&site))?;
    for paper in &results.papers {
        let path = format!("papers/{}.html", paper.id);
        pages.page(folder, "paper", &path, &paper.title, &paper::view(&site, paper))?;
    }
    // A few at a time on all threads: the pages of a large suite need not all be held at once.
    for claims in results.claims.chunks(64) {
        let render = |claim: &ClaimResult| {
            let path = format!("claims/{}.html", claim.id);
            let title = crate::markup::markdown::plain(&claim.title);
            let html = pages.render("claim", &path, &title, &claim::view(&site, claim)?)?;
            let html = neighbours(&html, &claim.paper);
            Ok((path, html))
        };
        let rendered = claims.par_iter().map(render).collect::<anyhow::Result<Vec<_>>>()?;
        for (path, html) in rendered {
            folder.write(&path, html)?;
        }
    }
    // Last, so that a report with an index is a whole report.
    pages.page(folder, "index", "index.html", "", &index::view(&site, past))
}

/// A claim's page with short ways to other claims' pages, which lie beside it or in the next folder.
fn neighbours(html: &str, paper: &str) -> String {
    // No text of a page holds a bare quotation mark.
    html.replace(&format!("href=\"../../claims/{paper}/"), "href=\"")
        .replace("href=\"../../claims/", "href=\"../")
}

struct Pages<'a> {
    tera: Tera,
    site: &'a Site<'a>,
    /// The round of `claimcheck watch`; other reports have none.
    round: Option<u64>,
}

impl Pages<'_> {
    fn page(
        &self,
        folder: &mut Folder,
        template: &str,
        path: &str,
        title: &str,
        view: &impl Serialize,
    ) -> anyhow::Result<()> {
        folder.write(path, self.render(template, path, title, view)?)
    }

    fn render(
        &self,
        template: &str,
        path: &str,
        title: &str,
        view: &impl Serialize,
    ) -> anyhow::Result<String> {
        let mut context = Context::new();
        let title = if title.is_empty() {
            "claimcheck report".to_string()
        } else {
            format!("{title} · claimcheck")
        };
        context.insert("title", &title);
        context.insert("root", &"../".repeat(path.matches('/').count()));
        context.insert("here", template);
        context.insert("foot", &view::footer(&self.site.results.run));
        context.insert("partial", &self.site.results.run.partial);
        context.insert("page", view);
        let claim = path.strip_prefix("claims/").and_then(|path| path.strip_suffix(".html"));
        context.insert("round", &self.round);
        context.insert("live", claim.unwrap_or(OTHERS));
        self.tera
            .render(&format!("{template}.html"), &context)
            .with_context(|| format!("cannot render {path}"))
    }
}

#[cfg(test)]
mod tests {
    use super::{PLOTS, SCRIPT, TEMPLATES, WATCH};

    #[test]
    fn only_fields_named_html_escape_escaping() {
        for (name, source) in TEMPLATES {
            for (at, _) in source.match_indices("safe }}") {
                let start = source[..at].rfind("{{").unwrap_or(0);
                let expression = source[start + 2..at].trim().trim_end_matches('|').trim();
                let fine = expression.ends_with("_html");
                assert!(fine, "{name}: {expression}");
            }
            assert!(!source.contains("autoescape"), "{name}");
        }
    }

    #[test]
    fn ways_to_neighbours_are_short() {
        let html = "<a href=\"../../claims/a/x.html\"></a><a href=\"../../claims/ab/y.html\"></a>\
                    <a href=\"../../index.html\"></a>";
        let short = "<a href=\"x.html\"></a><a href=\"../ab/y.html\"></a>\
                     <a href=\"../../index.html\"></a>";
        assert_eq!(super::neighbours(html, "a"), short);
    }

    #[test]
    fn the_scripts_are_small_and_need_no_network() {
        for (script, limit) in [(SCRIPT, 12_000), (PLOTS, 16_000), (WATCH, 2_000)] {
            assert!(script.len() <= limit, "{} bytes", script.len());
            for word in ["fetch(", "XMLHttpRequest", "import ", "innerHTML", "eval("] {
                assert!(!script.contains(word), "{word}");
            }
        }
    }
}
