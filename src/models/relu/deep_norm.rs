//! Exact law of the norm of one input through a deep ReLU net.
//!
//! For one fixed input ‖h_L‖²/‖x‖² = Π Q_j with independent one-layer factors (arpit2019, Theorem 1's
//! setting; given h_{j−1} ≠ 0 the law of the next factor does not depend on it). Moments are products;
//! the law of Σ ln Q_j is a convolution.
//!
//! Two ways to the law. [`DeepNorm::failure_outside_band`] samples the smooth densities of ln Q_j on a
//! lattice and convolves: for analytic densities the trapezoidal rule errs exponentially little in the
//! spacing, and the error bar is the change when the spacing is halved, plus proven bounds of
//! truncation and rounding. [`DeepNorm::sandwich`] rounds every ln Q_j down (up) to the lattice: the
//! truth lies between the two for certain, but the gap shrinks only linearly in the spacing.

use super::lattice::{LN_CUT, Lattice, SKIP, Tails, add, cells, combine, sample};
use super::relu_layer::LayerLaw;
use crate::maths::special::U;
use crate::maths::sum::Sum;
use crate::maths::{Enclosure, NumericalError, fit, normal, roots};

/// Widest net for which a smallest width is searched.
const WIDEST: u64 = 10_000_000;

/// A deep net seen by one input: one law a layer.
#[derive(Clone, Debug, PartialEq)]
pub struct DeepNorm {
    layers: Vec<LayerLaw>,
}

impl DeepNorm {
    /// Any list of layers. An empty one is the identity.
    pub fn new(layers: Vec<LayerLaw>) -> Self {
        Self { layers }
    }

    /// He fan-out layers of the given widths.
    pub fn he(widths: &[u64]) -> Self {
        Self::new(widths.iter().map(|&n| LayerLaw::he_fan_out(n)).collect())
    }

    /// `depth` He fan-out layers of width `n`.
    pub fn he_uniform(n: u64, depth: usize) -> Self {
        Self::new(vec![LayerLaw::he_fan_out(n); depth])
    }

    /// The layers.
    pub fn layers(&self) -> &[LayerLaw] {
        &self.layers
    }

    /// E ‖h_L‖²/‖x‖² = Π E Q_j.
    pub fn mean_sq(&self) -> f64 {
        self.layers.iter().map(LayerLaw::mean).product()
    }

    /// Var(‖h_L‖²/‖x‖²) = (Π EQ_j)² [Π(1 + VarQ_j/(EQ_j)²) − 1]; for He Π(1 + 5/n_j) − 1.
    pub fn variance_sq(&self) -> f64 {
        let relative = |law: &LayerLaw| (law.variance() / (law.mean() * law.mean())).ln_1p();
        let log: f64 = self.layers.iter().map(relative).sum();
        self.mean_sq() * self.mean_sq() * log.exp_m1()
    }

    /// E ‖h_L‖/‖x‖ = Π E√Q_j.
    pub fn mean_norm(&self) -> Enclosure {
        self.layers.iter().fold(Enclosure::point(1.0), |product, law| {
            let factor = law.mean_norm();
            Enclosure {
                value: product.value * factor.value,
                lo: (product.lo * factor.lo).next_down(),
                hi: (product.hi * factor.hi).next_up(),
            }
        })
    }

    /// Standard deviation of ‖h_L‖/‖x‖: √(E‖h‖² − (E‖h‖)²).
    pub fn sd_norm(&self) -> Enclosure {
        let (second, mean) = (self.mean_sq(), self.mean_norm());
        let deviation = |mean: f64| (second - mean * mean).max(0.0).sqrt();
        let slack = 8.0 * self.layers.len() as f64 * U * second / deviation(mean.value).max(U);
        Enclosure {
            value: deviation(mean.value),
            lo: deviation(mean.hi) - slack,
            hi: deviation(mean.lo) + slack,
        }
    }

    /// P(h_L = 0) = 1 − Π(1 − 2^{−n_j}).
    pub fn dead(&self) -> f64 {
        let alive: f64 = self.layers.iter().map(|law| (-law.dead()).ln_1p()).sum();
        -alive.exp_m1()
    }

    /// E[ln ‖h_L‖²/‖x‖² | h_L ≠ 0] = Σ E[ln Q_j | Q_j > 0].
    pub fn mean_log_sq(&self) -> Enclosure {
        total(self.layers.iter().map(LayerLaw::mean_log))
    }

    /// Var[ln ‖h_L‖²/‖x‖² | h_L ≠ 0].
    pub fn variance_log_sq(&self) -> Enclosure {
        total(self.layers.iter().map(LayerLaw::variance_log))
    }

    /// P(‖h_L‖²/‖x‖² outside [lo, hi]) for 0 < lo ≤ hi; dead nets are outside.
    ///
    /// Errors: an empty band, or an error bar wider than 1e-6 and a hundredth of the value.
    pub fn failure_outside_band(&self, lo: f64, hi: f64) -> Result<Enclosure, NumericalError> {
        if !(lo > 0.0 && lo <= hi) {
            return Err(NumericalError::Domain(format!("no band from {lo} to {hi}")));
        }
        let Some((last, others)) = self.layers.split_last() else {
            return Ok(Enclosure::point(if lo <= 1.0 && 1.0 <= hi { 0.0 } else { 1.0 }));
        };
        if others.is_empty() {
            // The event Q = lo has no mass for lo > 0.
            return Ok(add(last.cdf(lo), last.sf(hi)));
        }
        let spacing = self.spacing();
        let coarse = self.failure_at(others, last, lo.ln(), hi.ln(), spacing);
        let fine = self.failure_at(others, last, lo.ln(), hi.ln(), 0.5 * spacing);
        let error = (coarse.value - fine.value).abs() + fine.radius();
        if error > (0.01 * fine.value).max(1e-6) {
            return Err(NumericalError::Tolerance { reached: error, asked: 1e-6 });
        }
        Ok(Enclosure::with_error(fine.value, error))
    }

    /// Lattice spacing: a quarter of the smallest standard deviation of a layer, at most 0.1 (ln χ²₁
    /// has a characteristic function that decays like e^{−π|t|/2}: aliasing e^{−π²/h}).
    fn spacing(&self) -> f64 {
        let smallest =
            self.layers.iter().map(|law| law.variance_log().value).fold(f64::MAX, f64::min);
        (0.25 * smallest.max(0.0).sqrt()).clamp(1e-5, 0.1)
    }

    /// Trapezoidal sums over the lattice: the density of the sum of all layers but one against the
    /// last layer's exact tails.
    fn failure_at(
        &self,
        others: &[LayerLaw],
        last: &LayerLaw,
        lo: f64,
        hi: f64,
        h: f64,
    ) -> Enclosure {
        let mut density = Lattice::unit();
        let mut cut = 0.0;
        let mut known: Option<(&LayerLaw, Lattice)> = None;
        for law in others {
            if known.as_ref().is_none_or(|(same, _)| *same != law) {
                known = Some((law, sample(law, h)));
            }
            if let Some((_, one)) = &known {
                density = combine(&density, one);
            }
            cut += 2.0 * LN_CUT.exp();
        }
        // Q_last must lie outside [lo/P, hi/P].
        let tails = Tails::new(last);
        let mut inside = Sum::default();
        let mut outside = Sum::default();
        let mut error = 0.0;
        for (k, &weight) in density.values.iter().enumerate() {
            inside.add(weight);
            if weight < SKIP {
                error += weight + density.absolute;
                continue;
            }
            let s = (density.first + k as i64) as f64 * h;
            let failure = tails.outside(lo - s, hi - s);
            outside.add(weight * failure.value);
            error += weight * (failure.radius() + density.relative * failure.value)
                + density.absolute * failure.value;
        }
        // Layers that died before the last one.
        let dead: f64 = -others.iter().map(|law| (-law.dead()).ln_1p()).sum::<f64>().exp_m1();
        // The lattice's total mass is known: a check of aliasing.
        let alias = (inside.value() + dead - 1.0).abs();
        let value = outside.value();
        Enclosure::with_error(value + dead, error + cut + alias.min(1.0) * value)
    }

    /// Certain bounds of the same probability: every ln Q_j rounded down to the lattice of spacing `h`,
    /// and up. Σ of the roundings up is Σ of those down plus L h, so one convolution serves both.
    /// Cells cost a tail probability each: meant for checks, h ≳ 1e-3.
    pub fn sandwich(&self, lo: f64, hi: f64, h: f64) -> Result<Enclosure, NumericalError> {
        if !(lo > 0.0 && lo <= hi && h > 0.0) {
            return Err(NumericalError::Domain(format!(
                "no band from {lo} to {hi} with cells of {h}"
            )));
        }
        let mut law_of_sum = Lattice::unit();
        let mut slack = 0.0;
        let mut known: Option<(&LayerLaw, Lattice)> = None;
        for law in &self.layers {
            if known.as_ref().is_none_or(|(same, _)| *same != law) {
                known = Some((law, cells(law, h)));
            }
            if let Some((_, one)) = &known {
                slack += 2.0 * LN_CUT.exp() + one.relative + one.absolute * one.values.len() as f64;
                law_of_sum = combine(&law_of_sum, one);
            }
        }
        slack += law_of_sum.relative + law_of_sum.absolute * law_of_sum.values.len() as f64;
        let depth = self.layers.len() as f64;
        let (mut surely, mut maybe) = (0.0, 0.0);
        for (k, &mass) in law_of_sum.values.iter().enumerate() {
            // The true sum of this entry lies in [s, s + L h].
            let s = (law_of_sum.first + k as i64) as f64 * h;
            let (below, above) = (s + depth * h, s);
            if below < lo.ln() || above > hi.ln() {
                surely += mass;
            }
            if s < lo.ln() || s + depth * h > hi.ln() {
                maybe += mass;
            }
        }
        let dead = self.dead();
        Ok(Enclosure {
            value: 0.5 * (surely + maybe) + dead,
            lo: surely + dead - slack,
            hi: maybe + dead + slack,
        })
    }
}

fn total(terms: impl Iterator<Item = Enclosure>) -> Enclosure {
    terms.fold(Enclosure::point(0.0), add)
}

/// P(‖h_L‖²/‖x‖² outside [lo, hi]) for `depth` He layers of width `n`.
pub fn failure_outside_band(
    n: u64,
    depth: usize,
    lo: f64,
    hi: f64,
) -> Result<Enclosure, NumericalError> {
    DeepNorm::he_uniform(n, depth).failure_outside_band(lo, hi)
}

/// Smallest width n at which one input stays in [(1−ε)^L, (1+ε)^L] with probability ≥ 1 − δ, where
/// (1+ε)^L = 1 + `distortion` (arpit2019, Theorem 1: `n_true`).
///
/// The search starts at the log-normal limit's answer and relies on a failure probability that falls
/// with n; the 4 widths below the answer are tried too, since it may ripple at tiny widths.
pub fn n_true(depth: usize, distortion: f64, delta: f64) -> Result<u64, NumericalError> {
    let eps = per_layer_distortion(depth, distortion);
    if !(eps > 0.0 && eps < 1.0 && delta > 0.0) {
        return Err(NumericalError::Domain(format!("no band for distortion {distortion}")));
    }
    let (ln_lo, ln_hi) = (depth as f64 * (-eps).ln_1p(), depth as f64 * eps.ln_1p());
    let limit = roots::smallest_integer(1, WIDEST, |n| {
        log_normal_failure(n, depth, ln_lo, ln_hi) <= delta
    })?;
    let failure = |n: u64| failure_outside_band(n, depth, ln_lo.exp(), ln_hi.exp());
    let passes = |n: u64| failure(n).is_ok_and(|p| p.value <= delta);
    // Widen the bracket around the limit's answer, then bisect.
    let (mut low, mut stride) = (limit, 1 + limit / 64);
    while low > 1 && passes(low) {
        low = low.saturating_sub(stride).max(1);
        stride *= 2;
    }
    let mut width = roots::smallest_integer(low, WIDEST, passes)?;
    while let Some(lower) = (width.saturating_sub(4).max(1)..width).find(|&n| passes(n)) {
        width = lower;
    }
    // The decision must not hang on the error bars.
    let (here, below) = (failure(width)?, failure(width.saturating_sub(1).max(1))?);
    if here.hi > delta || (width > 1 && below.lo <= delta) {
        return Err(NumericalError::Tolerance {
            reached: here.radius().max(below.radius()),
            asked: (delta - here.value).abs().min((below.value - delta).abs()),
        });
    }
    Ok(width)
}

/// Failure of the band under ln‖h_L‖²/‖x‖² ~ N(−5L/(2n), 5L/n): where a search may start.
fn log_normal_failure(n: u64, depth: usize, ln_lo: f64, ln_hi: f64) -> f64 {
    let variance = 5.0 * depth as f64 / n as f64;
    let (mean, sd) = (-0.5 * variance, variance.sqrt());
    normal::cdf((ln_lo - mean) / sd) + normal::sf((ln_hi - mean) / sd)
}

/// ε with (1+ε)^L = 1 + `distortion`.
pub fn per_layer_distortion(depth: usize, distortion: f64) -> f64 {
    (distortion.ln_1p() / depth as f64).exp_m1()
}

/// Least-squares slope of ln(width) on ln(depth): 2 for the theorem's bound, 1 for the truth.
pub fn depth_slope(depths: &[usize], widths: &[f64]) -> Enclosure {
    let x: Vec<f64> = depths.iter().map(|&l| l as f64).collect();
    let y: Vec<Enclosure> = widths.iter().map(|&n| Enclosure::point(n)).collect();
    fit::log_log_slope(&x, &y)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_of_products() {
        let net = DeepNorm::he(&[50, 200, 80, 400]);
        assert!((net.mean_sq() - 1.0).abs() < 1e-15);
        let exact = 1.1 * 1.025 * 1.0625 * 1.0125 - 1.0;
        assert!((net.variance_sq() / exact - 1.0).abs() < 1e-13);
        let one = LayerLaw::he_fan_out(100).mean_norm().value;
        assert!((DeepNorm::he_uniform(100, 10).mean_norm().value - one.powi(10)).abs() < 1e-14);
        // P(dead) at (n, l) = (3, 3) by hand: 1 − (7/8)³
        assert!((DeepNorm::he_uniform(3, 3).dead() - (1.0 - 343.0 / 512.0)).abs() < 1e-15);
    }

    #[test]
    fn the_lattice_lies_in_the_sandwich() {
        for (n, depth, lo, hi) in
            [(100, 2, 0.25, 2.25), (60, 3, 0.6, 1.7), (8, 2, 0.3, 2.0), (3, 2, 0.3, 2.0)]
        {
            let net = DeepNorm::he_uniform(n, depth);
            let tight = net.failure_outside_band(lo, hi).unwrap();
            let sure = net.sandwich(lo, hi, 2e-3).unwrap();
            assert!(sure.lo <= tight.value && tight.value <= sure.hi, "{tight:?} {sure:?}");
            assert!(tight.radius() <= 1e-9 && sure.radius() < 0.02, "{tight:?} {sure:?}");
        }
    }

    #[test]
    fn unequal_layers_commute() {
        let laws = [LayerLaw::he_fan_out(30), LayerLaw::he_fan_out(90), LayerLaw::he_fan_out(55)];
        let forward = DeepNorm::new(laws.to_vec()).failure_outside_band(0.6, 1.7).unwrap();
        let backward = DeepNorm::new(laws.into_iter().rev().collect());
        let backward = backward.failure_outside_band(0.6, 1.7).unwrap();
        assert!((forward.value - backward.value).abs() <= forward.radius() + backward.radius());
    }

    #[test]
    fn deep_and_wide_is_nearly_log_normal() {
        let net = DeepNorm::he_uniform(2000, 20);
        let (mean, sd) = (net.mean_log_sq().value, net.variance_log_sq().value.sqrt());
        let (lo, hi) = (-0.4f64, 0.4f64);
        let normal = normal::cdf((lo - mean) / sd) + normal::sf((hi - mean) / sd);
        let exact = net.failure_outside_band(lo.exp(), hi.exp()).unwrap();
        assert!((exact.value / normal - 1.0).abs() < 0.1, "{exact:?} {normal}");
        assert!(exact.radius() < 1e-10);
    }

    #[test]
    fn one_layer_is_the_layer_law() {
        let exact = LayerLaw::he_fan_out(100).outside(0.5).value;
        let found = failure_outside_band(100, 1, 0.5, 1.5).unwrap();
        assert!((found.value - exact).abs() < 1e-15);
        assert!(failure_outside_band(100, 1, 1.5, 0.5).is_err());
    }

    /// Failures from the characteristic function Σ w_b (4/n)^{it} Γ(b/2+it)/Γ(b/2), inverted by
    /// Gil-Pelaez's integral (numpy and scipy, 1e-9).
    #[test]
    fn failures_by_another_road() {
        let edge = 0.4f64.exp();
        for (n, depth, lo, hi, exact) in [
            (100, 2, 0.25, 2.25, 0.001_951_190_221),
            (60, 3, 0.6, 1.7, 0.319_371_188_15),
            (2000, 20, 1.0 / edge, edge, 0.075_719_396_6),
        ] {
            let found = failure_outside_band(n, depth, lo, hi).unwrap();
            assert!((found.value / exact - 1.0).abs() < 1e-8, "{found:?} {exact}");
        }
    }

    #[test]
    fn required_widths_by_another_road() {
        // Same inversion with bisection over n. The slope is near 1, not 2.
        let exact = [(1, 75), (2, 189), (5, 540), (10, 1130), (20, 2310)];
        for (depth, width) in exact {
            assert_eq!(n_true(depth, 0.5, 0.05).unwrap(), width, "depth {depth}");
        }
        let slope = depth_slope(&[2, 5, 10, 20], &[189.0, 540.0, 1130.0, 2310.0]).value;
        assert!(1.0 < slope && slope < 1.15);
    }
}
