//! Kolmogorov–Smirnov distances with the band of Dvoretzky, Kiefer and Wolfowitz.

use crate::maths::Enclosure;

/// A distribution function at a point: its limit from the left and its value. They differ at atoms.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// P(X < x).
    pub before: f64,
    /// P(X ≤ x).
    pub at: f64,
}

impl Step {
    /// A point without an atom.
    pub const fn continuous(value: f64) -> Self {
        Self { before: value, at: value }
    }
}

/// Distance sup |F̂ − F| of a sample to a law, and an interval for the distance of the law it came from.
///
/// By Massart's form of the Dvoretzky–Kiefer–Wolfowitz inequality (Ann. Probab. 18, 1990) the sample's
/// F̂ is within ε = √(ln(2/α)/(2n)) of its own law everywhere with probability ≥ 1 − `alpha`, atoms or
/// not, so the distance between the laws is within ε of the sample's. Values that are not finite (u of
/// n) may lie anywhere and add u/n on both sides. The measured value leaves them out.
pub fn ks_distance(values: &[f64], law: impl Fn(f64) -> Step, alpha: f64) -> Enclosure {
    let sorted = sorted_finite(values);
    let n = sorted.len() as f64;
    let mut distance = 0.0_f64;
    let mut below = 0;
    for run in sorted.chunk_by(|a, b| a == b) {
        let step = law(run[0]);
        let after = below + run.len();
        if step.before.is_nan() || step.at.is_nan() {
            return Enclosure::UNKNOWN;
        }
        distance = distance
            .max((step.before - below as f64 / n).abs())
            .max((step.at - after as f64 / n).abs());
        below = after;
    }
    let missing = (values.len() - sorted.len()) as f64 / values.len() as f64;
    around(distance, massart(values.len(), alpha) + missing, sorted.is_empty())
}

/// Distance sup |F̂ − Ĝ| of two samples, and an interval for the distance of their laws.
///
/// Each sample is within √(ln(4/α)/(2n)) of its law with probability ≥ 1 − α/2; the distance between
/// the laws differs from the measured one by at most the sum.
pub fn ks_two_samples(first: &[f64], second: &[f64], alpha: f64) -> Enclosure {
    let (a, b) = (sorted_finite(first), sorted_finite(second));
    let (mut i, mut j, mut distance) = (0, 0, 0.0_f64);
    while i < a.len() && j < b.len() {
        let x = a[i].min(b[j]);
        i += a[i..].iter().take_while(|&&y| y == x).count();
        j += b[j..].iter().take_while(|&&y| y == x).count();
        distance = distance.max((i as f64 / a.len() as f64 - j as f64 / b.len() as f64).abs());
    }
    let radius = [(first, &a), (second, &b)].into_iter().map(|(all, finite)| {
        let missing = (all.len() - finite.len()) as f64 / all.len() as f64;
        massart(all.len(), 0.5 * alpha) + missing
    });
    around(distance, radius.sum(), a.is_empty() || b.is_empty())
}

/// Radius √(ln(2/α)/(2n)) of the band around an empirical distribution function.
pub fn massart(n: usize, alpha: f64) -> f64 {
    ((2.0 / alpha).ln() / (2.0 * n as f64)).sqrt()
}

/// distance ± radius within [0, 1]; nothing but [0, 1] if there were no values.
fn around(distance: f64, radius: f64, empty: bool) -> Enclosure {
    if empty || radius.is_nan() {
        return Enclosure { value: f64::NAN, lo: 0.0, hi: 1.0 };
    }
    Enclosure {
        value: distance,
        lo: (distance - radius).max(0.0),
        hi: (distance + radius).min(1.0),
    }
}

fn sorted_finite(values: &[f64]) -> Vec<f64> {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|x| x.is_finite()).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn distance_to_the_uniform_law_by_hand() {
        // 0.1, 0.4, 0.7 against F(x) = x: the largest gap is 1 − 0.7.
        let found = ks_distance(&[0.7, 0.1, 0.4], Step::continuous, 0.05);
        assert!((found.value - 0.3).abs() < 1e-15);
        // √(ln 40 / 6) = 0.7841002757 (mpmath).
        assert!((found.hi - 1.0).abs() < 1e-15 && found.lo == 0.0);
        assert!((massart(3, 0.05) - 0.784_100_275_7).abs() < 1e-10);
    }

    /// mpmath: √(ln(2e10)/2000).
    #[test]
    fn massart_at_a_small_alpha() {
        assert!((massart(1000, 1e-10) - 0.108_901_327_151_005).abs() < 1e-12);
    }

    #[test]
    fn an_atom_counts_on_both_sides() {
        // Fair coin on {0, 1}; a sample of 3 zeros and 1 one is 1/4 away, not 1/2.
        let coin = |x: f64| match x {
            0.0 => Step { before: 0.0, at: 0.5 },
            _ => Step { before: 0.5, at: 1.0 },
        };
        let found = ks_distance(&[0.0, 0.0, 1.0, 0.0], coin, 0.05);
        assert_eq!(found.value, 0.25);
    }

    #[test]
    fn two_samples_by_hand() {
        // F̂ − Ĝ after 1, 2, 3, 4: ½, ½ − ½, …: the largest is ½.
        assert_eq!(ks_two_samples(&[1.0, 3.0], &[2.0, 4.0], 0.05).value, 0.5);
        assert_eq!(ks_two_samples(&[1.0, 2.0], &[3.0, 4.0, 5.0], 0.05).value, 1.0);
        assert_eq!(ks_two_samples(&[1.0, 1.0, 2.0, 2.0], &[1.0, 2.0], 0.05).value, 0.0);
    }

    #[test]
    fn unknown_values_widen_and_no_values_say_nothing() {
        let values: Vec<f64> = (0..1000).map(|i| f64::from(i) / 1000.0).collect();
        let mut damaged = values.clone();
        damaged[..10].fill(f64::NAN);
        let (whole, part) = (
            ks_distance(&values, Step::continuous, 0.1),
            ks_distance(&damaged, Step::continuous, 0.1),
        );
        assert!(part.hi - part.value - (whole.hi - whole.value) - 0.01 < 1e-12);
        let none = ks_distance(&[f64::NAN], Step::continuous, 0.1);
        assert_eq!((none.lo, none.hi), (0.0, 1.0));
        assert_eq!(ks_two_samples(&[], &[1.0], 0.1).hi, 1.0);
    }

    proptest! {
        #[test]
        fn two_samples_are_symmetric_and_monotone_maps_change_nothing(
            a in proptest::collection::vec(-5_i32..5, 1..40),
            b in proptest::collection::vec(-5_i32..5, 1..40),
        ) {
            let a: Vec<f64> = a.into_iter().map(f64::from).collect();
            let b: Vec<f64> = b.into_iter().map(f64::from).collect();
            let d = ks_two_samples(&a, &b, 0.1).value;
            prop_assert_eq!(d, ks_two_samples(&b, &a, 0.1).value);
            let map = |v: &[f64]| v.iter().map(|x| x.exp()).collect::<Vec<_>>();
            prop_assert_eq!(d, ks_two_samples(&map(&a), &map(&b), 0.1).value);
            // The definition, at every point where either jumps.
            let cdf = |v: &[f64], x: f64| v.iter().filter(|&&y| y <= x).count() as f64 / v.len() as f64;
            let direct = a.iter().chain(&b).fold(0.0_f64, |m, &x| m.max((cdf(&a, x) - cdf(&b, x)).abs()));
            prop_assert!((d - direct).abs() < 1e-14);
        }
    }
}
