//! One decoder layer: moments of `φ(θ)` with `θ = s σ(τz₁) + √q z₂`, z₁ and z₂ independent standard normal.
//!
//! Everything the theory of Li & Nguyen (2019) needs of a pair of activations: with `s = βγ` and `q = βρ + σ_v²`,
//! `γ′ = τ⁻¹ E[z₁φ(θ)] = s E[φ′(θ)σ′(τz₁)]` (Stein's form, which keeps its digits when noise drowns the
//! signal) and `ρ′ = E φ(θ)²`. In the coordinates (s, q) neither depends on β.

use super::activation::{Activation, Parity};
use super::smoothing;
use crate::maths::gaussian::{Rule, Smoothed, refine};
use crate::maths::{Enclosure, NumericalError};

/// Moments and their derivatives.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Moments {
    /// `E[φ′(θ)σ′(τz₁)]`: γ′ is `s` times this.
    pub gain: f64,
    /// `E φ(θ)²`: ρ′.
    pub power: f64,
    /// `τ⁻¹ E[z₁φ(θ)]` by its definition, without Stein's lemma.
    pub plain: f64,
    /// Derivative of γ′ in s.
    pub signal_by_s: f64,
    /// Derivative of γ′ in q.
    pub signal_by_q: f64,
    /// Derivative of ρ′ in s.
    pub power_by_s: f64,
    /// Derivative of ρ′ in q.
    pub power_by_q: f64,
}

impl Moments {
    const COUNT: usize = 7;

    fn from_array(x: [f64; Self::COUNT]) -> Self {
        let [gain, power, plain, signal_by_s, signal_by_q, power_by_s, power_by_q] = x;
        Self { gain, power, plain, signal_by_s, signal_by_q, power_by_s, power_by_q }
    }

    fn to_array(self) -> [f64; Self::COUNT] {
        [
            self.gain,
            self.power,
            self.plain,
            self.signal_by_s,
            self.signal_by_q,
            self.power_by_s,
            self.power_by_q,
        ]
    }
}

/// Moments with a bound of the error of each.
#[derive(Clone, Copy, Debug, Default)]
pub struct Checked {
    /// Values.
    pub value: Moments,
    /// Error bars, in the same places.
    pub error: Moments,
}

impl Checked {
    /// `E[φ′(θ)σ′(τz₁)]` with its error bar.
    pub fn gain(&self) -> Enclosure {
        Enclosure::with_error(self.value.gain, self.error.gain)
    }

    /// `E φ(θ)²` with its error bar.
    pub fn power(&self) -> Enclosure {
        Enclosure::with_error(self.value.power, self.error.power)
    }
}

/// A decoder layer's activation φ against the encoder's σ at scale τ.
#[derive(Clone, Debug)]
pub struct Channel {
    phi: Activation,
    sigma: Activation,
    tau: f64,
    symmetric: bool,
}

impl Channel {
    /// A layer; τ > 0.
    pub fn new(phi: &Activation, sigma: &Activation, tau: f64) -> Self {
        let symmetric = phi.parity() == Parity::Odd && sigma.parity() == Parity::Odd;
        Self { phi: phi.clone(), sigma: sigma.clone(), tau, symmetric }
    }

    /// φ.
    pub fn phi(&self) -> &Activation {
        &self.phi
    }

    /// σ.
    pub fn sigma(&self) -> &Activation {
        &self.sigma
    }

    /// τ.
    pub fn tau(&self) -> f64 {
        self.tau
    }

    /// Moments by rules of about the right step: errors of 1e-13 to 1e-9 for built-in activations.
    pub fn moments(&self, s: f64, q: f64) -> Moments {
        self.at(s, q, 1.0)
    }

    /// Moments to about six digits: enough to see signs.
    pub fn glance(&self, s: f64, q: f64) -> Moments {
        self.at(s, q, 2.0)
    }

    /// Moments with error bars: the steps are refined until two resolutions agree to 1e-13.
    ///
    /// # Errors
    /// [`NumericalError`] if they don't, or if a moment is not finite.
    pub fn checked(&self, s: f64, q: f64) -> Result<Checked, NumericalError> {
        if !(s.is_finite() && q.is_finite() && q >= 0.0) {
            return Err(NumericalError::Domain(format!("no moments at s = {s:e}, q = {q:e}")));
        }
        if let Some(found) = self.agreed(s, q) {
            return Ok(found);
        }
        let all = refine(1.0, |fineness| Ok(self.at(s, q, fineness).to_array()))?;
        Ok(Checked {
            value: Moments::from_array(all.map(|e| e.value)),
            error: Moments::from_array(all.map(|e| e.radius())),
        })
    }

    /// Two trapezoidal rules that are nearly always fine enough, and not much finer: nothing if they don't agree, moments to 1e-13
    /// and derivatives to 1e-11 of each value (at least of `1e-3`), or where rules have panels. The error bar is their distance, of which the
    /// finer one deserves a hundredth, plus rounding.
    fn agreed(&self, s: f64, q: f64) -> Option<Checked> {
        const ENOUGH: [f64; Moments::COUNT] = [1e-13, 1e-13, 1e-13, 1e-11, 1e-11, 1e-11, 1e-11];
        if !(self.phi.is_smooth_built_in() && self.sigma.kinks().is_empty()) {
            return None;
        }
        let (coarse, fine) = (self.at(s, q, 0.85).to_array(), self.at(s, q, 0.72).to_array());
        let size: [f64; Moments::COUNT] = fine.map(|x| x.abs().max(1e-3));
        let apart: [f64; Moments::COUNT] = std::array::from_fn(|i| (fine[i] - coarse[i]).abs());
        // False for NaN too.
        let settled = (0..Moments::COUNT).all(|i| apart[i] <= ENOUGH[i] * size[i]);
        let bars = std::array::from_fn(|i| apart[i] + 64.0 * f64::EPSILON * size[i]);
        settled
            .then(|| Checked { value: Moments::from_array(fine), error: Moments::from_array(bars) })
    }

    /// As [`Self::checked`]; where two resolutions don't agree, the finest with twice the distance from the one before as
    /// error bar: enough for a search, which allows for its error.
    ///
    /// # Errors
    /// [`NumericalError`] if a moment is not finite.
    pub fn best(&self, s: f64, q: f64) -> Result<Checked, NumericalError> {
        let settled = self.checked(s, q);
        let Err(NumericalError::Tolerance { .. }) = settled else { return settled };
        let (fine, finest) = (self.at(s, q, 0.34).to_array(), self.at(s, q, 0.24).to_array());
        let bars: [f64; Moments::COUNT] =
            std::array::from_fn(|i| 2.0 * (finest[i] - fine[i]).abs());
        if bars.iter().any(|bar| !bar.is_finite()) {
            return Err(NumericalError::Domain("a moment is not finite".into()));
        }
        Ok(Checked { value: Moments::from_array(finest), error: Moments::from_array(bars) })
    }

    /// Moments on steps scaled by `fineness`.
    fn at(&self, s: f64, q: f64, fineness: f64) -> Moments {
        let b = q.sqrt();
        let inner_step = (0.18 * self.phi.strip() / b.max(1e-3)).min(0.45) * fineness;
        // Seen through noise of variance q, whatever φ is, it is entire: its scale is √q, or its own strip.
        let own = if self.phi.is_piecewise_linear() { 0.0 } else { 0.14 * self.phi.strip() };
        let scale = (own.max(0.5 * b) / s.abs().max(1e-9)).min(0.14 * self.sigma.strip());
        let outer_step = (scale / self.tau).clamp(1e-3, 0.45) * fineness;
        let mut splits: Vec<f64> = self.sigma.kinks().iter().map(|kink| kink / self.tau).collect();
        if b == 0.0 {
            splits.extend(self.phi.kinks().iter().filter(|kink| **kink == 0.0));
        }
        splits.sort_by(f64::total_cmp);
        splits.dedup();
        let rule = smoothing::rule(&splits, outer_step, self.symmetric);
        let places: Vec<f64> = rule.points.iter().map(|(z, _)| self.tau * z).collect();
        let (values, slopes) = self.sigma.values_and_slopes(&places);
        let centres: Vec<f64> = values.iter().map(|value| s * value).collect();
        let all_seen = smoothing::at_all(&self.phi, &centres, b, inner_step)
            .unwrap_or_else(|| self.one_by_one(&centres, b, inner_step));
        let mut out = Moments::default();
        for (i, ((z, w), seen)) in rule.points.into_iter().zip(all_seen).enumerate() {
            let (value, slope) = (values[i], slopes[i]);
            out.gain += w * seen.slope * slope;
            out.power += w * seen.square;
            out.plain += w * z * seen.mean / self.tau;
            out.signal_by_s += w * z * seen.slope * value / self.tau;
            out.signal_by_q += w * z * seen.curvature / (2.0 * self.tau);
            out.power_by_s += w * 2.0 * seen.cross * value;
            out.power_by_q += w * seen.square_rate;
        }
        out
    }

    /// φ seen through noise at each place, neighbours that agree once.
    fn one_by_one(&self, centres: &[f64], b: f64, inner_step: f64) -> Vec<Smoothed> {
        let closed = self.phi.is_piecewise_linear() || !self.phi.kinks().is_empty() || b == 0.0;
        let inner = if closed { Rule::default() } else { Rule::trapezoid(inner_step) };
        let mut known: Option<(f64, Smoothed)> = None;
        let one = |&a: &f64| {
            let seen = match known {
                Some((at, seen)) if at == a => seen,
                _ => self.phi.smoothed(a, b, &inner, inner_step),
            };
            known = Some((a, seen));
            seen
        };
        centres.iter().map(one).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    fn channel(phi: &str, sigma: &str, tau2: f64) -> Channel {
        let read = |text| Activation::parse(text).unwrap();
        Channel::new(&read(phi), &read(sigma), f64::sqrt(tau2))
    }

    /// Closed forms of Li & Nguyen (2019), App. C: `κ = s τ/√q`, `h = ¼ + arctan κ/2π`,
    /// `r = ¼ + (1 + κ²)h + κ/2π`; `γ′ = s h`, `ρ′ = q r`.
    #[test]
    fn relu_relu_has_closed_forms() {
        for (s, q, tau2) in [(0.9, 1.5, 1.0), (1e-3, 2.0, 0.3), (40.0, 0.1, 2.0), (3.0, 1e4, 1.0)] {
            let found = channel("relu", "relu", tau2).checked(s, q).unwrap();
            let kappa = s * f64::sqrt(tau2 / q);
            let h = 0.25 + kappa.atan() / std::f64::consts::TAU;
            let r = 0.25 + (1.0 + kappa * kappa) * h + kappa / std::f64::consts::TAU;
            // r of the paper counts E σ² = τ²/2 of the signal: ρ′ = q r/… is checked below.
            assert_relative_eq!(found.value.gain, h, max_relative = 1e-11);
            assert_relative_eq!(found.value.power, q * r, max_relative = 1e-11);
        }
    }

    /// ReLU after an odd σ: a linear system.
    #[test]
    fn relu_tanh_is_linear() {
        let tau2 = 1.2;
        let square = 0.427_561_304_476_902_6;
        for (s, q) in [(0.6, 0.8), (5.0, 0.2), (0.0, 1.0)] {
            let found = channel("relu", "tanh", tau2).checked(s, q).unwrap();
            assert_relative_eq!(found.value.gain, 0.5 * (1.0 - square), max_relative = 1e-12);
            let power = 0.5 * q + 0.5 * s * s * square;
            assert_relative_eq!(found.value.power, power, max_relative = 1e-12);
        }
    }

    /// Both forms of γ′ agree, and derivatives are those of difference quotients.
    #[test]
    fn stein_and_derivatives() {
        for (phi, sigma) in [
            ("tanh", "tanh"),
            ("tanh", "relu"),
            ("erf", "tanh"),
            ("hard-tanh", "tanh"),
            ("relu", "relu"),
            ("sigmoid", "leaky-relu(0.3)"),
            ("tanh(u/2)", "tanh"),
            ("max(-1, min(1, u))", "erf"),
            ("tanh", "abs(u)"),
        ] {
            let channel = channel(phi, sigma, 1.2);
            let (s, q) = (0.9, 1.1);
            let here = channel.checked(s, q);
            assert!(
                here.is_ok(),
                "{phi} {sigma} {here:?} {:?}",
                [1.0, 0.7, 0.49, 0.34, 0.24].map(|f| channel.at(s, q, f))
            );
            let here = here.unwrap();
            assert!(here.error.gain < 1e-11 && here.error.power < 1e-11, "{phi} {sigma} {here:?}");
            assert_relative_eq!(here.value.plain, s * here.value.gain, epsilon = 1e-11);
            let t = 1e-4;
            let of = |s: f64, q: f64| {
                let m = channel.checked(s, q).unwrap().value;
                (s * m.gain, m.power)
            };
            let by = |up: (f64, f64), down: (f64, f64)| {
                ((up.0 - down.0) / (2.0 * t), (up.1 - down.1) / (2.0 * t))
            };
            let (g, p) = by(of(s + t, q), of(s - t, q));
            assert_relative_eq!(here.value.signal_by_s, g, epsilon = 1e-6);
            assert_relative_eq!(here.value.power_by_s, p, epsilon = 1e-6);
            let (g, p) = by(of(s, q + t), of(s, q - t));
            assert_relative_eq!(here.value.signal_by_q, g, epsilon = 1e-6);
            assert_relative_eq!(here.value.power_by_q, p, epsilon = 1e-6);
        }
    }

    /// The first step is about right for built-in pairs: Newton's method can use the unchecked values.
    #[test]
    fn unchecked_moments_are_accurate() {
        for (phi, sigma) in [("tanh", "tanh"), ("tanh", "relu"), ("erf", "tanh"), ("relu", "relu")]
        {
            for (s, q, tau2) in [
                (0.0, 0.3, 1.2),
                (1.0, 1.5, 1.2),
                (0.3, 0.05, 0.03),
                (8.0, 25.0, 0.2),
                (4.0, 3.0, 4.0),
            ] {
                let channel = channel(phi, sigma, tau2);
                let (fast, sure) = (channel.moments(s, q), channel.checked(s, q).unwrap().value);
                assert!(
                    (fast.gain - sure.gain).abs() < 1e-9,
                    "{phi} {sigma} {s} {q} {tau2} {fast:?} {sure:?}"
                );
                assert!(((fast.power - sure.power) / sure.power.max(1.0)).abs() < 1e-9);
            }
        }
    }
}
