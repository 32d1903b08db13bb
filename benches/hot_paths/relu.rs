//! Random ReLU nets: trials with all weights, passes on kept weights, laws without matrices.

use std::hint::black_box;

use claimcheck::models::relu::backward::{self, Loss};
use claimcheck::models::relu::backward_full;
use claimcheck::models::relu::deep_norm::DeepNorm;
use claimcheck::models::relu::net::Net;
use claimcheck::models::relu::net_description::{Init, NetDescription};
use claimcheck::models::relu::relu_layer::LayerLaw;
use criterion::{Criterion, Throughput};
use nalgebra::DMatrix;
use serde_json::json;

use crate::cpu_time::CpuTime;
use crate::{Trials, stream};

/// Ten layers of width 500: whole trials counted in Gaussians, passes on kept weights in
/// multiply-adds (weights × inputs).
pub fn deep(c: &mut Criterion<CpuTime>) {
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
    let net: Net = description.draw(&mut stream(3));
    group.bench_function("forward-64-inputs", |b| b.iter(|| net.forward(&batch)));
    let activations = net.forward(&batch);
    let error = description.mask(&activations[10], &activations[10]);
    group.bench_function("backward-64-inputs", |b| {
        b.iter(|| net.backward(&activations, black_box(&error)));
    });
    group.finish();
}

/// The same without matrices: exact samplers and the exact law of a deep net's norm.
pub fn deep_laws(c: &mut Criterion<CpuTime>) {
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
pub fn exact_law(c: &mut Criterion<CpuTime>) {
    let mut group = c.benchmark_group("exact-law-4000");
    let law = LayerLaw::he_fan_out(4000);
    group.bench_function("outside", |b| b.iter(|| black_box(&law).outside(black_box(0.1))));
    group.bench_function("quantile", |b| {
        b.iter(|| black_box(&law).distortion_quantile(black_box(1e-3)));
    });
    group.finish();
}

/// Items (a) and (b) of `peers/`: a trial of lemma 2 of arpit2019 (1000 × 500, ReLU, norm), and norms and
/// gradients of figure 1's nets (depth 10, width 2000) at 100 inputs, weights drawn afresh.
pub fn peers(c: &mut Criterion<CpuTime>) {
    let mut group = c.benchmark_group("peers");
    let mut layer = Trials::new("relu-layer", json!({"m": 1000, "n": 500}));
    group.bench_function("one-layer", |b| b.iter(|| layer.next()));

    let description = NetDescription::relu(2000, vec![2000; 10], Init::HeFanOut);
    let mut random = stream(8);
    group.bench_function("deep-norms", |b| {
        b.iter(|| backward_full::draw(&description, Loss::HalfSquare, 100, &mut random));
    });
    group.finish();
}
