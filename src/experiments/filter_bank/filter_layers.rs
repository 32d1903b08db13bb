//! Layers of filter banks with pooling over all shifts, stacked, and decoded in reverse.
//!
//! Layer 1 is a bank over M channels of length D; pooling leaves one number for each of its K filters, so
//! every later layer sees K channels of length 1: filters of length 1 with one shift (gilbert2017, footnote 3).
//! A trial draws Gaussian filters of unit norm and a signal x ~ N(0, I), encodes it through `layers` layers
//! (`k` values kept in each), and decodes from the top with the stored switches. `error(i)` is the relative
//! error of x decoded from layer i; `composition_gap` compares the first two layers run as one pass of
//! Algorithm 1 each with direct pooling. `negative_share` and `nonzero_share` describe W₂ᵀz₂ for the code z₂ of
//! layer 2: the model wants a non-negative vector with at most k non-zeros.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::experiment::{
    Column, Definition, Enclosure, Failure, Observable, Parameters, Prepared, Tail,
};
use crate::models::filter_bank::codes::select;
use crate::models::filter_bank::iht::{Iht, norm};
use crate::models::filter_bank::{Bank, Code, Law, Line, Pooling, Scaling, Shape};
use crate::random::Stream;

/// Stacked layers.
pub static EXPERIMENT: Definition = Definition::of::<Params>(
    "stacked filter banks with pooling over all shifts, decoded in reverse",
    "fresh filters and a fresh signal",
    OBSERVABLES,
);

const OBSERVABLES: &[Observable] = &[
    Observable::exact("shifts", &["i"], "n_{#1}", "shifts of a filter of layer i"),
    Observable::sampled(
        "error",
        &["i"],
        r"\|x-\hat x_{#1}\|/\|x\|",
        "relative error after decoding from layer i",
    ),
    Observable::sampled(
        "composition_gap",
        &[],
        r"\Delta",
        "distance between two layers by Algorithm 1 and by pooling",
    ),
    Observable::sampled(
        "negative_share",
        &[],
        r"\Pr(W_2^Tz_2<0)",
        "share of negative entries of W₂ᵀz₂",
    ),
    Observable::sampled(
        "nonzero_share",
        &[],
        r"\Pr(W_2^Tz_2\neq0)",
        "share of non-zero entries of W₂ᵀz₂",
    ),
];

/// Sizes.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Sizes.
    #[serde(flatten)]
    line: Line,
    /// Layers, 2 to 10.
    layers: usize,
    /// The decoder forgets the switches of layer 1 and uses the first shift of each block.
    #[serde(default)]
    forget: bool,
}

impl Parameters for Params {
    fn prepare(self) -> Result<Box<dyn Prepared>, Failure> {
        let first = self.line.checked()?;
        let layers = (2..=10).contains(&self.layers);
        if !layers || first.parameters() > 1_000_000 || first.filters > 1000 {
            return Err(Failure::parameter(
                "layers or a size is out of range",
                "K ≤ 1000, 2 to 10 layers",
            ));
        }
        Ok(Box::new(self))
    }
}

/// A layer's code: where values stand, and the values of all blocks as the next layer's input.
struct Encoded {
    code: Code,
    pooled: Vec<f64>,
}

impl Params {
    fn first(&self) -> Shape {
        self.line.shape()
    }

    /// What a layer above sees: one number a filter.
    fn above(&self) -> Shape {
        Shape::line(self.line.filters, self.line.filters, 1, 1, 1)
    }

    fn encode(&self, bank: &Bank, x: &[f64]) -> Encoded {
        let (h, n) = (bank.apply(x), bank.shape.shifts());
        let kept = select(&h, n, self.line.k, Pooling::MaxAbs);
        let mut pooled = vec![0.0; self.line.filters];
        kept.iter().for_each(|(_, source)| pooled[source / n] = h[*source]);
        let code = Code::new(kept.into_iter().map(|(place, source)| (place, h[source])).collect());
        Encoded { code, pooled }
    }

    /// x decoded from the code of layer `top`, down through the stored switches.
    fn decode(&self, banks: &[Bank], codes: &[Encoded], top: usize) -> Vec<f64> {
        let mut code = codes[top].code.clone();
        for layer in (1..=top).rev() {
            let values = banks[layer].synthesise(&code);
            let n = banks[layer - 1].shape.shifts();
            let places = codes[layer - 1].code.entries().iter();
            code = Code::new(places.map(|(row, _)| (*row, values[row / n])).collect());
        }
        if self.forget {
            let n = banks[0].shape.shifts();
            let places = code.entries().iter();
            code = Code::new(places.map(|(row, value)| (row / n * n, *value)).collect());
        }
        banks[0].synthesise(&code)
    }
}

impl Prepared for Params {
    fn exact(&self, name: &str, arguments: &[f64]) -> Result<Enclosure, Failure> {
        match name {
            "shifts" if arguments[0] == 1.0 => Ok(Enclosure::point(self.first().shifts() as f64)),
            "shifts" => Ok(Enclosure::point(self.above().shifts() as f64)),
            _ => Err(Failure::no_such_observable(name)),
        }
    }

    fn columns(&self) -> Vec<Column> {
        let mut columns: Vec<Column> =
            (1..=self.layers).map(|i| Column::indexed("error", i, Tail::Unknown)).collect();
        columns.push(Column::plain("composition_gap", Tail::Unknown));
        let share = Tail::Bounded { lo: 0.0, hi: 1.0 };
        columns.extend(["negative_share", "nonzero_share"].map(|name| Column::plain(name, share)));
        columns
    }

    fn trial(&self, stream: &mut Stream, out: &mut [f64]) -> Result<(), Failure> {
        let mut banks =
            vec![Law::Gauss.draw(self.first(), Scaling::Unit, &mut stream.substream(0))];
        for layer in 1..self.layers {
            let mut own = stream.substream(layer as u64);
            banks.push(Law::Gauss.draw(self.above(), Scaling::Unit, &mut own));
        }
        let mut x = vec![0.0; self.first().columns()];
        stream.substream(100).fill_normal(&mut x);
        let mut codes = vec![self.encode(&banks[0], &x)];
        for bank in &banks[1..] {
            let next = self.encode(bank, &codes[codes.len() - 1].pooled);
            codes.push(next);
        }
        for (layer, slot) in out[..self.layers].iter_mut().enumerate() {
            let found = self.decode(&banks, &codes, layer);
            let error: Vec<f64> = found.iter().zip(&x).map(|(a, b)| a - b).collect();
            *slot = norm(&error) / norm(&x);
        }
        let iht = Iht::new(self.line.k);
        let first = &iht.run(&banks[0], &x, 1)[0];
        let second = &iht.run(&banks[1], &codes[0].pooled, 1)[0];
        let gap = first.distance_square(&codes[0].code) + second.distance_square(&codes[1].code);
        let back = banks[1].synthesise(&codes[1].code);
        let share = |count: usize| count as f64 / back.len() as f64;
        let negative = share(back.iter().filter(|value| **value < 0.0).count());
        let nonzero = share(back.iter().filter(|value| **value != 0.0).count());
        out[self.layers..].copy_from_slice(&[gap.sqrt(), negative, nonzero]);
        Ok(())
    }

    fn cost(&self) -> f64 {
        let first = self.first();
        8.0 * first.parameters() as f64 * first.shifts() as f64
            + 8.0 * (self.layers * self.line.filters * self.line.filters) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::StreamKey;
    use serde_json::json;

    #[test]
    fn layers_above_see_one_number_a_filter() {
        let stack = json!({"K": 12, "M": 3, "l": 4, "D": 8, "k": 4, "layers": 3});
        let stack = (EXPERIMENT.prepare)(&stack).unwrap();
        assert_eq!(stack.exact("shifts", &[1.0]).unwrap().value, 5.0);
        assert_eq!(stack.exact("shifts", &[2.0]).unwrap().value, 1.0);
        let mut out = [f64::NAN; 6];
        stack.trial(&mut StreamKey::derive(1, "layers", "{}").trial(0), &mut out).unwrap();
        assert!(out[0] < 1.5 && out[3] < 1e-12, "{out:?}");
        assert!(out[4] > 0.0 && out[5] == 1.0);
    }
}
