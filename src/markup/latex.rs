//! LaTeX formulas to MathML, with everything that fails found out.

use std::panic;

use pulldown_latex::config::DisplayMode;
use pulldown_latex::{Parser, RenderConfig, Storage, push_mathml};

use super::mathml;

/// Longest formula rendered, in bytes: no statement needs more.
pub const LONGEST: usize = 10_000;

/// Renders one formula (without its dollar signs) as MathML; `block` for a displayed one.
///
/// The renderer marks what it can't read with `merror`, and lets some unknown commands through as
/// text; both are errors here, so that a lint finds them before a reader does.
///
/// # Errors
/// What failed, as a lower-case message.
pub fn latex_to_mathml(source: &str, block: bool) -> Result<String, String> {
    if let Some(command) = forbidden(source) {
        return Err(format!("`\\{command}` is not allowed in formulas"));
    }
    if source.len() > LONGEST {
        return Err(format!("a formula of {} bytes is too long", source.len()));
    }
    // The parser panics on a few malformed sources (a foreign letter after a number's command).
    let markup = panic::catch_unwind(|| convert(source, block))
        .unwrap_or_else(|_| Err("the parser gave up".into()))
        .map_err(|error| format!("cannot render `{source}`: {error}"))?;
    if let Some(message) = error_of(&markup) {
        return Err(format!("cannot render `{source}`: {message}"));
    }
    let markup = mathml::clean(&repair(&markup))
        .map_err(|error| format!("cannot render `{source}`: {error}"))?;
    if mathml::to_text(&markup).contains('\\') && !source.contains("\\backslash") {
        return Err(format!("cannot render `{source}`: a command is unknown"));
    }
    // An identifier never holds a brace: `\operatorname*{arg}` comes out as one that does.
    let mut identifiers = markup.split("<mi").skip(1).filter_map(|part| part.split("</mi>").next());
    if identifiers.any(|identifier| identifier.contains('{')) {
        return Err(format!("cannot render `{source}`: a command takes no `*` or no group here"));
    }
    Ok(markup)
}

/// A formula of results for a page: `$…$` becomes MathML; what can't be rendered is shown as typed, what is no formula as
/// text. Results of older runs hold MathML, which passes if it is clean.
pub fn formula(text: &str) -> String {
    match between_dollars(text) {
        Some(latex) => match latex_to_mathml(latex, false) {
            Ok(markup) => super::tight::tighten(&markup),
            Err(_) => format!("<code>{}</code>", mathml::escape(latex)),
        },
        None => mathml::clean_or_escape(text),
    }
}

/// The same as plain characters.
pub fn formula_text(text: &str) -> String {
    mathml::to_text(&formula(text))
}

/// The LaTeX of a text that is one formula.
fn between_dollars(text: &str) -> Option<&str> {
    let latex = text.trim().strip_prefix('$')?.strip_suffix('$')?;
    (!latex.contains('$') || latex.contains(r"\$")).then_some(latex)
}

/// The library's rendering, with its errors still inside.
fn convert(source: &str, block: bool) -> Result<String, String> {
    let storage = Storage::new();
    let parser = Parser::new(source, &storage);
    let display_mode = if block { DisplayMode::Block } else { DisplayMode::Inline };
    let mut markup = String::new();
    push_mathml(&mut markup, parser, RenderConfig { display_mode, ..RenderConfig::default() })
        .map_err(|error| error.to_string())?;
    Ok(markup)
}

/// A list of numbers, which the renderer takes for one number with commas in it, as numbers with commas between them.
fn split_lists(markup: &str) -> String {
    let mut parts = markup.split("<mn>");
    let mut out = parts.next().unwrap_or_default().to_string();
    for part in parts {
        match part.split_once("</mn>") {
            Some((list, rest)) if list.contains(',') => {
                let numbers = list.split(',').map(|number| match number {
                    "" => String::new(),
                    number => format!("<mn>{number}</mn>"),
                });
                out += &format!("<mrow>{}</mrow>", numbers.collect::<Vec<_>>().join("<mo>,</mo>"));
                out += rest;
            }
            _ => out = out + "<mn>" + part,
        }
    }
    out
}

/// The renderer writes the operators `<` and `&` as they are, where XML wants them escaped, and in texts it leaves the
/// backslash of `\_`, and it writes the space of `\ ` by HTML's name, now escaped, now not.
fn repair(markup: &str) -> String {
    let markup = split_lists(markup).replace("&amp;nbsp;", "\u{a0}").replace("&nbsp;", "\u{a0}");
    let markup =
        markup.replace(r"\_", "_").replace(r"\#", "#").replace(r"\$", "$").replace(r"\%", "%");
    let mut out = String::with_capacity(markup.len());
    for (at, c) in markup.char_indices() {
        let after = &markup[at + c.len_utf8()..];
        match c {
            '<' if !after.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/') => {
                out.push_str("&lt;");
            }
            '&' if after.starts_with('<') => out.push_str("&amp;"),
            c => out.push(c),
        }
    }
    out
}

/// Commands that link, load or define: never needed in a statement.
fn forbidden(source: &str) -> Option<&'static str> {
    const NAMES: [&str; 13] = [
        "href",
        "url",
        "includegraphics",
        "input",
        "include",
        "def",
        "gdef",
        "let",
        "newcommand",
        "renewcommand",
        "html",
        "style",
        "char",
    ];
    let commands = source.split('\\').skip(1);
    commands
        .map(|rest| &rest[..rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len())])
        .find_map(|command| NAMES.into_iter().find(|name| *name == command))
}

/// The text of the first `merror`.
fn error_of(markup: &str) -> Option<String> {
    let (_, rest) = markup.split_once("<merror")?;
    let (_, rest) = rest.split_once("<mtext>").unwrap_or(("", rest));
    let message = rest.split("</mtext>").next().unwrap_or(rest);
    let message = message.split_whitespace().collect::<Vec<_>>().join(" ");
    // The parser draws the place with a caret after the message; its first sentence says it.
    Some(message.split(" ╭").next().unwrap_or(&message).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_papers_notation_renders() {
        let samples = [
            r"v=\mathrm{ReLU}(Ru)",
            r"R_{ij}\sim\mathcal N(0,2/m)",
            r"\left\|\frac{\partial \ell}{\partial W_l}\right\|_F \approx \|\delta(x,y)\|_2",
            r"\Pr\Big(\big|\|v\|^2-\|u\|^2\big| > \epsilon\|u\|^2\Big) \le 2e^{-m g(\epsilon)}",
            r"\begin{cases} 1 & x > 0\\ 0 & \text{otherwise} \end{cases}",
            r"\sum_{b\ge1}\binom{m}{b}2^{-m}\sqrt2\,\frac{\Gamma(\frac{b+1}2)}{\Gamma(\frac b2)}",
            r"\operatorname{tr} D_l,\ \widetilde O(k/n),\ \hat x,\ \mathbb R^{m\times n}",
            r"\begin{aligned} a &= b \\ c &\le d \end{aligned}",
            r"a < b \ \&\ c > d",
            r"\{x : \operatorname{sgn} x = 1\},\ \min_{x\ge0} f,\ \sup_{\|u\|=1}\|Au\|",
            r"\text{of\_two\_words}\le50\%",
        ];
        for source in samples {
            let markup = latex_to_mathml(source, false).unwrap();
            assert!(markup.starts_with("<math"), "{markup}");
        }
        let script = latex_to_mathml(r"\text{<script>alert(1)</script>}", false).unwrap();
        assert!(!script.contains("<script"), "{script}");
    }

    #[test]
    fn what_can_not_be_rendered_is_an_error() {
        for source in [
            r"\unknowncommand x",
            r"\frac{a",
            r"x^",
            r"a & b",
            r"\href{javascript:alert(1)}{x}",
            r"\operatorname*{arg\,min}_x",
            r"\operatorname*{argmin}_x",
            r"\begin{nothing} x \end{nothing}",
            r"a } b",
            "\\charé",
            &"{".repeat(9_000),
            &"x".repeat(10_001),
        ] {
            let outcome = latex_to_mathml(source, false);
            assert!(outcome.is_err(), "{source}: {outcome:?}");
        }
    }

    #[test]
    fn lists_of_numbers_are_no_numbers() {
        let text = |source: &str| latex_to_mathml(source, false).unwrap();
        let list = "<mrow><mn>500</mn><mo>,</mo><mn>0.5</mn><mo>,</mo><mn>2</mn></mrow>";
        assert!(text(r"m\in\{500,0.5,2\}").contains(list));
        assert!(text("f(1,x)").contains("<mn>1</mn><mo>,</mo>"), "{}", text("f(1,x)"));
        assert!(text("x^{1,2}").contains("<mrow><mn>1</mn><mo>,</mo><mn>2</mn></mrow>"));
        assert!(text("1.5").contains("<mn>1.5</mn>"));
        assert!(!text(r"1,\ x").contains("nbsp"), "{}", text(r"1,\ x"));
    }

    #[test]
    fn formulas_of_results() {
        assert_eq!(formula("$x$"), "<math><mi>x</mi></math>");
        assert_eq!(formula("<math><mi>x</mi></math>"), "<math><mi>x</mi></math>");
        assert_eq!(formula("a < b"), "a &lt; b");
        assert_eq!(formula("$x$ and $y$"), "$x$ and $y$");
        assert_eq!(formula(r"$\nothing<b>$"), r"<code>\nothing&lt;b&gt;</code>");
        assert_eq!((formula_text("$x < y$"), formula_text("")), ("x<y".into(), String::new()));
    }

    #[test]
    fn angle_brackets_stay_text() {
        let markup = latex_to_mathml(r"a<b>c", false).unwrap();
        assert_eq!(mathml::to_text(&markup), "a<b>c");
        assert!(markup.contains("&lt;") && !markup.contains("<b>"));
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(2000))]
        #[test]
        fn no_source_panics_and_no_output_acts(
            parts in proptest::collection::vec(
                proptest::sample::select(vec![
                    "\\frac", "\\sqrt", "{", "}", "[", "]", "^", "_", "x", "1", "&", "\\\\", "\\left",
                    "\\right", "(", "|", ".", "\\begin{cases}", "\\end{cases}", "\\text{", "<", ">",
                    "\\begin{array}{lc}", "\\end{array}", "\\operatorname{", "\\color{red}", " ", "'",
                    "\\mathbb", "\\not", "\\hline", "#1", "%", "~", "\\", "\\limits", "\\sum", "é", "\"",
                    "\\begin{aligned}", "\\end{aligned}", "\\Big", "\\kern", "3em", "\\char", "\\genfrac",
                    "\\tag{", "\\substack{", "$", "\\hspace{", "\\rule", "\\xrightarrow", "\\over",
                ]),
                0..12,
            )
        ) {
            let source = parts.concat();
            if let Ok(markup) = latex_to_mathml(&source, true) {
                proptest::prop_assert!(mathml::clean(&markup).is_ok(), "{source}: {markup}");
            }
        }
    }
}
