//! Orlicz norms and the best constant of Bernstein's inequality (Arora, Liang and Ma 2015, Appendix D).
//!
//! `‖X‖_ψα = inf{c : E exp((|X|/c)^α) ≤ 2}`. With `M*(λ) = sup{E e^{λX} : EX = 0, ‖X‖_ψ1 ≤ 1}` the best constant of
//! Theorem D.1 is `c* = max_λ (λ − ln M*(λ))`: enough by Chernoff, needed by Cramér. Linear duality makes `M*` a problem in
//! one variable: `M* − 1 = min_α max{β₊(α), β₋(α)}`, where `β₊(α) = sup_{x>0} (e^{λx} − 1 − αx)/(e^x − 1)` falls and
//! `β₋(α) = sup_{y>0} (e^{−λy} − 1 + αy)/(e^y − 1)` rises with α. Where they cross, the two points reached and 0 carry the extremal
//! law, whose own moment is a lower bound: the two sides bound the rounding.

use crate::maths::roots::minimise;
use crate::maths::sum::Sum;
use crate::maths::{Enclosure, binomial};

/// The extremal law of `M*(λ)`: atoms −u, 0 and v.
#[derive(Clone, Copy, Debug)]
pub struct Extremal {
    /// Size of the negative atom.
    pub u: f64,
    /// Size of the positive atom.
    pub v: f64,
    /// Probability of −u.
    pub p_u: f64,
    /// Probability of v.
    pub p_v: f64,
    /// `E e^{λX} − 1` of this law: a lower bound of `M* − 1`.
    pub primal: f64,
    /// The dual's value: an upper bound of `M* − 1`.
    pub dual: f64,
}

/// Largest value of f over `(0, 60]` and where: a scan over logarithms, then golden section around the best.
fn supremum(f: impl Fn(f64) -> f64) -> (f64, f64) {
    const STEPS: usize = 160;
    let (from, to) = (1e-4_f64.ln(), 60.0_f64.ln());
    let at = |i: usize| from + (to - from) * i as f64 / STEPS as f64;
    let mut best = (0, f64::NEG_INFINITY);
    for i in 0..=STEPS {
        let value = f(at(i).exp());
        if value > best.1 {
            best = (i, value);
        }
    }
    let (low, high) = (at(best.0.saturating_sub(1)), at((best.0 + 1).min(STEPS)));
    let (x, value) = minimise(|s| -f(s.exp()), low, high, 1e-9);
    (x.exp(), -value)
}

/// The extremal law for `0 < λ < 1`.
pub fn extremal(lambda: f64) -> Extremal {
    let plus = |alpha: f64| supremum(|x| ((lambda * x).exp_m1() - alpha * x) / x.exp_m1());
    let minus = |alpha: f64| supremum(|y| ((-lambda * y).exp_m1() + alpha * y) / y.exp_m1());
    // β₋(λ) ≥ 0 = its value at 0⁺ and β₊(λ) > 0; at 2λ + 1 the plus side is negative.
    let (mut low, mut high) = (0.0, 2.0 * lambda + 1.0);
    for _ in 0..60 {
        let alpha = 0.5 * (low + high);
        if plus(alpha).1 > minus(alpha).1 {
            low = alpha;
        } else {
            high = alpha;
        }
    }
    let alpha = 0.5 * (low + high);
    let ((v, above), (u, below)) = (plus(alpha), minus(alpha));
    let mass = 1.0 / (v * u.exp_m1() + u * v.exp_m1());
    let (p_u, p_v) = (v * mass, u * mass);
    let primal = p_u * (-lambda * u).exp_m1() + p_v * (lambda * v).exp_m1();
    Extremal { u, v, p_u, p_v, primal, dual: above.max(below) }
}

/// `ln M*(λ)`, between the bounds of the two sides.
pub fn ln_mgf(lambda: f64) -> Enclosure {
    let law = extremal(lambda);
    let (lo, hi) = (law.primal.ln_1p(), law.dual.ln_1p());
    let value = 0.5 * (lo + hi);
    Enclosure::with_error(value, 0.5 * (hi - lo).abs() + 1e-13)
}

/// `sup_{0<λ<1} (λx − ln M*(λ))`: Cramér's rate of the extremal laws at x > 0, and the λ where it is reached. Concave in λ.
pub fn rate(x: f64) -> (f64, Enclosure) {
    let (lambda, least) = minimise(|l| ln_mgf(l).value - l * x, 0.02, 0.999, 1e-7);
    // Near the maximum the rate is flat: an error of 1e-7 in λ costs its square.
    (lambda, Enclosure::with_error(-least, 1e-11))
}

/// Largest `P(|S_n| ≥ t)/(2 exp(−c min(t²/n, t)))` over t > 0, for n independent copies of the extremal law at the λ of
/// `c*`: multinomial probabilities, summed from the largest |S_n| down.
pub fn violation(n: u64, c: f64) -> f64 {
    let law = extremal(rate(1.0).0);
    let (ln_u, ln_v) = (law.p_u.ln(), law.p_v.ln());
    let ln_0 = (-(law.p_u + law.p_v)).ln_1p();
    let mut points = Vec::new();
    for a in 0..=n {
        for b in 0..=n - a {
            let ways = binomial::ln_choose(n, a) + binomial::ln_choose(n - a, b);
            let ln_p = ways + a as f64 * ln_u + b as f64 * ln_v + (n - a - b) as f64 * ln_0;
            points.push(((b as f64 * law.v - a as f64 * law.u).abs(), ln_p.exp()));
        }
    }
    points.sort_by(|x, y| y.0.total_cmp(&x.0));
    let (mut tail, mut worst) = (Sum::default(), 0.0_f64);
    for (t, p) in points {
        tail.add(p);
        let exponent = c * (t * t / n as f64).min(t);
        worst = worst.max(tail.value() / (2.0 * (-exponent).exp()));
    }
    worst
}

/// `‖X‖_ψα` of a law with atoms `values` and `weights` (summing to 1), α ≥ 1; 0 if X vanishes.
///
/// Newton from the right on the convex function `s ↦ ln E exp((s|X|)^α) − ln 2`, `s = 1/‖X‖`.
pub fn norm(values: &[f64], weights: &[f64], alpha: f64) -> f64 {
    let far = |best: f64, (x, p): (&f64, &f64)| {
        if *x == 0.0 || *p <= 0.0 {
            return best;
        }
        best.min((std::f64::consts::LN_2 - p.ln()).powf(1.0 / alpha) / x.abs())
    };
    let mut s = values.iter().zip(weights).fold(f64::INFINITY, far);
    if s.is_infinite() {
        return 0.0;
    }
    for _ in 0..100 {
        let (mut total, mut slope) = (0.0, 0.0);
        for (x, p) in values.iter().zip(weights) {
            let power = (s * x.abs()).powf(alpha);
            let term = p * power.exp();
            total += term;
            slope += term * alpha * power / s;
        }
        let step = (total / 2.0).ln() * total / slope;
        s -= step;
        if step.abs() <= 1e-15 * s {
            break;
        }
    }
    1.0 / s
}

/// `‖X − EX‖/‖X‖` for a law with these atoms.
pub fn centring_ratio(values: &[f64], weights: &[f64], alpha: f64) -> f64 {
    let mean: f64 = values.iter().zip(weights).map(|(x, p)| x * p).sum();
    let centred: Vec<f64> = values.iter().map(|x| x - mean).collect();
    let whole = norm(values, weights, alpha);
    if whole > 0.0 { norm(&centred, weights, alpha) / whole } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    /// Against a two-variable maximisation over the atoms by another method (Nelder–Mead, double precision).
    #[test]
    fn extremal_laws_agree_with_a_search_over_the_atoms() {
        for (lambda, expected) in
            [(0.3, 0.339_751_844_1), (0.5, 0.371_717_973_1), (0.9, 0.549_572_088_1)]
        {
            let found = ln_mgf(lambda);
            assert_relative_eq!(found.value / (lambda * lambda), expected, max_relative = 1e-9);
            assert!(found.radius() < 1e-11, "{found:?}");
        }
        let law = extremal(0.5);
        assert_relative_eq!(law.u, 0.926_074_43, max_relative = 1e-5);
        assert_relative_eq!(law.v, 2.494_379, max_relative = 1e-5);
        assert_relative_eq!(law.p_u * law.u, law.p_v * law.v, max_relative = 1e-14);
        assert_relative_eq!(
            law.p_u * law.u.exp_m1() + law.p_v * law.v.exp_m1(),
            1.0,
            max_relative = 1e-14
        );
    }

    #[test]
    fn rates_agree_with_a_nested_search() {
        for (x, expected) in
            [(0.5, 0.636_100_123_2), (1.0, 0.495_656_369_95), (1.5, 0.605_175_495_1)]
        {
            let over = f64::min(x * x, x);
            assert_relative_eq!(rate(x).1.value / over, expected, max_relative = 1e-9);
        }
    }

    #[test]
    fn norms_of_simple_laws() {
        // E e^{1/c} = 2.
        assert_relative_eq!(
            norm(&[1.0], &[1.0], 1.0),
            1.0 / std::f64::consts::LN_2,
            max_relative = 1e-14
        );
        assert_relative_eq!(
            norm(&[-3.0, 3.0], &[0.3, 0.7], 2.0),
            3.0 / std::f64::consts::LN_2.sqrt(),
            max_relative = 1e-14
        );
        // p (e^{x/c} − 1) = 1.
        assert_relative_eq!(
            norm(&[0.0, 2.0], &[0.75, 0.25], 1.0),
            2.0 / 5.0_f64.ln(),
            max_relative = 1e-14
        );
        assert_eq!(norm(&[0.0, 0.0], &[0.5, 0.5], 1.0), 0.0);
        assert_relative_eq!(
            centring_ratio(&[-1.0, 1.0], &[0.5, 0.5], 3.0),
            1.0,
            max_relative = 1e-14
        );
    }

    #[test]
    fn one_summand_is_never_a_violation_and_large_constants_are() {
        assert!(violation(1, 0.49) <= 1.0);
        assert!(violation(40, 2.0) > 1.0);
    }
}
