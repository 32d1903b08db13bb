//! Straight lines through points.

use super::Enclosure;

/// Weights cᵢ of the least-squares slope: slope = Σ cᵢ yᵢ, cᵢ = (xᵢ − x̄)/Σ(xⱼ − x̄)².
///
/// All NaN if the abscissas don't differ. The slope is linear in y, so that its error follows exactly
/// from the points' errors.
pub fn slope_weights(x: &[f64]) -> Vec<f64> {
    let mean = super::sum::sum(x.iter().copied()) / x.len() as f64;
    let spread = super::sum::sum(x.iter().map(|x| (x - mean) * (x - mean)));
    x.iter().map(|x| (x - mean) / spread).collect()
}

/// Least-squares slope through points of which y is known up to an enclosure; the interval holds the
/// slope of every choice of points inside theirs.
pub fn slope(x: &[f64], y: &[Enclosure]) -> Enclosure {
    let weights = slope_weights(x);
    let pick = |low: bool| {
        super::sum::sum(
            weights.iter().zip(y).map(|(&c, y)| c * if (c > 0.0) == low { y.lo } else { y.hi }),
        )
    };
    let value = super::sum::sum(weights.iter().zip(y).map(|(c, y)| c * y.value));
    let size: f64 = weights.iter().zip(y).map(|(c, y)| (c * y.value).abs()).sum();
    // Rounding of the weights and of the sum.
    let rounding = 16.0 * super::special::U * size;
    Enclosure { value, lo: pick(true) - rounding, hi: pick(false) + rounding }
}

/// Slope of ln y against ln x by least squares: the exponent of a power law. Needs x > 0; an
/// enclosure of y that reaches 0 or below gives an infinite end.
pub fn log_log_slope(x: &[f64], y: &[Enclosure]) -> Enclosure {
    let ln_x: Vec<f64> = x.iter().map(|x| x.ln()).collect();
    let ln_y: Vec<Enclosure> = y
        .iter()
        .map(|y| Enclosure {
            value: y.value.ln(),
            lo: if y.lo > 0.0 { y.lo.ln() } else { f64::NEG_INFINITY },
            hi: y.hi.ln(),
        })
        .collect();
    slope(&ln_x, &ln_y)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_power_law_gives_its_exponent() {
        let x = [2.0, 5.0, 10.0, 20.0];
        let y: Vec<Enclosure> =
            x.iter().map(|x: &f64| Enclosure::point(3.0 * x.powf(-1.5))).collect();
        let found = log_log_slope(&x, &y);
        assert!((found.value + 1.5).abs() < 1e-14 && found.lo <= -1.5 && -1.5 <= found.hi);
    }

    #[test]
    fn the_interval_is_the_worst_choice_of_points() {
        // Two points: slope (y2 − y1)/(x2 − x1), by hand in [1 − 0.2, 1 + 0.2].
        let y = [Enclosure::with_error(0.0, 0.1), Enclosure::with_error(1.0, 0.1)];
        let found = slope(&[0.0, 1.0], &y);
        assert!((found.lo - 0.8).abs() < 1e-13 && (found.hi - 1.2).abs() < 1e-13);
        assert!(slope(&[1.0, 1.0], &y).value.is_nan());
    }
}
