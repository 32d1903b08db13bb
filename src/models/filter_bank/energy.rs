//! Moments of ‖Wᵀz‖² for a fixed code z and a bank of independent Gaussian filters, exactly.
//!
//! With w_{i,m} ~ N(0, I)/√(Mℓ) channel m of y = Wᵀz is Gaussian with covariance S/(Mℓ), S = Σ_i T_i T_iᵀ, T_i
//! the D × ℓ matrix that places a filter at the taps of block i; the channels are independent. So
//! E‖y‖² = tr S/ℓ = ‖z‖² and Var ‖y‖² = 2‖S‖_F²/(Mℓ²) (gilbert2017, Lemma A.1 and Eq. 4, made exact).

use nalgebra::DMatrix;

/// Sizes of a one-dimensional bank, as far as they matter here.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sizes {
    /// Channels, M.
    pub channels: usize,
    /// Filter length, ℓ.
    pub length: usize,
    /// Stride, t.
    pub stride: usize,
    /// Samples of a channel, D.
    pub samples: usize,
}

/// An entry of a code.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tap {
    /// Filter.
    pub block: usize,
    /// Shift.
    pub shift: usize,
    /// Value.
    pub value: f64,
}

/// A code with what follows from its places.
#[derive(Clone, Debug)]
pub struct Energy {
    sizes: Sizes,
    taps: Vec<Tap>,
    /// S.
    spread: DMatrix<f64>,
}

impl Energy {
    /// Prepares S. Taps must lie inside the input.
    pub fn new(sizes: Sizes, taps: Vec<Tap>) -> Self {
        let mut spread = DMatrix::zeros(sizes.samples, sizes.samples);
        for a in &taps {
            for b in taps.iter().filter(|b| b.block == a.block) {
                for p in 0..sizes.length {
                    let (row, column) = (a.shift * sizes.stride + p, b.shift * sizes.stride + p);
                    spread[(row, column)] += a.value * b.value;
                }
            }
        }
        Self { sizes, taps, spread }
    }

    /// ‖z‖².
    pub fn square(&self) -> f64 {
        self.taps.iter().map(|tap| tap.value * tap.value).sum()
    }

    /// E‖Wᵀz‖²/‖z‖².
    pub fn mean_ratio(&self) -> f64 {
        self.spread.trace() / self.sizes.length as f64 / self.square()
    }

    /// Var ‖Wᵀz‖²/‖z‖⁴ for scaled filters.
    pub fn variance_ratio(&self) -> f64 {
        let Sizes { channels, length, .. } = self.sizes;
        let scale = channels as f64 * (length * length) as f64;
        2.0 * self.spread.norm_squared() / scale / self.square().powi(2)
    }

    /// The same for filters of unit norm and a code of 𝓜_k (one tap a block): what is left of the sum over
    /// pairs of taps without its diagonal. `None` if a block has two taps.
    pub fn variance_ratio_unit(&self) -> Option<f64> {
        let Sizes { channels, length, .. } = self.sizes;
        let mut total = 0.0;
        for (i, a) in self.taps.iter().enumerate() {
            for (j, b) in self.taps.iter().enumerate() {
                if i != j && a.block == b.block {
                    return None;
                }
                if i != j {
                    total += (a.value * b.value).powi(2) * self.overlap(a.shift, b.shift) as f64;
                }
            }
        }
        let scale = channels as f64 * (length * length) as f64;
        Some(2.0 * total / scale / self.square().powi(2))
    }

    /// Samples that two shifts share, max(0, ℓ − t|j − j′|).
    pub fn overlap(&self, a: usize, b: usize) -> usize {
        self.sizes.length.saturating_sub(self.sizes.stride * a.abs_diff(b))
    }

    /// Largest variance of an entry of y, over ‖z‖².
    pub fn largest_variance(&self) -> f64 {
        let fan_in = (self.sizes.channels * self.sizes.length) as f64;
        self.spread.diagonal().max() / fan_in / self.square()
    }

    /// D max_d σ_d⁴/Σ_d σ_d⁴: what is lost by taking all MD samples at the largest variance.
    pub fn loss_factor(&self) -> f64 {
        let diagonal = self.spread.diagonal();
        self.sizes.samples as f64 * diagonal.max().powi(2) / diagonal.norm_squared()
    }

    /// Largest correlation of two different samples of one channel; `interior` looks only at samples of the
    /// largest variance.
    pub fn correlation(&self, interior: bool) -> f64 {
        let largest = self.spread.diagonal().max();
        let counts = |d: usize| {
            let own = self.spread[(d, d)];
            own > 0.0 && (!interior || own > (1.0 - 1e-12) * largest)
        };
        let mut found = 0.0_f64;
        for d in (0..self.sizes.samples).filter(|d| counts(*d)) {
            for other in (0..d).filter(|d| counts(*d)) {
                let scale = (self.spread[(d, d)] * self.spread[(other, other)]).sqrt();
                found = found.max(self.spread[(d, other)].abs() / scale);
            }
        }
        found
    }

    /// E‖W Wᵀz‖²/‖z‖² for a bank of `filters` filters and a code of 𝓜_k:
    /// 1 + 2/(Mℓ) + (K Σ_a z_a²/‖z‖² Σ_j O(j_a, j) − ℓ)/(Mℓ²).
    pub fn mean_back(&self, filters: usize) -> f64 {
        let Sizes { channels, length, stride, samples } = self.sizes;
        let shifts = (samples - length) / stride + 1;
        let reach = |tap: &Tap| {
            let overlaps = (0..shifts).map(|j| self.overlap(tap.shift, j) as f64);
            tap.value * tap.value * overlaps.sum::<f64>()
        };
        let mean = self.taps.iter().map(reach).sum::<f64>() / self.square();
        let fan_in = (channels * length) as f64;
        1.0 + 2.0 / fan_in + (filters as f64 * mean - length as f64) / (fan_in * length as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::filter_bank::iht::norm;
    use crate::models::filter_bank::{Code, Law, Scaling, Shape};
    use crate::random::StreamKey;

    fn tap(block: usize, shift: usize, value: f64) -> Tap {
        Tap { block, shift, value }
    }

    /// Python, double loop over windows: 2/(Mℓ²) Σ z_a² z_b² O_ab for the fixed code at Figure 2's sizes.
    #[test]
    fn the_fixed_code() {
        let sizes = Sizes { channels: 32, length: 5, stride: 1, samples: 32 };
        let taps = (0..10).map(|i| tap(i, 3 * i % 28, 1.0 - i as f64 / 10.0)).collect();
        let energy = Energy::new(sizes, taps);
        assert!((energy.mean_ratio() - 1.0).abs() < 1e-14);
        assert!(energy.variance_ratio() > energy.variance_ratio_unit().unwrap());
        assert_eq!(energy.correlation(false), 0.0);
    }

    #[test]
    fn aligned_windows_are_a_chi_square() {
        let sizes = Sizes { channels: 4, length: 5, stride: 1, samples: 12 };
        let energy = Energy::new(sizes, vec![tap(0, 3, 0.6), tap(1, 3, -0.8)]);
        assert!((energy.variance_ratio() - 2.0 / 20.0).abs() < 1e-15);
        assert!((energy.loss_factor() - 12.0 / 5.0).abs() < 1e-14);
        assert!((energy.largest_variance() - 1.0 / 20.0).abs() < 1e-15);
    }

    #[test]
    fn two_equal_taps_multiply_the_variance_by_seven_fifths() {
        let sizes = Sizes { channels: 1, length: 5, stride: 1, samples: 9 };
        let energy = Energy::new(sizes, vec![tap(0, 1, 1.0), tap(0, 2, 1.0)]);
        assert!((energy.variance_ratio() * 2.5 - 1.4).abs() < 1e-14);
        assert!((energy.correlation(true) - 0.5).abs() < 1e-14);
        assert!(energy.variance_ratio_unit().is_none());
    }

    /// Sampled moments of a small case, six standard errors wide.
    #[test]
    fn sampling_agrees() {
        let shape = Shape::line(3, 2, 4, 1, 6);
        let sizes = Sizes { channels: 2, length: 4, stride: 1, samples: 6 };
        let taps = vec![tap(0, 0, 1.0), tap(1, 2, -0.5)];
        let energy = Energy::new(sizes, taps);
        let code = Code::new(vec![(0, 1.0), (5, -0.5)]);
        let key = StreamKey::derive(1, "energy", "{}");
        let (mut first, mut second, mut back) = (0.0, 0.0, 0.0);
        let trials = 20_000;
        for trial in 0..trials {
            let bank = Law::Gauss.draw(shape, Scaling::Scaled, &mut key.trial(trial));
            let y = bank.synthesise(&code);
            let ratio = norm(&y).powi(2) / code.square();
            first += ratio;
            second += ratio * ratio;
            back += norm(&bank.apply(&y)).powi(2) / code.square();
        }
        let n = trials as f64;
        let (mean, variance) = (first / n, second / n - (first / n).powi(2));
        assert!((mean - 1.0).abs() < 6.0 * (energy.variance_ratio() / n).sqrt());
        assert!((variance / energy.variance_ratio() - 1.0).abs() < 0.1);
        assert!((back / n / energy.mean_back(3) - 1.0).abs() < 0.06);
    }
}
