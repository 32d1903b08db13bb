use super::*;
use crate::data::images::Images;
use crate::data::normalisation::Normalisation;
use crate::random::StreamKey;
use crate::training::curve::Plan;
use crate::training::scheme::table;
use crate::training::store::Job;
use crate::training::torch::session::Session;
use crate::training::torch::train::train;
use serde_json::json;

fn stream() -> Stream {
    StreamKey::derive(5, "autoencoder-training", "{}").trial(0)
}

fn net(scheme: usize, widths: &[usize]) -> Net {
    let kinds = (Activation::Relu, Activation::Tanh);
    Net::draw(&mut stream(), widths, table(scheme).unwrap(), kinds, Device::Cpu)
}

fn images(count: usize) -> Pixels {
    let bytes = (0..count * 12).map(|i| (i * 37 % 256) as u8).collect();
    let labels = (0..count).map(|i| (i % 2) as u8).collect();
    let images = Images { channels: 1, height: 3, width: 4, bytes, labels, classes: 2 };
    Pixels::new(images, Normalisation::Unit)
}

/// The step is −rate · gradient: held against libtorch's own differentiation of the same loss.
#[test]
fn a_step_is_the_gradient() {
    for scheme in [1, 4, 7, 12] {
        let mut net = net(scheme, &[12, 7, 6, 5]);
        let pixels = images(8);
        let places: Vec<usize> = (0..8).collect();
        let rate = 0.1;
        let before: Vec<Tensor> =
            net.tensors().iter().map(|(_, t)| t.detach().copy().set_requires_grad(true)).collect();
        let loss = {
            // The same net from leaf tensors.
            let x = net.batch(&pixels, &places);
            let act = |a: Activation, x: Tensor| match a {
                Activation::Relu => x.relu(),
                Activation::Tanh => x.tanh(),
                Activation::Identity => x,
            };
            let mut h = x.shallow_clone();
            for l in 0..3 {
                h = h.matmul(&before[3 * l].tr()) + &before[3 * l + 1];
                h = act(if l == 2 { net.top } else { net.scheme.sigma }, h);
            }
            for l in (0..3).rev() {
                h = h.matmul(&before[3 * l]) + &before[3 * l + 2];
                h = act(net.decoder_activation(l), h);
            }
            let norms = x.square().sum_dim_intlist(1, false, None);
            ((h - &x).square().sum_dim_intlist(1, false, None) / norms).mean(None)
        };
        approx::assert_relative_eq!(
            loss.double_value(&[]),
            net.mean_loss(&pixels, 8),
            max_relative = 1e-5
        );
        loss.backward();
        let scales: Vec<f32> =
            pixels.squared_norms().iter().map(|norm| (-2.0 * rate / 8.0 / norm) as f32).collect();
        let batch = net.batch(&pixels, &places);
        net.step(batch, &Tensor::from_slice(&scales).unsqueeze(1));
        for ((name, after), before) in net.tensors().into_iter().zip(&before) {
            let expected = before.detach() - before.grad() * rate;
            let gap = (after - &expected).abs().max().double_value(&[]);
            let size = (before.grad() * rate).abs().max().double_value(&[]);
            // Two sums into weights of this size round by half a unit in the last place each.
            let rounding = 1.2e-7 * after.abs().max().double_value(&[]);
            assert!(gap <= 1e-5 * size + rounding, "{scheme} {name}: {gap} of {size}");
        }
    }
}

fn run<'a>(pixels: &'a Pixels, scheme: usize) -> Run<'a> {
    Run {
        net: net(scheme, &[12, 6, 6]),
        images: pixels,
        test: pixels,
        others: None,
        tested: 8,
        batch: 4,
        rate: 0.05,
        loss: Loss::Normalised,
        order: stream().substream(1),
    }
}

fn job(name: &str) -> Job {
    Job::new("autoencoder", &json!(name), stream())
}

#[test]
fn a_seed_repeats_and_training_lowers_the_loss() {
    let _session = Session::enter();
    let pixels = images(8);
    let plan = Plan::dense(200, 50);
    let first = train(&job("a"), &mut run(&pixels, 9), &plan).unwrap();
    let second = train(&job("a"), &mut run(&pixels, 9), &plan).unwrap();
    assert_eq!(first, second);
    assert!(first.loss(200) < 0.8 * first.loss(0), "{first:?}");
    assert!(first.last("variance_ratio") > 0.0);
}

#[test]
fn a_net_goes_on_from_its_tensors() {
    let _session = Session::enter();
    let pixels = images(8);
    let mut whole = run(&pixels, 7);
    (0..10).for_each(|step| whole.advance(step));
    let mut half = run(&pixels, 7);
    (0..5).for_each(|step| half.advance(step));
    let state: HashMap<String, Tensor> =
        half.state().into_iter().map(|(name, tensor)| (name, tensor.copy())).collect();
    let mut rest = run(&pixels, 7);
    assert!(rest.load(&state));
    (5..10).for_each(|step| rest.advance(step));
    assert_eq!(rest.loss(10).to_bits(), whole.loss(10).to_bits());
    assert!(!rest.load(&HashMap::new()));
}
