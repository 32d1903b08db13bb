//! The exact law of a whole gradient profile, drawn without a single weight matrix.
//!
//! One input `x ≠ 0` through a ReLU net without biases, `a_l = W_l h_{l−1}`, entries of `W_l` of
//! variance `σ_l²`; `D_l` masks the inactive units, `B_l = tr D_l`, and `δ_l = ∂ℓ/∂a_l`.
//!
//! **Forward.** `‖h_l‖² = σ_l² ‖h_{l−1}‖² χ²_{B_l}` with `B_l ~ Bin(n_l, ½)`.
//!
//! **Backward.** `S = h_l·δ_l` is one number for all layers (Euler: `h_l·W_{l+1}ᵀδ_{l+1} =
//! a_{l+1}·δ_{l+1} = h_{l+1}·δ_{l+1}`). Along `h_l` the vector `W_{l+1}ᵀδ_{l+1}` is therefore known;
//! across it, `W_{l+1}` has never been looked at by anything that enters `δ_{l+1}`. So, for every
//! loss and without any independence assumption,
//!
//! `‖δ_l‖² = S²/‖h_l‖² + σ_{l+1}² ‖δ_{l+1}‖² χ²_{B_l − 1}`,
//!
//! the `χ²` independent of the past given `B_l`. What remains is the pair `(‖δ_L‖², S)`, which each
//! [`Loss`] draws from `‖h_{L−1}‖` in constant time (in `O(n_L)` for the sum of the outputs).
//!
//! A layer with no active unit (probability `2^{−n_l}`) ends the signal: then all gradients vanish,
//! and ratios to `‖δ_L‖ = 0` are NaN.

use super::net_description::NetDescription;
use crate::random::Stream;

/// What the output error `δ_L` comes from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Loss {
    /// `½‖h_L‖²`: regression on the target 0.
    HalfSquare,
    /// `Σ_i h_{L,i}`.
    Sum,
    /// `½‖h_L − t‖²`, `t` uniform on the sphere of radius `‖x‖`.
    RandomTarget,
    /// No loss: `δ_L` a unit vector of any direction, drawn apart from weights and input and not
    /// masked by `D_L`.
    Independent,
    /// Softmax cross-entropy of the logits `V h_L`.
    CrossEntropy {
        /// Number of classes `K` (rows of `V`); the target is `K` uniforms divided by their sum.
        classes: usize,
        /// Variance of the entries of the Gaussian readout `V`.
        readout: f64,
    },
}

/// Squared norms of one input's activations and errors through one draw of the network.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// `‖h_l‖²` for `l = 0, …, L`.
    pub forward: Vec<f64>,
    /// `‖δ_l‖²` for `l = 1, …, L`; entry 0 is not used.
    pub backward: Vec<f64>,
    /// The invariant `S = h_l·δ_l`, the same for all `l` (all `l < L` for an independent `δ_L`).
    pub invariant: f64,
}

impl Profile {
    /// `‖∂ℓ/∂W_l‖_F²/(‖δ_L‖² ‖x‖²) = ‖δ_l‖² ‖h_{l−1}‖²/(‖δ_L‖² ‖x‖²)`, layer `l ≥ 1` (Eq. 19, 23).
    pub fn sq_ratio(&self, l: usize) -> f64 {
        let top = self.backward[self.backward.len() - 1];
        (self.backward[l] / top) * (self.forward[l - 1] / self.forward[0])
    }

    /// `cos²∠(h_L, δ_L) = S²/(‖h_L‖² ‖δ_L‖²)`.
    pub fn cos2(&self) -> f64 {
        let top = self.backward.len() - 1;
        let scale = (self.forward[top] * self.backward[top]).sqrt();
        (self.invariant / scale).powi(2)
    }

    /// `‖h_l‖²/‖h_{l−1}‖²`, layer `l ≥ 1`.
    pub fn forward_factor(&self, l: usize) -> f64 {
        self.forward[l] / self.forward[l - 1]
    }

    /// What passes backward through layer `l < L` across `h_l`:
    /// `(‖δ_l‖² − S²/‖h_l‖²)/‖δ_{l+1}‖²`, of the law `σ_{l+1}² χ²_{B_l − 1}`.
    pub fn backward_factor(&self, l: usize) -> f64 {
        (self.backward[l] - self.invariant.powi(2) / self.forward[l]) / self.backward[l + 1]
    }

    /// Largest `|ρ_l^{1/L} − 1|`: at most `ε` exactly if every `ρ_l` lies in `(1 ± ε)^L` (Theorem 3).
    pub fn gradient_distortion(&self) -> f64 {
        let root = 1.0 / self.depth() as f64;
        (1..=self.depth()).fold(0.0, |d, l| larger(d, (self.sq_ratio(l).powf(root) - 1.0).abs()))
    }

    /// Largest `|(‖h_l‖²/‖x‖²)^{1/l} − 1|`: at most `ε` exactly if all of them lie in `(1 ± ε)^l`.
    pub fn forward_distortion(&self) -> f64 {
        let root = |l: usize| (self.forward[l] / self.forward[0]).powf(1.0 / l as f64);
        (1..=self.depth()).fold(0.0, |d, l| larger(d, (root(l) - 1.0).abs()))
    }

    /// Largest distance to 1 of all forward and backward factors.
    pub fn worst_factor(&self) -> f64 {
        let forward = (1..=self.depth()).map(|l| self.forward_factor(l));
        let backward = (1..self.depth()).map(|l| self.backward_factor(l));
        forward.chain(backward).fold(0.0, |d, factor| larger(d, (factor - 1.0).abs()))
    }

    /// Depth `L`.
    pub fn depth(&self) -> usize {
        self.forward.len() - 1
    }
}

/// The larger of two numbers; NaN, once met, stays.
pub fn larger(a: f64, b: f64) -> f64 {
    if a.is_nan() || b <= a { a } else { b }
}

/// Draws a profile for an input with `‖x‖² = input`. The description must be a ReLU net without
/// biases and tied weights.
pub fn draw(net: &NetDescription, loss: Loss, input: f64, stream: &mut Stream) -> Profile {
    let depth = net.depth();
    let mut forward = vec![input; depth + 1];
    let mut active = vec![0; depth];
    for l in 1..depth {
        let fires = forward[l - 1] > 0.0;
        active[l] = if fires { stream.binomial(net.width(l) as u64, 0.5) } else { 0 };
        forward[l] = variance(net, l) * forward[l - 1] * stream.chi_squared(active[l] as f64);
    }
    let pre = (variance(net, depth) * forward[depth - 1]).sqrt();
    let top = draw_top(loss, net.width(depth), pre, input.sqrt(), stream);
    forward[depth] = top.activation;
    let mut backward = vec![top.error; depth + 1];
    for l in (1..depth).rev() {
        if active[l] == 0 {
            backward[l] = 0.0;
            continue;
        }
        let across = variance(net, l + 1) * stream.chi_squared((active[l] - 1) as f64);
        backward[l] = top.invariant.powi(2) / forward[l] + across * backward[l + 1];
    }
    backward[0] = f64::NAN;
    Profile { forward, backward, invariant: top.invariant }
}

/// Variance `σ_l²` of the weights of layer `l`.
pub fn variance(net: &NetDescription, l: usize) -> f64 {
    net.init.variance(net.width(l - 1), net.width(l))
}

/// What the last layer and the loss make of `‖h_{L−1}‖`.
struct Top {
    /// `‖h_L‖²`.
    activation: f64,
    /// `‖δ_L‖²`.
    error: f64,
    /// `S`.
    invariant: f64,
}

/// The last layer: pre-activations are `pre` times standard normals, `norm` is `‖x‖`.
fn draw_top(loss: Loss, width: usize, pre: f64, norm: f64, stream: &mut Stream) -> Top {
    let active = stream.binomial(width as u64, 0.5);
    if loss == Loss::Independent {
        // The mask D_L is not in δ_L: along h_{L−1} the vector W_Lᵀδ_L is a_L·δ_L/‖h_{L−1}‖.
        let activation = pre * pre * stream.chi_squared(active as f64);
        return Top { activation, error: 1.0, invariant: pre * stream.normal() };
    }
    if active == 0 || pre == 0.0 {
        return Top { activation: 0.0, error: 0.0, invariant: 0.0 };
    }
    if loss == Loss::Sum {
        let (mut sum, mut squares) = (0.0, 0.0);
        for _ in 0..active {
            let half_normal = stream.normal().abs();
            sum += half_normal;
            squares += half_normal * half_normal;
        }
        let activation = pre * pre * squares;
        return Top { activation, error: active as f64, invariant: pre * sum };
    }
    let activation = pre * pre * stream.chi_squared(active as f64);
    let h = activation.sqrt();
    match loss {
        Loss::RandomTarget => {
            let target = random_target(width as u64, active, norm, stream);
            let error = (h - target.along).powi(2) + target.across;
            Top { activation, error, invariant: h * (h - target.along) }
        }
        Loss::CrossEntropy { classes, readout } => {
            // δ_L = D_L Vᵀe with e = softmax − target: along h_L the readout is one Gaussian vector,
            // which makes the logits; across it e meets fresh Gaussians in B_L − 1 directions.
            let mut along = vec![0.0; classes];
            along.iter_mut().for_each(|v| *v = readout.sqrt() * stream.normal());
            let e = output_error(&along, h, stream);
            let product: f64 = along.iter().zip(&e).map(|(v, e)| v * e).sum();
            let squares: f64 = e.iter().map(|e| e * e).sum();
            let across = readout * squares * stream.chi_squared((active - 1) as f64);
            Top { activation, error: product * product + across, invariant: h * product }
        }
        _ => Top { activation, error: activation, invariant: activation },
    }
}

/// A target on the sphere, seen from `h_L`: its component along it, and the square of what the mask
/// leaves of it across it.
struct Target {
    along: f64,
    across: f64,
}

fn random_target(width: u64, active: u64, norm: f64, stream: &mut Stream) -> Target {
    let along = stream.normal();
    let across = stream.chi_squared((active - 1) as f64);
    let masked = stream.chi_squared((width - active) as f64);
    let scale = norm * norm / (along * along + across + masked);
    Target { along: along * scale.sqrt(), across: across * scale }
}

/// `softmax(scale · logits) − target`, the target being uniforms divided by their sum.
pub fn output_error(logits: &[f64], scale: f64, stream: &mut Stream) -> Vec<f64> {
    let largest = logits.iter().fold(f64::NEG_INFINITY, |a, &b| a.max(b));
    let mut error: Vec<f64> = logits.iter().map(|z| (scale * (z - largest)).exp()).collect();
    let total: f64 = error.iter().sum();
    let target: Vec<f64> = logits.iter().map(|_| stream.uniform()).collect();
    let mass: f64 = target.iter().sum();
    error.iter_mut().zip(&target).for_each(|(e, y)| *e = *e / total - y / mass);
    error
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::relu::net_description::Init;
    use crate::random::StreamKey;

    const CROSS_ENTROPY: Loss = Loss::CrossEntropy { classes: 4, readout: 1.0 };
    const LOSSES: [Loss; 5] =
        [Loss::HalfSquare, Loss::Sum, Loss::RandomTarget, Loss::Independent, CROSS_ENTROPY];

    fn stream(trial: u64) -> Stream {
        StreamKey::derive(11, "backward", "{}").trial(trial)
    }

    /// With one unit a layer everything is a product: `‖δ_l‖² = S²/h_l²`, exactly.
    #[test]
    fn one_unit_a_layer() {
        let net = NetDescription::relu(3, vec![1; 4], Init::HeFanOut);
        let mut alive = 0;
        for trial in 0..400 {
            for loss in LOSSES {
                let profile = draw(&net, loss, 2.5, &mut stream(trial));
                if profile.forward[4] == 0.0 || loss == Loss::Independent {
                    continue;
                }
                alive += 1;
                approx::assert_relative_eq!(profile.cos2(), 1.0, max_relative = 1e-12);
                for l in 1..=4 {
                    let product = profile.backward[l] * profile.forward[l];
                    approx::assert_relative_eq!(
                        product,
                        profile.invariant.powi(2),
                        max_relative = 1e-12
                    );
                }
            }
        }
        // A net is alive with probability 2⁻⁴: 100 expected of 1600, standard deviation below 20.
        assert!((30..200).contains(&alive), "{alive}");
    }

    #[test]
    fn dead_layers_end_the_signal() {
        let net = NetDescription::relu(3, vec![1; 3], Init::HeFanOut);
        for trial in 0..100 {
            for loss in LOSSES {
                let profile = draw(&net, loss, 1.0, &mut stream(trial));
                let Some(dead) = (1..3).find(|&l| profile.forward[l] == 0.0) else { continue };
                assert!(profile.forward[dead..].iter().all(|&h| h == 0.0));
                assert!(profile.backward[1..3].iter().all(|&d| d == 0.0));
                assert_eq!(profile.sq_ratio(1).is_nan(), loss != Loss::Independent);
            }
        }
    }

    /// `cos²∠(h_L, δ_L)` tends to 2/3 for random targets: `‖h‖⁴/(‖h‖²(‖h‖² + ‖Dt‖²))`, `‖Dt‖² = ½‖x‖²`.
    #[test]
    fn random_targets_are_aligned_with_the_output() {
        let net = NetDescription::relu(100, vec![100_000], Init::HeFanOut);
        for trial in 0..20 {
            let profile = draw(&net, Loss::RandomTarget, 7.0, &mut stream(trial));
            approx::assert_abs_diff_eq!(profile.cos2(), 2.0 / 3.0, epsilon = 0.02);
        }
    }

    #[test]
    fn output_errors_sum_to_nothing() {
        for scale in [0.0, 1.0, 1e4] {
            let error = output_error(&[0.3, -1.0, 2.0, 1.9], scale, &mut stream(1));
            assert!(error.iter().sum::<f64>().abs() < 1e-15);
            assert!(error.iter().all(|e| (-1.0..=1.0).contains(e)));
        }
    }
}
