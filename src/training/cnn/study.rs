//! CIFAR-10 for nets: what is missing, and labels that say nothing.

use crate::data::cifar::{self, cifar10};
use crate::data::grey::Part;
use crate::data::images::Images;
use crate::data::{DataError, MEND};
use crate::experiment::Failure;
use crate::random::Stream;

/// Side of an image.
pub const SIDE: usize = 32;
/// Images of the two parts.
pub const IMAGES: (usize, usize) = (50_000, 10_000);

/// Refuses numbers of images that CIFAR-10 does not have, and missing data.
///
/// # Errors
/// [`Failure::Parameter`] or [`Failure::Unavailable`].
pub fn check(train: usize, test: usize) -> Result<(), Failure> {
    if !(10..=IMAGES.0).contains(&train) || !(1..=IMAGES.1).contains(&test) {
        let message = format!("{train} training and {test} test images");
        return Err(Failure::parameter(message, "CIFAR-10 has 50 000 and 10 000; 10 at least"));
    }
    if !cifar::is_there() {
        let what = "CIFAR-10 is missing".into();
        return Err(Failure::Unavailable { what, mend: MEND.into() });
    }
    Ok(())
}

/// Training and test images.
///
/// # Errors
/// [`Failure::Unavailable`]: missing or damaged.
pub fn images() -> Result<(&'static Images, &'static Images), Failure> {
    let unavailable = |error: DataError| error.unavailable(MEND);
    let train = cifar10(Part::Train).map_err(unavailable)?;
    Ok((train, cifar10(Part::Test).map_err(unavailable)?))
}

/// The labels of the first `count` images in random order.
pub fn shuffled_labels(images: &Images, count: usize, stream: &mut Stream) -> Vec<u8> {
    let mut labels = images.labels[..count.min(images.len())].to_vec();
    stream.shuffle(&mut labels);
    labels
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::StreamKey;

    #[test]
    fn shuffled_labels_have_the_same_counts() {
        let labels = vec![0, 1, 1, 2, 2, 2, 0, 1];
        let images =
            Images { channels: 1, height: 1, width: 1, bytes: vec![0; 8], labels, classes: 3 };
        let stream = || StreamKey::derive(1, "labels", "{}").trial(0);
        let mut found = shuffled_labels(&images, 6, &mut stream());
        assert_eq!(found, shuffled_labels(&images, 6, &mut stream()));
        found.sort_unstable();
        assert_eq!(found, [0, 1, 1, 2, 2, 2]);
        assert!(matches!(check(50_001, 10), Err(Failure::Parameter { .. })));
    }
}
