//! CIFAR-10 (Krizhevsky 2009): 50 000 and 10 000 colour images of 32 × 32 in ten classes.
//!
//! Set-up provides it as six PNG sheets with labels in JSON; the binary version (a label byte, then
//! 3 072 levels in planes) is read too, as is CIFAR-100's (a coarse and a fine label).

use std::path::Path;
use std::sync::OnceLock;

use super::grey::Part;
use super::images::Images;
use super::{Checked, DataError, png_sheet};

/// Folder of CIFAR-10.
pub const FOLDER: &str = "cifar10";
/// Files of CIFAR-10 as set-up provides them.
pub const FILES: [Checked; 8] = [
    ("data_batch_1.png", "cd21852a2b565b00881f113ad280854365fde16f1848ee183a83dd6a31dceada"),
    ("data_batch_2.png", "23f3f05192d2b82949bc1bda0f7b175eebc9f33fb24946fcb1785be4f90ba1c7"),
    ("data_batch_3.png", "b52d3904a8fa2f5f632476d6bcbd624ee3a27edba333c08b58cb2a7a3ea68e5f"),
    ("data_batch_4.png", "3dc7709ab3984374904643d764c13ccf374826cea82853b979595be7cb0a1d8b"),
    ("data_batch_5.png", "e6e2e514eb16a0ff36ffe06020d9525e9a274a78c9cc3eafa13ae697ef34c549"),
    ("train_lables.json", "31c6584101656e4d96d4b9d36dc7f844625d9faf078c7fb96d14b3bb24ec3d28"),
    ("test_batch.png", "d8fb2187032a76d0fe4115704511d38cd78b839f8735293b1d1700c1688120e5"),
    ("test_lables.json", "d24ef61a163e2ec48b8113a3c5c107853a06a23ed93ed516b3ab68c1023c81ea"),
];

const SIDE: usize = 32;
const LEVELS: usize = 3 * SIDE * SIDE;
const SHEET: usize = 10_000;

/// Are the files there?
pub fn is_there() -> bool {
    super::are_there(FOLDER, &FILES)
}

/// One part of CIFAR-10, read and verified once in a run (the training part takes about a second).
///
/// # Errors
/// [`DataError`]: a file is missing, or is not that of CIFAR-10.
pub fn cifar10(part: Part) -> Result<&'static Images, DataError> {
    static TRAIN: OnceLock<Result<Images, DataError>> = OnceLock::new();
    static TEST: OnceLock<Result<Images, DataError>> = OnceLock::new();
    let (cell, files) = match part {
        Part::Train => (&TRAIN, &FILES[..6]),
        Part::Test => (&TEST, &FILES[6..]),
    };
    let read = || sheets(&super::folder_of(FOLDER)?, files);
    cell.get_or_init(read).as_ref().map_err(Clone::clone)
}

/// Sheets, then a file of labels.
fn sheets(folder: &Path, files: &[Checked]) -> Result<Images, DataError> {
    let Some(((name, _), sheets)) = files.split_last() else {
        return Err(DataError::damaged("CIFAR-10", "no files are named"));
    };
    let mut bytes = Vec::with_capacity(sheets.len() * SHEET * LEVELS);
    for file in sheets {
        png_sheet::sheet(
            file.0,
            &super::verified(folder, *file)?,
            (SHEET, SIDE, SIDE),
            &mut bytes,
        )?;
    }
    let labels = super::verified(folder, files[sheets.len()])?;
    let labels = serde_json::from_slice(&labels)
        .map_err(|error| DataError::damaged(*name, error.to_string()))?;
    Images { channels: 3, height: SIDE, width: SIDE, bytes, labels, classes: 10 }.checked(name)
}

/// A file of the binary version: `labels` label bytes before each image, the last of which counts.
///
/// # Errors
/// [`DataError::Damaged`]: the length is not a whole number of images, or a label is too large.
pub fn binary(what: &str, file: &[u8], labels: usize, classes: usize) -> Result<Images, DataError> {
    let record = labels + LEVELS;
    if file.is_empty() || !file.len().is_multiple_of(record) {
        let reason = format!("{} bytes are not a multiple of {record}", file.len());
        return Err(DataError::damaged(what, reason));
    }
    let mut images = Images {
        channels: 3,
        height: SIDE,
        width: SIDE,
        bytes: Vec::with_capacity(file.len()),
        labels: Vec::new(),
        classes,
    };
    for record in file.chunks_exact(record) {
        images.labels.push(record[labels - 1]);
        images.bytes.extend_from_slice(&record[labels..]);
    }
    images.checked(what)
}

/// One part of CIFAR-100 (fine labels) from the binary version that a user put into `cifar100`.
///
/// # Errors
/// [`DataError`]: the file is missing or damaged.
pub fn cifar100(part: Part) -> Result<Images, DataError> {
    let name = if part == Part::Train { "train.bin" } else { "test.bin" };
    let path = super::folder_of("cifar100")?.join(name);
    binary(&path.display().to_string(), &super::read(&path)?, 2, 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_binary_version_is_read() {
        let mut file = vec![3];
        file.extend((0..LEVELS).map(|i| (i % 251) as u8));
        file.extend([9].iter().chain(&[0; LEVELS]));
        let images = binary("b", &file, 1, 10).unwrap();
        assert_eq!((images.len(), &images.labels[..], images.image(0)[250]), (2, &[3, 9][..], 250));
        assert!(binary("b", &file[..file.len() - 1], 1, 10).is_err());
        assert!(binary("b", &file, 1, 9).is_err());
        let hundred = [&[1, 99][..], &[7; LEVELS]].concat();
        assert_eq!(binary("b", &hundred, 2, 100).unwrap().labels, [99]);
    }
}
