//! Algorithm 2 on the activations of a trained net: does a code that reproduces them have norm ratio near 1?
//!
//! x is the output of conv(5,1) for an image, before or after its ReLU; W are the normalised filters of conv(5,2), or
//! Gaussian ones, over 14 × 14 zero-padded positions (gilbert2017, Sec. 4.4, Fig. 3b, c). Algorithm 2 minimises
//! ‖x − Wᵀz‖² + λ‖z‖₁, keeps the largest entry of each 2 × 2 region, and minimises again on these. λ is given as
//! `relative`, a share of the smallest λ whose minimiser is 0, which is 2‖Wx‖_∞; the paper does not state it.
//!
//! The trained filters and images are fixed, so with them all trials are alike.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::experiment::{
    Column, Definition, Enclosure, Evidence, Failure, Nature, Observable, Parameters, Prepared,
    Tail,
};
use crate::models::filter_bank::conv::{ConvBank, Filters};
use crate::models::filter_bank::maps::Maps;
use crate::models::filter_bank::recovery::{
    Analysis, Fista, largest_eigenvalue, stationarity_gap, two_stages,
};
use crate::models::filter_bank::stack::{self, Source, Stack};
use crate::random::Stream;

/// Algorithm 2 on activations.
pub static EXPERIMENT: Definition = Definition::of::<Params>(
    "norm ratio of the codes that two-stage ℓ1 recovery finds for activations of a trained net",
    "fresh filters if they are Gaussian; the activations are fixed",
    OBSERVABLES,
);

const OBSERVABLES: &[Observable] = &[
    Observable::sampled(
        "ratio",
        &[],
        r"\tfrac{\|W^Tz\|}{\|z\|}",
        "‖Wᵀz‖/‖z‖ of the recovered code",
    ),
    Observable::sampled(
        "residual",
        &[],
        r"\tfrac{\|x-W^Tz\|}{\|x\|}",
        "relative distance of Wᵀz to the activations",
    ),
    Observable::sampled(
        "kkt_gap",
        &[],
        r"g_{\mathrm{KKT}}",
        "departure from ‖Wᵀz‖² = ⟨x, Wᵀz⟩ − (λ/2)‖z‖₁, over ‖x‖²",
    ),
    Observable::sampled(
        "duality_gap",
        &[],
        r"g_{\mathrm{dual}}",
        "proven distance of the second stage to its minimum, over ‖x‖²",
    ),
    Observable::sampled("density", &[], r"\|z\|_0/N", "share of positions with an entry"),
    Observable::of(
        "ratio_range",
        &["low", "high"],
        r"\left\{\tfrac{\|W^Tz\|}{\|z\|}: #1\le\tfrac{\lambda}{\lambda_0}\le#2\right\}",
        "range of the norm ratio over λ/(2‖Wx‖_∞) = low, √(low·high), high in place of `relative`; trained filters only",
        Nature::Exact(Evidence::Search),
    ),
];

/// Filters, activations, solver.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Which filters.
    filters: Kind,
    /// Activations after the ReLU (else before it).
    relu: bool,
    /// λ as a share of 2‖Wx‖_∞, between 0 and 1.
    relative: f64,
    /// Steps of FISTA in each stage, at most 10⁴.
    #[serde(default = "sixty")]
    steps: usize,
    /// Which of the two images.
    #[serde(default)]
    image: usize,
    /// Whose weights.
    #[serde(default)]
    weights: Source,
}

/// Which filters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    /// conv(5,2) of the net.
    Trained,
    /// Independent normals.
    Gauss,
}

const fn sixty() -> usize {
    60
}

impl Parameters for Params {
    fn prepare(self) -> Result<Box<dyn Prepared>, Failure> {
        let inside = self.relative > 0.0 && self.relative < 1.0;
        if !inside || !(1..=10_000).contains(&self.steps) || self.image > 1 {
            let message = format!(
                "relative = {}, steps = {}, image = {}",
                self.relative, self.steps, self.image
            );
            return Err(Failure::parameter(
                message,
                "0 < relative < 1, 1 to 10⁴ steps, image 0 or 1",
            ));
        }
        if !stack::is_there() {
            return Err(stack::missing());
        }
        Ok(Box::new(Recovery { params: self }))
    }
}

struct Recovery {
    params: Params,
}

/// Number of sampled observables, which come first in the list.
const COLUMNS: usize = 5;
/// Power steps for the step size.
const POWER: usize = 15;

impl Recovery {
    /// The bank and the activations.
    fn problem(&self, gauss: Option<&mut Stream>) -> Result<(ConvBank, Maps), Failure> {
        let net = Stack::of(self.params.weights)?;
        let before = &net.activations[self.params.image].conv51;
        let maps = if self.params.relu { before.clone().rectified() } else { before.clone() };
        let trained = net.filters(5, 2).ok_or_else(|| Failure::domain("no conv(5, 2)"))?;
        let filters = match gauss {
            None => trained.clone().normalised(),
            Some(stream) => Filters::gaussian(trained.count(), trained.channels(), stream),
        };
        Ok((ConvBank { filters, places: maps.height, step: 1, cropped: true }, maps))
    }
}

impl Prepared for Recovery {
    fn exact(&self, name: &str, arguments: &[f64]) -> Result<Enclosure, Failure> {
        let ("ratio_range", &[low, high]) = (name, arguments) else {
            return Err(Failure::no_such_observable(name));
        };
        if self.params.filters != Kind::Trained || !(0.0 < low && low <= high && high < 1.0) {
            let message =
                format!("ratio_range({low}, {high}) needs trained filters, 0 < low ≤ high < 1");
            return Err(Failure::domain(message));
        }
        let (bank, maps) = self.problem(None)?;
        let (mut least, mut most) = (f64::INFINITY, f64::NEG_INFINITY);
        for relative in [low, (low * high).sqrt(), high] {
            let mut out = [f64::NAN; COLUMNS];
            recover(&bank, &maps, &Params { relative, ..self.params.clone() }, &mut out);
            if !out[0].is_finite() {
                return Ok(Enclosure::UNKNOWN);
            }
            (least, most) = (least.min(out[0]), most.max(out[0]));
        }
        Ok(Enclosure { value: 0.5 * (least + most), lo: least, hi: most })
    }

    fn columns(&self) -> Vec<Column> {
        OBSERVABLES[..COLUMNS].iter().map(|it| Column::plain(it.name, Tail::Unknown)).collect()
    }

    fn trial(&self, stream: &mut Stream, out: &mut [f64]) -> Result<(), Failure> {
        let gauss = (self.params.filters == Kind::Gauss).then_some(stream);
        let (bank, maps) = self.problem(gauss)?;
        recover(&bank, &maps, &self.params, out);
        Ok(())
    }

    fn cost(&self) -> f64 {
        18.0 * (512 * 512 * 196) as f64 * (4 * self.params.steps + 2 * POWER) as f64
    }
}

fn recover(bank: &ConvBank, maps: &Maps, params: &Params, out: &mut [f64]) {
    let x: Vec<f64> = maps.values.iter().map(|&v| f64::from(v)).collect();
    let largest = largest_eigenvalue(bank, x.len(), POWER);
    let peak = bank.analyse(&x).iter().fold(0.0_f64, |most, h| most.max(h.abs()));
    let lambda = params.relative * 2.0 * peak;
    let fista = Fista { lambda, steps: params.steps, largest };
    let pool = |z: &[f64]| {
        let values = z.iter().map(|&z| z as f32).collect();
        let (channels, height) = (bank.filters.count(), bank.places);
        let maps = Maps { channels, height, width: height, values };
        maps.regional_maxima().values.iter().map(|&z| z != 0.0).collect()
    };
    let found = two_stages(bank, &x, &fista, pool);
    let norm = |x: &[f64]| x.iter().map(|x| x * x).sum::<f64>().sqrt();
    let apart: Vec<f64> = x.iter().zip(&found.x).map(|(x, y)| x - y).collect();
    let entries = found.z.iter().filter(|z| **z != 0.0).count();
    out.copy_from_slice(&[
        norm(&found.x) / norm(&found.z),
        norm(&apart) / norm(&x),
        stationarity_gap(&x, &found, lambda),
        found.gap / norm(&x).powi(2),
        entries as f64 / found.z.len() as f64,
    ]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::StreamKey;
    use serde_json::json;

    #[test]
    fn a_small_layer_satisfies_stationarity() {
        let mut stream = StreamKey::derive(1, "conv-recovery", "t").trial(0);
        let filters = Filters::gaussian(8, 4, &mut stream);
        let bank = ConvBank { filters, places: 6, step: 1, cropped: true };
        let mut maps = Maps::zeros(4, 6, 6);
        stream.fill_normal_f32(&mut maps.values);
        let params: Params = serde_json::from_value(
            json!({"filters": "gauss", "relu": false, "relative": 0.1, "steps": 400}),
        )
        .unwrap();
        let mut out = [f64::NAN; 5];
        recover(&bank, &maps, &params, &mut out);
        assert!(out[2] < 1e-4 && out[3] < 1e-3 && out[4] <= 0.25 && out[1] < 1.0, "{out:?}");
        let hasty = Params { steps: 3, ..params };
        recover(&bank, &maps, &hasty, &mut out);
        assert!(out[2] > 1e-4, "{out:?}");
    }

    #[test]
    fn wrong_parameters_are_refused() {
        for value in [
            json!({"filters": "gauss", "relu": true, "relative": 0}),
            json!({"filters": "gauss", "relu": true, "relative": 0.1, "image": 2}),
        ] {
            let refused = (EXPERIMENT.prepare)(&value).err();
            assert!(matches!(refused, Some(Failure::Parameter { .. })), "{value}");
        }
    }
}
