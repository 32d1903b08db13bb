//! MathML without rows around single elements: generators write many, readers see none, and a
//! report of hundreds of pages is a fifth smaller without them.

/// Clean MathML (see [`super::mathml::clean`]) with every plain `<mrow>` around one element taken
/// away. A row around one operator stays: it decides the operator's spacing.
/// Anything else than well-formed MathML stays as it is.
pub fn tighten(markup: &str) -> String {
    let mathml = markup.starts_with("<math");
    let tight = if mathml { rows_away(markup) } else { None };
    tight.unwrap_or_else(|| markup.to_string())
}

fn rows_away(markup: &str) -> Option<String> {
    // What does not stretch has no symmetry to say.
    let markup = markup.replace("symmetric=\"false\" stretchy=\"false\"", "stretchy=\"false\"");
    let mut out = String::with_capacity(markup.len());
    let mut open: Vec<Open> = Vec::new();
    let mut rest = markup.as_str();
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
            let element = Open { start: out.len(), plain: tag == "<mrow>", ..Open::default() };
            out.push_str(tag);
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
            out.drain(closed.start..closed.start + "<mrow>".len());
        } else {
            out.push_str(tag);
        }
        child(&mut open, closed.operator);
    }
    out.push_str(rest);
    open.is_empty().then_some(out)
}

/// An element that is not closed yet.
#[derive(Default)]
struct Open {
    /// Where its tag begins in the output.
    start: usize,
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
