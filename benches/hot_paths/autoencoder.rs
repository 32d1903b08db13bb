//! Items (c) and (d) of `peers/`: a pass through an autoencoder with fresh matrices (li2019, figure 6 at
//! n = 2000), its state evolution, and fixed points at 100 values of β.

use criterion::Criterion;
use serde_json::json;

use crate::cpu_time::CpuTime;
use crate::{Trials, prepared};

pub fn peers(c: &mut Criterion<CpuTime>) {
    let net =
        json!({"L": 50, "sigma_w2": 2.312, "sigma_b2": 0.211, "sigma": "tanh", "phi": "tanh"});
    let mut dense = net.clone();
    dense["n0"] = json!(2000);
    dense["method"] = json!("dense");
    let mut pass = Trials::new("autoencoder-run", dense);
    let mut chain = net.clone();
    chain["n0"] = json!(2000);
    chain["method"] = json!("chain");
    let mut same_law = Trials::new("autoencoder-run", chain);
    let mut group = c.benchmark_group("peers");
    group.bench_function("autoencoder-pass", |b| b.iter(|| pass.next()));
    group.bench_function("autoencoder-law", |b| b.iter(|| same_law.next()));
    group.bench_function("state-evolution", |b| {
        b.iter(|| {
            let evolution = prepared("state-evolution", &net);
            let at = |l: u8| evolution.exact("rho_l", &[f64::from(l)]).expect("it settles").value;
            (2..=51).map(at).sum::<f64>()
        });
    });
    let branches = json!({"phi": "tanh", "sigma": "tanh", "tau2": 1});
    group.bench_function("fixed-points", |b| {
        b.iter(|| {
            let points = prepared("autoencoder-fixed-points", &branches);
            let at = |i: u8| {
                let beta = 1.2 + 3.8 * f64::from(i) / 99.0;
                let of = |name| points.exact(name, &[beta]).expect("it settles").value;
                of("gamma_fp") + of("rho_fp")
            };
            (0..100).map(at).sum::<f64>()
        });
    });
    group.finish();
}
