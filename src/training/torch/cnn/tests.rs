use super::*;
use crate::data::images::Images;
use crate::random::StreamKey;
use crate::training::cnn::plain::{self, Planes};
use crate::training::curve::Plan;
use crate::training::store::Job;
use crate::training::torch::session::Session;
use crate::training::torch::train::train;
use serde_json::json;

const SIDE: usize = 16;

fn stream() -> Stream {
    StreamKey::derive(5, "cnn-training", "{}").trial(0)
}

/// Images whose class is the half that is bright.
fn images(count: usize) -> Images {
    let (pixels, plane) = (3 * SIDE * SIDE, SIDE * SIDE);
    let bright = |i: usize, at: usize| 120 * usize::from(at % plane / (plane / 2) == i % 2);
    let bytes = (0..count)
        .flat_map(|i| (0..pixels).map(move |at| (bright(i, at) + (i * 7 + at * 37) % 100) as u8))
        .collect();
    let labels = (0..count).map(|i| (i % 2) as u8).collect();
    Images { channels: 3, height: SIDE, width: SIDE, bytes, labels, classes: 2 }
}

fn photos(count: usize) -> Photos {
    Photos::new(&images(count), count, None, Device::Cpu)
}

fn architecture() -> Architecture {
    "(4)3c-2pmax-(3)5c-2pmax-2pave".parse().unwrap()
}

fn net() -> Net {
    Net::draw(&mut stream(), &architecture(), (3, SIDE, 2), Device::Cpu)
}

const SETTINGS: Settings = Settings { epochs: 10, batch: 5, rate: 0.05, dropout: 0.3, flips: true };

fn run(photos: &Photos, learnt: Learnt) -> Run<'_> {
    Run::new(net(), learnt, (photos, photos), SETTINGS, stream().substream(1))
}

fn numbers(tensor: &Tensor) -> Vec<f64> {
    tensor.to_kind(Kind::Double).flatten(0, -1).try_into().unwrap()
}

#[test]
fn features_are_those_of_plain_rust() {
    let _session = Session::enter();
    let photos = photos(10);
    let mut net = net();
    net.settle(&photos, false);
    let found = numbers(&net.all_features(&photos, false));
    let batch = numbers(&photos.batch(&photos.blocks(10)[0]));
    let images: Vec<Planes> = batch
        .chunks(3 * SIDE * SIDE)
        .map(|values| Planes { side: SIDE, values: values.to_vec() })
        .collect();
    let kernels: Vec<Vec<f64>> = net.blocks.iter().map(|block| numbers(&block.filters)).collect();
    let expected = plain::features(&architecture(), &kernels, &images, Some(EPSILON)).concat();
    assert_eq!(found.len(), 10 * architecture().features(SIDE));
    for (found, expected) in found.iter().zip(&expected) {
        assert!((found - expected).abs() < 1e-5 * (1.0 + expected.abs()), "{found} {expected}");
    }
    assert!(expected.iter().any(|&x| x > 0.1));
}

#[test]
fn the_scale_of_filters_is_irrelevant() {
    let _session = Session::enter();
    let photos = photos(10);
    let features = |factor: f64| {
        let mut net = net().scaled(factor);
        net.settle(&photos, true);
        numbers(&net.all_features(&photos, false))
    };
    let change =
        |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    let plain = features(1.0);
    assert!(change(&plain, &features(3.7)) < 1e-4);
    assert!(change(&plain, &features(-3.7)) > 0.1);
}

/// Mirroring an image mirrors its levels, and mirrored features are those of mirrored images.
#[test]
fn mirrors_are_of_images() {
    let _session = Session::enter();
    let photos = photos(3);
    let batch = photos.batch(&photos.blocks(3)[0]);
    assert_eq!(numbers(&mirrored(&mirrored(&batch))), numbers(&batch));
    let first = |batch: &Tensor, at: i64| batch.double_value(&[1, 2, 3, at]);
    assert_eq!(first(&batch, 1), first(&mirrored(&batch), SIDE as i64 - 2));
    let expected = net().features(&mirrored(&batch), false);
    assert_eq!(numbers(&net().all_features(&photos, true)), numbers(&expected));
}

#[test]
fn statistics_of_parts_are_those_of_the_whole() {
    let part = |numbers: &[f64]| {
        let (variance, mean) = Tensor::from_slice(numbers).var_mean_dim(&[0_i64][..], false, true);
        (numbers.len() as f64, mean, variance)
    };
    let (mean, variance) = joined(&[part(&[1.0, 2.0]), part(&[6.0])]);
    assert!((mean.double_value(&[0]) - 3.0).abs() < 1e-12);
    assert!((variance.double_value(&[0]) - 14.0 / 3.0).abs() < 1e-12);
}

#[test]
fn a_seed_repeats_and_what_may_learn_learns() {
    let photos = photos(20);
    for learnt in Learnt::ALL {
        let _session = Session::enter();
        let plan = Plan::at(Run::steps(&SETTINGS, 20), vec![0]);
        let job = Job::new("cnn", &json!(["test", learnt]), stream());
        let first = train(&job, &mut run(&photos, learnt), &plan).unwrap();
        let second = train(&job, &mut run(&photos, learnt), &plan).unwrap();
        assert_eq!(first, second);
        assert!((first.loss(0) - 2_f64.ln()).abs() < 1e-6, "{first:?}");
        assert!(first.loss(40) < 0.7 * first.loss(0), "{learnt:?} {first:?}");
        assert!(first.last("accuracy") > 0.8, "{learnt:?} {first:?}");
    }
}

#[test]
fn only_what_is_learnt_moves() {
    let _session = Session::enter();
    let photos = photos(20);
    for (learnt, moved) in [
        (Learnt::Classifier, vec!["classifier"]),
        (Learnt::Normalisation, vec!["classifier", "block0.scale", "block1.shift"]),
        (Learnt::All, vec!["classifier", "block0.scale", "block1.shift", "block0.filters"]),
    ] {
        let mut run = run(&photos, learnt);
        let before: HashMap<String, Vec<f64>> =
            run.named().iter().map(|(name, it)| (name.clone(), numbers(it))).collect();
        (0..3).for_each(|step| run.advance(step));
        let looked_at = ["classifier", "block0.scale", "block1.shift", "block0.filters"];
        for (name, tensor) in run.named().iter().filter(|it| looked_at.contains(&it.0.as_str())) {
            let same = numbers(tensor) == before[name];
            assert_eq!(same, !moved.contains(&name.as_str()), "{learnt:?} {name}");
        }
    }
}

#[test]
fn a_net_goes_on_from_its_tensors() {
    let _session = Session::enter();
    let photos = photos(20);
    for learnt in Learnt::ALL {
        let mut whole = run(&photos, learnt);
        (0..10).for_each(|step| whole.advance(step));
        let mut half = run(&photos, learnt);
        (0..5).for_each(|step| half.advance(step));
        let state: HashMap<String, Tensor> =
            half.state().into_iter().map(|(name, tensor)| (name, tensor.copy())).collect();
        let mut rest = run(&photos, learnt);
        assert!(rest.load(&state));
        (5..10).for_each(|step| rest.advance(step));
        assert_eq!(rest.loss(10).to_bits(), whole.loss(10).to_bits(), "{learnt:?}");
        assert!(!rest.load(&HashMap::new()));
    }
}
