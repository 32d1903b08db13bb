//! Properties of random trees and random texts.

use proptest::prelude::*;

use super::super::*;
use super::mathematics::is_rendered;
use crate::maths::Interval;

fn at(node: Node) -> Expr {
    Expr::new(node, Span::default())
}

fn leaf() -> impl Strategy<Value = Expr> {
    prop_oneof![
        (0u32..100).prop_map(|n| f64::from(n) / 8.0),
        any::<f64>().prop_filter("a literal", |x| x.is_finite()).prop_map(f64::abs),
    ]
    .prop_map(|value| at(Node::Number { value, exact: true }))
    .boxed()
    .prop_union(
        prop_oneof![
            proptest::sample::select(vec!["x", "y", "eps", "k"])
                .prop_map(|n| at(Node::Name(n.into()))),
            proptest::sample::select(vec![Constant::Pi, Constant::E])
                .prop_map(|c| at(Node::Constant(c))),
        ]
        .boxed(),
    )
}

/// Random trees; `calls` lets in observables and conditions.
///
/// Without `calls`, NaN reaches the value: conditions compare leaves, and `finite` is left out. An
/// intermediate overflow (∞·0 in doubles, 0 in reals) would else choose another branch in doubles.
fn tree(calls: bool) -> impl Strategy<Value = Expr> {
    use Operator::*;
    leaf().prop_recursive(6, 40, 3, move |inner| {
        let pair = || (inner.clone(), inner.clone());
        let operator = proptest::sample::select(vec![Add, Sub, Mul, Div, Pow]);
        let function = proptest::sample::select(
            built_ins().iter().filter(|f| f.args.len() == 1 && (calls || (f.has_interval_form() && f.name != "finite"))).collect::<Vec<_>>(),
        );
        let numbers = prop_oneof![
            3 => (operator, pair()).prop_map(|(o, (a, b))| at(Node::Binary(o, a.into(), b.into()))),
            1 => inner.clone().prop_map(|a| at(Node::Neg(a.into()))),
            2 => (function, inner.clone()).prop_map(|(f, a)| at(Node::Apply(f, vec![a]))),
            1 => inner.clone().prop_map(|body| {
                let limit = |value| at(Node::Number { value, exact: true });
                let fold = Fold { kind: FoldKind::Sum, index: "k".into(), from: limit(1.0), to: limit(3.0), body };
                at(Node::Fold(Box::new(fold)))
            }),
            1 => (leaf(), pair()).prop_map(|(a, (b, c))| {
                let zero = at(Node::Number { value: 1.0, exact: true });
                let condition = at(Node::Compare(a.into(), vec![(Comparison::Less, zero)]));
                at(Node::If(Box::new([condition, b, c])))
            }),
        ];
        if !calls {
            return numbers.boxed();
        }
        prop_oneof![
            2 => numbers,
            1 => (pair(), inner.clone()).prop_map(|((a, b), c)| at(Node::Compare(
                a.into(), vec![(Comparison::AtMost, b), (Comparison::NotEqual, c)]))),
            1 => inner.clone().prop_map(|a| at(Node::Not(a.into()))),
            1 => pair().prop_map(|(a, b)| at(Node::And(a.into(), b.into()))),
            1 => pair().prop_map(|(a, b)| at(Node::Or(a.into(), b.into()))),
            1 => pair().prop_map(|(a, b)| at(Node::Call("outside".into(), vec![a, b]))),
        ]
        .boxed()
    })
}

/// The tree without places, for comparison.
fn bare(expr: &Expr) -> String {
    let mut expr = expr.clone();
    fn clear(expr: &mut Expr) {
        expr.span = Span::default();
        if let Node::Number { exact, .. } = &mut expr.node {
            *exact = true;
        }
        expr.node.children_mut().into_iter().for_each(clear);
    }
    clear(&mut expr);
    format!("{expr:?}")
}

proptest! {
    #[test]
    fn printing_and_parsing_give_the_tree_back(expr in tree(true)) {
        let formula = Formula::from_expr(expr);
        let back = Formula::parse(formula.source()).unwrap();
        prop_assert_eq!(bare(back.root()), bare(formula.root()));
        prop_assert_eq!(back.canonical(), formula.canonical());
        // Places of a tree that was printed are places in the text.
        prop_assert_eq!(back.names().len(), formula.names().len());
        for (name, span) in formula.names() {
            let text = &formula.source()[span.start..span.end];
            prop_assert_eq!(text.trim_matches(['(', ')']), name);
        }
        prop_assert!(is_rendered(&formula.latex(&PlainSymbols)));
    }

    #[test]
    fn parsing_never_panics(text in any::<String>()) {
        check(&text)?;
    }

    #[test]
    fn parsing_text_of_the_language_never_panics(
        text in "([-+*/^(),<>=!. ]|and |or |not |sum\\(|if\\(|[kxe019.]|ln\\(|é){0,60}",
    ) {
        check(&text)?;
    }

    #[test]
    fn intervals_hold_the_doubles_inside(
        expr in tree(false),
        ends in proptest::array::uniform8(-4.0..4.0f64),
        t in proptest::array::uniform4(0.0..=1.0f64),
    ) {
        let box_of = |i: usize| Interval::new(ends[2 * i].min(ends[2 * i + 1]), ends[2 * i].max(ends[2 * i + 1]));
        let point_of = |i: usize| {
            let x = box_of(i);
            (x.lo + t[i] * (x.hi - x.lo)).clamp(x.lo, x.hi)
        };
        let number = |name: &str| ["x", "y", "eps", "k"].iter().position(|n| *n == name);
        let formula = Formula::from_expr(expr);
        let value: f64 = formula.eval(&Names(|n: &str| number(n).map(point_of))).unwrap();
        let bound: Interval = formula.eval(&Names(|n: &str| number(n).map(box_of))).unwrap();
        // Rounding in doubles is not part of the contract of one formula, but of each operation;
        // a compiled formula must give the same double.
        let compiled = formula.compile(&|n, _| number(n)).unwrap();
        let again = compiled.eval(&[point_of(0), point_of(1), point_of(2), point_of(3)]);
        prop_assert!(again.to_bits() == value.to_bits() || (again.is_nan() && value.is_nan()));
        prop_assert!(bound.contains(value) || value.is_nan(), "{} = {} not in {:?}", formula, value, bound);
    }
}

/// A text is an error with a place inside it, or a formula that reads back.
fn check(text: &str) -> Result<(), TestCaseError> {
    match Formula::parse(text) {
        Ok(formula) => {
            let canonical = formula.canonical();
            let back = Formula::parse(&canonical).unwrap();
            prop_assert_eq!(back.canonical(), canonical);
            prop_assert!(is_rendered(&formula.latex(&PlainSymbols)));
        }
        Err(error) => {
            let Span { start, end } = error.span;
            prop_assert!(start <= end && text.get(start..end).is_some());
            prop_assert!(!error.message.is_empty());
        }
    }
    Ok(())
}
