//! Double or single precision: what a network's numbers must offer.
//!
//! Double where identities are held to rounding, single where a mean over many weights is measured: a sum over `n` weights is
//! then good to some 1e-7 of its size (see [`super::single`]), the fluctuation over networks is of order `1/√n`.

use nalgebra::{DMatrix, RealField};

use super::single;
use crate::maths::dot::dot;
use crate::random::Stream;

/// Networks of more weights than this (16 MB of doubles) are drawn in single precision where only their norms are looked at.
pub const MOST_DOUBLES: usize = 1 << 21;

/// `f64` or `f32`.
pub trait Precision: RealField + Copy {
    /// Fills the slice with the next standard normals of the stream; each precision has a sequence of its own.
    fn fill_normal(stream: &mut Stream, out: &mut [Self]);
    /// `Σ aᵢ bᵢ` of two slices of one length, good to the precision of the terms.
    fn dot(a: &[Self], b: &[Self]) -> f64;
    /// The number as a double: exact.
    fn double(self) -> f64;
    /// The nearest number of this precision.
    fn nearest(x: f64) -> Self;

    /// [`Self::double`] of all entries.
    fn doubles(matrix: &DMatrix<Self>) -> DMatrix<f64> {
        matrix.map(Self::double)
    }

    /// [`Self::nearest`] of all entries.
    fn all_nearest(matrix: &DMatrix<f64>) -> DMatrix<Self> {
        matrix.map(Self::nearest)
    }
}

impl Precision for f64 {
    fn fill_normal(stream: &mut Stream, out: &mut [f64]) {
        stream.fill_normal(out);
    }

    fn dot(a: &[f64], b: &[f64]) -> f64 {
        dot(a, b)
    }

    fn double(self) -> f64 {
        self
    }

    fn nearest(x: f64) -> f64 {
        x
    }
}

impl Precision for f32 {
    fn fill_normal(stream: &mut Stream, out: &mut [f32]) {
        stream.fill_normal_f32(out);
    }

    fn dot(a: &[f32], b: &[f32]) -> f64 {
        let mut out = [0.0];
        single::products(a, b, &mut out);
        out[0]
    }

    fn double(self) -> f64 {
        f64::from(self)
    }

    fn nearest(x: f64) -> f32 {
        x as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::StreamKey;

    /// Both draw normals, and what one draws does not move the other.
    #[test]
    fn sequences_are_apart() {
        let stream = || StreamKey::derive(1, "precision", "{}").trial(0);
        let (mut alone, mut beside) = ([0.0_f64; 9], [0.0_f64; 9]);
        f64::fill_normal(&mut stream(), &mut alone);
        let (mut both, mut singles) = (stream(), [0.0_f32; 5000]);
        f32::fill_normal(&mut both, &mut singles);
        f64::fill_normal(&mut both, &mut beside);
        assert_eq!(alone, beside);
        // χ² with 5000 degrees of freedom: six standard deviations.
        let chi = f32::dot(&singles, &singles);
        assert!((chi - 5000.0).abs() < 600.0, "{chi}");
    }

    #[test]
    fn products_agree() {
        let a: Vec<f64> = (0..1000).map(|i| f64::from(i * 7919 % 64)).collect();
        let singles: Vec<f32> = a.iter().map(|x| f32::nearest(*x)).collect();
        // Whole numbers: sums of 64 products a lane are exact in both.
        assert_eq!(f32::dot(&singles, &singles), f64::dot(&a, &a));
        let matrix = DMatrix::from_column_slice(4, 250, &a);
        assert_eq!(f32::doubles(&f32::all_nearest(&matrix)), matrix);
    }
}
