//! Catoni's interval for the mean of values whose variance is bounded.

use super::solve::middle;

/// Interval for the mean of independent values with that mean and variance at most `variance`, which
/// misses it with probability at most `alpha`; no other moment need exist.
///
/// With φ(x) = sign(x) ln(1 + |x| + x²/2) (Catoni, Ann. Inst. H. Poincaré 48, 2012; as a confidence
/// set in θ: Wang and Ramdas, Stoch. Proc. Appl. 163, 2023)
/// ```text
/// E exp(±φ(λ(x − μ))) ≤ E[1 ± λ(x − μ) + λ²(x − μ)²/2] ≤ 1 + λ²σ²/2 ,
/// ```
/// since φ(x) ≤ ln(1 + x + x²/2) and −φ(x) ≤ ln(1 − x + x²/2) for every x. Multiplied over n
/// values, Markov's inequality gives
/// P(|Σφ(λ(x_i − μ))| ≥ n ln(1 + λ²σ²/2) + ln(2/α)) ≤ α. The sum falls in μ, so the μ that are not
/// excluded are an interval, whose ends are found by Newton's method. λ = √(2 ln(2/α)/(nσ²)) makes
/// its radius nearly σ√(2 ln(2/α)/n), that of a normal law.
///
/// `values` must be finite and `variance` positive and finite. Returns (−∞, ∞) otherwise.
pub(super) fn catoni_interval(values: &[f64], variance: f64, alpha: f64) -> [f64; 2] {
    let n = values.len() as f64;
    let log = (2.0 / alpha).ln();
    let lambda = (2.0 * log / (n * variance)).sqrt();
    let limit = n * libm::log1p(0.5 * lambda * lambda * variance) + log;
    if !(lambda > 0.0 && lambda.is_finite() && limit.is_finite()) {
        return [f64::NEG_INFINITY, f64::INFINITY];
    }
    let mean = values.iter().map(|x| x / n).sum::<f64>();
    let radius = limit / (n * lambda);
    let lo = end(values, lambda, limit, mean - radius, radius);
    let hi = end(values, lambda, -limit, mean + radius, radius);
    [lo, hi]
}

/// The θ with Σφ(λ(x_i − θ)) = `target`, from `start`, moved outward (down for a positive target) by
/// more than the error of the search.
///
/// Newton's method inside a bracket; where it leaves the bracket or is slow, as from a mean that one
/// wild value has carried away, bisection over the floats.
fn end(values: &[f64], lambda: f64, target: f64, start: f64, radius: f64) -> f64 {
    // Σφ − target falls in θ. It is positive at `above`: with y = λ(min − θ), Σφ ≥ n ln(1 + y).
    let reach = libm::expm1(target.abs() / values.len() as f64) / lambda;
    let (min, max) = values.iter().fold((f64::MAX, f64::MIN), |(a, b), &x| (a.min(x), b.max(x)));
    let (mut above, mut below) = ((min - reach).max(f64::MIN), (max + reach).min(f64::MAX));
    let mut theta = start.clamp(above, below);
    for step in 0..200 {
        let (sum, slope) = influence(values, lambda, theta);
        let excess = sum - target;
        let side = if excess >= 0.0 { &mut above } else { &mut below };
        *side = theta;
        let newton = theta + excess / slope;
        // 1e-9 of the radius is far below the interval's own slack, far above rounding.
        let tolerance = 1e-9 * radius + 4.0 * f64::EPSILON * theta.abs();
        if (newton - theta).abs() < tolerance || below - above < tolerance {
            return theta - target.signum() * 2.0 * tolerance;
        }
        let bisect =
            newton.is_nan() || newton <= above || newton >= below || step > 20 && step % 2 == 0;
        theta = if bisect { middle(above, below) } else { newton };
    }
    // Not reached: 90 bisections exhaust the floats. An end that is certainly outside.
    if target > 0.0 { above } else { below }
}

/// Σφ(λ(x_i − θ)) and λ Σφ′(λ(x_i − θ)), the latter minus the derivative in θ.
fn influence(values: &[f64], lambda: f64, theta: f64) -> (f64, f64) {
    let (mut sum, mut slope) = (0.0, 0.0);
    // One logarithm for eight values: their factors are multiplied first.
    for chunk in values.chunks(8) {
        let (mut up, mut down) = (1.0, 1.0);
        let mut derivative = 0.0;
        for x in chunk {
            let y = lambda * (x - theta);
            let size = y.abs();
            let factor = 1.0 + size + 0.5 * size * size;
            up *= if y > 0.0 { factor } else { 1.0 };
            down *= if y > 0.0 { 1.0 } else { factor };
            derivative += (1.0 + size) / factor;
        }
        slope += derivative;
        if up < f64::INFINITY && down < f64::INFINITY {
            sum += (up / down).ln();
        } else {
            sum += chunk.iter().map(|x| single(lambda * (x - theta))).sum::<f64>();
        }
    }
    (sum, lambda * slope)
}

/// φ(y), also where y² overflows.
fn single(y: f64) -> f64 {
    let size = y.abs();
    let log = if size < 1e100 {
        libm::log1p(size * (1.0 + 0.5 * size))
    } else {
        2.0 * size.ln() - std::f64::consts::LN_2
    };
    log.copysign(y)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Both ends solve the defining equation, evaluated afresh without the tricks of `influence`.
    #[test]
    fn the_ends_solve_the_equation() {
        let values: Vec<f64> = (0..999).map(|i| (f64::from(i) * 0.7).sin() + 3.0).collect();
        let (variance, alpha) = (0.5, 1e-9_f64);
        let [lo, hi] = catoni_interval(&values, variance, alpha);
        let log = (2.0 / alpha).ln();
        let lambda = (2.0 * log / (999.0 * variance)).sqrt();
        let limit = 999.0 * (1.0 + 0.5 * lambda * lambda * variance).ln() + log;
        let sum = |theta: f64| -> f64 {
            let phi = |y: f64| (1.0 + y.abs() + y * y / 2.0).ln() * y.signum();
            values.iter().map(|x| phi(lambda * (x - theta))).sum()
        };
        assert!((sum(lo) / limit - 1.0).abs() < 1e-7 && (sum(hi) / limit + 1.0).abs() < 1e-7);
        assert!(sum(lo) > limit && sum(hi) < -limit);
    }

    #[test]
    fn the_radius_is_near_the_gaussian_one() {
        let values: Vec<f64> = (0..100_000).map(|i| f64::from(i % 2) * 2.0 - 1.0).collect();
        let [lo, hi] = catoni_interval(&values, 1.0, 1e-9);
        let ideal = (2.0 * (2e9_f64).ln() / 1e5).sqrt();
        assert!((0.5 * (hi - lo) / ideal - 1.0).abs() < 0.01, "{lo} {hi} {ideal}");
    }

    #[test]
    fn wild_values_do_not_move_it_far() {
        let mut values: Vec<f64> = (0..10_000).map(|i| f64::from(i % 2) * 2.0 - 1.0).collect();
        let calm = catoni_interval(&values, 1.0, 1e-6);
        values[17] = 1e300;
        let wild = catoni_interval(&values, 1.0, 1e-6);
        // One value adds at most φ(λ·1e300) ≈ 1400 to a sum whose slope is nλ ≈ 540.
        assert!(wild[0].is_finite() && wild[1].is_finite());
        assert!(wild[1] > calm[1] && wild[1] - wild[0] < 20.0);
    }

    #[test]
    fn the_interval_moves_with_the_values() {
        let values: Vec<f64> = (0..500).map(|i| (f64::from(i) * 1.3).cos()).collect();
        let shifted: Vec<f64> = values.iter().map(|x| 10.0 - x).collect();
        let [lo, hi] = catoni_interval(&values, 1.0, 1e-3);
        let [low, high] = catoni_interval(&shifted, 1.0, 1e-3);
        assert!((10.0 - hi - low).abs() < 1e-7 && (10.0 - lo - high).abs() < 1e-7);
    }

    #[test]
    fn impossible_parameters_say_nothing() {
        for variance in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            let found = catoni_interval(&[1.0, 2.0], variance, 0.1);
            assert_eq!(found, [f64::NEG_INFINITY, f64::INFINITY], "{variance}");
        }
        assert_eq!(catoni_interval(&[], 1.0, 0.1), [f64::NEG_INFINITY, f64::INFINITY]);
    }
}
