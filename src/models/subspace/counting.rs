//! Counting the cells of a central arrangement of hyperplanes (Schläfli; Cover 1965; Wendel 1962).
//!
//! m hyperplanes through the origin of ℝᵈ in general position cut it into
//! R(m, d) = 2 Σ_{k<d} C(m−1, k) cones. Gaussian rows are in general position almost surely and each
//! of the 2ᵐ sign patterns is equally likely to be a given one, so the probability that all m rows
//! have a non-positive product with some u ≠ 0 is R(m, d)/2ᵐ.

use std::collections::HashSet;

/// Largest m for which [`regions`] is exact in 128-bit integers (products stay below 2¹²⁷).
const EXACT_UP_TO: u64 = 120;

/// R(m, d) exactly, where it fits 128-bit integers (m ≤ 120).
pub fn regions(m: u64, d: u64) -> Option<u128> {
    if m == 0 || d == 0 || m > EXACT_UP_TO {
        return None;
    }
    let (mut term, mut sum) = (1_u128, 0_u128);
    for k in 0..d.min(m) {
        sum += term;
        term = term * u128::from(m - 1 - k) / u128::from(k + 1);
    }
    Some(2 * sum)
}

/// ln R(m, d) for m, d ≥ 1, to about 1e-13 of itself (for d ≤ m/2) or of m ln 2 (beyond).
///
/// For d > m/2 through the complement: Σ_{k<d} C(m−1, k) = 2^{m−1} − Σ_{k<m−d} C(m−1, k).
pub fn ln_regions(m: u64, d: u64) -> f64 {
    if 2 * d <= m {
        return std::f64::consts::LN_2 + ln_partial_sum(m - 1, d);
    }
    m as f64 * std::f64::consts::LN_2 + ln_kill_probability(m, d)
}

/// ln P(some u ≠ 0 has ReLU(Gu) = 0) for an m × d standard Gaussian G:
/// ln 2^{1−m} Σ_{k<d} C(m−1, k). It is 0 for d ≥ m, and ln ½ at m = 2d.
pub fn ln_kill_probability(m: u64, d: u64) -> f64 {
    if d >= m {
        return 0.0;
    }
    let scale = (m - 1) as f64 * std::f64::consts::LN_2;
    if 2 * d <= m {
        return ln_partial_sum(m - 1, d) - scale;
    }
    libm::log1p(-libm::exp(ln_partial_sum(m - 1, m - d) - scale))
}

/// ln Σ_{k<c} C(n, k) for 1 ≤ c ≤ (n+1)/2 + 1: the last term is the largest, and the others follow from
/// C(n, k−1)/C(n, k) = k/(n−k+1), summed by Horner's rule from the smallest.
fn ln_partial_sum(n: u64, c: u64) -> f64 {
    let last = c - 1;
    let relative = (1..=last).fold(1.0, |sum, k| 1.0 + sum * k as f64 / (n - k + 1) as f64);
    let ln_last: f64 = (1..=last).map(|i| libm::log((n - last + i) as f64 / i as f64)).sum();
    ln_last + libm::log(relative)
}

/// Number of cones found by enumeration: every cone of a generic arrangement in ℝ² or ℝ³ has an edge
/// in which d − 1 hyperplanes meet, so the sign patterns around all these edges are all patterns.
///
/// `rows` holds the normals, d numbers each. `None` unless d is 2 or 3 and d ≤ m ≤ 128.
pub fn enumerate_regions(rows: &[f64], d: usize) -> Option<usize> {
    let m = rows.len().checked_div(d)?;
    if !(2..=3).contains(&d) || !(d..=128).contains(&m) {
        return None;
    }
    let row = |i: usize| &rows[i * d..(i + 1) * d];
    let mut patterns = HashSet::new();
    for i in 0..m {
        if d == 2 {
            let ray = [-row(i)[1], row(i)[0]];
            collect(rows, d, &ray, &[i], &mut patterns);
        } else {
            for j in 0..i {
                let ray = cross(row(i), row(j));
                collect(rows, d, &ray, &[i, j], &mut patterns);
            }
        }
    }
    Some(patterns.len())
}

/// Adds the sign patterns of the cones around the two rays ±`ray`; the hyperplanes in `through` hold it.
fn collect(rows: &[f64], d: usize, ray: &[f64], through: &[usize], into: &mut HashSet<u128>) {
    let mut positive = 0_u128;
    for (i, row) in rows.chunks_exact(d).enumerate() {
        let product: f64 = row.iter().zip(ray).map(|(a, b)| a * b).sum();
        if product > 0.0 && !through.contains(&i) {
            positive |= 1 << i;
        }
    }
    let free = through.iter().fold(0_u128, |bits, i| bits | 1 << i);
    let all = u128::MAX >> (128 - rows.len() / d);
    let negative = all & !positive & !free;
    for choice in 0..1_u32 << through.len() {
        let chosen = through.iter().enumerate().filter(|(bit, _)| choice >> bit & 1 == 1);
        let extra = chosen.fold(0_u128, |bits, (_, i)| bits | 1 << i);
        into.insert(positive | extra);
        into.insert(negative | extra);
    }
}

fn cross(a: &[f64], b: &[f64]) -> [f64; 3] {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::StreamKey;

    #[test]
    fn closed_forms_of_small_dimensions() {
        // R(m, 1) = 2, R(m, 2) = 2m, R(m, 3) = m² − m + 2, R(m, d ≥ m) = 2ᵐ.
        for m in 1..=40 {
            assert_eq!(regions(m, 1), Some(2));
            assert_eq!(regions(m, m + 3), Some(1 << m));
            if m >= 2 {
                assert_eq!(regions(m, 2), Some(2 * u128::from(m)));
            }
            if m >= 3 {
                assert_eq!(regions(m, 3), Some(u128::from(m * m - m + 2)));
            }
        }
    }

    #[test]
    fn the_recursion_of_cover() {
        // R(m+1, d) = R(m, d) + R(m, d−1): the new hyperplane cuts as many cones as its own trace has.
        for m in 1..=119 {
            for d in 2..=60 {
                let parts = regions(m, d).unwrap() + regions(m, d - 1).unwrap();
                assert_eq!(regions(m + 1, d).unwrap(), parts);
            }
        }
    }

    #[test]
    fn logarithms_agree_with_integers() {
        for m in 1..=120_u64 {
            for d in 1..=130_u64 {
                let exact = regions(m, d).unwrap() as f64;
                assert!((ln_regions(m, d) - exact.ln()).abs() < 2e-13, "{m} {d}");
            }
        }
    }

    #[test]
    fn half_of_the_draws_kill_at_twice_the_dimension() {
        for d in [1, 2, 10, 1000, 100_000] {
            let error = ln_kill_probability(2 * d, d) + std::f64::consts::LN_2;
            assert!(error.abs() < 2e-13 * d as f64, "{d}: {error:e}");
        }
        assert_eq!(ln_kill_probability(5, 5), 0.0);
    }

    /// mpmath, 40 digits: log(2*sum(binomial(m-1, k) for k < d)).
    #[test]
    fn large_arguments_against_mpmath() {
        for (m, d, expected) in REFERENCE {
            assert!((ln_regions(m, d) - expected).abs() < 1e-13 * expected.abs(), "{m} {d}");
        }
    }

    const REFERENCE: [(u64, u64, f64); 3] = [
        (1000, 10, 50.02508786983613),
        (1000000, 100, 1009.2896358998693),
        (5000, 2400, 3459.675898387316),
    ];

    #[test]
    fn enumeration_finds_them_all() {
        let mut stream = StreamKey::derive(1, "regions", "{}").trial(0);
        for (m, d) in [(2, 2), (7, 2), (100, 2), (120, 2), (3, 3), (9, 3), (20, 3)] {
            let mut rows = vec![0.0; m * d];
            stream.fill_normal(&mut rows);
            let found = enumerate_regions(&rows, d).unwrap() as u128;
            assert_eq!(Some(found), regions(m as u64, d as u64), "{m} {d}");
        }
        assert_eq!(enumerate_regions(&[1.0; 8], 4), None);
        assert_eq!(enumerate_regions(&[], 0), None);
    }
}
