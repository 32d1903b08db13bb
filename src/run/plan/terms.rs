//! How much work conditions may be: they are decided while a file is checked, at every point of its grid.

use crate::formula::{Expr, Formula, MAX_TERMS, Names, Node};

/// Most terms of sums and products that the conditions of one check may add up over its grid.
pub const MAX_CONDITION_TERMS: f64 = 1e6;

/// Upper bound for the terms that an evaluation of a formula without names adds up.
pub fn terms(formula: &Formula) -> f64 {
    of(formula.root()).min(MAX_TERMS as f64)
}

fn of(expr: &Expr) -> f64 {
    let inner: f64 = expr.node.children().into_iter().map(of).sum();
    let Node::Fold(fold) = &expr.node else { return inner };
    let limit = |expr: &Expr| Formula::from_expr(expr.clone()).eval::<f64>(&Names(|_: &str| None));
    match (limit(&fold.from), limit(&fold.to)) {
        (Ok(from), Ok(to)) => (to - from + 1.0).max(0.0) * (1.0 + inner),
        // The limits speak of an index around: no more than an evaluation may have at all.
        _ => MAX_TERMS as f64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_counted_without_being_added_up() {
        let count = |text: &str| terms(&Formula::parse(text).unwrap());
        assert_eq!(count("1 + 2 < 4"), 0.0);
        assert_eq!(count("sum(k, 1, 10, k) + product(k, 2, 1, k)"), 10.0);
        assert_eq!(count("sum(k, 1, 10, 2*sum(i, 1, 5, i))"), 60.0);
        assert_eq!(count("sum(k, 1, 3, sum(i, 1, k, i))"), MAX_TERMS as f64);
        assert_eq!(count("sum(k, 1, 1e18, k)"), MAX_TERMS as f64);
    }
}
