//! Free names, calls, and formulas put in the place of names.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Formula;
use super::ast::{Expr, Fold, Node, Size, Span};
use super::error::EvalError;

/// Most nodes of a formula after substitution.
pub const MAX_NODES: usize = 100_000;
/// Deepest nesting after substitution: twice what a source text may have.
pub const MAX_SUBSTITUTED_DEPTH: usize = 400;

/// Calls `visit` on every free name and every call, in the order of the text.
pub(super) fn walk(expr: &Expr, visit: &mut dyn FnMut(Found<'_>, Span)) {
    walk_under(expr, &mut Vec::new(), visit);
}

/// What [`walk`] finds.
pub(super) enum Found<'a> {
    /// A free name.
    Name(&'a Arc<str>),
    /// A call that is not a built-in, and its number of arguments.
    Call(&'a Arc<str>, usize),
}

fn walk_under<'a>(
    expr: &'a Expr,
    bound: &mut Vec<&'a Arc<str>>,
    visit: &mut dyn FnMut(Found<'_>, Span),
) {
    match &expr.node {
        Node::Name(name) if !bound.contains(&name) => visit(Found::Name(name), expr.span),
        Node::Fold(fold) => {
            walk_under(&fold.from, bound, visit);
            walk_under(&fold.to, bound, visit);
            bound.push(&fold.index);
            walk_under(&fold.body, bound, visit);
            bound.pop();
            return;
        }
        Node::Call(name, args) => visit(Found::Call(name, args.len()), expr.span),
        _ => {}
    }
    for child in expr.node.children() {
        walk_under(child, bound, visit);
    }
}

/// The free names of a tree.
fn free_names(expr: &Expr) -> BTreeSet<Arc<str>> {
    let mut names = BTreeSet::new();
    walk(expr, &mut |found, _| {
        if let Found::Name(name) = found {
            names.insert(Arc::clone(name));
        }
    });
    names
}

/// Replaces the free names that `f` knows, all at once. Indices of sums that would capture a name of
/// a replacement are renamed.
pub(super) fn substitute(
    root: &Expr,
    size: Size,
    f: &dyn Fn(&str) -> Option<Formula>,
) -> Result<Expr, EvalError> {
    let mut replacements = BTreeMap::new();
    for name in free_names(root) {
        if let Some(formula) = f(&name) {
            replacements.insert(name, formula);
        }
    }
    let mut nodes = size.nodes;
    let mut root = root.clone();
    replace(&mut root, 0, &replacements, &mut nodes)?;
    Ok(root)
}

type Replacements = BTreeMap<Arc<str>, Formula>;

fn replace(
    expr: &mut Expr,
    depth: usize,
    replacements: &Replacements,
    nodes: &mut usize,
) -> Result<(), EvalError> {
    match &mut expr.node {
        Node::Name(name) => match replacements.get(name) {
            Some(formula) => insert(expr, depth, formula, nodes),
            None => Ok(()),
        },
        Node::Fold(fold) => replace_in_fold(fold, depth, replacements, nodes),
        node => node
            .children_mut()
            .into_iter()
            .try_for_each(|child| replace(child, depth + 1, replacements, nodes)),
    }
}

/// Puts a formula in the place of a name. All its nodes get the place of the name: spans go on
/// pointing into the text that the reader sees.
fn insert(
    expr: &mut Expr,
    depth: usize,
    formula: &Formula,
    nodes: &mut usize,
) -> Result<(), EvalError> {
    let size = formula.size();
    *nodes += size.nodes;
    if *nodes > MAX_NODES {
        let message = format!("the formula grows beyond {MAX_NODES} parts");
        return Err(EvalError::new(expr.span, message));
    }
    if depth + size.depth > MAX_SUBSTITUTED_DEPTH {
        let message = format!("the formula nests deeper than {MAX_SUBSTITUTED_DEPTH} levels");
        return Err(EvalError::new(expr.span, message));
    }
    expr.node = formula.root().node.clone();
    let span = expr.span;
    set_span(expr, span);
    Ok(())
}

fn set_span(expr: &mut Expr, span: Span) {
    expr.span = span;
    for child in expr.node.children_mut() {
        set_span(child, span);
    }
}

fn replace_in_fold(
    fold: &mut Fold,
    depth: usize,
    replacements: &Replacements,
    nodes: &mut usize,
) -> Result<(), EvalError> {
    replace(&mut fold.from, depth + 1, replacements, nodes)?;
    replace(&mut fold.to, depth + 1, replacements, nodes)?;
    let mut names = free_names(&fold.body);
    names.remove(&fold.index);
    let inner: Replacements = replacements
        .iter()
        .filter(|(name, _)| names.contains(*name))
        .map(|(name, formula)| (Arc::clone(name), formula.clone()))
        .collect();
    if inner.is_empty() {
        return Ok(());
    }
    let arriving: BTreeSet<_> = inner.values().flat_map(|f| free_names(f.root())).collect();
    if arriving.contains(&fold.index) {
        let fresh = (1..)
            .map(|i| Arc::from(format!("{}_{i}", fold.index)))
            .find(|name| !names.contains(name) && !arriving.contains(name))
            .unwrap_or_else(|| Arc::clone(&fold.index));
        let index = Formula::name(&fresh);
        let renamed = BTreeMap::from([(Arc::clone(&fold.index), index)]);
        replace(&mut fold.body, depth + 1, &renamed, &mut 0)?;
        fold.index = fresh;
    }
    replace(&mut fold.body, depth + 1, &inner, nodes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(text: &str, name: &str, by: &str) -> String {
        let by = Formula::parse(by).unwrap();
        let formula = Formula::parse(text).unwrap();
        formula.substitute(&|n| (n == name).then(|| by.clone())).unwrap().canonical()
    }

    #[test]
    fn names_are_replaced_with_parentheses_where_needed() {
        assert_eq!(put("2*x^2", "x", "a + b"), "2*(a + b)^2");
        assert_eq!(put("mean(x) + f(y)", "x", "-1"), "mean(-1) + f(y)");
        assert_eq!(put("x + y", "x", "y/x"), "y/x + y");
    }

    #[test]
    fn bound_indices_are_not_free_and_capture_nothing() {
        assert_eq!(put("k + sum(k, 1, k, k)", "k", "n"), "n + sum(k, 1, n, k)");
        assert_eq!(put("sum(k, 1, n, x*k)", "x", "k + 1"), "sum(k_1, 1, n, (k + 1)*k_1)");
        assert_eq!(put("sum(k, 1, n, x*k*k_1)", "x", "k"), "sum(k_2, 1, n, k*k_2*k_1)");
        // A renamed outer index must not be captured by an inner one of the fresh name.
        assert_eq!(
            put("sum(k, 1, n, sum(k_1, 1, k, x*k))", "x", "k"),
            "sum(k_1, 1, n, sum(k_1_1, 1, k_1, k*k_1))"
        );
    }

    #[test]
    fn growth_is_bounded() {
        let mut formula = Formula::parse("x + x").unwrap();
        let by = Formula::parse("x*x*x*x").unwrap();
        let error = loop {
            match formula.substitute(&|_| Some(by.clone())) {
                Ok(next) => formula = next,
                Err(error) => break error,
            }
        };
        assert!(error.message.contains("grows") || error.message.contains("nests"), "{error}");
        assert!(formula.size().nodes <= MAX_NODES);
    }

    #[test]
    fn spans_stay_in_the_outer_text() {
        let by = Formula::parse("ln(a + b + unknown)").unwrap();
        let formula = Formula::parse("1 + x").unwrap().substitute(&|_| Some(by.clone())).unwrap();
        assert_eq!(formula.source(), "1 + x");
        assert!(formula.names().iter().all(|(_, span)| *span == Span { start: 4, end: 5 }));
    }
}
