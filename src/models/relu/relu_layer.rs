//! Exact law of what one random ReLU layer does to the norm of one vector.
//!
//! For R with independent N(0, v) entries and fixed u, ‖ReLU(Ru)‖²/‖u‖² has the law of v χ²_B,
//! B ~ Bin(m, ½): each unit is active with probability ½, and an active one contributes a squared
//! normal (arpit2019, Lemmas 1, 2). With an independent mask of density p it is Bin(m, p) (Lemmas 4,
//! 5); p = 1 is a linear layer. Error bars are sums of proven bounds: see `chi_mixture`.

use super::chi_mixture::{ChiMixture, LnValue, lower_chain};
use crate::maths::gamma::ln_error;
use crate::maths::special::{U, chi_mean, digamma, trigamma};
use crate::maths::sum::{ln_one_minus_exp, sum};
use crate::maths::{Enclosure, NumericalError, roots};

/// Widest layer for which a smallest width is searched.
const WIDEST: u64 = 100_000_000;

/// Law of Q = `scale` · χ²_B with B ~ Bin(m, p).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LayerLaw {
    /// Width.
    pub m: u64,
    /// Probability that a unit is active.
    pub p: f64,
    /// Variance of the weights.
    pub scale: f64,
    /// 1/(2 scale), kept because it is often exact where `scale` is not.
    half_rate: f64,
}

impl LayerLaw {
    /// ReLU layer of width `m` with weight variance `variance`.
    pub fn with_variance(m: u64, variance: f64) -> Self {
        Self { m, p: 0.5, scale: variance, half_rate: 0.5 / variance }
    }

    /// He's fan-out initialisation, variance 2/m: E Q = 1 (arpit2019, Lemma 1).
    pub fn he_fan_out(m: u64) -> Self {
        Self { half_rate: 0.25 * m as f64, ..Self::with_variance(m, 2.0 / m as f64) }
    }

    /// He's fan-in initialisation, variance 2/n for n inputs: E Q = m/n.
    pub fn he_fan_in(n: u64, m: u64) -> Self {
        Self { half_rate: 0.25 * n as f64, ..Self::with_variance(m, 2.0 / n as f64) }
    }

    /// Glorot's initialisation, variance 2/(n + m).
    pub fn glorot(n: u64, m: u64) -> Self {
        let both = (n + m) as f64;
        Self { half_rate: 0.25 * both, ..Self::with_variance(m, 2.0 / both) }
    }

    /// Variance 1/m, called Glorot in the paper's experiments: E Q = ½.
    pub fn inverse_fan_out(m: u64) -> Self {
        Self { half_rate: 0.5 * m as f64, ..Self::with_variance(m, 1.0 / m as f64) }
    }

    /// Masked map with independent Bernoulli(p) masks and variance 1/(pm): E Q = 1 (Lemma 4).
    pub fn masked(m: u64, p: f64) -> Self {
        let kept = p * m as f64;
        Self { m, p, scale: 1.0 / kept, half_rate: 0.5 * kept }
    }

    /// The same weights with another mask density.
    pub fn with_mask(self, p: f64) -> Self {
        Self { p, ..self }
    }

    fn mixture(&self) -> ChiMixture {
        ChiMixture { m: self.m, p: self.p }
    }

    /// ln P(Q > x).
    pub fn ln_sf(&self, x: f64) -> Enclosure {
        enclose(self.mixture().ln_upper(x * self.half_rate))
    }

    /// ln P(Q ≤ x), the atom at 0 included.
    pub fn ln_cdf(&self, x: f64) -> Enclosure {
        enclose(self.mixture().ln_lower(x * self.half_rate))
    }

    /// P(Q > x).
    pub fn sf(&self, x: f64) -> Enclosure {
        exp(self.mixture().ln_upper(x * self.half_rate))
    }

    /// P(Q ≤ x).
    pub fn cdf(&self, x: f64) -> Enclosure {
        exp(self.mixture().ln_lower(x * self.half_rate))
    }

    /// Density at x > 0; the atom at 0 of mass [`Self::dead`] is apart.
    pub fn pdf(&self, x: f64) -> Enclosure {
        let ln = self.mixture().ln_density(x * self.half_rate);
        exp(LnValue { ln: ln.ln + self.half_rate.ln(), error: ln.error + 4.0 * U })
    }

    /// P(Q = 0) = (1−p)^m.
    pub fn dead(&self) -> f64 {
        self.mixture().ln_weight(0).exp()
    }

    /// ln P(|Q − 1| > ε): for ε < 1 both tails, the atom included; else the upper one.
    pub fn ln_tail_outside(&self, eps: f64) -> Enclosure {
        enclose(self.outside_ln(eps))
    }

    /// P(|Q − 1| > ε), the failure probability P_m(ε) that the paper's Lemma 2 bounds.
    pub fn outside(&self, eps: f64) -> Enclosure {
        exp(self.outside_ln(eps))
    }

    fn outside_ln(&self, eps: f64) -> LnValue {
        if eps < 0.0 {
            return LnValue { ln: 0.0, error: 0.0 };
        }
        let upper = self.mixture().ln_upper((1.0 + eps) * self.half_rate);
        if eps >= 1.0 {
            return upper;
        }
        let lower = self.mixture().ln_lower((1.0 - eps) * self.half_rate);
        let (big, small) = if upper.ln > lower.ln { (upper, lower) } else { (lower, upper) };
        let ln = big.ln + (small.ln - big.ln).exp().ln_1p();
        LnValue { ln, error: big.error.max(small.error) + 4.0 * U * (1.0 + ln.abs()) }
    }

    /// E Q = scale · mp.
    pub fn mean(&self) -> f64 {
        // mp/(2 · half_rate) is exact where scale is rounded.
        self.m as f64 * self.p / (2.0 * self.half_rate)
    }

    /// Var Q = scale² mp (3 − p): a squared normal has variance 2, the mask adds p(1−p).
    pub fn variance(&self) -> f64 {
        let scale = 0.5 / self.half_rate;
        scale * scale * self.m as f64 * self.p * (3.0 - self.p)
    }

    /// E √Q = √scale Σ_b w_b √2 Γ((b+1)/2)/Γ(b/2).
    pub fn mean_norm(&self) -> Enclosure {
        let (first, weights, left_out) = self.mixture().weights();
        let root = (0.5 / self.half_rate).sqrt();
        let terms = weights.iter().zip(first..).map(|(w, b)| w * chi_mean(b as f64));
        let value = root * sum(terms);
        let error = value * self.weight_relative_error() + root * (self.m as f64).sqrt() * left_out;
        Enclosure::with_error(value, error)
    }

    /// Relative error of a sum of exponentiated binomial weights and chi means.
    fn weight_relative_error(&self) -> f64 {
        // |ln w| of the weights that matter is below 46 + ln √(2πm); |b − mp| below √(23 m).
        let off = if self.p == 0.5 { 0.0 } else { (92.0 * self.m as f64).sqrt() };
        (96.0 + 8.0 * (47.0 + (self.m as f64 + 1.0).ln()) + off) * U
    }

    /// E|1 − √Q| = E√Q − 1 + 2E(1 − √Q)₊ (figure 2 of the paper, unsquared distortion).
    pub fn mean_abs_norm(&self) -> Enclosure {
        let root = (0.5 / self.half_rate).sqrt();
        self.mean_abs(self.mean_norm(), 1, |b| root * chi_mean(b))
    }

    /// E|1 − Q| = EQ − 1 + 2E(1 − Q)₊.
    pub fn mean_abs_sq(&self) -> Enclosure {
        let scale = 0.5 / self.half_rate;
        let mean = Enclosure::with_relative_error(self.mean(), 8.0 * U);
        self.mean_abs(mean, 2, |b| scale * b)
    }

    /// E|1 − T| for T a power of Q with mean `mean`: E(1−T)₊ = Σ w_b [P(b/2, y) − c_b P((b+k)/2, y)],
    /// where c_b = E[T | B = b] and the k-th power of χ_b tilts its law to k more degrees of freedom.
    fn mean_abs(&self, mean: Enclosure, k: u64, conditional: impl Fn(f64) -> f64) -> Enclosure {
        let (first, weights, left_out) = self.mixture().weights();
        let last = first + weights.len() as u64 - 1;
        let y = self.half_rate;
        let lower = lower_chain(last + k, y);
        let terms = weights.iter().zip(first..).map(|(w, b)| {
            let tilted = if b == 0 { 0.0 } else { conditional(b as f64) * lower[(b + k) as usize] };
            w * (lower[b as usize] - tilted)
        });
        let part = sum(terms);
        // Both sums are below 1 + mean; their relative errors are those of weights and P, and each
        // recurrence step may add 4u.
        let each = self.weight_relative_error()
            + ln_error(0.5 * last as f64, 0.0)
            + (4.0 * last as f64 + 6.0 * y) * U;
        let error = 2.0 * (1.0 + mean.value) * (each + left_out) + mean.radius();
        Enclosure::with_error(mean.value - 1.0 + 2.0 * part, error)
    }

    /// E[ln Q | Q > 0] = Σ_{b≥1} w_b (ψ(b/2) + ln(2 scale))/(1 − w₀).
    pub fn mean_log(&self) -> Enclosure {
        let (mean, _, size) = self.log_moments();
        Enclosure::with_error(mean - self.half_rate.ln(), size * self.weight_relative_error())
    }

    /// Var[ln Q | Q > 0] = E ψ′(B/2) + Var ψ(B/2), given B > 0.
    pub fn variance_log(&self) -> Enclosure {
        let (mean, second, size) = self.log_moments();
        let value = second - mean * mean;
        Enclosure::with_error(value, 4.0 * (1.0 + size * size) * self.weight_relative_error())
    }

    /// E ψ(B/2), E[ψ′(B/2) + ψ(B/2)²] given B > 0, and the size of the terms.
    fn log_moments(&self) -> (f64, f64, f64) {
        let (first, weights, _) = self.mixture().weights();
        let alive = ln_one_minus_exp(self.mixture().ln_weight(0)).exp();
        let over = |f: &dyn Fn(f64) -> f64| {
            let terms = weights.iter().zip(first..).filter(|&(_, b)| b > 0);
            sum(terms.map(|(w, b)| w * f(0.5 * b as f64))) / alive
        };
        let mean = over(&digamma);
        let second = over(&|a| trigamma(a) + digamma(a) * digamma(a));
        (mean, second, 2.0 + mean.abs() + self.half_rate.ln().abs())
    }

    /// The ε with P(|Q − 1| > ε) = δ: the (1−δ)-quantile of the distortion. The bracket holds the
    /// crossing (which may be the jump at ε = 1 that the atom makes).
    pub fn distortion_quantile(&self, delta: f64) -> Result<Enclosure, NumericalError> {
        if !(delta > 0.0 && delta < 1.0) {
            return Err(NumericalError::Domain(format!(
                "probability {delta} is not inside (0, 1)"
            )));
        }
        let target = delta.ln();
        let excess = |eps: f64| self.outside_ln(eps).ln - target;
        let mut top = 1.0;
        while excess(top) > 0.0 && top < 1e12 {
            top *= 2.0;
        }
        let found = roots::root(excess, 0.0, top, 1e-14)?;
        // Rounding of the tail moves the crossing by error/slope; the slope of ln P is at least the
        // secant's over a small step.
        let error = self.outside_ln(found.value).error;
        let step = 1e-4 * found.value.max(1e-6);
        let slope = (excess(found.value - step) - excess(found.value + step)) / (2.0 * step);
        let extra = if slope > 0.0 { 2.0 * error / slope } else { 0.0 };
        Ok(Enclosure { value: found.value, lo: found.lo - extra, hi: found.hi + extra })
    }
}

/// Smallest width m with P(|Q_m − 1| > ε) ≤ δ for He's fan-out layers.
///
/// P_m is not exactly monotone in m for tiny widths (the law of B alternates between even and odd m):
/// all m ≤ 64 are tried one by one, and beyond, the bisection's answer is moved down as long as one of
/// the 8 widths below it passes too.
pub fn min_width_exact(eps: f64, delta: f64) -> Result<u64, NumericalError> {
    if !(eps > 0.0 && delta > 0.0) {
        return Err(NumericalError::Domain("distortion and probability must be positive".into()));
    }
    let target = delta.ln();
    let passes = |m: u64| LayerLaw::he_fan_out(m).outside_ln(eps).ln <= target;
    if let Some(small) = (1..=64).find(|&m| passes(m)) {
        return Ok(small);
    }
    let mut width = roots::smallest_integer(65, WIDEST, passes)?;
    while let Some(lower) = (width.saturating_sub(8).max(65)..width).find(|&m| passes(m)) {
        width = lower;
    }
    Ok(width)
}

/// The logarithm as an enclosure.
fn enclose(x: LnValue) -> Enclosure {
    if x.ln == f64::NEG_INFINITY || x.error == 0.0 {
        return Enclosure::point(x.ln);
    }
    Enclosure::with_error(x.ln, x.error)
}

/// The value itself.
fn exp(x: LnValue) -> Enclosure {
    let value = x.ln.exp();
    if x.ln == f64::NEG_INFINITY || x.ln.is_nan() || x.error == 0.0 && x.ln == 0.0 {
        return Enclosure::point(value);
    }
    // Two ulps for the exponentials themselves, one more step below the smallest float.
    let lo = ((x.ln - x.error).exp() * (1.0 - 4.0 * U)).next_down().max(0.0);
    let hi = ((x.ln + x.error).exp() * (1.0 + 4.0 * U)).next_up();
    Enclosure { value, lo, hi }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::maths::quadrature::gauss_kronrod;
    use proptest::prelude::*;

    #[test]
    fn moments_agree_with_integrals_of_the_density() {
        for law in [LayerLaw::he_fan_out(12), LayerLaw::masked(15, 0.25), LayerLaw::glorot(5, 20)] {
            let integral = |f: &dyn Fn(f64) -> f64| {
                gauss_kronrod(
                    |x| f(x * x) * law.pdf(x * x).value * 2.0 * x,
                    0.0,
                    f64::INFINITY,
                    1e-11,
                )
                .unwrap()
                .value
            };
            let dead = law.dead();
            assert!((integral(&|_| 1.0) + dead - 1.0).abs() < 1e-10);
            assert!((integral(&|x| x) - law.mean()).abs() < 1e-10);
            let mean = law.mean();
            let second = integral(&|x| x * x) - mean * mean;
            assert!((second - law.variance()).abs() < 1e-9);
            assert!((integral(&f64::sqrt) - law.mean_norm().value).abs() < 1e-10);
            let distortion = integral(&|x| (1.0 - x.sqrt()).abs()) + dead;
            assert!((distortion - law.mean_abs_norm().value).abs() < 1e-9);
            let squared = integral(&|x| (1.0 - x).abs()) + dead;
            assert!((squared - law.mean_abs_sq().value).abs() < 1e-9);
        }
    }

    #[test]
    fn he_layers_have_mean_one_and_variance_five_over_m() {
        let law = LayerLaw::he_fan_out(100);
        assert_eq!(law.mean(), 1.0);
        assert!((law.variance() - 0.05).abs() < 1e-16);
        // E√Q = 1 − 5/(8m) + O(m⁻²), E ln Q ≈ −5/(2m)
        for m in [1000u64, 4000] {
            let law = LayerLaw::he_fan_out(m);
            let m = m as f64;
            assert!((law.mean_norm().value - 1.0 + 0.625 / m).abs() < 3.0 / (m * m));
            assert!((law.mean_log().value + 2.5 / m).abs() < 20.0 / (m * m));
            assert!((law.variance_log().value - 5.0 / m).abs() < 60.0 / (m * m));
        }
    }

    #[test]
    fn width_two_by_hand() {
        // Q_2 = χ²_B: B = 0, 1, 2 with ¼, ½, ¼; P(Q > 1.5) = ½ P(χ²₁ > 1.5) + ¼ e^{−0.75}.
        let law = LayerLaw::he_fan_out(2);
        let exact = 0.5 * crate::maths::special::erfc(0.75f64.sqrt()) + 0.25 * (-0.75f64).exp();
        assert!((law.sf(1.5).value / exact - 1.0).abs() < 1e-14);
        assert_eq!(law.cdf(0.0).value, 0.25);
        assert_eq!(law.cdf(-1e-9).value, 0.0);
    }

    #[test]
    fn linear_layers_are_plain_chi_squares() {
        let law = LayerLaw::with_variance(10, 0.1).with_mask(1.0);
        let exact = crate::maths::chi_squared::sf(10.0, 15.0);
        assert!((law.sf(1.5).value / exact - 1.0).abs() < 1e-13);
        assert!((law.variance() - 0.2).abs() < 1e-15);
    }

    #[test]
    fn quantiles_cross_the_level() {
        for m in [20, 500, 4000] {
            let law = LayerLaw::he_fan_out(m);
            let eps = law.distortion_quantile(0.05).unwrap();
            assert!(law.outside(eps.lo).value >= 0.05 && law.outside(eps.hi).value <= 0.05);
        }
    }

    #[test]
    fn smallest_width_is_where_the_failure_falls_below() {
        let m = min_width_exact(0.3, 0.05).unwrap();
        assert!(LayerLaw::he_fan_out(m).outside(0.3).value <= 0.05);
        assert!((1..m).all(|m| LayerLaw::he_fan_out(m).outside(0.3).value > 0.05));
        assert!(min_width_exact(0.0, 0.05).is_err());
    }

    proptest! {
        #[test]
        fn both_sides_add_up(m in 1u64..2000, x in 0.01f64..4.0, p in 0.1f64..1.0) {
            let law = LayerLaw::masked(m, p);
            let (lower, upper) = (law.cdf(x), law.sf(x));
            prop_assert!((lower.value + upper.value - 1.0).abs() <= lower.radius() + upper.radius());
        }
    }
}
