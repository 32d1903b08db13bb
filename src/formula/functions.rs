//! The functions of the language: one table for the parser, both evaluators, the mathematics on the
//! page, and the catalogue.
//!
//! Doubles follow IEEE semantics: outside its domain a function gives NaN. Elementary functions come
//! from `libm`, so that a formula has the same bits on every platform.

use super::special;
use crate::maths::Interval;

/// Most arguments of any built-in function.
pub const MAX_ARGUMENTS: usize = 8;

/// A function of the language.
#[derive(Debug)]
pub struct BuiltIn {
    /// Its name.
    pub name: &'static str,
    /// What its arguments are called.
    pub args: &'static [&'static str],
    /// Whether more arguments may follow (at most [`MAX_ARGUMENTS`]).
    pub variadic: bool,
    /// What it computes: one line.
    pub doc: &'static str,
    /// How it is printed as mathematics.
    pub(super) form: Form,
    /// Its value in doubles; gets as many arguments as the parser allowed.
    pub(super) value: fn(&[f64]) -> f64,
    /// Its inclusion function, where it has one.
    pub(super) interval: Option<fn(&[Interval]) -> Interval>,
}

impl BuiltIn {
    /// How a call is written: `binomial(n, k)`.
    pub fn signature(&self) -> String {
        let more = if self.variadic { ", …" } else { "" };
        format!("{}({}{more})", self.name, self.args.join(", "))
    }

    /// Whether it can be evaluated on intervals.
    pub fn has_interval_form(&self) -> bool {
        self.interval.is_some()
    }
}

/// How a call looks in LaTeX.
#[derive(Clone, Copy, Debug)]
pub(super) enum Form {
    /// An upright word before the arguments in parentheses.
    Word(&'static str),
    /// LaTeX in which `#1` is the first argument, and `#1*` the first argument, in parentheses if
    /// it is a sum or looser.
    Template(&'static str, Shape),
}

/// What a template looks like from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Closed on both sides: |x|.
    Closed,
    /// A name before arguments in parentheses.
    Call,
    /// A power.
    Power,
    /// A sum.
    Sum,
    /// A comparison.
    Relation,
}

use Form::{Template, Word};
use Shape::{Call, Closed, Power, Relation, Sum};

/// All functions of the language, in the order of the catalogue.
pub fn built_ins() -> &'static [BuiltIn] {
    TABLE
}

/// The function of that name.
pub(super) fn find(name: &str) -> Option<&'static BuiltIn> {
    TABLE.iter().find(|function| function.name == name)
}

/// Whether a name has a function of the language behind it when it is called. Without parentheses it
/// is still a free name: `beta` may be a parameter beside `beta(a, b)`.
pub fn is_built_in(name: &str) -> bool {
    find(name).is_some()
}

/// Words that can't be names of anything: constants, connectives and forms of the language.
pub fn is_reserved(name: &str) -> bool {
    const WORDS: [&str; 9] = ["and", "or", "not", "pi", "e", "inf", "sum", "product", "if"];
    WORDS.contains(&name)
}

/// A function of one argument; `interval` may be absent.
macro_rules! one {
    ($name:literal, $doc:literal, $form:expr, $value:expr, $interval:expr) => {
        BuiltIn {
            name: $name,
            args: &["x"],
            variadic: false,
            doc: $doc,
            form: $form,
            value: {
                const F: fn(f64) -> f64 = $value;
                |a| F(a[0])
            },
            interval: {
                const F: fn(Interval) -> Interval = $interval;
                Some(|x| F(x[0]))
            },
        }
    };
    ($name:literal, $doc:literal, $form:expr, $value:expr) => {
        BuiltIn {
            name: $name,
            args: &["x"],
            variadic: false,
            doc: $doc,
            form: $form,
            value: {
                const F: fn(f64) -> f64 = $value;
                |a| F(a[0])
            },
            interval: None,
        }
    };
}

/// A function of several arguments.
macro_rules! several {
    ($name:literal, $args:expr, $doc:literal, $form:expr, $value:expr, $interval:expr) => {
        BuiltIn {
            name: $name,
            args: &$args,
            variadic: false,
            doc: $doc,
            form: $form,
            value: $value,
            interval: $interval,
        }
    };
}

const fn closed(latex: &'static str) -> Form {
    Template(latex, Closed)
}

const fn call(latex: &'static str) -> Form {
    Template(latex, Call)
}

#[rustfmt::skip]
static TABLE: &[BuiltIn] = &[
    one!("sqrt", "square root", closed(r"\sqrt{#1}"), f64::sqrt, Interval::sqrt),
    one!("exp", "exponential function", Template(r"e^{#1}", Power), libm::exp, Interval::exp),
    one!("ln", "natural logarithm", Word(r"\ln"), libm::log, Interval::ln),
    one!("log2", "logarithm to base 2", call(r"\log_2\left(#1\right)"), libm::log2, Interval::log2),
    one!("log10", "logarithm to base 10", call(r"\log_{10}\left(#1\right)"), libm::log10, Interval::log10),
    one!("ln1p", "ln(1 + x), accurate near 0", call(r"\ln\left(1+#1*\right)"), libm::log1p, Interval::ln_1p),
    one!("expm1", "exp(x) - 1, accurate near 0", Template(r"e^{#1}-1", Sum), libm::expm1, Interval::exp_m1),
    one!("abs", "absolute value", closed(r"\left|#1\right|"), f64::abs, Interval::abs),
    BuiltIn { name: "min", args: &["a", "b"], variadic: true, doc: "least of its arguments; NaN if one is NaN", form: Word(r"\min"),
        value: |a| a[1..].iter().fold(a[0], |x, y| if x < *y || x.is_nan() { x } else { *y }),
        interval: Some(|a| a[1..].iter().fold(a[0], |x, y| x.min(*y))) },
    BuiltIn { name: "max", args: &["a", "b"], variadic: true, doc: "greatest of its arguments; NaN if one is NaN", form: Word(r"\max"),
        value: |a| a[1..].iter().fold(a[0], |x, y| if x > *y || x.is_nan() { x } else { *y }),
        interval: Some(|a| a[1..].iter().fold(a[0], |x, y| x.max(*y))) },
    one!("floor", "greatest whole number at most x", closed(r"\left\lfloor #1\right\rfloor"), f64::floor, Interval::floor),
    one!("ceil", "least whole number at least x", closed(r"\left\lceil #1\right\rceil"), f64::ceil, Interval::ceil),
    one!("round", "nearest whole number, halves away from 0", Word(r"\text{round}"), f64::round, |x| x.exact_increasing(f64::round)),
    one!("sign", "-1, 0 or 1", Word(r"\text{sgn}"), sign, |x| x.exact_increasing(sign)),
    one!("sin", "sine", Word(r"\sin"), libm::sin, Interval::sin),
    one!("cos", "cosine", Word(r"\cos"), libm::cos, Interval::cos),
    one!("tan", "tangent", Word(r"\tan"), libm::tan, Interval::tan),
    one!("asin", "inverse sine", Word(r"\arcsin"), libm::asin, Interval::asin),
    one!("acos", "inverse cosine", Word(r"\arccos"), libm::acos, Interval::acos),
    one!("atan", "inverse tangent", Word(r"\arctan"), libm::atan, Interval::atan),
    one!("sinh", "hyperbolic sine", Word(r"\sinh"), libm::sinh, Interval::sinh),
    one!("cosh", "hyperbolic cosine", Word(r"\cosh"), libm::cosh, Interval::cosh),
    one!("tanh", "hyperbolic tangent", Word(r"\tanh"), libm::tanh, Interval::tanh),
    one!("relu", "max(0, x)", Word(r"\text{ReLU}"), relu, |x| x.max(Interval::point(0.0))),
    one!("step", "1 for x > 0, else 0", closed(r"\mathbf{1}\left(#1*>0\right)"), step, |x| x.exact_increasing(step)),
    one!("normal_pdf", "density of the standard normal law", call(r"\varphi\left(#1\right)"), special::normal_pdf, normal_pdf),
    one!("normal_cdf", "P(N(0,1) <= x)", call(r"\Phi\left(#1\right)"), special::normal_cdf, Interval::normal_cdf),
    one!("normal_sf", "P(N(0,1) > x), accurate in the upper tail", call(r"\overline{\Phi}\left(#1\right)"), |x| special::normal_cdf(-x), |x| (-x).normal_cdf()),
    one!("erf", "error function", Word(r"\text{erf}"), libm::erf, Interval::erf),
    one!("erfc", "complementary error function", Word(r"\text{erfc}"), libm::erfc, Interval::erfc),
    one!("gamma", "gamma function; gamma(n + 1) = n!", call(r"\Gamma\left(#1\right)"), libm::tgamma, Interval::gamma),
    one!("lgamma", "ln |gamma(x)|", call(r"\ln\Gamma\left(#1\right)"), libm::lgamma, Interval::ln_gamma),
    one!("digamma", "derivative of ln gamma(x)", call(r"\psi\left(#1\right)"), special::digamma),
    several!("beta", ["a", "b"], "beta function, a and b positive", call(r"\mathrm{B}\left(#1,#2\right)"), |a| special::beta(a[0], a[1]), Some(|a| lbeta(a[0], a[1]).exp())),
    several!("lbeta", ["a", "b"], "ln beta(a, b)", call(r"\ln\mathrm{B}\left(#1,#2\right)"), |a| special::lbeta(a[0], a[1]), Some(|a| lbeta(a[0], a[1]))),
    several!("binomial", ["n", "k"], "binomial coefficient n over k", closed(r"\binom{#1}{#2}"), |a| special::binomial(a[0], a[1]), Some(|a| a[0].binomial(a[1]))),
    several!("lbinomial", ["n", "k"], "ln binomial(n, k)", call(r"\ln\binom{#1}{#2}"), |a| special::lbinomial(a[0], a[1]), Some(|a| lbinomial(a[0], a[1]))),
    several!("binomial_pmf", ["k", "n", "p"], "P(Bin(n, p) = k)", call(r"\Pr\left(\text{Bin}\left(#2,#3\right)=#1*\right)"), |a| special::binomial_pmf(a[0], a[1], a[2]), None),
    several!("chi2_cdf", ["x", "k"], "P(X <= x) for X chi-square with k degrees of freedom; k = 0 is the point 0", call(r"F_{\chi^2_{#2}}\left(#1\right)"), |a| special::chi_square_cdf(a[0], a[1]), Some(|a| special::chi_square_cdf_interval(a[0], a[1]))),
    several!("chi2_sf", ["x", "k"], "P(X > x) for X chi-square with k degrees of freedom", call(r"\overline{F}_{\chi^2_{#2}}\left(#1\right)"), |a| special::chi_square_sf(a[0], a[1]), Some(|a| special::chi_square_sf_interval(a[0], a[1]))),
    several!("chi2_pdf", ["x", "k"], "density of the chi-square law with k degrees of freedom", call(r"f_{\chi^2_{#2}}\left(#1\right)"), |a| special::chi_square_pdf(a[0], a[1]), None),
    one!("finite", "1 if x is a finite number, else 0", Template(r"\left|#1\right|<\infty", Relation), |x| f64::from(x.is_finite()), finite),
];

fn sign(x: f64) -> f64 {
    if x == 0.0 || x.is_nan() { x } else { x.signum() }
}

fn relu(x: f64) -> f64 {
    // `max` would turn NaN into 0.
    if x < 0.0 { 0.0 } else { x }
}

fn step(x: f64) -> f64 {
    if x.is_nan() { x } else { f64::from(x > 0.0) }
}

fn finite(x: Interval) -> Interval {
    match x.as_point() {
        Some(x) => Interval::point(f64::from(x.is_finite())),
        None if x.lo.is_finite() && x.hi.is_finite() => Interval::point(1.0),
        None => Interval::new(0.0, 1.0),
    }
}

fn normal_pdf(x: Interval) -> Interval {
    let two = Interval::point(2.0);
    (-(x.square() / two)).exp() / (two * Interval::PI).sqrt()
}

/// By ln Γ: wide for large arguments, but always right.
fn lbeta(a: Interval, b: Interval) -> Interval {
    a.ln_gamma() + b.ln_gamma() - (a + b).ln_gamma()
}

fn lbinomial(n: Interval, k: Interval) -> Interval {
    let one = Interval::point(1.0);
    // Outside 0 ≤ k ≤ n other conventions hold.
    match (Interval::point(0.0).at_most(k), k.at_most(n)) {
        (Some(true), Some(true)) => {
            (n + one).ln_gamma() - (k + one).ln_gamma() - (n - k + one).ln_gamma()
        }
        _ => Interval::UNDEFINED,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_documented() {
        for (i, a) in TABLE.iter().enumerate() {
            assert!(TABLE[..i].iter().all(|b| a.name != b.name), "{}", a.name);
            assert!(!a.doc.is_empty() && a.args.len() <= MAX_ARGUMENTS && !is_reserved(a.name));
        }
        assert_eq!(find("binomial").unwrap().signature(), "binomial(n, k)");
        assert!(is_built_in("beta") && !is_reserved("beta") && is_reserved("pi"));
    }

    #[test]
    fn nan_is_never_hidden() {
        for f in TABLE.iter().filter(|f| f.name != "finite") {
            for hole in 0..f.args.len() {
                let mut args = vec![1.0; f.args.len()];
                args[hole] = f64::NAN;
                assert!((f.value)(&args).is_nan(), "{} hides NaN", f.name);
            }
        }
    }

    #[test]
    fn interval_forms_hold_the_doubles() {
        for f in TABLE {
            let Some(interval) = f.interval else { continue };
            for x in [0.0, 0.25, 0.5, 1.0, 2.0, 3.5, 7.0] {
                let args = vec![x; f.args.len()];
                let boxes: Vec<_> = args.iter().map(|x| Interval::point(*x)).collect();
                let (value, bound) = ((f.value)(&args), interval(&boxes));
                assert!(
                    bound.contains(value) || value.is_nan(),
                    "{}({x}): {value} {bound:?}",
                    f.name
                );
            }
        }
    }
}
