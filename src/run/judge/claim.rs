//! A whole claim: assertions, quantities, controls, plots, verdict.

use std::collections::{BTreeMap, HashMap};

use super::assertion::{self, combine};
use super::quantities::quantities;
use super::{Answered, formal, plots};
use crate::assertion::Plan as AssertionPlan;
use crate::claim::{Claim, Control, ControlExpect, Expect, Loaded};
use crate::experiment::Evidence;
use crate::results::{
    AssertionResult, ClaimResult, ControlResult, Point, PointResult, Source, Verdict,
};
use crate::run::plan::{Arm, ClaimPlan};
use crate::run::schedule::Answers;

/// Judges a claim. `known` holds the claims judged before, for `all-of`.
pub fn judge(
    loaded: &Loaded,
    plan: &ClaimPlan,
    answers: &Answers,
    known: &HashMap<String, ClaimResult>,
) -> ClaimResult {
    let claim = &loaded.claim;
    let mut result = blank(loaded, plan.expect);
    if let Some(failure) = &plan.failure {
        result.verdict = Verdict::Error;
        result.reason = format!("the claim can't be planned: {failure}");
        return result;
    }
    // Arms may share measurements.
    let mut seconds = BTreeMap::new();
    for arm in &plan.arms {
        let answered = Answered::new(arm, answers);
        let judged = judge_arm(claim, &answered, known);
        seconds.extend(answered.seconds());
        match &arm.control {
            None => {
                result.assertions.extend(judged);
                result.quantities.extend(quantities(claim, &answered));
                result.plots.extend(plots::plots(&answered));
                result.galleries.extend(plots::galleries(&answered));
            }
            Some(control) => result.controls.push(control_result(arm, control, &judged)),
        }
    }
    result.seconds = seconds.values().sum();
    result.definitions = formal::definitions(claim, &plan.arms);
    conclude(&mut result);
    result
}

fn blank(loaded: &Loaded, expect: Expect) -> ClaimResult {
    let claim = &loaded.claim;
    ClaimResult {
        id: claim.id.clone(),
        paper: claim.id.split('/').next().unwrap_or_default().to_string(),
        kind: claim.kind.name(),
        title: claim.title.clone(),
        verdict: Verdict::Error,
        expect: expect.verdict(),
        as_expected: false,
        evidence: None,
        reason: String::new(),
        seconds: 0.0,
        source: Source {
            section: claim.source.section.clone(),
            item: claim.source.item.clone(),
            equation: claim.source.equation.clone(),
        },
        statement: claim.statement.clone(),
        notes: claim.notes.clone(),
        uses: claim.uses.clone(),
        tags: claim.tags.clone(),
        erratum: claim.erratum.as_ref().map(crate::claim::Erratum::result),
        file: loaded.file.to_string_lossy().replace('\\', "/"),
        digest: blake3::hash(loaded.raw["checks"].to_string().as_bytes()).to_hex()[..16]
            .to_string(),
        command: format!("claimcheck verify {}", claim.id),
        definitions: Vec::new(),
        assertions: Vec::new(),
        quantities: Vec::new(),
        controls: Vec::new(),
        plots: Vec::new(),
        galleries: Vec::new(),
    }
}

fn judge_arm(
    claim: &Claim,
    answered: &Answered<'_>,
    known: &HashMap<String, ClaimResult>,
) -> Vec<AssertionResult> {
    let check = &answered.arm.check;
    (0..check.assert.len())
        .filter_map(|index| match check.assert[index].plan() {
            Ok(AssertionPlan::Claims(ids)) => Some(all_of(answered.arm, index, &ids, known)),
            _ => assertion::judge(claim, answered, index),
        })
        .collect()
}

/// The verdict of other claims: refuted as expected is still refuted.
fn all_of(
    arm: &Arm,
    index: usize,
    ids: &[String],
    known: &HashMap<String, ClaimResult>,
) -> AssertionResult {
    let points: Vec<PointResult> = ids
        .iter()
        .map(|id| {
            let claim = known.get(id);
            let mut at = Point::new();
            at.insert("claim".into(), id.clone().into());
            PointResult {
                at,
                verdict: claim.map_or(Verdict::Skipped, |claim| claim.verdict),
                value: None,
                lo: None,
                hi: None,
                bound: None,
                margin: None,
                n: None,
                nonfinite: None,
                alpha: None,
                detectable: None,
                note: Some(
                    claim.map_or("not part of this run".into(), |claim| claim.reason.clone()),
                ),
            }
        })
        .collect();
    let verdict = combine(points.iter().map(|point| point.verdict));
    let evidence = ids
        .iter()
        .filter_map(|id| known.get(id)?.evidence)
        .fold(Evidence::Exact, Evidence::weakest);
    let others: Vec<&String> = ids
        .iter()
        .zip(&points)
        .filter(|(_, p)| p.verdict != Verdict::Holds)
        .map(|(id, _)| id)
        .collect();
    let reason = match others[..] {
        [] => format!("all {} claims hold", ids.len()),
        [first, ..] => {
            format!("{} of {} claims do not hold, first {first}", others.len(), ids.len())
        }
    };
    AssertionResult {
        name: arm.check.assert[index].name().to_string(),
        check: arm.check.name.clone(),
        kind: arm.check.assert[index].kind().to_string(),
        evidence,
        verdict,
        reason,
        formal: formal::all_of(ids),
        value_label: String::new(),
        bound_label: String::new(),
        unit: None,
        uninformative: 0,
        points,
    }
}

fn control_result(arm: &Arm, control: &Control, judged: &[AssertionResult]) -> ControlResult {
    let refuted = |result: &&AssertionResult| result.verdict == Verdict::Refuted;
    let (verdict, caught) = match control.expect {
        ControlExpect::Holds => {
            let verdict = combine(judged.iter().map(|result| result.verdict));
            (verdict, verdict == Verdict::Holds)
        }
        ControlExpect::Refuted => {
            let named = |result: &&AssertionResult| {
                control.refutes.is_empty() || control.refutes.contains(&result.name)
            };
            let hits = judged.iter().filter(named).filter(refuted).count();
            let caught =
                if control.refutes.is_empty() { hits > 0 } else { hits == control.refutes.len() };
            let broken = judged.iter().any(|result| result.verdict == Verdict::Error);
            let verdict = match (caught && !broken, broken) {
                (true, _) => Verdict::Refuted,
                (_, true) => Verdict::Error,
                _ => combine(
                    judged.iter().map(|result| result.verdict).filter(|v| *v != Verdict::Refuted),
                ),
            };
            (verdict, caught && !broken)
        }
    };
    let telling = judged.iter().find(|result| result.verdict == verdict).or(judged.first());
    ControlResult {
        name: control.name.clone(),
        check: arm.check.name.clone(),
        change: formal::change(control),
        verdict,
        caught,
        reason: telling
            .map(|result| format!("{}: {}", result.name, result.reason))
            .unwrap_or_default(),
    }
}

/// The claim's verdict, evidence and reason from its parts.
fn conclude(result: &mut ClaimResult) {
    let verdict = combine(result.assertions.iter().map(|assertion| assertion.verdict));
    result.evidence = result
        .assertions
        .iter()
        .filter(|assertion| assertion.verdict == verdict || verdict == Verdict::Holds)
        .map(|assertion| assertion.evidence)
        // A refutation is as strong as its strongest part, a proof as its weakest.
        .reduce(|a, b| if verdict == Verdict::Refuted { a.min(b) } else { a.max(b) });
    result.verdict = verdict;
    let telling: Vec<&AssertionResult> =
        result.assertions.iter().filter(|assertion| assertion.verdict == verdict).collect();
    result.reason = match telling[..] {
        [] => "nothing was concluded".into(),
        [only] => format!("{}: {}", only.name, only.reason),
        [first, ..] if verdict == Verdict::Holds => {
            format!("all {} assertions hold; {}: {}", telling.len(), first.name, first.reason)
        }
        [first, ..] => {
            format!("{}: {} ({} assertions alike)", first.name, first.reason, telling.len())
        }
    };
    let missed = result
        .controls
        .iter()
        .find(|control| !control.caught && control.verdict != Verdict::Skipped);
    if let Some(control) = missed
        && !matches!(verdict, Verdict::Error | Verdict::Skipped)
    {
        result.reason = format!(
            "the control `{}` was not caught ({}): the check can't be trusted; without it the verdict would be {}",
            control.name,
            control.reason,
            verdict.name()
        );
        result.verdict = Verdict::Toothless;
    }
    result.as_expected = result.verdict == result.expect;
}
