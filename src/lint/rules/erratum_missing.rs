//! `erratum-missing`: a refutation that is expected says what is wrong and what is right.

use super::at;
use crate::claim::{Diagnostic, Expect, Loaded, Severity, Suite};
use crate::lint::{Lint, Pass};

/// The lint.
pub const LINT: Lint = Lint {
    name: "erratum-missing",
    summary: "`expect: refuted` has an erratum with its derivation and a corrected claim that holds",
    docs: "A printed mistake is shown as a pair: as printed, expected to be refuted, with the derivation; as corrected, \
        holding. `expect: inconclusive`, `vacuous` and `skipped` need an `expect-reason`, also where `expect-at` expects them at one profile. An erratum on a claim that is \
        expected to hold is a contradiction: put the remark into `notes`.",
    check: Pass::Files(check),
};

fn check(suite: &Suite) -> Vec<Diagnostic> {
    suite.claims.iter().filter_map(|loaded| wrong(suite, loaded)).collect()
}

fn wrong(suite: &Suite, loaded: &Loaded) -> Option<Diagnostic> {
    let claim = &loaded.claim;
    let tell = |path: Vec<crate::claim::Step>, message: &str, hint: &str| {
        Some(loaded.report(LINT.name, Severity::Error, &path, message, hint))
    };
    match (claim.expect, &claim.erratum) {
        (Expect::Refuted, None) => tell(
            at!["expect"],
            "a refutation is expected, but no erratum says why",
            "add `erratum` with `kind`, `why`, `corrected-by`",
        ),
        (Expect::Refuted, Some(erratum)) => {
            let Some(corrected) = &erratum.corrected_by else {
                let hint = "write the corrected claim and name it in `corrected-by`";
                return tell(at!["erratum"], "the erratum names no corrected claim", hint);
            };
            let holds =
                suite.claim(corrected).is_none_or(|other| other.claim.expect == Expect::Holds);
            if holds && *corrected != claim.id {
                return None;
            }
            tell(
                at!["erratum", "corrected-by"],
                "the corrected claim is not expected to hold",
                "name a claim that is",
            )
        }
        (_, Some(_)) => tell(
            at!["erratum"],
            "there is an erratum, but no refutation is expected",
            "write `expect: refuted`, or move the text to `notes`",
        ),
        (_, None) if claim.expect_at.values().any(|at| *at == Expect::Refuted) => tell(
            at!["expect-at"],
            "a refutation is expected at one profile only",
            "a claim that is refuted where the evidence is enough has `expect: refuted` and an erratum",
        ),
        (Expect::Holds, None) if claim.expect_at.values().all(|at| *at == Expect::Holds) => None,
        (_, None) if claim.expect_reason.is_some() => None,
        (expect, None) => {
            let key = if expect == Expect::Holds { "expect-at" } else { "expect" };
            tell(at![key], "the expected verdict needs a reason", "add `expect-reason`")
        }
    }
}
