//! Values and errors of single formulas.

use super::super::*;
use crate::maths::Interval;

fn parse(text: &str) -> Formula {
    Formula::parse(text).unwrap_or_else(|e| panic!("{text}: {e} ({:?})", e.span))
}

fn value(text: &str) -> f64 {
    let scope = Names(|name: &str| match name {
        "x" => Some(3.0),
        "n" => Some(4.0),
        "k" => Some(100.0),
        "bad" => Some(f64::NAN),
        _ => None,
    });
    parse(text).eval(&scope).unwrap_or_else(|e| panic!("{text}: {e}"))
}

#[test]
fn precedence() {
    let cases = [
        ("-x^2", -9.0),
        ("2^3^2", 512.0),
        ("2^-1", 0.5),
        ("2*-x", -6.0),
        ("8/4/2", 1.0),
        ("1 - 2 - 3", -4.0),
        ("1 + 2*3^2", 19.0),
        ("--x", 3.0),
        ("(-x)^2", 9.0),
        ("-2^-2", -0.25),
        ("1 < 2 and not 2 < 1 or 0 > 1", 1.0),
        ("not 1 < 2 or 1 < 2", 1.0),
        ("1 < 2 < 3", 1.0),
        ("1 < 3 < 2", 0.0),
        ("3 > 2 >= 2 == 2 != 1", 1.0),
        ("1 or 1 and 0", 1.0),
        ("(x > 1) + (x > 2)", 2.0),
    ];
    for (text, expected) in cases {
        assert_eq!(value(text), expected, "{text}");
    }
}

#[test]
fn sums_products_and_choices() {
    let cases = [
        ("sum(k, 1, n, k^2)", 30.0),
        ("sum(k, 1, 3, sum(j, 1, k, j))", 10.0),
        ("product(k, 1, 5, k)", 120.0),
        ("sum(k, 2, 1, 1/0)", 0.0),
        ("product(k, 2, 1, 0)", 1.0),
        ("k + sum(k, 1, 2, k)", 103.0),
        ("sum(k, 1, k/50, k)", 3.0),
        ("sum(k, 0, 2, sum(k, 1, k, k))", 4.0),
        ("if(x > 2, 10, 1/0)", 10.0),
        ("if(bad > 2, 10, 20)", 20.0),
        ("sum(k, 1, 100000, 0.1)", 10000.0),
    ];
    for (text, expected) in cases {
        assert_eq!(value(text), expected, "{text}");
    }
}

#[test]
fn nan_makes_comparisons_false_and_is_not_an_error() {
    for text in ["bad < 1", "bad != 1", "1 != bad", "ln(-1) >= 0", "bad == bad", "bad and 1"] {
        assert_eq!(value(text), 0.0, "{text}");
    }
    assert!(value("ln(-1)").is_nan() && value("0/0").is_nan());
    assert_eq!((value("1/0"), value("finite(1/0)"), value("finite(2)")), (f64::INFINITY, 0.0, 1.0));
}

#[test]
fn errors_of_the_parser_say_where() {
    let cases = [
        ("", "empty", 0..0),
        ("1 +", "expected a value, found the end", 3..3),
        ("2 x", "unexpected `x`", 2..3),
        ("2e", "unexpected `e`", 1..2),
        ("(1", "expected `)`", 2..2),
        ("1)", "unexpected `)`", 1..2),
        ("a = b", "unexpected character `=`", 2..3),
        ("sqrt(1, 2)", "`sqrt` takes 1 argument, not 2", 0..10),
        ("min(1)", "`min` takes 2 to 8 arguments", 0..6),
        ("1 + sum(k, 1, 2)", "`sum` takes 4 arguments, not 3", 4..16),
        ("sum(1, 1, 2, 3)", "index of a sum must be a plain name", 4..5),
        ("sum(e, 1, 2, 3)", "index of a sum must be a plain name", 4..5),
        ("e(2)", "constant", 0..1),
        ("sum + 1", "word of the language", 0..3),
        ("f(1 2)", "expected `,` or `)`", 4..5),
        ("a < not b", "expected a value, found `not`", 4..7),
        ("x**2", "expected a value, found `*`", 2..3),
    ];
    for (text, message, span) in cases {
        let error = Formula::parse(text).unwrap_err();
        assert!(error.message.contains(message), "{text}: {}", error.message);
        assert_eq!(error.span, Span { start: span.start, end: span.end }, "{text}");
    }
    assert_eq!(Formula::parse("binomial(1)").unwrap_err().hint, "write `binomial(n, k)`");
}

#[test]
fn errors_of_evaluation_say_where() {
    let cases = [
        ("1 + y", "unknown name `y`", 4..5),
        ("1 + foo(x)", "unknown function `foo`", 4..10),
        ("sum(k, 1, 1/2, k)", "whole numbers", 10..13),
        ("sum(k, 1, inf, k)", "whole numbers", 10..13),
        ("sum(k, 1, 1e7, 1)", "more than 1000000 terms", 10..13),
        ("sum(k, 1, 2000, sum(j, 1, 2000, 1))", "more than 1000000 terms", 26..30),
    ];
    for (text, message, span) in cases {
        let scope = Names(|name: &str| (name == "x").then_some(1.0));
        let error = parse(text).eval(&scope).unwrap_err();
        assert!(error.message.contains(message), "{text}: {}", error.message);
        assert_eq!(error.span, Span { start: span.start, end: span.end }, "{text}");
    }
    let none = Names(|_: &str| None::<Interval>);
    let error = parse("1 + digamma(2)").eval(&none).unwrap_err();
    assert_eq!(error.message, "`digamma` has no interval form");
}

#[test]
fn hostile_depth_is_an_error() {
    for opener in
        ["(", "-", "2^", "not ", "f(", "a+", "a-", "a and ", "a<", "if(1,2,", "sum(k,1,2,"]
    {
        for n in [150, 1000, 3000] {
            let n = n.min(9990 / opener.len());
            let text = opener.repeat(n) + "1";
            let result = Formula::parse(&text);
            assert!(result.is_err() || n <= 1000 || opener == "a<", "{opener}");
            let closed = text + &")".repeat(n.min(9000 / 2 / opener.len()));
            let _ = Formula::parse(&closed);
        }
    }
    assert!(Formula::parse(&" ".repeat(10_001)).unwrap_err().message.contains("longer"));
    let deep = |n: usize| "(".repeat(n) + "1" + &")".repeat(n);
    assert!(Formula::parse(&deep(150)).is_ok() && Formula::parse(&deep(250)).is_err());
}

#[test]
fn deepest_formula_goes_through_every_pass() {
    let x = parse(&("sin(".repeat(198) + "x" + &")".repeat(198)));
    let twice = x.substitute(&|_| Some(x.clone())).unwrap();
    assert_eq!(twice.names().len(), 1);
    assert!(twice.eval(&Names(|_: &str| Some(1.0))).unwrap().is_finite());
    let wide = twice.eval(&Names(|_: &str| Some(Interval::new(0.0, 1.0)))).unwrap();
    assert!(wide.lo >= 0.0 && wide.hi <= 1.0);
    assert!(twice.canonical().starts_with("sin(sin("));
    assert!(twice.substitute(&|_| Some(x.clone())).is_err());
}

#[test]
fn names_and_calls_are_listed_in_order() {
    let formula = parse("outside(eps) + sum(k, 1, m, k*rate) + eps*mean(x, 2) + k");
    let names: Vec<_> = formula.names().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["eps", "m", "rate", "x", "k"]);
    assert_eq!(formula.names()[0].1, Span { start: 8, end: 11 });
    let calls: Vec<_> = formula.calls().into_iter().map(|(name, n, _)| (name, n)).collect();
    assert_eq!(calls, [("outside".to_string(), 1), ("mean".to_string(), 2)]);
    assert_eq!(parse("beta + beta(2, 3)").names().len(), 1);
}

/// An aggregate that doubles its argument, and an observable that counts arguments.
struct Calls;

impl Scope<f64> for Calls {
    fn name(&self, _: &str) -> Option<f64> {
        None
    }

    fn call(
        &self,
        name: &str,
        args: &[Expr],
        eval: &mut Evaluate<'_, f64>,
    ) -> Option<Result<f64, EvalError>> {
        match (name, args) {
            ("twice", [x]) => Some(eval(x).map(|x| 2.0 * x)),
            ("count", args) => Some(Ok(args.len() as f64)),
            _ => None,
        }
    }
}

#[test]
fn calls_get_their_arguments_unevaluated() {
    assert_eq!(parse("sum(k, 1, 3, twice(k))").eval(&Calls), Ok(12.0));
    assert_eq!(parse("count(nothing, 1/0)").eval(&Calls), Ok(2.0));
    let error = parse("1 + twice(nothing)").eval(&Calls).unwrap_err();
    assert_eq!(error.span, Span { start: 10, end: 17 });
}

#[test]
fn intervals_decide_or_do_not() {
    let scope = Names(|name: &str| match name {
        "x" => Some(Interval::new(0.0, 1.0)),
        _ => None,
    });
    let decide = |text: &str| parse(text).eval_bool(&scope).unwrap();
    assert_eq!(decide("x < 2"), Some(true));
    assert_eq!(decide("x > 2 and foo"), Some(false));
    assert_eq!(decide("x < 0.5"), None);
    assert_eq!(decide("x < 0.5 or 1 < 2"), Some(true));
    assert_eq!(decide("x < 0.5 and 2 < 1"), Some(false));
    assert_eq!(decide("not x < 0.5"), None);
    assert_eq!(decide("0 <= x < 0.5"), None);
    assert_eq!(decide("0.1 + 0.2 == 0.3"), None);
    assert_eq!(decide("sqrt(1 - x^2) <= 1"), Some(true));
    assert_eq!(decide("ln(x - 1) < 5"), None);
    // The design's rate is positive for 0.1 ≤ eps ≤ 1: 3/32 eps² − 5/96 eps³ + … (inventory, E2).
    let eps = Names(|_: &str| Some(Interval::new(0.5, 0.51)));
    let rate = parse("eps/4 + ln(2/(1 + sqrt(1 + eps)))").eval(&eps).unwrap();
    // g(0.5) = 0.0185049…, g(0.51) = 0.0191746… by mpmath; dependency widens by about 0.004.
    assert!(rate.lo > 0.012 && rate.hi < 0.025, "{rate:?}");
    let either = parse("if(x > 0.5, 2, 3)").eval(&scope).unwrap();
    assert_eq!(either, Interval::new(2.0, 3.0));
}
