//! Any text as a formula: it is read or refused; what is read prints to itself, evaluates in doubles
//! and in intervals, compiles, and prints as LaTeX that the page can show.
#![no_main]

use claimcheck::formula::{Formula, Names, PlainSymbols};
use claimcheck::markup::{LONGEST, latex_to_mathml};
use claimcheck::maths::Interval;
use libfuzzer_sys::fuzz_target;

/// What the names `x`, `y` and `n` stand for.
fn value(name: &str) -> Option<f64> {
    match name {
        "x" => Some(0.3),
        "y" => Some(-2.5),
        "n" => Some(7.0),
        _ => None,
    }
}

fuzz_target!(|text: &str| {
    let Ok(formula) = Formula::parse(text) else { return };
    let canonical = formula.canonical();
    let again = Formula::parse(&canonical).expect("what is printed can be read");
    assert_eq!(again.canonical(), canonical);
    let _ = formula.eval::<f64>(&Names(value));
    let interval = |name: &str| value(name).map(|x| Interval::new(x, x));
    if let Ok(found) = formula.eval::<Interval>(&Names(interval)) {
        assert!(found.is_undefined() || found.lo <= found.hi, "{found:?}");
    }
    let _ = formula.eval_bool::<f64>(&Names(value));
    let replaced = |name: &str| (name == "x").then(|| Formula::name("y"));
    if let Ok(replaced) = formula.substitute(&replaced) {
        assert!(replaced.names().iter().all(|(name, _)| name != "x"));
    }
    let slot = |name: &str, arguments: &[f64]| (name == "x" && arguments.is_empty()).then_some(0);
    if let Ok(compiled) = formula.compile(&slot) {
        compiled.eval(&[0.3]);
        compiled.eval_bool(&[0.3]);
    }
    let latex = formula.latex(&PlainSymbols);
    if latex.len() <= LONGEST {
        latex_to_mathml(&latex, false).expect("the renderer knows what a formula is written in");
    }
});
