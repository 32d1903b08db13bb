//! Which units of a random ReLU network are active, given that the input is not dead yet.
//!
//! A network with layers of equal `width`, independent N(0, `variance`) weights, and the input
//! (1, …, inputs)/norm. `dead(l)` draws the network freely: 1 if h_l = 0. `cell` and `parity` are drawn
//! given that layer 1 is not dead (its weights are redrawn until one unit is active): `cell` numbers the
//! joint activation pattern of layers 1 and 2 from 0 to (2^width − 1) 2^width − 1, layer 1 in the high
//! digits; `parity` is 1 if the number of active units of both layers is odd.
//!
//! Exact (arpit2019, Proposition 1, given h_{l−1} ≠ 0): all masks are independent fair coins, so the cells
//! are equally likely, the parity is fair, and P(h_l = 0) = 1 − (1 − 2^(−width))^l. A `bias` breaks it.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::experiment::{
    Column, Definition, Enclosure, Failure, Observable, Parameters, Prepared, Tail,
};
use crate::maths::dot::dot;
use crate::random::Stream;

/// Which units of a random ReLU network are active.
pub static EXPERIMENT: Definition = Definition::of::<Params>(
    "which units of the first layers of a random ReLU network are active",
    "fresh weights; the input is fixed",
    OBSERVABLES,
);

const OBSERVABLES: &[Observable] = &[
    Observable::sampled(
        "cell",
        &[],
        r"c(D_1, D_2)",
        "number of the joint activation pattern of layers 1 and 2, given that layer 1 is not dead",
    ),
    Observable::sampled(
        "parity",
        &[],
        r"(B_1 + B_2) \bmod 2",
        "1 if the number of active units of layers 1 and 2 is odd, given that layer 1 is not dead",
    ),
    Observable::sampled(
        "dead",
        &["layer"],
        r"\mathbf{1}[h_{#1} = 0]",
        "1 if the activation of the layer vanishes",
    ),
    Observable::exact(
        "cell_cdf",
        &["cell"],
        r"F\left(#1\right)",
        "distribution function of `cell` if all patterns are equally likely",
    ),
    Observable::exact(
        "cells",
        &[],
        r"(2^n - 1)\,2^n",
        "number of joint patterns, (2^width − 1) 2^width",
    ),
];

/// Shape of the network.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Width of every layer, at most 8.
    width: usize,
    /// Number of layers of which `dead` is recorded, at most 100.
    #[serde(default = "default_layers")]
    layers: usize,
    /// Number of inputs.
    #[serde(default = "default_inputs")]
    inputs: usize,
    /// Added to every pre-activation.
    #[serde(default)]
    bias: f64,
    /// Variance of the weights; 2/width (He) if left out.
    #[serde(default)]
    variance: Option<f64>,
}

fn default_layers() -> usize {
    2
}

fn default_inputs() -> usize {
    4
}

impl Parameters for Params {
    fn prepare(self) -> Result<Box<dyn Prepared>, Failure> {
        let Self { width, layers, inputs, bias, variance } = self;
        for (name, size, most) in
            [("width", width, 8), ("layers", layers, 100), ("inputs", inputs, 1000)]
        {
            if !(1..=most).contains(&size) {
                let message = format!("{name} = {size} is out of range");
                return Err(Failure::parameter(message, format!("1 to {most}")));
            }
        }
        let variance = variance.unwrap_or(2.0 / width as f64);
        if !(variance > 0.0 && variance.is_finite() && bias.is_finite()) {
            let message = format!("variance = {variance} or bias = {bias} is out of range");
            return Err(Failure::parameter(message, "a positive variance, a finite bias"));
        }
        let input: Vec<f64> = (1..=inputs).map(|j| j as f64).collect();
        let norm = input.iter().map(|x| x * x).sum::<f64>().sqrt();
        let input = input.into_iter().map(|x| x / norm).collect();
        Ok(Box::new(Network { width, layers, bias, deviation: variance.sqrt(), input }))
    }
}

struct Network {
    width: usize,
    layers: usize,
    bias: f64,
    deviation: f64,
    input: Vec<f64>,
}

impl Prepared for Network {
    fn exact(&self, name: &str, arguments: &[f64]) -> Result<Enclosure, Failure> {
        match (name, arguments) {
            ("cells", []) => Ok(Enclosure::point(self.cells())),
            ("cell_cdf", [x]) => {
                let share = ((x.floor() + 1.0) / self.cells()).clamp(0.0, 1.0);
                Ok(Enclosure::with_relative_error(share, f64::EPSILON))
            }
            _ => Err(Failure::no_such_observable(name)),
        }
    }

    fn columns(&self) -> Vec<Column> {
        let bounded = |hi| Tail::Bounded { lo: 0.0, hi };
        let mut columns = vec![
            Column::plain("cell", bounded(self.cells() - 1.0)),
            Column::plain("parity", bounded(1.0)),
        ];
        columns.extend((1..=self.layers).map(|layer| Column::indexed("dead", layer, bounded(1.0))));
        columns
    }

    fn trial(&self, stream: &mut Stream, out: &mut [f64]) -> Result<(), Failure> {
        let first = loop {
            let h = self.layer(&self.input, stream);
            if pattern(&h) > 0 {
                break h;
            }
        };
        let second = self.layer(&first, stream);
        let (high, low) = (pattern(&first), pattern(&second));
        out[0] = ((high - 1) << self.width | low) as f64;
        out[1] = f64::from((high.count_ones() + low.count_ones()) % 2);
        let mut h = self.input.clone();
        for slot in &mut out[2..] {
            h = self.layer(&h, stream);
            *slot = f64::from(pattern(&h) == 0);
        }
        Ok(())
    }

    fn cost(&self) -> f64 {
        10.0 * self.width as f64
            * (self.input.len() as f64 * 2.0 + (self.layers * self.width) as f64)
    }
}

impl Network {
    fn cells(&self) -> f64 {
        let patterns = f64::exp2(self.width as f64);
        (patterns - 1.0) * patterns
    }

    /// ReLU(Wh + bias) with fresh weights.
    fn layer(&self, h: &[f64], stream: &mut Stream) -> Vec<f64> {
        let mut row = vec![0.0; h.len()];
        let unit = |_| {
            stream.fill_normal(&mut row);
            (self.deviation * dot(&row, h) + self.bias).max(0.0)
        };
        (0..self.width).map(unit).collect()
    }
}

/// The active units as binary digits.
fn pattern(h: &[f64]) -> u32 {
    h.iter().fold(0, |digits, x| digits << 1 | u32::from(*x > 0.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::StreamKey;
    use serde_json::json;

    fn sample(value: serde_json::Value, trials: u64) -> Vec<Vec<f64>> {
        let network = (EXPERIMENT.prepare)(&value).unwrap();
        let key = StreamKey::derive(3, "mask-pattern", "test");
        let one = |trial| {
            let mut out = vec![0.0; network.columns().len()];
            network.trial(&mut key.trial(trial), &mut out).unwrap();
            out
        };
        (0..trials).map(one).collect()
    }

    #[test]
    fn patterns_of_an_unbiased_network_are_fair() {
        let n = 30_000;
        let rows = sample(json!({"width": 2, "layers": 3}), n);
        let (cells, n) = (12.0, n as f64);
        let mut counts = [0.0; 12];
        rows.iter().for_each(|row| counts[row[0] as usize] += 1.0);
        let chi: f64 = counts.iter().map(|c| (c - n / cells).powi(2) / (n / cells)).sum();
        // P(χ²₁₁ > 45.1) = 5e-6 (mpmath).
        assert!(chi < 45.1, "{chi}");
        for layer in 1..=3 {
            let p = 1.0 - 0.75_f64.powi(layer);
            let share = rows.iter().map(|row| row[1 + layer as usize]).sum::<f64>() / n;
            assert!((share - p).abs() < 5.0 * (p * (1.0 - p) / n).sqrt(), "{layer}: {share} {p}");
        }
        let odd = rows.iter().map(|row| row[1]).sum::<f64>() / n;
        assert!((odd - 0.5).abs() < 5.0 * 0.5 / n.sqrt(), "{odd}");
    }

    #[test]
    fn a_bias_is_seen() {
        let rows = sample(json!({"width": 4, "bias": 0.5}), 2000);
        let all_active = rows.iter().filter(|row| row[0] == 239.0).count();
        assert!(all_active > 100, "{all_active}");
    }

    #[test]
    fn the_distribution_function_counts_cells() {
        let network = (EXPERIMENT.prepare)(&json!({"width": 4})).unwrap();
        assert_eq!(network.exact("cells", &[]).unwrap().value, 240.0);
        for (cell, share) in [(-1.0, 0.0), (0.0, 1.0 / 240.0), (239.0, 1.0), (500.0, 1.0)] {
            let found = network.exact("cell_cdf", &[cell]).unwrap();
            assert!((found.value - share).abs() < 1e-15);
        }
        assert!((EXPERIMENT.prepare)(&json!({"width": 9})).is_err());
    }
}
