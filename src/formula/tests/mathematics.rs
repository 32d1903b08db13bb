//! MathML: well-formedness, and the look of single formulas.

use super::super::*;

/// Tags balance, and no bare `<`, `>` or `&` is left: enough for fragments without attributes that
/// hold such characters.
pub(super) fn is_well_formed(xml: &str) -> bool {
    let (mut open, mut rest) = (Vec::new(), xml);
    while let Some(at) = rest.find(['<', '>', '&']) {
        if rest[at..].starts_with('>') {
            return false;
        }
        let end = if rest[at..].starts_with('<') { '>' } else { ';' };
        let Some(stop) = rest[at..].find(end) else { return false };
        let inside = &rest[at + 1..at + stop];
        if inside.is_empty() || inside.contains(['<', '&']) {
            return false;
        }
        match inside.strip_prefix('/') {
            _ if end == ';' => {}
            Some(tag) if open.pop() != Some(tag) => return false,
            Some(_) => {}
            None => open.push(inside.split(' ').next().unwrap_or("")),
        }
        rest = &rest[at + stop + 1..];
    }
    open.is_empty()
}

/// MathML in a shorthand: tags in brackets, rows left out, invisible operators as `@` and `~`.
fn look(text: &str) -> String {
    let xml = Formula::parse(text).unwrap().mathml(&PlainSymbols);
    assert!(is_well_formed(&xml), "{text}: {xml}");
    let mut out = xml;
    for (from, to) in [
        ("<mrow>", "{"),
        ("</mrow>", "}"),
        ("<mo>&#x2061;</mo>", "@"),
        ("<mo>&#x2062;</mo>", "~"),
        ("<mi>", ""),
        ("</mi>", ""),
        ("<mn>", ""),
        ("</mn>", ""),
        ("<mo>", ""),
        ("</mo>", ""),
        ("<mfrac>", "frac"),
        ("</mfrac>", ""),
        ("<msup>", "sup"),
        ("</msup>", ""),
        ("<msqrt>", "sqrt["),
        ("</msqrt>", "]"),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("<munderover>", "under["),
        ("</munderover>", "]"),
        ("<msub>", "sub["),
        ("</msub>", "]"),
    ] {
        out = out.replace(from, to);
    }
    out
}

#[test]
fn formulas_look_as_in_a_paper() {
    let cases = [
        ("eps/4 + ln(2/(1 + sqrt(1 + eps)))", "frac{ε}{4}+{ln@{(frac{2}{1+{sqrt[1+ε]}})}}"),
        ("2*exp(-m*rate)", "2~supe{−m⋅rate}"),
        (
            "binomial(2*k, k)*x^k/4^k",
            "frac{{{(<mfrac linethickness=\"0\">{2~k}{k})}}~sup{x}{k}}{sup{4}{k}}",
        ),
        ("sum(k, 1, n, a_k + 1)", "under[∑{k=1}{n}]{(sub[a{k}]+1)}"),
        ("1 + sum(k, 1, n, k)*2", "1+{(under[∑{k=1}{n}]k)}⋅2"),
        ("sum(k, 1, n, k) + 1", "{(under[∑{k=1}{n}]k)}+1"),
        ("1 + sum(k, 1, n, k)", "1+under[∑{k=1}{n}]k"),
        ("abs(ratio - 1) > eps and not m <= 3", "{|ratio−1|}>ε∧¬{(m≤3)}"),
        ("a < b or c != d", "a<b∨c≠d"),
        ("(a/b)^2", "sup{{(frac{a}{b})}}{2}"),
        ("(-x)^2", "sup{{(−x)}}{2}"),
        ("-x^2", "−sup{x}{2}"),
        ("ln(x)^2", "sup{{({ln@{(x)}})}}{2}"),
        ("a*(-b) - (-c)", "a~{(−b)}−{(−c)}"),
        ("a - (b - c)", "a−{(b−c)}"),
        ("2*3*x", "2⋅3~x"),
        ("floor(x/2) + pi*1e-9", "{⌊frac{x}{2}⌋}+π⋅sup10{−9}"),
        ("-(a + b)*c", "−{(a+b)}~c"),
        ("ln1p(a + b)", "{ln@{(1+{(a+b)})}}"),
        ("outside(eps, 2)", "{outside@{(ε,2)}}"),
        ("2.5e-8*x", "2.5×sup10{−8}~x"),
        ("--x", "−{(−x)}"),
    ];
    for (text, expected) in cases {
        assert_eq!(look(text), expected, "{text}");
    }
}

#[test]
fn every_built_in_is_well_formed() {
    for function in built_ins() {
        let call =
            format!("1 + {}({})^2 < if(a < b, c, d)", function.name, function.args.join(", "));
        let xml = Formula::parse(&call).unwrap().mathml(&PlainSymbols);
        assert!(
            is_well_formed(&xml) && !xml.contains("{0") && !xml.contains("{1"),
            "{call}: {xml}"
        );
    }
    assert!(
        !is_well_formed("<a><b></a></b>") && !is_well_formed("a < b") && !is_well_formed("<a>")
    );
}

/// A claim's own notation.
struct Own;

impl Symbols for Own {
    fn name(&self, name: &str) -> Option<String> {
        (name == "tail").then(|| "<mi>T</mi>".into())
    }

    fn call(&self, name: &str, args: &[String]) -> Option<String> {
        (name == "mean").then(|| format!("<mi>E</mi><mo>[</mo>{}<mo>]</mo>", args.join("")))
    }
}

#[test]
fn claims_bring_their_own_symbols() {
    let xml = Formula::parse("mean(tail)/tail").unwrap().mathml(&Own);
    let t = "<mrow><mi>T</mi></mrow>";
    let mean = format!("<mrow><mi>E</mi><mo>[</mo><mrow>{t}</mrow><mo>]</mo></mrow>");
    assert_eq!(xml, format!("<mfrac><mrow>{mean}</mrow><mrow>{t}</mrow></mfrac>"));
}
