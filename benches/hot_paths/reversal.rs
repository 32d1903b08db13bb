//! Item (e) of `peers/`: a trial of arora2015's theorem 2.3, n = m = 4000, t = 1000, k = 50, all weights that matter.

use criterion::Criterion;
use serde_json::json;

use crate::Trials;
use crate::cpu_time::CpuTime;

pub fn peers(c: &mut Criterion<CpuTime>) {
    let parameters = json!({"n": 4000, "m": 4000, "rho": 0.25, "k": 50, "method": "full"});
    let mut trials = Trials::new("one-layer-reversal", parameters);
    let mut group = c.benchmark_group("peers");
    group.bench_function("reversal", |b| b.iter(|| trials.next()));
    group.finish();
}
