//! Sparsity of the activations, and coherence of the filters, of a trained VGG16 stack.
//!
//! `weights: hed` are those of the HED edge detector, which set-up provides (a stand-in for VGG16); `vgg16` is a
//! user's file. `sparsity(block, layer)` is the share of positive activations, averaged over two
//! images (`src/models/filter_bank/stack.rs`), with layer 0 for the block's pool; its error bar counts
//! numbers that are as small as rounding. Coherences are the largest (absolute) inner product of two filters of
//! a layer, each divided by its norm; single-precision products, error below 1e-5.
//!
//! A trial shuffles the weights within every filter of conv(`shuffled_block`, `shuffled_layer`): `shuffled_abs` is what is left.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::experiment::{
    Column, Definition, Enclosure, Failure, Observable, Parameters, Prepared, Tail,
};
use crate::models::filter_bank::coherence::{CoherenceLaw, Product, of_gram};
use crate::models::filter_bank::conv::Filters;
use crate::models::filter_bank::stack::{self, LAYERS, Source, Stack};
use crate::random::Stream;

/// Sparsity and coherence of a trained stack.
pub static EXPERIMENT: Definition = Definition::of::<Params>(
    "sparsity and coherence of a trained VGG16 stack",
    "weights shuffled within each filter; the layers and images are fixed",
    OBSERVABLES,
);

const OBSERVABLES: &[Observable] = &[
    Observable::exact(
        "sparsity",
        &["block", "layer"],
        r"s_{#1,#2}",
        "share of positive activations of conv(block, layer), or of pool(block) for layer 0",
    ),
    Observable::exact(
        "coherence_abs",
        &["block", "layer"],
        r"\mu_{#1,#2}",
        "largest absolute inner product of two normalised filters of conv(block, layer)",
    ),
    Observable::exact(
        "coherence_signed",
        &["block", "layer"],
        r"\mu^+_{#1,#2}",
        "largest inner product of two normalised filters of conv(block, layer)",
    ),
    Observable::exact(
        "gaussian_level",
        &["block", "layer"],
        r"\mathbb{P}\left(\mu_{\mathrm{Gauss}} \le \mu_{#1,#2}\right)",
        "probability that Gaussian filters of the size of conv(block, layer) are at most as coherent",
    ),
    Observable::sampled(
        "shuffled_abs",
        &[],
        r"\mu_{\mathrm{shuffled}}",
        "coherence of conv(shuffled_block, shuffled_layer) with the weights of each filter in random order",
    ),
];

/// Weights, and the layer that is shuffled.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Whose weights.
    #[serde(default)]
    weights: Source,
    /// Block of the layer that is shuffled, 1 to 5.
    #[serde(default = "five")]
    shuffled_block: usize,
    /// The layer within its block, from 1.
    #[serde(default = "one")]
    shuffled_layer: usize,
    /// Shuffle at all (else trials show the layer itself).
    #[serde(default = "yes")]
    shuffle: bool,
}

const fn yes() -> bool {
    true
}

const fn five() -> usize {
    5
}

const fn one() -> usize {
    1
}

impl Parameters for Params {
    fn prepare(self) -> Result<Box<dyn Prepared>, Failure> {
        let layers = self.shuffled_block.checked_sub(1).and_then(|block| LAYERS.get(block));
        if layers.is_none_or(|&count| !(1..=count).contains(&self.shuffled_layer)) {
            let message =
                format!("there is no conv({}, {})", self.shuffled_block, self.shuffled_layer);
            return Err(Failure::parameter(message, "blocks 1 to 5 with 2, 2, 3, 3, 3 layers"));
        }
        if self.weights == Source::Hed && !stack::is_there() {
            return Err(stack::missing());
        }
        Ok(Box::new(Trained { params: self }))
    }
}

struct Trained {
    params: Params,
}

/// Coherence of filters: absolute and signed.
fn coherence(filters: &Filters) -> (f64, f64) {
    let unit = filters.clone().normalised().0;
    of_gram(&(unit.transpose() * unit).map(f64::from))
}

impl Prepared for Trained {
    fn exact(&self, name: &str, arguments: &[f64]) -> Result<Enclosure, Failure> {
        let &[block, layer] = arguments else { return Err(Failure::no_such_observable(name)) };
        let stack = Stack::of(self.params.weights)?;
        let none = || Failure::domain(format!("{name}({block}, {layer}): there is no such layer"));
        let (b, l) = (block as usize, layer as usize);
        let count = b.checked_sub(1).and_then(|b| LAYERS.get(b)).copied().ok_or_else(none)?;
        if block.fract() != 0.0 || layer.fract() != 0.0 || l > count || layer < 0.0 {
            return Err(none());
        }
        match name {
            "sparsity" => {
                let index = if l == 0 { count } else { l - 1 };
                let shares = stack.activations.iter().map(|a| a.sparsity[b - 1][index]);
                let images = stack.activations.len() as f64;
                let (share, doubt) = shares.fold((0.0, 0.0), |s, x| (s.0 + x.0, s.1 + x.1));
                Ok(Enclosure::with_error(share / images, doubt / images + 1e-12))
            }
            "coherence_abs" | "coherence_signed" => {
                let (abs, signed) = coherence(stack.filters(b, l).ok_or_else(none)?);
                let value = if name == "coherence_abs" { abs } else { signed };
                Ok(Enclosure::with_error(value, 1e-5))
            }
            "gaussian_level" => {
                let filters = stack.filters(b, l).ok_or_else(none)?;
                let (fan_in, filters_count) = (filters.0.nrows() as u64, filters.count() as u64);
                let law = CoherenceLaw { fan_in, filters: filters_count };
                // A smaller coherence has a smaller level: the error of the products goes down.
                Ok(law.cdf((coherence(filters).0 - 1e-5).clamp(0.0, 1.0), Product::Absolute))
            }
            _ => Err(Failure::no_such_observable(name)),
        }
    }

    fn columns(&self) -> Vec<Column> {
        vec![Column::plain("shuffled_abs", Tail::Bounded { lo: 0.0, hi: 1.0 })]
    }

    fn trial(&self, stream: &mut Stream, out: &mut [f64]) -> Result<(), Failure> {
        let stack = Stack::of(self.params.weights)?;
        let layer = stack.filters(self.params.shuffled_block, self.params.shuffled_layer);
        let mut filters = layer.ok_or_else(|| Failure::domain("there is no such layer"))?.clone();
        let length = filters.0.nrows();
        if self.params.shuffle {
            filters.0.as_mut_slice().chunks_mut(length).for_each(|filter| stream.shuffle(filter));
        }
        out[0] = coherence(&filters).0;
        Ok(())
    }

    fn cost(&self) -> f64 {
        // Largest layer: 4608 weights, 512 filters.
        2.4e9
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn layers_that_do_not_exist_are_refused() {
        for value in [
            json!({"shuffled_block": 6}),
            json!({"shuffled_block": 1, "shuffled_layer": 3}),
            json!({"shuffled_block": 0}),
        ] {
            let refused = (EXPERIMENT.prepare)(&value).err();
            assert!(matches!(refused, Some(Failure::Parameter { .. })), "{value}");
        }
    }

    #[test]
    fn coherence_of_two_filters() {
        let mut weights = nalgebra::DMatrix::zeros(9, 2);
        weights[(0, 0)] = 2.0;
        weights[(0, 1)] = -3.0;
        weights[(1, 1)] = 4.0;
        let (abs, signed) = coherence(&Filters(weights));
        assert!((abs - 0.6).abs() < 1e-6 && (signed + 0.6).abs() < 1e-6);
    }
}
