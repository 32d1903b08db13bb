//! Widths that keep the norm of a whole d-dimensional subspace within 1 ± ε, at failure probability δ.
//!
//! Two routes: the grid argument of Arpit and Bengio (Eqs. 9–12, 73–101; with the sign that their
//! Eq. 101 gives), and Gaussian comparison. For a standard Gaussian G ∈ ℝ^{m×d},
//! ‖ReLU(Gu)‖ = max{wᵀGu : w ≥ 0, ‖w‖ ≤ 1}, so Chevet and Gordon give
//! E sup ≤ E‖g₊‖ + E‖h‖ ≤ √(m/2) + √d and E inf ≥ E‖g₊‖ − E‖h‖ ≥ √(m/2)(1 − 5/(2m)) − √d over the
//! sphere (the last by √x ≥ 1 + (x−1)/2 − (x−1)²/2 and Var(2‖g₊‖²/m) = 5/m), and both extremes are
//! 1-Lipschitz in G. With weights of variance 2/m, for every t > 0 and each side,
//! P(deviation > √(2d/m) + 5/(2m) + t) ≤ exp(−mt²/4).

use super::counting::ln_regions;
use crate::models::relu::exponents::paper_exponent;

/// What is asked of a net of equal layers on a subspace.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Demand {
    /// Dimension d ≥ 1 of the subspace of inputs.
    pub d: u64,
    /// Distortion ε of the norm for each layer, in (0, 1).
    pub eps: f64,
    /// Probability δ of failure, in (0, 1).
    pub delta: f64,
    /// Number of layers L ≥ 1.
    pub depth: u64,
}

/// A whole number found by bisection, with the neighbours that rounding leaves possible.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Smallest {
    /// The number.
    pub value: u64,
    /// Certainly no smaller than this.
    pub lo: u64,
    /// Certainly no larger than this.
    pub hi: u64,
}

/// Spacing Δ = min{ε/√d, √ε/d} of the proof's grid, before ε is rescaled to ε/3.
pub fn spacing(eps: f64, d: u64) -> f64 {
    let d = d as f64;
    (eps / d.sqrt()).min(eps.sqrt() / d)
}

/// Sign-corrected width of Eq. 11 (Eq. 9 for L = 1): (d ln(2/Δ) + ln(4L/δ))/g(ε/3) with
/// Δ = min{ε/(3√d), √(ε/3)/d}.
pub fn sign_corrected(demand: &Demand) -> f64 {
    let eps = demand.eps / 3.0;
    let cover = demand.d as f64 * (2.0 / spacing(eps, demand.d)).ln();
    (cover + (4.0 * demand.depth as f64 / demand.delta).ln()) / paper_exponent(eps)
}

/// ln of the bound of the failure probability by comparison and a union over activation regions:
/// ln 2L + (L−1) ln R(n, d) − (n/4)(ε − √(2d/n) − 5/(2n))₊².
///
/// h_{l−1} is linear on each of at most R(n, d)^{l−1} regions, and maps each into a d-dimensional
/// subspace that W_1, …, W_{l−1} fix; the layer's bound holds for each of these subspaces.
pub fn ln_region_failure(n: u64, demand: &Demand) -> f64 {
    let (width, layers) = (n as f64, demand.depth as f64);
    let room = demand.eps - (2.0 * demand.d as f64 / width).sqrt() - 2.5 / width;
    let regions = if demand.depth > 1 { (layers - 1.0) * ln_regions(n, demand.d) } else { 0.0 };
    (2.0 * layers).ln() + regions - 0.25 * width * room.max(0.0).powi(2)
}

/// Smallest width n of L equal layers for which [`ln_region_failure`] is at most ln δ; for L = 1 it is
/// the smallest m with √(2d/m) + 5/(2m) + 2√(ln(2/δ)/m) ≤ ε.
///
/// From there on the condition stays true: below n = 2d/ε² there is no room, and above the exponent
/// grows by more than its n-th part at each step, the logarithm of the number of regions by less.
pub fn region_union(demand: &Demand) -> Option<Smallest> {
    smallest(demand.d, |n| demand.delta.ln() - ln_region_failure(n, demand))
}

/// Smallest m at which an m × d layer kills some input with probability at most δ: a necessary width
/// for every ε < 1.
pub fn survival(d: u64, delta: f64) -> Option<Smallest> {
    smallest(d, |m| delta.ln() - super::counting::ln_kill_probability(m, d))
}

/// Least depth at which the region union needs more than the sign-corrected width: up to the depth
/// before it, the theorem holds as stated (sign corrected) for nets of equal layers.
pub fn first_uncertified_depth(demand: &Demand) -> Option<Smallest> {
    smallest(1, |depth| {
        let demand = Demand { depth, ..*demand };
        // Positive where the corrected width, rounded up, is not certified.
        ln_region_failure(sign_corrected(&demand).ceil() as u64, &demand) - demand.delta.ln()
    })
}

/// Rounding of the slacks above, relative to 1 + |slack|, with room to spare.
const ROUNDING: f64 = 1e-9;
/// Widths beyond this are not looked for.
const LARGEST: u64 = 1 << 50;

/// Smallest k ≥ `from` with `slack(k) ≥ 0`, for a slack that changes sign once: doubling, then
/// bisection. The neighbours whose slack is smaller than rounding are kept in the enclosure.
fn smallest(from: u64, slack: impl Fn(u64) -> f64) -> Option<Smallest> {
    let start = from.max(1);
    let (mut no, mut yes) = (start - 1, start);
    while slack(yes) < 0.0 {
        no = yes;
        yes = yes.checked_mul(2).filter(|k| *k <= LARGEST)?;
    }
    while yes - no > 1 {
        let middle = no + (yes - no) / 2;
        if slack(middle) >= 0.0 { yes = middle } else { no = middle }
    }
    let unsure = |k: u64| slack(k).abs() <= ROUNDING;
    let lo = if no >= start && unsure(no) { no } else { yes };
    let hi = if unsure(yes) { yes + 1 } else { yes };
    Some(Smallest { value: yes, lo, hi })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn demand(d: u64, eps: f64, depth: u64) -> Demand {
        Demand { d, eps, delta: 0.05, depth }
    }

    #[test]
    fn one_layer_is_the_condition_of_gordon() {
        for (d, eps) in [(1, 0.5), (2, 0.5), (10, 0.1), (100, 0.5), (3, 0.99)] {
            let found = region_union(&demand(d, eps, 1)).unwrap().value;
            let deviation = |m: u64| {
                let m = m as f64;
                (2.0 * d as f64 / m).sqrt() + 2.5 / m + 2.0 * ((2.0_f64 / 0.05).ln() / m).sqrt()
            };
            assert!(deviation(found) <= eps && deviation(found - 1) > eps);
        }
    }

    #[test]
    fn once_certified_a_larger_width_stays_certified() {
        for (d, eps, depth) in
            [(1, 0.9, 3), (2, 0.5, 5), (10, 0.5, 20), (10, 0.1, 5), (100, 0.5, 40)]
        {
            let demand = demand(d, eps, depth);
            let first = region_union(&demand).unwrap().value;
            assert!(ln_region_failure(first - 1, &demand) > demand.delta.ln());
            let mut n = first;
            for _ in 0..300 {
                assert!(ln_region_failure(n, &demand) <= demand.delta.ln(), "{n}");
                n += 1 + n / 20;
            }
        }
    }

    #[test]
    fn the_first_uncertified_depth_is_where_the_two_widths_cross() {
        for (d, eps) in [(2, 0.5), (10, 0.5), (10, 0.1)] {
            let first = first_uncertified_depth(&demand(d, eps, 1)).unwrap().value;
            for (depth, certified) in [(first - 1, true), (first, false), (first + 1, false)] {
                let demand = demand(d, eps, depth);
                let needed = region_union(&demand).unwrap().value as f64;
                assert_eq!(
                    needed <= sign_corrected(&demand).ceil(),
                    certified,
                    "{d} {eps} {depth}"
                );
            }
            assert!((1..first).all(|depth| {
                let demand = demand(d, eps, depth);
                region_union(&demand).unwrap().value as f64 <= sign_corrected(&demand).ceil()
            }));
        }
    }

    #[test]
    fn survival_needs_more_than_twice_the_dimension() {
        assert_eq!(survival(7, 0.5).unwrap().value, 14);
        // d = 1: 2^{1−m} ≤ 0.05 first at m = 6.
        assert_eq!(survival(1, 0.05).unwrap().value, 6);
    }
}
