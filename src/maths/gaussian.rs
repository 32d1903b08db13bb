//! Expectations over a standard normal z: rules with error control, and closed forms for piecewise
//! linear functions.
//!
//! * Analytic integrands: the trapezoidal rule, whose error falls like `e^{−2πd/h}` for a function that is
//!   analytic in the strip of half-width `d` (Trefethen & Weideman, SIAM Review 56, 2014).
//! * Integrands with kinks: composite Gauss–Legendre (16 points a panel), panels ending at the kinks.
//! * Piecewise linear functions of `a + b z`: normal distribution function and density.
//!
//! A value is accepted when two resolutions agree; the error bar is their distance (of which the finer one
//! deserves far less) plus rounding. Gauss–Hermite is not used: it converges like `e^{−c√N}` for tanh and
//! like `1/N` at a kink.

use super::{Enclosure, NumericalError, normal};

/// Where the normal law is cut off: P(|z| > 9.2) is 4e-20.
pub const CUT: f64 = 9.2;
/// Most refinements by [`expect`] and [`refine`].
const LEVELS: u32 = 14;
/// Factor of the step from one resolution to the next: with half the step a 2-D rule would cost twice as
/// much for digits that nobody asked for.
const FINER: f64 = 0.7;

/// Positive nodes and weights of the 16-point Gauss–Legendre rule (mpmath, 40 digits).
const LEGENDRE: [(f64, f64); 8] = [
    (0.095_012_509_837_637_44, 0.189_450_610_455_068_5),
    (0.281_603_550_779_258_9, 0.182_603_415_044_923_6),
    (0.458_016_777_657_227_4, 0.169_156_519_395_002_54),
    (0.617_876_244_402_643_7, 0.149_595_988_816_576_73),
    (0.755_404_408_355_003, 0.124_628_971_255_533_87),
    (0.865_631_202_387_831_7, 0.095_158_511_682_492_78),
    (0.944_575_023_073_232_6, 0.062_253_523_938_647_894),
    (0.989_400_934_991_649_9, 0.027_152_459_411_754_095),
];

/// Nodes with weights that hold the normal density: `E f(z) ≈ Σ w f(z)`.
#[derive(Clone, Debug, Default)]
pub struct Rule {
    /// Pairs (node, weight), nodes in increasing order.
    pub points: Vec<(f64, f64)>,
}

impl Rule {
    /// The trapezoidal rule of the given step; 0 is a node.
    pub fn trapezoid(step: f64) -> Self {
        let reach = (CUT / step).floor() as i64;
        let at = |k: i64| {
            let z = k as f64 * step;
            (z, step * normal::pdf(z))
        };
        Self { points: (-reach..=reach).map(at).collect() }
    }

    /// Composite Gauss–Legendre on panels no wider than `width` that end at the `splits`.
    pub fn panels(splits: &[f64], width: f64) -> Self {
        let mut ends: Vec<f64> = splits.iter().copied().filter(|z| z.abs() < CUT).collect();
        ends.extend([-CUT, CUT]);
        ends.sort_by(f64::total_cmp);
        let mut points = Vec::new();
        for pair in ends.windows(2) {
            let (from, to) = (pair[0], pair[1]);
            if to <= from {
                continue;
            }
            let pieces = ((to - from) / width).ceil().max(1.0);
            let half = 0.5 * (to - from) / pieces;
            for k in 0..pieces as usize {
                let middle = from + half * (2 * k + 1) as f64;
                let mut push = |x: f64, w: f64| {
                    let z = middle + half * x;
                    points.push((z, half * w * normal::pdf(z)));
                };
                LEGENDRE.iter().rev().for_each(|&(x, w)| push(-x, w));
                LEGENDRE.iter().for_each(|&(x, w)| push(x, w));
            }
        }
        Self { points }
    }

    /// A trapezoidal rule of this step where nothing splits the range, else panels eight steps wide.
    pub fn of(splits: &[f64], step: f64) -> Self {
        if splits.is_empty() { Self::trapezoid(step) } else { Self::panels(splits, 8.0 * step) }
    }

    /// The points with z ≥ 0, weights doubled but at 0: the same expectation for even functions.
    pub fn folded(&self) -> Self {
        let keep = self.points.iter().filter(|(z, _)| *z >= 0.0);
        Self { points: keep.map(|&(z, w)| (z, if z == 0.0 { w } else { 2.0 * w })).collect() }
    }

    /// Expectation of `f`.
    pub fn expect(&self, f: impl Fn(f64) -> f64) -> f64 {
        self.points.iter().map(|&(z, w)| w * f(z)).sum()
    }
}

/// `E f(z)` with an error bar; `kinks` are the points where f or a derivative jumps.
///
/// # Errors
/// [`NumericalError::Tolerance`] if two resolutions never agree to `1e-10` of the value.
pub fn expect(f: impl Fn(f64) -> f64, kinks: &[f64]) -> Result<Enclosure, NumericalError> {
    let [value] = expect_all(|z| [f(z)], kinks, 0.4)?;
    Ok(value)
}

/// Several expectations of functions that share their work, first with the given step.
///
/// # Errors
/// As [`expect`].
pub fn expect_all<const N: usize>(
    f: impl Fn(f64) -> [f64; N],
    kinks: &[f64],
    step: f64,
) -> Result<[Enclosure; N], NumericalError> {
    refine(step, |step| {
        let mut sum = [0.0; N];
        for (z, w) in Rule::of(kinks, step).points {
            for (sum, value) in sum.iter_mut().zip(f(z)) {
                *sum += w * value;
            }
        }
        Ok(sum)
    })
}

/// Refines the step until two resolutions agree to `1e-13` of each value (at least of `1e-3`), or stand at a
/// floor of rounding below `1e-10`; the error bar is their distance, doubled at a floor.
///
/// # Errors
/// [`NumericalError::Tolerance`] if they never do; what `at` refuses.
pub fn refine<const N: usize>(
    step: f64,
    at: impl Fn(f64) -> Result<[f64; N], NumericalError>,
) -> Result<[Enclosure; N], NumericalError> {
    const ENOUGH: f64 = 1e-13;
    // Values that vanish by symmetry carry absolute noise; small ones deserve their digits.
    const SMALL: f64 = 1e-3;
    let mut coarse = at(step)?;
    let mut step = step;
    let mut before = f64::INFINITY;
    for _ in 0..LEVELS {
        step *= FINER;
        let fine = at(step)?;
        let apart = |i: usize| (fine[i] - coarse[i]).abs() / fine[i].abs().max(SMALL);
        let worst = (0..N).map(apart).fold(0.0, |a: f64, b| if b.is_nan() { b } else { a.max(b) });
        if worst.is_nan() {
            return Err(NumericalError::Domain("an expectation is not a number".into()));
        }
        // Rounding and difference quotients leave a floor that refinement does not lower.
        let floor = worst <= 1e-10 && worst >= 0.2 * before;
        if worst <= ENOUGH || floor {
            let noise = if floor { 2.0 * worst.max(before) } else { 64.0 * f64::EPSILON };
            return Ok(std::array::from_fn(|i| {
                let size = fine[i].abs().max(SMALL);
                Enclosure::with_error(fine[i], (fine[i] - coarse[i]).abs() + noise * size)
            }));
        }
        before = worst;
        coarse = fine;
    }
    Err(NumericalError::Tolerance { reached: before, asked: ENOUGH })
}

/// A function seen through Gaussian noise: moments of φ at `u = a + b z`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Smoothed {
    /// `E φ`.
    pub mean: f64,
    /// `E φ²`.
    pub square: f64,
    /// `E φ′`, which is `E[zφ]/b` (Stein's lemma).
    pub slope: f64,
    /// `E φφ′`: half the derivative of `square` in a.
    pub cross: f64,
    /// `E[φ′² + φφ″] = E[zφφ′]/b`: the derivative of `square` in b².
    pub square_rate: f64,
    /// `E φ″ = E[zφ′]/b`: the derivative of `slope` in a.
    pub curvature: f64,
}

/// A piece `c + m u` of a piecewise linear function, on `[from, to]`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Piece {
    /// Left end (may be −∞).
    pub from: f64,
    /// Right end (may be +∞).
    pub to: f64,
    /// Value of the line at 0.
    pub intercept: f64,
    /// Slope.
    pub slope: f64,
}

/// Closed form of [`Smoothed`] for a piecewise linear function; `b ≥ 0`. At `b = 0` second derivatives
/// are taken as 0 (they are undefined at a kink).
pub fn smooth_piecewise(pieces: &[Piece], a: f64, b: f64) -> Smoothed {
    let mut out = Smoothed::default();
    for piece in pieces {
        let (c, m) = (piece.intercept, piece.slope);
        if b == 0.0 {
            if a >= piece.from && (a < piece.to || piece.to == f64::INFINITY) {
                let value = c + m * a;
                out.mean += value;
                out.square += value * value;
                out.slope += m;
                out.cross += m * value;
                out.square_rate += m * m;
            }
            continue;
        }
        let (low, high) = ((piece.from - a) / b, (piece.to - a) / b);
        let [mass, first, second] = truncated_moments(low, high);
        let (at, by) = (c + m * a, m * b);
        out.mean += at * mass + by * first;
        out.square += at * at * mass + 2.0 * at * by * first + by * by * second;
        out.slope += m * mass;
        out.cross += m * (at * mass + by * first);
        out.square_rate += m * (at * first / b + m * second);
        out.curvature += m * first / b;
    }
    out
}

/// `E[1, z, z²; low < z < high]`.
fn truncated_moments(low: f64, high: f64) -> [f64; 3] {
    let density = |z: f64| if z.is_infinite() { 0.0 } else { normal::pdf(z) };
    let moved = |z: f64| if z.is_infinite() { 0.0 } else { z * normal::pdf(z) };
    let mass = if low > 0.0 {
        normal::sf(low) - normal::sf(high)
    } else {
        normal::cdf(high) - normal::cdf(low)
    };
    [mass, density(low) - density(high), mass + moved(low) - moved(high)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;
    use proptest::prelude::*;

    /// mpmath, 30 digits: E tanh²(√q z).
    const TANH_SQUARE: [(f64, f64); 4] = [
        (0.01, 0.009_805_468_755_532_406),
        (1.2, 0.427_561_304_476_902_6),
        (30.0, 0.856_268_605_116_101_2),
        (900.0, 0.973_415_988_806_022_3),
    ];

    #[test]
    fn moments_are_exact() {
        for (kinks, f, exact) in [
            (&[][..], (|z: f64| z.powi(8)) as fn(f64) -> f64, 105.0),
            (&[0.0][..], |z: f64| z.abs(), (2.0 / std::f64::consts::PI).sqrt()),
            (&[0.0][..], |z: f64| z.max(0.0).powi(2), 0.5),
            (&[1.0][..], |z: f64| f64::from(u8::from(z > 1.0)), 0.158_655_253_931_457_05),
        ] {
            let found = expect(f, kinks).unwrap();
            assert!(found.lo <= exact && exact <= found.hi, "{found:?} {exact}");
            assert!(found.radius() < 2e-11);
        }
    }

    /// `φ = erf(√π u/2)`: `E φ² = (2/π) arcsin(v/(1 + v))`, `E φ′ = (1 + v)^{−1/2}` with `v = πq/2`.
    #[test]
    fn erf_has_closed_forms_at_every_variance() {
        let c = std::f64::consts::PI.sqrt() / 2.0;
        for q in [1e-4, 0.3, 1.0, 10.0, 400.0] {
            let b = f64::sqrt(q);
            let v = std::f64::consts::FRAC_PI_2 * q;
            let square = expect(|z| crate::maths::special::erf(c * b * z).powi(2), &[]).unwrap();
            let slope = expect(|z| (-(c * b * z).powi(2)).exp(), &[]).unwrap();
            let exact = std::f64::consts::FRAC_2_PI * (v / (1.0 + v)).asin();
            assert!((square.value - exact).abs() <= square.radius() + 1e-15, "{q}");
            assert!(square.radius() < 1e-12 && slope.radius() < 1e-12);
            assert_relative_eq!(slope.value, (1.0 + v).powf(-0.5), max_relative = 1e-13);
        }
    }

    #[test]
    fn tanh_against_mpmath() {
        for (q, exact) in TANH_SQUARE {
            let found = expect(|z| (f64::sqrt(q) * z).tanh().powi(2), &[]).unwrap();
            assert!((found.value - exact).abs() < 1e-13, "{q} {found:?} {exact}");
        }
    }

    #[test]
    fn what_does_not_settle_is_refused() {
        assert!(expect(|z| (1e5 * z).sin().signum(), &[]).is_err());
        assert!(expect(|_| f64::NAN, &[]).is_err());
    }

    proptest! {
        /// Closed forms of a piecewise linear function against quadrature split at its kinks.
        #[test]
        fn piecewise_linear_closed_forms(a in -3.0f64..3.0, b in 0.05f64..4.0) {
            let pieces = [
                Piece { from: f64::NEG_INFINITY, to: -1.0, intercept: -1.0, slope: 0.0 },
                Piece { from: -1.0, to: 1.0, intercept: 0.0, slope: 1.0 },
                Piece { from: 1.0, to: f64::INFINITY, intercept: 0.5, slope: 0.5 },
            ];
            let phi = |u: f64| if u < -1.0 { -1.0 } else if u < 1.0 { u } else { 0.5 + 0.5 * u };
            let slope = |u: f64| if u < -1.0 { 0.0 } else if u < 1.0 { 1.0 } else { 0.5 };
            let kinks = [(-1.0 - a) / b, (1.0 - a) / b];
            let closed = smooth_piecewise(&pieces, a, b);
            let by = |f: &dyn Fn(f64, f64) -> f64| expect(|z| f(z, a + b * z), &kinks).unwrap().value;
            prop_assert!((closed.mean - by(&|_, u| phi(u))).abs() < 1e-11);
            prop_assert!((closed.square - by(&|_, u| phi(u).powi(2))).abs() < 1e-10);
            prop_assert!((closed.slope - by(&|_, u| slope(u))).abs() < 1e-11);
            prop_assert!((closed.slope - by(&|z, u| z * phi(u)) / b).abs() < 1e-10);
            prop_assert!((closed.cross - by(&|_, u| phi(u) * slope(u))).abs() < 1e-11);
            prop_assert!((closed.square_rate - by(&|z, u| z * phi(u) * slope(u)) / b).abs() < 1e-10);
            prop_assert!((closed.curvature - by(&|z, u| z * slope(u)) / b).abs() < 1e-10);
        }
    }
}
