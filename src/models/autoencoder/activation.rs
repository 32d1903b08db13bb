//! Activation functions: built-in ones and formulas of a claim file, each with derivative, parity,
//! kinks and bounds.

use std::f64::consts::{FRAC_PI_2, PI};
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;

use super::activation_study as study;
use super::elementary;
use crate::experiment::Failure;
use crate::maths::gaussian::{Piece, Rule, Smoothed, smooth_piecewise};
use crate::maths::{Interval, special};
use crate::models::function::Function;

/// Slope 1 at 0: `erf(√π u/2)`.
const ERF_SCALE: f64 = 0.886_226_925_452_758;

/// An activation function `φ(u)`. In claim files a word (`identity`, `relu`, `tanh`, `erf` (of slope 1 at
/// 0), `sigmoid`, `sin`, `hard-tanh`, `abs`, `leaky-relu(0.1)`) or a formula in `u` (`tanh(u/2)`, `-tanh(u)`).
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(with = "String")]
pub struct Activation {
    name: String,
    shape: Shape,
    pieces: Vec<Piece>,
    kinks: Vec<f64>,
    parity: Parity,
    bound: Option<f64>,
    lipschitz: f64,
}

#[derive(Clone)]
enum Shape {
    Pieces,
    Tanh,
    Erf,
    Sigmoid,
    Sine,
    Formula(Arc<Function>),
}

/// Symmetry of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parity {
    /// `φ(−u) = −φ(u)`.
    Odd,
    /// `φ(−u) = φ(u)`.
    Even,
    /// Neither.
    Neither,
}

impl TryFrom<String> for Activation {
    type Error = Failure;
    fn try_from(text: String) -> Result<Self, Failure> {
        Self::parse(&text)
    }
}

impl std::fmt::Debug for Activation {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Activation({})", self.name)
    }
}

fn piece(from: f64, to: f64, intercept: f64, slope: f64) -> Piece {
    Piece { from, to, intercept, slope }
}

impl Activation {
    /// Reads a word or a formula in `u`.
    ///
    /// # Errors
    /// [`Failure::Parameter`] if the text is neither.
    pub fn parse(text: &str) -> Result<Self, Failure> {
        const INF: f64 = f64::INFINITY;
        let text = text.trim();
        let leaky = text.strip_prefix("leaky-relu(").and_then(|rest| rest.strip_suffix(')'));
        let (pieces, parity, bound) = match text {
            "identity" | "id" => (vec![piece(-INF, INF, 0.0, 1.0)], Parity::Odd, None),
            "relu" => (half_lines(0.0), Parity::Neither, None),
            "abs" => (half_lines(-1.0), Parity::Even, None),
            "hard-tanh" => {
                let middle = piece(-1.0, 1.0, 0.0, 1.0);
                let pieces = vec![piece(-INF, -1.0, -1.0, 0.0), middle, piece(1.0, INF, 1.0, 0.0)];
                (pieces, Parity::Odd, Some(1.0))
            }
            "tanh" => return Ok(Self::smooth(text, Shape::Tanh, Parity::Odd, 1.0)),
            "erf" => return Ok(Self::smooth(text, Shape::Erf, Parity::Odd, 1.0)),
            "sin" => return Ok(Self::oscillating()),
            "sigmoid" => return Ok(Self::smooth(text, Shape::Sigmoid, Parity::Neither, 0.25)),
            _ => match leaky.map(str::parse::<f64>) {
                Some(Ok(slope)) if slope.is_finite() => (half_lines(slope), Parity::Neither, None),
                Some(_) => {
                    let message = format!("`{text}` needs the slope of its negative side");
                    return Err(Failure::parameter(message, "write `leaky-relu(0.1)`"));
                }
                None => return Self::formula(text),
            },
        };
        let kinks = pieces.iter().skip(1).map(|piece| piece.from).collect();
        let lipschitz = pieces.iter().map(|piece| piece.slope.abs()).fold(0.0, f64::max);
        Ok(Self {
            name: text.into(),
            shape: Shape::Pieces,
            pieces,
            kinks,
            parity,
            bound,
            lipschitz,
        })
    }

    fn smooth(name: &str, shape: Shape, parity: Parity, lipschitz: f64) -> Self {
        let (pieces, kinks) = (Vec::new(), Vec::new());
        Self { name: name.into(), shape, pieces, kinks, parity, bound: Some(1.0), lipschitz }
    }

    /// A broken line that is continuous, through `at_first` at the first of the increasing `ends`; `slopes` has
    /// one entry more than `ends`.
    pub fn broken_line(ends: &[f64], slopes: &[f64], at_first: f64) -> Self {
        let mut pieces = Vec::new();
        let (mut from, mut value) = (f64::NEG_INFINITY, at_first);
        for (k, &slope) in slopes.iter().enumerate() {
            let to = ends.get(k).copied().unwrap_or(f64::INFINITY);
            // `value` is the value at the end that this piece shares with the one before (or its own end).
            let anchor = if k == 0 { to } else { from };
            pieces.push(piece(from, to, value - slope * anchor, slope));
            if k > 0 {
                value += slope * (to - from);
            }
            from = to;
        }
        let (first, last) = (slopes.first(), slopes.last());
        let flat = first == Some(&0.0) && last == Some(&0.0);
        let size = |p: &Piece| {
            let at = |u: f64| if u.is_finite() { (p.intercept + p.slope * u).abs() } else { 0.0 };
            at(p.from).max(at(p.to))
        };
        let bound = flat.then(|| pieces.iter().map(size).fold(0.0, f64::max));
        let lipschitz = slopes.iter().map(|slope| slope.abs()).fold(0.0, f64::max);
        let (shape, kinks) = (Shape::Pieces, ends.to_vec());
        let name = "broken line".into();
        Self { name, shape, pieces, kinks, parity: Parity::Neither, bound, lipschitz }
    }

    /// `sin u`, for searches.
    pub fn oscillating() -> Self {
        Self::smooth("sin(u)", Shape::Sine, Parity::Odd, 1.0)
    }

    fn formula(text: &str) -> Result<Self, Failure> {
        let known = study::of(text)?;
        Ok(Self {
            name: text.into(),
            shape: Shape::Formula(known.function),
            pieces: Vec::new(),
            kinks: known.kinks,
            parity: known.parity,
            bound: known.bound,
            lipschitz: known.lipschitz,
        })
    }

    /// As the claim file writes it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// `φ(u)`.
    pub fn value(&self, u: f64) -> f64 {
        match &self.shape {
            Shape::Pieces => {
                let piece = self.piece(u);
                piece.intercept + piece.slope * u
            }
            Shape::Tanh => u.tanh(),
            Shape::Erf => special::erf(ERF_SCALE * u),
            Shape::Sigmoid => 0.5 * (1.0 + (0.5 * u).tanh()),
            Shape::Sine => u.sin(),
            Shape::Formula(function) => function.value(&[u]),
        }
    }

    /// `φ(u)` and the weak derivative `φ′(u)`; at a kink the slope of the right side.
    pub fn value_and_slope(&self, u: f64) -> (f64, f64) {
        match &self.shape {
            Shape::Pieces => {
                let piece = self.piece(u);
                (piece.intercept + piece.slope * u, piece.slope)
            }
            Shape::Tanh => {
                let t = u.tanh();
                (t, 1.0 - t * t)
            }
            Shape::Erf => (special::erf(ERF_SCALE * u), (-(ERF_SCALE * u).powi(2)).exp()),
            Shape::Sigmoid => {
                let t = (0.5 * u).tanh();
                (0.5 * (1.0 + t), 0.25 * (1.0 - t * t))
            }
            Shape::Sine => u.sin_cos(),
            Shape::Formula(function) => (function.value(&[u]), self.formula_slope(function, u)),
        }
    }

    /// `φ′(u)`.
    pub fn slope(&self, u: f64) -> f64 {
        self.value_and_slope(u).1
    }

    /// `φ(u)` and `φ′(u)` at many places.
    pub(super) fn values_and_slopes(&self, u: &[f64]) -> (Vec<f64>, Vec<f64>) {
        if matches!(self.shape, Shape::Tanh) {
            let mut values = u.to_vec();
            elementary::tanh(&mut values);
            let slopes = values.iter().map(|t| 1.0 - t * t).collect();
            return (values, slopes);
        }
        u.iter().map(|u| self.value_and_slope(*u)).unzip()
    }

    /// Whether φ is analytic on the real line and [`Self::curvature`] has a closed form.
    pub(super) fn is_smooth_built_in(&self) -> bool {
        !matches!(self.shape, Shape::Pieces | Shape::Formula(_))
    }

    /// `φ″(u)` for smooth built-in functions; 0 between the kinks of piecewise linear ones.
    pub(super) fn curvature(&self, u: f64, value: f64, slope: f64) -> f64 {
        match &self.shape {
            Shape::Pieces => 0.0,
            Shape::Tanh => -2.0 * value * slope,
            Shape::Erf => -FRAC_PI_2 * u * slope,
            Shape::Sigmoid => slope * (1.0 - 2.0 * value),
            Shape::Sine => -value,
            Shape::Formula(function) => {
                const STEP: f64 = 0.02;
                const WEIGHTS: [f64; 4] = [1.6, -0.2, 8.0 / 315.0, -1.0 / 560.0];
                let pair = |k: usize| {
                    let t = STEP * (k + 1) as f64;
                    WEIGHTS[k] * (function.value(&[u + t]) + function.value(&[u - t]))
                };
                ((0..4).map(pair).sum::<f64>() - 205.0 / 72.0 * value) / (STEP * STEP)
            }
        }
    }

    /// Eighth-order difference quotient (error 2e-14 for functions of unit scale); next to a kink the
    /// derivative comes from interval arithmetic.
    fn formula_slope(&self, function: &Function, u: f64) -> f64 {
        const STEP: f64 = 0.005;
        const WEIGHTS: [f64; 4] = [0.8, -0.2, 4.0 / 105.0, -1.0 / 280.0];
        if self.kinks.iter().any(|kink| (u - kink).abs() < 5.0 * STEP) {
            return function.differentiate(&[Interval::point(u)], 0).slope.midpoint();
        }
        let pair = |k: usize| {
            let t = STEP * (k + 1) as f64;
            WEIGHTS[k] * (function.value(&[u + t]) - function.value(&[u - t]))
        };
        (0..4).map(pair).sum::<f64>() / STEP
    }

    fn piece(&self, u: f64) -> &Piece {
        let last = self.pieces.len() - 1;
        &self.pieces[self.pieces.iter().position(|piece| u < piece.to).unwrap_or(last)]
    }

    /// Where φ or its derivative jumps.
    pub fn kinks(&self) -> &[f64] {
        &self.kinks
    }

    /// Symmetry.
    pub fn parity(&self) -> Parity {
        self.parity
    }

    /// Upper bound of `|φ|`, if φ is bounded (for a formula: of what a scan to ±10⁶ finds).
    pub fn bound(&self) -> Option<f64> {
        self.bound
    }

    /// Lipschitz constant (for a formula: over [−16, 16]).
    pub fn lipschitz(&self) -> f64 {
        self.lipschitz
    }

    /// Whether `φ(cu) = c φ(u)` for `c ≥ 0`.
    pub fn is_homogeneous(&self) -> bool {
        !self.pieces.is_empty()
            && self.pieces.iter().all(|piece| piece.intercept == 0.0)
            && self.kinks.iter().all(|&kink| kink == 0.0)
    }

    /// Half-width of the strip around the real line on which φ is tame: decides the first step of a rule.
    pub fn strip(&self) -> f64 {
        match self.shape {
            Shape::Tanh => FRAC_PI_2,
            Shape::Sigmoid => PI,
            Shape::Erf | Shape::Sine => 1.5,
            Shape::Pieces => f64::INFINITY,
            Shape::Formula(_) => 1.2,
        }
    }

    /// Whether [`Self::smoothed`] is a closed form that needs no rule.
    pub fn is_piecewise_linear(&self) -> bool {
        !self.pieces.is_empty()
    }

    /// Moments of `φ(a + bz)`, `b ≥ 0`: closed form for piecewise linear functions, else by a rule of
    /// the given step; `rule` is that rule where φ has no kinks.
    pub fn smoothed(&self, a: f64, b: f64, rule: &Rule, step: f64) -> Smoothed {
        if self.is_piecewise_linear() {
            return smooth_piecewise(&self.pieces, a, b);
        }
        if b == 0.0 {
            let (value, slope) = self.value_and_slope(a);
            let curvature = self.curvature(a, value, slope);
            return Smoothed {
                mean: value,
                square: value * value,
                slope,
                cross: value * slope,
                square_rate: slope * slope + value * curvature,
                curvature,
            };
        }
        if self.kinks.is_empty() {
            return self.sum(a, b, rule);
        }
        let splits: Vec<f64> = self.kinks.iter().map(|kink| (kink - a) / b).collect();
        self.sum(a, b, &Rule::panels(&splits, 8.0 * step))
    }

    fn sum(&self, a: f64, b: f64, rule: &Rule) -> Smoothed {
        // Formulas: Stein's form of the second derivatives wherever it keeps its digits.
        let stein = matches!(self.shape, Shape::Formula(_)) && (b > 0.05 || !self.kinks.is_empty());
        let mut out = Smoothed::default();
        for &(z, w) in &rule.points {
            let u = a + b * z;
            let (value, slope) = self.value_and_slope(u);
            out.mean += w * value;
            out.square += w * value * value;
            out.slope += w * slope;
            out.cross += w * value * slope;
            if stein {
                out.square_rate += w * z * value * slope / b;
                out.curvature += w * z * slope / b;
            } else {
                let curvature = self.curvature(u, value, slope);
                out.square_rate += w * (slope * slope + value * curvature);
                out.curvature += w * curvature;
            }
        }
        out
    }
}

/// 1 on the right of 0, `slope` on the left.
fn half_lines(slope: f64) -> Vec<Piece> {
    vec![piece(f64::NEG_INFINITY, 0.0, 0.0, slope), piece(0.0, f64::INFINITY, 0.0, 1.0)]
}

#[cfg(test)]
mod tests;
