//! The papers' own claims at the quick profile: what CI relies on.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// The papers and how many statements each makes.
const PAPERS: [(&str, usize); 4] =
    [("arora2015", 84), ("arpit2019", 50), ("gilbert2017", 61), ("li2019", 95)];

/// Runs the program on the repository's claims.
fn claimcheck(arguments: &[&str]) -> (Option<i32>, String) {
    let done = Command::new(env!("CARGO_BIN_EXE_claimcheck"))
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let text = [done.stdout, done.stderr].map(|it| String::from_utf8_lossy(&it).into_owned());
    (done.status.code(), text.concat())
}

fn results(out: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(out.join("results.json")).unwrap()).unwrap()
}

#[test]
fn every_claim_is_as_expected_and_every_control_is_caught() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let place = out.to_str().unwrap();
    let arguments = ["verify", "--quiet", "--profile", "quick", "--out", place];
    let (code, text) = claimcheck(&arguments);
    assert_eq!(code, Some(0), "{text}");
    let first = results(&out);
    for claim in first["claims"].as_array().unwrap() {
        let verdict = claim["verdict"].as_str().unwrap();
        // Data that can't be had here gives `skipped`; everything else is as its file expects.
        let fine = claim["as_expected"] == true || verdict == "skipped";
        assert!(fine, "{}: {verdict}: {}", claim["id"], claim["reason"]);
        for control in claim["controls"].as_array().unwrap() {
            assert!(
                control["caught"] == true || verdict == "skipped",
                "{}: {control}",
                claim["id"]
            );
        }
    }

    // A formal statement that the report's whitelist refuses is shown as its source.
    for (paper, _) in PAPERS {
        for page in std::fs::read_dir(out.join("claims").join(paper)).unwrap() {
            let page = page.unwrap().path();
            let shown = std::fs::read_to_string(&page).unwrap();
            assert!(!shown.contains("<code>&lt;math"), "{}", page.display());
        }
    }

    let (code, text) = claimcheck(&arguments);
    assert_eq!(code, Some(0), "{text}");
    let run = &results(&out)["run"];
    let skipped = first["claims"].as_array().unwrap().iter().any(|it| it["verdict"] == "skipped");
    assert!(skipped || run["reused"] == run["measurements"], "{run}");
}

#[test]
fn every_statement_of_a_paper_has_a_claim() {
    let (code, text) = claimcheck(&["list", "--format", "json"]);
    assert_eq!(code, Some(0), "{text}");
    let list: Value = serde_json::from_str(&text).unwrap();
    let ids: BTreeSet<&str> =
        list.as_array().unwrap().iter().map(|claim| claim["id"].as_str().unwrap()).collect();
    // The paper's statements are listed in `order`; the lint `paper-file` holds it against the files.
    for (paper, statements) in PAPERS {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("claims/{paper}/paper.yaml"));
        let file: Value = serde_yaml::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
        let order: BTreeSet<String> = file["order"]
            .as_array()
            .unwrap()
            .iter()
            .map(|slug| format!("{paper}/{}", slug.as_str().unwrap()))
            .collect();
        let twins = order.iter().filter(|id| id.ends_with("-corrected")).count();
        assert!(order.len() - twins >= statements, "{paper}: {} statements", order.len() - twins);
        let found: BTreeSet<String> = ids
            .iter()
            .filter(|id| id.starts_with(&format!("{paper}/")))
            .map(|id| (*id).to_string())
            .collect();
        assert_eq!(found, order, "{paper}");
    }
}
