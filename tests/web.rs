//! The report in a real browser: no error, no request, both themes, phone and desk, keyboard, no
//! violation that axe-core knows, and with JavaScript off. Needs node, Chromium and `npm install` in `tests/web`; without them it
//! says so and passes.

mod report_fixture;

use std::io::Write as _;
use std::path::Path;
use std::process::Command;

/// One page of every kind, and the one that tries to break out.
const PAGES: [&str; 14] = [
    "index.html=index",
    "errata.html=errata",
    "graph.html=graph",
    "power.html=power",
    "statistics.html=statistics",
    "changes.html=changes",
    "about.html=about",
    "papers/arpit2019.html=paper",
    "papers/li2019.html=paper",
    "claims/arpit2019/lemma-1.html=claim",
    "claims/arpit2019/lemma-2.html=claim",
    "claims/arpit2019/equation-42.html=claim",
    "claims/li2019/figure-4.html=claim",
    "claims/li2019/remark-hostile.html=claim",
];

fn missing(tests: &Path, chromium: &str) -> Option<&'static str> {
    if Command::new("node").arg("--version").output().is_err() {
        return Some("node is not installed");
    }
    if !Path::new(chromium).exists() {
        return Some("Chromium is not installed (or set CHROMIUM to its path)");
    }
    if !["playwright-core", "axe-core"]
        .iter()
        .all(|it| tests.join("node_modules").join(it).exists())
    {
        return Some(
            "playwright-core or axe-core is not installed: run `npm install` in tests/web",
        );
    }
    None
}

/// Runs a script of `tests/web` on a report; says so if it can't.
#[track_caller]
fn run(script: &str, report: &Path, arguments: &[&str]) {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/web");
    let chromium = std::env::var("CHROMIUM").unwrap_or_else(|_| "/usr/bin/chromium".into());
    if let Some(reason) = missing(&tests, &chromium) {
        writeln!(std::io::stderr(), "skipped: {reason}").ok();
        return;
    }
    let mut check = Command::new("node");
    check.arg(tests.join(script)).arg(report).args(arguments);
    let outcome = check.env("CHROMIUM", chromium).output().unwrap();
    let text = String::from_utf8_lossy(&outcome.stdout);
    let errors = String::from_utf8_lossy(&outcome.stderr);
    assert!(outcome.status.success(), "faults:\n{text}{errors}");
}

#[test]
fn pages_work_in_a_browser() {
    let report = tempfile::tempdir().unwrap();
    claimcheck::report::write(&report_fixture::rich(), report.path()).unwrap();
    run("check.mjs", report.path(), &PAGES);
}

#[test]
fn a_watched_page_follows_each_round() {
    let report = tempfile::tempdir().unwrap();
    let mut live = claimcheck::report::Live::default();
    claimcheck::report::write_live(&report_fixture::rich(), report.path(), None, &mut live)
        .unwrap();
    run("live.mjs", report.path(), &["claims/arpit2019/lemma-2.html"]);
}
