//! What weights look like: moments, histograms, singular values against the laws of random matrices.
//!
//! Singular values of a random N × N matrix with independent entries of variance `v`, over `√(Nv)`, follow the quarter circle
//! `√(4 − x²)/π` on [0, 2]; eigenvalues of `MᵀM/(rows·v)` follow the law of Marchenko and Pastur with γ = columns/rows.

use nalgebra::DMatrix;

/// Mean and standard deviation of all numbers (of the population: divided by n).
pub fn mean_and_deviation(numbers: &[f32]) -> (f64, f64) {
    let n = numbers.len() as f64;
    let mean = numbers.iter().map(|&x| f64::from(x)).sum::<f64>() / n;
    let square = numbers.iter().map(|&x| (f64::from(x) - mean).powi(2)).sum::<f64>() / n;
    (mean, square.sqrt())
}

/// Fourth central moment over the squared variance, less 3: 0 for a normal law, −1.2 for a uniform one.
pub fn excess_kurtosis(numbers: &[f32]) -> f64 {
    let (mean, deviation) = mean_and_deviation(numbers);
    let fourth = numbers.iter().map(|&x| ((f64::from(x) - mean) / deviation).powi(4)).sum::<f64>();
    fourth / numbers.len() as f64 - 3.0
}

/// Bins of [`histogram`] cover this many standard deviations to each side.
const REACH: f64 = 5.0;
/// Number of bins of [`histogram`].
pub const BINS: usize = 41;

/// Middle of a bin (from 0), in standard deviations from the mean.
pub fn bin_middle(bin: usize) -> f64 {
    (2.0 * (bin as f64 + 0.5) / BINS as f64 - 1.0) * REACH
}

/// Density of the standardised numbers in [`BINS`] bins; what lies outside is in none.
pub fn histogram(numbers: &[f32]) -> Vec<f64> {
    let (mean, deviation) = mean_and_deviation(numbers);
    let width = 2.0 * REACH / BINS as f64;
    let mut density = vec![0.0; BINS];
    let one = 1.0 / (numbers.len() as f64 * width);
    for &x in numbers {
        let place = ((f64::from(x) - mean) / deviation + REACH) / width;
        if let Some(bin) = density.get_mut(place.floor() as usize).filter(|_| place >= 0.0) {
            *bin += one;
        }
    }
    density
}

/// The numbers at `count` equidistant ranks, the least and the greatest among them.
pub fn ranks(numbers: &[f32], count: usize) -> Vec<f64> {
    let mut sorted: Vec<f64> = numbers.iter().map(|&x| f64::from(x)).collect();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len().saturating_sub(1);
    (0..count).map(|rank| sorted[rank * last / (count - 1).max(1)]).collect()
}

/// Share of the numbers within [low, high].
pub fn share_within(numbers: &[f32], low: f64, high: f64) -> f64 {
    let inside = numbers.iter().filter(|&&x| (low..=high).contains(&f64::from(x))).count();
    inside as f64 / numbers.len() as f64
}

/// Largest distance between the numbers' empirical distribution function and `cdf`.
pub fn distance(mut numbers: Vec<f64>, cdf: impl Fn(f64) -> f64) -> f64 {
    numbers.sort_by(f64::total_cmp);
    let n = numbers.len() as f64;
    let gaps = numbers.iter().enumerate().map(|(index, &x)| {
        let level = cdf(x);
        (level - index as f64 / n).abs().max((level - (index as f64 + 1.0) / n).abs())
    });
    gaps.fold(0.0, f64::max)
}

/// Distance of the numbers to the normal law with their own mean and deviation.
pub fn distance_to_normal(numbers: &[f32]) -> f64 {
    let (mean, deviation) = mean_and_deviation(numbers);
    let standard = numbers.iter().map(|&x| (f64::from(x) - mean) / deviation).collect();
    distance(standard, crate::maths::normal::cdf)
}

/// Distribution function of the quarter circle.
pub fn quarter_circle_cdf(x: f64) -> f64 {
    let x = x.clamp(0.0, 2.0);
    (0.5 * x * (4.0 - x * x).sqrt() + 2.0 * (0.5 * x).asin()) / std::f64::consts::PI
}

/// Distribution function of the law of Marchenko and Pastur, γ at most 1: Simpson's rule in the angle of
/// `x = 1 + γ + 2√γ cos θ`, in which the density is smooth (error below 1e-9 for γ up to 0.9).
pub fn marchenko_pastur_cdf(x: f64, gamma: f64) -> f64 {
    const STEPS: usize = 400;
    let (middle, half) = (1.0 + gamma, 2.0 * gamma.sqrt());
    let start = ((x - middle) / half).clamp(-1.0, 1.0).acos();
    let density = |angle: f64| {
        (half * angle.sin()).powi(2)
            / (2.0 * std::f64::consts::PI * gamma * (middle + half * angle.cos()))
    };
    let width = (std::f64::consts::PI - start) / STEPS as f64;
    let weight = |step| match step {
        0 | STEPS => 1.0,
        step if step % 2 == 1 => 4.0,
        _ => 2.0,
    };
    let total: f64 =
        (0..=STEPS).map(|step| weight(step) * density(start + step as f64 * width)).sum();
    total * width / 3.0
}

/// Eigenvalues of `MᵀM/(rows·v)`, `v` the mean square of the entries; `columns` at most `rows`.
fn eigenvalues(matrix: &DMatrix<f64>) -> Vec<f64> {
    let scale = matrix.norm_squared() / matrix.ncols() as f64;
    let gram = matrix.tr_mul(matrix) / scale;
    gram.symmetric_eigenvalues().iter().map(|&x| x.max(0.0)).collect()
}

/// Kolmogorov–Smirnov distance of the scaled singular values of a square matrix to the quarter circle.
pub fn quarter_circle_distance(matrix: &DMatrix<f64>) -> f64 {
    let singular = eigenvalues(matrix).into_iter().map(f64::sqrt).collect();
    distance(singular, quarter_circle_cdf)
}

/// Kolmogorov–Smirnov distance of the scaled eigenvalues to Marchenko and Pastur; NaN for more columns than rows.
pub fn marchenko_pastur_distance(matrix: &DMatrix<f64>) -> f64 {
    let gamma = matrix.ncols() as f64 / matrix.nrows() as f64;
    if gamma > 1.0 {
        return f64::NAN;
    }
    distance(eigenvalues(matrix), |x| marchenko_pastur_cdf(x, gamma))
}

/// Density of the scaled singular values in `bins` bins of [0, 2·1.25].
pub fn singular_density(matrix: &DMatrix<f64>, bins: usize) -> Vec<f64> {
    let values: Vec<f64> = eigenvalues(matrix).into_iter().map(f64::sqrt).collect();
    let width = SINGULAR_REACH / bins as f64;
    let mut density = vec![0.0; bins];
    for value in &values {
        if let Some(bin) = density.get_mut((value / width) as usize) {
            *bin += 1.0 / (values.len() as f64 * width);
        }
    }
    density
}

/// Upper end of [`singular_density`]'s bins.
pub const SINGULAR_REACH: f64 = 2.5;
/// Bins of [`singular_density`].
pub const SINGULAR_BINS: usize = 25;

/// Middle of such a bin (from 0).
pub fn singular_middle(bin: usize) -> f64 {
    (bin as f64 + 0.5) * SINGULAR_REACH / SINGULAR_BINS as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::StreamKey;

    fn normals(count: usize) -> Vec<f32> {
        let mut numbers = vec![0.0; count];
        StreamKey::derive(1, "shape", "{}").trial(0).fill_normal_f32(&mut numbers);
        numbers
    }

    #[test]
    fn moments_of_small_sets() {
        assert_eq!(mean_and_deviation(&[1.0, 3.0]), (2.0, 1.0));
        // Four equal distances: kurtosis 1.
        assert_eq!(excess_kurtosis(&[-1.0, 1.0]), -2.0);
        assert_eq!(share_within(&[0.5, 1.0, 1.5, 2.0], 0.9, 1.5), 0.5);
        assert_eq!(ranks(&[3.0, 1.0, 2.0], 3), [1.0, 2.0, 3.0]);
    }

    #[test]
    fn normal_numbers_look_normal() {
        let numbers = normals(20_000);
        assert!(excess_kurtosis(&numbers).abs() < 0.15);
        assert!(distance_to_normal(&numbers) < 0.012);
        let uniform: Vec<f32> = (0..1000).map(|i| i as f32).collect();
        assert!((excess_kurtosis(&uniform) + 1.2).abs() < 1e-3);
        let histogram = histogram(&numbers);
        let middle = histogram[BINS / 2];
        assert!((middle - 0.398).abs() < 0.03, "{middle}");
        assert_eq!(bin_middle(BINS / 2), 0.0);
    }

    #[test]
    fn laws_of_random_matrices_have_mass_one() {
        assert_eq!(quarter_circle_cdf(2.0), 1.0);
        // ∫₀¹ √(4 − x²)/π = √3/(2π) + 1/3.
        let expected = 3.0_f64.sqrt() / std::f64::consts::TAU + 1.0 / 3.0;
        approx::assert_relative_eq!(quarter_circle_cdf(1.0), expected, max_relative = 1e-12);
        for gamma in [0.05, 1.0 / 9.0, 0.5, 0.9] {
            approx::assert_relative_eq!(marchenko_pastur_cdf(9.0, gamma), 1.0, max_relative = 1e-8);
            assert_eq!(marchenko_pastur_cdf(0.0, gamma), 0.0);
        }
    }

    #[test]
    fn gaussian_matrices_follow_them_and_others_do_not() {
        let square = DMatrix::from_iterator(80, 80, normals(6400).into_iter().map(f64::from));
        assert!(quarter_circle_distance(&square) < 0.03);
        let tall = DMatrix::from_iterator(300, 100, normals(30_000).into_iter().map(f64::from));
        assert!(marchenko_pastur_distance(&tall) < 0.04);
        assert!(marchenko_pastur_distance(&tall.transpose()).is_nan());
        let low = DMatrix::from_fn(80, 80, |i, j| ((i + 1) * (j + 1)) as f64);
        assert!(quarter_circle_distance(&low) > 0.9);
        // The distance of the singular values is that of a plain decomposition.
        let singular: Vec<f64> = square.singular_values().iter().copied().collect();
        let scale = (square.norm_squared() / 80.0).sqrt();
        let plain = distance(singular.iter().map(|s| s / scale).collect(), quarter_circle_cdf);
        approx::assert_relative_eq!(quarter_circle_distance(&square), plain, max_relative = 1e-6);
    }
}
