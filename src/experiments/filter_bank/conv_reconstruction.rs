//! One step of iterative hard thresholding on maps: how well do 2 × 2 regional maxima bring an activation back?
//!
//! h = Wx for 3 × 3 zero-padded unit filters, ẑ keeps the largest modulus of each 2 × 2 region of h with its place,
//! x̂ = Wᵀẑ is rescaled to ‖x‖, e = ‖x − x̂‖/‖x‖ (gilbert2017, Table 3, activation space). For Gaussian filters that
//! know nothing of x, x̂ has an expected component S x along x, S = ‖ẑ‖²/‖x‖², and noise of squared norm about
//! S‖x‖² (see the claim table-3-theory): cos² ≈ S/(1 + S), and `predicted` is √(2 − 2 cos).
//!
//! Inputs: `pool`, the output of pool(`layer`) of a trained VGG16 stack for two images (the errors are averaged),
//! with trained filters conv(`layer` + 1, 1) or Gaussian ones of the same size; or synthetic maps, `white`
//! or averaged over 5 × 5 neighbours (`blurred`), with Gaussian filters.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::experiment::{Column, Definition, Failure, Observable, Parameters, Prepared, Tail};
use crate::models::filter_bank::conv::Filters;
use crate::models::filter_bank::maps::Maps;
use crate::models::filter_bank::stack::{self, Source, Stack};
use crate::random::Stream;

/// One thresholding step on maps.
pub static EXPERIMENT: Definition = Definition::of::<Params>(
    "relative error of reconstructing maps from 2 × 2 regional maxima of a convolution layer",
    "fresh filters if they are Gaussian, fresh maps if they are synthetic",
    OBSERVABLES,
);

const OBSERVABLES: &[Observable] = &[
    Observable::sampled("error", &[], r"e", "relative error after rescaling"),
    Observable::sampled(
        "predicted",
        &[],
        r"\sqrt{2-2\sqrt{S/(1+S)}}",
        "what the size S of the code predicts for independent filters",
    ),
    Observable::sampled("size", &[], r"S", "‖ẑ‖²/‖x‖²"),
    Observable::sampled("kept", &[], r"\eta", "‖ẑ‖²/‖h‖²"),
];

/// Input, filters, pooling.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// What is reconstructed.
    input: Input,
    /// Which filters.
    filters: Kind,
    /// Layer whose pool is the input, 1 to 4.
    #[serde(default = "one")]
    layer: usize,
    /// Filters of a synthetic layer.
    #[serde(rename = "K", default = "sixty_four")]
    count: usize,
    /// Channels of a synthetic layer.
    #[serde(rename = "M", default = "sixty_four")]
    channels: usize,
    /// Side of a synthetic map, even.
    #[serde(rename = "D", default = "thirty_two")]
    side: usize,
    /// ReLU before pooling.
    #[serde(default)]
    relu: bool,
    /// Decode by independent Gaussian filters.
    #[serde(default)]
    untied: bool,
    /// Whose weights.
    #[serde(default)]
    weights: Source,
}

/// What is reconstructed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Input {
    /// Activations of a trained stack.
    Pool,
    /// Independent normals.
    White,
    /// Independent normals averaged over 5 × 5 neighbours.
    Blurred,
}

/// Which filters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    /// The trained filters of the next layer, each divided by its norm.
    Hed,
    /// Gaussian, each divided by its norm.
    Gauss,
}

const fn one() -> usize {
    1
}

const fn sixty_four() -> usize {
    64
}

const fn thirty_two() -> usize {
    32
}

impl Parameters for Params {
    fn prepare(self) -> Result<Box<dyn Prepared>, Failure> {
        if !(1..=4).contains(&self.layer) {
            return Err(Failure::parameter(format!("layer = {}", self.layer), "1 to 4"));
        }
        let sizes = [self.count, self.channels].iter().all(|size| (1..=1024).contains(size));
        if !sizes || !self.side.is_multiple_of(2) || !(2..=256).contains(&self.side) {
            let message = format!("K = {}, M = {}, D = {}", self.count, self.channels, self.side);
            return Err(Failure::parameter(message, "K and M 1 to 1024, D even, 2 to 256"));
        }
        if self.input != Input::Pool && self.filters == Kind::Hed {
            let message = "trained filters need `input: pool`";
            return Err(Failure::parameter(message, "use `filters: gauss`"));
        }
        if self.input == Input::Pool && !stack::is_there() {
            return Err(stack::missing());
        }
        Ok(Box::new(Reconstruction { params: self }))
    }
}

struct Reconstruction {
    params: Params,
}

impl Reconstruction {
    fn one(&self, filters: &Filters, x: &Maps, stream: &mut Stream) -> [f64; 4] {
        let h = filters.apply(x);
        let h = if self.params.relu { h.rectified() } else { h };
        let code = h.regional_maxima();
        let decoded = if self.params.untied {
            Filters::gaussian(filters.count(), filters.channels(), stream).adjoint(&code)
        } else {
            filters.adjoint(&code)
        };
        let cosine = x.dot(&decoded) / (x.square() * decoded.square()).sqrt();
        let size = code.square() / x.square();
        let error = |cosine: f64| (2.0 - 2.0 * cosine).max(0.0).sqrt();
        [error(cosine), error((size / (1.0 + size)).sqrt()), size, code.square() / h.square()]
    }

    fn synthetic(&self, stream: &mut Stream) -> Maps {
        let Params { channels, side, .. } = self.params;
        let mut maps = Maps::zeros(channels, side, side);
        stream.fill_normal_f32(&mut maps.values);
        if self.params.input == Input::Blurred { blurred(&maps) } else { maps }
    }
}

/// Sums over 5 × 5 neighbours (fewer at the edges).
fn blurred(maps: &Maps) -> Maps {
    let mut out = Maps::zeros(maps.channels, maps.height, maps.width);
    for (index, value) in out.values.iter_mut().enumerate() {
        let plane = index / maps.plane() * maps.plane();
        let (y, x) = (index % maps.plane() / maps.width, index % maps.width);
        let rows = y.saturating_sub(2)..(y + 3).min(maps.height);
        let columns = x.saturating_sub(2)..(x + 3).min(maps.width);
        *value = rows
            .flat_map(|y| columns.clone().map(move |x| plane + y * maps.width + x))
            .map(|at| maps.values[at])
            .sum();
    }
    out
}

impl Prepared for Reconstruction {
    fn columns(&self) -> Vec<Column> {
        OBSERVABLES.iter().map(|it| Column::plain(it.name, Tail::Unknown)).collect()
    }

    fn trial(&self, stream: &mut Stream, out: &mut [f64]) -> Result<(), Failure> {
        let Params { input, filters, layer, count, channels, weights, .. } = self.params;
        let mut draw = stream.substream(0);
        let mut decoder = stream.substream(1);
        if input != Input::Pool {
            let bank = Filters::gaussian(count, channels, &mut draw);
            let x = self.synthetic(&mut stream.substream(2));
            out.copy_from_slice(&self.one(&bank, &x, &mut decoder));
            return Ok(());
        }
        let net = Stack::of(weights)?;
        let none = || Failure::domain("the stack has no such layer");
        let trained = net.filters(layer + 1, 1).ok_or_else(none)?;
        let bank = match filters {
            Kind::Hed => trained.clone().normalised(),
            Kind::Gauss => Filters::gaussian(trained.count(), trained.channels(), &mut draw),
        };
        out.fill(0.0);
        for image in &net.activations {
            let found = self.one(&bank, &image.pools[layer - 1], &mut decoder);
            out.iter_mut().zip(found).for_each(|(out, value)| *out += value);
        }
        out.iter_mut().for_each(|out| *out /= net.activations.len() as f64);
        Ok(())
    }

    fn cost(&self) -> f64 {
        let Params { count, channels, side, .. } = self.params;
        match self.params.input {
            Input::Pool => 8e9,
            _ => 36.0 * (count * channels * side * side) as f64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::StreamKey;
    use serde_json::{Value, json};

    fn trial(value: &Value) -> [f64; 4] {
        let reconstruction = (EXPERIMENT.prepare)(value).unwrap();
        let mut out = [f64::NAN; 4];
        let stream = &mut StreamKey::derive(1, "conv-reconstruction", "t").trial(0);
        reconstruction.trial(stream, &mut out).unwrap();
        out
    }

    #[test]
    fn white_maps_have_the_predicted_error() {
        let out = trial(&json!({"input": "white", "filters": "gauss", "K": 32, "M": 32, "D": 16}));
        assert!((out[0] - out[1]).abs() < 0.05, "{out:?}");
        assert!((out[3] - 0.6176).abs() < 0.05, "{out:?}");
        let value = json!({"input": "white", "filters": "gauss", "K": 32, "M": 32, "D": 16, "untied": true});
        assert!((trial(&value)[0] - 2_f64.sqrt()).abs() < 0.1);
    }

    #[test]
    fn neighbours_of_a_blurred_map_are_alike() {
        let out =
            trial(&json!({"input": "blurred", "filters": "gauss", "K": 16, "M": 16, "D": 16}));
        assert!(out[3] < 0.55, "{out:?}");
        let point = Maps { values: vec![0.0, 1.0, 0.0, 0.0], ..Maps::zeros(1, 2, 2) };
        assert_eq!(blurred(&point).values, [1.0; 4]);
    }

    #[test]
    fn wrong_parameters_are_refused() {
        for value in [
            json!({"input": "white", "filters": "hed"}),
            json!({"input": "white", "filters": "gauss", "D": 7}),
            json!({"input": "pool", "filters": "gauss", "layer": 5}),
        ] {
            let refused = (EXPERIMENT.prepare)(&value).err();
            assert!(matches!(refused, Some(Failure::Parameter { .. })), "{value}");
        }
    }
}
