//! A chain of random ReLU layers run down and up: gains, noise and what the codes look like.
//!
//! Generation and inference as in `models::reversal::stack` (Arora, Liang and Ma 2015, Eq. 14, Theorems 3.1, 3.2, C.1, C.2);
//! `widths` and `kept` run from the top to the bottom. The top code is `flat` (the first `top_k` entries 1), `alternating`
//! (0.5, 1.5, 0.5, … scaled to squared norm `top_k`) or `one-hot` (every unit in turn, through the same weights: a trial holds means
//! over them). Layer j counts from the bottom, x is layer 0; `ĥ^(j)` are pre-activations, so the top is judged before its
//! offset and ReLU.
//!
//! `predicted_gain` and `predicted_noise` are the large-size limit (`models::reversal::evolution`: two quadrature rules
//! that agree to 1e-11): finite sizes differ from it by shares of order 1/k. They know nothing of `untied`, `weights` and `scale`.

mod observables;

use std::sync::OnceLock;

use schemars::JsonSchema;
use serde::Deserialize;

use observables::OBSERVABLES;

use crate::experiment::{Column, Definition, Enclosure, Failure, Parameters, Prepared, Tail};
use crate::models::reversal::evolution::{Chain, Rule, Stage};
use crate::models::reversal::readings;
use crate::models::reversal::stack::{Stack, Weights};
use crate::random::Stream;

/// A chain of random ReLU layers run down and up.
pub static EXPERIMENT: Definition = Definition::of::<Params>(
    "a chain of random ReLU layers generates from the top down and infers from the bottom up",
    "fresh weights and kept units; the top code is fixed",
    OBSERVABLES,
);

/// The chain, the top code and the inference.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Widths from the top to the bottom, at least two.
    widths: Vec<usize>,
    /// Expected numbers of kept units of the layers below the top, from the top to the bottom.
    kept: Vec<f64>,
    /// Top code.
    top: Top,
    /// Support of the top code (1 for `one-hot`).
    #[serde(default = "one_unit")]
    top_k: usize,
    /// Factor on the top code.
    #[serde(default = "one")]
    top_scale: f64,
    /// Offset of hidden inference layers in norms of their input, downwards.
    #[serde(default)]
    lambda: f64,
    /// Offset of the top for `off_energy`, in predicted standard deviations.
    #[serde(default)]
    top_lambda: f64,
    /// Share of its inputs that an inference layer keeps.
    #[serde(default = "one")]
    keep: f64,
    /// Kept inputs are multiplied by 1/keep.
    #[serde(default = "yes")]
    compensated: bool,
    /// Hidden inference layers without ReLU and offset.
    #[serde(default)]
    linear: bool,
    /// Inference layer (1 = bottom) with weights of its own; 0 for none.
    #[serde(default)]
    untied: usize,
    /// Factor on every α.
    #[serde(default = "one")]
    scale: f64,
    /// Law of the weights.
    #[serde(default)]
    weights: Law,
}

/// Law of a weight.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Law {
    /// Standard normal.
    #[default]
    Gaussian,
    /// Student, 3 degrees of freedom, variance 1.
    StudentThree,
    /// Cauchy.
    Cauchy,
}

/// Top code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Top {
    /// The first entries 1.
    Flat,
    /// 0.5, 1.5, 0.5, … scaled.
    Alternating,
    /// One entry 1, every unit in turn.
    OneHot,
}

fn one() -> f64 {
    1.0
}

fn one_unit() -> usize {
    1
}

fn yes() -> bool {
    true
}

/// Most numbers in a stored matrix.
const LARGEST: usize = 100_000_000;

impl Params {
    fn check(&self) -> Result<(), Failure> {
        let depth = self.kept.len();
        if !(1..=12).contains(&depth) || self.widths.len() != depth + 1 {
            let message =
                format!("{} widths and {depth} kept numbers don't fit", self.widths.len());
            return Err(Failure::parameter(
                message,
                "one width more than kept numbers, both from the top to the bottom",
            ));
        }
        let fits = |(k, n): (&f64, &usize)| *k > 0.0 && *k <= *n as f64;
        let small =
            self.widths[..depth].windows(2).all(|pair| pair[0].saturating_mul(pair[1]) <= LARGEST);
        let sizes = self.widths.iter().all(|n| (1..=10_000_000).contains(n));
        if !(self.kept.iter().zip(&self.widths[1..]).all(fits) && small && sizes) {
            return Err(Failure::parameter(
                "a width or kept number is out of range",
                "0 < kept ≤ width, stored matrices up to 10^8 entries",
            ));
        }
        let support = (1..=self.widths[0]).contains(&self.top_k);
        let shares =
            self.keep > 0.0 && self.keep <= 1.0 && self.scale > 0.0 && self.top_scale > 0.0;
        let finite = [self.lambda, self.top_lambda, self.scale, self.top_scale]
            .iter()
            .all(|x| x.abs() < 1e6);
        if !(support && shares && finite && self.untied <= depth) {
            return Err(Failure::parameter(
                "top_k, keep, scale, lambda or untied is out of range",
                "0 < keep ≤ 1, top_k up to the top width, untied up to the depth",
            ));
        }
        Ok(())
    }

    fn tops(&self) -> Vec<Vec<f32>> {
        let width = self.widths[0];
        let scale = self.top_scale;
        let entry = |i: usize| match self.top {
            _ if i >= self.top_k => 0.0,
            // Squares 0.25 and 2.25: mean 1.25 over pairs.
            Top::Alternating => (if i.is_multiple_of(2) { 0.5 } else { 1.5 }) / 1.25_f64.sqrt(),
            _ => 1.0,
        };
        if self.top == Top::OneHot {
            let unit =
                |c: usize| (0..width).map(|i| if i == c { scale as f32 } else { 0.0 }).collect();
            return (0..width).map(unit).collect();
        }
        vec![(0..width).map(|i| (scale * entry(i)) as f32).collect()]
    }
}

impl Parameters for Params {
    fn prepare(self) -> Result<Box<dyn Prepared>, Failure> {
        self.check()?;
        let tops = self.tops();
        let top_sq = tops[0].iter().map(|g| f64::from(*g).powi(2)).sum();
        let chain = Chain {
            top_sq,
            kept: self.kept.clone(),
            widths: self.widths[1..].iter().map(|n| *n as f64).collect(),
            lambda: if self.linear { 0.0 } else { self.lambda },
            keep: self.keep,
            compensated: self.compensated,
            linear: self.linear,
        };
        let weights = match self.weights {
            Law::Gaussian => Weights::Gaussian,
            Law::StudentThree => Weights::StudentThree,
            Law::Cauchy => Weights::Cauchy,
        };
        let stack = Stack {
            widths: self.widths,
            kept: self.kept,
            scale: self.scale,
            weights,
            lambda: self.lambda,
            keep: self.keep,
            compensated: self.compensated,
            linear: self.linear,
            untied: self.untied,
        };
        Ok(Box::new(Reversal {
            stack,
            chain,
            tops,
            top_lambda: self.top_lambda,
            stages: OnceLock::new(),
        }))
    }
}

struct Reversal {
    stack: Stack,
    chain: Chain,
    tops: Vec<Vec<f32>>,
    top_lambda: f64,
    stages: OnceLock<Result<Vec<Stage>, Failure>>,
}

/// In the order of [`readings::top`].
const TOP: [&str; 6] =
    ["on_error", "sup_over_sd", "support_recovery", "correct", "off_energy", "off_energy_zero"];
/// In the order of [`readings::steps`].
const STEPS: [&str; 5] =
    ["support_loss", "direct_off_square", "direct_on_square", "linear_part_square", "shift_slope"];

impl Reversal {
    fn stages(&self) -> Result<&Vec<Stage>, Failure> {
        let evolve =
            || self.chain.evolve(Rule::Checked).map_err(|error| Failure::domain(error.to_string()));
        self.stages.get_or_init(evolve).as_ref().map_err(Clone::clone)
    }
}

impl Prepared for Reversal {
    fn exact(&self, name: &str, arguments: &[f64]) -> Result<Enclosure, Failure> {
        let stages = self.stages()?;
        let [j] = arguments else { return Err(Failure::no_such_observable(name)) };
        if j.fract() != 0.0 || !(1.0..=stages.len() as f64).contains(j) {
            return Err(Failure::domain(format!("there is no inference layer {j}")));
        }
        let stage = stages[*j as usize - 1];
        match name {
            "predicted_gain" => Ok(Enclosure::with_relative_error(stage.gain, 1e-9)),
            "predicted_noise" => Ok(Enclosure::with_relative_error(stage.noise, 1e-9)),
            _ => Err(Failure::no_such_observable(name)),
        }
    }

    fn columns(&self) -> Vec<Column> {
        let depth = self.stack.depth();
        let mut columns = Vec::new();
        for name in ["layer_gain", "off_square"] {
            columns.extend((1..=depth).map(|j| Column::indexed(name, j, Tail::Unknown)));
        }
        for name in ["nnz", "norm_sq", "code_sum", "dominance"] {
            columns.extend((0..depth).map(|j| Column::indexed(name, j, Tail::Unknown)));
        }
        // Shares lie in [0, 1], but are means over many units with a small spread: an interval that knows the range
        // alone would be far too wide.
        let plain = |name| Column::plain(name, Tail::Unknown);
        columns.extend(TOP.map(plain));
        if depth >= 2 {
            columns.extend(STEPS.map(plain));
        }
        columns
    }

    fn trial(&self, stream: &mut Stream, out: &mut [f64]) -> Result<(), Failure> {
        let top = *self.stages()?.last().ok_or_else(|| Failure::domain("no layers"))?;
        let draw = self.stack.draw(&self.tops, stream);
        out.fill(0.0);
        let share = 1.0 / draw.passes.len() as f64;
        for pass in &draw.passes {
            let mut record = readings::layers(pass);
            record.extend(readings::top(pass, top, self.top_lambda));
            if self.stack.depth() >= 2 {
                record.extend(readings::steps(&draw, pass));
            }
            out.iter_mut().zip(record).for_each(|(o, x)| *o += share * x);
        }
        Ok(())
    }

    fn cost(&self) -> f64 {
        let widths = &self.stack.widths;
        let depth = self.stack.depth();
        let above: usize = widths[..depth].windows(2).map(|pair| pair[0] * pair[1]).sum();
        let bottom = self.stack.kept(0) * widths[depth - 1] as f64;
        (above as f64 + bottom) * (4.0 + 2.0 * self.tops.len() as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::StreamKey;
    use serde_json::json;

    /// Two layers at moderate size against state evolution; finite sizes move both by a few per cent.
    #[test]
    fn draws_follow_state_evolution() {
        let value = json!({"widths": [64, 300, 3000], "kept": [150, 1500], "top": "flat", "top_k": 32, "lambda": 1.0});
        let chain = (EXPERIMENT.prepare)(&value).unwrap();
        let key = StreamKey::derive(9, "reversal-stack", "test");
        let columns = chain.columns();
        let place = |name: &str, j: f64| {
            columns
                .iter()
                .position(|c| {
                    c.observable == name && (c.arguments.is_empty() || c.arguments[0] == j)
                })
                .unwrap()
        };
        let mut mean = vec![0.0; columns.len()];
        for trial in 0..100 {
            let mut out = vec![f64::NAN; columns.len()];
            chain.trial(&mut key.trial(trial), &mut out).unwrap();
            mean.iter_mut().zip(out).for_each(|(m, x)| *m += x / 100.0);
        }
        let gain = chain.exact("predicted_gain", &[2.0]).unwrap().value;
        let noise = chain.exact("predicted_noise", &[2.0]).unwrap().value;
        assert!((mean[place("layer_gain", 2.0)] - gain).abs() < 0.05, "{gain} {mean:?}");
        assert!((mean[place("off_square", 2.0)] / noise - 1.0).abs() < 0.15, "{noise} {mean:?}");
        assert!((mean[place("layer_gain", 1.0)] - 1.0).abs() < 0.02);
        assert!((mean[place("nnz", 1.0)] / 150.0 - 0.5).abs() < 0.03);
        // The gain lost is the share of active units silenced.
        assert!((mean[place("support_loss", 0.0)] - (1.0 - gain)).abs() < 0.05);
        assert!((mean[place("shift_slope", 0.0)] - (gain - 1.0)).abs() < 0.05);
    }

    #[test]
    fn impossible_chains_are_refused() {
        for value in [
            json!({"widths": [10, 20], "kept": [30], "top": "flat"}),
            json!({"widths": [10, 20, 30], "kept": [10], "top": "flat"}),
            json!({"widths": [10, 20], "kept": [10], "top": "flat", "top_k": 11}),
            json!({"widths": [10, 20], "kept": [10], "top": "flat", "untied": 2}),
        ] {
            assert!((EXPERIMENT.prepare)(&value).is_err(), "{value}");
        }
    }
}
