//! The formula language: parse, evaluate (numbers and intervals), print, substitute.
//!
//! Numbers (`1e-3`, `.5`), names, `+ - * / ^` (`^` binds to the right, `-x^2` is `-(x^2)`),
//! comparisons (chained: `a < b < c`), `and`, `or`, `not`, calls, `pi`, `e`, `inf`,
//! `sum(k, 1, n, term)`, `product(…)`, `if(condition, then, otherwise)`, and the functions of
//! [`built_ins`]. A condition counts as 1 or 0 where a number is wanted, and a number as true
//! where a condition is wanted if it is not 0 (NaN is not true). Calls of anything else are
//! observables or aggregates; the caller gives them a meaning.

mod ast;
mod compile;
mod error;
mod eval;
mod expression;
mod functions;
mod latex;
mod latex_names;
mod lexer;
mod number;
mod parser;
mod print;
mod special;
mod substitute;

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

pub use ast::{Comparison, Constant, Expr, Fold, FoldKind, Node, Operator, Span};
pub use compile::{Compiled, SlotOf};
pub use error::{EvalError, ParseError};
pub use eval::{Evaluate, MAX_TERMS, Names, Scope};
pub use expression::Expression;
pub use functions::{BuiltIn, MAX_ARGUMENTS, built_ins, is_built_in, is_reserved};
pub use latex::{PlainSymbols, Symbols, number_latex};
pub use latex_names::text as latex_text;
pub use number::Number;
pub use parser::{MAX_DEPTH, MAX_LENGTH};
pub use substitute::{MAX_NODES, MAX_SUBSTITUTED_DEPTH};

use substitute::Found;

/// A formula with the text it was read from. Cheap to clone.
#[derive(Clone)]
pub struct Formula {
    inner: Arc<Inner>,
}

struct Inner {
    source: String,
    root: Expr,
    size: ast::Size,
}

impl Formula {
    fn build(source: String, root: Expr) -> Self {
        let size = ast::size(&root);
        Self { inner: Arc::new(Inner { source, root, size }) }
    }

    /// Reads a formula.
    ///
    /// # Errors
    /// The first place where the text stops being one, or a limit that it exceeds
    /// ([`MAX_LENGTH`], [`MAX_DEPTH`]).
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        Ok(Self::build(text.to_string(), parser::parse(text)?))
    }

    /// The double itself, as a formula.
    pub fn number(x: f64) -> Self {
        let leaf = |node| Expr::new(node, Span::default());
        let size = match x.abs() {
            f64::INFINITY => leaf(Node::Constant(Constant::Infinity)),
            value => leaf(Node::Number { value, exact: true }),
        };
        let negative = x.is_sign_negative() && !x.is_nan();
        Self::from_expr(if negative { leaf(Node::Neg(Box::new(size))) } else { size })
    }

    /// A name, as a formula.
    pub fn name(name: &str) -> Self {
        Self::from_expr(Expr::new(Node::Name(name.into()), Span::default()))
    }

    /// A formula from a tree, at most [`MAX_SUBSTITUTED_DEPTH`] deep. Its source is its canonical
    /// text, and spans point into that.
    pub fn from_expr(mut root: Expr) -> Self {
        let source = print::respan(&mut root);
        Self::build(source, root)
    }

    /// The text that the formula was read from; spans point into it. After a substitution it is
    /// still the text with the names; see [`Self::canonical`] for the whole.
    pub fn source(&self) -> &str {
        &self.inner.source
    }

    /// The tree.
    pub fn root(&self) -> &Expr {
        &self.inner.root
    }

    fn size(&self) -> ast::Size {
        self.inner.size
    }

    /// Free names (indices of sums excluded) in the order of their first appearance, each once.
    pub fn names(&self) -> Vec<(String, Span)> {
        let (mut list, mut seen) = (Vec::new(), HashSet::new());
        substitute::walk(self.root(), &mut |found, span| {
            if let Found::Name(name) = found
                && seen.insert(Arc::clone(name))
            {
                list.push((name.to_string(), span));
            }
        });
        list
    }

    /// Calls that are not built-ins, with their numbers of arguments: every one, in order.
    pub fn calls(&self) -> Vec<(String, usize, Span)> {
        let mut list = Vec::new();
        substitute::walk(self.root(), &mut |found, span| {
            if let Found::Call(name, arity) = found {
                list.push((name.to_string(), arity, span));
            }
        });
        list
    }

    /// Puts formulas in the place of free names, all at once and capture-avoiding. Replacements are
    /// not looked into: repeat until no name is left.
    ///
    /// # Errors
    /// If the result exceeds [`MAX_NODES`] or [`MAX_SUBSTITUTED_DEPTH`].
    pub fn substitute(&self, f: &dyn Fn(&str) -> Option<Self>) -> Result<Self, EvalError> {
        let root = substitute::substitute(self.root(), self.size(), f)?;
        Ok(Self::build(self.source().to_string(), root))
    }

    /// The value; a condition counts as 1 or 0. Doubles follow IEEE semantics: `ln(-1)` is NaN.
    ///
    /// # Errors
    /// Unknown names and functions, limits of sums that are not whole numbers, more than
    /// [`MAX_TERMS`] terms, and functions without an interval form.
    pub fn eval<N: Number>(&self, scope: &dyn Scope<N>) -> Result<N, EvalError> {
        eval::Evaluator::new(scope).value(self.root())
    }

    /// Whether the condition holds. `None`: not decided, in intervals only. In doubles every
    /// comparison with NaN is false.
    ///
    /// # Errors
    /// As [`Self::eval`].
    pub fn eval_bool<N: Number>(&self, scope: &dyn Scope<N>) -> Result<Option<bool>, EvalError> {
        eval::Evaluator::new(scope).truth(self.root())
    }

    /// Makes it fast for one evaluation per trial: names become slots of a record, and what has no
    /// slot in it is computed once. `slot` is asked for every name (with no arguments) and for every
    /// call that is not a built-in (with its arguments, which must be constant).
    ///
    /// # Errors
    /// What `slot` does not know, arguments that are not constant, errors of constant parts (as
    /// [`Self::eval`]), sums nested more than eight deep.
    pub fn compile(&self, slot: &SlotOf<'_>) -> Result<Compiled, EvalError> {
        compile::compile(self.root(), slot)
    }

    /// LaTeX, without dollar signs, in commands that `markup::latex_to_mathml` knows.
    pub fn latex(&self, symbols: &dyn Symbols) -> String {
        latex::render(self.root(), symbols)
    }

    /// The same, to stand behind a minus or before a product: in parentheses if it is a sum, a difference or negative.
    pub fn latex_term(&self, symbols: &dyn Symbols) -> String {
        latex::render_term(self.root(), symbols)
    }

    /// The canonical text: the same for formulas that differ in spacing and needless parentheses.
    pub fn canonical(&self) -> String {
        print::canonical(self.root())
    }
}

impl fmt::Display for Formula {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.canonical())
    }
}

impl fmt::Debug for Formula {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Formula({self})")
    }
}

#[cfg(test)]
mod tests;
