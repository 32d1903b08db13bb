//! The smallest width at which one He-initialised ReLU layer nearly preserves a norm.
//!
//! `min_width` is the least m with P(|‖ReLU(Ru)‖²/‖u‖² − 1| > eps) ≤ delta for R with independent
//! N(0, 2/m) entries, from the exact law 2/m · χ²_B, B ~ Bin(m, ½) (arpit2019, Lemma 2): small widths one
//! by one, larger ones by doubling and bisection, the neighbours below checked because the law alternates
//! between even and odd widths. The tail at the answer and at the width before it is known with a proven
//! error; where that leaves the comparison open, the answer is refused.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::experiment::{Definition, Enclosure, Failure, Observable, Parameters, Prepared};
use crate::models::relu::relu_layer::{LayerLaw, min_width_exact};

/// The smallest width at which one He-initialised ReLU layer nearly preserves a norm.
pub static EXPERIMENT: Definition = Definition::of::<Params>(
    "the smallest width at which one He-initialised ReLU layer nearly preserves a norm",
    "",
    OBSERVABLES,
);

const OBSERVABLES: &[Observable] = &[Observable::exact(
    "min_width",
    &[],
    r"m_{\min}",
    "smallest width m with P(|ratio − 1| > eps) ≤ delta under the exact law",
)];

/// What is asked of the layer.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Largest relative change of the squared norm.
    eps: f64,
    /// Probability with which it may be exceeded.
    delta: f64,
}

impl Parameters for Params {
    fn prepare(self) -> Result<Box<dyn Prepared>, Failure> {
        let Self { eps, delta } = self;
        if !(eps > 0.0 && eps < 1.0 && delta > 0.0 && delta < 1.0) {
            let message = format!("eps = {eps} or delta = {delta} is not between 0 and 1");
            return Err(Failure::parameter(message, "give both strictly between 0 and 1"));
        }
        Ok(Box::new(self))
    }
}

impl Prepared for Params {
    fn exact(&self, name: &str, _: &[f64]) -> Result<Enclosure, Failure> {
        match name {
            "min_width" => self.min_width(),
            _ => Err(Failure::no_such_observable(name)),
        }
    }
}

impl Params {
    fn min_width(&self) -> Result<Enclosure, Failure> {
        let refuse = |error: String| Failure::domain(format!("min_width: {error}"));
        let width =
            min_width_exact(self.eps, self.delta).map_err(|error| refuse(error.to_string()))?;
        let tail = |m| LayerLaw::he_fan_out(m).outside(self.eps);
        let certain =
            tail(width).hi <= self.delta && (width == 1 || tail(width - 1).lo > self.delta);
        match certain {
            true => Ok(Enclosure::point(width as f64)),
            false => Err(refuse(format!("rounding leaves the tail at width {width} open"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_width_is_the_first_that_passes() {
        let at = |eps: f64, delta: f64| {
            let width = (EXPERIMENT.prepare)(&json!({"eps": eps, "delta": delta})).unwrap();
            width.exact("min_width", &[]).unwrap().value as u64
        };
        for (eps, delta) in [(0.5, 0.05), (0.3, 0.05), (0.9, 0.3)] {
            let passes = |m| LayerLaw::he_fan_out(m).outside(eps).value <= delta;
            assert_eq!(Some(at(eps, delta)), (1..10_000).find(|&m| passes(m)));
        }
        // Normal approximation, (1.96/eps)² · 5 = 1921, within 2 %.
        assert!((at(0.1, 0.05) as f64 / 1920.7 - 1.0).abs() < 0.02);
    }

    #[test]
    fn nonsense_is_refused() {
        for value in [json!({"eps": 0, "delta": 0.1}), json!({"eps": 0.1, "delta": 2})] {
            assert!((EXPERIMENT.prepare)(&value).is_err());
        }
    }
}
