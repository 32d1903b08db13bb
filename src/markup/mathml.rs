//! MathML from elsewhere: only presentation elements and harmless attributes pass.
//!
//! Results may have been edited since they were written, and LaTeX may hold anything, so no markup
//! reaches a page before it went through [`clean`].

use std::fmt::Write as _;

/// Elements that pass: MathML Core's presentation elements, nothing that links or scripts.
const ELEMENTS: [&str; 29] = [
    "math",
    "mrow",
    "mi",
    "mn",
    "mo",
    "mtext",
    "mspace",
    "ms",
    "mfrac",
    "msqrt",
    "mroot",
    "mstyle",
    "msub",
    "msup",
    "msubsup",
    "munder",
    "mover",
    "munderover",
    "mmultiscripts",
    "mprescripts",
    "mtable",
    "mtr",
    "mtd",
    "mphantom",
    "mpadded",
    "merror",
    "semantics",
    "menclose",
    "none",
];

/// Attributes that pass, if their value is made of [`is_plain`] characters only.
const ATTRIBUTES: [&str; 33] = [
    "display",
    "displaystyle",
    "scriptlevel",
    "mathvariant",
    "stretchy",
    "fence",
    "separator",
    "form",
    "lspace",
    "rspace",
    "minsize",
    "maxsize",
    "symmetric",
    "largeop",
    "movablelimits",
    "accent",
    "accentunder",
    "linethickness",
    "width",
    "height",
    "depth",
    "voffset",
    "columnalign",
    "rowspacing",
    "columnspacing",
    "columnspan",
    "rowspan",
    "notation",
    "class",
    "dir",
    "intent",
    "bevelled",
    "xmlns",
];

fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || " .,-+%#_:/$()".contains(c)
}

/// The same MathML if every tag is known, closed and harmless.
///
/// # Errors
/// Says what stands in the way; the caller shows the text escaped instead.
pub fn clean(markup: &str) -> Result<String, String> {
    let mut out = String::with_capacity(markup.len());
    let mut open: Vec<&str> = Vec::new();
    let mut rest = markup.trim();
    if !rest.starts_with("<math") {
        return Err("does not begin with <math>".into());
    }
    while !rest.is_empty() {
        let Some(after) = rest.strip_prefix('<') else {
            let end = rest.find('<').unwrap_or(rest.len());
            if open.is_empty() {
                return Err("text outside <math>".into());
            }
            out.push_str(&text(&rest[..end])?);
            rest = &rest[end..];
            continue;
        };
        let end = after.find('>').ok_or("a tag without end")?;
        let tag = &after[..end];
        rest = &after[end + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            if open.pop() != Some(name.trim()) {
                return Err(format!("</{name}> closes nothing"));
            }
            write!(out, "</{}>", name.trim()).ok();
        } else if let Some(name) = start_tag(tag, &mut out)? {
            if open.is_empty() && name != "math" {
                return Err(format!("<{name}> outside <math>"));
            }
            open.push(name);
        }
    }
    if open.is_empty() { Ok(out) } else { Err(format!("<{}> is not closed", open[0])) }
}

/// Character data: entities stay if they are numeric or one of XML's five.
fn text(data: &str) -> Result<String, String> {
    // The one named entity that pulldown-latex writes, in a form that XML knows too.
    let data = data.replace("&nbsp;", "\u{a0}");
    let mut rest = data.as_str();
    while let Some(at) = rest.find('&') {
        rest = &rest[at + 1..];
        let entity = rest.split(';').next().unwrap_or_default();
        let named = ["amp", "lt", "gt", "quot", "apos"].contains(&entity);
        let numeric = entity.strip_prefix('#').is_some_and(|code| {
            !code.is_empty() && code.chars().all(|c| c.is_ascii_alphanumeric())
        });
        if !(named || numeric) || !rest.contains(';') {
            return Err("an ampersand that starts no entity".into());
        }
    }
    Ok(data.replace('>', "&gt;"))
}

/// Copies a start tag; gives its name unless it closes itself.
fn start_tag<'a>(tag: &'a str, out: &mut String) -> Result<Option<&'a str>, String> {
    let (body, closed) = match tag.strip_suffix('/') {
        Some(body) => (body, true),
        None => (tag, false),
    };
    let body = body.trim_end();
    let name_end = body.find(char::is_whitespace).unwrap_or(body.len());
    let name = &body[..name_end];
    if !ELEMENTS.contains(&name) {
        return Err(format!("<{}> is not allowed", name.escape_debug()));
    }
    write!(out, "<{name}").ok();
    let mut rest = body[name_end..].trim_start();
    while !rest.is_empty() {
        let (key, after) = rest.split_once('=').ok_or("an attribute without value")?;
        let after = after.strip_prefix('"').ok_or("an attribute without quotes")?;
        let (value, after) = after.split_once('"').ok_or("an attribute without end")?;
        rest = after.trim_start();
        let key = key.trim();
        if ATTRIBUTES.contains(&key) && value.chars().all(is_plain) {
            write!(out, " {key}=\"{value}\"").ok();
        } else if key == "style" {
            write_style(value, out);
        } else {
            return Err(format!("attribute {} is not allowed", key.escape_debug()));
        }
    }
    out.push_str(if closed { "/>" } else { ">" });
    Ok((!closed).then_some(name))
}

/// Of a style only spacing passes: no position, colour or address.
fn write_style(style: &str, out: &mut String) {
    let kept: Vec<&str> = style
        .split(';')
        .map(str::trim)
        .filter(|rule| {
            let known = ["margin-left:", "height:", "width:", "border-color:"];
            known.iter().any(|name| rule.starts_with(name))
                && rule.chars().all(|c| c.is_ascii_alphanumeric() || " .:-#".contains(c))
        })
        .collect();
    if !kept.is_empty() {
        write!(out, " style=\"{}\"", kept.join(";")).ok();
    }
}

/// The characters of clean MathML without its tags, for places that hold plain text.
pub fn to_text(markup: &str) -> String {
    let mut text = String::new();
    let mut inside = false;
    for c in markup.chars() {
        match c {
            '<' => inside = true,
            '>' => inside = false,
            c if !inside => text.push(c),
            _ => {}
        }
    }
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
    let text = text.replace("&apos;", "'").replace("&amp;", "&").replace('\u{2061}', "");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Escapes text for HTML content and attribute values. Dropped are characters that turn the direction
/// of the text after them (they could make a page say the opposite of its source) and control
/// characters, which HTML and XML forbid.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {}
            c if c.is_control() && !matches!(c, '\n' | '\t') => {}
            c => out.push(c),
        }
    }
    out
}

/// MathML if it is clean, else the same characters as harmless text; plain text stays plain.
pub fn clean_or_escape(markup: &str) -> String {
    if markup.trim_start().starts_with("<math") {
        match clean(markup) {
            Ok(clean) => super::tight::tighten(&clean),
            Err(_) => format!("<code>{}</code>", escape(markup)),
        }
    } else {
        escape(markup)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presentation_passes_unchanged() {
        let markup = "<math display=\"block\"><mrow><mi>x</mi><mo>&lt;</mo><mn>1</mn>\
                      <mspace width=\"0.1em\"/></mrow></math>";
        assert_eq!(clean(markup).unwrap(), markup);
        assert_eq!(to_text(markup), "x<1");
    }

    #[test]
    fn whatever_could_act_is_refused() {
        let hostile = [
            "<math><script>alert(1)</script></math>",
            "<math><mi href=\"javascript:alert(1)\">x</mi></math>",
            "<math><mi onclick=\"alert(1)\">x</mi></math>",
            "<math><mi>x</math>",
            "<math></math><img src=x onerror=alert(1)>",
            "<math><mtext><a href=\"x\">x</a></mtext></math>",
            "<math><annotation-xml encoding=\"text/html\"><b>x</b></annotation-xml></math>",
            "<math class=\"&quot; onload=\"><mi>x</mi></math>",
            "<math",
            "<math><mi>a & b</mi></math>",
            "<math><!-- --><mi>x</mi></math>",
        ];
        for markup in hostile {
            assert!(clean(markup).is_err(), "{markup}");
            let shown = clean_or_escape(markup);
            assert!(shown.starts_with("<code>&lt;math"), "{shown}");
            assert!(!shown["<code>".len()..shown.len() - "</code>".len()].contains('<'));
        }
    }

    #[test]
    fn styles_keep_spacing_only() {
        let markup = "<math><mrow style=\"margin-left: 1em;background:url(x)\"></mrow></math>";
        assert_eq!(clean(markup).unwrap(), "<math><mrow style=\"margin-left: 1em\"></mrow></math>");
    }
}
