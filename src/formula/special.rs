//! Special functions of doubles behind the table of functions.

use std::f64::consts::{PI, SQRT_2};

use crate::maths::{Interval, gamma};

/// ln √(2π).
const LN_SQRT_2PI: f64 = 0.918_938_533_204_672_8;
/// From here on Stirling's series below is good to the last digit.
const STIRLING_FROM: f64 = 10.0;

/// Φ(x) = erfc(z)/2 with z = −x/√2. In the upper tail of erfc the rounding error dz of z is amplified
/// by 2z; it is found by a fused multiply-add and taken out: erfc(z + dz) ≈ erfc(z)(1 − 2z dz).
pub(super) fn normal_cdf(x: f64) -> f64 {
    /// √2 minus its double.
    const SQRT_2_REST: f64 = -9.667_293_313_452_913e-17;
    let z = -x / SQRT_2;
    let half = 0.5 * libm::erfc(z);
    if !(1.0..30.0).contains(&z) {
        return half;
    }
    let error = ((-z).mul_add(SQRT_2, -x) - z * SQRT_2_REST) / SQRT_2;
    half * (1.0 - 2.0 * z * error)
}

/// φ(x) = exp(−x²/2)/√(2π), with the rounding error of x² taken out.
pub(super) fn normal_pdf(x: f64) -> f64 {
    let square = x * x;
    let value = libm::exp(-0.5 * square) / (2.0 * PI).sqrt();
    if value == 0.0 || value.is_nan() {
        return value;
    }
    value * (1.0 - 0.5 * x.mul_add(x, -square))
}

/// ψ(x): the recurrence up to x ≥ 12, then the asymptotic series (Abramowitz and Stegun 6.3.18);
/// reflection for x < 0. NaN at the poles.
pub(super) fn digamma(x: f64) -> f64 {
    if x <= 0.0 {
        if x == x.floor() {
            return f64::NAN;
        }
        return digamma(1.0 - x) - PI / libm::tan(PI * (x - x.round()));
    }
    if x == f64::INFINITY {
        return x;
    }
    let (mut x, mut shift) = (x, 0.0);
    while x < 12.0 {
        shift += 1.0 / x;
        x += 1.0;
    }
    let r = 1.0 / (x * x);
    let series = [
        1.0 / 12.0,
        -1.0 / 120.0,
        1.0 / 252.0,
        -1.0 / 240.0,
        1.0 / 132.0,
        -691.0 / 32760.0,
        1.0 / 12.0,
    ];
    let tail = series.iter().rev().fold(0.0, |sum, c| (sum + c) * r);
    libm::log(x) - 0.5 / x - tail - shift
}

/// Δ(x) = ln Γ(x) − (x − ½) ln x + x − ln √(2π) for x ≥ 10, by Stirling's series
/// (Abramowitz and Stegun 6.1.41).
fn stirling(x: f64) -> f64 {
    let r = 1.0 / (x * x);
    let series = [
        1.0 / 12.0,
        -1.0 / 360.0,
        1.0 / 1260.0,
        -1.0 / 1680.0,
        1.0 / 1188.0,
        -691.0 / 360_360.0,
        1.0 / 156.0,
    ];
    series.iter().rev().fold(0.0, |sum, c| sum * r + c) / x
}

/// ln B(a, b) = ln Γ(a) + ln Γ(b) − ln Γ(a + b) for a, b ≥ 0, without cancellation of large terms
/// (Didonato and Morris, ACM TOMS 18 (1992) 360).
pub(super) fn lbeta(a: f64, b: f64) -> f64 {
    let (p, q) = (a.min(b), a.max(b));
    if a.is_nan() || b.is_nan() || p < 0.0 {
        return f64::NAN;
    }
    if p == 0.0 {
        return f64::INFINITY;
    }
    if q == f64::INFINITY {
        return f64::NEG_INFINITY;
    }
    if q < STIRLING_FROM {
        return libm::lgamma(p) + libm::lgamma(q) - libm::lgamma(p + q);
    }
    let spread = libm::log1p(-p / (p + q));
    if p < STIRLING_FROM {
        let rest = stirling(q) - stirling(p + q) + p - p * libm::log(p + q);
        return libm::lgamma(p) + rest + (q - 0.5) * spread;
    }
    let rest = stirling(p) + stirling(q) - stirling(p + q);
    LN_SQRT_2PI - 0.5 * libm::log(q) + rest + (p - 0.5) * libm::log(p / (p + q)) + q * spread
}

/// B(a, b).
pub(super) fn beta(a: f64, b: f64) -> f64 {
    libm::exp(lbeta(a, b))
}

/// The generalised binomial coefficient: ∏ (n−k+i)/i for a whole k ≥ 0 and any n (exact while the
/// products stay below 2⁵³), 0 for a negative whole k, 1/((n+1) B(n−k+1, k+1)) for other 0 ≤ k ≤ n.
pub(super) fn binomial(n: f64, k: f64) -> f64 {
    if k.fract() != 0.0 || !n.is_finite() || !k.is_finite() {
        return libm::exp(lbinomial(n, k));
    }
    let k = if n.fract() == 0.0 && n >= k { k.min(n - k) } else { k };
    if k < 0.0 {
        return 0.0;
    }
    let (mut result, mut i) = (1.0f64, 1.0);
    while i <= k {
        let factor = n - k + i;
        let product = result * factor;
        result = if product.is_finite() { product / i } else { result * (factor / i) };
        // Zero and infinity stay; a long product of another kind goes by logarithms.
        if result == 0.0 || result.is_infinite() {
            return result;
        }
        if i > 1e6 {
            return if n >= k { libm::exp(lbinomial(n, k)) } else { f64::NAN };
        }
        i += 1.0;
    }
    result
}

/// ln of the binomial coefficient for 0 ≤ k ≤ n: −ln(n+1) − ln B(n−k+1, k+1). −∞ for whole k outside.
pub(super) fn lbinomial(n: f64, k: f64) -> f64 {
    if n >= 0.0 && n.fract() == 0.0 && k.fract() == 0.0 && (k < 0.0 || k > n) {
        return f64::NEG_INFINITY;
    }
    if !(n >= 0.0 && k >= 0.0 && k <= n) {
        return f64::NAN;
    }
    if k == 0.0 || k == n {
        return 0.0;
    }
    -libm::log1p(n) - lbeta(n - k + 1.0, k + 1.0)
}

/// Deviance x ln(x/m) + m − x, by its series where x ≈ m (Loader 2000).
fn deviance(x: f64, m: f64) -> f64 {
    let d = x - m;
    if d.abs() >= 0.1 * (x + m) {
        return x * libm::log(x / m) - d;
    }
    // With v = d/(x+m): ln(x/m) = 2 artanh v, so the value is d·v + 2x(v³/3 + v⁵/5 + …).
    let v = d / (x + m);
    let (mut sum, mut power, mut j) = (d * v, 2.0 * x * v, 1.0);
    loop {
        power *= v * v;
        j += 2.0;
        let next = sum + power / j;
        if next == sum {
            return sum;
        }
        sum = next;
    }
}

/// ln x! − ln √(2πx) − x ln x + x for x > 0.
fn factorial_error(x: f64) -> f64 {
    if x >= STIRLING_FROM {
        return stirling(x);
    }
    libm::lgamma(x + 1.0) - (x + 0.5) * libm::log(x) + x - LN_SQRT_2PI
}

/// P(Bin(n, p) = k), by Loader's saddle-point form ("Fast and accurate computation of binomial
/// probabilities", 2000). 0 where k is not a whole number in 0..=n; NaN unless n is a whole number
/// ≥ 0 and 0 ≤ p ≤ 1.
pub(super) fn binomial_pmf(k: f64, n: f64, p: f64) -> f64 {
    let valid = n >= 0.0 && n.is_finite() && n.fract() == 0.0 && (0.0..=1.0).contains(&p);
    if !valid || k.is_nan() {
        return f64::NAN;
    }
    if k < 0.0 || k > n || k.fract() != 0.0 {
        return 0.0;
    }
    if p == 0.0 || p == 1.0 {
        return f64::from((p == 0.0 && k == 0.0) || (p == 1.0 && k == n));
    }
    if k == 0.0 {
        return libm::exp(n * libm::log1p(-p));
    }
    if k == n {
        return libm::exp(n * libm::log(p));
    }
    let rest = factorial_error(n) - factorial_error(k) - factorial_error(n - k);
    let exponent = rest - deviance(k, n * p) - deviance(n - k, n * (1.0 - p));
    libm::exp(exponent) * (n / (2.0 * PI * k * (n - k))).sqrt()
}

/// P(χ²_k > x); for k = 0 the law is the point 0.
pub(super) fn chi_square_sf(x: f64, k: f64) -> f64 {
    chi_square(x, k, 1.0, 0.0, gamma::q)
}

/// P(χ²_k ≤ x).
pub(super) fn chi_square_cdf(x: f64, k: f64) -> f64 {
    chi_square(x, k, 0.0, 1.0, gamma::p)
}

/// [`chi_square_cdf`] on intervals: rising in x, falling in k; each end widened by the error bound of
/// the incomplete gamma function.
pub(super) fn chi_square_cdf_interval(x: Interval, k: Interval) -> Interval {
    let ends = (chi_square_cdf(x.lo, k.hi), chi_square_cdf(x.hi, k.lo));
    widened(ends.0, ends.1, k.hi)
}

/// [`chi_square_sf`] on intervals: falling in x, rising in k.
pub(super) fn chi_square_sf_interval(x: Interval, k: Interval) -> Interval {
    let ends = (chi_square_sf(x.hi, k.lo), chi_square_sf(x.lo, k.hi));
    widened(ends.0, ends.1, k.hi)
}

/// A probability between two computed ends, with the errors of both.
fn widened(lo: f64, hi: f64, k: f64) -> Interval {
    if lo.is_nan() || hi.is_nan() {
        return Interval::UNDEFINED;
    }
    let error = |p: f64| if p > 0.0 { p * gamma::ln_error(0.5 * k, libm::log(p)) } else { 0.0 };
    let (down, up) = ((lo - error(lo)).next_down(), (hi + error(hi)).next_up());
    Interval::new(down.max(0.0), up.min(1.0))
}

/// The value `start` below the support, `end` at its far end, and the incomplete gamma function
/// between.
fn chi_square(x: f64, k: f64, start: f64, end: f64, f: fn(f64, f64) -> f64) -> f64 {
    match () {
        () if x.is_nan() || !(0.0..f64::INFINITY).contains(&k) => f64::NAN,
        () if x < 0.0 => start,
        () if k == 0.0 || x == f64::INFINITY => end,
        () if x == 0.0 => start,
        () => f(0.5 * k, 0.5 * x),
    }
}

/// Density of χ²_k at x, by logarithms.
pub(super) fn chi_square_pdf(x: f64, k: f64) -> f64 {
    if x.is_nan() || !(k > 0.0 && k < f64::INFINITY) {
        return f64::NAN;
    }
    if x < 0.0 || x == f64::INFINITY {
        return 0.0;
    }
    if x == 0.0 {
        return match k {
            _ if k < 2.0 => f64::INFINITY,
            _ if k == 2.0 => 0.5,
            _ => 0.0,
        };
    }
    // With a = k/2 − 1 and y = x/2: ½ yᵃ e⁻ʸ/Γ(a + 1), as a Poisson probability in Loader's form.
    let (a, y) = (0.5 * k - 1.0, 0.5 * x);
    if a >= STIRLING_FROM {
        return 0.5 * libm::exp(-stirling(a) - deviance(a, y)) / (2.0 * PI * a).sqrt();
    }
    0.5 * libm::exp(a * libm::log(y) - y - libm::lgamma(a + 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values from mpmath with 50 digits.
    #[test]
    #[rustfmt::skip]
    fn agrees_with_reference_values() {
        let cases: &[(&str, f64, f64)] = &[
            ("normal_cdf(-38.0)", normal_cdf(-38.0), 2.88542835e-316),
            ("normal_cdf(-20.0)", normal_cdf(-20.0), 2.7536241186062337e-89),
            ("normal_cdf(-8.3)", normal_cdf(-8.3), 5.205569744890254e-17),
            ("normal_cdf(-1.7)", normal_cdf(-1.7), 0.04456546275854304),
            ("normal_cdf(0.4)", normal_cdf(0.4), 0.6554217416103242),
            ("normal_cdf(5.0)", normal_cdf(5.0), 0.9999997133484281),
            ("normal_pdf(-38.0)", normal_pdf(-38.0), 1.097221052e-314),
            ("normal_pdf(-20.3)", normal_pdf(-20.3), 1.308288554681529e-90),
            ("normal_pdf(1.7)", normal_pdf(1.7), 0.09404907737688693),
            ("digamma(1e-05)", digamma(1e-05), -100000.57719921567),
            ("digamma(0.3)", digamma(0.3), -3.502524222200133),
            ("digamma(1.0)", digamma(1.0), -0.5772156649015329),
            ("digamma(2.5)", digamma(2.5), 0.7031566406452432),
            ("digamma(11.0)", digamma(11.0), 2.351752589066721),
            ("digamma(1234.5)", digamma(1234.5), 7.118016231827998),
            ("digamma(-0.4)", digamma(-0.4), 0.9593807861068093),
            ("digamma(-7.3)", digamma(-7.3), 4.33730730551005),
            ("lbeta(0.3, 0.7)", lbeta(0.3, 0.7), 1.3566652413497422),
            ("lbeta(2.5, 12.0)", lbeta(2.5, 12.0), -6.07577512534228),
            ("lbeta(12.0, 17.5)", lbeta(12.0, 17.5), -19.9856581790024),
            ("lbeta(100000.0, 200000.0)", lbeta(100000.0, 200000.0), -190958.88527911686),
            ("lbeta(0.5, 1000000.0)", lbeta(0.5, 1000000.0), -6.335390211057437),
            ("lbeta(3.0, 1000000000000.0)", lbeta(3.0, 1000000000000.0), -82.1999161672287),
            ("binomial(60.0, 30.0)", binomial(60.0, 30.0), 1.1826458156486142e+17),
            ("binomial(1000.0, 500.0)", binomial(1000.0, 500.0), 2.7028824094543655e+299),
            ("binomial(1000000.0, 3.0)", binomial(1000000.0, 3.0), 1.66666166667e+17),
            ("binomial(-0.5, 4.0)", binomial(-0.5, 4.0), 0.2734375),
            ("binomial(5.5, 2.25)", binomial(5.5, 2.25), 13.63040830080171),
            ("lbinomial(60.0, 30.0)", lbinomial(60.0, 30.0), 39.31170072601126),
            ("lbinomial(1000000.0, 500000.0)", lbinomial(1000000.0, 500000.0), 693140.0470130637),
            ("lbinomial(1000000000.0, 3.0)", lbinomial(1000000000.0, 3.0), 60.37803803861118),
            ("binomial_pmf(3.0, 10.0, 0.3)", binomial_pmf(3.0, 10.0, 0.3), 0.266827932),
            ("binomial_pmf(500.0, 1000.0, 0.5)", binomial_pmf(500.0, 1000.0, 0.5), 0.0252250181783608),
            ("binomial_pmf(400.0, 1000.0, 0.5)", binomial_pmf(400.0, 1000.0, 0.5), 4.633908074049734e-11),
            ("binomial_pmf(1000000.0, 2000000.0, 0.5)", binomial_pmf(1000000.0, 2000000.0, 0.5), 0.0005641895130240628),
            ("binomial_pmf(0.0, 2000.0, 0.5)", binomial_pmf(0.0, 2000.0, 0.5), 0.0),
            ("binomial_pmf(7.0, 1000000.0, 1e-05)", binomial_pmf(7.0, 1000000.0, 1e-05), 0.09007913563743797),
            ("chi_square_pdf(3.0, 5.0)", chi_square_pdf(3.0, 5.0), 0.15418032980376928),
            ("chi_square_pdf(1200.0, 1000.0)", chi_square_pdf(1200.0, 1000.0), 1.07724943014962e-06),
            ("chi_square_pdf(10.0, 40.0)", chi_square_pdf(10.0, 40.0), 5.282421549851286e-07),
            ("chi_square_pdf(0.5, 1.0)", chi_square_pdf(0.5, 1.0), 0.4393912894677224),
            ("chi_square_sf(3.0, 5.0)", chi_square_sf(3.0, 5.0), 0.6999858358786275),
            ("chi_square_cdf(3.0, 5.0)", chi_square_cdf(3.0, 5.0), 0.3000141641213725),
            ("chi_square_sf(30.0, 5.0)", chi_square_sf(30.0, 5.0), 1.4748581038443052e-05),
            ("chi_square_cdf(30.0, 5.0)", chi_square_cdf(30.0, 5.0), 0.9999852514189616),
            ("chi_square_sf(1.0, 10.0)", chi_square_sf(1.0, 10.0), 0.9998278843700441),
            ("chi_square_cdf(1.0, 10.0)", chi_square_cdf(1.0, 10.0), 0.00017211562995584078),
        ];
        for (name, found, expected) in cases {
            assert!((found - expected).abs() <= 2e-14 * expected.abs(), "{name}: {found:e} is not {expected:e}");
        }
    }

    #[test]
    fn whole_binomials_are_exact() {
        // C(60, 10), C(52, 5); Pascal's rule in 64-bit integers for the rest.
        assert_eq!(binomial(60.0, 10.0), 75_394_027_566.0);
        assert_eq!(binomial(52.0, 47.0), 2_598_960.0);
        let mut row = vec![1u64];
        for n in 1..50 {
            row = (0..=n)
                .map(|k| row.get(k).unwrap_or(&0) + k.checked_sub(1).map_or(0, |k| row[k]))
                .collect();
            for (k, exact) in row.iter().enumerate() {
                assert_eq!(binomial(n as f64, k as f64), *exact as f64, "{n} {k}");
            }
        }
        assert_eq!(binomial(3.0, -1.0), 0.0);
        assert_eq!(binomial(3.0, 5.0), 0.0);
        assert_eq!(binomial(1e9, 5e8), f64::INFINITY);
    }

    #[test]
    fn edges() {
        assert_eq!((chi_square_sf(0.0, 0.0), chi_square_cdf(0.0, 0.0)), (0.0, 1.0));
        assert_eq!((chi_square_sf(-1.0, 3.0), chi_square_cdf(-1.0, 3.0)), (1.0, 0.0));
        assert!(
            chi_square_sf(1.0, -1.0).is_nan()
                && digamma(-3.0).is_nan()
                && lbeta(-1.0, 2.0).is_nan()
        );
        assert_eq!(binomial_pmf(2.5, 10.0, 0.5), 0.0);
        assert!(binomial_pmf(1.0, 10.0, 1.5).is_nan());
        let total: f64 = (0..=30).map(|k| binomial_pmf(f64::from(k), 30.0, 0.3)).sum();
        assert!((total - 1.0).abs() < 1e-14);
    }
}
