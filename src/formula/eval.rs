//! Evaluation of a tree in doubles or in intervals.

use std::sync::Arc;

use super::ast::{Comparison, Expr, Fold, FoldKind, Node, Operator};
use super::error::EvalError;
use super::number::Number;

/// Most terms of all sums and products together in one evaluation.
pub const MAX_TERMS: u64 = 1_000_000;
/// Whole numbers up to here are doubles, and so are their successors.
pub(super) const LARGEST_INDEX: f64 = 9_007_199_254_740_991.0;

/// Evaluates an argument of a call: what [`Scope::call`] is given.
pub type Evaluate<'a, N> = dyn FnMut(&Expr) -> Result<N, EvalError> + 'a;

/// What names and calls mean where a formula is evaluated.
pub trait Scope<N> {
    /// The value of a name, if there is one.
    fn name(&self, name: &str) -> Option<N>;

    /// The value of a call that is not a built-in: an observable or an aggregate. The arguments come
    /// unevaluated; `eval` evaluates one (indices of sums around the call included). `None` if there
    /// is nothing of that name.
    fn call(
        &self,
        name: &str,
        args: &[Expr],
        eval: &mut Evaluate<'_, N>,
    ) -> Option<Result<N, EvalError>>;
}

/// A scope of names only, given by a function.
pub struct Names<F>(pub F);

impl<N, F: Fn(&str) -> Option<N>> Scope<N> for Names<F> {
    fn name(&self, name: &str) -> Option<N> {
        self.0(name)
    }

    fn call(&self, _: &str, _: &[Expr], _: &mut Evaluate<'_, N>) -> Option<Result<N, EvalError>> {
        None
    }
}

/// One evaluation under way.
pub(super) struct Evaluator<'a, N> {
    scope: &'a dyn Scope<N>,
    /// Indices of the sums around, the innermost last.
    indices: Vec<(Arc<str>, f64)>,
    terms: u64,
}

type Evaluated<T> = Result<T, EvalError>;

impl<'a, N: Number> Evaluator<'a, N> {
    pub fn new(scope: &'a dyn Scope<N>) -> Self {
        Self { scope, indices: Vec::new(), terms: 0 }
    }

    /// The value; 1 or 0 for a condition.
    pub fn value(&mut self, expr: &Expr) -> Evaluated<N> {
        match &expr.node {
            Node::Number { value, exact } => Ok(N::from_literal(*value, *exact)),
            Node::Constant(constant) => Ok(N::from_constant(*constant)),
            Node::Name(name) => self.name(name, expr),
            Node::Neg(operand) => Ok(-self.value(operand)?),
            Node::Binary(operator, a, b) => {
                let (a, b) = (self.value(a)?, self.value(b)?);
                Ok(match operator {
                    Operator::Add => a + b,
                    Operator::Sub => a - b,
                    Operator::Mul => a * b,
                    Operator::Div => a / b,
                    Operator::Pow => a.power(b),
                })
            }
            Node::Apply(function, args) => {
                let args = args.iter().map(|a| self.value(a)).collect::<Evaluated<Vec<N>>>()?;
                N::apply(function, &args).ok_or_else(|| {
                    let message = format!("`{}` has no interval form", function.name);
                    EvalError::new(expr.span, message)
                })
            }
            Node::Call(name, args) => self.call(name, args, expr),
            Node::Fold(fold) => self.fold(fold),
            Node::If(parts) => self.choice(parts),
            Node::Compare(..) | Node::Not(_) | Node::And(..) | Node::Or(..) => {
                Ok(N::from_truth(self.truth(expr)?))
            }
        }
    }

    /// Whether a condition holds, in Kleene's three values; a number holds if it is not zero.
    pub fn truth(&mut self, expr: &Expr) -> Evaluated<Option<bool>> {
        match &expr.node {
            Node::Compare(first, rest) => self.comparisons(first, rest),
            Node::Not(operand) => Ok(self.truth(operand)?.map(|truth| !truth)),
            Node::And(a, b) => self.connect(a, b, false),
            Node::Or(a, b) => self.connect(a, b, true),
            _ => Ok(self.value(expr)?.truth()),
        }
    }

    /// `and` (decided by false) or `or` (decided by true).
    fn connect(&mut self, a: &Expr, b: &Expr, decisive: bool) -> Evaluated<Option<bool>> {
        let first = self.truth(a)?;
        if first == Some(decisive) {
            return Ok(first);
        }
        let second = self.truth(b)?;
        Ok(if second == Some(decisive) { second } else { first.and(second) })
    }

    fn comparisons(
        &mut self,
        first: &Expr,
        rest: &[(Comparison, Expr)],
    ) -> Evaluated<Option<bool>> {
        let mut all = Some(true);
        let mut left = self.value(first)?;
        for (comparison, expr) in rest {
            let right = self.value(expr)?;
            match left.compare(*comparison, right) {
                Some(false) => return Ok(Some(false)),
                Some(true) => {}
                None => all = None,
            }
            left = right;
        }
        Ok(all)
    }

    fn name(&self, name: &str, expr: &Expr) -> Evaluated<N> {
        let bound = self.indices.iter().rev().find(|(index, _)| **index == *name);
        if let Some((_, value)) = bound {
            return Ok(N::from_f64(*value));
        }
        self.scope
            .name(name)
            .ok_or_else(|| EvalError::new(expr.span, format!("unknown name `{name}`")))
    }

    fn call(&mut self, name: &str, args: &[Expr], expr: &Expr) -> Evaluated<N> {
        let scope = self.scope;
        let result = scope.call(name, args, &mut |argument| self.value(argument));
        result
            .unwrap_or_else(|| Err(EvalError::new(expr.span, format!("unknown function `{name}`"))))
    }

    fn choice(&mut self, parts: &[Expr; 3]) -> Evaluated<N> {
        let [condition, then, otherwise] = parts;
        match self.truth(condition)? {
            Some(true) => self.value(then),
            Some(false) => self.value(otherwise),
            None => Ok(self.value(then)?.hull(self.value(otherwise)?)),
        }
    }

    fn fold(&mut self, fold: &Fold) -> Evaluated<N> {
        let (from, to) = (self.limit(&fold.from, fold.kind)?, self.limit(&fold.to, fold.kind)?);
        let start = N::from_f64(if fold.kind == FoldKind::Sum { 0.0 } else { 1.0 });
        let (mut result, mut carry) = (start, N::from_f64(0.0));
        let mut index = from;
        while index <= to {
            self.terms += 1;
            if self.terms > MAX_TERMS {
                let message = format!("more than {MAX_TERMS} terms in sums and products");
                return Err(EvalError::new(fold.to.span, message));
            }
            self.indices.push((Arc::clone(&fold.index), index));
            let term = self.value(&fold.body);
            self.indices.pop();
            match fold.kind {
                FoldKind::Sum => (result, carry) = N::accumulate(result, carry, term?),
                FoldKind::Product => result = result * term?,
            }
            index += 1.0;
        }
        Ok(if fold.kind == FoldKind::Sum { result + carry } else { result })
    }

    /// A whole number that bounds a sum.
    fn limit(&mut self, expr: &Expr, kind: FoldKind) -> Evaluated<f64> {
        let value = self.value(expr)?;
        match value.as_point() {
            Some(limit) if limit.fract() == 0.0 && limit.abs() <= LARGEST_INDEX => Ok(limit),
            _ => {
                let message = format!("the limits of a {} must be whole numbers", kind.word());
                Err(EvalError::new(expr.span, message))
            }
        }
    }
}
