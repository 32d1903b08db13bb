//! Observables: what an experiment lets formulas speak about.

use super::Evidence;

/// A named quantity of an experiment. Formulas write `name`, or `name(a, b)` if it takes arguments.
#[derive(Clone, Copy, Debug)]
pub struct Observable {
    /// Name in formulas: lower case, digits and `_`.
    pub name: &'static str,
    /// Names of its arguments, in order; empty for a plain quantity.
    pub arguments: &'static [&'static str],
    /// How the report writes it, in LaTeX without `$`; `#1`, `#2` stand for the arguments.
    pub latex: &'static str,
    /// One sentence: what it is, with the formula and the unit if it has one.
    pub doc: &'static str,
    /// Exact, sampled or searched.
    pub nature: Nature,
}

type Text = &'static str;

/// Constructors, one for each nature: name, names of the arguments, LaTeX, sentence.
impl Observable {
    /// An exact number: a closed form or a finite sum.
    pub const fn exact(name: Text, arguments: &'static [Text], latex: Text, doc: Text) -> Self {
        Self::of(name, arguments, latex, doc, Nature::Exact(Evidence::Exact))
    }

    /// A number enclosed by interval arithmetic.
    pub const fn certified(name: Text, arguments: &'static [Text], latex: Text, doc: Text) -> Self {
        Self::of(name, arguments, latex, doc, Nature::Exact(Evidence::Certified))
    }

    /// A number whose error bar is a quadrature's.
    pub const fn quadrature(
        name: Text,
        arguments: &'static [Text],
        latex: Text,
        doc: Text,
    ) -> Self {
        Self::of(name, arguments, latex, doc, Nature::Exact(Evidence::Quadrature))
    }

    /// One number a trial.
    pub const fn sampled(name: Text, arguments: &'static [Text], latex: Text, doc: Text) -> Self {
        Self::of(name, arguments, latex, doc, Nature::Sampled)
    }

    /// One number a trial that bounds a supremum from below.
    pub const fn searched(name: Text, arguments: &'static [Text], latex: Text, doc: Text) -> Self {
        Self::of(name, arguments, latex, doc, Nature::Searched)
    }

    /// One number a training run.
    pub const fn trained(name: Text, arguments: &'static [Text], latex: Text, doc: Text) -> Self {
        Self::of(name, arguments, latex, doc, Nature::Trained)
    }

    /// A picture for readers.
    pub const fn pictured(name: Text, arguments: &'static [Text], latex: Text, doc: Text) -> Self {
        Self::of(name, arguments, latex, doc, Nature::Pictured)
    }

    /// One of any nature.
    pub const fn of(
        name: Text,
        arguments: &'static [Text],
        latex: Text,
        doc: Text,
        nature: Nature,
    ) -> Self {
        Self { name, arguments, latex, doc, nature }
    }

    /// How formulas call it: `name`, or `name(a, b)`.
    pub fn call(&self) -> String {
        match self.arguments {
            [] => self.name.to_string(),
            list => format!("{}({})", self.name, list.join(", ")),
        }
    }
}

/// Where an observable's value comes from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Nature {
    /// A number with an error bar, from [`super::Prepared::exact`]; evidence of this strength.
    Exact(Evidence),
    /// One number a trial. Formulas reach it only inside an aggregate such as `mean(…)`.
    Sampled,
    /// One number a trial that bounds a supremum from below: only `maximum(…)` in a
    /// `no-counterexample` makes sense of it, and it is never evidence stronger than search.
    Searched,
    /// One number a training run (a trial is one seed).
    Trained,
    /// A picture for readers, from [`super::Prepared::picture`]; only `show` of a gallery speaks of it.
    Pictured,
}

impl Nature {
    /// One word for it; of exact observables the evidence's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Exact(evidence) => evidence.name(),
            Self::Sampled => "sampled",
            Self::Searched => "searched",
            Self::Trained => "trained",
            Self::Pictured => "picture",
        }
    }
}

/// What is known of a sampled observable's tail, which decides the confidence interval of its mean.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Tail {
    /// Always within `[lo, hi]`: empirical-Bernstein confidence sequence, valid at any sample size.
    Bounded {
        /// Lower end.
        lo: f64,
        /// Upper end.
        hi: f64,
    },
    /// Variance proven to be at most this number: Catoni confidence sequence, valid at any size.
    Variance(f64),
    /// Nothing proven: Student interval with skewness correction, valid for large samples only, and said so.
    Unknown,
}

/// A column of a trial's record: a sampled observable at given arguments.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Name of the sampled observable.
    pub observable: &'static str,
    /// Its arguments (a layer index, say); empty for a plain quantity.
    pub arguments: Vec<f64>,
    /// What is known of its tail.
    pub tail: Tail,
}

impl Column {
    /// A column without arguments.
    pub const fn plain(observable: &'static str, tail: Tail) -> Self {
        Self { observable, arguments: Vec::new(), tail }
    }

    /// A column indexed by one number.
    pub fn indexed(observable: &'static str, index: usize, tail: Tail) -> Self {
        Self { observable, arguments: vec![index as f64], tail }
    }
}
