//! Exact law of one entry of the estimate `ĥ = Wᵀx` of a hidden vector `h`.
//!
//! With Gaussian weights, `ĥ_i = a Σ_{j ≤ rows} A_j w_j y_j`: `A_j` are independent coins (retained, and above zero
//! if there is a ReLU), `w_j ~ N(0, 1)` the weights of the inference pass, `y_j ~ N(0, s²)` the generative
//! pre-activations, `s = ‖h‖`, `E w_j y_j = c` (`c = h_i` with tied weights). Because `(w, y) → (−w, −y)` changes no
//! law, `w y` given `y > 0` has the law of `w y`, and
//!
//! `E e^{z ĥ_i} = [1 − q + q ((1 − za(c + s))(1 − za(c − s)))^{−1/2}]^rows`, `q = P(A_j = 1)`,
//!
//! for `−1/(a(s − c)) < z < 1/(a(s + c))` (Arora, Liang & Ma 2015, model (1); the paper has bounds only). Moments
//! above a level follow by Bromwich integrals,
//! `E (ĥ_i − x)₊^p = p!/(2πi) ∫ E e^{z ĥ_i} e^{−zx} z^{−p−1} dz`, on a path through the saddle point.

use nalgebra::Complex;

use super::ln_value::LnValue;
use crate::maths::roots::root;
use crate::maths::special::U;
use crate::maths::{Enclosure, NumericalError};

/// Law of one entry of the estimate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EntryLaw {
    /// Number of independent rows.
    pub rows: f64,
    /// Probability `q` that a row contributes, in (0, 1].
    pub active: f64,
    /// Scale `a > 0` of each contribution.
    pub scale: f64,
    /// `c = E w y`, between `−norm` and `norm`.
    pub covariance: f64,
    /// `s = ‖h‖ > 0`, the standard deviation of `y`.
    pub norm: f64,
}

impl EntryLaw {
    /// Mean `rows · q a c`.
    pub fn mean(&self) -> f64 {
        self.rows * self.active * self.scale * self.covariance
    }

    /// Variance `rows · a² q (s² + 2c² − q c²)`.
    pub fn variance(&self) -> f64 {
        let square = self.covariance * self.covariance;
        let second = self.norm * self.norm + 2.0 * square;
        self.rows * self.scale * self.scale * self.active * (second - self.active * square)
    }

    /// The law of `−ĥ_i`.
    #[must_use]
    pub fn mirrored(self) -> Self {
        Self { covariance: -self.covariance, ..self }
    }

    /// Upper end `1/(a(s + c))` of the range of the moment generating function: the rate of the upper tail.
    pub fn upper_rate(&self) -> f64 {
        1.0 / (self.scale * (self.norm + self.covariance))
    }

    /// `E (ĥ_i − x)₊^p`, the probability `P(ĥ_i > x)` for p = 0; relative error about 1e-12.
    ///
    /// # Errors
    /// [`NumericalError::Domain`] if `s + c = 0`; [`NumericalError::Tolerance`] if the integral does not settle.
    pub fn above(&self, power: u32, x: f64) -> Result<Enclosure, NumericalError> {
        self.ln_above(power, x).map(LnValue::number)
    }

    /// Logarithm of [`Self::above`], for values below the smallest double.
    ///
    /// Below the mean it comes from the moments and the lower side, so that the line of integration never has to
    /// cross the bulk of the law.
    ///
    /// # Errors
    /// As [`Self::above`].
    pub fn ln_above(&self, power: u32, x: f64) -> Result<LnValue, NumericalError> {
        if !x.is_finite() || power > 2 {
            return Err(NumericalError::Domain(format!("no moment {power} above {x}")));
        }
        let gap = self.mean() - x;
        if gap <= 0.0 {
            return self.ln_upper(power, x);
        }
        let rest = self.mirrored().ln_upper(power, -x)?.number();
        let value = match power {
            0 => 1.0 - rest.value,
            1 => gap + rest.value,
            _ => self.variance() + gap * gap - rest.value,
        };
        let error = rest.radius() + 8.0 * U * (1.0 + self.variance() + gap * gap);
        Ok(LnValue { ln: value.ln(), error: error / value })
    }

    /// The same for x at or above the mean.
    fn ln_upper(&self, power: u32, x: f64) -> Result<LnValue, NumericalError> {
        let nothing = LnValue { ln: f64::NEG_INFINITY, error: 0.0 };
        // With s + c = 0 no contribution is positive.
        let smooth = match self.norm + self.covariance > 0.0 {
            true => Line::new(self, power, x)?.integral()?,
            false if x >= 0.0 => nothing,
            false => {
                return Err(NumericalError::Domain(format!("no upper tail at {x} with {self:?}")));
            }
        };
        if x >= 0.0 || self.active >= 1.0 {
            return Ok(smooth);
        }
        let atom = self.rows * (-self.active).ln_1p() + f64::from(power) * (-x).ln();
        Ok(smooth.plus(LnValue { ln: atom, error: 8.0 * U * (1.0 + atom.abs()) }))
    }

    /// Logarithm of `P(ĥ_i < x)`.
    ///
    /// # Errors
    /// As [`Self::above`].
    pub fn ln_below(&self, x: f64) -> Result<LnValue, NumericalError> {
        self.mirrored().ln_above(0, -x)
    }

    /// Logarithm of `P(|ĥ_i − centre| > distance)`.
    ///
    /// # Errors
    /// As [`Self::above`].
    pub fn ln_outside(&self, centre: f64, distance: f64) -> Result<LnValue, NumericalError> {
        Ok(self.ln_above(0, centre + distance)?.plus(self.ln_below(centre - distance)?))
    }

    /// The distance at which `ln P(|ĥ_i − centre| > distance)` is `ln_p < 0`; relative error about 1e-12.
    ///
    /// # Errors
    /// As [`Self::above`], or no distance up to 10⁴ standard deviations.
    pub fn outside_distance(&self, centre: f64, ln_p: f64) -> Result<Enclosure, NumericalError> {
        let deviation = self.variance().sqrt();
        let excess = |d: f64| self.ln_outside(centre, d).map_or(f64::NAN, |p| p.ln - ln_p);
        let mut far = deviation;
        while excess(far) > 0.0 && far < 1e4 * deviation {
            far *= 1.5;
        }
        let found = root(excess, 0.0, far, 1e-13 * deviation)?;
        // A relative error e of a tail of logarithmic slope at least 1/(10 sd) moves the distance by 10 sd · e.
        let error = self.ln_outside(centre, found.value)?.error;
        Ok(Enclosure::with_error(found.value, found.radius() + 10.0 * deviation * error))
    }

    /// `D = (1 − u(c + s))(1 − u(c − s))` less 1, at `u = z a`.
    fn determinant(&self, u: Complex<f64>) -> Complex<f64> {
        let gap = (self.norm - self.covariance) * (self.norm + self.covariance);
        -(u * (2.0 * self.covariance)) - u * u * gap
    }

    /// Cumulant generating function at a point whose real part lies in its range.
    fn cumulant(&self, z: Complex<f64>) -> Complex<f64> {
        let product = exp_m1(ln_1p(self.determinant(z * self.scale)) * -0.5);
        ln_1p(product * self.active) * self.rows
    }

    /// First two derivatives of the cumulant generating function on the real line.
    fn cumulant_slopes(&self, z: f64) -> (f64, f64) {
        let (u, c, q) = (z * self.scale, self.covariance, self.active);
        let gap = (self.norm - c) * (self.norm + c);
        let det = 1.0 - 2.0 * u * c - u * u * gap;
        let slope = (c + u * gap) / det;
        let phi = 1.0 / det.sqrt();
        let total = 1.0 - q + q * phi;
        let first = q * phi * slope / total;
        let second = q * phi * (gap / det + 3.0 * slope * slope) / total;
        (self.rows * self.scale * first, self.rows * self.scale.powi(2) * (second - first * first))
    }
}

/// The path of integration through the saddle point κ of `K(z) − zx − (p + 1) ln z`:
/// `z(u) = κ + w (β (cosh u − 1) + i sinh u)`, a hyperbola that bends to the side on which `e^{−zx}` decays and never meets
/// the real axis again, so that the cuts of the generating function are not crossed.
struct Line<'a> {
    law: &'a EntryLaw,
    /// p + 1.
    order: f64,
    ln_factorial: f64,
    x: f64,
    /// Saddle point on the real axis.
    at: f64,
    /// Exponent there.
    top: f64,
    /// Width of the peak along the line.
    width: f64,
    /// β of the path: ±½ with the sign of x, 0 at x = 0.
    bend: f64,
    /// Logarithm of the atom at 0.
    ln_atom: f64,
}

impl<'a> Line<'a> {
    fn new(law: &'a EntryLaw, power: u32, x: f64) -> Result<Self, NumericalError> {
        let order = f64::from(power) + 1.0;
        let end = law.upper_rate();
        // The exponent is convex on (0, end); its slope rises from −∞ to ∞. The point need not be exact.
        let place = |v: f64| end / (1.0 + (-v).exp());
        let slope = |v: f64| {
            let z = place(v);
            law.cumulant_slopes(z).0 - x - order / z
        };
        let at = place(root(slope, -34.0, 34.0, 1e-3)?.value);
        let curvature = law.cumulant_slopes(at).1 + order / (at * at);
        let mut line = Self {
            law,
            order,
            ln_factorial: (1..=power).map(|i| f64::from(i).ln()).sum(),
            x,
            at,
            top: 0.0,
            width: 1.0 / curvature.sqrt(),
            bend: if x == 0.0 { 0.0 } else { 0.5 * x.signum() },
            ln_atom: law.rows * (-law.active).ln_1p(),
        };
        line.top = line.exponent(Complex::new(at, 0.0)).re;
        Ok(line)
    }

    fn exponent(&self, z: Complex<f64>) -> Complex<f64> {
        self.law.cumulant(z) - z * self.x - z.ln() * self.order
    }

    /// The integrand over the exponential of `top`, without the atom, times dz/(i w du).
    fn term(&self, u: f64) -> Complex<f64> {
        let (sinh, cosh) = (u.sinh(), u.cosh());
        let offset = Complex::new(self.bend * (cosh - 1.0), sinh) * self.width;
        let z = offset + self.at;
        let mut value = (self.exponent(z) - self.top).exp();
        if self.law.active < 1.0 {
            value -= (-(z * self.x) - z.ln() * self.order + (self.ln_atom - self.top)).exp();
        }
        value * Complex::new(cosh, -self.bend * sinh)
    }

    /// Logarithm of the integral.
    ///
    /// The trapezoidal rule in u: the integrand is analytic in a strip and decays, so the error falls exponentially in
    /// 1/step; the step is halved until two values agree.
    fn integral(&self) -> Result<LnValue, NumericalError> {
        const FINEST: u32 = 8;
        let size =
            40.0 + self.top.abs() + (self.at * self.x).abs() + self.order * self.at.ln().abs();
        let rounding = 32.0 * U * size;
        let mut step = 0.25;
        let mut last = f64::NAN;
        let mut change = f64::INFINITY;
        for _ in 0..FINEST {
            let value = self.trapezoid(step);
            change = (value - last).abs() / value.abs();
            last = value;
            if change < rounding.max(1e-12) {
                break;
            }
            step *= 0.5;
        }
        if !(change < 1e-7 && last > 0.0) {
            return Err(NumericalError::Tolerance { reached: change, asked: 1e-7 });
        }
        let ln = self.top + self.ln_factorial + (last * self.width / std::f64::consts::PI).ln();
        Ok(LnValue { ln, error: change + rounding })
    }

    fn trapezoid(&self, step: f64) -> f64 {
        let mut total = 0.5 * self.term(0.0).re;
        let (mut small, mut k) = (0, 1.0);
        while small < 3 && k * step < 60.0 {
            let next = self.term(k * step);
            total += next.re;
            small = if next.norm() < 1e-19 { small + 1 } else { 0 };
            k += 1.0;
        }
        total * step
    }
}

/// ln(1 + w), accurate for small w.
fn ln_1p(w: Complex<f64>) -> Complex<f64> {
    Complex::new(0.5 * (w.re * (2.0 + w.re) + w.im * w.im).ln_1p(), w.im.atan2(1.0 + w.re))
}

/// e^v − 1, accurate for small v.
fn exp_m1(v: Complex<f64>) -> Complex<f64> {
    let half = (0.5 * v.im).sin();
    Complex::new(v.re.exp_m1() * v.im.cos() - 2.0 * half * half, v.re.exp() * v.im.sin())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: f64, exact: f64, tolerance: f64) {
        assert!((found / exact - 1.0).abs() < tolerance, "{found} {exact}");
    }

    #[test]
    fn complex_helpers_keep_digits() {
        let w = Complex::new(1e-9, -2e-9);
        // Series w − w²/2 and v + v²/2.
        let (log, exp) = (ln_1p(w), exp_m1(w));
        let square = w * w * 0.5;
        assert!((log - (w - square)).norm() < 1e-24 && (exp - (w + square)).norm() < 1e-24);
        let v = Complex::new(0.7, 2.0);
        assert!((exp_m1(v) - (v.exp() - 1.0)).norm() < 1e-14);
        assert!((ln_1p(v) - (v + 1.0).ln()).norm() < 1e-14);
    }

    #[test]
    fn moments_are_those_of_the_law() {
        // Far below the law, E(ĥ − x)₊^p are polynomials of its moments.
        let law = EntryLaw {
            rows: 400.0,
            active: 0.125,
            scale: 0.02,
            covariance: 1.0,
            norm: 50f64.sqrt(),
        };
        let (x, mean) = (-30.0, law.mean());
        close(law.above(0, x).unwrap().value, 1.0, 1e-11);
        close(law.above(1, x).unwrap().value, mean - x, 1e-11);
        close(law.above(2, x).unwrap().value, law.variance() + (mean - x).powi(2), 1e-11);
    }

    /// References: mpmath, from the other form of the law: given `R² = a² s² χ²_B`, B binomial, the entry is normal with mean
    /// `c R²/(a s²)` and variance `R² (1 − c²/s²)`; 30 digits, Gauss–Legendre over χ²_B.
    #[test]
    fn tails_agree_with_the_normal_mixture() {
        let small = EntryLaw { rows: 6.0, active: 0.25, scale: 0.5, covariance: 0.8, norm: 1.5 };
        let atom = 0.75f64.powi(6);
        for (power, x, exact) in [
            (0, 0.9, 0.255_424_118_742_867),
            (1, 0.9, 0.308_573_204_046_335),
            (2, 0.9, 0.751_988_417_757_373),
            (0, 6.0, 0.003_879_964_188_057_5),
            (0, -1.2, 0.816_646_143_377_145 + atom),
            (2, -1.2, 4.246_112_946_409_23 + 1.44 * atom),
        ] {
            let found = small.above(power, x).unwrap();
            close(found.value, exact, 1e-10);
            assert!(found.radius() < 1e-9 * exact);
        }
        let on = EntryLaw {
            rows: 4000.0,
            active: 0.25,
            scale: 0.001,
            covariance: 1.0,
            norm: 50f64.sqrt(),
        };
        let off = EntryLaw { covariance: 0.0, ..on };
        close(off.above(0, 0.5).unwrap().value, 0.012_723_891_160_325, 1e-11);
        close(on.above(1, 0.5).unwrap().value, 0.501_024_244_850_691, 1e-11);
        close(on.above(2, 0.5).unwrap().value, 0.301_604_445_262_364, 1e-11);
        close(on.above(0, 4.0).unwrap().value, 3.251_332_570_386_82e-33, 1e-10);
        let rare = EntryLaw { rows: 400.0, active: 0.125, scale: 0.02, ..on };
        let five = 1.0 + 5.0 * rare.variance().sqrt();
        close(rare.above(0, five).unwrap().value, 1.050_174_135_813_35e-5, 1e-10);
        close(rare.above(0, 60.0).unwrap().value, 6.249_575_983_407_16e-120, 1e-9);
        close(rare.above(0, 80.0).unwrap().value, 6.307_536_965_168_55e-168, 1e-9);
    }

    #[test]
    fn both_tails_and_their_inverse() {
        let law = EntryLaw {
            rows: 4000.0,
            active: 0.25,
            scale: 0.001,
            covariance: 1.0,
            norm: 50f64.sqrt(),
        };
        let (up, down) = (law.ln_above(0, 0.7).unwrap(), law.ln_below(0.7).unwrap());
        close(up.plus(down).ln.exp(), 1.0, 1e-11);
        let ln_p = -10.0 * 4000f64.ln();
        let distance = law.outside_distance(1.0, ln_p).unwrap();
        assert!((law.ln_outside(1.0, distance.value).unwrap().ln - ln_p).abs() < 1e-8);
        assert!(distance.radius() < 1e-9);
    }

    #[test]
    fn a_law_without_upper_tail_has_none() {
        let law = EntryLaw { rows: 10.0, active: 0.5, scale: 0.1, covariance: -1.0, norm: 1.0 };
        assert_eq!(law.above(0, 0.1).unwrap().value, 0.0);
        assert!(law.above(0, -0.1).is_err());
    }
}
