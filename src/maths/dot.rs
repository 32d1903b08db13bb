//! Inner products at vector speed, the same bytes on every processor.

use crate::simd::{self, Kernel};

/// Partial sums: two vectors of the widest unit, so that additions need not wait for each other.
const LANES: usize = 32;

/// Σ aᵢ bᵢ over the shorter of the two. Terms i ≡ j mod 32 are summed in order, the 32 sums pairwise.
pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    let n = a.len().min(b.len());
    simd::run(Dot { a: &a[..n], b: &b[..n] })
}

/// Σ aᵢ², summed like [`dot`].
pub fn norm_squared(a: &[f64]) -> f64 {
    dot(a, a)
}

struct Dot<'a> {
    a: &'a [f64],
    b: &'a [f64],
}

impl Kernel for Dot<'_> {
    type Output = f64;

    #[inline(always)]
    fn run(self) -> f64 {
        let (a, a_rest) = self.a.as_chunks::<LANES>();
        let (b, b_rest) = self.b.as_chunks::<LANES>();
        let mut sums = [0.0; LANES];
        for (x, y) in a.iter().zip(b) {
            for lane in 0..LANES {
                sums[lane] += x[lane] * y[lane];
            }
        }
        for (sum, (x, y)) in sums.iter_mut().zip(a_rest.iter().zip(b_rest)) {
            *sum += x * y;
        }
        let mut half = LANES / 2;
        while half > 0 {
            for lane in 0..half {
                sums[lane] += sums[lane + half];
            }
            half /= 2;
        }
        sums[0]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simd::{Unit, run_on};

    #[test]
    fn sums_of_any_length() {
        for n in [0, 1, 31, 32, 33, 63, 64, 1000] {
            // Integers: exact in any order.
            let a: Vec<f64> = (0..n).map(f64::from).collect();
            let b: Vec<f64> = (0..n).map(|i| f64::from(i % 7) - 3.0).collect();
            let exact: i64 = (0..i64::from(n)).map(|i| i * (i % 7 - 3)).sum();
            assert_eq!(dot(&a, &b), exact as f64);
            let exact: i64 = (0..i64::from(n)).map(|i| i * i).sum();
            assert_eq!(norm_squared(&a), exact as f64);
        }
    }

    #[test]
    fn every_vector_unit_gives_the_same_bytes() {
        let a: Vec<f64> = (1..700).map(|i| f64::from(i).sqrt()).collect();
        let b: Vec<f64> = a.iter().map(|x| x.sin()).collect();
        let expected = dot(&a, &b).to_bits();
        for unit in Unit::available() {
            let found = run_on(unit, Dot { a: &a, b: &b }).unwrap();
            assert_eq!(found.to_bits(), expected, "{unit:?}");
        }
    }
}
