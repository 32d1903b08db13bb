//! Gradient profiles of deep ReLU nets without matrices (inventory of arpit2019, law E4).
//!
//! S = a_L·δ_L = h_l·δ_l is the same for all l < L (and for l = L when δ_L is masked by the activity of
//! layer L). Across h_l the rows of W_{l+1} are independent of all that enters δ_{l+1}, so that
//! ‖δ_l‖² = S²/‖h_l‖² + v_{l+1} ‖δ_{l+1}‖² χ²_{B_l−1} **exactly**, with B_l active units in layer l and
//! v the variance of the weights. One sample costs O(L), or O(L + n_L) for the loss Σh.

use crate::models::matrix_net::Init;
use crate::random::Stream;

/// What is done with the last layer's activations.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Loss {
    /// ½‖h_L‖²: regression on the target 0, δ_L = h_L.
    HalfSquaredNorm,
    /// Σ h_{L,i}: δ_L is the mask itself.
    Sum,
    /// ½‖h_L − y‖² with a target y of the input's norm in a uniformly random direction.
    RandomTarget,
    /// No loss: δ_L is uniform on the unit sphere, independent of the weights, not masked.
    IndependentDelta,
    /// Cross-entropy of softmax(A h_L), A_ij ~ N(0, 1), against a target of normalised uniforms.
    SoftmaxCrossEntropy {
        /// Number of classes.
        classes: usize,
    },
}

/// Squared norms of one input's activations and gradients through one random net.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// ‖h_l‖² for l = 0, …, L.
    pub activation_sq: Vec<f64>,
    /// ‖δ_l‖² for l = 1, …, L; `gradient_sq[l - 1]`.
    pub gradient_sq: Vec<f64>,
    /// S = a_L·δ_L.
    pub invariant: f64,
    /// cos² of the angle between h_L and δ_L; for an unmasked δ_L between a_L and δ_L.
    pub cos_sq: f64,
}

impl Profile {
    /// ρ_l = ‖δ_l‖²‖h_{l−1}‖²/(‖δ_L‖²‖x‖²) = ‖∂ℓ/∂W_l‖_F²/(‖δ‖²‖x‖²) for l = 1, …, L; NaN outside.
    pub fn ratio_sq(&self, l: usize) -> f64 {
        let depth = self.gradient_sq.len();
        if l == 0 || l > depth {
            return f64::NAN;
        }
        self.gradient_sq[l - 1] * self.activation_sq[l - 1]
            / (self.gradient_sq[depth - 1] * self.activation_sq[0])
    }
}

/// A net by its widths n_0, …, n_L and its initialisation.
#[derive(Clone, Debug, PartialEq)]
pub struct ProfileSampler {
    widths: Vec<u64>,
    variances: Vec<f64>,
    loss: Loss,
}

/// What the last layer and the loss give: ‖h_L‖², B_L, S, ‖δ_L‖², cos².
struct Top {
    activation_sq: f64,
    invariant: f64,
    gradient_sq: f64,
    cos_sq: f64,
}

impl ProfileSampler {
    /// Widths n_0, …, n_L (at least two of them).
    pub fn new(widths: &[u64], init: Init, loss: Loss) -> Self {
        let variances =
            widths.windows(2).map(|w| init.variance(w[0] as usize, w[1] as usize)).collect();
        Self { widths: widths.to_vec(), variances, loss }
    }

    /// One profile for an input of squared norm `input_sq`; `None` if some layer is dead (probability
    /// about L 2^{−n}).
    pub fn sample(&self, input_sq: f64, stream: &mut Stream) -> Option<Profile> {
        let depth = self.variances.len();
        let mut activation_sq = vec![input_sq];
        let mut active = Vec::with_capacity(depth);
        for l in 1..depth {
            let b = stream.binomial(self.widths[l], 0.5);
            if b == 0 {
                return None;
            }
            active.push(b);
            let factor = self.variances[l - 1] * stream.chi_squared(b as f64);
            activation_sq.push(activation_sq[l - 1] * factor);
        }
        let last = depth.checked_sub(1)?;
        let top = self.top(activation_sq[last] * self.variances[last], input_sq, stream)?;
        activation_sq.push(top.activation_sq);
        let mut gradient_sq = vec![top.gradient_sq; depth];
        for l in (1..depth).rev() {
            let along = top.invariant * top.invariant / activation_sq[l];
            let across =
                self.variances[l] * gradient_sq[l] * stream.chi_squared((active[l - 1] - 1) as f64);
            gradient_sq[l - 1] = along + across;
        }
        Some(Profile { activation_sq, gradient_sq, invariant: top.invariant, cos_sq: top.cos_sq })
    }

    /// The last layer: its pre-activations are i.i.d. N(0, `variance`) given the layer below.
    fn top(&self, variance: f64, input_sq: f64, stream: &mut Stream) -> Option<Top> {
        let n = *self.widths.last()?;
        let b = stream.binomial(n, 0.5);
        if b == 0 {
            return None;
        }
        if self.loss == Loss::Sum {
            return Some(sum_top(b, variance, stream));
        }
        let h = variance * stream.chi_squared(b as f64);
        let (invariant, gradient_sq) = match self.loss {
            Loss::Sum | Loss::HalfSquaredNorm => (h, h),
            Loss::RandomTarget => random_target(n, b, h, input_sq, stream),
            Loss::SoftmaxCrossEntropy { classes } => softmax(classes, b, h, stream),
            Loss::IndependentDelta => {
                // a_L·δ_L for a uniform direction: |a_L| times a coordinate of the sphere.
                let a = h + variance * stream.chi_squared((n - b) as f64);
                let first = stream.normal();
                let cos = first / (first * first + stream.chi_squared((n - 1) as f64)).sqrt();
                return Some(Top {
                    activation_sq: h,
                    invariant: a.sqrt() * cos,
                    gradient_sq: 1.0,
                    cos_sq: cos * cos,
                });
            }
        };
        let cos_sq = invariant * invariant / (h * gradient_sq);
        Some(Top { activation_sq: h, invariant, gradient_sq, cos_sq })
    }
}

/// δ_L = mask: S = Σh, ‖δ‖² = B; the active entries are half-normal.
fn sum_top(b: u64, variance: f64, stream: &mut Stream) -> Top {
    let (mut total, mut square) = (0.0, 0.0);
    for _ in 0..b {
        let h = stream.normal();
        total += h.abs();
        square += h * h;
    }
    let b = b as f64;
    Top {
        activation_sq: variance * square,
        invariant: variance.sqrt() * total,
        gradient_sq: b,
        cos_sq: total * total / (square * b),
    }
}

/// δ_L = D_L(h_L − y): y = |x| g/‖g‖; g splits into its part along h_L, the other active ones, the rest.
fn random_target(n: u64, b: u64, h: f64, input_sq: f64, stream: &mut Stream) -> (f64, f64) {
    let along = stream.normal();
    let active = along * along + stream.chi_squared((b - 1) as f64);
    let scale = input_sq / (active + stream.chi_squared((n - b) as f64));
    let dot = h.sqrt() * scale.sqrt() * along;
    (h - dot, h - 2.0 * dot + scale * active)
}

/// δ_L = D_L Aᵀ(p − y): given h_L the logits z = A h_L are N(0, ‖h_L‖²) and the part of A across h_L is
/// independent of them, so S = z·(p − y) and ‖δ_L‖² = S²/‖h_L‖² + ‖p − y‖² χ²_{B−1}.
fn softmax(classes: usize, b: u64, h: f64, stream: &mut Stream) -> (f64, f64) {
    let logits: Vec<f64> = (0..classes).map(|_| h.sqrt() * stream.normal()).collect();
    let errors = softmax_error(&logits, &random_target_distribution(classes, stream));
    let invariant: f64 = logits.iter().zip(&errors).map(|(z, e)| z * e).sum();
    let size: f64 = errors.iter().map(|e| e * e).sum();
    (invariant, invariant * invariant / h + size * stream.chi_squared((b - 1) as f64))
}

/// Soft targets of the paper's experiments: uniforms divided by their sum.
pub fn random_target_distribution(classes: usize, stream: &mut Stream) -> Vec<f64> {
    let mut target: Vec<f64> = (0..classes).map(|_| stream.uniform()).collect();
    let total: f64 = target.iter().sum();
    target.iter_mut().for_each(|y| *y /= total);
    target
}

/// softmax(z) − y, the gradient of cross-entropy with respect to the logits.
pub fn softmax_error(logits: &[f64], target: &[f64]) -> Vec<f64> {
    let top = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let weights: Vec<f64> = logits.iter().map(|z| (z - top).exp()).collect();
    let total: f64 = weights.iter().sum();
    weights.iter().zip(target).map(|(w, y)| w / total - y).collect()
}

/// E ρ_l = (1 − 2/n)^{L−l} + `alignment` Σ_{k<L−l} (1 − 2/n)^k for He layers of uniform width n, where
/// `alignment` = E[cos²∠(h_L, δ_L) ‖h_L‖²/‖h_{L−1}‖²] (inventory, footnote 1).
pub fn mean_ratio_sq(n: u64, depth: usize, l: usize, alignment: f64) -> f64 {
    let decay = 1.0 - 2.0 / n as f64;
    let steps = depth.saturating_sub(l) as i32;
    decay.powi(steps) + alignment * (0..steps).map(|k| decay.powi(k)).sum::<f64>()
}

/// The alignment E[cos² q_L] of a loss at width n, up to dead layers: 1 for ½‖h‖² (q_L has mean 1),
/// 2/π + (1 − 2/π)2/n for Σh (from E[(Σ|g|)²/B]); none in closed form for the others.
pub fn alignment(loss: Loss, n: u64) -> Option<f64> {
    let share = 2.0 / std::f64::consts::PI;
    match loss {
        Loss::HalfSquaredNorm => Some(1.0),
        Loss::Sum => Some(share + (1.0 - share) * 2.0 / n as f64),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::StreamKey;

    /// Mean of ρ_l and its standard error over draws of the reduced law.
    fn mean(widths: &[u64], loss: Loss, l: usize, draws: u64) -> (f64, f64) {
        let sampler = ProfileSampler::new(widths, Init::HeFanOut, loss);
        let key = StreamKey::derive(1, "backward", &format!("{widths:?}{loss:?}{l}"));
        let values: Vec<f64> = (0..draws)
            .filter_map(|i| sampler.sample(1.0, &mut key.trial(i)).map(|p| p.ratio_sq(l)))
            .collect();
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let variance = values.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (n - 1.0);
        (mean, (variance / n).sqrt())
    }

    #[test]
    fn closed_forms() {
        let widths = [30u64; 7];
        for loss in [Loss::HalfSquaredNorm, Loss::Sum] {
            for l in [1, 4, 6] {
                let exact = mean_ratio_sq(30, 6, l, alignment(loss, 30).unwrap());
                let (found, error) = mean(&widths, loss, l, 20_000);
                assert!(
                    (found - exact).abs() < 6.0 * error.max(1e-12),
                    "{loss:?} {l}: {found} {exact} {error}"
                );
            }
        }
    }

    #[test]
    fn an_independent_error_has_mean_one() {
        for l in [1, 3, 5] {
            let (found, error) = mean(&[40; 6], Loss::IndependentDelta, l, 20_000);
            assert!((found - 1.0).abs() < 6.0 * error, "{l}: {found} ± {error}");
        }
    }

    #[test]
    fn a_random_target_has_two_thirds_alignment() {
        let sampler = ProfileSampler::new(&[500; 3], Init::HeFanOut, Loss::RandomTarget);
        let key = StreamKey::derive(1, "target", "");
        let draws = 4000;
        let total: f64 = (0..draws)
            .filter_map(|i| sampler.sample(1.0, &mut key.trial(i)))
            .map(|p| p.cos_sq)
            .sum();
        assert!((total / draws as f64 - 2.0 / 3.0).abs() < 0.01);
    }

    #[test]
    fn the_last_layer_ratio_is_the_forward_one() {
        let sampler = ProfileSampler::new(&[20, 30, 40], Init::Glorot, Loss::Sum);
        let profile = sampler.sample(2.0, &mut StreamKey::derive(1, "last", "").trial(0)).unwrap();
        assert!((profile.ratio_sq(2) - profile.activation_sq[1] / 2.0).abs() < 1e-15);
        assert!(profile.ratio_sq(0).is_nan() && profile.ratio_sq(3).is_nan());
    }
}
