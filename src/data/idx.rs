//! The IDX format of MNIST: a magic number, the sizes (big-endian), then the bytes.
//!
//! The magic number is two zeros, the type of the numbers (`0x08`: unsigned bytes, the only one
//! that is read here) and the number of dimensions (LeCun, Cortes and Burges, "The MNIST database").

/// An array of unsigned bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Idx {
    /// Sizes, slowest dimension first.
    pub shape: Vec<usize>,
    /// The numbers, last dimension fastest.
    pub bytes: Vec<u8>,
}

/// Reads a whole IDX file.
///
/// # Errors
/// What is wrong with the file, in lower case: too short, too long, another type or format.
pub fn parse(file: &[u8]) -> Result<Idx, String> {
    let [zero, nought, kind, dimensions, rest @ ..] = file else {
        return Err(format!("{} bytes are too few for an IDX header", file.len()));
    };
    if (*zero, *nought) != (0, 0) {
        return Err("it does not begin like an IDX file (is it still compressed?)".into());
    }
    if *kind != 0x08 {
        return Err(format!("its numbers are of type {kind:#04x}, not unsigned bytes (0x08)"));
    }
    let header = 4 * usize::from(*dimensions);
    let (sizes, bytes) = rest
        .split_at_checked(header)
        .ok_or_else(|| format!("its header of {dimensions} sizes is cut off"))?;
    let size = |four: &[u8]| four.iter().fold(0, |size, &byte| 256 * size + usize::from(byte));
    let shape: Vec<usize> = sizes.chunks_exact(4).map(size).collect();
    let wanted = shape.iter().try_fold(1_usize, |product, &size| product.checked_mul(size));
    if wanted != Some(bytes.len()) {
        let wanted = wanted.map_or("too many".into(), |wanted| wanted.to_string());
        return Err(format!("its sizes {shape:?} ask for {wanted} bytes, it has {}", bytes.len()));
    }
    Ok(Idx { shape, bytes: bytes.to_vec() })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: [u8; 18] = [0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 10, 11, 12, 13, 14, 15];

    #[test]
    fn a_good_file_is_read() {
        let idx = parse(&FILE).unwrap();
        assert_eq!((idx.shape, idx.bytes), (vec![2, 3], vec![10, 11, 12, 13, 14, 15]));
        let large = [&[0, 0, 8, 1, 0, 0, 1, 1][..], &[7; 257]].concat();
        assert_eq!(parse(&large).unwrap().shape, [257]);
    }

    #[test]
    fn bad_files_say_what_is_wrong() {
        let message = |file: &[u8]| parse(file).unwrap_err();
        assert!(message(&[]).contains("too few"));
        assert!(message(&[0x1f, 0x8b, 8, 0]).contains("compressed"));
        assert!(message(&[0, 0, 0x0d, 1, 0, 0, 0, 0]).contains("type 0x0d"));
        assert!(message(&FILE[..9]).contains("cut off"));
        assert!(message(&FILE[..17]).contains("ask for 6 bytes, it has 5"));
        assert!(message(&[&FILE[..], &[0]].concat()).contains("it has 7"));
        let huge = [&[0, 0, 8, 4][..], &[255; 16]].concat();
        assert!(message(&huge).contains("too many"));
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(file in proptest::collection::vec(0_u8..10, 0..40)) {
            let _ = parse(&file);
        }
    }
}
