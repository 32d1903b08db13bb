//! Where a run spends its time: random numbers, nets, exact laws, intervals, formulas, bookkeeping.
//!
//! `cargo bench` (or `make bench`) runs all of it in under three minutes; `cargo bench -- gaussians`
//! runs one group. Every throughput counts the unit that the cost of a trial is planned in.

use std::hint::black_box;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use claimcheck::claim::{Profile, Suite};
use claimcheck::experiment::{Prepared, Tail};
use claimcheck::formula::Formula;
use claimcheck::models::relu::backward::{self, Loss};
use claimcheck::models::relu::deep_norm::DeepNorm;
use claimcheck::models::relu::net_description::{Init, NetDescription};
use claimcheck::models::relu::relu_layer::LayerLaw;
use claimcheck::random::{Stream, StreamKey};
use claimcheck::run::progress::Progress;
use claimcheck::run::verify::Request;
use claimcheck::run::{Plan, Selection, Settings, verify};
use claimcheck::stats::{self, Counts, Look};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use nalgebra::DMatrix;
use serde_json::json;

fn stream(trial: u64) -> Stream {
    StreamKey::derive(1, "bench", "{}").trial(trial)
}

/// Bulk normals, the inner loop of everything that samples.
fn gaussians(c: &mut Criterion) {
    const COUNT: usize = 1 << 16;
    let mut group = c.benchmark_group("gaussians");
    group.throughput(Throughput::Elements(COUNT as u64));
    let mut random = stream(0);
    let mut double = vec![0.0_f64; COUNT];
    group.bench_function("f64", |b| b.iter(|| random.fill_normal(black_box(&mut double))));
    let mut single = vec![0.0_f32; COUNT];
    group.bench_function("f32", |b| b.iter(|| random.fill_normal_f32(black_box(&mut single))));
    group.finish();
}

/// An experiment of the registry, prepared.
fn prepared(name: &str, parameters: serde_json::Value) -> Box<dyn Prepared> {
    let entry = claimcheck::experiments::find(name).expect("the registry has the experiment");
    (entry.definition.prepare)(&parameters).expect("the parameters are good")
}

/// Trials of lemma 2 of arpit2019: a fresh 1000 × 500 matrix, ReLU, norm; counted in Gaussians.
fn one_layer(c: &mut Criterion) {
    let layer = prepared("relu-layer", json!({"m": 1000, "n": 500}));
    let key = StreamKey::derive(1, "relu-layer", "{}");
    let mut group = c.benchmark_group("one-layer");
    group.throughput(Throughput::Elements(1000 * 500));
    let mut trial = 0;
    let mut record = vec![0.0; layer.columns().len()];
    group.bench_function("trial-1000x500", |b| {
        b.iter(|| {
            trial += 1;
            layer.trial(&mut key.trial(trial), &mut record).expect("a trial never fails");
            record[0]
        });
    });
    group.finish();
}

/// Ten layers of width 500: whole trials counted in Gaussians, passes on kept weights in
/// multiply-adds (weights × inputs).
fn deep(c: &mut Criterion) {
    const INPUTS: usize = 64;
    let description = NetDescription::relu(500, vec![500; 10], Init::HeFanOut);
    let weights = description.weights() as u64;
    let mut batch = DMatrix::zeros(500, INPUTS);
    stream(1).fill_normal(batch.as_mut_slice());
    let one = batch.columns(0, 1).into_owned();
    let mut group = c.benchmark_group("deep-10x500");

    group.throughput(Throughput::Elements(weights));
    let mut random = stream(2);
    group.bench_function("fresh-forward-1-input", |b| {
        b.iter(|| description.forward(&mut random, &one));
    });
    group.bench_function("fresh-forward-64-inputs", |b| {
        b.iter(|| description.forward(&mut random, &batch));
    });

    group.throughput(Throughput::Elements(weights * INPUTS as u64));
    let net = description.draw(&mut stream(3));
    group.bench_function("forward-64-inputs", |b| b.iter(|| net.forward(&batch)));
    let activations = net.forward(&batch);
    let error = net.mask(&activations[10], &activations[10]);
    group.bench_function("backward-64-inputs", |b| {
        b.iter(|| net.backward(&activations, black_box(&error)));
    });
    group.finish();
}

/// The same without matrices: exact samplers and the exact law of a deep net's norm.
fn deep_laws(c: &mut Criterion) {
    let mut group = c.benchmark_group("deep-laws");
    let description = NetDescription::relu(500, vec![500; 10], Init::HeFanOut);
    let mut random = stream(4);
    group.bench_function("gradient-profile-10x500", |b| {
        b.iter(|| backward::draw(&description, Loss::HalfSquare, 1.0, &mut random));
    });
    let net = DeepNorm::he_uniform(500, 10);
    group.bench_function("tail-outside-band-10x500", |b| {
        b.iter(|| black_box(&net).failure_outside_band(0.5, 1.5));
    });
    group.finish();
}

/// The exact law of one layer at width 4000.
fn exact_law(c: &mut Criterion) {
    let mut group = c.benchmark_group("exact-law-4000");
    let law = LayerLaw::he_fan_out(4000);
    group.bench_function("outside", |b| b.iter(|| black_box(&law).outside(black_box(0.1))));
    group.bench_function("quantile", |b| {
        b.iter(|| black_box(&law).distortion_quantile(black_box(1e-3)));
    });
    group.finish();
}

/// Intervals from 10⁵ trials at the error probability that a suite grants one interval.
fn intervals(c: &mut Criterion) {
    const N: u64 = 100_000;
    const ALPHA: f64 = 2e-10;
    let counts = Counts { successes: 4_321, failures: N - 4_321, unknown: 0 };
    let mut random = stream(5);
    let values: Vec<f64> = (0..N).map(|_| random.uniform()).collect();
    let mut group = c.benchmark_group("intervals-1e5");
    group.bench_function("clopper-pearson", |b| {
        b.iter(|| stats::clopper_pearson(black_box(counts), ALPHA));
    });
    group.bench_function("robbins-mixture", |b| {
        b.iter(|| stats::robbins_mixture(black_box(counts), ALPHA));
    });
    let tails = [
        ("mean-bounded", Tail::Bounded { lo: 0.0, hi: 1.0 }),
        ("mean-variance", Tail::Variance(1.0 / 12.0)),
        ("mean-unknown", Tail::Unknown),
    ];
    group.throughput(Throughput::Elements(N));
    for (name, tail) in tails {
        group.bench_function(name, |b| {
            b.iter(|| stats::mean_interval(black_box(&values), tail, ALPHA, Look::ONLY));
        });
    }
    group.finish();
}

/// One evaluation a trial of a formula over the trial's record.
fn formulas(c: &mut Criterion) {
    const TRIALS: usize = 10_000;
    let mut random = stream(6);
    let records: Vec<f64> = (0..TRIALS).map(|_| random.uniform()).collect();
    let mut group = c.benchmark_group("formula");
    group.throughput(Throughput::Elements(TRIALS as u64));
    for (name, text) in
        [("event", "abs(ratio - 1) > 0.1"), ("value", "ln(ratio)^2 - 2*sqrt(ratio)/(1 + ratio)")]
    {
        let formula = Formula::parse(text).expect("the formula is sound");
        let slot = |name: &str, _: &[f64]| (name == "ratio").then_some(0);
        let compiled = formula.compile(&slot).expect("the formula compiles");
        group.bench_function(name, |b| {
            b.iter(|| -> f64 {
                black_box(&records).chunks_exact(1).map(|record| compiled.eval(record)).sum()
            });
        });
    }
    group.finish();
}

/// Tanh autoencoders of Li & Nguyen (2019): state evolution at L = 50, and the fixed points at 100 values of β with error
/// bars below 1e-10 (asked for: both together under half a second on one core).
fn state_evolution(c: &mut Criterion) {
    let mut group = c.benchmark_group("state-evolution");
    let net =
        json!({"L": 50, "sigma_w2": 2.312, "sigma_b2": 0.211, "sigma": "tanh", "phi": "tanh"});
    group.bench_function("fifty-layers", |b| {
        b.iter(|| prepared("state-evolution", net.clone()).exact("gamma_l", &[2.0]).unwrap());
    });
    let pair = json!({"phi": "tanh", "sigma": "tanh", "tau2": 1.2});
    group.throughput(Throughput::Elements(100));
    group.bench_function("fixed-points", |b| {
        b.iter(|| {
            let layer = prepared("autoencoder-fixed-points", pair.clone());
            for k in 0..100 {
                let beta = 0.5 + 0.095 * f64::from(k);
                for name in ["gamma_fp", "rho_fp"] {
                    let found = layer.exact(name, &[black_box(beta)]).unwrap();
                    assert!(found.radius() < 1e-10, "β = {beta}: {found:?}");
                }
            }
        });
    });
    group.finish();
}

/// The suite's own claims: what a run costs in which nothing has changed.
fn suite(c: &mut Criterion) {
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

/// Few samples, short: these numbers are for orders of magnitude and regressions of tens of percent.
fn brief() -> Criterion {
    Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .without_plots()
}

criterion_group! {
    name = hot_paths;
    config = brief();
    targets = gaussians, one_layer, deep, deep_laws, exact_law, intervals, formulas, state_evolution, suite
}
criterion_main!(hot_paths);
