//! LaTeX of a tree: what a paper would print, in the commands that `markup::latex_to_mathml` knows.

use super::ast::{Comparison, Expr, Fold, FoldKind, Level, Node, Operator};
use super::functions::{BuiltIn, Form, Shape};
use super::latex_names::{name, text as words};

/// How names and calls of a claim look; what it does not know gets a form by its name.
pub trait Symbols {
    /// LaTeX of a name.
    fn name(&self, name: &str) -> Option<String>;
    /// LaTeX of a call that is not a built-in; the arguments are LaTeX already.
    fn call(&self, name: &str, args: &[String]) -> Option<String>;
}

/// No symbols of one's own.
pub struct PlainSymbols;

impl Symbols for PlainSymbols {
    fn name(&self, _: &str) -> Option<String> {
        None
    }

    fn call(&self, _: &str, _: &[String]) -> Option<String> {
        None
    }
}

/// The LaTeX of a tree, without dollar signs.
pub(super) fn render(expr: &Expr, symbols: &dyn Symbols) -> String {
    Writer { symbols }.piece(expr).text
}

/// The same, to stand behind a minus or before a product: in parentheses if it is a sum, a difference or negative.
pub(super) fn render_term(expr: &Expr, symbols: &dyn Symbols) -> String {
    let piece = Writer { symbols }.piece(expr).closed(Level::Mul);
    piece.unsigned().text
}

/// What a piece of mathematics shows at one of its ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Edge {
    Digit,
    /// A symbol of one letter, perhaps with an index.
    Letter,
    /// A word, which needs a dot beside another letter.
    Word,
    /// A sum or case that reaches as far to the right as it can.
    Open,
    Other,
}

struct Piece {
    text: String,
    level: Level,
    left: Edge,
    right: Edge,
}

impl Piece {
    fn new(text: String, level: Level) -> Self {
        Self { text, level, left: Edge::Other, right: Edge::Other }
    }

    fn edges(self, left: Edge, right: Edge) -> Self {
        Self { left, right, ..self }
    }

    fn parenthesised(self) -> Self {
        Self::new(parentheses(&self.text), Level::Atom)
    }

    /// In parentheses if looser than `least`.
    fn at_least(self, least: Level) -> Self {
        if self.level < least { self.parenthesised() } else { self }
    }

    /// In parentheses if it begins with a minus, to stand behind another sign.
    fn unsigned(self) -> Self {
        if self.text.starts_with('-') { self.parenthesised() } else { self }
    }

    /// To stand on the left of something of its own level.
    fn closed(self, least: Level) -> Self {
        if self.right == Edge::Open { self.parenthesised() } else { self.at_least(least) }
    }
}

/// Brackets that grow with what they hold; what holds nothing tall needs none that grow.
fn parentheses(inner: &str) -> String {
    let tall = [r"\frac", r"\sum", r"\prod", r"\binom", r"\left", r"\begin", "^", r"\sqrt"];
    match tall.iter().any(|command| inner.contains(command)) {
        true => format!(r"\left({inner}\right)"),
        false => format!("({inner})"),
    }
}

fn group(inner: &str) -> String {
    format!("{{{inner}}}")
}

/// Two pieces of LaTeX side by side: a command that ends in a letter does not swallow the next one.
fn beside(a: &str, b: &str) -> String {
    let command = a
        .rsplit_once('\\')
        .is_some_and(|(_, name)| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphabetic()));
    let letter = b.starts_with(|c: char| c.is_ascii_alphabetic());
    if command && letter { format!("{a} {b}") } else { format!("{a}{b}") }
}

const TIMES: &str = "";
const DOT: &str = r"\cdot";

struct Writer<'a> {
    symbols: &'a dyn Symbols,
}

impl Writer<'_> {
    fn piece(&self, expr: &Expr) -> Piece {
        match &expr.node {
            Node::Number { value, .. } => number(*value),
            Node::Constant(constant) => Piece::new(
                match constant.word() {
                    "pi" => r"\pi".into(),
                    "inf" => r"\infty".into(),
                    word => word.into(),
                },
                Level::Atom,
            )
            .edges(Edge::Letter, Edge::Letter),
            Node::Name(name) => self.name(name),
            Node::Neg(a) => {
                let a = self.piece(a).at_least(Level::Mul);
                let a = if a.left == Edge::Other && a.level == Level::Neg {
                    a.parenthesised()
                } else {
                    a
                };
                let right = a.right;
                Piece::new(format!("-{}", a.text), Level::Neg).edges(Edge::Other, right)
            }
            Node::Binary(operator, a, b) => self.binary(*operator, a, b),
            Node::Compare(first, rest) => self.comparisons(first, rest),
            Node::Not(a) => {
                let a = self.piece(a);
                let a = if a.level == Level::Atom { a } else { a.parenthesised() };
                Piece::new(beside(r"\neg", &a.text), Level::Not)
            }
            Node::And(a, b) => self.connective(a, r"\land", b, Level::And),
            Node::Or(a, b) => self.connective(a, r"\lor", b, Level::Or),
            Node::Apply(function, args) => self.apply(function, args),
            Node::Call(name, args) => self.call(name, args),
            Node::Fold(fold) => self.fold(fold),
            Node::If(parts) => self.cases(parts),
        }
    }

    fn text(&self, expr: &Expr) -> String {
        self.piece(expr).text
    }

    fn name(&self, text: &str) -> Piece {
        let (latex, letter) = name(text);
        let edge = if letter { Edge::Letter } else { Edge::Word };
        match self.symbols.name(text) {
            Some(own) => Piece::new(group(&own), Level::Atom),
            None => Piece::new(latex, Level::Atom).edges(edge, edge),
        }
    }

    fn binary(&self, kind: Operator, a: &Expr, b: &Expr) -> Piece {
        let (a, b) = (self.piece(a), self.piece(b));
        match kind {
            Operator::Add => join(a, "+", b, Level::Add),
            Operator::Sub => join(a, "-", b, Level::Add),
            Operator::Mul => {
                let (a, b) = (a.closed(Level::Mul), b.at_least(Level::Mul));
                let b = b.unsigned();
                let times = times(a.right, b.left);
                let (left, right) = (a.left, b.right);
                // A minus in front makes the whole product a negative one.
                let level = if a.level == Level::Neg { Level::Neg } else { Level::Mul };
                Piece::new(beside(&beside(&a.text, times), &b.text), level.min(Level::Mul))
                    .edges(left, right)
            }
            Operator::Div => {
                let fraction = format!(r"\frac{}{}", group(&a.text), group(&b.text));
                // Not an atom: as the base of a power it needs parentheses.
                Piece::new(fraction, Level::Pow)
            }
            Operator::Pow => {
                let (left, base) = (a.left, a.at_least(Level::Atom));
                let power = format!("{}^{}", based(&base.text), group(&b.text));
                Piece::new(power, Level::Pow).edges(left, Edge::Other)
            }
        }
    }

    fn comparisons(&self, first: &Expr, rest: &[(Comparison, Expr)]) -> Piece {
        let mut out = self.piece(first).at_least(Level::Add).text;
        for (comparison, expr) in rest {
            let sign = match comparison {
                Comparison::Less => "<",
                Comparison::AtMost => r"\le",
                Comparison::Greater => ">",
                Comparison::AtLeast => r"\ge",
                Comparison::Equal => "=",
                Comparison::NotEqual => r"\ne",
            };
            out = beside(&beside(&out, sign), &self.piece(expr).at_least(Level::Add).text);
        }
        Piece::new(out, Level::Compare)
    }

    fn connective(&self, a: &Expr, symbol: &str, b: &Expr, level: Level) -> Piece {
        let (a, b) = (self.piece(a).at_least(level), self.piece(b).at_least(level));
        Piece::new(beside(&beside(&a.text, symbol), &b.text), level)
    }

    fn apply(&self, function: &BuiltIn, args: &[Expr]) -> Piece {
        let (template, shape) = match function.form {
            Form::Word(word) => return self.function(word, args),
            Form::Template(template, shape) => (template, shape),
        };
        let mut out = template.to_string();
        for (i, argument) in args.iter().enumerate() {
            let (loose, tight) = (format!("#{}", i + 1), format!("#{}*", i + 1));
            if template.contains(&tight) {
                out = out.replace(&tight, &self.piece(argument).at_least(Level::Mul).text);
            } else if template.contains(&loose) {
                out = out.replace(&loose, &self.text(argument));
            }
        }
        let (text, level) = match shape {
            Shape::Closed => (out, Level::Atom),
            // ln(x)² would leave open what is squared.
            Shape::Call => (out, Level::Pow),
            Shape::Power => (out, Level::Pow),
            Shape::Sum => (out, Level::Add),
            Shape::Relation => (out, Level::Compare),
        };
        Piece::new(text, level)
    }

    fn function(&self, head: &str, args: &[Expr]) -> Piece {
        let list: Vec<_> = args.iter().map(|a| self.text(a)).collect();
        let call = format!("{head}{}", parentheses(&list.join(",")));
        Piece::new(call, Level::Pow).edges(Edge::Word, Edge::Other)
    }

    fn call(&self, text: &str, args: &[Expr]) -> Piece {
        let rendered: Vec<_> = args.iter().map(|a| self.text(a)).collect();
        match self.symbols.call(text, &rendered) {
            Some(own) => Piece::new(group(&own), Level::Pow),
            None => self.function(&name(text).0, args),
        }
    }

    fn fold(&self, fold: &Fold) -> Piece {
        let symbol = if fold.kind == FoldKind::Sum { r"\sum" } else { r"\prod" };
        let (index, from, to) =
            (self.name(&fold.index).text, self.text(&fold.from), self.text(&fold.to));
        let body = self.piece(&fold.body).at_least(Level::Mul).text;
        let out = format!(r"{symbol}\limits_{{{index}={from}}}^{{{to}}}{body}");
        Piece::new(out, Level::Add).edges(Edge::Other, Edge::Open)
    }

    fn cases(&self, parts: &[Expr; 3]) -> Piece {
        let [condition, then, otherwise] = parts;
        let (condition, then, otherwise) =
            (self.text(condition), self.text(then), self.text(otherwise));
        let out = format!(
            r"\begin{{cases}}{then}&\text{{if }}{condition}\\{otherwise}&\text{{otherwise}}\end{{cases}}"
        );
        Piece::new(out, Level::Add).edges(Edge::Other, Edge::Open)
    }
}

/// What may carry an exponent: one letter or digit, or a group.
fn based(text: &str) -> String {
    let single = text.chars().count() == 1;
    if single || text.starts_with('{') && text.ends_with('}') { text.into() } else { group(text) }
}

/// A sum or difference.
fn join(a: Piece, symbol: &str, b: Piece, level: Level) -> Piece {
    let a = if a.right == Edge::Open { a.parenthesised() } else { a.at_least(level) };
    let open =
        b.right == Edge::Open && b.left == Edge::Other && b.level == Level::Add && is_big(&b.text);
    let b = if open { b } else { b.at_least(Level::Mul) };
    let b = b.unsigned();
    let (left, right) = (a.left, b.right);
    Piece::new(beside(&beside(&a.text, symbol), &b.text), level).edges(left, right)
}

/// Whether a piece starts with a sum or product sign: it may stand behind a plus as it is.
fn is_big(text: &str) -> bool {
    text.starts_with(r"\sum") || text.starts_with(r"\prod")
}

/// What stands between two factors.
fn times(left: Edge, right: Edge) -> &'static str {
    let letter = |edge| matches!(edge, Edge::Letter | Edge::Word);
    match (left, right) {
        (_, Edge::Digit) => DOT,
        (Edge::Word, r) if letter(r) => DOT,
        (l, Edge::Word) if letter(l) => DOT,
        _ => TIMES,
    }
}

/// A number as LaTeX; very large and small ones as `m × 10ⁿ`.
pub fn number_latex(x: f64) -> String {
    number(x).text
}

fn number(x: f64) -> Piece {
    if !x.is_finite() {
        let text = if x.is_nan() { words("NaN") } else { r"\infty".into() };
        let text = if x < 0.0 { format!("-{text}") } else { text };
        return Piece::new(text, if x < 0.0 { Level::Neg } else { Level::Atom });
    }
    let size = x.abs();
    let plain = size == 0.0 || (1e-3..1e7).contains(&size);
    let (text, level) = if plain {
        (size.to_string(), Level::Atom)
    } else {
        let scientific = format!("{size:e}");
        let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
        match mantissa {
            "1" => (format!("10^{{{exponent}}}"), Level::Pow),
            _ => (format!(r"{mantissa}\times10^{{{exponent}}}"), Level::Mul),
        }
    };
    if x.is_sign_negative() {
        return Piece::new(format!("-{text}"), Level::Neg);
    }
    Piece::new(text, level)
        .edges(Edge::Digit, if level == Level::Atom { Edge::Digit } else { Edge::Other })
}
