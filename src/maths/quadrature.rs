//! Integrals with an error bar from two rules that agree: adaptive Gauss–Kronrod and tanh–sinh.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::f64::consts::FRAC_PI_2;

use super::special::U;
use super::sum::Sum;
use super::{Enclosure, NumericalError};

/// Kronrod's 21 points: positive nodes (odd places are Gauss's) and weights. Computed from the
/// Stieltjes polynomial of P₁₀ at 40 digits; exact for polynomials of degree 31.
const KRONROD: [(f64, f64); 11] = [
    (0.995_657_163_025_808_1, 0.011_694_638_867_371_874),
    (0.973_906_528_517_171_7, 0.032_558_162_307_964_725),
    (0.930_157_491_355_708_2, 0.054_755_896_574_351_995),
    (0.865_063_366_688_984_5, 0.075_039_674_810_919_96),
    (0.780_817_726_586_416_9, 0.093_125_454_583_697_6),
    (0.679_409_568_299_024_4, 0.109_387_158_802_297_64),
    (0.562_757_134_668_604_7, 0.123_491_976_262_065_84),
    (0.433_395_394_129_247_2, 0.134_709_217_311_473_34),
    (0.294_392_862_701_460_2, 0.142_775_938_577_060_09),
    (0.148_874_338_981_631_22, 0.147_739_104_901_338_49),
    (0.0, 0.149_445_554_002_916_9),
];

/// Weights of the 10 Gauss points, from the outside in; exact for polynomials of degree 19.
const GAUSS: [f64; 5] = [
    0.066_671_344_308_688_14,
    0.149_451_349_150_580_6,
    0.219_086_362_515_982_04,
    0.269_266_719_309_996_36,
    0.295_524_224_714_752_87,
];

/// Most pieces of the adaptive rule.
const PIECES: usize = 4000;
/// Most halvings of the step of the tanh–sinh rule.
const LEVELS: u32 = 11;

/// ∫ₐᵇ f with absolute error at most `tolerance`; an end may be infinite.
///
/// The value is Gauss–Kronrod's, the error bar the larger of its own estimate |K₂₁ − G₁₀| summed over
/// the pieces and its distance to tanh–sinh, plus rounding. Errors: [`NumericalError::Tolerance`].
pub fn integrate(
    f: impl Fn(f64) -> f64,
    a: f64,
    b: f64,
    tolerance: f64,
) -> Result<Enclosure, NumericalError> {
    let first = gauss_kronrod(&f, a, b, tolerance)?;
    let second = tanh_sinh(&f, a, b, tolerance)?;
    let apart = (first.value - second.value).abs();
    accept(first.value, first.radius().max(apart), 2.0 * tolerance)
}

/// The integrand moved to a finite range: x(t) and dx/dt.
fn map(a: f64, b: f64, t: f64) -> (f64, f64) {
    match (a.is_finite(), b.is_finite()) {
        (true, true) => (t, 1.0),
        // x = a + t/(1−t), t in (0, 1)
        (true, false) => (a + t / (1.0 - t), 1.0 / ((1.0 - t) * (1.0 - t))),
        // x = b − (1−t)/t, t in (0, 1)
        (false, true) => (b - (1.0 - t) / t, 1.0 / (t * t)),
        // x = t/(1−t²), t in (−1, 1)
        (false, false) => {
            let rest = (1.0 - t) * (1.0 + t);
            (t / rest, (1.0 + t * t) / (rest * rest))
        }
    }
}

/// The finite range that [`map`] starts from.
fn base(a: f64, b: f64) -> (f64, f64) {
    match (a.is_finite(), b.is_finite()) {
        (true, true) => (a, b),
        (false, false) => (-1.0, 1.0),
        _ => (0.0, 1.0),
    }
}

fn check_range(a: f64, b: f64, tolerance: f64) -> Result<(), NumericalError> {
    if a.is_nan() || b.is_nan() || a > b || a == f64::INFINITY || b == f64::NEG_INFINITY {
        return Err(NumericalError::Domain(format!("no integral from {a} to {b}")));
    }
    if tolerance.is_nan() || tolerance <= 0.0 {
        return Err(NumericalError::Domain(format!("tolerance {tolerance} is not positive")));
    }
    Ok(())
}

fn accept(value: f64, error: f64, tolerance: f64) -> Result<Enclosure, NumericalError> {
    if value.is_finite() && error <= tolerance {
        return Ok(Enclosure::with_error(value, error));
    }
    Err(NumericalError::Tolerance { reached: error, asked: tolerance })
}

/// One piece of the range with its integral and error.
struct Piece {
    from: f64,
    to: f64,
    value: f64,
    error: f64,
}

impl PartialEq for Piece {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}
impl Eq for Piece {}
impl PartialOrd for Piece {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Piece {
    fn cmp(&self, other: &Self) -> Ordering {
        self.error.total_cmp(&other.error)
    }
}

/// K₂₁ on one piece; error |K₂₁ − G₁₀| plus rounding.
fn piece(f: &impl Fn(f64) -> f64, from: f64, to: f64) -> Piece {
    let (middle, half) = (0.5 * (from + to), 0.5 * (to - from));
    let (mut kronrod, mut gauss, mut size) = (0.0, 0.0, 0.0);
    for (i, &(node, weight)) in KRONROD.iter().enumerate() {
        let (low, high) = (f(middle - half * node), f(middle + half * node));
        let both = if node == 0.0 { low } else { low + high };
        kronrod += weight * both;
        size += weight * if node == 0.0 { low.abs() } else { low.abs() + high.abs() };
        if i % 2 == 1 {
            gauss += GAUSS[i / 2] * both;
        }
    }
    let error = (kronrod - gauss).abs() * half + 32.0 * U * size * half;
    Piece {
        from,
        to,
        value: kronrod * half,
        error: if error.is_nan() { f64::INFINITY } else { error },
    }
}

/// Adaptive Gauss–Kronrod (G₁₀, K₂₁): the worst piece is halved until the errors sum to `tolerance`.
pub fn gauss_kronrod(
    f: impl Fn(f64) -> f64,
    a: f64,
    b: f64,
    tolerance: f64,
) -> Result<Enclosure, NumericalError> {
    check_range(a, b, tolerance)?;
    if a == b {
        return Ok(Enclosure::point(0.0));
    }
    let moved = |t: f64| {
        let (x, dx) = map(a, b, t);
        let y = f(x) * dx;
        // The ends of an infinite range are never reached but by rounding.
        if x.is_infinite() || dx.is_infinite() { 0.0 } else { y }
    };
    let (from, to) = base(a, b);
    let mut heap = BinaryHeap::from([piece(&moved, from, to)]);
    loop {
        let error = heap.iter().map(|p| p.error).collect::<Sum>().value();
        let value = heap.iter().map(|p| p.value).collect::<Sum>().value();
        if error <= tolerance || heap.len() >= PIECES {
            return accept(value, error, tolerance);
        }
        let Some(worst) = heap.pop() else { return accept(value, f64::INFINITY, tolerance) };
        let middle = 0.5 * (worst.from + worst.to);
        if middle <= worst.from || middle >= worst.to {
            return accept(value, error, tolerance);
        }
        heap.push(piece(&moved, worst.from, middle));
        heap.push(piece(&moved, middle, worst.to));
    }
}

/// Tanh–sinh (exp–sinh, sinh–sinh on infinite ranges): the step is halved until two steps agree.
///
/// Takahasi & Mori, Double exponential formulas for numerical integration (1974). The error bar is the
/// change at the last halving plus rounding; for integrands analytic inside the range the true error is
/// about its square, and algebraic singularities at the ends do no harm.
pub fn tanh_sinh(
    f: impl Fn(f64) -> f64,
    a: f64,
    b: f64,
    tolerance: f64,
) -> Result<Enclosure, NumericalError> {
    check_range(a, b, tolerance)?;
    if a == b {
        return Ok(Enclosure::point(0.0));
    }
    let term = |t: f64| {
        let (x, dx) = double_exponential(a, b, t);
        let inside = x > a && x < b && dx > 0.0 && dx.is_finite();
        if inside { f(x) * dx } else { 0.0 }
    };
    let mut step = 1.0;
    let mut total = Sum::default();
    let mut size = 0.0;
    let mut last = f64::NAN;
    let mut change = f64::INFINITY;
    for level in 0..LEVELS {
        let reach = (7.0 / step) as i64;
        for k in -reach..=reach {
            if level == 0 || k % 2 != 0 {
                let y = term(k as f64 * step);
                total.add(y);
                size += y.abs();
            }
        }
        let value = total.value() * step;
        change = (value - last).abs() + 32.0 * U * size * step;
        if level > 2 && change <= tolerance {
            return accept(value, change, tolerance);
        }
        last = value;
        step *= 0.5;
    }
    accept(last, change, tolerance)
}

/// x(t) and dx/dt with double-exponential decay.
fn double_exponential(a: f64, b: f64, t: f64) -> (f64, f64) {
    let s = FRAC_PI_2 * t.sinh();
    let ds = FRAC_PI_2 * t.cosh();
    match (a.is_finite(), b.is_finite()) {
        (true, true) => {
            // Distance to the nearer end without cancellation: (b−a)/(1 + e^{2|s|}).
            let near = (b - a) / (1.0 + (2.0 * s.abs()).exp());
            let x = if s < 0.0 { a + near } else { b - near };
            let cosh = s.cosh();
            (x, 0.5 * (b - a) * ds / (cosh * cosh))
        }
        (true, false) => (a + s.exp(), s.exp() * ds),
        (false, true) => (b - s.exp(), s.exp() * ds),
        (false, false) => (s.sinh(), s.cosh() * ds),
    }
}

/// Nodes and weights of Gauss–Hermite for a standard normal: E f(Z) ≈ Σ wᵢ f(zᵢ), exact for
/// polynomials of degree 2n − 1. Golub & Welsch (1969): eigenvalues of the Jacobi matrix with
/// off-diagonal √k; weights are squared first components of the eigenvectors.
pub fn gauss_hermite(n: usize) -> Vec<(f64, f64)> {
    let jacobi = nalgebra::DMatrix::from_fn(n, n, |i, j| {
        if i.abs_diff(j) == 1 { (i.max(j) as f64).sqrt() } else { 0.0 }
    });
    let eigen = nalgebra::SymmetricEigen::new(jacobi);
    let mut rule: Vec<(f64, f64)> = eigen
        .eigenvalues
        .iter()
        .zip(eigen.eigenvectors.row(0).iter())
        .map(|(&z, &first)| (z, first * first))
        .collect();
    rule.sort_by(|x, y| x.0.total_cmp(&y.0));
    rule
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::PI;

    #[test]
    fn kronrod_is_exact_to_degree_31_and_gauss_to_19() {
        for degree in 0..=32 {
            let kronrod: f64 = KRONROD
                .iter()
                .map(|&(x, w)| {
                    w * if x == 0.0 {
                        0f64.powi(degree)
                    } else {
                        x.powi(degree) + (-x).powi(degree)
                    }
                })
                .sum();
            let gauss: f64 = GAUSS
                .iter()
                .enumerate()
                .map(|(i, w)| {
                    let x = KRONROD[2 * i + 1].0;
                    w * (x.powi(degree) + (-x).powi(degree))
                })
                .sum();
            let exact = if degree % 2 == 0 { 2.0 / f64::from(degree + 1) } else { 0.0 };
            if degree <= 31 {
                assert!((kronrod - exact).abs() < 2e-15, "degree {degree}");
            } else {
                assert!((kronrod - exact).abs() > 1e-12, "32 is beyond the rule");
            }
            assert_eq!((gauss - exact).abs() < 2e-15, degree <= 19 || degree % 2 == 1, "{degree}");
        }
    }

    #[test]
    fn known_integrals() {
        type Case = (fn(f64) -> f64, f64, f64, f64);
        let cases: [Case; 6] = [
            (|x| x.exp(), 0.0, 1.0, 1f64.exp() - 1.0),
            (|x| x.sqrt(), 0.0, 1.0, 2.0 / 3.0),
            (|x| (-x).exp(), 0.0, f64::INFINITY, 1.0),
            (|x| (-0.5 * x * x).exp(), f64::NEG_INFINITY, f64::INFINITY, 2.506_628_274_631_000_5),
            (|x| 1.0 / (1.0 + x * x), f64::NEG_INFINITY, 0.0, PI / 2.0),
            (|x| (20.0 * x).cos(), 0.0, 3.0, 60f64.sin() / 20.0),
        ];
        for (f, a, b, exact) in cases {
            let found = integrate(f, a, b, 1e-11).unwrap();
            assert!(found.lo <= exact && exact <= found.hi, "{found:?} misses {exact}");
            assert!(found.radius() <= 2e-11);
        }
    }

    #[test]
    fn a_divergent_integral_is_refused() {
        assert!(integrate(|x| 1.0 / x, 0.0, 1.0, 1e-9).is_err());
        assert!(gauss_kronrod(|x| x, 1.0, 0.0, 1e-9).is_err());
    }

    #[test]
    fn hermite_moments() {
        let rule = gauss_hermite(12);
        let moment = |k: i32| rule.iter().map(|(z, w)| w * z.powi(k)).sum::<f64>();
        for (k, exact) in
            [(0, 1.0), (2, 1.0), (4, 3.0), (6, 15.0), (8, 105.0), (22, 13_749_310_575.0)]
        {
            assert!((moment(k) / exact - 1.0).abs() < 1e-11, "moment {k}");
        }
        assert!(moment(3).abs() < 1e-12);
    }
}
