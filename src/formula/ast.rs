//! The tree of a formula. Every node knows which bytes of the source it was read from.

use std::sync::Arc;

use super::functions::BuiltIn;

/// A range of bytes in the source text: `start` included, `end` excluded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// The smallest span that holds both.
    pub fn to(self, other: Self) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

/// A node of the tree with its place in the source.
#[derive(Clone, Debug)]
pub struct Expr {
    /// What stands here.
    pub node: Node,
    /// Where it stands.
    pub span: Span,
}

impl Expr {
    /// A node at a place.
    pub fn new(node: Node, span: Span) -> Self {
        Self { node, span }
    }
}

/// What a formula is made of.
#[derive(Clone, Debug)]
pub enum Node {
    /// A number. `exact` is false where the decimal that was written is not the double `value`
    /// itself (`0.1`): interval evaluation then takes the neighbouring doubles in.
    Number {
        /// The double nearest to what was written.
        value: f64,
        /// Whether `value` is what was written, to the last digit.
        exact: bool,
    },
    /// `pi`, `e`, `inf`.
    Constant(Constant),
    /// A parameter, an observable, a name that a claim defines, or the index of a sum around it.
    Name(Arc<str>),
    /// `-x`.
    Neg(Box<Expr>),
    /// `a + b`, `a - b`, `a*b`, `a/b`, `a^b`.
    Binary(Operator, Box<Expr>, Box<Expr>),
    /// `a < b <= c …`: the conjunction of the neighbouring comparisons.
    Compare(Box<Expr>, Vec<(Comparison, Expr)>),
    /// `not a`.
    Not(Box<Expr>),
    /// `a and b`.
    And(Box<Expr>, Box<Expr>),
    /// `a or b`.
    Or(Box<Expr>, Box<Expr>),
    /// A call of a function of the language.
    Apply(&'static BuiltIn, Vec<Expr>),
    /// A call of anything else: an observable of an experiment, or an aggregate.
    Call(Arc<str>, Vec<Expr>),
    /// `sum(k, from, to, body)` or `product(…)`.
    Fold(Box<Fold>),
    /// `if(condition, then, otherwise)`.
    If(Box<[Expr; 3]>),
}

/// A finite sum or product over an integer index that is bound in `body` only.
#[derive(Clone, Debug)]
pub struct Fold {
    /// Sum or product.
    pub kind: FoldKind,
    /// The bound index.
    pub index: Arc<str>,
    /// First value of the index.
    pub from: Expr,
    /// Last value of the index; below `from` the fold is empty (0 or 1).
    pub to: Expr,
    /// The term.
    pub body: Expr,
}

/// Sum or product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FoldKind {
    /// Σ, empty value 0.
    Sum,
    /// Π, empty value 1.
    Product,
}

impl FoldKind {
    /// The word that the language has for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Sum => "sum",
            Self::Product => "product",
        }
    }
}

/// A number with a name of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Constant {
    /// π.
    Pi,
    /// Euler's number.
    E,
    /// +∞.
    Infinity,
}

impl Constant {
    /// The constant of that name.
    pub fn find(name: &str) -> Option<Self> {
        match name {
            "pi" => Some(Self::Pi),
            "e" => Some(Self::E),
            "inf" => Some(Self::Infinity),
            _ => None,
        }
    }

    /// The word that the language has for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pi => "pi",
            Self::E => "e",
            Self::Infinity => "inf",
        }
    }

    /// The nearest double.
    pub fn value(self) -> f64 {
        match self {
            Self::Pi => std::f64::consts::PI,
            Self::E => std::f64::consts::E,
            Self::Infinity => f64::INFINITY,
        }
    }
}

/// An arithmetic operator of two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
    /// `/`
    Div,
    /// `^`, right associative.
    Pow,
}

/// A comparison of two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    Greater,
    /// `>=`
    AtLeast,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
}

impl Comparison {
    /// How it is written.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::Greater => ">",
            Self::AtLeast => ">=",
            Self::Equal => "==",
            Self::NotEqual => "!=",
        }
    }

    /// The comparison of two doubles. False wherever one of them is NaN, `!=` included: an
    /// undefined number never makes an event happen.
    #[inline]
    pub fn holds(self, a: f64, b: f64) -> bool {
        match self {
            Self::Less => a < b,
            Self::AtMost => a <= b,
            Self::Greater => a > b,
            Self::AtLeast => a >= b,
            Self::Equal => a == b,
            Self::NotEqual => a != b && !a.is_nan() && !b.is_nan(),
        }
    }
}

/// How tightly a node holds together; also the binding powers of the parser.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    Or,
    And,
    Not,
    Compare,
    Add,
    Mul,
    Neg,
    Pow,
    Atom,
}

impl Node {
    /// The level of the node as it is printed.
    pub(super) fn level(&self) -> Level {
        match self {
            // Only a tree made by hand holds these: the parser reads `-2` as a negation.
            Self::Number { value, .. } if value.is_nan() => Level::Mul,
            Self::Number { value, .. } if value.is_sign_negative() => Level::Neg,
            Self::Number { .. } | Self::Constant(_) | Self::Name(_) => Level::Atom,
            Self::Apply(..) | Self::Call(..) | Self::Fold(_) | Self::If(_) => Level::Atom,
            Self::Neg(_) => Level::Neg,
            Self::Binary(Operator::Add | Operator::Sub, ..) => Level::Add,
            Self::Binary(Operator::Mul | Operator::Div, ..) => Level::Mul,
            Self::Binary(Operator::Pow, ..) => Level::Pow,
            Self::Compare(..) => Level::Compare,
            Self::Not(_) => Level::Not,
            Self::And(..) => Level::And,
            Self::Or(..) => Level::Or,
        }
    }

    /// The nodes below, in the order of the text.
    pub fn children(&self) -> Vec<&Expr> {
        match self {
            Self::Number { .. } | Self::Constant(_) | Self::Name(_) => vec![],
            Self::Neg(a) | Self::Not(a) => vec![a],
            Self::Binary(_, a, b) | Self::And(a, b) | Self::Or(a, b) => vec![a, b],
            Self::Compare(first, rest) => {
                std::iter::once(&**first).chain(rest.iter().map(|(_, e)| e)).collect()
            }
            Self::Apply(_, args) | Self::Call(_, args) => args.iter().collect(),
            Self::Fold(fold) => vec![&fold.from, &fold.to, &fold.body],
            Self::If(parts) => parts.iter().collect(),
        }
    }

    /// The nodes below, to change them.
    pub fn children_mut(&mut self) -> Vec<&mut Expr> {
        match self {
            Self::Number { .. } | Self::Constant(_) | Self::Name(_) => vec![],
            Self::Neg(a) | Self::Not(a) => vec![a],
            Self::Binary(_, a, b) | Self::And(a, b) | Self::Or(a, b) => vec![a, b],
            Self::Compare(first, rest) => {
                std::iter::once(&mut **first).chain(rest.iter_mut().map(|(_, e)| e)).collect()
            }
            Self::Apply(_, args) | Self::Call(_, args) => args.iter_mut().collect(),
            Self::Fold(fold) => vec![&mut fold.from, &mut fold.to, &mut fold.body],
            Self::If(parts) => parts.iter_mut().collect(),
        }
    }
}

/// How large a tree is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Size {
    pub nodes: usize,
    pub depth: usize,
}

/// Size of a tree, found without recursion, so that it may be asked of a tree of any depth.
pub(super) fn size(root: &Expr) -> Size {
    let mut size = Size { nodes: 0, depth: 0 };
    let mut open = vec![(root, 1)];
    while let Some((expr, depth)) = open.pop() {
        size.nodes += 1;
        size.depth = size.depth.max(depth);
        open.extend(expr.node.children().into_iter().map(|child| (child, depth + 1)));
    }
    size
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_comparison_holds_of_nan() {
        use Comparison::*;
        for comparison in [Less, AtMost, Greater, AtLeast, Equal, NotEqual] {
            assert!(!comparison.holds(f64::NAN, 1.0));
            assert!(!comparison.holds(1.0, f64::NAN));
        }
        assert!(NotEqual.holds(1.0, 2.0) && !NotEqual.holds(1.0, 1.0));
    }

    #[test]
    fn the_size_counts_nodes_and_the_longest_path() {
        let formula = crate::formula::Formula::parse("1 + sum(k, 1, 3, k^2)").unwrap();
        assert_eq!(size(formula.root()), Size { nodes: 8, depth: 4 });
    }
}
