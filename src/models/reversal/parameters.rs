//! How a claim file describes a layer and its hidden vector.

use schemars::JsonSchema;
use serde::Deserialize;

use super::law::EntryLaw;
use super::layer::{Dropping, Layer, Weights};
use super::loss::{Group, Loss};
use super::simulate::Method;
use crate::experiment::Failure;
use crate::maths::roots::root;
use crate::maths::{Enclosure, NumericalError};
use crate::models::function::Limit;
use crate::random::Stream;

/// The layer and the hidden vector.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LayerParams {
    /// Observed units; `t/rho` if left out.
    #[serde(default)]
    #[schemars(extend("format" = "formula"))]
    pub n: Option<Limit>,
    /// Expected number of kept coordinates, `rho n`; may be left out if `n` is given.
    #[serde(default)]
    #[schemars(extend("format" = "formula"))]
    pub t: Option<Limit>,
    /// Probability that a coordinate of x is kept, in (0, 1].
    #[schemars(extend("format" = "formula"))]
    pub rho: Limit,
    /// Hidden units.
    #[schemars(extend("format" = "formula"))]
    pub m: Limit,
    /// Non-zero hidden units.
    #[schemars(extend("format" = "formula"))]
    pub k: Limit,
    /// Law of the non-zero values.
    #[serde(default)]
    pub values: Values,
    /// Share of ‖h‖² in one coordinate, the other k − 1 being equal (`values: ones`).
    #[serde(default)]
    #[schemars(extend("format" = "formula"))]
    pub dominant: Option<Limit>,
    /// How many of the non-zero values are −1 instead of 1 (`values: ones`).
    #[serde(default)]
    pub negative: u64,
    /// ReLU in the generation.
    #[serde(default = "yes")]
    pub relu: bool,
    /// α ρ n; 2 with ReLU and 1 without, if left out.
    #[serde(default)]
    #[schemars(extend("format" = "formula"))]
    pub alpha_times_rho_n: Option<Limit>,
    /// Correlation of the weights of the inference pass with those of the generation.
    #[serde(default = "one")]
    pub tie_correlation: f64,
    /// Law of the weights.
    #[serde(default)]
    pub weights: Weights,
    /// Mean added to every weight.
    #[serde(default)]
    pub mean: f64,
    /// Further part of x that is dropped before inference, in [0, 1).
    #[serde(default)]
    pub extra_drop: f64,
    /// How that part is chosen.
    #[serde(default)]
    pub dropping: Dropping,
    /// Whether the estimate is divided by 1 − `extra_drop`.
    #[serde(default = "yes")]
    pub rescale: bool,
    /// Offset b = −λ √(2/t) ‖h‖ of the sampled errors; the best one for tied Gaussian weights if left out.
    #[serde(default)]
    #[schemars(extend("format" = "formula"))]
    pub lambda: Option<Limit>,
    /// Whether the sampled offset is −λ √(2/t) ‖h‖, or follows ‖x‖: −λ ‖x‖, whose mean square is the same with tied weights.
    #[serde(default)]
    pub offset: Offset,
    /// Factor of h itself: the offset stays that of the vector before scaling.
    #[serde(default = "one")]
    pub factor: f64,
    /// How trials are drawn.
    #[serde(default)]
    pub method: Method,
}

/// Law of the non-zero values of h.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Values {
    /// All 1 (but for `dominant` and `negative`).
    #[default]
    Ones,
    /// |N(0, 1)|, drawn in each trial and scaled to ‖h‖² = k; no exact observables.
    HalfNormal,
    /// Uniform on [1, 3/2], drawn in each trial; no exact observables.
    Near,
}

/// What the sampled offset is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Offset {
    /// The norm of h, known beforehand.
    #[default]
    Fixed,
    /// The norm of x.
    Input,
}

fn yes() -> bool {
    true
}

fn one() -> f64 {
    1.0
}

/// A description that has been checked.
#[derive(Clone, Debug)]
pub struct Described {
    /// The layer.
    pub layer: Layer,
    /// Hidden units.
    pub m: usize,
    /// Non-zero ones.
    pub k: usize,
    /// The vector, for `values: ones`; the non-zero entries come first.
    pub h: Vec<f64>,
    /// Law of the values.
    pub values: Values,
    /// Offset of the sampled errors in units of √(2/t) ‖h‖.
    pub lambda: Option<f64>,
    /// What it is made of.
    pub offset: Offset,
    /// Factor of h in trials.
    pub factor: f64,
    /// How trials are drawn.
    pub method: Method,
}

fn real(name: &str, value: &Limit) -> Result<f64, Failure> {
    let x = value.value(name)?.0;
    if x.is_finite() {
        Ok(x)
    } else {
        Err(Failure::parameter(format!("{name} = {x}"), "a finite number"))
    }
}

fn count(name: &str, value: &Limit, most: f64) -> Result<usize, Failure> {
    let x = real(name, value)?;
    if (x - x.round()).abs() > 1e-6 || !(1.0..=most).contains(&x.round()) {
        let message = format!("{name} = {x} is out of range");
        return Err(Failure::parameter(message, format!("a whole number from 1 to {most}")));
    }
    Ok(x.round() as usize)
}

fn within(name: &str, x: f64, from: f64, to: f64) -> Result<f64, Failure> {
    if (from..=to).contains(&x) {
        return Ok(x);
    }
    Err(Failure::parameter(format!("{name} = {x} is out of range"), format!("{from} to {to}")))
}

impl LayerParams {
    /// Checks the ranges.
    ///
    /// # Errors
    /// [`Failure::Parameter`] naming the parameter.
    pub fn describe(&self) -> Result<Described, Failure> {
        const MOST: f64 = 1e8;
        let rho = within("rho", real("rho", &self.rho)?, 1e-9, 1.0)?;
        let n = match (&self.n, &self.t) {
            (Some(n), None) => count("n", n, MOST)?,
            (None, Some(t)) => count("t", &Limit::Number(real("t", t)? / rho), MOST)?,
            (Some(n), Some(t)) if (real("t", t)? - rho * real("n", n)?).abs() < 1e-6 => {
                count("n", n, MOST)?
            }
            _ => return Err(Failure::parameter("n and t do not fit", "give n or t; t = rho n")),
        };
        let (m, k) = (count("m", &self.m, MOST)?, count("k", &self.k, MOST)?);
        within("k", k as f64, 1.0, m as f64)?;
        within("negative", self.negative as f64, 0.0, k as f64)?;
        let mut layer = Layer::new(n, rho);
        layer.relu = self.relu;
        layer.tie = within("tie_correlation", self.tie_correlation, 0.0, 1.0)?;
        (layer.weights, layer.mean, layer.dropping) = (self.weights, self.mean, self.dropping);
        layer.dropped = within("extra_drop", self.extra_drop, 0.0, 0.999)?;
        let factor = match &self.alpha_times_rho_n {
            Some(factor) => {
                within("alpha_times_rho_n", real("alpha_times_rho_n", factor)?, 1e-9, 1e9)?
            }
            None if self.relu => 2.0,
            None => 1.0,
        };
        layer.scale = factor / layer.t();
        if self.rescale {
            layer.scale /= 1.0 - layer.dropped;
        }
        if self.method == Method::Reduced && !layer.has_law() {
            let message = "method: reduced needs Gaussian weights of mean 0 and blind dropping";
            return Err(Failure::parameter(message, "use `method: full`"));
        }
        let lambda = self.lambda.as_ref().map(|x| real("lambda", x)).transpose()?;
        Ok(Described {
            layer,
            m,
            k,
            h: self.vector(m, k)?,
            values: self.values,
            lambda,
            offset: self.offset,
            factor: within("factor", self.factor, 1e-6, 1e6)?,
            method: self.method,
        })
    }

    fn vector(&self, m: usize, k: usize) -> Result<Vec<f64>, Failure> {
        let mut h = vec![0.0; m];
        h[..k].fill(1.0);
        h[..self.negative as usize].fill(-1.0);
        if let Some(share) = &self.dominant {
            let share = within("dominant", real("dominant", share)?, 0.0, 0.999_999)?;
            within("k", k as f64, 2.0, m as f64)?;
            h[0] = ((k - 1) as f64 * share / (1.0 - share)).sqrt();
        }
        Ok(h)
    }
}

impl Described {
    /// `‖h‖²` of the fixed vector; k for half-normal values by scaling.
    pub fn square(&self) -> f64 {
        self.h.iter().map(|v| v * v).sum()
    }

    /// `√(2/t) ‖h‖`, the unit of offsets.
    pub fn unit(&self) -> f64 {
        (2.0 * self.square() / self.layer.t()).sqrt()
    }

    /// The groups of equal entries with the laws of their estimates under `layer`.
    pub fn groups(&self, layer: &Layer) -> Vec<Group> {
        let norm = self.square().sqrt();
        let mut groups: Vec<Group> = Vec::new();
        for &value in &self.h {
            match groups.iter_mut().find(|group| group.value == value) {
                Some(group) => group.count += 1.0,
                None => groups.push(Group { count: 1.0, value, law: layer.entry(value, norm) }),
            }
        }
        groups
    }

    /// Expected loss under the layer's own law.
    ///
    /// # Errors
    /// [`Failure::Domain`] where the law or the vector is not known.
    pub fn loss(&self) -> Result<Loss, Failure> {
        if !self.layer.has_law() || self.values != Values::Ones {
            return Err(Failure::domain("the exact law needs Gaussian weights and a fixed h"));
        }
        Ok(Loss::new(self.groups(&self.layer), self.square(), self.unit()))
    }

    /// The offset of the sampled errors, as a multiple of √(2/t)‖h‖: the given one, or the best for the paper's layer
    /// with this scale and dropping.
    pub fn chosen_lambda(&self) -> f64 {
        if let Some(lambda) = self.lambda {
            return lambda;
        }
        let mut layer = Layer { tie: 1.0, weights: Weights::Gaussian, mean: 0.0, ..self.layer };
        layer.dropping = Dropping::Independent;
        let loss = Loss::new(self.groups(&layer), self.square(), self.unit());
        loss.minimum().map_or(f64::NAN, |best| best.offset.value / self.unit())
    }

    /// Zeros and ones alone, relative to the whole vector's ‖h‖².
    pub fn split(&self, zeros: f64, ones: f64) -> Loss {
        let d = self;
        let norm = d.square().sqrt();
        let group =
            |count: f64, value: f64| Group { count, value, law: d.layer.entry(value, norm) };
        Loss::new(vec![group(zeros, 0.0), group(ones, 1.0)], d.square(), d.unit())
    }

    /// Loss without the further dropping and its rescaling.
    pub fn undropped(&self) -> Loss {
        let d = self;
        let scale = Layer { dropped: 0.0, ..d.layer }.gain();
        let layer = Layer { dropped: 0.0, scale: d.layer.scale / scale, ..d.layer };
        Loss::new(d.groups(&layer), d.square(), d.unit())
    }

    /// The number of rows, α ρ n kept, at which rounding at ½ is wrong with probability p, averaged over entries 0 and 1.
    ///
    /// # Errors
    /// As [`EntryLaw::above`]; no root within a factor e⁹ of the layer's own rows.
    pub fn rows_for_bit_error(&self, p: f64) -> Result<Enclosure, NumericalError> {
        let d = self;
        let norm = d.square().sqrt();
        let wrong = |ln_rows: f64| -> Result<f64, NumericalError> {
            let factor = ln_rows.exp();
            let law = |h: f64| {
                let law = d.layer.entry(h, norm);
                EntryLaw { rows: law.rows * factor, scale: law.scale / factor, ..law }
            };
            let (zero, one) = (law(0.0).ln_above(0, 0.5)?, law(1.0).ln_below(0.5)?);
            Ok(0.5 * (zero.ln.exp() + one.ln.exp()))
        };
        let excess = |ln_rows: f64| wrong(ln_rows).map_or(f64::NAN, |error| error.ln() - p.ln());
        let found = root(excess, -9.0, 9.0, 1e-12)?;
        let (rows, _) = d.layer.rows_and_activity();
        Ok(Enclosure::with_relative_error(rows * found.value.exp(), found.radius() + 1e-10))
    }

    /// The hidden vector of one trial, times `factor`.
    pub fn hidden(&self, stream: &mut Stream) -> Vec<f64> {
        let mut h = self.h.clone();
        let support = &mut h[..self.k];
        match self.values {
            Values::Ones => {}
            Values::Near => support.iter_mut().for_each(|v| *v = 1.0 + 0.5 * stream.uniform()),
            Values::HalfNormal => {
                support.iter_mut().for_each(|v| *v = stream.normal().abs());
                let norm = support.iter().map(|v| v * v).sum::<f64>().sqrt();
                let scale = (self.k as f64).sqrt() / norm;
                support.iter_mut().for_each(|v| *v *= scale);
            }
        }
        h.iter_mut().for_each(|v| *v *= self.factor);
        h
    }
}
