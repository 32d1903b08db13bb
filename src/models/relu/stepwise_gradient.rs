//! Gradient norms under the assumption of Arpit & Bengio 2019, Theorem 3 (its footnote 1): in every
//! step `δ_{l+1}` is independent of the mask `1(a_l)` and of `W_{l+1}`.
//!
//! Then `‖δ_l‖² = σ_{l+1}² ‖δ_{l+1}‖² χ²_{B_l}`, and the squared ratio of layer `l` is the constant
//! `σ_L²/σ_l²` times `Q_1 ⋯ Q_{L−1}` with independent `Q_j = σ_j² χ²_{B_j}`: the `l − 1` forward factors
//! use the masks below `l`, the `L − l` backward ones the masks `l, …, L − 1`. At uniform variances
//! the law is the same for every layer.
//!
//! **An independent `δ_L` is enough** for this law, without the step-wise assumption. Let `ξ_l` be the
//! signs of `a_l`. `W_{l+1} diag(ξ_l)` has the law of `W_{l+1}` whatever `ξ_l` is, for `ξ_l` is made of the
//! layers below; and with `W_l` replaced by `diag(ξ′) W_l` for fair coins `ξ′` the mask becomes a fair
//! coin apart from the row's direction. So the products `D_l W_{l+1}ᵀ D_{l+1} ⋯ W_Lᵀ` and
//! `D_{l−1} W_{l−1} ⋯ W_1` have jointly, up to signs of units, the law they would have with masks drawn
//! apart from the weights, and then each factor is a `Q_j`, exactly and at every width.

use super::backward::variance;
use super::deep_norm::DeepNorm;
use super::net_description::NetDescription;
use super::relu_layer::LayerLaw;
use crate::maths::{Enclosure, NumericalError};

/// The laws of `Q_1, …, Q_{L−1}`.
pub fn factors(net: &NetDescription) -> Vec<LayerLaw> {
    let layer = |j| LayerLaw::with_variance(net.width(j) as u64, variance(net, j));
    (1..net.depth()).map(layer).collect()
}

/// `σ_L²/σ_l²`; `n_l/n_L` for He's fan-out initialisation.
pub fn constant(net: &NetDescription, l: usize) -> f64 {
    variance(net, net.depth()) / variance(net, l)
}

/// Mean of the unsquared ratio of layer `l`: `(σ_L/σ_l) Π E√Q_j`.
pub fn mean_norm(net: &NetDescription, l: usize) -> Enclosure {
    let mut product = Enclosure::with_relative_error(constant(net, l).sqrt(), 1e-15);
    for law in factors(net) {
        let mean = law.mean_norm();
        product.value *= mean.value;
        product.lo = (product.lo * mean.lo).next_down();
        product.hi = (product.hi * mean.hi).next_up();
    }
    product
}

/// Variance of the squared ratio of layer `l`; for He's fan-out initialisation
/// `(n_l/n_L)² [Π_{j<L} (1 + 5/n_j) − 1]`.
pub fn variance_sq(net: &NetDescription, l: usize) -> Enclosure {
    let laws = factors(net);
    let mean = laws.iter().map(LayerLaw::mean).product::<f64>() * constant(net, l);
    // ln Π(1 + v) keeps its digits where the variances are small.
    let log: f64 = laws.iter().map(|law| (law.variance() / law.mean().powi(2)).ln_1p()).sum();
    let relative = 32.0 * f64::EPSILON * net.depth() as f64;
    Enclosure::with_relative_error(mean * mean * log.exp_m1(), relative)
}

/// P(squared ratio of layer `l` outside `[lo, hi]`).
///
/// # Errors
/// As [`DeepNorm::failure_outside_band`].
pub fn failure(
    net: &NetDescription,
    l: usize,
    lo: f64,
    hi: f64,
) -> Result<Enclosure, NumericalError> {
    let constant = constant(net, l);
    DeepNorm::new(factors(net)).failure_outside_band(lo / constant, hi / constant)
}

/// P(`‖h_l‖²/‖x‖²` outside `[lo, hi]`).
///
/// # Errors
/// As [`DeepNorm::failure_outside_band`].
pub fn forward_failure(
    net: &NetDescription,
    l: usize,
    lo: f64,
    hi: f64,
) -> Result<Enclosure, NumericalError> {
    let layer = |j| LayerLaw::with_variance(net.width(j) as u64, variance(net, j));
    DeepNorm::new((1..=l).map(layer).collect()).failure_outside_band(lo, hi)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::relu::net_description::Init;

    fn he(widths: Vec<usize>) -> NetDescription {
        NetDescription::relu(7, widths, Init::HeFanOut)
    }

    /// mpmath, 30 digits: `E√Q_100 = 0.99373193795476311844` by the sum over the binomial, to the ninth power.
    #[test]
    fn unsquared_mean() {
        for l in [1, 3, 10] {
            let mean = mean_norm(&he(vec![100; 10]), l);
            approx::assert_relative_eq!(mean.value, 0.944_981_338_411_557_4, max_relative = 1e-12);
            assert!(mean.lo < mean.hi && mean.radius() < 1e-9);
        }
    }

    #[test]
    fn variances() {
        let variance = variance_sq(&he(vec![100; 10]), 3).value;
        approx::assert_relative_eq!(variance, 1.05_f64.powi(9) - 1.0, max_relative = 1e-13);
        let variance = variance_sq(&he(vec![30, 10, 20]), 1).value;
        let relative = (1.0 + 5.0 / 30.0) * (1.0 + 5.0 / 10.0) - 1.0;
        approx::assert_relative_eq!(variance, relative * 1.5 * 1.5, max_relative = 1e-13);
    }

    /// One layer below the top: the squared ratio is one `Q`, and layer 1 of the forward pass too.
    #[test]
    fn failures() {
        let net = he(vec![100; 2]);
        let one = LayerLaw::he_fan_out(100).outside(0.5).value;
        approx::assert_relative_eq!(
            failure(&net, 2, 0.5, 1.5).unwrap().value,
            one,
            max_relative = 1e-9
        );
        approx::assert_relative_eq!(
            forward_failure(&net, 1, 0.5, 1.5).unwrap().value,
            one,
            max_relative = 1e-9
        );
        // The constant n_l/n_L = 2 moves the band.
        let uneven = he(vec![100, 50]);
        approx::assert_relative_eq!(
            failure(&uneven, 1, 1.0, 3.0).unwrap().value,
            one,
            max_relative = 1e-9
        );
    }
}
