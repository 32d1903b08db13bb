//! Convolution of sequences: directly, or by the fast Fourier transform for long ones.

use rustfft::FftPlanner;
use rustfft::num_complex::Complex64;

use super::special::U;

/// Sequences are convolved directly while the product of their lengths is below this.
const DIRECT: usize = 1 << 23;

/// (a ∗ b)ₖ = Σⱼ aⱼ b_{k−j}, of length |a| + |b| − 1, and a bound of the absolute rounding error of
/// every entry.
///
/// Short sequences are summed directly: for non-negative entries the error is then *relative*, at most
/// min(|a|, |b|) u, and the absolute bound is that times the largest entry.
pub fn convolve(a: &[f64], b: &[f64]) -> (Vec<f64>, f64) {
    if a.is_empty() || b.is_empty() {
        return (Vec::new(), 0.0);
    }
    if is_direct(a.len(), b.len()) { direct(a, b) } else { transform(a, b) }
}

/// Whether [`convolve`] sums directly at these lengths.
pub fn is_direct(a: usize, b: usize) -> bool {
    a.saturating_mul(b) <= DIRECT
}

/// The defining sum.
pub fn direct(a: &[f64], b: &[f64]) -> (Vec<f64>, f64) {
    let mut out = vec![0.0; a.len() + b.len() - 1];
    for (i, x) in a.iter().enumerate() {
        for (sum, y) in out[i..].iter_mut().zip(b) {
            *sum += x * y;
        }
    }
    let length = a.len().min(b.len()) as f64;
    (out, (length + 1.0) * U * norm(a) * norm(b))
}

/// By FFT: error at most about 8 u log₂(N) ‖a‖ ‖b‖ in every entry (Higham, Accuracy and Stability of
/// Numerical Algorithms, 24.2: each transform has relative error O(u log N) in the 2-norm).
pub fn transform(a: &[f64], b: &[f64]) -> (Vec<f64>, f64) {
    let length = a.len() + b.len() - 1;
    let size = length.next_power_of_two();
    let mut planner = FftPlanner::new();
    // Two real sequences in one transform: z = a + ib, and a∗b = Im(z∗z)/2.
    let mut z = vec![Complex64::default(); size];
    let (scale_a, scale_b) = (nonzero(norm(a)), nonzero(norm(b)));
    for (z, x) in z.iter_mut().zip(a) {
        z.re = x / scale_a;
    }
    for (z, y) in z.iter_mut().zip(b) {
        z.im = y / scale_b;
    }
    planner.plan_fft_forward(size).process(&mut z);
    z.iter_mut().for_each(|z| *z *= *z);
    planner.plan_fft_inverse(size).process(&mut z);
    let factor = 0.5 * scale_a * scale_b / size as f64;
    let out = z[..length].iter().map(|z| z.im * factor).collect();
    (out, 16.0 * U * (size as f64).log2() * scale_a * scale_b)
}

fn norm(x: &[f64]) -> f64 {
    x.iter().map(|x| x * x).sum::<f64>().sqrt()
}

fn nonzero(x: f64) -> f64 {
    if x > 0.0 { x } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn product_of_polynomials() {
        // (1 + 2x + 3x²)(4 + 5x) = 4 + 13x + 22x² + 15x³
        let (found, _) = convolve(&[1.0, 2.0, 3.0], &[4.0, 5.0]);
        assert_eq!(found, [4.0, 13.0, 22.0, 15.0]);
        assert!(convolve(&[], &[1.0]).0.is_empty());
    }

    proptest! {
        #[test]
        fn both_ways_agree_within_their_bounds(
            a in prop::collection::vec(-1e3f64..1e3, 1..200),
            b in prop::collection::vec(-1.0f64..1.0, 1..200),
        ) {
            let ((x, e), (y, d)) = (direct(&a, &b), transform(&a, &b));
            prop_assert_eq!(x.len(), y.len());
            for (x, y) in x.iter().zip(&y) {
                prop_assert!((x - y).abs() <= e + d);
            }
        }
    }
}
