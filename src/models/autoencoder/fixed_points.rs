//! All fixed points of (γ, ρ) ↦ (G, R), their stability, and where they appear (Li & Nguyen 2019, Section 3.2).
//!
//! In the coordinates `s = βγ`, `q = βρ` the moments of a layer do not depend on β: a point with γ ≠ 0 is fixed iff
//! `β · gain(s, q) = 1` and `β · power(s, q) = q`. One table of both functions serves every β; cells in which
//! both conditions change sign are refined by Newton's method. On the axis γ = 0 the second condition alone
//! remains. `stability.rs` certifies what is found; `transitions.rs` says where branches begin.

use std::collections::HashMap;
use std::sync::{Mutex, OnceLock, PoisonError};

use super::activation::Parity;
use super::channel::Channel;
use super::infinite_depth::Order;
pub use super::stability::FixedPoint;
use super::stability::certify;
use super::transitions::{Onset, onset};
pub use super::transitions::{frozen_onset, frozen_power};
use crate::maths::{NumericalError, roots};

/// Values of s/√q (over τ) in the table.
const RATIOS: [f64; 21] = [
    0.0, 0.03, 0.08, 0.15, 0.25, 0.4, 0.55, 0.75, 1.0, 1.3, 1.7, 2.2, 2.9, 3.8, 5.0, 6.6, 9.0,
    13.0, 19.0, 28.0, 42.0,
];
/// Powers q of the table: from `FIRST`, each `GROWTH` times the one before.
const FIRST: f64 = 1e-4;
const GROWTH: f64 = 1.35;
/// Powers q below the table.
const SMALL: [f64; 6] = [1e-12, 1e-9, 1e-7, 1e-6, 1e-5, 3e-5];
/// Values of β whose fixed points are kept.
const KEPT: usize = 4096;
/// Newton's steps, at most.
const STEPS: usize = 40;

/// Finds the fixed points of a layer at any β.
pub struct FixedPoints {
    channel: Channel,
    rows: Vec<OnceLock<Vec<Cell>>>,
    /// What was found at β (by its bits): claims ask for several properties of the same points.
    known: Mutex<HashMap<u64, Vec<FixedPoint>>>,
    onset: OnceLock<Result<Onset, NumericalError>>,
    /// Powers at (0, q) for q in `SMALL`.
    below: OnceLock<[f64; 6]>,
}

#[derive(Clone, Copy, Debug)]
struct Cell {
    s: f64,
    gain: f64,
    power: f64,
}

/// Largest β that is accepted.
pub const MAX_BETA: f64 = 1e4;

impl FixedPoints {
    /// For a layer with a bounded φ.
    ///
    /// # Errors
    /// [`NumericalError::Domain`] if φ is unbounded: its orbits vanish or diverge (see the orbits).
    pub fn new(channel: Channel) -> Result<Self, NumericalError> {
        let Some(bound) = channel.phi().bound() else {
            let message =
                "an unbounded activation has no isolated fixed points: look at its orbits";
            return Err(NumericalError::Domain(message.into()));
        };
        let largest = MAX_BETA * bound * bound;
        let count = ((largest / FIRST).ln() / GROWTH.ln()).ceil() as usize + 1;
        let rows = (0..count).map(|_| OnceLock::new()).collect();
        let (known, onset, below) = (Mutex::default(), OnceLock::new(), OnceLock::new());
        Ok(Self { channel, rows, known, onset, below })
    }

    /// The layer.
    pub fn channel(&self) -> &Channel {
        &self.channel
    }

    fn bound(&self) -> f64 {
        self.channel.phi().bound().unwrap_or(f64::NAN)
    }

    fn row(&self, index: usize) -> &[Cell] {
        self.rows[index].get_or_init(|| {
            let q = FIRST * GROWTH.powi(index as i32);
            let at = |ratio: f64| {
                let s = ratio * q.sqrt() / self.channel.tau();
                let moments = self.channel.glance(s, q);
                Cell { s, gain: moments.gain, power: moments.power }
            };
            RATIOS.iter().map(|&ratio| at(ratio)).collect()
        })
    }

    /// Rows that matter at β: `q = βρ ≤ β sup φ²`, and one more.
    fn rows_at(&self, beta: f64) -> usize {
        let largest = beta * self.bound() * self.bound();
        let count = ((largest / FIRST).ln() / GROWTH.ln()).ceil().max(1.0) as usize + 2;
        count.min(self.rows.len())
    }

    /// Every fixed point with γ ≥ 0 (γ < 0 only for activations without symmetry): on the axis first, then by γ.
    ///
    /// # Errors
    /// β outside (0, 10⁴]; a quadrature that does not settle.
    pub fn all(&self, beta: f64) -> Result<Vec<FixedPoint>, NumericalError> {
        check(beta)?;
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known().get(&beta.to_bits()) {
            return Ok(found.clone());
        }
        let mut found = self.axis(beta)?;
        found.extend(self.off_axis(beta)?);
        if known().len() < KEPT {
            known().insert(beta.to_bits(), found.clone());
        }
        Ok(found)
    }

    /// Fixed points with γ = 0, by ρ.
    ///
    /// # Errors
    /// As [`Self::all`].
    pub fn axis(&self, beta: f64) -> Result<Vec<FixedPoint>, NumericalError> {
        check(beta)?;
        let mut found = Vec::new();
        let zero = self.channel.phi().value(0.0);
        if zero == 0.0 {
            found.push(certify(&self.channel, beta, Order::default())?);
        }
        let excess = |q: f64| beta * self.channel.moments(0.0, q).power / q - 1.0;
        let coarse = |row: usize| {
            let q = FIRST * GROWTH.powi(row as i32);
            (q, beta * self.row(row)[0].power / q - 1.0)
        };
        // Below the table: just above the transition ρ is small.
        let below = self.below.get_or_init(|| SMALL.map(|q| self.channel.moments(0.0, q).power));
        let below =
            std::array::from_fn::<_, 6, _>(|k| (SMALL[k], beta * below[k] / SMALL[k] - 1.0));
        let grid: Vec<(f64, f64)> =
            below.into_iter().chain((0..self.rows_at(beta)).map(coarse)).collect();
        for pair in grid.windows(2) {
            if pair[0].1.signum() == pair[1].1.signum() {
                continue;
            }
            let (from, to) = (pair[0].0, pair[1].0);
            // The table is coarse: its sign may be wrong next to a root.
            let wide = excess(from).signum() == excess(to).signum();
            let (from, to) = if wide { (from / 1.05, to * 1.05) } else { (from, to) };
            if excess(from).signum() == excess(to).signum() {
                continue;
            }
            let q = roots::root(excess, from, to, 1e-14 * to)?.value;
            found.push(certify(&self.channel, beta, Order { gamma: 0.0, rho: q / beta })?);
        }
        Ok(found)
    }

    fn off_axis(&self, beta: f64) -> Result<Vec<FixedPoint>, NumericalError> {
        let mut found: Vec<FixedPoint> = Vec::new();
        let rows = self.rows_at(beta);
        let scores = |row: usize, column: usize| {
            let cell = self.row(row)[column];
            let q = FIRST * GROWTH.powi(row as i32);
            (beta * cell.gain - 1.0, beta * cell.power / q - 1.0)
        };
        let signs: &[f64] = if self.is_symmetric() { &[1.0] } else { &[1.0, -1.0] };
        for row in 0..rows.saturating_sub(1) {
            for column in 0..RATIOS.len() - 1 {
                let corners =
                    [(0, 0), (0, 1), (1, 0), (1, 1)].map(|(i, j)| scores(row + i, column + j));
                let changes = |values: [f64; 4]| {
                    values.iter().any(|v| *v > -0.02) && values.iter().any(|v| *v < 0.02)
                };
                if !(changes(corners.map(|c| c.0)) && changes(corners.map(|c| c.1))) {
                    continue;
                }
                let q = FIRST * GROWTH.powf(row as f64 + 0.5);
                let s = 0.5 * (self.row(row)[column].s + self.row(row + 1)[column + 1].s);
                for sign in signs {
                    let Some(at) = self.newton(beta, sign * s, q) else { continue };
                    let known = |point: &FixedPoint| {
                        (point.gamma.value - at.gamma).abs() < 1e-7 * (1e-3 + at.gamma.abs())
                            && (point.rho.value - at.rho).abs() < 1e-7 * (1e-3 + at.rho)
                    };
                    if !found.iter().any(known) {
                        found.push(certify(&self.channel, beta, at)?);
                    }
                }
            }
        }
        found.sort_by(|x, y| x.gamma.value.total_cmp(&y.gamma.value));
        Ok(found)
    }

    fn is_symmetric(&self) -> bool {
        // Then gain and power are even in s: γ < 0 mirrors γ > 0.
        self.channel.phi().parity() == Parity::Odd || self.channel.sigma().parity() == Parity::Odd
    }

    /// Newton's method for `β gain = 1`, `β power = q`, in (s², q) where both are even in s.
    fn newton(&self, beta: f64, s: f64, q: f64) -> Option<Order> {
        let even = self.is_symmetric();
        let (mut s, mut q) = (s, q);
        for _ in 0..STEPS {
            let m = self.channel.moments(s, q);
            let (first, second) = (beta * m.gain - 1.0, beta * m.power / q - 1.0);
            // Derivatives in (s, q); gain = γ′/s.
            let gain_s = beta * (m.signal_by_s - m.gain) / s;
            let gain_q = beta * m.signal_by_q / s;
            let (power_s, power_q) =
                (beta * m.power_by_s / q, beta * (m.power_by_q - m.power / q) / q);
            let determinant = gain_s * power_q - gain_q * power_s;
            let step_s = (first * power_q - second * gain_q) / determinant;
            let step_q = (gain_s * second - power_s * first) / determinant;
            if !(step_s.is_finite() && step_q.is_finite()) {
                return None;
            }
            let q_next = (q - step_q).clamp(0.2 * q, 5.0 * q);
            let s_next = match even {
                // s² moves by 2s ds.
                true => {
                    let square = s * s - 2.0 * s * step_s;
                    if square <= 0.0 && s.abs() < 1e-7 * q.sqrt() {
                        return None;
                    }
                    s.signum() * square.clamp(0.04 * s * s, 25.0 * s * s).sqrt()
                }
                false => s - step_s.clamp(-2.0 * s.abs() - 0.1, 2.0 * s.abs() + 0.1),
            };
            let moved = (s_next - s).abs() / s.abs() + (q_next - q).abs() / q;
            (s, q) = (s_next, q_next);
            if s == 0.0 {
                return None;
            }
            if moved < 1e-12 {
                return Some(Order { gamma: s / beta, rho: q / beta });
            }
        }
        // Near a transition rounding keeps the steps above the limit; the error bar will say so.
        let m = self.channel.moments(s, q);
        let close = (beta * m.gain - 1.0).abs() < 1e-10 && (beta * m.power / q - 1.0).abs() < 1e-10;
        close.then_some(Order { gamma: s / beta, rho: q / beta })
    }

    /// The fixed point that positive starts reach: the stable one of largest γ (of largest ρ on the axis).
    ///
    /// # Errors
    /// As [`Self::all`]; also if no fixed point is stable.
    pub fn attractor(&self, beta: f64) -> Result<FixedPoint, NumericalError> {
        let all = self.all(beta)?;
        let stable = all.into_iter().filter(FixedPoint::is_stable);
        stable
            .max_by(|x, y| {
                let key = |p: &FixedPoint| (p.gamma.value, p.rho.value);
                key(x).partial_cmp(&key(y)).unwrap_or(std::cmp::Ordering::Equal)
            })
            .ok_or_else(|| {
                NumericalError::Domain(format!("no fixed point is stable at β = {beta}"))
            })
    }

    /// The fixed point with γ = 0 and the largest ρ.
    ///
    /// # Errors
    /// As [`Self::all`]; also if there is none.
    pub fn axis_point(&self, beta: f64) -> Result<FixedPoint, NumericalError> {
        let last = self.axis(beta)?.into_iter().next_back();
        last.ok_or_else(|| NumericalError::Domain("no fixed point with γ = 0".into()))
    }

    /// Where γ > 0 branches off the axis (see `transitions.rs`).
    ///
    /// # Errors
    /// No such transition; a quadrature that does not settle.
    pub fn onset(&self) -> Result<Onset, NumericalError> {
        self.onset.get_or_init(|| onset(&self.channel)).clone()
    }
}

fn check(beta: f64) -> Result<(), NumericalError> {
    match beta > 0.0 && beta <= MAX_BETA {
        true => Ok(()),
        false => Err(NumericalError::Domain(format!("β = {beta} is not in (0, {MAX_BETA}]"))),
    }
}

#[cfg(test)]
mod tests {
    use super::super::activation::Activation;
    use super::super::infinite_depth::Maps;
    use super::*;
    use approx::assert_relative_eq;

    fn points(phi: &str, sigma: &str, tau2: f64) -> FixedPoints {
        let read = |text| Activation::parse(text).unwrap();
        FixedPoints::new(Channel::new(&read(phi), &read(sigma), f64::sqrt(tau2))).unwrap()
    }

    /// For `φ = σ = erf` (slope 1): `v/(1 + v) = sin(πρ/2)` with `v = πβρ/2`, and
    /// `λ_γ = β ((1 + v)(1 + πτ²/2))^{−1/2}`.
    #[test]
    fn erf_transition_in_closed_form() {
        let found = points("erf", "erf", 1.2);
        let onset = found.onset().unwrap();
        let (beta, rho) = (onset.beta.value, onset.rho.value);
        let v = std::f64::consts::FRAC_PI_2 * beta * rho;
        assert_relative_eq!(
            v / (1.0 + v),
            (std::f64::consts::FRAC_PI_2 * rho).sin(),
            max_relative = 1e-11
        );
        let lambda = beta / ((1.0 + v) * (1.0 + 1.2 * std::f64::consts::FRAC_PI_2)).sqrt();
        assert_relative_eq!(lambda, 1.0, max_relative = 1e-11);
        assert!(onset.beta.radius() < 1e-9, "{onset:?}");
    }

    #[test]
    fn the_three_phases_of_tanh() {
        let found = points("tanh", "tanh", 1.2);
        let count = |beta: f64| found.all(beta).unwrap().len();
        assert_eq!([count(0.9), count(2.0), count(5.0)], [1, 2, 3]);
        let onset = found.onset().unwrap();
        assert!(onset.beta.radius() < 1e-9);
        // γ ≃ C √(β − β₀).
        let step = 1e-4;
        let near = found.attractor(onset.beta.value + step).unwrap();
        assert_relative_eq!(
            near.gamma.value / f64::sqrt(step),
            onset.amplitude.value,
            max_relative = 2e-3
        );
        let deep = found.attractor(5.0).unwrap();
        assert!(
            deep.is_stable() && deep.gamma.radius() < 1e-10 && deep.rho.radius() < 1e-10,
            "{deep:?} {:?}",
            found.channel().checked(5.0 * deep.gamma.value, 5.0 * deep.rho.value)
        );
        let maps = Maps { channel: found.channel(), beta: 5.0 };
        let again = maps.step(Order { gamma: deep.gamma.value, rho: deep.rho.value });
        assert!((again.gamma - deep.gamma.value).abs() < 1e-11);
        // The rate is that of a difference quotient.
        let (up, down) = (found.attractor(5.001).unwrap(), found.attractor(4.999).unwrap());
        let quotient = (up.gamma.value - down.gamma.value) / 0.002;
        assert_relative_eq!(deep.rate[0].value, quotient, max_relative = 1e-5);
        // Bars of what is derived are small, and of what is bounded by 1 decide.
        assert!(deep.rate[0].radius() < 1e-7 && deep.moduli[0].radius() < 1e-8, "{deep:?}");
        assert!(onset.amplitude.radius() < 1e-6 * onset.amplitude.value, "{onset:?}");
    }

    #[test]
    fn iteration_finds_the_attractor() {
        let found = points("tanh", "relu", 0.2);
        for k in 0..20 {
            let beta = 0.5 + 0.4 * f64::from(k);
            let attractor = found.attractor(beta).unwrap();
            let maps = Maps { channel: found.channel(), beta };
            let mut at = Order { gamma: 0.7, rho: 0.6 };
            // Close to a transition orbits need longer than a test should take.
            if attractor.moduli[0].value > 0.95 {
                continue;
            }
            for _ in 0..400 {
                at = maps.step(at);
            }
            assert!((at.gamma - attractor.gamma.value).abs() < 1e-5, "{beta} {at:?} {attractor:?}");
            assert!((at.rho - attractor.rho.value).abs() < 1e-5);
        }
    }

    #[test]
    fn unbounded_activations_are_refused() {
        let relu = Activation::parse("relu").unwrap();
        assert!(FixedPoints::new(Channel::new(&relu, &relu, 1.0)).is_err());
        assert!(points("tanh", "tanh", 1.0).all(-1.0).is_err());
    }
}
