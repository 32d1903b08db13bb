//! The examples of `CONTRIBUTING.md` work as they stand: a claim file, no Rust.

use std::path::Path;

use crate::harness::{PAPER, Suite, claim, named};

/// The YAML blocks of the guide that are whole claim files, as (slug, text).
fn examples() -> Vec<(String, String)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("CONTRIBUTING.md");
    let guide = std::fs::read_to_string(path).unwrap();
    let blocks = guide.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next());
    let claims = blocks.filter_map(|block| {
        let id = block.lines().next()?.strip_prefix("id: ")?;
        Some((id.to_string(), block.to_string()))
    });
    claims.collect()
}

/// A suite of one example, its paper beside it; statements that it leans on are left out.
fn suite_of(slug: &str) -> (Suite, String) {
    let found = examples().into_iter().find(|(id, _)| id.ends_with(slug));
    let (id, text) = found.unwrap_or_else(|| panic!("the guide has no example `{slug}`"));
    let paper = id.split('/').next().unwrap();
    let text: String =
        text.lines().filter(|line| !line.starts_with("uses:")).map(|l| format!("{l}\n")).collect();
    let suite = Suite::new();
    suite.file(
        &format!("claims/{paper}/paper.yaml"),
        PAPER.replace("id: demo", &format!("id: {paper}")),
    );
    suite.file(&format!("claims/{id}.yaml"), text);
    (suite, id)
}

/// β₀ of φ = erf (slope 1), σ = hard tanh, τ² = 1 has a closed form: `ρ = (2/π) arcsin(v/(1 + v))`, `v = πβρ/2`, and
/// `β (1 + v)^{−1/2} erf(1/√2) = 1`; the number is mpmath's, to 30 digits.
#[test]
fn a_new_pair_of_activations_needs_no_rust() {
    let (suite, id) = suite_of("text-erf-hard-tanh");
    let results = suite.verify(0, &[]);
    let found = claim(&results, &id);
    assert_eq!(found["verdict"], "holds", "{found:#}");
    let control = named(&found["controls"], "below the first transition");
    assert_eq!(control["caught"], true);
    let beta0 = named(&found["quantities"], "beta0");
    let exact = 2.297_004_592_118_661_9;
    let end = |name: &str| beta0[name].as_f64().unwrap();
    assert!((end("value") - exact).abs() < 1e-9, "{beta0:#}");
    assert!(end("lo") <= exact && exact <= end("hi") && end("hi") - end("lo") < 1e-9, "{beta0:#}");
}

#[test]
fn the_first_example_holds() {
    let (suite, id) = suite_of("text-median");
    assert_eq!(claim(&suite.verify(0, &[]), &id)["verdict"], "holds");
}
