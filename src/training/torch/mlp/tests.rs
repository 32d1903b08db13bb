use tch::Kind;

use super::net::{Layer, mask, random_classes, smooth};
use super::*;
use crate::data::images::Images;
use crate::random::StreamKey;
use crate::training::curve::{Plan, Record};
use crate::training::mlp::DataName;
use crate::training::mlp::arm::{ArmName, Top};
use crate::training::torch::train::train;
use serde_json::json;

fn stream() -> Stream {
    StreamKey::derive(3, "mlp", "{}").trial(0)
}

fn split() -> Split {
    let images = |count: usize, seed: usize| {
        let bytes = (0..count * 12).map(|i| (i * i * 37 + seed * i) as u8).collect();
        let labels = (0..count).map(|i| (i % 3) as u8).collect();
        Images { channels: 1, height: 3, width: 4, bytes, labels, classes: 3 }
    };
    Split::new(images(30, 1), images(20, 5))
}

fn recipe() -> Recipe {
    Recipe {
        data: DataName::Mnist,
        hidden: 5,
        train: 30,
        test: 20,
        epochs: 4,
        batch: 10,
        rate: 0.05,
        momentum: 0.9,
        weight: 0.5,
    }
}

/// A layer as plain numbers: weights by input, biases.
type Plain = (Vec<Vec<f64>>, Vec<f64>);

fn rows(t: &Tensor) -> Vec<Vec<f64>> {
    let numbers: Vec<f64> = t.to_kind(Kind::Double).reshape([-1]).try_into().unwrap();
    numbers.chunks(t.size()[1] as usize).map(<[f64]>::to_vec).collect()
}

fn plain(net: &Net) -> Vec<Plain> {
    let one = |layer: &Layer| (rows(&layer.weights), rows(&layer.bias.unsqueeze(0)).remove(0));
    net.layers.iter().map(one).collect()
}

/// What enters each layer, and the logits, of one image; a mask multiplies each hidden layer.
fn plain_forward(net: &[Plain], image: &[f64], masks: Option<&[Vec<f64>]>) -> Vec<Vec<f64>> {
    let mut all = vec![image.to_vec()];
    for (index, (weights, bias)) in net.iter().enumerate() {
        let mut x = bias.clone();
        for (input, row) in all[index].iter().zip(weights) {
            x.iter_mut().zip(row).for_each(|(x, w)| *x += input * w);
        }
        if index + 1 < net.len() {
            x.iter_mut().for_each(|x| *x = x.max(0.0));
            if let Some(masks) = masks {
                x.iter_mut().zip(&masks[index]).for_each(|(x, m)| *x *= m);
            }
        }
        all.push(x);
    }
    all
}

fn cross_entropy(logits: &[f64], class: usize) -> f64 {
    logits.iter().map(|x| x.exp()).sum::<f64>().ln() - logits[class]
}

/// What one push added to the momentum, against central differences of the mean cross-entropy in plain double precision.
#[test]
fn a_push_is_the_gradient() {
    let _session = Session::enter();
    for dropout in [false, true] {
        let mut net = Net::draw(&stream(), &[12, 5, 5, 3], &ArmName::Bp.arm(), Device::Cpu);
        let images = net.batch(&split().train, &[0, 1, 2, 3]);
        let classes = [0_usize, 1, 2, 0];
        let targets = one_hot(&classes.map(|k| k as i64), 3, Device::Cpu);
        let mut noise = stream().substream(9);
        let trace = net.forward(&images, dropout.then_some(&mut noise));
        let rate = 0.3;
        net.push(&trace, &targets, rate, dropout);
        // Where a unit is positive its mask was 2 (or 1 without dropout), elsewhere it does not matter.
        let kept = if dropout { 2.0 } else { 1.0 };
        let masks: Vec<Vec<Vec<f64>>> = (0..4)
            .map(|image| {
                let mask = |t: &Tensor| -> Vec<f64> {
                    rows(t)[image].iter().map(|&x| if x > 0.0 { kept } else { 0.0 }).collect()
                };
                trace.inputs[1..].iter().map(mask).collect()
            })
            .collect();
        let pixels = rows(&images);
        let loss = |net: &[Plain]| -> f64 {
            let one = |image: usize| {
                let all = plain_forward(net, &pixels[image], Some(&masks[image]));
                cross_entropy(all.last().unwrap(), classes[image])
            };
            (0..4).map(one).sum::<f64>() / 4.0
        };
        let before = plain(&net);
        let h = 1e-6;
        for index in 0..3 {
            let speed = rows(&net.layers[index].weight_speed);
            let bias_speed = rows(&net.layers[index].bias_speed.unsqueeze(0)).remove(0);
            for (row, column) in [(0, 0), (1, 2), (4, 1), (3, 0)] {
                let moved = |by: f64| {
                    let mut net = before.clone();
                    net[index].0[row][column] += by;
                    loss(&net)
                };
                let slope = (moved(h) - moved(-h)) / (2.0 * h);
                assert!((speed[row][column] + rate * slope).abs() < 2e-6, "layer {index}");
                let moved = |by: f64| {
                    let mut net = before.clone();
                    net[index].1[column] += by;
                    loss(&net)
                };
                let slope = (moved(h) - moved(-h)) / (2.0 * h);
                assert!((bias_speed[column] + rate * slope).abs() < 2e-6, "bias {index}");
            }
        }
    }
}

/// `r(α Wh)` layer by layer in plain numbers, `α = 2m/‖W‖²`.
fn plain_generate(layers: &[Vec<Vec<f64>>], top: &[f64], scaled: bool) -> Vec<f64> {
    let mut x = top.to_vec();
    for weights in layers.iter().rev() {
        let norm: f64 = weights.iter().flatten().map(|w| w * w).sum();
        let alpha = if scaled { 2.0 * weights[0].len() as f64 / norm } else { 1.0 };
        let unit = |row: &Vec<f64>| -> f64 { row.iter().zip(&x).map(|(w, h)| w * h).sum() };
        x = weights.iter().map(|row| (alpha * unit(row)).max(0.0)).collect();
    }
    x
}

#[test]
fn synthetic_images_are_the_formula() {
    let _session = Session::enter();
    let net = Net::draw(&stream(), &[12, 5, 5, 3], &ArmName::BpBias1.arm(), Device::Cpu);
    let split = split();
    let images = net.batch(&split.train, &[4, 5]);
    let trace = net.forward(&images, None);
    let own: Vec<_> = net.layers.iter().map(|layer| rows(&layer.weights)).collect();
    let untied: Vec<_> = net.layers.iter().map(|layer| rows(&layer.untied)).collect();
    let names = [ArmName::BpShadow, ArmName::BpShadowUnit, ArmName::BpUntied, ArmName::ShadowH3];
    for name in names {
        let how = name.arm().generator;
        let made = rows(&net.generate(&trace, &how, split.shape, &mut stream()));
        for (image, pixels) in rows(&images).iter().enumerate() {
            let forward = plain_forward(&plain(&net), pixels, None);
            let weights = if how.tied { &own } else { &untied };
            let expected = if how.top == Top::Hidden {
                plain_generate(&weights[..2], &forward[2], how.scale.is_some())
            } else {
                let top: Vec<f64> = forward[3].iter().map(|x| x.max(0.0)).collect();
                plain_generate(weights, &top, true)
            };
            assert!(how.top != Top::Hidden || expected.iter().any(|&x| x > 0.0));
            for (found, expected) in made[image].iter().zip(&expected) {
                approx::assert_relative_eq!(*found, *expected, max_relative = 1e-4, epsilon = 1e-5);
            }
        }
    }
}

#[test]
fn pixels_are_smoothed_over_the_neighbours_that_are_there() {
    let images =
        Tensor::from_slice(&(0..12).map(|x| (x * x) as f32).collect::<Vec<_>>()).reshape([1, 12]);
    let found = rows(&smooth(&images, [1, 3, 4], 3)).remove(0);
    for (place, found) in found.iter().enumerate() {
        let (row, column) = (place / 4, place % 4);
        let near: Vec<f64> = (0..12)
            .filter(|other| {
                (other / 4_usize).abs_diff(row) <= 1 && (other % 4).abs_diff(column) <= 1
            })
            .map(|x| (x * x) as f64)
            .collect();
        let mean = near.iter().sum::<f64>() / near.len() as f64;
        approx::assert_relative_eq!(*found, mean, max_relative = 1e-5);
    }
}

#[test]
fn generators_draw_what_they_say() {
    let kept = mask(&mut stream(), (300, 50), 0.02, 1.0).mean(None).double_value(&[]);
    assert!((kept - 0.02).abs() < 0.005, "{kept}");
    let like = Tensor::from_slice(&[3.0_f32, 4.0, 0.0, 0.0, 0.0, 2.0]).reshape([2, 3]);
    for (row, norm) in rows(&random_classes(&like, &mut stream())).iter().zip([5.0, 2.0]) {
        assert_eq!(row.iter().filter(|&&x| x != 0.0).count(), 1);
        assert_eq!(row.iter().sum::<f64>(), norm);
    }
    let net = Net::draw(&stream(), &[12, 5, 5, 3], &ArmName::Bp.arm(), Device::Cpu);
    let trace = net.forward(&net.batch(&split().train, &[0, 1, 2]), None);
    let made = |how: Generator| rows(&net.generate(&trace, &how, [1, 3, 4], &mut stream()));
    let (own, other) = (made(Generator::default()), made(ArmName::DropoutOther.arm().generator));
    assert_eq!(own[0], other[1]);
    assert_eq!(own[2], other[0]);
}

fn finished(name: ArmName) -> (Record, String) {
    let (split, recipe) = (split(), recipe());
    let mut run = Run::new(&stream(), &recipe, name.arm(), &split, Device::Cpu);
    let job = Job::new("mlp", &json!(["test", name]), stream());
    let measured = recipe.measured();
    let plan = Plan { steps: 12, measured, seconds: None };
    let record = train(&job, &mut run, &plan).unwrap();
    (record, format!("{:?}", plain(&run.net)))
}

#[test]
fn a_seed_gives_the_same_curve_twice_and_arms_start_alike() {
    let (first, weights) = finished(ArmName::DropoutShadow);
    let (again, same) = finished(ArmName::DropoutShadow);
    assert_eq!((format!("{first:?}"), &weights), (format!("{again:?}"), &same));
    let (other, others) = finished(ArmName::BpDup);
    assert_eq!(first.losses[0], other.losses[0]);
    assert_ne!(same, others);
    for name in
        ["synthetic_error@4", "pearson@0", "norm_ratio@4", "excess_kurtosis@2", "quarter_circle@2"]
    {
        assert!(first.finals.contains_key(name), "{name}");
    }
    let (plain, _) = finished(ArmName::Bp);
    assert!(plain.finals.contains_key("zero_shot_untied"));
}

#[test]
fn a_run_goes_on_from_a_checkpoint_with_the_same_bits() {
    let _session = Session::enter();
    let (split, recipe) = (split(), recipe());
    let arm = ArmName::ShadowSampling.arm();
    let start = || Run::new(&stream(), &recipe, arm, &split, Device::Cpu);
    let go = |run: &mut Run<'_>, from: u64, to: u64| {
        for step in from..to {
            if step % 3 == 0 {
                run.loss(step);
            }
            run.advance(step);
        }
    };
    let mut whole = start();
    go(&mut whole, 0, 9);
    let mut half = start();
    go(&mut half, 0, 5);
    let state: HashMap<String, Tensor> =
        half.state().into_iter().map(|(k, t)| (k, t.copy())).collect();
    let mut rest = start();
    assert!(rest.load(&state));
    go(&mut rest, 5, 9);
    assert_eq!(format!("{:?}", plain(&whole.net)), format!("{:?}", plain(&rest.net)));
    let sorted = |run: &mut Run<'_>| {
        let mut all: Vec<String> = run.finals().iter().map(|pair| format!("{pair:?}")).collect();
        all.sort();
        all
    };
    assert_eq!(sorted(&mut whole), sorted(&mut rest));
}

#[test]
fn arms_do_what_their_names_say() {
    let _session = Session::enter();
    let (split, recipe) = (split(), recipe());
    let run = |name: ArmName| {
        let mut run = Run::new(&stream(), &recipe, name.arm(), &split, Device::Cpu);
        (0..6).for_each(|step| run.advance(step));
        run
    };
    let common = run(ArmName::BpConstBias);
    let bias = &plain(&common.net)[0].1;
    assert!(bias[0] != 0.0 && bias.iter().all(|b| b == &bias[0]), "{bias:?}");
    let constant = run(ArmName::BpConstWeights);
    let weights = plain(&constant.net)[1].0.concat();
    assert!(weights.iter().all(|w| w == &weights[0]));
    assert!(run(ArmName::BpBias1).net.layers[0].bias.mean(None).double_value(&[]) > 0.5);
    let labels = run(ArmName::BpPermuted).labels;
    assert_ne!(labels, run(ArmName::Bp).labels);
    // The same images twice without dropout: what two passes add to the momentum, each with its weight.
    let mut once = Run::new(&stream(), &recipe, ArmName::BpDup.arm(), &split, Device::Cpu);
    let mut passes = Run::new(&stream(), &recipe, ArmName::Bp.arm(), &split, Device::Cpu);
    once.advance(0);
    let places = passes.places(0);
    let images = passes.net.batch(&split.train, &places);
    let classes: Vec<i64> = places.iter().map(|&place| passes.labels[place]).collect();
    let targets = one_hot(&classes, 3, Device::Cpu);
    for rate in [recipe.rate, recipe.rate * recipe.weight] {
        let trace = passes.net.forward(&images, None);
        passes.net.push(&trace, &targets, rate, false);
    }
    passes.net.step(&passes.arm);
    let (a, b) = (plain(&once.net)[0].0.concat(), plain(&passes.net)[0].0.concat());
    a.iter().zip(&b).for_each(|(a, b)| assert!((a - b).abs() < 1e-6));
    // With weight 1 it is twice the rate.
    let twice = Recipe { weight: 1.0, ..recipe.clone() };
    let mut dup = Run::new(&stream(), &twice, ArmName::BpDup.arm(), &split, Device::Cpu);
    let mut fast = Run::new(&stream(), &twice, ArmName::BpDoubleRate.arm(), &split, Device::Cpu);
    for step in 0..3 {
        dup.advance(step);
        fast.advance(step);
    }
    let (a, b) = (plain(&dup.net)[0].0.concat(), plain(&fast.net)[0].0.concat());
    a.iter().zip(&b).for_each(|(a, b)| assert!((a - b).abs() < 1e-5));
}
