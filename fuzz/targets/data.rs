//! Any bytes as a data file: each loader takes it or names what is wrong.
#![no_main]

use claimcheck::data::weights::Weights;
use claimcheck::data::{cifar, idx, png_sheet};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let [first, file @ ..] = bytes else { return };
    match first % 4 {
        0 => {
            if let Ok(array) = idx::parse(file) {
                assert_eq!(array.shape.iter().product::<usize>(), array.bytes.len());
            }
        }
        1 => {
            let _ = cifar::binary("file", file, 2, 100);
        }
        2 => {
            let mut planes = Vec::new();
            if png_sheet::sheet("file", file, (2, 2, 2), &mut planes).is_ok() {
                assert_eq!(planes.len(), 24);
            }
        }
        _ => {
            let Ok(weights) = Weights::of("file", file.to_vec()) else { return };
            for name in weights.names() {
                if let Ok(array) = weights.array(&name) {
                    assert_eq!(array.shape.iter().product::<usize>(), array.numbers.len());
                }
                let _ = weights.convolution(name.trim_end_matches(".weight"));
            }
        }
    }
});
