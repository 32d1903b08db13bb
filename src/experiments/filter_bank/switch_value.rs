//! What switches are worth: a signal decoded from the right places with wrong values, or the other way round.
//!
//! x = Wᵀz for a code z of 𝓜_k with values uniform on [−1, 1] (or [0, 1]: `positive`). Decoded signals are rescaled
//! to ‖x‖, so a relative error e says that the cosine to x is 1 − e²/2 (gilbert2017, Sec. 4.5, where random
//! activations of the same norm go through the true switches).
//!
//! `error_true`: true support and values. `error_values`: true support, normal values of the true signs.
//! `error_signs`: true support, normal values of random signs. `error_places`: random support, true values.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::experiment::{Column, Definition, Failure, Observable, Parameters, Prepared, Tail};
use crate::models::filter_bank::{Code, Law, Line, Scaling, Shape};
use crate::random::Stream;

/// What switches are worth.
pub static EXPERIMENT: Definition = Definition::of::<Params>(
    "signals decoded from true switches with wrong values, and from wrong switches",
    "a fresh bank and fresh codes",
    OBSERVABLES,
);

const OBSERVABLES: &[Observable] = &[
    Observable::sampled("error_true", &[], r"e_{\mathrm{i}}", "true support, true values"),
    Observable::sampled(
        "error_values",
        &[],
        r"e_{\mathrm{ii}}",
        "true support, independent normal values of the true signs",
    ),
    Observable::sampled(
        "error_signs",
        &[],
        r"e_{\mathrm{iii}}",
        "true support, independent normal values of random signs",
    ),
    Observable::sampled(
        "error_places",
        &[],
        r"e_{\mathrm{iv}}",
        "independent support, true values",
    ),
    Observable::sampled(
        "cos_values",
        &[],
        r"\cos_{\mathrm{ii}}",
        "cosine between x and the signal decoded in `error_values`",
    ),
    Observable::sampled("cos_signs", &[], r"\cos_{\mathrm{iii}}", "cosine in `error_signs`"),
    Observable::sampled("cos_places", &[], r"\cos_{\mathrm{iv}}", "cosine in `error_places`"),
];

/// Sizes.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Sizes.
    #[serde(flatten)]
    line: Line,
    /// Values uniform on [0, 1] instead of [−1, 1].
    #[serde(default)]
    positive: bool,
}

impl Parameters for Params {
    fn prepare(self) -> Result<Box<dyn Prepared>, Failure> {
        let shape = self.line.checked()?;
        if shape.parameters() > 10_000_000 {
            return Err(Failure::parameter("the bank is too large", "KMl at most 10⁷"));
        }
        Ok(Box::new(Switches { params: self, shape }))
    }
}

struct Switches {
    params: Params,
    shape: Shape,
}

impl Prepared for Switches {
    fn columns(&self) -> Vec<Column> {
        let tail = |name: &str| match name.starts_with("cos") {
            true => Tail::Bounded { lo: -1.0, hi: 1.0 },
            false => Tail::Bounded { lo: 0.0, hi: 2.0 },
        };
        OBSERVABLES.iter().map(|it| Column::plain(it.name, tail(it.name))).collect()
    }

    fn trial(&self, stream: &mut Stream, out: &mut [f64]) -> Result<(), Failure> {
        let bank = Law::Gauss.draw(self.shape, Scaling::Scaled, &mut stream.substream(0));
        let stream = &mut stream.substream(1);
        let positive = self.params.positive;
        let value = |stream: &mut Stream| {
            if positive { stream.uniform() } else { 2.0 * stream.uniform() - 1.0 }
        };
        let z = Code::random(&self.shape, self.params.line.k, stream, value);
        let x = bank.synthesise(&z);
        let with = |values: Vec<f64>, rows: &[usize]| {
            let code = Code::new(rows.iter().copied().zip(values).collect());
            cosine(&x, &bank.synthesise(&code))
        };
        let rows = z.support();
        let own: Vec<f64> = z.entries().iter().map(|entry| entry.1).collect();
        let normals = |stream: &mut Stream| own.iter().map(|_| stream.normal()).collect::<Vec<_>>();
        let signed = normals(stream).iter().zip(&own).map(|(v, z)| v.abs() * z.signum()).collect();
        let random = normals(stream);
        let places = Code::random(&self.shape, self.params.line.k, stream, |_| 1.0).support();
        let cosines = [
            with(own.clone(), &rows),
            with(signed, &rows),
            with(random, &rows),
            with(own, &places),
        ];
        for (out, cos) in out.iter_mut().zip(cosines) {
            *out = (2.0 - 2.0 * cos).max(0.0).sqrt();
        }
        out[4..].copy_from_slice(&cosines[1..]);
        Ok(())
    }

    fn cost(&self) -> f64 {
        20.0 * self.shape.parameters() as f64
    }
}

fn cosine(a: &[f64], b: &[f64]) -> f64 {
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    (dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()).clamp(-1.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::StreamKey;
    use serde_json::json;

    #[test]
    fn true_switches_and_values_are_lossless() {
        let value = json!({"K": 12, "M": 30, "l": 4, "D": 10, "k": 3});
        let switches = (EXPERIMENT.prepare)(&value).unwrap();
        let mut out = [f64::NAN; 7];
        switches.trial(&mut StreamKey::derive(1, "switch", "t").trial(0), &mut out).unwrap();
        assert!(out[0] < 1e-7 && out[1] > 0.0 && out[1] < out[3], "{out:?}");
        assert!((out[1] * out[1] - (2.0 - 2.0 * out[4])).abs() < 1e-12);
        assert!((EXPERIMENT.prepare)(&json!({"K": 2, "M": 3, "l": 4, "D": 10, "k": 3})).is_err());
    }
}
