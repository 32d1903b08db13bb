//! One step of gradient descent of a weight-tied autoencoder (50 layers up and down, width 400, batches of 250):
//! ours, and the same step in PyTorch eager where python3 (or `PEER_PYTHON`) can import torch.

use std::process::Command;
use std::time::Instant;

use claimcheck::random::StreamKey;
use claimcheck::training::scheme::{Activation, table};
use claimcheck::training::torch::autoencoder::Net;
use tch::{Device, Kind, Tensor};

const DEPTH: usize = 50;
const WIDTH: usize = 400;
const INPUTS: usize = 784;
const BATCH: i64 = 250;
const REPEATS: usize = 15;

fn main() {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    tch::set_num_threads(i32::try_from(threads).unwrap_or(1));
    let _no_grad = tch::no_grad_guard();
    let mut widths = vec![INPUTS];
    widths.resize(DEPTH + 1, WIDTH);
    let Some(scheme) = table(9) else { return };
    let kinds = (Activation::Relu, Activation::Tanh);
    let mut stream = StreamKey::derive(1, "training-step", "{}").trial(0);
    let mut net = Net::draw(&mut stream, &widths, scheme, kinds, Device::Cpu);
    let batch = Tensor::rand([BATCH, INPUTS as i64], (Kind::Float, Device::Cpu)) * 2.0 - 1.0;
    let scale = Tensor::full([BATCH, 1], -1e-6, (Kind::Float, Device::Cpu));
    let mut times: Vec<f64> = (0..REPEATS)
        .map(|_| {
            let start = Instant::now();
            net.step(batch.shallow_clone(), &scale);
            start.elapsed().as_secs_f64()
        })
        .collect();
    times.sort_by(f64::total_cmp);
    println!(
        "training step, claimcheck: median {:.4} s, best {:.4} s",
        times[REPEATS / 2],
        times[0]
    );
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/training_step.py");
    let python = std::env::var("PEER_PYTHON").unwrap_or_else(|_| "python3".into());
    match Command::new(&python).arg(script).output() {
        Ok(output) if output.status.success() => {
            print!("{}", String::from_utf8_lossy(&output.stdout));
        }
        _ => println!(
            "training step, PyTorch: {python} cannot import torch (PEER_PYTHON names another)"
        ),
    }
}
