//! Items (f) and (h) of `peers/`: sparse codes through one filter bank and through fresh ones (gilbert2017,
//! figure 2), and coherences of random filters of VGG16's 13 sizes (table 4).

use criterion::Criterion;
use serde_json::json;

use crate::Trials;
use crate::cpu_time::CpuTime;

/// Fan-in and number of filters of VGG16's convolutions.
const LAYERS: [(u64, u64); 13] = [
    (27, 64),
    (576, 64),
    (576, 128),
    (1152, 128),
    (1152, 256),
    (2304, 256),
    (2304, 256),
    (2304, 512),
    (4608, 512),
    (4608, 512),
    (4608, 512),
    (4608, 512),
    (4608, 512),
];

pub fn peers(c: &mut Criterion<CpuTime>) {
    let mut group = c.benchmark_group("peers");
    let mut bank = json!({"D": 32, "l": 5, "M": 32, "K": 96, "k": 10, "t": 1, "signals": 1000});
    let mut one_bank = Trials::new("one-layer-recovery", bank.clone());
    group.bench_function("codes-of-one-bank", |b| b.iter(|| one_bank.next()));
    bank["signals"] = json!(1);
    let mut many = Trials::new("one-layer-recovery", bank);
    group.bench_function("fresh-banks", |b| b.iter(|| many.next()));
    let mut layers: Vec<Trials> = LAYERS
        .iter()
        .map(|(d, k)| Trials::new("random-coherence", json!({"d": d, "K": k, "method": "full"})))
        .collect();
    group.bench_function("coherence", |b| {
        b.iter(|| layers.iter_mut().map(Trials::next).sum::<f64>());
    });
    group.finish();
}
