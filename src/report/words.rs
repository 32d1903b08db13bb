//! Words, symbols and sentences for verdicts: the same on every page and in every format.

use crate::results::{ClaimResult, Verdict};

/// A verdict as readers meet it: never by colour alone.
pub const fn symbol(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Holds => "✓",
        Verdict::Vacuous => "∅",
        Verdict::Inconclusive => "≈",
        Verdict::Skipped => "○",
        Verdict::Refuted => "✗",
        Verdict::Toothless => "⚠",
        Verdict::Error => "!",
    }
}

/// What a verdict means, in one sentence.
pub const fn meaning(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Holds => "The evidence shown establishes the statement at every point tested.",
        Verdict::Vacuous => "The bound says nothing at any point tested, so nothing was learnt.",
        Verdict::Inconclusive => {
            "The budget of samples ended before the statement could be confirmed or contradicted."
        }
        Verdict::Skipped => "The check was not run; the reason says how to run it.",
        Verdict::Refuted => "The evidence shown contradicts the statement.",
        Verdict::Toothless => {
            "The check passed, but it also passed when the statement was made wrong on purpose, \
             so its passing means nothing."
        }
        Verdict::Error => "The check itself failed, so there is no verdict on the statement.",
    }
}

/// All verdicts, best first.
pub const VERDICTS: [Verdict; 7] = [
    Verdict::Holds,
    Verdict::Refuted,
    Verdict::Inconclusive,
    Verdict::Vacuous,
    Verdict::Skipped,
    Verdict::Toothless,
    Verdict::Error,
];

/// How a verdict stands against what its file expects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// As the file expects.
    Expected,
    /// Not decided, though the file expects a decision.
    Open,
    /// A control was not caught.
    Toothless,
    /// The check failed.
    Error,
    /// Decided against the expectation.
    Surprise,
}

impl Standing {
    /// Standing of a claim.
    pub fn of(claim: &ClaimResult) -> Self {
        match claim.verdict {
            Verdict::Toothless => Self::Toothless,
            Verdict::Error => Self::Error,
            _ if claim.as_expected => Self::Expected,
            Verdict::Vacuous | Verdict::Inconclusive | Verdict::Skipped => Self::Open,
            Verdict::Holds | Verdict::Refuted => Self::Surprise,
        }
    }

    /// Whether someone must look at it before anything else.
    pub fn is_alarm(self) -> bool {
        matches!(self, Self::Toothless | Self::Error | Self::Surprise)
    }

    /// Word for tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Expected => "as expected",
            Self::Open => "undecided",
            Self::Toothless => "toothless",
            Self::Error => "error",
            Self::Surprise => "surprise",
        }
    }
}

/// `1 claim`, `2 claims`.
pub fn plural(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

/// The run in one sentence.
pub fn headline(claims: &[ClaimResult]) -> String {
    if claims.is_empty() {
        return "No claims were checked.".into();
    }
    let number =
        |wanted: &dyn Fn(&ClaimResult) -> bool| claims.iter().filter(|c| wanted(c)).count();
    let expected = |verdict: Verdict| number(&|c| c.as_expected && c.verdict == verdict);
    let open = |verdict: Verdict| number(&|c| c.verdict == verdict);
    let mut parts = vec![match expected(Verdict::Holds) {
        1 => "1 holds".to_string(),
        n => format!("{n} hold"),
    }];
    if expected(Verdict::Refuted) > 0 {
        parts.push(format!("{} refuted as expected (errata)", expected(Verdict::Refuted)));
    }
    for verdict in [Verdict::Inconclusive, Verdict::Vacuous, Verdict::Skipped] {
        if open(verdict) > 0 {
            parts.push(format!("{} {}", open(verdict), verdict.name()));
        }
    }
    for standing in [Standing::Toothless, Standing::Error] {
        let n = number(&|c| Standing::of(c) == standing);
        match (n, standing) {
            (0, _) => {}
            (n, Standing::Error) => parts.push(plural(n, "error", "errors")),
            (n, _) => parts.push(format!("{n} toothless")),
        }
    }
    let surprises = number(&|c| Standing::of(c) == Standing::Surprise);
    parts.push(plural(surprises, "surprise", "surprises"));
    format!("{} checked: {}.", plural(claims.len(), "claim", "claims"), parts.join(", "))
}

/// How the controls of a run without alarms did, in a clause. One whose data or engine is missing
/// was neither caught nor missed.
pub fn controls(claims: &[ClaimResult]) -> String {
    let all = || claims.iter().flat_map(|claim| &claim.controls);
    let caught = all().filter(|control| control.caught).count();
    let idle = all().filter(|c| !c.caught && c.verdict == Verdict::Skipped).count();
    let missed = all().count() - caught - idle;
    match (caught, missed, idle) {
        (0, 0, 0) => "there was no control to catch".into(),
        (0, 0, _) => "no control could run".into(),
        (_, 0, 0) => "every control was caught".into(),
        (_, 0, _) => format!("every control that ran was caught; {idle} could not run"),
        (_, _, 0) => format!("{caught} of {} controls were caught", caught + missed),
        (..) => format!(
            "{caught} of the {} controls that ran were caught; {idle} could not run",
            caught + missed
        ),
    }
}

/// The claim's kind for readers: `in-text` → `In text`.
pub fn kind(kind: &str) -> String {
    let words = kind.replace('-', " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_verdict_has_its_own_symbol_and_sentence() {
        let symbols: std::collections::BTreeSet<_> = VERDICTS.map(symbol).into();
        let meanings: std::collections::BTreeSet<_> = VERDICTS.map(meaning).into();
        assert_eq!((symbols.len(), meanings.len()), (7, 7));
    }

    #[test]
    fn words_bend() {
        assert_eq!(plural(1, "claim", "claims"), "1 claim");
        assert_eq!(kind("proof-step"), "Proof step");
        assert_eq!(headline(&[]), "No claims were checked.");
        assert_eq!(controls(&[]), "there was no control to catch");
    }
}
