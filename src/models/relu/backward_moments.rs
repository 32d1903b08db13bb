//! First two moments of squared gradient ratios and of Jacobians: exact at every finite width.
//!
//! With `u_l = S²/(‖h_l‖² ‖δ_L‖²)` and `b_l = ‖δ_l‖²/‖δ_L‖²` the law of [`super::backward`] is a
//! product of independent random matrices,
//!
//! `(u_{l−1}, b_l) = (Q_l u_l, u_l + P_l b_{l+1})`, `Q_l = σ_l² χ²_{B_l}`, `P_l = σ_{l+1}² χ²_{B_l−1}`,
//!
//! the two `χ²` independent given `B_l ~ Bin(n_l, ½)`. So second moments obey a linear recursion,
//! and `ρ_l = b_l ‖h_{l−1}‖²/‖x‖²` is a product of independent parts. The start `u_{L−1}` depends on
//! the loss; it must not depend on the size of `h_{L−1}`, which leaves out cross-entropy, and random
//! targets.
//!
//! At uniform width `n` and `σ² = 2/n` the mean is `(1 − 2/n)^{L−l} + E[u_{L−1}] Σ_{k<L−l} (1 − 2/n)^k`.
//! Ends of the signal (a layer without active units, `n_l ≥ 1`) change moments by a relative
//! `3 Σ_l 2^{−n_l}` at most, which the error bars include, beside rounding.

use std::f64::consts::FRAC_2_PI;

use super::backward::{Loss, variance};
use super::net_description::NetDescription;
use crate::maths::Enclosure;

/// Relative rounding error allowed for each layer: some twenty operations, all on positive numbers
/// but for `n − 1`, which is exact.
const ROUNDING: f64 = 32.0 * f64::EPSILON;

/// Moments of `(u, b)`.
#[derive(Clone, Copy, Debug)]
struct Moments {
    u: f64,
    b: f64,
    uu: f64,
    ub: f64,
    bb: f64,
}

/// Moments of the factors of layer `l`, with `σ_l²` as `forward` and `σ_{l+1}²` as `backward`.
struct Factors {
    q: f64,
    qq: f64,
    p: f64,
    pp: f64,
    qp: f64,
}

impl Factors {
    /// `E B = n/2`, `E B² = n(n+1)/4`, `E χ²_k χ²_k = k(k+2)`; `χ²_{B−1}` is 0 at `B = 0`.
    fn new(width: usize, forward: f64, backward: f64) -> Self {
        let n = width as f64;
        let dead = (-n).exp2();
        Self {
            q: forward * n / 2.0,
            qq: forward * forward * n * (n + 5.0) / 4.0,
            p: backward * (n / 2.0 - 1.0 + dead),
            pp: backward * backward * (n * (n + 1.0) / 4.0 - 1.0 + dead),
            qp: forward * backward * n * (n - 1.0) / 4.0,
        }
    }
}

impl Moments {
    /// From `(u_l, b_{l+1})` to `(u_{l−1}, b_l)`.
    fn step(self, f: &Factors) -> Self {
        Self {
            u: f.q * self.u,
            b: self.u + f.p * self.b,
            uu: f.qq * self.uu,
            ub: f.q * self.uu + f.qp * self.ub,
            bb: self.uu + 2.0 * f.p * self.ub + f.pp * self.bb,
        }
    }
}

/// Mean and second moment of one quantity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TwoMoments {
    /// `E[X]`.
    pub mean: Enclosure,
    /// `E[X²]`.
    pub second: Enclosure,
}

/// Moments of the squared gradient ratio `ρ_l = ‖∂ℓ/∂W_l‖_F²/(‖δ_L‖² ‖x‖²)` of layer `1 ≤ l ≤ L`,
/// for a net without biases and tied weights.
///
/// `None` for losses whose `cos²∠(h_L, δ_L)` depends on the size of `h_L`; the second moment of
/// [`Loss::Sum`] is not known here and left unknown.
pub fn sq_ratio(net: &NetDescription, loss: Loss, l: usize) -> Option<TwoMoments> {
    let depth = net.depth();
    let mut state = start(net, loss)?;
    for layer in (l..depth).rev() {
        state = state.step(&factors(net, layer));
    }
    let (mut mean, mut second) = if l == depth { (1.0, 1.0) } else { (state.b, state.bb) };
    for layer in 1..l {
        let f = factors(net, layer);
        mean *= f.q;
        second *= f.qq;
    }
    Some(TwoMoments { mean: enclose(net, mean), second: enclose(net, second) })
}

/// Moments of `‖∂h_{L,i}/∂x‖²`, a row of the Jacobian from the input to an output unit, given that
/// the unit is active.
pub fn jacobian_row(net: &NetDescription) -> TwoMoments {
    let depth = net.depth();
    let last = variance(net, depth);
    let mut state = Moments { u: last, b: 1.0, uu: 3.0 * last * last, ub: last, bb: 1.0 };
    for layer in (1..depth).rev() {
        state = state.step(&factors(net, layer));
    }
    // The input is not masked: W_1ᵀδ_1 meets x along one direction and Gaussians in all others.
    let (n, first) = (net.width(0) as f64, variance(net, 1));
    let mean = state.u + first * (n - 1.0) * state.b;
    let second = state.uu
        + 2.0 * first * (n - 1.0) * state.ub
        + first * first * (n - 1.0) * (n + 1.0) * state.bb;
    TwoMoments { mean: enclose(net, mean), second: enclose(net, second) }
}

/// `E‖∂h_L/∂a_l‖_F²` for `1 ≤ l ≤ L`: `F_L = n_L/2` and `F_l = Π_{k>l} E[Q_k] + σ_{l+1}² (n_l/2 − 1) F_{l+1}`,
/// that is `n_l/2` if `σ_l² = 2/n_l`.
pub fn jacobian(net: &NetDescription, l: usize) -> Enclosure {
    let state = (l..net.depth()).rev().fold(JacobianMoments::start(net), |state, layer| {
        let n = net.width(layer) as f64;
        state.step(net, layer, n / 2.0 - 1.0 + (-n).exp2())
    });
    enclose(net, state.squares)
}

/// `E‖∂h_L/∂h_l‖_F²` for `0 ≤ l < L`, `h_0 = x`: `Π_{k>l} E[Q_k] + σ_{l+1}² (n_l − 1) F_{l+1}`, that is
/// `n_l` if `σ_l² = 2/n_l`.
pub fn jacobian_below(net: &NetDescription, l: usize) -> Enclosure {
    let mut state = (l + 1..net.depth()).rev().fold(JacobianMoments::start(net), |state, layer| {
        let n = net.width(layer) as f64;
        state.step(net, layer, n / 2.0 - 1.0 + (-n).exp2())
    });
    state = state.step(net, l, net.width(l) as f64 - 1.0);
    enclose(net, state.squares)
}

/// `Π_{k>l} E[Q_k]` and `F_l`.
struct JacobianMoments {
    through: f64,
    squares: f64,
}

impl JacobianMoments {
    fn start(net: &NetDescription) -> Self {
        Self { through: 1.0, squares: net.width(net.depth()) as f64 / 2.0 }
    }

    /// One layer down, with so many directions across `h_l` on average.
    fn step(self, net: &NetDescription, l: usize, across: f64) -> Self {
        let v = variance(net, l + 1);
        let through = self.through * v * net.width(l + 1) as f64 / 2.0;
        Self { through, squares: through + v * across * self.squares }
    }
}

/// Moments of `(u_{L−1}, b_L = 1)`.
fn start(net: &NetDescription, loss: Loss) -> Option<Moments> {
    let depth = net.depth();
    let (n, v) = (net.width(depth) as f64, variance(net, depth));
    let (u, uu) = match loss {
        // δ_L = h_L: u = Q_L.
        Loss::HalfSquare => (v * n / 2.0, v * v * n * (n + 5.0) / 4.0),
        // u = σ²(Σ|z|)²/B over B half-normals: E = σ²(1 + (2/π)(B − 1)).
        Loss::Sum => {
            let dead = (-n).exp2();
            (v * (1.0 - dead + FRAC_2_PI * (n / 2.0 - 1.0 + dead)), f64::NAN)
        }
        // u = (a_L·δ_L)²/(‖h_{L−1}‖²‖δ_L‖²) = σ² z².
        Loss::Independent => (v, 3.0 * v * v),
        Loss::RandomTarget | Loss::CrossEntropy { .. } => return None,
    };
    Some(Moments { u, b: 1.0, uu, ub: u, bb: 1.0 })
}

fn factors(net: &NetDescription, layer: usize) -> Factors {
    Factors::new(net.width(layer), variance(net, layer), variance(net, layer + 1))
}

fn enclose(net: &NetDescription, value: f64) -> Enclosure {
    let dead: f64 = net.widths.iter().map(|&n| (-(n as f64)).exp2()).sum();
    Enclosure::with_relative_error(value, ROUNDING * net.depth() as f64 + 3.0 * dead)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::relu::backward;
    use crate::models::relu::net_description::Init;
    use crate::random::{Stream, StreamKey};

    fn he(input: usize, widths: &[usize]) -> NetDescription {
        NetDescription::relu(input, widths.to_vec(), Init::HeFanOut)
    }

    fn stream(trial: u64) -> Stream {
        StreamKey::derive(11, "backward-moments", "{}").trial(trial)
    }

    /// The closed forms of uniform width.
    #[test]
    fn means_at_uniform_width() {
        let (n, depth) = (200, 10);
        let net = he(50, &vec![n; depth]);
        let step = 1.0 - 2.0 / n as f64;
        let aligned = FRAC_2_PI + (1.0 - FRAC_2_PI) * 2.0 / n as f64;
        for l in 1..=depth {
            let height = (depth - l) as i32;
            let sum: f64 = (0..height).map(|k| step.powi(k)).sum();
            let expected = [
                (Loss::HalfSquare, step.powi(height) + sum),
                (Loss::Sum, step.powi(height) + aligned * sum),
                (Loss::Independent, 1.0),
            ];
            for (loss, mean) in expected {
                let found = sq_ratio(&net, loss, l).unwrap().mean;
                approx::assert_relative_eq!(found.value, mean, max_relative = 1e-13);
            }
        }
        assert!(sq_ratio(&net, Loss::RandomTarget, 1).is_none());
    }

    /// An independent `δ_L` telescopes: `E[ρ_l] = n_l/n_L` below the last layer, 1 in it.
    #[test]
    fn means_at_uneven_widths_telescope() {
        let widths = [150, 50, 100, 70, 130];
        let net = he(40, &widths);
        for l in 1..=5 {
            let found = sq_ratio(&net, Loss::Independent, l).unwrap().mean.value;
            let expected = if l == 5 { 1.0 } else { widths[l - 1] as f64 / 130.0 };
            approx::assert_relative_eq!(found, expected, max_relative = 1e-13);
        }
    }

    /// An independent `δ_L` gives `ρ_l` the law of a product of `L − 1` factors, for every layer.
    #[test]
    fn variance_of_an_independent_error() {
        for (widths, l) in [(vec![100; 10], 1), (vec![100; 10], 5), (vec![70, 90, 60, 80], 2)] {
            let net = he(7, &widths);
            let moments = sq_ratio(&net, Loss::Independent, l).unwrap();
            let assumed = crate::models::relu::stepwise_gradient::variance_sq(&net, l).value;
            let variance = moments.second.value - moments.mean.value.powi(2);
            approx::assert_relative_eq!(variance, assumed, max_relative = 1e-12);
        }
    }

    #[test]
    fn jacobian_norms_are_the_widths() {
        let net = he(33, &[20, 60, 40]);
        let close = |found: Enclosure, expected: f64| {
            // The 20 units are all inactive once in 2²⁰ nets.
            approx::assert_relative_eq!(found.value, expected, max_relative = 1e-5);
        };
        (1..=3).for_each(|l| close(jacobian(&net, l), net.width(l) as f64 / 2.0));
        (0..3).for_each(|l| close(jacobian_below(&net, l), net.width(l) as f64));
        let row = jacobian_row(&he(33, &[60, 60, 40]));
        approx::assert_relative_eq!(row.mean.value, 33.0 / 20.0, max_relative = 1e-13);
        let halved = NetDescription { init: Init::GlorotCode, ..he(40, &[40; 3]) };
        approx::assert_relative_eq!(jacobian(&halved, 1).value, 5.0, max_relative = 1e-11);
    }

    /// Both moments against the sampler, within seven standard errors.
    #[test]
    fn the_sampler_agrees() {
        let net = NetDescription { init: Init::Glorot, ..he(40, &[30, 20, 50, 40]) };
        let trials = 100_000;
        for loss in [Loss::HalfSquare, Loss::Sum, Loss::Independent] {
            let draws: Vec<_> =
                (0..trials).map(|i| backward::draw(&net, loss, 2.0, &mut stream(i))).collect();
            for l in 1..=4 {
                let exact = sq_ratio(&net, loss, l).unwrap();
                // A layer of 20 units is dead once in 2²⁰ draws.
                let ratios = draws.iter().map(|p| p.sq_ratio(l));
                let values: Vec<f64> = ratios.filter(|r| r.is_finite()).collect();
                assert!(values.len() + 9 > draws.len());
                check(&values, exact.mean.value);
                if exact.second.value.is_finite() {
                    let squares: Vec<f64> = values.iter().map(|x| x * x).collect();
                    check(&squares, exact.second.value);
                }
            }
        }
    }

    fn check(values: &[f64], expected: f64) {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let variance = values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
        let z = (mean - expected) / (variance / n).sqrt();
        assert!(z.abs() < 7.0 || (mean - expected).abs() < 1e-12, "{mean} {expected}: z = {z}");
    }
}
