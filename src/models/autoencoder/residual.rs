//! What is left of a decoder vector when the predicted signal is taken out.

use super::description::Autoencoder;
use super::limits;
use super::simulation::Pass;
use super::state_evolution::StateEvolution;
use crate::maths::normal;

/// Normal quantiles at whose levels [`Residual::quantiles`] are taken.
pub const LEVELS: [f64; 13] =
    [-3.0, -2.5, -2.0, -1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0];

/// Powers of residual and encoder entries whose correlations are taken.
pub const POWERS: [(i32, i32); 6] = [(1, 1), (1, 2), (1, 3), (2, 1), (2, 2), (2, 3)];

/// `z = (x̂_l − A s_{l−1})/B` with the predicted A and B (Li & Nguyen 2019, Theorem 1 and Figure 7).
pub struct Residual {
    z: Vec<f64>,
}

impl Residual {
    /// The residual of layer l; NaN where there is no prediction.
    pub fn of(net: &Autoencoder, theory: &StateEvolution, pass: &Pass, l: usize) -> Self {
        let parts = limits::signal_and_noise(net, theory, l);
        let (a, b) = parts.map_or((f64::NAN, f64::NAN), |(a, b)| (a.value, b.value));
        let entries = pass.decoded(l).iter().zip(pass.s(l - 1));
        Self { z: entries.map(|(x, s)| (x - a * s) / b).collect() }
    }

    /// Mean and standard deviation over the entries (divisor n).
    fn mean_and_deviation(&self) -> (f64, f64) {
        mean_and_deviation(&self.z)
    }

    /// Standard deviation over the entries.
    pub fn deviation(&self) -> f64 {
        self.mean_and_deviation().1
    }

    /// √n times the Kolmogorov–Smirnov distance to the normal law, after standardising by the entries'
    /// own mean and deviation (Lilliefors' statistic).
    pub fn ks(&self) -> f64 {
        let (mean, deviation) = self.mean_and_deviation();
        let sorted = self.sorted();
        let n = sorted.len() as f64;
        let distance = sorted.iter().enumerate().fold(0.0_f64, |far, (i, z)| {
            let p = normal::cdf((z - mean) / deviation);
            let here = (p - i as f64 / n).max((i + 1) as f64 / n - p);
            if here <= far { far } else { here }
        });
        n.sqrt() * distance
    }

    /// Empirical quantiles at the levels Φ(q) for q in [`LEVELS`]: entries at rank ⌈nΦ(q)⌉.
    pub fn quantiles(&self) -> [f64; LEVELS.len()] {
        let sorted = self.sorted();
        let n = sorted.len();
        LEVELS.map(|q| {
            let rank = (n as f64 * normal::cdf(q)).ceil() as usize;
            sorted[rank.clamp(1, n) - 1]
        })
    }

    fn sorted(&self) -> Vec<f64> {
        let mut sorted = self.z.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        sorted
    }

    /// Correlation over the entries of `z^i` and `x^j`; NaN if one of them does not vary.
    pub fn dependence(&self, x: &[f64], i: i32, j: i32) -> f64 {
        let left: Vec<f64> = self.z.iter().map(|z| z.powi(i)).collect();
        let right: Vec<f64> = x.iter().map(|x| x.powi(j)).collect();
        let (a, b) = (mean_and_deviation(&left), mean_and_deviation(&right));
        let product: f64 = left.iter().zip(&right).map(|(u, v)| (u - a.0) * (v - b.0)).sum();
        product / (left.len() as f64 * a.1 * b.1)
    }
}

fn mean_and_deviation(x: &[f64]) -> (f64, f64) {
    let n = x.len() as f64;
    let mean = x.iter().sum::<f64>() / n;
    (mean, (x.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / n).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statistics_by_hand() {
        let residual = Residual { z: vec![1.0, -1.0, 3.0, -3.0] };
        assert!((residual.deviation() - 5_f64.sqrt()).abs() < 1e-15);
        // Standardised: ±0.4472, ±1.3416; Φ(0.4472) = 0.67264 (mpmath), farthest from its step at 0.5.
        assert!((residual.ks() - 2.0 * 0.172_639_582).abs() < 1e-6, "{}", residual.ks());
        let quantiles = residual.quantiles();
        assert_eq!((quantiles[0], quantiles[6], quantiles[12]), (-3.0, -1.0, 3.0));
        let x = [2.0, -2.0, 6.0, -6.0];
        assert!((residual.dependence(&x, 1, 1) - 1.0).abs() < 1e-15);
        assert!(residual.dependence(&x, 2, 1).abs() < 1e-15);
        assert!(residual.dependence(&[1.0; 4], 1, 1).is_nan());
    }
}
