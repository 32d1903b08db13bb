//! Aggregates: the functions that turn a trial's values into an estimate with an interval.

/// A function of formulas that looks at all trials.
pub struct Aggregate {
    /// Name in formulas.
    pub name: &'static str,
    /// Its arguments.
    pub arguments: &'static [&'static str],
    /// What it is, how its interval is made.
    pub doc: &'static str,
    /// LaTeX, `#1`, `#2` for the arguments.
    pub latex: &'static str,
    /// Whether its value carries an interval at the suite's level. Those that don't describe the
    /// trials drawn; no assertion may rest on them.
    pub inferential: bool,
}

/// All of them, sorted by name.
pub const AGGREGATES: [Aggregate; 9] = [
    Aggregate {
        name: "chi_square_per_dof",
        arguments: &["cell", "cells"],
        doc: "Pearson's statistic of the trials' cell numbers (0 to cells − 1) against equal probabilities, per degree of freedom",
        latex: r"\chi^2/\mathrm{dof}\left[#1\right]",
        inferential: false,
    },
    Aggregate {
        name: "ks",
        arguments: &["value", "cdf"],
        doc: "Kolmogorov–Smirnov distance of the trials to a distribution function; Dvoretzky–Kiefer–Wolfowitz interval",
        latex: r"d_{\mathrm{KS}}\left(#1, #2\right)",
        inferential: true,
    },
    Aggregate {
        name: "maximum",
        arguments: &["value"],
        doc: "largest value over the trials; a lower bound of the supremum",
        latex: r"\max_{\text{trials}} #1",
        inferential: false,
    },
    Aggregate {
        name: "mean",
        arguments: &["value"],
        doc: "mean over trials; confidence sequence by what is proven of the tail",
        latex: r"\mathbb{E}\left[#1\right]",
        inferential: true,
    },
    Aggregate {
        name: "minimum",
        arguments: &["value"],
        doc: "smallest value over the trials; an upper bound of the infimum",
        latex: r"\min_{\text{trials}} #1",
        inferential: false,
    },
    Aggregate {
        name: "probability",
        arguments: &["event"],
        doc: "probability of an event; anytime-valid beta-binomial confidence sequence",
        latex: r"\mathbb{P}\left[#1\right]",
        inferential: true,
    },
    Aggregate {
        name: "quantile",
        arguments: &["value", "p"],
        doc: "p-quantile over trials, between two order statistics",
        latex: r"q_{#2}\left[#1\right]",
        inferential: true,
    },
    Aggregate {
        name: "unanimous",
        arguments: &["event"],
        doc: "fraction of trials with the event; the interval is [1, 1] if all have it, [0, 0] if none, else [0, 1]",
        latex: r"\mathrm{all}\left[#1\right]",
        inferential: true,
    },
    Aggregate {
        name: "variance",
        arguments: &["value"],
        doc: "variance over trials; interval by the fourth moment (for large samples)",
        latex: r"\mathrm{Var}\left[#1\right]",
        inferential: true,
    },
];

/// Is that the name of an aggregate?
pub fn is_aggregate(name: &str) -> bool {
    find(name).is_some()
}

/// The aggregate of that name.
pub fn find(name: &str) -> Option<&'static Aggregate> {
    AGGREGATES.iter().find(|aggregate| aggregate.name == name)
}
