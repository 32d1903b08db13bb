//! Where a run spends its time: random numbers, nets, exact laws, intervals, formulas, bookkeeping.
//!
//! `cargo bench` (or `make bench`) runs all of it in a few minutes; `cargo bench -- gaussians` runs one group.
//! The group `peers` holds the work that `benches/peers/` does in NumPy and its like: `make bench-peers`.
//! Times are processor time. Every throughput counts the unit that the cost of a trial is planned in.

use std::time::Duration;

use claimcheck::experiment::Prepared;
use claimcheck::random::{Stream, StreamKey};
use criterion::{Criterion, criterion_group, criterion_main};

mod autoencoder;
mod cpu_time;
mod filter_bank;
mod random;
mod relu;
mod reversal;
mod statistics;
mod suite;

fn stream(trial: u64) -> Stream {
    StreamKey::derive(1, "bench", "{}").trial(trial)
}

/// An experiment of the registry, prepared.
fn prepared(name: &str, parameters: &serde_json::Value) -> Box<dyn Prepared> {
    let entry = claimcheck::experiments::find(name).expect("the registry has the experiment");
    (entry.definition.prepare)(parameters).expect("the parameters are good")
}

/// Trials of an experiment, one after the other.
struct Trials {
    experiment: Box<dyn Prepared>,
    key: StreamKey,
    trial: u64,
    record: Vec<f64>,
}

impl Trials {
    fn new(name: &str, parameters: serde_json::Value) -> Self {
        let experiment = prepared(name, &parameters);
        let record = vec![0.0; experiment.columns().len()];
        let key = StreamKey::derive(1, name, &parameters.to_string());
        Self { experiment, key, trial: 0, record }
    }

    /// Runs the next trial; the first number of its record.
    fn next(&mut self) -> f64 {
        self.trial += 1;
        let stream = &mut self.key.trial(self.trial);
        self.experiment.trial(stream, &mut self.record).expect("a trial never fails");
        self.record[0]
    }
}

/// Few samples, short: these numbers are for orders of magnitude and regressions of tens of percent.
fn brief() -> Criterion<cpu_time::CpuTime> {
    Criterion::default()
        .with_measurement(cpu_time::CpuTime)
        .sample_size(10)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .without_plots()
}

criterion_group! {
    name = hot_paths;
    config = brief();
    targets = random::gaussians, relu::deep, relu::deep_laws, relu::exact_law, statistics::intervals,
        statistics::formulas, suite::suite, relu::peers, autoencoder::peers, reversal::peers, filter_bank::peers
}
criterion_main!(hot_paths);
