//! Exact law of the inner product of two vectors under a Gaussian map with a common mask.
//!
//! For R with independent N(0, s) entries, unit vectors u₁, u₂ with inner product ρ, and one mask of
//! density p for both, ⟨v₁, v₂⟩ = s(1+ρ)/2 · χ²_B − s(1−ρ)/2 · χ′²_B, B ~ Bin(m, p), the chi-squares
//! independent given B (arpit2019, Lemmas 6, 7): xy = ((x+y)² − (x−y)²)/4 for each unit's pair of normals,
//! whose sum and difference are independent with variances 2(1 ± ρ)s.

use crate::maths::quadrature::gauss_kronrod;
use crate::maths::{Enclosure, NumericalError, binomial, chi_squared};

/// Law of ⟨v₁, v₂⟩ for −1 < ρ < 1; at ρ = ±1 it is that of a norm, see `relu_layer`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InnerProductLaw {
    /// Width.
    pub m: u64,
    /// Density of the mask; 1 for none.
    pub p: f64,
    /// Variance of the weights.
    pub scale: f64,
    /// Cosine of the two vectors.
    pub rho: f64,
}

impl InnerProductLaw {
    /// P(|⟨v₁, v₂⟩ − ρ| > ε), relative error about 1e-9, by quadrature over the root of the second
    /// chi-square.
    ///
    /// # Errors
    /// [`NumericalError::Tolerance`] if the quadrature does not reach its error bar.
    pub fn outside(&self, eps: f64) -> Result<Enclosure, NumericalError> {
        let tails = Tails::new(self, eps);
        // First with an absolute error, then relative to what was found.
        let rough = tails.integrate(1e-11)?;
        let wanted = 1e-9 * rough.value;
        if rough.radius() <= wanted { Ok(rough) } else { tails.integrate(wanted.max(1e-300)) }
    }
}

/// Terms and tails below e^(−FAR) are left out.
const FAR: f64 = 120.0;

/// P(αY − βY′ outside (low, high)), Y and Y′ independent χ²_B given B.
struct Tails {
    alpha: f64,
    beta: f64,
    low: f64,
    high: f64,
    /// Degrees of freedom with their weights, zero apart.
    weights: Vec<(f64, f64)>,
    /// Weight of B = 0 if the atom at 0 lies outside, else 0.
    atom: f64,
    /// Upper end of the root of Y′.
    reach: f64,
}

impl Tails {
    fn new(pair: &InnerProductLaw, eps: f64) -> Self {
        let (low, high) = (pair.rho - eps, pair.rho + eps);
        let freedom = |b: u64| (b as f64, binomial::ln_pmf(pair.m, pair.p, b));
        let weights: Vec<(f64, f64)> = match pair.p {
            1.0 => vec![(pair.m as f64, 0.0)],
            _ => (1..=pair.m).map(freedom).filter(|(_, ln)| *ln > -FAR).collect(),
        };
        let dead = if pair.p == 1.0 { 0.0 } else { binomial::ln_pmf(pair.m, pair.p, 0).exp() };
        // Laurent & Massart (2000), Lemma 1: P(χ²_m ≥ m + 2√(mt) + 2t) ≤ e^(−t); t = 120.
        let m = pair.m as f64;
        let reach = (m + 2.0 * (m * FAR).sqrt() + 2.0 * FAR).sqrt();
        Self {
            alpha: 0.5 * pair.scale * (1.0 + pair.rho),
            beta: 0.5 * pair.scale * (1.0 - pair.rho),
            low,
            high,
            weights,
            atom: if low > 0.0 || high < 0.0 { dead } else { 0.0 },
            reach,
        }
    }

    /// Density of √Y′ at r, times the probability of a Y outside, summed over B.
    fn integrand(&self, r: f64) -> f64 {
        let y = r * r;
        let (upper, lower) =
            ((self.high + self.beta * y) / self.alpha, (self.low + self.beta * y) / self.alpha);
        let term = |&(b, ln_weight): &(f64, f64)| {
            let ln_density = ln_weight + chi_squared::ln_pdf(b, y) + (2.0 * r).ln();
            if ln_density < -FAR {
                return 0.0;
            }
            let above = if upper <= 0.0 { 1.0 } else { chi_squared::sf(b, upper) };
            let below = if lower <= 0.0 { 0.0 } else { chi_squared::cdf(b, lower) };
            ln_density.exp() * (above + below)
        };
        self.weights.iter().map(term).sum()
    }

    fn integrate(&self, tolerance: f64) -> Result<Enclosure, NumericalError> {
        let pieces = self.reach.ceil();
        let (mut value, mut error) = (self.atom, self.atom * 1e-12);
        let mut from = 0.0;
        while from < pieces {
            let to = (from + 1.0).min(self.reach);
            let piece = gauss_kronrod(|r| self.integrand(r), from, to, tolerance / pieces)?;
            value += piece.value;
            error += piece.radius();
            from += 1.0;
        }
        // Densities and tails carry the errors of the incomplete gamma functions, below 1e-11 for the
        // widths allowed; what is left out, beyond the reach and in small terms, is at most
        // (1 + reach · m) e⁻¹²⁰ twice over, below 1e-43.
        Ok(Enclosure::with_error(value, error + 1e-11 * value + 1e-43))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_units_without_a_mask_are_laplace() {
        // m = 2, ρ = 0, s = ½: (χ²₂ − χ′²₂)/4 is Laplace with scale ½, P(|X| > x) = e^(−2x).
        let law = InnerProductLaw { m: 2, p: 1.0, scale: 0.5, rho: 0.0 };
        for x in [0.1_f64, 1.5, 10.0, 40.0] {
            let (found, exact) = (law.outside(x).unwrap(), (-2.0 * x).exp());
            assert!(found.lo <= exact && exact <= found.hi, "{x}: {found:?} {exact}");
            assert!(found.radius() < 1e-8 * exact + 1e-42, "{x}: {found:?}");
        }
    }

    #[test]
    fn a_mask_mixes_the_laws_and_leaves_an_atom() {
        // m = 1: with probability 1 − p nothing is left, and 0 lies outside 0.5 ± 0.4.
        let masked = InnerProductLaw { m: 1, p: 0.3, scale: 1.0, rho: 0.5 };
        let free = InnerProductLaw { p: 1.0, ..masked }.outside(0.4).unwrap().value;
        let found = masked.outside(0.4).unwrap().value;
        assert!((found - (0.7 + 0.3 * free)).abs() < 1e-8, "{found} {free}");
    }
}
