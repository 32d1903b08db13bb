//! `junit.xml`: a paper is a suite, a claim a class, an assertion a case.
//!
//! Readers differ: some show a failure's `message`, some only its text, and those that link to a source want `file`. So the
//! message is said in both, the text goes on with the claim's file and the command that runs it again, and what failed
//! has its file.

use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::words::Standing;
use crate::markup::markdown;
use crate::results::{ClaimResult, Results, Verdict};

/// The document. It says what CI must do: a surprise fails though its assertions may have passed.
///
/// # Errors
/// If the serialiser refuses.
pub fn render(results: &Results) -> anyhow::Result<String> {
    let mut report = Report::new("claimcheck");
    report.set_time(seconds(results.run.seconds));
    for paper in &results.papers {
        let mut suite = TestSuite::new(paper.id.as_str());
        let claims = results.claims.iter().filter(|claim| claim.paper == paper.id);
        for claim in claims {
            suite.add_test_cases(cases(claim));
        }
        report.add_test_suite(suite);
    }
    Ok(report.to_string()?)
}

/// A claim's verdict as a case, and each assertion beside it.
fn cases(claim: &ClaimResult) -> Vec<TestCase> {
    let title = markdown::plain(&claim.title);
    let mut verdict = TestCase::new(format!("verdict: {title}"), status(claim));
    verdict.set_time(seconds(claim.seconds));
    let mut cases = vec![verdict];
    for assertion in &claim.assertions {
        // An assertion is judged with its claim: a refutation that is expected is no failure.
        let status = match assertion.verdict {
            Verdict::Error => failure(claim, NonSuccessKind::Error, "error", &assertion.reason),
            Verdict::Refuted if claim.expect != Verdict::Refuted => {
                failure(claim, NonSuccessKind::Failure, "refuted", &assertion.reason)
            }
            Verdict::Skipped => skipped(&assertion.reason),
            _ => TestCaseStatus::success(),
        };
        cases.push(TestCase::new(assertion.name.as_str(), status));
    }
    for case in &mut cases {
        case.set_classname(claim.id.as_str());
        if matches!(case.status, TestCaseStatus::NonSuccess { .. }) {
            case.extra.insert("file".into(), claim.file.as_str().into());
        }
    }
    cases
}

fn status(claim: &ClaimResult) -> TestCaseStatus {
    match Standing::of(claim) {
        Standing::Error => failure(claim, NonSuccessKind::Error, "error", &claim.reason),
        Standing::Surprise => {
            let (got, wanted) = (claim.verdict.name(), claim.expect.name());
            let message = format!("{got}, expected {wanted}: {}", claim.reason);
            failure(claim, NonSuccessKind::Failure, "surprise", &message)
        }
        Standing::Toothless => failure(claim, NonSuccessKind::Failure, "toothless", &claim.reason),
        _ if claim.verdict == Verdict::Skipped => skipped(&claim.reason),
        Standing::Open => skipped(&format!("{}: {}", claim.verdict.name(), claim.reason)),
        Standing::Expected => TestCaseStatus::success(),
    }
}

fn failure(claim: &ClaimResult, kind: NonSuccessKind, ty: &str, message: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(kind);
    let text = format!("{message}\n\nin {}\nagain: {}", claim.file, claim.command);
    status.set_type(ty).set_message(message).set_description(text);
    status
}

fn skipped(message: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    status.set_message(message);
    status
}

/// A duration, whatever the number.
fn seconds(s: f64) -> Duration {
    Duration::try_from_secs_f64((s * 1e3).round() / 1e3).unwrap_or_default()
}
