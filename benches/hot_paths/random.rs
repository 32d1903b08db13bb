//! Bulk normals.

use std::hint::black_box;

use criterion::{Criterion, Throughput};

use crate::cpu_time::CpuTime;
use crate::stream;

/// Bulk normals, the inner loop of everything that samples.
pub fn gaussians(c: &mut Criterion<CpuTime>) {
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
