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

/// Every cut and every flipped bit of a small file: refused in words, or, where the format has nothing to tell it by, of
/// the same shape. `tells` says whether the format must notice a flip at that byte.
fn torn(file: &[u8], read: impl Fn(&[u8]) -> Result<usize, String>, tells: impl Fn(usize) -> bool) {
    let size = read(file).unwrap();
    for length in 0..file.len() {
        assert!(read(&file[..length]).is_err(), "cut at {length}");
    }
    for place in 0..file.len() {
        for bit in 0..8 {
            let mut bad = file.to_vec();
            bad[place] ^= 1 << bit;
            match read(&bad) {
                Err(message) => assert!(!message.is_empty()),
                Ok(found) => assert!(found == size && !tells(place), "bit {bit} of byte {place}"),
            }
        }
    }
}

#[test]
fn torn_and_flipped_files_are_told() {
    use claimcheck::data::{idx, png_sheet, weights::Weights};

    let numbers = [&[0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3][..], &[9; 6]].concat();
    torn(&numbers, |file| idx::parse(file).map(|array| array.bytes.len()), |place| place < 12);

    let mut picture = Vec::new();
    let mut encoder = png::Encoder::new(&mut picture, 4, 2);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&[77; 24]).unwrap();
    writer.finish().unwrap();
    // The last chunk says nothing but that it is the last: sheets are whole before it.
    let body = picture.len() - 12;
    let sheet = |file: &[u8]| {
        let mut planes = Vec::new();
        png_sheet::sheet("sheet", file, (2, 2, 2), &mut planes).map_err(|e| e.to_string())?;
        if planes == [77; 24] { Ok(24) } else { Err(String::from("other pixels, unnoticed")) }
    };
    for length in 0..body {
        assert!(sheet(&picture[..length]).is_err(), "cut at {length}");
    }
    for place in 0..body {
        for bit in 0..8 {
            let mut bad = picture.clone();
            bad[place] ^= 1 << bit;
            let found = sheet(&bad);
            assert_ne!(found, Err("other pixels, unnoticed".into()), "bit {bit} of byte {place}");
        }
    }

    let header = br#"{"a.weight":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#;
    let mut tensors = (header.len() as u64).to_le_bytes().to_vec();
    tensors.extend(header);
    tensors.extend([1.0_f32, 2.0].map(f32::to_le_bytes).concat());
    let read = |file: &[u8]| {
        let weights = Weights::of("weights", file.to_vec()).map_err(|error| error.to_string())?;
        let array = weights.array("a.weight").map_err(|error| error.to_string())?;
        Ok(array.numbers.len())
    };
    // What the numbers are is not sealed; their names, types, shapes and places are.
    torn(&tensors, read, |place| place < 8 + 2);
}
