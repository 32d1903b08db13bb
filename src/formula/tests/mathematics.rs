//! LaTeX: what the renderer knows, and the look of single formulas.

use super::super::*;
use crate::markup::{LONGEST, latex_to_mathml};

/// The report can show it. (What is longer than any formula of a paper is shown as typed.)
pub(super) fn is_rendered(latex: &str) -> bool {
    let rendered = latex_to_mathml(latex, false);
    latex.len() > LONGEST || rendered.is_ok_and(|markup| !markup.contains("<merror"))
}

fn latex(text: &str) -> String {
    let latex = Formula::parse(text).unwrap().latex(&PlainSymbols);
    assert!(is_rendered(&latex), "{text}: {latex}: {:?}", latex_to_mathml(&latex, false));
    latex
}

#[test]
fn formulas_look_as_in_a_paper() {
    let cases = [
        (
            "eps/4 + ln(2/(1 + sqrt(1 + eps)))",
            r"\frac{\varepsilon}{4}+\ln\left(\frac{2}{1+\sqrt{1+\varepsilon}}\right)",
        ),
        ("2*exp(-m*rate)", r"2e^{-m\cdot\text{rate}}"),
        ("binomial(2*k, k)*x^k/4^k", r"\frac{\binom{2k}{k}x^{k}}{4^{k}}"),
        ("sum(k, 1, n, a_k + 1)", r"\sum\limits_{k=1}^{n}(a_{k}+1)"),
        ("1 + sum(k, 1, n, k)*2", r"1+\left(\sum\limits_{k=1}^{n}k\right)\cdot2"),
        ("sum(k, 1, n, k) + 1", r"\left(\sum\limits_{k=1}^{n}k\right)+1"),
        ("1 + product(k, 1, n, k)", r"1+\prod\limits_{k=1}^{n}k"),
        (
            "abs(ratio - 1) > eps and not m <= 3",
            r"\left|\text{ratio}-1\right|>\varepsilon\land\neg(m\le3)",
        ),
        ("a < b or c != d", r"a<b\lor c\ne d"),
        ("(a/b)^2", r"{\left(\frac{a}{b}\right)}^{2}"),
        ("(-x)^2", "{(-x)}^{2}"),
        ("-x^2", "-x^{2}"),
        ("ln(x)^2", r"{(\ln(x))}^{2}"),
        ("log2(x)^2", r"{\left(\log_2\left(x\right)\right)}^{2}"),
        ("n_l^2", "{n_{l}}^{2}"),
        ("a*(-b) - (-c)", "a(-b)-(-c)"),
        ("a - (-b)*c", "a-(-bc)"),
        ("a - (b - c)", "a-(b-c)"),
        ("2*3*x", r"2\cdot3x"),
        ("beta*a*beta*2", r"\beta a\beta\cdot2"),
        ("floor(x/2) + pi*1e-9", r"\left\lfloor \frac{x}{2}\right\rfloor+\pi\cdot10^{-9}"),
        ("-(a + b)*c", "-(a+b)c"),
        ("ln1p(a + b)", r"\ln\left(1+(a+b)\right)"),
        ("outside(eps, 2)", r"\text{outside}(\varepsilon,2)"),
        ("2.5e-8*x", r"2.5\times10^{-8}x"),
        ("--x", "-(-x)"),
        (
            "if(a < b, x, if(c, 1, 2))",
            r"\begin{cases}x&\text{if }a<b\\\begin{cases}1&\text{if }c\\2&\text{otherwise}\end{cases}&\text{otherwise}\end{cases}",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(latex(text), expected, "{text}");
    }
}

#[test]
fn terms_stand_behind_a_minus() {
    let term = |text: &str| Formula::parse(text).unwrap().latex_term(&PlainSymbols);
    let cases = [
        ("a + b", "(a+b)"),
        ("-0.5", "(-0.5)"),
        ("a*b", "ab"),
        ("a < b", "(a<b)"),
        ("-a*b", "(-ab)"),
    ];
    for (text, expected) in cases {
        assert_eq!(term(text), expected, "{text}");
    }
}

#[test]
fn any_text_is_rendered() {
    for words in [r"a\b{c}d$e&f#g_h%i^j~k", "<b>", r#"{"a": [1, "x"]}"#, "é\n", "", "100 %"] {
        let rendered = latex_to_mathml(&latex_text(words), false);
        assert!(rendered.is_ok(), "{words}: {rendered:?}");
    }
}

#[test]
fn every_built_in_is_rendered() {
    for function in built_ins() {
        let args = function.args.join(", ");
        let call = format!("1 + {0}({args})^2 < if(a < b, 2*{0}({args})*x, d)", function.name);
        let latex = latex(&call);
        assert!(!latex.contains('#') && !latex.contains('*'), "{call}: {latex}");
        // Letters of names and of commands stay apart whatever the arguments begin with.
        for name in ["alpha", "of_two_words", "e", "-x", "x/2", "3"] {
            let args = vec![name; function.args.len()].join(", ");
            self::latex(&format!("{}({args})", function.name));
        }
    }
}

/// A claim's own notation.
struct Own;

impl Symbols for Own {
    fn name(&self, name: &str) -> Option<String> {
        (name == "tail").then(|| "T".into())
    }

    fn call(&self, name: &str, args: &[String]) -> Option<String> {
        (name == "mean").then(|| format!(r"\mathbb{{E}}[{}]", args.join("")))
    }
}

#[test]
fn claims_bring_their_own_symbols() {
    let latex = Formula::parse("mean(tail)^2/tail").unwrap().latex(&Own);
    assert_eq!(latex, r"\frac{{({\mathbb{E}[{T}]})}^{2}}{{T}}");
}
