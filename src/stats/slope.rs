//! Least-squares slope through points that carry intervals.

use crate::maths::Enclosure;

/// A fitted slope.
#[derive(Clone, Debug, PartialEq)]
pub struct Slope {
    /// The slope, and every slope the points allow.
    pub slope: Enclosure,
    /// Weights w with slope = Σ wᵢ yᵢ, from the xᵢ alone.
    pub weights: Vec<f64>,
}

/// Least-squares slope of y on x. It is linear in y: slope = Σ wᵢ yᵢ with
/// wᵢ = (xᵢ − x̄)/Σ(xⱼ − x̄)², so intervals of the yᵢ give Σ wᵢ [loᵢ, hiᵢ], which holds the slope
/// whenever they all hold (share the error probability over the points).
///
/// Unknown with fewer than two different x, unequal lengths, or an x that is not finite. For a
/// power law pass logarithms.
pub fn slope(x: &[f64], y: &[Enclosure]) -> Slope {
    let weights = weights(x);
    if weights.is_empty() || x.len() != y.len() {
        return Slope { slope: Enclosure::UNKNOWN, weights };
    }
    let mut sum = Enclosure::point(0.0);
    let mut scale = 0.0_f64;
    for (w, y) in weights.iter().zip(y) {
        let (lo, hi) = if *w < 0.0 { (y.hi, y.lo) } else { (y.lo, y.hi) };
        // 0 · ∞: a point exactly in the middle has no say, however uncertain.
        let term = |end: f64| if *w == 0.0 { 0.0 } else { w * end };
        sum.value += term(y.value);
        sum.lo += term(lo);
        sum.hi += term(hi);
        scale += term(y.lo).abs() + term(y.hi).abs();
    }
    if sum.lo.is_nan() || sum.hi.is_nan() {
        return Slope { slope: Enclosure { value: sum.value, ..Enclosure::UNKNOWN }, weights };
    }
    // Rounding of the weights (a few ulps each) and of sums of n terms.
    let slack = if scale.is_finite() { (x.len() as f64 + 8.0) * f64::EPSILON * scale } else { 0.0 };
    sum.lo -= slack;
    sum.hi += slack;
    Slope { slope: sum, weights }
}

/// (xᵢ − x̄)/Σ(xⱼ − x̄)², or nothing if that is not defined.
fn weights(x: &[f64]) -> Vec<f64> {
    let mean = x.iter().sum::<f64>() / x.len() as f64;
    let spread = x.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>();
    let rounding = x.iter().fold(0.0_f64, |m, x| m.max(x.abs())) * 1e-14;
    if !spread.is_finite() || spread <= rounding * rounding * x.len() as f64 {
        return Vec::new();
    }
    x.iter().map(|x| (x - mean) / spread).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_line_by_hand() {
        // x̄ = 2, Σ(x − x̄)² = 2: weights −½, 0, ½.
        let y = [
            Enclosure::with_error(1.0, 0.1),
            Enclosure::UNKNOWN,
            Enclosure { value: 5.0, lo: 4.5, hi: 5.25 },
        ];
        let found = slope(&[1.0, 2.0, 3.0], &y);
        assert_eq!(found.weights, [-0.5, 0.0, 0.5]);
        assert_eq!(found.slope.value, 2.0);
        assert!((found.slope.lo - 1.7).abs() < 1e-13 && (found.slope.hi - 2.175).abs() < 1e-13);
    }

    #[test]
    fn no_spread_in_x_says_nothing() {
        let y = [Enclosure::point(1.0); 3];
        for x in [&[0.1; 3][..], &[1.0, f64::NAN, 2.0], &[], &[1.0, 2.0]] {
            assert_eq!(slope(x, &y).slope.hi, f64::INFINITY, "{x:?}");
        }
        let unknown = [Enclosure::UNKNOWN, Enclosure::point(1.0)];
        assert_eq!(slope(&[1.0, 2.0], &unknown).slope.lo, f64::NEG_INFINITY);
    }

    proptest! {
        #[test]
        fn any_choice_inside_the_intervals_has_its_slope_inside(
            points in proptest::collection::vec(
                (-10.0..10.0_f64, -5.0..5.0_f64, 0.0..2.0_f64, 0.0..1.0_f64), 2..12),
        ) {
            let x: Vec<f64> = points.iter().map(|p| p.0).collect();
            let y: Vec<Enclosure> =
                points.iter().map(|p| Enclosure { value: p.1, lo: p.1, hi: p.1 + p.2 }).collect();
            let chosen: Vec<f64> = points.iter().map(|p| p.1 + p.2 * p.3).collect();
            let found = slope(&x, &y);
            prop_assume!(!found.weights.is_empty());
            // The textbook quotient of sums, written independently of the weights.
            let n = x.len() as f64;
            let (mx, my) = (x.iter().sum::<f64>() / n, chosen.iter().sum::<f64>() / n);
            let top: f64 = x.iter().zip(&chosen).map(|(a, b)| (a - mx) * (b - my)).sum();
            let bottom: f64 = x.iter().map(|a| (a - mx) * (a - mx)).sum();
            prop_assume!(bottom > 1e-6);
            let direct = top / bottom;
            let slack = 1e-9 * (1.0 + direct.abs());
            prop_assert!(found.slope.lo - slack <= direct && direct <= found.slope.hi + slack);
        }
    }
}
