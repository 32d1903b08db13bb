//! Coherence of random unit vectors: the law of the largest inner product of `K` Gaussian filters of fan-in
//! `d`, each divided by its norm (Gilbert et al. 2017, Tables 4 and 6).
//!
//! The inner product t of two such filters has density ∝ (1 − t²)^{(d−3)/2}. The products of the N = K(K−1)/2
//! pairs are independent two by two (and along any forest of pairs), though not all together, so
//! P(max ≤ μ) ≈ (1 − p)^N with p = P(t > μ). How far that can be off is proven filter by filter: given
//! filters 1, …, i − 1 with all products at most μ, filter i must avoid i − 1 caps of measure p, two of
//! which meet in measure at most q (that of two caps whose centres have inner product μ), so
//!
//! ∏(1 − (i−1)p) ≤ P(max ≤ μ) ≤ ∏(1 − (i−1)p + C(i−1, 2) q).

use nalgebra::{DMatrix, Scalar};
use statrs::function::beta::{beta_reg, ln_beta};

use super::gram::{lower_gram, lower_gram_of_columns};
use crate::maths::quadrature::gauss_kronrod;
use crate::maths::{Enclosure, normal};
use crate::random::Stream;

/// Relative error of the incomplete beta function, with room (held against mpmath in the tests).
const BETA_ERROR: f64 = 1e-10;

/// Which product of a pair of filters is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Product {
    /// Its absolute value, as footnote 12 says.
    Absolute,
    /// The product itself.
    Signed,
}

/// The law of the coherence of `filters` random unit vectors in `fan_in` dimensions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CoherenceLaw {
    /// Dimension d of a filter, at least 3.
    pub fan_in: u64,
    /// Number K of filters, at least 2.
    pub filters: u64,
}

impl CoherenceLaw {
    /// Number of pairs.
    pub fn pairs(&self) -> f64 {
        let k = self.filters as f64;
        0.5 * k * (k - 1.0)
    }

    /// P(product of one pair > μ) for μ in [0, 1].
    pub fn pair_tail(&self, mu: f64, product: Product) -> f64 {
        tail(self.fan_in as f64, mu) * share(product)
    }

    /// P(largest product ≤ μ), μ in [0, 1]: the value is that of independent pairs, the ends are proven.
    pub fn cdf(&self, mu: f64, product: Product) -> Enclosure {
        let p = self.pair_tail(mu, product);
        let value = self.independent(mu, product);
        let q = self.two_caps(mu, product, p);
        let (mut low, mut high) = (0.0, 0.0);
        for i in 1..self.filters {
            let i = i as f64;
            low += (-i * p).max(-1.0).ln_1p();
            high += (0.5 * i * (i - 1.0) * q - i * p).min(0.0).ln_1p();
        }
        let room = 1.0 + 4.0 * BETA_ERROR * (1.0 + self.pairs() * p);
        let (lo, hi) = (low.exp() / room, (high.exp() * room).min(1.0));
        Enclosure { value, lo: lo.min(value), hi: hi.max(value) }
    }

    /// (1 − p)^N: the distribution function if all pairs were independent.
    pub fn independent(&self, mu: f64, product: Product) -> f64 {
        (self.pairs() * (-self.pair_tail(mu, product)).ln_1p()).exp()
    }

    /// P(largest product ≤ μ) with all shifts of `size × size` filters counted too: Gaussian approximation for
    /// the products with a shifted filter, of variance o/(size²·d) at o common taps. More products can
    /// only lower the probability: that is the upper end; nothing is proven of the lower one.
    pub fn cdf_with_shifts(&self, mu: f64, size: u64) -> Enclosure {
        let plain = self.cdf(mu, Product::Absolute);
        let (k, taps) = (self.filters as f64, (size * size) as f64);
        let mut ln_factor = 0.0;
        for (dy, dx) in half_plane(size as i64) {
            let common = (size as i64 - dy) * (size as i64 - dx.abs());
            let deviation = (common as f64 / (taps * self.fan_in as f64)).sqrt();
            ln_factor += k * k * (-2.0 * normal::sf(mu / deviation)).ln_1p();
        }
        Enclosure { value: plain.value * ln_factor.exp(), lo: 0.0, hi: plain.hi }
    }

    /// Logarithm of the density at μ in (0, 1), for independent pairs.
    pub fn ln_density(&self, mu: f64, product: Product) -> f64 {
        let one = 2.0 * share(product) * density(self.fan_in as f64, mu);
        let others = (self.pairs() - 1.0) * (-self.pair_tail(mu, product)).ln_1p();
        (self.pairs() * one).ln() + others
    }

    /// The μ at which independent pairs give probability `level`, between the μ at which the two proven ends
    /// give it. NaN outside (0, 1).
    pub fn quantile(&self, level: f64, product: Product) -> Enclosure {
        if !(level > 0.0 && level < 1.0) {
            return Enclosure::UNKNOWN;
        }
        let value = bisect(1e-13, |mu| self.independent(mu, product) < level);
        let lo = bisect(1e-6, |mu| self.cdf(mu, product).hi < level);
        let hi = bisect(1e-6, |mu| self.cdf(mu, product).lo < level);
        Enclosure { value: 0.5 * (value.0 + value.1), lo: lo.0, hi: hi.1 }
    }

    /// Largest measure in which two caps can meet whose centres have an allowed inner product.
    fn two_caps(&self, mu: f64, product: Product, p: f64) -> f64 {
        let d = self.fan_in as f64;
        if p == 0.0 || mu >= 1.0 {
            return 0.0;
        }
        let same = caps_meet(d, mu, mu, p * p);
        let both = match product {
            Product::Signed => same,
            Product::Absolute => 2.0 * (same + caps_meet(d, mu, -mu, p * p)),
        };
        // Caps that meet in less than p² on average over their centres can't be the largest.
        both.max(p * p).min(p)
    }
}

/// Where in [0, 1] `below` turns from true to false, to a bracket of width `tolerance`.
fn bisect(tolerance: f64, below: impl Fn(f64) -> bool) -> (f64, f64) {
    let (mut low, mut high) = (0.0, 1.0);
    while high - low > tolerance {
        let middle = 0.5 * (low + high);
        if below(middle) { low = middle } else { high = middle }
    }
    (low, high)
}

fn share(product: Product) -> f64 {
    match product {
        Product::Absolute => 1.0,
        Product::Signed => 0.5,
    }
}

/// P(|t| > μ) for a coordinate t of a uniform point of the unit sphere in d ≥ 2 dimensions.
fn tail(d: f64, mu: f64) -> f64 {
    match mu {
        mu if mu <= 0.0 => 1.0,
        mu if mu >= 1.0 => 0.0,
        mu => beta_reg(0.5 * (d - 1.0), 0.5, (1.0 - mu) * (1.0 + mu)),
    }
}

/// Density of such a coordinate at t in (−1, 1).
fn density(d: f64, t: f64) -> f64 {
    let exponent = 0.5 * (d - 3.0);
    (exponent * (-t * t).ln_1p() - ln_beta(0.5, 0.5 * (d - 1.0))).exp()
}

/// P(⟨x, a⟩ > μ and ⟨x, b⟩ > μ) for uniform x and unit vectors with ⟨a, b⟩ = ρ, |ρ| < 1, from above: the
/// error of the integral is added. `scale` is the size of the answer, roughly.
fn caps_meet(d: f64, mu: f64, rho: f64, scale: f64) -> f64 {
    let above =
        |x: f64| if x >= 0.0 { 0.5 * tail(d - 1.0, x) } else { 1.0 - 0.5 * tail(d - 1.0, -x) };
    let integrand = |s: f64| {
        let rest = ((1.0 - rho) * (1.0 + rho) * (1.0 - s) * (1.0 + s)).sqrt();
        density(d, s) * above((mu - rho * s) / rest) / scale
    };
    // The density falls off within a few 1/√d of μ: a split there keeps the rule's points where the mass is.
    let split = (mu + 8.0 / d.sqrt()).min(0.5 * (1.0 + mu));
    let piece = |from, to| gauss_kronrod(integrand, from, to, 1e-6).map_or(f64::INFINITY, |e| e.hi);
    scale * (piece(mu, split) + piece(split, 1.0)) * (1.0 + 10.0 * BETA_ERROR)
}

/// The shifts of a square filter against another, one of each pair ±.
fn half_plane(size: i64) -> Vec<(i64, i64)> {
    let all = (0..size).flat_map(|dy| (1 - size..size).map(move |dx| (dy, dx)));
    all.filter(|&(dy, dx)| dy > 0 || dx > 0).collect()
}

/// Largest absolute and largest signed product of two different rows, each divided by its norm.
///
/// NaN if a row is zero or not finite.
pub fn of_rows(rows: &DMatrix<f64>) -> (f64, f64) {
    of_gram(&lower_gram(rows))
}

/// The same of columns in single precision. Products of unit vectors are then good to 1e-6, where those of random filters
/// of fan-in d vary by 1/√d and the largest of them by about a tenth of that.
pub fn of_columns(columns: &DMatrix<f32>) -> (f64, f64) {
    of_gram(&lower_gram_of_columns(columns))
}

/// The same from the Gram matrix of the rows; entries above the diagonal are not looked at.
pub fn of_gram<T: Scalar + Copy + Into<f64>>(gram: &DMatrix<T>) -> (f64, f64) {
    let scale: Vec<f64> = (0..gram.nrows()).map(|i| 1.0 / gram[(i, i)].into().sqrt()).collect();
    if scale.iter().any(|x| !x.is_finite() || *x == 0.0) {
        return (f64::NAN, f64::NAN);
    }
    let (mut least, mut largest) = (f64::INFINITY, f64::NEG_INFINITY);
    for (j, column) in gram.column_iter().enumerate() {
        for (&entry, &weight) in column.iter().zip(&scale).skip(j + 1) {
            let product = entry.into() * weight * scale[j];
            if product.is_nan() {
                return (f64::NAN, f64::NAN);
            }
            least = least.min(product);
            largest = largest.max(product);
        }
    }
    (largest.max(-least), largest)
}

/// A K × d matrix of independent standard normals.
pub fn draw_rows(law: &CoherenceLaw, stream: &mut Stream) -> DMatrix<f64> {
    let mut rows = DMatrix::zeros(law.filters as usize, law.fan_in as usize);
    stream.fill_normal(rows.as_mut_slice());
    rows
}

/// A d × K matrix of independent standard normals in single precision.
pub fn draw_columns(law: &CoherenceLaw, stream: &mut Stream) -> DMatrix<f32> {
    let mut columns = DMatrix::zeros(law.fan_in as usize, law.filters as usize);
    stream.fill_normal_f32(columns.as_mut_slice());
    columns
}

/// The Gram matrix of K Gaussian vectors in d ≥ K dimensions by Bartlett's decomposition: lower triangular
/// factor with normals below and χ of d − i degrees of freedom on the diagonal (i = 0, …, K − 1).
pub fn draw_gram(law: &CoherenceLaw, stream: &mut Stream) -> DMatrix<f64> {
    let k = law.filters as usize;
    let mut factor = DMatrix::zeros(k, k);
    for j in 0..k {
        factor[(j, j)] = stream.chi_squared((law.fan_in - j as u64) as f64).sqrt();
        stream.fill_normal(&mut factor.as_mut_slice()[j * k + j + 1..(j + 1) * k]);
    }
    &factor * factor.transpose()
}

/// Largest absolute product of two different columns of Wᵀ in two dimensions: filters of `size × size` taps
/// (rows of K × (M·size²), tap last), each divided by its norm, against all shifts of all filters.
pub fn with_shifts(rows: &DMatrix<f64>, size: u64) -> f64 {
    let mut largest = of_rows(rows).0;
    let taps = (size * size) as usize;
    let mut unit = rows.clone();
    for mut row in unit.row_iter_mut() {
        let norm = row.norm();
        row.scale_mut(1.0 / norm);
    }
    let channels = unit.ncols() / taps;
    let size = size as i64;
    for (dy, dx) in half_plane(size) {
        let common: Vec<(i64, i64)> = (0..size - dy)
            .flat_map(|y| ((-dx).max(0)..(size - dx).min(size)).map(move |x| (y, x)))
            .collect();
        let pick = |offset: (i64, i64)| {
            let columns: Vec<usize> = (0..channels)
                .flat_map(|m| common.iter().map(move |&(y, x)| (m, y, x)))
                .map(|(m, y, x)| m * taps + ((y + offset.0) * size + x + offset.1) as usize)
                .collect();
            unit.select_columns(&columns)
        };
        let products = pick((0, 0)) * pick((dy, dx)).transpose();
        largest = products.iter().fold(largest, |most, x| most.max(x.abs()));
    }
    largest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::StreamKey;

    fn law(fan_in: u64, filters: u64) -> CoherenceLaw {
        CoherenceLaw { fan_in, filters }
    }

    #[test]
    fn tails_of_one_pair() {
        // mpmath: I_{1−μ²}((d−1)/2, 1/2) at 40 digits.
        for (d, mu, exact) in [
            (27, 0.6701, 9.579_889_499_231_23e-5),
            (576, 0.1218, 3.386_253_496_342_576_7e-3),
            (4608, 0.0619, 2.607_819_577_695_040_4e-5),
            (3, 0.5, 0.5),
        ] {
            let found = law(d, 2).pair_tail(mu, Product::Absolute);
            assert!((found / exact - 1.0).abs() < 0.1 * BETA_ERROR, "{d}: {found}");
            assert_eq!(law(d, 2).pair_tail(mu, Product::Signed), 0.5 * found);
        }
    }

    #[test]
    fn two_caps_meet_as_the_integral_says() {
        // mpmath, at 20 digits.
        for (d, mu, rho, exact) in [
            (576.0, 0.1218, 0.1218, 8.475_451_801_2e-6),
            (576.0, 0.1218, -0.1218, 6.219_289_214_45e-7),
            (9.0, 0.5, 0.5, 0.016_391_961_387_8),
        ] {
            let found = caps_meet(d, mu, rho, exact);
            assert!((found / exact - 1.0).abs() < 1e-5, "{d} {rho}: {found}");
        }
    }

    #[test]
    fn one_pair_is_exact_and_more_lie_between() {
        let pair = law(27, 2).cdf(0.4, Product::Absolute);
        let exact = 1.0 - law(27, 2).pair_tail(0.4, Product::Absolute);
        assert!(pair.lo <= exact && exact <= pair.hi && pair.radius() < 1e-8, "{pair:?}");
        let many = law(576, 64).cdf(0.1218, Product::Absolute);
        assert!(many.lo < many.value && many.value < many.hi && many.lo > 0.0005, "{many:?}");
    }

    type Draw = fn(&CoherenceLaw, &mut Stream) -> (f64, f64);

    #[test]
    fn draws_of_all_kinds_follow_the_law() {
        let law = law(40, 12);
        let kinds: [Draw; 3] = [
            |law, stream| of_rows(&draw_rows(law, stream)),
            |law, stream| of_columns(&draw_columns(law, stream)),
            |law, stream| of_gram(&draw_gram(law, stream)),
        ];
        let key = StreamKey::derive(3, "coherence", "test");
        for draw in kinds {
            let found: Vec<_> = (0..4000).map(|i| draw(&law, &mut key.trial(i))).collect();
            for (product, values) in [
                (Product::Absolute, found.iter().map(|x| x.0).collect::<Vec<_>>()),
                (Product::Signed, found.iter().map(|x| x.1).collect()),
            ] {
                for level in [0.1, 0.5, 0.9] {
                    let at = law.quantile(level, product).value;
                    let share = values.iter().filter(|x| **x <= at).count() as f64 / 4000.0;
                    // Five standard errors, and 0.01 for pairs that are not quite independent.
                    assert!((share - level).abs() < 0.05, "{product:?} {level}: {share}");
                }
            }
        }
    }

    #[test]
    fn single_precision_is_enough() {
        for (fan_in, filters) in [(27, 64), (600, 300)] {
            let stream = &mut StreamKey::derive(3, "coherence", "single").trial(0);
            let columns = draw_columns(&law(fan_in, filters), stream);
            let (single, double) =
                (of_columns(&columns), of_rows(&columns.map(f64::from).transpose()));
            let apart = (single.0 - double.0).abs().max((single.1 - double.1).abs());
            assert!(apart < 1e-6, "{single:?} {double:?}");
        }
    }

    #[test]
    fn shifts_are_all_found() {
        // One channel, 2 × 2 taps: against a brute force over the positions of a larger grid.
        let rows = DMatrix::from_row_slice(2, 4, &[1.0, 2.0, -1.0, 0.5, 0.3, -1.0, 2.0, 1.0]);
        let place = |filter: usize, y: usize, x: usize| {
            let mut grid = DMatrix::zeros(4, 4);
            let unit: nalgebra::RowDVector<f64> = rows.row(filter) / rows.row(filter).norm();
            for tap in 0..4 {
                grid[(y + tap / 2, x + tap % 2)] = unit[tap];
            }
            grid
        };
        let mut largest: f64 = 0.0;
        for (i, j) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            for (y, x) in (0..3).flat_map(|y| (0..3).map(move |x| (y, x))) {
                if i != j || (y, x) != (1, 1) {
                    largest = largest.max(place(i, 1, 1).dot(&place(j, y, x)).abs());
                }
            }
        }
        assert!((with_shifts(&rows, 2) - largest).abs() < 1e-14);
    }

    #[test]
    fn zero_rows_have_no_coherence() {
        assert!(of_rows(&DMatrix::zeros(2, 3)).0.is_nan());
        let rows = DMatrix::from_row_slice(2, 2, &[1.0, 0.0, -1.0, 0.0]);
        assert_eq!(of_rows(&rows), (1.0, -1.0));
    }
}
