//! Claims of the fixture: every verdict and every standing.

use claimcheck::experiment::Evidence;
use claimcheck::results::{
    AssertionResult, ClaimResult, ControlResult, Defined, Erratum, Point, PointResult, Quantity,
    Source, Verdict,
};
use serde_json::json;

use super::plots;

const TAIL: &str = "<math display=\"block\"><mi>P</mi><mo>(</mo><mo>|</mo><mi>ratio</mi><mo>−</mo><mn>1</mn>\
                    <mo>|</mo><mo>&gt;</mo><mi>ε</mi><mo>)</mo><mo>≤</mo><mn>2</mn><msup><mi>e</mi>\
                    <mrow><mo>−</mo><mi>m</mi><mi>g</mi><mo>(</mo><mi>ε</mi><mo>)</mo></mrow></msup></math>";
const OUTSIDE: &str = "<math><mi>outside</mi></math>";

fn at(m: u64, eps: f64) -> Point {
    let value = json!({"m": m, "eps": eps, "init": "he-fan-out"});
    value.as_object().cloned().unwrap_or_default()
}

/// Points as the second lemma's grid has them: exact tail below bound, or a bound that is silent.
fn points(sampled: bool) -> Vec<PointResult> {
    let mut points = Vec::new();
    for m in [500u64, 1000, 2000, 4000, 8000, 16000, 32000] {
        for eps in [0.05, 0.1, 0.2, 0.5] {
            let rate = 3.0 / 32.0 * eps * eps - 5.0 / 96.0 * eps * eps * eps;
            let bound = 2.0 * (-(m as f64) * rate).exp();
            let value = 0.1 * bound * bound.min(1.0).sqrt();
            let error = if sampled { 0.3 * value } else { 1e-13 * value };
            points.push(PointResult {
                at: at(m, eps),
                verdict: if bound < 1.0 { Verdict::Holds } else { Verdict::Vacuous },
                value: Some(value),
                lo: Some(value - error),
                hi: Some(value + error),
                bound: Some(bound),
                margin: None,
                n: sampled.then_some(20_000),
                nonfinite: None,
                alpha: sampled.then_some(9.313225746154785e-10),
                detectable: sampled.then_some(1.3 * value),
                note: None,
            });
        }
    }
    points
}

fn assertion(name: &str, evidence: Evidence, verdict: Verdict) -> AssertionResult {
    let sampled = evidence == Evidence::MonteCarlo;
    let mut points = points(sampled);
    if verdict != Verdict::Holds {
        for point in &mut points {
            point.verdict = verdict;
        }
    }
    AssertionResult {
        name: name.into(),
        check: "tail".into(),
        kind: "at-most".into(),
        evidence,
        verdict,
        reason: "the value stays below the bound at all 20 informative points, by a factor of at \
                 least 4.9"
            .into(),
        formal: TAIL.into(),
        value_label: OUTSIDE.into(),
        bound_label: "<math><mi>tail</mi></math>".into(),
        unit: sampled.then(|| "fresh weights in every trial".into()),
        uninformative: points.iter().filter(|p| p.verdict == Verdict::Vacuous).count(),
        points,
    }
}

fn control(caught: bool) -> ControlResult {
    ControlResult {
        name: "Glorot variance".into(),
        check: "tail".into(),
        change: "init = glorot instead of he-fan-out".into(),
        verdict: if caught { Verdict::Refuted } else { Verdict::Holds },
        caught,
        reason: "half of the norm is lost, so the ratio is never near 1".into(),
    }
}

fn quantity(m: u64, eps: f64) -> Quantity {
    Quantity {
        name: "bound_over_exact".into(),
        at: at(m, eps),
        value: Some(21.3),
        lo: Some(21.2),
        hi: Some(21.4),
        n: None,
        formula: "<math><mfrac><mi>tail</mi><mi>outside</mi></mfrac></math>".into(),
        evidence: Evidence::Exact,
    }
}

/// A claim that holds, to be varied.
fn claim(id: &str, title: &str, verdict: Verdict, expect: Verdict) -> ClaimResult {
    let (paper, slug) = id.split_once('/').unwrap_or((id, ""));
    let kind = slug.split('-').next().unwrap_or_default();
    let ran = !matches!(verdict, Verdict::Skipped | Verdict::Error);
    let shown = if verdict == Verdict::Toothless { Verdict::Holds } else { verdict };
    let evidence =
        if slug.starts_with("figure") { Evidence::Training } else { Evidence::MonteCarlo };
    ClaimResult {
        id: id.into(),
        paper: paper.into(),
        kind: kind.into(),
        title: title.into(),
        verdict,
        expect,
        as_expected: verdict == expect,
        evidence: ran.then_some(evidence),
        reason: "both checks agree with the statement at every informative point".into(),
        seconds: 1.234,
        source: Source {
            section: Some("3.1".into()),
            item: Some(slug.replace('-', " ")),
            equation: Some("7".into()),
        },
        statement: "Let $v=\\mathrm{ReLU}(Ru)$ with $R_{ij}\\sim\\mathcal N(0,2/m)$. For every fixed \
                    $u$ and $\\varepsilon\\in[0,1)$\n\n$$\\Pr\\Big(\\big|\\|v\\|^2-\\|u\\|^2\\big| > \
                    \\varepsilon\\|u\\|^2\\Big) \\le 2\\exp\\Big(-m\\Big(\\frac{\\varepsilon}{4}+\
                    \\ln\\frac{2}{1+\\sqrt{1+\\varepsilon}}\\Big)\\Big).$$\n\nThe proof uses \
                    [Lemma 1](claim:arpit2019/lemma-1)."
            .into(),
        notes: None,
        uses: Vec::new(),
        tags: vec!["norm".into()],
        erratum: None,
        file: format!("claims/{id}.yaml"),
        digest: "b3:0011223344556677".into(),
        command: format!("claimcheck verify {id} --profile standard --seed 1"),
        definitions: vec![Defined {
            symbol: "<math><mi>rate</mi></math>".into(),
            meaning: "<math><mfrac><mi>ε</mi><mn>4</mn></mfrac><mo>+</mo><mi>ln</mi><mo>⁡</mo><mo>(</mo>\
                      <mfrac><mn>2</mn><mrow><mn>1</mn><mo>+</mo><msqrt><mrow><mn>1</mn><mo>+</mo><mi>ε</mi>\
                      </mrow></msqrt></mrow></mfrac><mo>)</mo></math>"
                .into(),
            source: "eps/4 + ln(2/(1 + sqrt(1 + eps)))".into(),
            checks: Vec::new(),
        }],
        assertions: if ran { vec![assertion("sampled", evidence, shown)] } else { Vec::new() },
        quantities: Vec::new(),
        controls: if ran { vec![control(verdict != Verdict::Toothless)] } else { Vec::new() },
        plots: Vec::new(),
        galleries: Vec::new(),
    }
}

fn erratum_pair() -> [ClaimResult; 2] {
    let mut printed = claim(
        "arpit2019/equation-42",
        "Variance of the norm ratio, as printed",
        Verdict::Refuted,
        Verdict::Refuted,
    );
    printed.reason = "the exact variance is 5/m, the printed one is 4/m".into();
    printed.uses = vec!["arpit2019/lemma-1".into()];
    printed.erratum = Some(Erratum {
        kind: "constant".into(),
        why: "From $E[v_i^4]=\\frac12\\cdot3\\sigma^4$ it follows that $\\operatorname{Var}=5/m$, not \
              $4/m$: the square of the mean was subtracted twice."
            .into(),
        corrected_by: Some("arpit2019/equation-42-corrected".into()),
    });
    let mut corrected = claim(
        "arpit2019/equation-42-corrected",
        "Variance of the norm ratio is $5/m$",
        Verdict::Holds,
        Verdict::Holds,
    );
    corrected.evidence = Some(Evidence::Exact);
    [printed, corrected]
}

/// The first paper's claims.
pub fn arpit() -> Vec<ClaimResult> {
    use Verdict::{Holds, Inconclusive, Skipped, Toothless, Vacuous};
    let mut first = claim(
        "arpit2019/lemma-1",
        "One ReLU layer preserves the squared norm in the mean",
        Holds,
        Holds,
    );
    first.plots = vec![plots::histogram(), plots::phases()];
    first.galleries = vec![plots::gallery()];
    let mut second = claim(
        "arpit2019/lemma-2",
        "One He-initialised ReLU layer nearly preserves the norm of a fixed vector",
        Holds,
        Holds,
    );
    second.uses = vec!["arpit2019/lemma-1".into()];
    second.assertions.insert(0, assertion("exact law", Evidence::Exact, Holds));
    second.quantities = vec![quantity(1000, 0.1), quantity(1000, 0.2)];
    second.controls.push(ControlResult { name: "twice the rate".into(), ..control(true) });
    second.plots = vec![plots::tails(), plots::profiles()];
    second.notes =
        Some("The exact law is $\\frac2m\\chi^2_B$ with $B\\sim\\mathrm{Bin}(m,\\frac12)$.".into());
    let mut theorem = claim("arpit2019/theorem-1", "Norms survive $L$ layers", Holds, Holds);
    theorem.uses = vec!["arpit2019/lemma-2".into()];
    let mut leaning = claim("arpit2019/corollary-2", "Width that suffices", Holds, Holds);
    leaning.uses = vec!["arpit2019/theorem-1".into(), "arpit2019/equation-42".into()];
    let mut skipped =
        claim("arpit2019/figure-1-left", "Forward norms of a trained network", Skipped, Holds);
    skipped.reason = "built without libtorch; run `make verify` to set it up".into();
    let silent = claim("arpit2019/remark-1", "A bound that is silent everywhere", Vacuous, Vacuous);
    let mut open = claim(
        "arpit2019/footnote-1",
        "Independence of activations and gradients",
        Inconclusive,
        Inconclusive,
    );
    open.as_expected = true;
    let toothless = claim("arpit2019/table-1", "A table with a blunt check", Toothless, Holds);
    let [printed, corrected] = erratum_pair();
    vec![first, second, theorem, printed, corrected, leaning, skipped, silent, open, toothless]
}

/// The second paper's claims.
pub fn li() -> Vec<ClaimResult> {
    let mut surprise = claim(
        "li2019/theorem-1",
        "State evolution predicts the autoencoder's output",
        Verdict::Refuted,
        Verdict::Holds,
    );
    surprise.reason = "at n = 2000 the measured overlap leaves the predicted band".into();
    surprise.uses = vec!["arpit2019/lemma-1".into()];
    let mut error = claim(
        "li2019/figure-4",
        "Training above the phase boundary",
        Verdict::Error,
        Verdict::Holds,
    );
    error.reason = "the experiment `train-autoencoder` failed: out of memory at batch 250".into();
    error.uses = vec!["li2019/theorem-1".into()];
    vec![surprise, error]
}
