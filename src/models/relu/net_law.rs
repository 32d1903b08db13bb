//! The exact law of the activation norms of a described network, for one input.

use super::deep_norm::DeepNorm;
use super::net_description::{Activation, Init, NetDescription};
use super::relu_layer::LayerLaw;
use crate::maths::{Enclosure, NumericalError};
use crate::random::Stream;

/// Law of `‖h_j‖²/‖h_{j−1}‖²`: `v_j χ²_{B_j}` with `B_j` ~ Bin(n_j, ½) for ReLU and `B_j = n_j` for
/// linear units (Arpit & Bengio 2019, Lemma 1). Biases are taken for 0, weights for independent.
pub fn layer_law(net: &NetDescription, j: usize) -> LayerLaw {
    let (below, width) = (net.width(j - 1) as u64, net.width(j) as u64);
    let law = match net.init {
        Init::HeFanOut => LayerLaw::he_fan_out(width),
        Init::HeFanIn => LayerLaw::he_fan_in(below, width),
        Init::Glorot => LayerLaw::glorot(below, width),
        Init::GlorotCode => LayerLaw::inverse_fan_out(width),
    };
    match net.activation {
        Activation::Relu => law,
        Activation::Linear => law.with_mask(1.0),
    }
}

/// The first `depth` layers of a network.
pub fn first_layers(net: &NetDescription, depth: usize) -> DeepNorm {
    DeepNorm::new((1..=depth).map(|j| layer_law(net, j)).collect())
}

/// Probability that the product of all layers leaves `[low, high]`: the convolution's enclosure, cut
/// at a union bound over the layers, which reaches further into the tails.
///
/// # Errors
/// An empty band, or a convolution that lost its accuracy.
pub fn outside(law: &DeepNorm, low: f64, high: f64) -> Result<Enclosure, NumericalError> {
    let found = law.failure_outside_band(low, high)?;
    let most = union_bound(law, low, high).min(1.0);
    let [value, lo, hi] = [found.value, found.lo, found.hi].map(|end| end.clamp(0.0, most));
    Ok(Enclosure { value, lo, hi })
}

/// Upper bound of the probability that the product leaves `[low, high]`: some factor, divided by its
/// mean, must leave the band's l-th root. It reaches where the convolution's error bar does not.
fn union_bound(law: &DeepNorm, low: f64, high: f64) -> f64 {
    let root = |end: f64| (end / law.mean_sq()).powf(1.0 / law.layers().len() as f64);
    // A few roundings aside, which a slightly narrower band covers.
    let (low, high) = (root(low) * (1.0 + 1e-13), root(high) * (1.0 - 1e-13));
    let tails = |factor: &LayerLaw| {
        let mean = factor.mean();
        factor.cdf(low * mean).hi + factor.sf(high * mean).hi
    };
    if law.layers().is_empty() {
        1.0
    } else {
        law.layers().iter().map(tails).sum::<f64>() * (1.0 + 1e-12)
    }
}

/// One draw of `v_j χ²_{B_j}`.
pub fn factor(net: &NetDescription, j: usize, stream: &mut Stream) -> f64 {
    let width = net.width(j) as u64;
    let active = match net.activation {
        Activation::Relu => stream.binomial(width, 0.5),
        Activation::Linear => width,
    };
    net.deviation(j).powi(2) * stream.chi_squared(active as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Far in the tail only the union bound sees anything; near the middle it must not cut the law.
    #[test]
    fn rare_failures_are_enclosed() {
        let net = NetDescription::relu(10, vec![1000; 2], Init::HeFanOut);
        let law = first_layers(&net, 2);
        let rare = outside(&law, 0.01, 3.61).unwrap();
        // One factor must leave [0.1, 1.9]: Lemma 2 bounds that by 2 exp(−n g(0.9)), g(0.9) = 0.051717…
        assert!(rare.hi <= 4.0 * (-51.71_f64).exp() && rare.lo >= 0.0, "{rare:?}");
        let common = outside(&law, 0.9, 1.1).unwrap();
        // Normal approximation: sd of the logarithm 0.1, limits −1.054 and 0.953 sd around mean −0.005.
        assert!((common.value - 0.32).abs() < 0.02 && common.hi - common.lo < 1e-6, "{common:?}");
    }
}
