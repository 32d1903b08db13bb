//! What a tied layer does in the limit: γ, ρ and the output (Proposition 5 and Corollary 6).

use super::{Bias, Inner, TiedLayer, Vector};
use crate::maths::gaussian::{Rule, expect_all};
use crate::maths::{Enclosure, NumericalError};
use crate::models::autoencoder::state_evolution::{mean_slope, mean_square};
use crate::models::autoencoder::weights::norm_sq;

impl TiedLayer {
    /// `τ² = σ_W² E σ(u)²`, without b.
    ///
    /// # Errors
    /// [`NumericalError`] if the quadrature does not settle.
    pub fn tau_sq(&self) -> Result<Enclosure, NumericalError> {
        let square = match self.vector {
            Vector::Gaussian => mean_square(&self.sigma, self.sigma_u2.sqrt())?,
            _ => {
                let s = self.fixed_vector().into_iter().map(|u| self.sigma.value(u).powi(2));
                Enclosure::with_relative_error(s.sum::<f64>() / self.n as f64, 1e-13)
            }
        };
        let value = self.sigma_w2 * square.value;
        Ok(Enclosure::with_error(value, self.sigma_w2 * square.radius() + 1e-15 * value))
    }

    /// The limits γ and ρ, for the maps g that the proposition covers and that keep entries normal.
    ///
    /// # Errors
    /// [`NumericalError`] if g has no prediction here, or a quadrature does not settle.
    pub fn gamma_rho(&self) -> Result<(Enclosure, Enclosure), NumericalError> {
        let tau_sq = self.tau_sq()?.value + self.bias.variance;
        let Bias { constant, alternating, .. } = self.bias;
        let (centres, factor) = match self.inner {
            Inner::Identity => ([constant + alternating, constant - alternating], 1.0),
            // div g = 1/√2 an entry; alternating biases cancel.
            Inner::Pairs => {
                ([std::f64::consts::SQRT_2 * constant; 2], std::f64::consts::FRAC_1_SQRT_2)
            }
            Inner::Shift => ([constant + alternating, constant - alternating], 0.0),
            Inner::Shrink if constant == 0.0 && alternating == 0.0 => return self.shrunk(tau_sq),
            _ => return Err(NumericalError::Domain("no prediction for this map".into())),
        };
        let tau = tau_sq.sqrt();
        let (mut slope, mut square) = (Enclosure::point(0.0), Enclosure::point(0.0));
        for centre in centres {
            let (s, q) = if centre == 0.0 {
                (mean_slope(&self.phi, tau)?, mean_square(&self.phi, tau)?)
            } else {
                let kinks: Vec<f64> =
                    self.phi.kinks().iter().map(|kink| (kink - centre) / tau).collect();
                let at = |z: f64| {
                    let (value, slope) = self.phi.value_and_slope(centre + tau * z);
                    [slope, value * value]
                };
                let [s, q] = expect_all(at, &kinks, 0.4)?;
                (s, q)
            };
            slope = half_sum(slope, s);
            square = half_sum(square, q);
        }
        Ok((Enclosure::with_error(factor * slope.value, factor * slope.radius()), square))
    }

    /// `g(y) = y/(1 + ‖y‖²/m)`, where ‖y‖²/m tends to τ²: φ sees `cτz` with `c = 1/(1 + τ²)`.
    fn shrunk(&self, tau_sq: f64) -> Result<(Enclosure, Enclosure), NumericalError> {
        let factor = 1.0 / (1.0 + tau_sq);
        let slope = mean_slope(&self.phi, factor * tau_sq.sqrt())?;
        let square = mean_square(&self.phi, factor * tau_sq.sqrt())?;
        Ok((Enclosure::with_error(factor * slope.value, factor * slope.radius()), square))
    }

    /// Limits of `‖φ_out(f)‖²/n` and `⟨u, φ_out(f)⟩/(n E u²)` (Eqs. 4 and 5).
    ///
    /// # Errors
    /// As [`Self::gamma_rho`].
    pub fn output(&self) -> Result<[Enclosure; 2], NumericalError> {
        let (gamma, rho) = self.gamma_rho()?;
        let beta = self.beta();
        let noise = (beta * rho.value + self.sigma_v2).sqrt();
        let carried = 4.0 * beta.max(1.0).powi(2) * (gamma.radius() + rho.radius());
        let seen = |u: f64, rule: &Rule, step: f64| {
            let out =
                self.outer.smoothed(beta * gamma.value * self.sigma.value(u), noise, rule, step);
            [out.square, u * out.mean]
        };
        let widen = |x: Enclosure, scale: f64| {
            Enclosure::with_error(x.value / scale, (x.radius() + carried) / scale)
        };
        let rule = Rule::trapezoid(0.05);
        if self.vector == Vector::Gaussian {
            let deviation = self.sigma_u2.sqrt();
            let kinks: Vec<f64> = self.sigma.kinks().iter().map(|kink| kink / deviation).collect();
            let [square, overlap] = expect_all(|z| seen(deviation * z, &rule, 0.05), &kinks, 0.4)?;
            return Ok([widen(square, 1.0), widen(overlap, self.sigma_u2)]);
        }
        let u = self.fixed_vector();
        let mut sums = [0.0; 2];
        for &u in &u {
            let parts = seen(u, &rule, 0.05);
            sums = [sums[0] + parts[0], sums[1] + parts[1]];
        }
        let n = self.n as f64;
        let mean = |sum: f64| Enclosure::with_relative_error(sum / n, 1e-11);
        Ok([widen(mean(sums[0]), 1.0), widen(mean(sums[1]), norm_sq(&u) / n)])
    }
}

fn half_sum(total: Enclosure, part: Enclosure) -> Enclosure {
    Enclosure::with_error(
        total.value + 0.5 * part.value,
        total.radius() + 0.5 * part.radius() + f64::EPSILON * part.value.abs(),
    )
}
