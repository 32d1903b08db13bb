//! What can be drawn one by one from a [`Stream`]: uniforms and the laws built on them.
//!
//! They come from `rand_distr` (ziggurat normals and exponentials, Marsaglia–Tsang gammas, BTPE
//! binomials). A parameter outside its range gives NaN (or the nearest sensible count), never a panic:
//! a trial reports it as not finite.

use rand::seq::SliceRandom;
use rand_chacha::rand_core::Rng;
use rand_distr::{Binomial, ChiSquared, Distribution, Exp1, Gamma, StandardNormal};

use super::Stream;

/// Spacing of 53-bit fractions, 2⁻⁵³.
const ULP: f64 = f64::EPSILON / 2.0;

impl Stream {
    /// Uniform on the open interval (0, 1): an odd multiple of 2⁻⁵³, each equally likely. Never 0 or
    /// 1, and symmetric about ½, so logarithms and inverse distribution functions are safe.
    #[inline]
    pub fn uniform(&mut self) -> f64 {
        ((self.bits() >> 11) | 1) as f64 * ULP
    }

    /// One standard normal, of the bits that come next. Many of them come at a fraction of the cost from
    /// [`Self::fill_normal`], whose sequence this leaves alone.
    #[inline]
    pub fn normal(&mut self) -> f64 {
        StandardNormal.sample(self)
    }

    /// −1 or +1 with equal probability.
    #[inline]
    pub fn sign(&mut self) -> f64 {
        if self.next_u32() >> 31 == 0 { 1.0 } else { -1.0 }
    }

    /// True with probability `p`, up to 2⁻⁵³; never for p ≤ 0 or NaN, always for p ≥ 1.
    #[inline]
    pub fn bernoulli(&mut self, p: f64) -> bool {
        self.uniform() < p
    }

    /// Uniform on 0, …, n − 1 without bias (Lemire 2019, rejection on the low half of the product);
    /// 0 for n = 0.
    #[inline]
    pub fn below(&mut self, n: u64) -> u64 {
        if n == 0 {
            return 0;
        }
        // 2⁶⁴ mod n: low halves under it would be hit once too often.
        let unfair = n.wrapping_neg() % n;
        loop {
            let product = u128::from(self.bits()) * u128::from(n);
            if product as u64 >= unfair {
                return (product >> 64) as u64;
            }
        }
    }

    /// Number of successes in `n` independent trials of success probability `p`; `p` outside [0, 1]
    /// is clamped, and NaN counts as 0.
    pub fn binomial(&mut self, n: u64, p: f64) -> u64 {
        let p = if p.is_nan() { 0.0 } else { p.clamp(0.0, 1.0) };
        Binomial::new(n, p).map_or(0, |law| law.sample(self))
    }

    /// Chi-squared with `dof` degrees of freedom, not necessarily an integer; 0 for `dof` = 0, NaN
    /// for negative or NaN `dof`.
    pub fn chi_squared(&mut self, dof: f64) -> f64 {
        if dof == 0.0 {
            return 0.0;
        }
        ChiSquared::new(dof).map_or(f64::NAN, |law| law.sample(self))
    }

    /// Gamma with density ∝ x^(shape−1) e^(−x/scale), mean `shape · scale`; 0 for `shape` = 0, NaN
    /// for parameters out of range.
    pub fn gamma(&mut self, shape: f64, scale: f64) -> f64 {
        if shape == 0.0 && scale > 0.0 {
            return 0.0;
        }
        Gamma::new(shape, scale).map_or(f64::NAN, |law| law.sample(self))
    }

    /// Exponential of mean 1.
    #[inline]
    pub fn exponential(&mut self) -> f64 {
        Exp1.sample(self)
    }

    /// Puts the slice in a uniformly random order.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        items.shuffle(self);
    }

    /// Fills the slice with a point uniform on the unit sphere (±1 in dimension 1).
    pub fn unit_vector(&mut self, out: &mut [f64]) {
        loop {
            self.fill_normal(out);
            let norm = out.iter().map(|x| x * x).sum::<f64>().sqrt();
            // Only an empty slice has norm 0, but for an event of probability < 2⁻⁵².
            if norm > 0.0 || out.is_empty() {
                out.iter_mut().for_each(|x| *x /= norm);
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::StreamKey;

    /// Error probability of each statistical check below. The seeds are fixed, so a check either
    /// always passes or shows an error; thresholds are derived from this number alone.
    const ALPHA: f64 = 1e-6;
    /// Two-sided normal quantile of `ALPHA` (mpmath: 4.89163847569).
    const Z: f64 = 4.891_638_475_7;
    const N: usize = 200_000;

    fn stream(trial: u64) -> Stream {
        StreamKey::derive(20, "draws", "{}").trial(trial)
    }

    /// Checks that a sample mean is within `Z` standard errors of the mean of the law.
    fn check_mean(name: &str, values: impl Iterator<Item = f64>, mean: f64, variance: f64) {
        let (mut sum, mut n) = (0.0, 0.0);
        for value in values {
            sum += value;
            n += 1.0;
        }
        let z = (sum / n - mean) / (variance / n).sqrt();
        assert!(z.abs() < Z, "{name}: {z} standard errors from {mean}");
    }

    /// Kolmogorov–Smirnov with Massart's bound P(D > t) ≤ 2 exp(−2nt²).
    fn check_law(name: &str, mut values: Vec<f64>, cdf: impl Fn(f64) -> f64) {
        values.sort_by(f64::total_cmp);
        let n = values.len() as f64;
        let distance = values.iter().enumerate().fold(0.0_f64, |d, (i, &x)| {
            let f = cdf(x);
            d.max(f - i as f64 / n).max((i + 1) as f64 / n - f)
        });
        let threshold = ((2.0 / ALPHA).ln() / (2.0 * n)).sqrt();
        assert!(distance < threshold, "{name}: {distance} > {threshold}");
    }

    fn normal_cdf(x: f64) -> f64 {
        0.5 * libm::erfc(-x * std::f64::consts::FRAC_1_SQRT_2)
    }

    #[test]
    fn uniforms_are_uniform_and_inside_the_open_interval() {
        let mut s = stream(1);
        let values: Vec<f64> = (0..N).map(|_| s.uniform()).collect();
        assert!(values.iter().all(|&x| x > 0.0 && x < 1.0));
        check_mean("square", values.iter().map(|x| x * x), 1.0 / 3.0, 4.0 / 45.0);
        check_law("uniform", values, |x| x);
    }

    /// From the words of the reference keystream in `stream.rs`: ((w >> 11) | 1) / 2⁵³.
    #[test]
    fn uniforms_are_odd_multiples_of_the_spacing() {
        let mut s = StreamKey::derive(1, "golden", "{\"m\":50}").trial(7);
        let expected = [0.966_759_842_456_189_1, 0.295_985_977_709_996_13, 0.620_734_796_562_730_7];
        assert_eq!(expected.map(|_| s.uniform()), expected);
    }

    /// Pins what results depend on: if a dependency changes its sampling, this must be noticed and
    /// the version in the stream's key raised.
    #[test]
    fn golden_normals() {
        let mut s = StreamKey::derive(1, "golden", "{\"m\":50}").trial(7);
        let drawn: [f64; 4] = std::array::from_fn(|_| s.normal());
        // Ziggurat of 256 layers over the reference keystream, in 40 digits of mpmath. The library's
        // published table differs from the exact edges of the layers by up to 7.2e-11.
        let expected = [
            2.109_415_709_102_955,
            -0.395_969_718_701_462_3,
            0.141_167_172_646_030_38,
            0.050_233_754_977_168_07,
        ];
        for (x, y) in drawn.iter().zip(expected) {
            assert!((x - y).abs() < 7.2e-11, "{x} {y}");
        }
    }

    #[test]
    fn normals_are_normal() {
        let mut s = stream(2);
        let values: Vec<f64> = (0..N).map(|_| s.normal()).collect();
        // Moments of z², z⁴: E z⁴ = 3, Var z⁴ = 105 − 9.
        check_mean("mean", values.iter().copied(), 0.0, 1.0);
        check_mean("square", values.iter().map(|x| x * x), 1.0, 2.0);
        check_mean("fourth power", values.iter().map(|x| x.powi(4)), 3.0, 96.0);
        // Neighbours are uncorrelated.
        check_mean("lag 1", values.windows(2).map(|w| w[0] * w[1]), 0.0, 1.0);
        for tail in [3.0, 3.7, 4.2] {
            let p = 2.0 * normal_cdf(-tail);
            let count = values.iter().filter(|x| x.abs() > tail).count() as u64;
            let (low, high) = (binomial_tail(count, p, false), binomial_tail(count, p, true));
            assert!(low > ALPHA / 2.0 && high > ALPHA / 2.0, "{count} beyond {tail}");
        }
        check_law("normal", values, normal_cdf);
    }

    /// P(X ≤ count) or P(X ≥ count) for X ~ Binomial(N, p).
    fn binomial_tail(count: u64, p: f64, upper: bool) -> f64 {
        use statrs::distribution::{Binomial, DiscreteCDF};
        let law = Binomial::new(p, N as u64).unwrap();
        match (upper, count) {
            (true, 0) => 1.0,
            (true, k) => law.sf(k - 1),
            (false, k) => law.cdf(k),
        }
    }

    #[test]
    fn laws_have_their_moments() {
        let mut s = stream(4);
        check_mean("sign", (0..N).map(|_| s.sign()), 0.0, 1.0);
        check_mean("bernoulli", (0..N).map(|_| f64::from(s.bernoulli(0.3))), 0.3, 0.21);
        check_mean("below 7", (0..N).map(|_| s.below(7) as f64), 3.0, 4.0);
        check_mean("exponential", (0..N).map(|_| s.exponential()), 1.0, 1.0);
        check_mean("gamma", (0..N).map(|_| s.gamma(0.3, 2.0)), 0.6, 1.2);
        check_mean("binomial", (0..N).map(|_| s.binomial(1000, 0.2) as f64), 200.0, 160.0);
        check_mean("small binomial", (0..N).map(|_| s.binomial(5, 0.1) as f64), 0.5, 0.45);
        for dof in [0.5, 1.0, 2.0, 37.0] {
            check_mean("chi squared", (0..N).map(|_| s.chi_squared(dof)), dof, 2.0 * dof);
        }
        // E(χ² − k)⁴ = 12k² + 48k, less the squared variance (2k)².
        let squares = (0..N).map(|_| (s.chi_squared(37.0) - 37.0).powi(2));
        check_mean("chi squared variance", squares, 74.0, 8.0 * 37.0 * 37.0 + 48.0 * 37.0);
    }

    #[test]
    fn exponentials_are_exponential() {
        let mut s = stream(5);
        let values = (0..N).map(|_| s.exponential()).collect();
        check_law("exponential", values, |x| -libm::expm1(-x));
    }

    #[test]
    fn the_edges_of_the_parameters_are_safe() {
        let mut s = stream(6);
        assert_eq!((s.below(0), s.below(1)), (0, 0));
        assert_eq!((s.binomial(9, 0.0), s.binomial(9, 1.0), s.binomial(0, 0.5)), (0, 9, 0));
        assert_eq!((s.binomial(9, f64::NAN), s.binomial(9, 2.0)), (0, 9));
        assert_eq!((s.chi_squared(0.0), s.gamma(0.0, 1.0)), (0.0, 0.0));
        assert!(s.chi_squared(-1.0).is_nan() && s.chi_squared(f64::NAN).is_nan());
        assert!(s.gamma(1.0, -1.0).is_nan());
        assert!((0..1000).all(|_| s.bernoulli(1.0) && !s.bernoulli(0.0) && !s.bernoulli(f64::NAN)));
        s.unit_vector(&mut []);
        s.shuffle::<u8>(&mut []);
    }

    #[test]
    fn every_order_is_equally_likely() {
        let mut s = stream(7);
        let mut counts = std::collections::HashMap::new();
        for _ in 0..N {
            let mut items = [0, 1, 2, 3];
            s.shuffle(&mut items);
            *counts.entry(items).or_insert(0_u32) += 1;
        }
        assert_eq!(counts.len(), 24);
        let p = 1.0_f64 / 24.0;
        // 24 counts share ALPHA; the normal quantile of ALPHA / 24 is below 5.6.
        let spread = (N as f64 * p * (1.0 - p)).sqrt();
        for (order, count) in counts {
            assert!((f64::from(count) - N as f64 * p).abs() < 5.6 * spread, "{order:?}: {count}");
        }
    }

    #[test]
    fn unit_vectors_are_uniform_on_the_sphere() {
        let mut s = stream(8);
        let mut v = [0.0; 3];
        let first: Vec<f64> = (0..N)
            .map(|_| {
                s.unit_vector(&mut v);
                let norm: f64 = v.iter().map(|x| x * x).sum();
                assert!((norm - 1.0).abs() < 1e-14);
                v[0]
            })
            .collect();
        // Archimedes: a coordinate of a point on the 2-sphere is uniform on [−1, 1].
        check_law("coordinate", first, |x| 0.5 * (1.0 + x));
        s.unit_vector(&mut v[..1]);
        assert_eq!(v[0].abs(), 1.0);
    }
}
