//! Isometry constants and worst codes of random filter banks, exactly in every draw.
//!
//! A trial draws a bank (K filters, M channels, length ℓ, stride t, input D) and enumerates all supports: the
//! constants are suprema over every code of the model, never over a sample of codes
//! (gilbert2017, Theorem 3.1). Rounding is below 1e-11. What is computed beyond `delta(k)` is asked for by
//! `double` (𝓜_{2k}), `worst` (worst codes, k ≤ 2), `extended` (the same filters over a longer input) and
//! `others` (fresh banks of other sizes in the same trial).

use schemars::JsonSchema;
use serde::Deserialize;

use crate::experiment::{Column, Definition, Failure, Observable, Parameters, Prepared, Tail};
use crate::models::filter_bank::rip::{MOST_SUPPORTS, spectrum};
use crate::models::filter_bank::supports::Model;
use crate::models::filter_bank::sweep::{Setting, worst};
use crate::models::filter_bank::{Bank, Gram, Line, Pooling, Products, Shape, Weights};
use crate::random::Stream;

/// Isometry constants of random filter banks.
pub static EXPERIMENT: Definition = Definition::of::<Params>(
    "isometry constants and worst codes of random filter banks, by enumeration",
    "a fresh filter bank",
    OBSERVABLES,
);

const OBSERVABLES: &[Observable] = &[
    Observable::sampled("delta", &[], r"\delta_k", "isometry constant over 𝓜_k"),
    Observable::sampled("delta_one", &[], r"\delta_1", "largest | ‖row‖² − 1 |"),
    Observable::sampled(
        "delta_few",
        &[],
        r"\hat\delta_k",
        "largest | ‖Wᵀz‖² − 1 | over one random unit code for every support: a lower bound of delta",
    ),
    Observable::sampled(
        "delta_double",
        &[],
        r"\delta_{2k}",
        "isometry constant over 𝓜_{2k} (`double`)",
    ),
    Observable::sampled(
        "delta_extended",
        &[],
        r"\delta_k'",
        "isometry constant of the same filters over the input `extended`",
    ),
    Observable::sampled(
        "delta_other",
        &["i"],
        r"\delta_k^{(#1)}",
        "isometry constant of a fresh bank of the sizes `others`, entry i from 1",
    ),
    Observable::sampled(
        "worst_missed",
        &[],
        r"\sup\|z|_{\Omega^c}\|/\|z\|",
        "largest part of a code that pooling misses (`worst`)",
    ),
    Observable::sampled(
        "worst_code",
        &[],
        r"\sup\|z-\hat z\|/\|z\|",
        "largest relative error of the code (`worst`)",
    ),
    Observable::sampled(
        "worst_signal",
        &[],
        r"\sup\|x-\hat x\|/\|x\|",
        "largest relative error of the signal (`worst`)",
    ),
];

/// The bank and what is measured.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Sizes.
    #[serde(flatten)]
    line: Line,
    /// How weights are drawn.
    #[serde(flatten)]
    weights: Weights,
    /// Every shift gets its own filter (a locally connected layer), a control.
    #[serde(default)]
    untied: bool,
    /// Also the constant over 𝓜_{2k}.
    #[serde(default)]
    double: bool,
    /// Also the worst codes.
    #[serde(default)]
    worst: bool,
    /// Pooling for the worst codes.
    #[serde(default = "max_abs")]
    pooling: Pooling,
    /// Worst codes are sought among those without negative entries.
    #[serde(default)]
    nonnegative: bool,
    /// Also the constant of the same filters over an input of this length.
    #[serde(default)]
    extended: Option<usize>,
    /// Also constants of fresh banks of these sizes, [M, ℓ, D] each.
    #[serde(default)]
    others: Vec<(usize, usize, usize)>,
}

fn max_abs() -> Pooling {
    Pooling::MaxAbs
}

impl Params {
    fn shape(&self) -> Shape {
        self.line.shape()
    }

    /// The same filters and stride over other channels, filter lengths and inputs.
    fn other(&self, &(channels, l, samples): &(usize, usize, usize)) -> Shape {
        Line { channels, l, samples, ..self.line }.shape()
    }

    /// All shapes that a trial enumerates.
    fn shapes(&self) -> Vec<Shape> {
        let mut shapes = vec![self.shape()];
        shapes.extend(self.extended.map(|samples| self.shape().with_line(samples)));
        let others = self.others.iter();
        shapes.extend(others.map(|other| self.other(other)));
        shapes
    }

    fn model(&self, shape: &Shape) -> Model {
        Model::single(shape.filters, shape.shifts(), self.line.k)
    }
}

impl Parameters for Params {
    fn prepare(self) -> Result<Box<dyn Prepared>, Failure> {
        for shape in self.shapes() {
            self.weights.check(&shape)?;
            let double = Model::double(shape.filters, shape.shifts(), self.line.k).count();
            let most = self.model(&shape).count().max(if self.double { double } else { 0.0 });
            if most > MOST_SUPPORTS || shape.rows() > 2000 || shape.parameters() > 1_000_000 {
                return Err(Failure::parameter("too many supports or rows", "take a smaller bank"));
            }
        }
        if self.line.k == 0 || self.line.k > self.line.filters || (self.worst && self.line.k > 2) {
            let message = format!("k = {} is out of range", self.line.k);
            return Err(Failure::parameter(message, "1 ≤ k ≤ K, and k ≤ 2 with `worst`"));
        }
        Ok(Box::new(self))
    }
}

/// The Gram matrix of a drawn bank, or of independent filters at every shift.
fn gram(bank: &Bank, params: &Params, stream: &mut Stream) -> Gram {
    if !params.untied {
        return Gram::of(bank);
    }
    let shape = bank.shape;
    let single = Shape { filters: shape.rows(), input: shape.kernel, ..shape };
    let filters = params.weights.draw(single, stream);
    let mut rows = bank.matrix();
    rows.fill(0.0);
    for i in 0..shape.filters {
        for j in 0..shape.shifts() {
            let row = i * shape.shifts() + j;
            let own = Bank { shape, weights: filters.filter(row).repeat(shape.filters) };
            own.fill_row(i, [0, j], |column, weight| rows[(row, column)] = weight);
        }
    }
    Gram::of_rows(&rows, shape.filters)
}

impl Prepared for Params {
    fn columns(&self) -> Vec<Column> {
        let mut names = vec!["delta", "delta_one", "delta_few"];
        if self.double {
            names.push("delta_double");
        }
        if self.extended.is_some() {
            names.push("delta_extended");
        }
        if self.worst {
            names.extend(["worst_missed", "worst_code", "worst_signal"]);
        }
        let mut columns: Vec<Column> =
            names.into_iter().map(|name| Column::plain(name, Tail::Unknown)).collect();
        columns.extend(
            (1..=self.others.len()).map(|i| Column::indexed("delta_other", i, Tail::Unknown)),
        );
        columns
    }

    fn trial(&self, stream: &mut Stream, out: &mut [f64]) -> Result<(), Failure> {
        let bank = self.weights.draw(self.shape(), &mut stream.substream(0));
        let own = gram(&bank, self, &mut stream.substream(1));
        let constant = |gram: &Gram, shape: &Shape, double: bool| {
            let model = match double {
                true => Model::double(shape.filters, shape.shifts(), self.line.k),
                false => self.model(shape),
            };
            spectrum(gram, &model, shape.fan_in()).map_or(f64::NAN, |found| found.delta())
        };
        let mut record = vec![constant(&own, &bank.shape, false)];
        record.push((0..own.rows()).map(|a| (own.dot(a, a) - 1.0).abs()).fold(0.0, f64::max));
        record.push(few(&own, &self.model(&bank.shape), &mut stream.substream(2)));
        if self.double {
            record.push(constant(&own, &bank.shape, true));
        }
        if let Some(samples) = self.extended {
            let longer = bank.over(samples);
            let gram = gram(&longer, self, &mut stream.substream(3));
            record.push(constant(&gram, &longer.shape, false));
        }
        if self.worst {
            let setting =
                Setting { k: self.line.k, pooling: self.pooling, nonnegative: self.nonnegative };
            let found = worst(&own, &setting).unwrap_or_default();
            record.extend([found.missed, found.code, found.signal]);
        }
        for (index, sizes) in self.others.iter().enumerate() {
            let shape = self.other(sizes);
            let mut other = stream.substream(4 + index as u64);
            let bank = self.weights.draw(shape, &mut other);
            record.push(constant(&gram(&bank, self, &mut other), &shape, false));
        }
        out.copy_from_slice(&record);
        Ok(())
    }

    fn cost(&self) -> f64 {
        let each = |shape: Shape| {
            let supports = self.model(&shape).count() * (self.line.k as f64).powi(3) * 60.0;
            supports + shape.rows() as f64 * (shape.fan_in() * shape.filters) as f64
        };
        let shape = self.shape();
        let pairs = (shape.rows() as f64).powi(3) * self.model(&shape).count();
        let double = Model::double(shape.filters, shape.shifts(), self.line.k).count();
        self.shapes().into_iter().map(each).sum::<f64>()
            + if self.worst { 4.0 * pairs } else { 0.0 }
            + if self.double { 2000.0 * double } else { 0.0 }
    }
}

/// Largest | ‖Wᵀz‖² − 1 | over one uniformly random unit code for every support.
fn few(gram: &Gram, model: &Model, stream: &mut Stream) -> f64 {
    let mut largest = 0.0_f64;
    let mut code = vec![0.0; model.largest()];
    model.each(&mut |support| {
        stream.unit_vector(&mut code);
        let mut square = 0.0;
        for (a, x) in support.iter().zip(&code) {
            for (b, y) in support.iter().zip(&code) {
                square += x * y * gram.dot(*a, *b);
            }
        }
        largest = largest.max((square - 1.0).abs());
    });
    largest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::StreamKey;
    use serde_json::json;

    fn record(params: serde_json::Value, trial: u64) -> Vec<f64> {
        let bank = (EXPERIMENT.prepare)(&params).unwrap();
        let mut out = vec![f64::NAN; bank.columns().len()];
        bank.trial(&mut StreamKey::derive(1, "bank", "{}").trial(trial), &mut out).unwrap();
        out
    }

    #[test]
    fn facts_of_every_draw() {
        let params = json!({"K": 4, "M": 5, "l": 3, "D": 6, "k": 2, "double": true, "worst": true, "extended": 9, "others": [[2, 2, 4]]});
        for trial in 0..10 {
            let [delta, one, few, double, extended, missed, code, signal, other] =
                record(params.clone(), trial)[..]
            else {
                panic!("a column is missing")
            };
            assert!(one <= delta && few <= delta && delta <= double && other > 0.0);
            // Beyond n = 1 + (k − 1)(ℓ − 1) shifts nothing changes (here n = 4 ≥ 3).
            assert!((extended - delta).abs() < 1e-12);
            assert!(missed <= 2.0_f64.sqrt() * double + 1e-9);
            assert!(code <= 1.618_034 * double + 1e-9);
            assert!(delta >= 1.0 || signal <= (delta * (2.0 - delta)).sqrt() + 1e-9);
        }
    }

    #[test]
    fn controls_differ() {
        let untied = record(
            json!({"K": 3, "M": 2, "l": 2, "D": 4, "k": 2, "untied": true, "extended": 12}),
            0,
        );
        assert!((untied[3] - untied[0]).abs() > 1e-6);
        let unit = record(json!({"K": 3, "M": 2, "l": 2, "D": 4, "k": 1, "scaling": "unit"}), 0);
        assert!(unit[0] < 1e-14);
    }
}
