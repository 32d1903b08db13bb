//! The real data sets, where they are: counts, class balance, means. Missing data: a test says that it was skipped.

use approx::assert_abs_diff_eq;
use claimcheck::data::grey::{FASHION_FILES, FASHION_FOLDER, GreySet, Part};
use claimcheck::data::{are_there, cifar, mnist, normalisation, weights};

fn there(name: &str, files: &[claimcheck::data::Checked]) -> bool {
    let there = are_there(name, files);
    if !there {
        eprintln!("skipped: {name} is not there (make setup fetches it)");
    }
    there
}

#[test]
fn mnist_is_mnist() {
    if !there(mnist::FOLDER, &mnist::FILES) {
        return;
    }
    // Counts as in the data set's description (LeCun, Cortes and Burges); mean and deviation as in
    // many training scripts, 0.1307 and 0.3081.
    let train = GreySet::Mnist.read(Part::Train).unwrap();
    assert_eq!((train.len(), train.pixels()), (60_000, 784));
    assert_eq!(train.class_counts(), [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]);
    let (mean, deviation) = train.channel_moments()[0];
    assert_abs_diff_eq!(mean, 0.1307, epsilon = 5e-5);
    assert_abs_diff_eq!(deviation, 0.3081, epsilon = 5e-5);
    assert_eq!(&train.labels[..10], [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]);
    let test = GreySet::Mnist.read(Part::Test).unwrap();
    assert_eq!(test.len(), 10_000);
    assert_eq!(test.class_counts(), [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);
}

#[test]
fn fashion_mnist_is_fashion_mnist() {
    if !there(FASHION_FOLDER, &FASHION_FILES) {
        return;
    }
    let train = GreySet::FashionMnist.read(Part::Train).unwrap();
    assert_eq!((train.len(), train.class_counts()), (60_000, vec![6000; 10]));
    let (mean, deviation) = train.channel_moments()[0];
    assert_abs_diff_eq!(mean, 0.2860, epsilon = 5e-5);
    assert_abs_diff_eq!(deviation, 0.3530, epsilon = 5e-5);
    let test = GreySet::FashionMnist.read(Part::Test).unwrap();
    assert_eq!((test.len(), test.class_counts()), (10_000, vec![1000; 10]));
}

#[test]
fn cifar10_is_cifar10() {
    if !there(cifar::FOLDER, &cifar::FILES) {
        return;
    }
    let train = cifar::cifar10(Part::Train).unwrap();
    assert_eq!((train.len(), train.class_counts()), (50_000, vec![5000; 10]));
    for ((mean, deviation), channel) in train.channel_moments().into_iter().zip(0..) {
        assert_abs_diff_eq!(mean, normalisation::CIFAR10_MEANS[channel], epsilon = 5e-5);
        assert_abs_diff_eq!(deviation, normalisation::CIFAR10_DEVIATIONS[channel], epsilon = 5e-5);
    }
    // The first training images: frog, truck, truck, deer, automobile.
    assert_eq!(&train.labels[..5], [6, 9, 9, 4, 1]);
    let test = cifar::cifar10(Part::Test).unwrap();
    assert_eq!((test.len(), test.class_counts()), (10_000, vec![1000; 10]));
    // The first test images: cat, ship, ship, aeroplane, frog.
    assert_eq!(&test.labels[..5], [3, 8, 8, 0, 6]);
}

#[test]
fn the_vgg16_stack_has_its_shapes() {
    if !there(weights::HED_FOLDER, &weights::HED_FILES) {
        return;
    }
    let stack = weights::Weights::hed().unwrap();
    let channels = [
        [3, 64, 64, 0],
        [64, 128, 128, 0],
        [128, 256, 256, 256],
        [256, 512, 512, 512],
        [512, 512, 512, 512],
    ];
    for (block, widths) in (1..).zip(channels) {
        for layer in (1..4).filter(|&layer| widths[layer] > 0) {
            let found = stack.convolution(&format!("conv{block}_{layer}")).unwrap();
            assert_eq!(found.kernels.shape, [widths[layer], widths[layer - 1], 3, 3]);
        }
    }
    assert_eq!(stack.names().len(), 26);
}
