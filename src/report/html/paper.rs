//! A paper's page: what it is about, its notation, its claims in its own order.

use serde::Serialize;

use super::site::Site;
use super::view::{self, Count, Line};
use crate::markup::markdown;
use crate::report::words;
use crate::results::PaperInfo;

const ROOT: &str = "../";

#[derive(Serialize)]
pub struct Paper {
    id: String,
    title_html: String,
    authors: String,
    year: u16,
    arxiv: Option<String>,
    arxiv_href: Option<String>,
    headline: String,
    about_html: String,
    notation: Vec<Symbol>,
    counts: Vec<Count>,
    claims: Vec<Item>,
}

#[derive(Serialize)]
struct Symbol {
    symbol_html: String,
    meaning_html: String,
}

#[derive(Serialize)]
struct Item {
    line: Line,
    place: String,
}

pub fn view(site: &Site, paper: &PaperInfo) -> Paper {
    let claims = site.of_paper(&paper.id);
    let own: Vec<_> = claims.iter().map(|claim| (*claim).clone()).collect();
    Paper {
        id: paper.id.clone(),
        title_html: markdown::inline(&paper.title),
        authors: paper.authors.join(", "),
        year: paper.year,
        arxiv: paper.arxiv.clone(),
        arxiv_href: paper.arxiv.as_deref().and_then(arxiv),
        headline: words::headline(&own),
        about_html: view::prose(site, ROOT, &paper.about),
        notation: paper
            .notation
            .iter()
            .map(|(symbol, meaning)| Symbol {
                symbol_html: markdown::inline(symbol),
                meaning_html: markdown::inline(meaning),
            })
            .collect(),
        counts: view::counts(claims.iter().copied()),
        claims: claims
            .into_iter()
            .map(|claim| Item {
                line: view::line(site, ROOT, claim),
                place: view::place(&claim.source),
            })
            .collect(),
    }
}

/// Address of an arXiv number; other locators stay text.
fn arxiv(number: &str) -> Option<String> {
    let legal = |c: char| c.is_ascii_digit() || c == '.' || c == 'v';
    let plain = !number.is_empty() && number.chars().all(legal);
    plain.then(|| format!("https://arxiv.org/abs/{number}"))
}
