//! Markdown of claim files to HTML: paragraphs, lists, emphasis, code, links, `$…$` and `$$…$$`.
//!
//! Raw HTML is shown as the text it is. Links lead to other claims (`claim:arpit2019/lemma-2`) or
//! to `https` addresses. Nothing else passes.

use std::fmt::Write as _;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::latex::latex_to_mathml;
use super::mathml::escape;

/// Where a claim's page lies, seen from the page that links; `None` if there is no such claim.
pub type Resolve<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Renders Markdown strictly.
///
/// # Errors
/// Every formula that can't be rendered and every link that leads nowhere, one a line.
pub fn markdown_to_html(source: &str, resolve: Resolve) -> Result<String, String> {
    let (html, faults) = render(source, resolve);
    if faults.is_empty() { Ok(html) } else { Err(faults.join("\n")) }
}

/// Renders Markdown for a page: what fails is shown as its source, and named beside.
pub fn render(source: &str, resolve: Resolve) -> (String, Vec<String>) {
    let options = Options::ENABLE_MATH;
    let mut writer = Writer { html: String::new(), faults: Vec::new(), links: Vec::new(), resolve };
    for event in Parser::new_ext(source, options) {
        writer.event(event);
    }
    (writer.html, writer.faults)
}

/// Renders one line (a title, a symbol): like [`render`] but without the paragraph around it.
pub fn inline(source: &str) -> String {
    let (html, _) = render(source.trim(), &|_| None);
    let html = html.trim();
    match html.strip_prefix("<p>").and_then(|rest| rest.strip_suffix("</p>")) {
        // Several paragraphs, or a list: no line, so shown as typed.
        Some(line) if !line.contains("<p>") => line.to_string(),
        _ => escape(source),
    }
}

/// Text of Markdown for places without markup; formulas keep their LaTeX, without dollar signs.
pub fn plain(source: &str) -> String {
    let mut text = String::new();
    for event in Parser::new_ext(source, Options::ENABLE_MATH) {
        match event {
            Event::Text(t) | Event::Code(t) | Event::Html(t) | Event::InlineHtml(t) => {
                text.push_str(&t);
            }
            Event::InlineMath(t) | Event::DisplayMath(t) => text.push_str(&unmath(&t)),
            Event::SoftBreak | Event::HardBreak | Event::End(_) => text.push(' '),
            _ => {}
        }
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A formula as plain characters: what its MathML shows, or the LaTeX itself.
fn unmath(source: &str) -> String {
    let markup = latex_to_mathml(source, false);
    markup.map_or_else(|_| source.to_string(), |markup| super::mathml::to_text(&markup))
}

struct Writer<'a> {
    html: String,
    faults: Vec<String>,
    /// For each open link, what closes it.
    links: Vec<&'static str>,
    resolve: Resolve<'a>,
}

impl Writer<'_> {
    fn event(&mut self, event: Event) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => self.html.push_str(&escape(&text)),
            Event::Html(text) | Event::InlineHtml(text) => self.html.push_str(&escape(&text)),
            Event::Code(text) => {
                write!(self.html, "<code>{}</code>", escape(&text)).ok();
            }
            Event::InlineMath(source) => self.formula(&source, false),
            Event::DisplayMath(source) => self.formula(&source, true),
            Event::SoftBreak => self.html.push('\n'),
            Event::HardBreak => self.html.push_str("<br>"),
            Event::Rule => self.html.push_str("<hr>"),
            Event::FootnoteReference(text) => self.html.push_str(&escape(&text)),
            Event::TaskListMarker(_) => {}
        }
    }

    fn formula(&mut self, source: &str, block: bool) {
        let markup = latex_to_mathml(source, block).map(|markup| super::tight::tighten(&markup));
        match markup {
            // A wide formula scrolls in its own box and never widens the page.
            Ok(markup) if block => {
                write!(
                    self.html,
                    "<span class=\"display\" tabindex=\"0\" role=\"group\" \
                     aria-label=\"formula\">{markup}</span>"
                )
                .ok();
            }
            Ok(markup) => self.html.push_str(&markup),
            Err(fault) => {
                write!(self.html, "<code class=\"bad\">{}</code>", escape(source)).ok();
                self.faults.push(fault);
            }
        }
    }

    fn start(&mut self, tag: Tag) {
        match tag {
            Tag::Paragraph => self.html.push_str("<p>"),
            // Pages own their headings: one inside a statement is a bold line.
            Tag::Heading { .. } => self.html.push_str("<p><strong>"),
            Tag::BlockQuote(_) => self.html.push_str("<blockquote>"),
            Tag::CodeBlock(_) => self.html.push_str("<pre tabindex=\"0\"><code>"),
            Tag::List(Some(first)) => {
                write!(self.html, "<ol start=\"{first}\">").ok();
            }
            Tag::List(None) => self.html.push_str("<ul>"),
            Tag::Item => self.html.push_str("<li>"),
            Tag::Emphasis => self.html.push_str("<em>"),
            Tag::Strong => self.html.push_str("<strong>"),
            Tag::Link { dest_url, .. } => self.link(&dest_url),
            Tag::Image { .. } => self.faults.push("images are not allowed".into()),
            _ => {}
        }
    }

    fn link(&mut self, target: &str) {
        let href = match target.strip_prefix("claim:") {
            Some(id) => (self.resolve)(id),
            None => target.starts_with("https://").then(|| target.to_string()),
        };
        match href {
            Some(href) => {
                write!(self.html, "<a href=\"{}\">", escape(&href)).ok();
                self.links.push("</a>");
            }
            None => {
                self.faults.push(format!("link leads nowhere: `{}`", target.escape_debug()));
                self.links.push("");
            }
        }
    }

    fn end(&mut self, tag: TagEnd) {
        let close = match tag {
            TagEnd::Paragraph => "</p>\n",
            TagEnd::Heading(_) => "</strong></p>\n",
            TagEnd::BlockQuote(_) => "</blockquote>\n",
            TagEnd::CodeBlock => "</code></pre>\n",
            TagEnd::List(true) => "</ol>\n",
            TagEnd::List(false) => "</ul>\n",
            TagEnd::Item => "</li>\n",
            TagEnd::Emphasis => "</em>",
            TagEnd::Strong => "</strong>",
            TagEnd::Link => self.links.pop().unwrap_or_default(),
            _ => "",
        };
        self.html.push_str(close);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to_claims(id: &str) -> Option<String> {
        (id == "a/b").then(|| "../a/b.html".to_string())
    }

    #[test]
    fn the_subset_renders() {
        let source = "Let $x<1$ with *care*, `code` and [B](claim:a/b).\n\n$$\n\\sum_i x_i\n$$\n\n- one\n- two";
        let html = markdown_to_html(source, &to_claims).unwrap();
        for part in [
            "<p>Let <math",
            "<em>care</em>",
            "<code>code</code>",
            "<a href=\"../a/b.html\">B</a>",
            "class=\"display\"",
            "<ul>",
            "<li>one</li>",
        ] {
            assert!(html.contains(part), "{part} is not in {html}");
        }
    }

    #[test]
    fn hostile_text_is_inert() {
        let source = "<script>alert(1)</script> <b onclick=x>y</b>\n\n<div>\n</title>\n</div>\n\n\
                      [x](javascript:alert(1)) ![x](http://evil/x.png) [y](data:text/html,x) \
                      [z](claim:a\"onmouseover=b) <javascript:alert(1)> $\\href{javascript:x}{y}$";
        let (html, faults) = render(source, &|id| Some(format!("../{id}.html")));
        for tag in ["<script", "<b", "<div", "</title", "<img"] {
            assert!(!html.contains(tag), "{html}");
        }
        assert!(!html.contains("href=\"javascript"), "{html}");
        assert!(!html.contains("a\"onmouseover"), "{html}");
        assert!(faults.len() >= 4, "{faults:?}");
        assert!(markdown_to_html(source, &to_claims).is_err());
    }

    #[test]
    fn a_bad_formula_is_named_and_shown() {
        let (html, faults) = render(r"Now $\nonsense{x}$.", &|_| None);
        assert!(html.contains(r#"<code class="bad">\nonsense{x}</code>"#), "{html}");
        assert!(faults[0].contains("nonsense"), "{faults:?}");
    }

    #[test]
    fn titles_become_lines_and_plain_text() {
        assert_eq!(inline("A & B"), "A &amp; B");
        assert!(inline("Depth $L^2$ matters").starts_with("Depth <math"));
        assert_eq!(inline("</title><script>"), "&lt;/title&gt;&lt;script&gt;");
        assert_eq!(plain("Depth $L$ *matters* < 2"), "Depth L matters < 2");
    }

    proptest::proptest! {
        #[test]
        fn any_text_gives_balanced_markup(source in "([<>&\"'$*_`\\[\\]()\\\\ \n#!-]|[a-z]|claim:|\\$x\\$){0,60}") {
            let (html, _) = render(&source, &|_| Some("../x.html".into()));
            let mut open = Vec::new();
            for tag in html.split('<').skip(1) {
                let tag = tag.split('>').next().unwrap_or_default();
                let name = tag.split(|c: char| !c.is_ascii_alphanumeric() && c != '/').next().unwrap_or_default();
                match name.strip_prefix('/') {
                    Some(name) => proptest::prop_assert_eq!(open.pop(), Some(name), "{}", &html),
                    None if tag.ends_with('/') || name == "br" || name == "hr" => {}
                    None => open.push(name),
                }
            }
            proptest::prop_assert!(open.is_empty(), "{}", html);
        }
    }
}
