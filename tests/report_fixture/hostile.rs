//! A claim whose every string is an attack.

use claimcheck::experiment::Evidence;
use claimcheck::experiment::Picture;
use claimcheck::maths::Enclosure;
use claimcheck::results::{
    AssertionResult, Axis, ClaimResult, ControlResult, Defined, Erratum, Field, Gallery,
    GalleryRow, Plot, Point, PointResult, Quantity, Role, Series, Shown, Source, Verdict,
};

/// Markup that must never appear in a page.
pub const MARKS: [&str; 8] = [
    "<script>alert",
    "<img src=x",
    "<svg/onload",
    "\" onmouseover=",
    "' onfocus=",
    "href=\"javascript:",
    "</title><script",
    "<iframe",
];

const EVIL: &str = "</title><script>alert(1)</script><img src=x onerror=alert(2)>\" onmouseover=\"x\
                    ' onfocus='y <svg/onload=alert(3)> {{ run.seed }} {% raw %} ]]> --> \u{202e}";

/// The claim.
pub fn hostile() -> ClaimResult {
    let evil = || EVIL.to_string();
    let statement = format!(
        "{EVIL}\n\n$\\href{{javascript:alert(1)}}{{x}}$ [x](javascript:alert(1)) \
         [y](claim:../../../etc/passwd) <iframe src=\"x\"></iframe>\n\n\
         $$\\text{{</math><script>alert(4)</script>}}$$"
    );
    let formal = "<math><mi href=\"javascript:alert(5)\">x</mi><script>alert(6)</script></math>";
    let mut at = Point::new();
    at.insert(evil(), EVIL.into());
    ClaimResult {
        id: "li2019/remark-hostile".into(),
        paper: "li2019".into(),
        kind: evil(),
        title: evil(),
        verdict: Verdict::Refuted,
        expect: Verdict::Refuted,
        as_expected: true,
        evidence: Some(Evidence::Search),
        reason: evil(),
        seconds: f64::MAX,
        source: Source { section: Some(evil()), item: Some(evil()), equation: Some(evil()) },
        statement,
        notes: Some(evil()),
        uses: vec![evil(), "../../etc/passwd".into(), "li2019/no-such-claim".into()],
        tags: vec![evil()],
        erratum: Some(Erratum { kind: evil(), why: evil(), corrected_by: Some(evil()) }),
        file: evil(),
        digest: evil(),
        command: evil(),
        definitions: vec![Defined {
            symbol: formal.into(),
            meaning: evil(),
            source: evil(),
            checks: vec![evil()],
        }],
        assertions: vec![assertion(formal, at.clone())],
        quantities: vec![Quantity {
            name: evil(),
            at,
            value: None,
            lo: None,
            hi: None,
            n: Some(u64::MAX),
            formula: formal.into(),
            evidence: Evidence::Search,
        }],
        controls: vec![ControlResult {
            name: evil(),
            check: evil(),
            change: evil(),
            verdict: Verdict::Refuted,
            caught: true,
            reason: evil(),
        }],
        plots: vec![plot()],
        galleries: vec![gallery()],
    }
}

fn assertion(formal: &str, at: Point) -> AssertionResult {
    let point = PointResult {
        at,
        verdict: Verdict::Refuted,
        value: Some(-1e300),
        lo: None,
        hi: Some(f64::MAX),
        bound: Some(f64::MIN_POSITIVE),
        margin: Some(0.0),
        n: Some(0),
        nonfinite: Some(3),
        alpha: Some(0.0),
        detectable: None,
        note: Some(EVIL.into()),
    };
    AssertionResult {
        name: EVIL.into(),
        check: EVIL.into(),
        kind: EVIL.into(),
        evidence: Evidence::Search,
        verdict: Verdict::Refuted,
        reason: EVIL.into(),
        formal: formal.into(),
        value_label: EVIL.into(),
        bound_label: formal.into(),
        unit: Some(EVIL.into()),
        uninformative: 0,
        points: vec![point],
    }
}

fn gallery() -> Gallery {
    let mut at = Point::new();
    at.insert(EVIL.into(), EVIL.into());
    let shown = |picture: Option<Picture>, missing: Option<String>| Shown {
        at: at.clone(),
        picture,
        note: Some(f64::MAX),
        missing,
    };
    // Bytes that are no picture at all must stay bytes.
    let broken = serde_json::from_str("\"Ij48c2NyaXB0Pg==\"").ok();
    let pictures = vec![shown(broken, None), shown(None, Some(EVIL.into()))];
    Gallery {
        title: EVIL.into(),
        caption: EVIL.into(),
        rows: vec![GalleryRow { name: EVIL.into(), pictures }],
    }
}

fn plot() -> Plot {
    let wild = [f64::MIN, -1.0, 0.0, 1e-310, 1e308];
    let points = wild.iter().map(|&x| (x, Enclosure::UNKNOWN)).collect();
    let finite = vec![(1.0, Enclosure { value: 2.0, lo: f64::NEG_INFINITY, hi: f64::INFINITY })];
    Plot {
        title: EVIL.into(),
        caption: EVIL.into(),
        x: Axis { label: EVIL.into(), log: true },
        y: Axis { label: EVIL.into(), log: true },
        field: Some(Field {
            z: Axis { label: EVIL.into(), log: true },
            cells: wild.iter().map(|&x| (x, -x, Enclosure::point(x))).collect(),
        }),
        series: vec![
            Series { name: EVIL.into(), role: Role::Theory, points },
            Series { name: EVIL.into(), role: Role::Measurement, points: finite },
            Series { name: "empty".into(), role: Role::Bound, points: Vec::new() },
        ],
    }
}
