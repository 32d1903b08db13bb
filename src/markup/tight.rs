//! MathML in as few letters as draw the same: no rows around single elements, no attribute that says
//! what holds anyway. Generators write many, readers see none, and a report of hundreds of pages is a
//! quarter smaller without them.

/// Clean MathML (see [`super::mathml::clean`]) with every plain `<mrow>` around one element taken
/// away, and the one that is all there is in `<math>`. A row around one operator stays: it decides the
/// operator's spacing.
/// Anything else than well-formed MathML stays as it is.
pub fn tighten(markup: &str) -> String {
    let mathml = markup.starts_with("<math");
    let tight = if mathml { rows_away(&defaults_away(markup)) } else { None };
    tight.unwrap_or_else(|| markup.to_string())
}

/// Without attributes that say what holds anyway, and with characters in place of their numbers.
fn defaults_away(markup: &str) -> String {
    const SHORTER: [(&str, &str); 13] = [
        ("<math display=\"inline\"", "<math"),
        // What does not stretch has no symmetry to say.
        ("symmetric=\"false\" stretchy=\"false\"", "stretchy=\"false\""),
        // Brackets of these kinds stretch by themselves.
        ("<mo stretchy=\"true\">(<", "<mo>(<"),
        ("<mo stretchy=\"true\">)<", "<mo>)<"),
        ("<mo stretchy=\"true\">[<", "<mo>[<"),
        ("<mo stretchy=\"true\">]<", "<mo>]<"),
        ("<mo stretchy=\"true\">{<", "<mo>{<"),
        ("<mo stretchy=\"true\">}<", "<mo>}<"),
        ("<mo>&#x2061;</mo>", "<mo>\u{2061}</mo>"),
        ("<mo>&#x2062;</mo>", "<mo>\u{2062}</mo>"),
        ("=\"0.16666667em\"", "=\".17em\""),
        ("=\"0.1667em\"", "=\".17em\""),
        ("=\"0.22222222em\"", "=\".22em\""),
    ];
    SHORTER.iter().fold(markup.to_string(), |text, (long, short)| text.replace(long, short))
}

fn rows_away(markup: &str) -> Option<String> {
    let mut out = String::with_capacity(markup.len());
    let mut open: Vec<Open> = Vec::new();
    let mut rest = markup;
    // Where the last plain row that stayed lies in the output.
    let mut last_row = 0..0;
    while let Some(at) = rest.find('<') {
        let (text, tag) = rest.split_at(at);
        if let Some(parent) = open.last_mut().filter(|_| !text.trim().is_empty()) {
            parent.text = true;
        }
        out.push_str(text);
        let end = tag.find('>')?;
        let (tag, after) = tag.split_at(end + 1);
        rest = after;
        if !tag.starts_with("</") {
            let (start, plain) = (out.len(), tag == ROW);
            out.push_str(tag);
            let element = Open { start, inside: out.len(), plain, ..Open::default() };
            if tag.ends_with("/>") {
                child(&mut open, false);
            } else {
                open.push(Open {
                    operator: tag.starts_with("<mo>") || tag.starts_with("<mo "),
                    ..element
                });
            }
            continue;
        }
        let closed = open.pop()?;
        let row = closed.plain && closed.children == 1 && !closed.text && !closed.around_operator;
        if row {
            out.drain(closed.start..closed.start + ROW.len());
            if last_row.start > closed.start {
                last_row = last_row.start - ROW.len()..last_row.end - ROW.len();
            }
        } else if tag == "</math>" && closed.children == 1 && last_row == (closed.inside..out.len())
        {
            // `math` is a row itself.
            out.truncate(last_row.end - "</mrow>".len());
            out.drain(last_row.start..last_row.start + ROW.len());
            out.push_str(tag);
        } else {
            out.push_str(tag);
            if closed.plain {
                last_row = closed.start..out.len();
            }
        }
        child(&mut open, closed.operator);
    }
    out.push_str(rest);
    open.is_empty().then_some(out)
}

/// The tag of a plain row.
const ROW: &str = "<mrow>";

/// An element that is not closed yet.
#[derive(Default)]
struct Open {
    /// Where its tag begins in the output.
    start: usize,
    /// Where its content begins.
    inside: usize,
    /// A row without attributes.
    plain: bool,
    /// An operator itself.
    operator: bool,
    children: usize,
    /// Whether a child is an operator.
    around_operator: bool,
    /// Whether it holds text.
    text: bool,
}

fn child(open: &mut [Open], operator: bool) {
    if let Some(parent) = open.last_mut() {
        parent.children += 1;
        parent.around_operator |= operator;
    }
}

#[cfg(test)]
mod tests {
    use super::tighten;

    #[test]
    fn rows_around_one_element_go() {
        let cases = [
            ("<math><mrow><mrow><mi>x</mi></mrow></mrow></math>", "<math><mi>x</mi></math>"),
            (
                "<math><mfrac><mrow><mn>1</mn></mrow><mrow><mn>2</mn><mi>n</mi></mrow></mfrac></math>",
                "<math><mfrac><mn>1</mn><mrow><mn>2</mn><mi>n</mi></mrow></mfrac></math>",
            ),
            (
                "<math display=\"block\"><mrow><mi>x</mi><mo>=</mo><mi>y</mi></mrow></math>",
                "<math display=\"block\"><mi>x</mi><mo>=</mo><mi>y</mi></math>",
            ),
            (
                "<math><mrow><mrow><mi>x</mi><mi>y</mi></mrow></mrow></math>",
                "<math><mi>x</mi><mi>y</mi></math>",
            ),
            (
                "<math><mrow><mi>x</mi><mi>y</mi></mrow><mi>z</mi></math>",
                "<math><mrow><mi>x</mi><mi>y</mi></mrow><mi>z</mi></math>",
            ),
            (
                "<math display=\"inline\"><mo stretchy=\"true\">(</mo><mi>x</mi></math>",
                "<math><mo>(</mo><mi>x</mi></math>",
            ),
            (
                "<math><mrow><mo>−</mo></mrow><mi>x</mi></math>",
                "<math><mrow><mo>−</mo></mrow><mi>x</mi></math>",
            ),
            (
                "<math><mrow class=\"a\"><mi>x</mi></mrow></math>",
                "<math><mrow class=\"a\"><mi>x</mi></mrow></math>",
            ),
            (
                "<math><msup><mrow></mrow><mspace/></msup></math>",
                "<math><msup><mrow></mrow><mspace/></msup></math>",
            ),
        ];
        for broken in ["<math><mi>x <", "<math></mrow></math>", "<math><mi>", "a < b", ""] {
            assert_eq!(tighten(broken), broken);
        }
        for (given, wanted) in cases {
            assert_eq!(tighten(given), wanted);
        }
    }
}
