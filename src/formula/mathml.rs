//! Presentation MathML (Core) of a tree.

use super::ast::{Comparison, Expr, Fold, FoldKind, Level, Node, Operator};
use super::functions::{BuiltIn, Form, Shape};
use super::mathml_names::{escape, name};

/// How names and calls of a claim look; what it does not know gets a form by its name.
pub trait Symbols {
    /// MathML of a name.
    fn name(&self, name: &str) -> Option<String>;
    /// MathML of a call that is not a built-in; the arguments are MathML already.
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

/// The MathML of a tree, without the `math` element around it.
pub(super) fn render(expr: &Expr, symbols: &dyn Symbols) -> String {
    Writer { symbols }.piece(expr).text
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

    /// To stand on the left of something of its own level.
    fn closed(self, least: Level) -> Self {
        if self.right == Edge::Open { self.parenthesised() } else { self.at_least(least) }
    }
}

fn parentheses(inner: &str) -> String {
    format!("<mrow><mo>(</mo>{inner}<mo>)</mo></mrow>")
}

fn row(inner: &str) -> String {
    format!("<mrow>{inner}</mrow>")
}

fn operator(symbol: &str) -> String {
    format!("<mo>{symbol}</mo>")
}

const APPLY: &str = "<mo>&#x2061;</mo>";
const INVISIBLE_TIMES: &str = "<mo>&#x2062;</mo>";
const DOT: &str = "<mo>⋅</mo>";

struct Writer<'a> {
    symbols: &'a dyn Symbols,
}

impl Writer<'_> {
    fn piece(&self, expr: &Expr) -> Piece {
        match &expr.node {
            Node::Number { value, .. } => number(*value),
            Node::Constant(constant) => Piece::new(
                match constant.word() {
                    "pi" => "<mi>π</mi>".into(),
                    "inf" => "<mi>∞</mi>".into(),
                    word => format!("<mi>{word}</mi>"),
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
                Piece::new(operator("−") + &a.text, Level::Neg).edges(Edge::Other, right)
            }
            Node::Binary(operator, a, b) => self.binary(*operator, a, b),
            Node::Compare(first, rest) => self.comparisons(first, rest),
            Node::Not(a) => {
                let a = self.piece(a);
                let a = if a.level == Level::Atom { a } else { a.parenthesised() };
                Piece::new(operator("¬") + &a.text, Level::Not)
            }
            Node::And(a, b) => self.connective(a, "∧", b, Level::And),
            Node::Or(a, b) => self.connective(a, "∨", b, Level::Or),
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
        let (mathml, letter) = name(text);
        let edge = if letter { Edge::Letter } else { Edge::Word };
        match self.symbols.name(text) {
            Some(own) => Piece::new(row(&own), Level::Atom),
            None => Piece::new(mathml, Level::Atom).edges(edge, edge),
        }
    }

    fn binary(&self, kind: Operator, a: &Expr, b: &Expr) -> Piece {
        let (a, b) = (self.piece(a), self.piece(b));
        match kind {
            Operator::Add => join(a, &operator("+"), b, Level::Add),
            Operator::Sub => join(a, &operator("−"), b, Level::Add),
            Operator::Mul => {
                let (a, b) = (a.closed(Level::Mul), b.at_least(Level::Mul));
                let b = if matches!(b.level, Level::Neg) { b.parenthesised() } else { b };
                let times = times(a.right, b.left);
                let (left, right) = (a.left, b.right);
                // A minus in front makes the whole product a negative one.
                let level = if a.level == Level::Neg { Level::Neg } else { Level::Mul };
                Piece::new(a.text + times + &b.text, level.min(Level::Mul)).edges(left, right)
            }
            Operator::Div => {
                let fraction = format!("<mfrac>{}{}</mfrac>", row(&a.text), row(&b.text));
                // Not an atom: as the base of a power it needs parentheses.
                Piece::new(fraction, Level::Pow)
            }
            Operator::Pow => {
                let (left, base) = (a.left, a.at_least(Level::Atom));
                let power = format!("<msup>{}{}</msup>", row(&base.text), row(&b.text));
                Piece::new(power, Level::Pow).edges(left, Edge::Other)
            }
        }
    }

    fn comparisons(&self, first: &Expr, rest: &[(Comparison, Expr)]) -> Piece {
        let mut out = self.piece(first).at_least(Level::Add).text;
        for (comparison, expr) in rest {
            out += &operator(match comparison {
                Comparison::Less => "&lt;",
                Comparison::AtMost => "≤",
                Comparison::Greater => "&gt;",
                Comparison::AtLeast => "≥",
                Comparison::Equal => "=",
                Comparison::NotEqual => "≠",
            });
            out += &self.piece(expr).at_least(Level::Add).text;
        }
        Piece::new(out, Level::Compare)
    }

    fn connective(&self, a: &Expr, symbol: &str, b: &Expr, level: Level) -> Piece {
        let (a, b) = (self.piece(a).at_least(level), self.piece(b).at_least(level));
        Piece::new(a.text + &operator(symbol) + &b.text, level)
    }

    fn apply(&self, function: &BuiltIn, args: &[Expr]) -> Piece {
        let (template, shape) = match function.form {
            Form::Word(word) => return self.function(&format!("<mi>{word}</mi>"), args),
            Form::Template(template, shape) => (template, shape),
        };
        let mut out = template.to_string();
        for (i, argument) in args.iter().enumerate() {
            let (loose, tight) = (format!("{{{i}}}"), format!("{{{i}*}}"));
            if template.contains(&tight) {
                out = out.replace(&tight, &self.piece(argument).at_least(Level::Mul).text);
            }
            if template.contains(&loose) {
                out = out.replace(&loose, &self.text(argument));
            }
        }
        let (text, level) = match shape {
            Shape::Closed => (row(&out), Level::Atom),
            Shape::Power => (out, Level::Pow),
            Shape::Sum => (out, Level::Add),
            Shape::Relation => (out, Level::Compare),
        };
        // ln(x)² would leave open what is squared.
        let called = out_of_call(template);
        Piece::new(text, if called { level.min(Level::Pow) } else { level })
    }

    fn function(&self, head: &str, args: &[Expr]) -> Piece {
        let list: Vec<_> = args.iter().map(|a| self.text(a)).collect();
        let call = format!("{head}{APPLY}{}", parentheses(&list.join("<mo>,</mo>")));
        Piece::new(row(&call), Level::Pow).edges(Edge::Word, Edge::Other)
    }

    fn call(&self, text: &str, args: &[Expr]) -> Piece {
        let rendered: Vec<_> = args.iter().map(|a| row(&self.text(a))).collect();
        match self.symbols.call(text, &rendered) {
            Some(own) => Piece::new(row(&own), Level::Pow),
            None => self.function(&name(text).0, args),
        }
    }

    fn fold(&self, fold: &Fold) -> Piece {
        let symbol = if fold.kind == FoldKind::Sum { "∑" } else { "∏" };
        let start = self.name(&fold.index).text + &operator("=") + &self.text(&fold.from);
        let (start, end) = (row(&start), row(&self.text(&fold.to)));
        let body = self.piece(&fold.body).at_least(Level::Mul).text;
        let out = format!("<munderover><mo>{symbol}</mo>{start}{end}</munderover>{body}");
        Piece::new(out, Level::Add).edges(Edge::Other, Edge::Open)
    }

    fn cases(&self, parts: &[Expr; 3]) -> Piece {
        let [condition, then, otherwise] = parts;
        let line =
            |value: String, when: String| format!("<mtr><mtd>{value}</mtd><mtd>{when}</mtd></mtr>");
        let when = format!("<mtext>if&#xA0;</mtext>{}", self.text(condition));
        let lines = line(self.text(then), when)
            + &line(self.text(otherwise), "<mtext>otherwise</mtext>".into());
        let out = row(&format!("<mo>{{</mo><mtable>{lines}</mtable>"));
        Piece::new(out, Level::Add).edges(Edge::Other, Edge::Open)
    }
}

/// Whether a template ends with arguments in parentheses after a name.
fn out_of_call(template: &str) -> bool {
    template.contains(APPLY)
}

/// A sum or difference.
fn join(a: Piece, symbol: &str, b: Piece, level: Level) -> Piece {
    let a = if a.right == Edge::Open { a.parenthesised() } else { a.at_least(level) };
    let open =
        b.right == Edge::Open && b.left == Edge::Other && b.level == Level::Add && is_big(&b.text);
    let b = if open { b } else { b.at_least(Level::Mul) };
    let b = if b.level == Level::Neg { b.parenthesised() } else { b };
    let (left, right) = (a.left, b.right);
    Piece::new(a.text + symbol + &b.text, level).edges(left, right)
}

/// Whether a piece starts with a sum or product sign: it may stand behind a plus as it is.
fn is_big(text: &str) -> bool {
    text.starts_with("<munderover>")
}

/// What stands between two factors.
fn times(left: Edge, right: Edge) -> &'static str {
    let letter = |edge| matches!(edge, Edge::Letter | Edge::Word);
    match (left, right) {
        (_, Edge::Digit) => DOT,
        (Edge::Word, r) if letter(r) => DOT,
        (l, Edge::Word) if letter(l) => DOT,
        _ => INVISIBLE_TIMES,
    }
}

/// A number; very large and small ones as `m × 10ⁿ`.
fn number(x: f64) -> Piece {
    if !x.is_finite() {
        let text = if x.is_nan() { "<mtext>NaN</mtext>" } else { "<mi>∞</mi>" };
        let text = if x < 0.0 { operator("−") + text } else { text.to_string() };
        return Piece::new(text, if x < 0.0 { Level::Neg } else { Level::Atom });
    }
    let size = x.abs();
    let plain = size == 0.0 || (1e-3..1e7).contains(&size);
    let (text, level) = if plain {
        (format!("<mn>{size}</mn>"), Level::Atom)
    } else {
        let scientific = escape(&format!("{size:e}"));
        let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
        let exponent = match exponent.strip_prefix('-') {
            Some(digits) => format!("<mrow><mo>−</mo><mn>{digits}</mn></mrow>"),
            None => format!("<mn>{exponent}</mn>"),
        };
        let power = format!("<msup><mn>10</mn>{exponent}</msup>");
        match mantissa {
            "1" => (power, Level::Pow),
            _ => (format!("<mn>{mantissa}</mn><mo>×</mo>{power}"), Level::Mul),
        }
    };
    if x.is_sign_negative() {
        return Piece::new(operator("−") + &text, Level::Neg);
    }
    Piece::new(text, level)
        .edges(Edge::Digit, if level == Level::Atom { Edge::Digit } else { Edge::Other })
}
