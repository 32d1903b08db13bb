//! The suite's own claims: what a run costs in which nothing has changed.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use claimcheck::claim::{Profile, Suite};
use claimcheck::run::progress::Progress;
use claimcheck::run::verify::Request;
use claimcheck::run::{Plan, Selection, Settings, verify};
use claimcheck::stats;
use criterion::{Criterion, Throughput};

use crate::cpu_time::CpuTime;

/// The suite's own claims: what a run costs in which nothing has changed.
pub fn suite(c: &mut Criterion<CpuTime>) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("claims");
    let (suite, problems) = Suite::load(&root);
    if suite.claims.is_empty() {
        eprintln!("suite: skipped, there are no claims: {problems:?}");
        return;
    }
    let settings =
        Settings { profile: Profile::Quick, seed: 1, budget: stats::budget::DEFAULT_TOTAL };
    let mut group = c.benchmark_group("suite");
    group.throughput(Throughput::Elements(suite.claims.len() as u64));
    group.bench_function("load", |b| b.iter(|| Suite::load(&root)));
    group.bench_function("lint", |b| b.iter(|| claimcheck::lint::run(&suite)));
    group.bench_function("plan", |b| b.iter(|| Plan::new(&suite, settings)));

    // The first run measures; its journal answers all later ones.
    let selection =
        Selection { patterns: vec!["arpit2019/lemma-*".into()], ..Selection::default() };
    let out = tempfile::tempdir().expect("a folder for the journal");
    let request = Request {
        selection,
        settings,
        out: out.path().to_path_buf(),
        threads: 2,
        fresh: false,
        merge: Vec::new(),
        merge_only: false,
        part: None,
        command: "bench".into(),
    };
    let again = || {
        let found = verify(&suite, &request, &Progress::new(true), &AtomicBool::new(false));
        found.expect("the suite runs").results
    };
    let claims = again().claims.len() as u64;
    let second = again().run;
    assert_eq!(second.reused, second.measurements, "nothing has changed between two runs");
    group.throughput(Throughput::Elements(claims));
    group.bench_function("verify-unchanged", |b| b.iter(again));
    group.finish();
}
