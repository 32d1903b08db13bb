//! Any text as prose and as LaTeX: what comes out are elements of the page's short list, balanced, with no
//! handler, style or address but links to claims and to https.
#![no_main]

use claimcheck::markup::{latex_to_mathml, markdown, mathml};
use libfuzzer_sys::fuzz_target;

const ELEMENTS: &str = "p strong blockquote pre code ol ul li em a span br hr math semantics annotation mrow mi mn mo \
    mtext mspace mfrac msqrt mroot msub msup msubsup munder mover munderover mtable mtr mtd mstyle mpadded mphantom \
    menclose mmultiscripts mprescripts merror ms maction none";

/// Looks at every tag.
fn inert(html: &str) {
    let mut open = Vec::new();
    for part in html.split('<').skip(1) {
        let (tag, _) = part.split_once('>').expect("a tag is closed");
        let end = tag.find(|c: char| !c.is_ascii_alphanumeric() && c != '/').unwrap_or(tag.len());
        let (name, rest) = tag.split_at(end);
        let bare = name.trim_matches('/');
        assert!(ELEMENTS.split_whitespace().any(|known| known == bare), "<{tag}> in {html}");
        attributes(tag, rest.trim_end_matches('/'));
        match name.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name), "{html}"),
            None if tag.ends_with('/') || name == "br" || name == "hr" => {}
            None => open.push(name),
        }
    }
    assert!(open.is_empty(), "{html}");
}

/// Looks at every attribute of a tag.
fn attributes(tag: &str, mut rest: &str) {
    while let Some((key, after)) = rest.trim_start().split_once("=\"") {
        let (value, after) = after.split_once('"').expect("a value ends");
        rest = after;
        assert!(key.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "<{tag}>");
        assert!(!key.starts_with("on") && key != "src", "<{tag}>");
        assert!(key != "style" || !value.contains(['(', '@', '/', '\\']), "<{tag}>");
        assert!(
            key != "href" || value.starts_with("https://") || value.starts_with("../"),
            "<{tag}>"
        );
    }
    assert!(rest.trim().is_empty(), "<{tag}>");
}

fuzz_target!(|text: &str| {
    let (html, _) = markdown::render(text, &|_| Some("../claims/x.html".into()));
    inert(&html);
    inert(&markdown::inline(text));
    let _ = markdown::plain(text);
    for block in [false, true] {
        if let Ok(markup) = latex_to_mathml(text, block) {
            inert(&markup);
            let _ = mathml::to_text(&markup);
        }
    }
    inert(&mathml::clean_or_escape(text));
});
