//! Intervals and formulas.

use std::hint::black_box;

use claimcheck::experiment::Tail;
use claimcheck::formula::Formula;
use claimcheck::stats::{self, Counts, Look};
use criterion::{Criterion, Throughput};

use crate::cpu_time::CpuTime;
use crate::stream;

/// Intervals from 10⁵ trials at the error probability that a suite grants one interval.
pub fn intervals(c: &mut Criterion<CpuTime>) {
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
pub fn formulas(c: &mut Criterion<CpuTime>) {
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
