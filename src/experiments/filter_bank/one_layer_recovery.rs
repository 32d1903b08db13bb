//! Random sparse codes through one layer and back: norms and reconstruction errors.
//!
//! A bank of K filters over M channels, length `l`, stride `t`, inputs of length D, and `signals` codes of
//! 𝓜_k through it: blocks a uniform subset, shifts uniform, values uniform on [−1, 1] (or fair signs).
//! x = Wᵀz, h = Wx (gilbert2017, Sec. 4.2, Fig. 2). A trial is a bank; its record holds means over its
//! codes, shares of its codes, and the largest error.
//!
//! Reconstructions, all with relative error ‖x − x̂‖/‖x‖: `known` is x̂ = Wᵀ𝐌(h, k) with the arg-max positions of
//! the largest moduli, `fixed` puts the pooled values at the first shift of their blocks, `relu` clips h
//! before pooling, `oracle` takes h on the true support, `untied` decodes the `known` code by an
//! independent bank.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::experiment::{Column, Definition, Failure, Observable, Parameters, Prepared, Tail};
use crate::models::filter_bank::codes::project;
use crate::models::filter_bank::iht::{norm, relative_error};
use crate::models::filter_bank::parameters::affordable;
use crate::models::filter_bank::{Bank, Code, Law, Line, Pooling, Scaling, Shape, Weights};
use crate::random::Stream;

/// Sparse codes through one layer and back.
pub static EXPERIMENT: Definition = Definition::of::<Params>(
    "norms and reconstruction errors of random sparse codes through one layer and back",
    "a fresh bank with fresh codes",
    OBSERVABLES,
);

const OBSERVABLES: &[Observable] = &[
    Observable::sampled(
        "ratio_sq",
        &[],
        r"\tfrac{\|W^Tz\|^2}{\|z\|^2}",
        "mean over the codes of ‖Wᵀz‖²/‖z‖²",
    ),
    Observable::sampled(
        "ratio",
        &[],
        r"\tfrac{\|W^Tz\|}{\|z\|}",
        "mean over the codes of ‖Wᵀz‖/‖z‖",
    ),
    Observable::sampled("full_sq", &[], r"\tfrac{\|WW^Tz\|^2}{\|z\|^2}", "mean of ‖WWᵀz‖²/‖z‖²"),
    Observable::sampled("full", &[], r"\tfrac{\|WW^Tz\|}{\|z\|}", "mean of ‖WWᵀz‖/‖z‖"),
    Observable::sampled(
        "support_sq",
        &[],
        r"\tfrac{\|(WW^Tz)_\Pi\|^2}{\|z\|^2}",
        "mean of ‖(WWᵀz)_Π‖²/‖z‖², Π the support of z",
    ),
    Observable::sampled(
        "support",
        &[],
        r"\tfrac{\|(WW^Tz)_\Pi\|}{\|z\|}",
        "mean of ‖(WWᵀz)_Π‖/‖z‖",
    ),
    Observable::sampled(
        "first_ratio",
        &[],
        r"\tfrac{\|W^Tz_1\|}{\|z_1\|}",
        "‖Wᵀz‖/‖z‖ of the first code",
    ),
    Observable::sampled(
        "first_full",
        &[],
        r"\tfrac{\|WW^Tz_1\|}{\|z_1\|}",
        "‖WWᵀz‖/‖z‖ of the first code",
    ),
    Observable::sampled(
        "first_support",
        &[],
        r"\tfrac{\|(WW^Tz_1)_\Pi\|}{\|z_1\|}",
        "‖(WWᵀz)_Π‖/‖z‖ of the first code",
    ),
    Observable::sampled(
        "error_known",
        &[],
        r"e_{\mathrm{known}}",
        "mean error with the arg-max positions",
    ),
    Observable::sampled(
        "error_fixed",
        &[],
        r"e_{\mathrm{fixed}}",
        "mean error with fixed positions",
    ),
    Observable::sampled(
        "error_relu",
        &[],
        r"e_{\mathrm{relu}}",
        "mean error with a ReLU before pooling",
    ),
    Observable::sampled(
        "error_oracle",
        &[],
        r"e_{\mathrm{oracle}}",
        "mean error with the true support",
    ),
    Observable::sampled(
        "error_untied",
        &[],
        r"e_{\mathrm{untied}}",
        "mean error with an independent decoder",
    ),
    Observable::sampled(
        "first_known",
        &[],
        r"e_{\mathrm{known},1}",
        "error of the first code, arg-max positions",
    ),
    Observable::sampled(
        "first_oracle",
        &[],
        r"e_{\mathrm{oracle},1}",
        "error of the first code, true support",
    ),
    Observable::sampled(
        "first_fixed",
        &[],
        r"e_{\mathrm{fixed},1}",
        "error of the first code, fixed positions",
    ),
    Observable::sampled(
        "first_relu",
        &[],
        r"e_{\mathrm{relu},1}",
        "error of the first code, ReLU before pooling",
    ),
    Observable::sampled(
        "in_band_known",
        &[],
        r"\Pr(e_{\mathrm{known}}\in B)",
        "share of codes whose `known` error is in `band`",
    ),
    Observable::sampled(
        "in_band_oracle",
        &[],
        r"\Pr(e_{\mathrm{oracle}}\in B)",
        "share of codes whose `oracle` error is in `band`",
    ),
    Observable::sampled(
        "above_known",
        &[],
        r"\Pr(e_{\mathrm{known}}>b)",
        "share of codes whose `known` error exceeds `limit`",
    ),
    Observable::sampled(
        "max_error_known",
        &[],
        r"\max e_{\mathrm{known}}",
        "largest `known` error of the codes",
    ),
];

/// Sizes, laws and what is counted.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Sizes.
    #[serde(flatten)]
    line: Line,
    /// How weights are drawn.
    #[serde(flatten)]
    weights: Weights,
    /// Values of the codes.
    #[serde(default)]
    values: Values,
    /// Codes through one bank, at most 1000.
    #[serde(default = "one")]
    signals: usize,
    /// Band of errors that is counted.
    #[serde(default = "band")]
    band: [f64; 2],
    /// Error above which codes are counted.
    #[serde(default = "limit")]
    limit: f64,
}

/// Law of the values of a code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Values {
    /// Uniform on [−1, 1].
    #[default]
    Uniform,
    /// Fair signs.
    Signs,
}

const fn one() -> usize {
    1
}

const fn band() -> [f64; 2] {
    [0.1, 0.2]
}

const fn limit() -> f64 {
    0.5
}

impl Parameters for Params {
    fn prepare(self) -> Result<Box<dyn Prepared>, Failure> {
        if !(1..=1000).contains(&self.signals) {
            let message = format!("signals = {} is out of range", self.signals);
            return Err(Failure::parameter(message, "1 to 1000 signals"));
        }
        let shape = self.line.checked()?;
        self.weights.check(&shape)?;
        affordable(&shape)?;
        Ok(Box::new(Layer { params: self, shape }))
    }
}

struct Layer {
    params: Params,
    shape: Shape,
}

/// What is recorded of one code.
struct Record {
    square: f64,
    full: f64,
    support: f64,
    known: f64,
    fixed: f64,
    relu: f64,
    oracle: f64,
    untied: f64,
}

impl Layer {
    fn record(&self, bank: &Bank, decoder: &Bank, stream: &mut Stream) -> Record {
        let (k, n) = (self.params.line.k, self.shape.shifts());
        let z = Code::random(&self.shape, k, stream, |stream| match self.params.values {
            Values::Uniform => 2.0 * stream.uniform() - 1.0,
            Values::Signs => stream.sign(),
        });
        let x = bank.synthesise(&z);
        let h = bank.apply(&x);
        let square = |v: &[f64]| v.iter().map(|v| v * v).sum::<f64>();
        let oracle = Code::new(z.entries().iter().map(|&(row, _)| (row, h[row])).collect());
        let error = |bank: &Bank, code: &Code| relative_error(bank, &x, code);
        let known = project(&h, n, k, Pooling::MaxAbs);
        Record {
            square: square(&x) / z.square(),
            full: square(&h) / z.square(),
            support: oracle.square() / z.square(),
            known: error(bank, &known),
            fixed: error(bank, &project(&h, n, k, Pooling::Fixed)),
            relu: error(bank, &project(&h, n, k, Pooling::Relu)),
            oracle: error(bank, &oracle),
            untied: norm(
                &x.iter().zip(decoder.synthesise(&known)).map(|(x, y)| x - y).collect::<Vec<_>>(),
            ) / norm(&x),
        }
    }
}

impl Prepared for Layer {
    fn columns(&self) -> Vec<Column> {
        let shares = ["in_band_known", "in_band_oracle", "above_known"];
        let tail = |name| {
            if shares.contains(&name) { Tail::Bounded { lo: 0.0, hi: 1.0 } } else { Tail::Unknown }
        };
        OBSERVABLES.iter().map(|it| Column::plain(it.name, tail(it.name))).collect()
    }

    fn trial(&self, stream: &mut Stream, out: &mut [f64]) -> Result<(), Failure> {
        let Params { weights, band, limit, .. } = self.params;
        let bank = weights.draw(self.shape, &mut stream.substream(0));
        let decoder = Law::Gauss.draw(self.shape, Scaling::Scaled, &mut stream.substream(1));
        let mut codes = stream.substream(2);
        let records: Vec<Record> =
            (0..self.params.signals).map(|_| self.record(&bank, &decoder, &mut codes)).collect();
        let count = records.len() as f64;
        let mean = |f: &dyn Fn(&Record) -> f64| records.iter().map(f).sum::<f64>() / count;
        let share = |f: &dyn Fn(&Record) -> bool| mean(&|record| f64::from(f(record)));
        let within = |error: f64| band[0] <= error && error <= band[1];
        let first = &records[0];
        out.copy_from_slice(&[
            mean(&|r| r.square),
            mean(&|r| r.square.sqrt()),
            mean(&|r| r.full),
            mean(&|r| r.full.sqrt()),
            mean(&|r| r.support),
            mean(&|r| r.support.sqrt()),
            first.square.sqrt(),
            first.full.sqrt(),
            first.support.sqrt(),
            mean(&|r| r.known),
            mean(&|r| r.fixed),
            mean(&|r| r.relu),
            mean(&|r| r.oracle),
            mean(&|r| r.untied),
            first.known,
            first.oracle,
            first.fixed,
            first.relu,
            share(&|r| within(r.known)),
            share(&|r| within(r.oracle)),
            share(&|r| r.known > limit),
            records.iter().map(|r| r.known).fold(0.0, f64::max),
        ]);
        Ok(())
    }

    fn cost(&self) -> f64 {
        2.0 * (self.params.signals * self.shape.rows() * self.shape.fan_in()) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::StreamKey;
    use serde_json::{Value, json};

    fn trial(value: &Value) -> Vec<f64> {
        let layer = (EXPERIMENT.prepare)(value).unwrap();
        let mut out = vec![f64::NAN; OBSERVABLES.len()];
        layer.trial(&mut StreamKey::derive(4, "one-layer", "t").trial(0), &mut out).unwrap();
        out
    }

    fn at(out: &[f64], name: &str) -> f64 {
        out[OBSERVABLES.iter().position(|it| it.name == name).unwrap()]
    }

    #[test]
    fn an_orthonormal_bank_is_lossless() {
        let value = json!({"K": 8, "M": 1, "l": 8, "t": 8, "D": 64, "k": 3, "law": "dct", "scaling": "raw", "signals": 5});
        let out = trial(&value);
        for name in ["ratio_sq", "full", "support_sq"] {
            assert!((at(&out, name) - 1.0).abs() < 1e-12, "{name}");
        }
        assert!(at(&out, "error_known") < 1e-12 && at(&out, "error_oracle") < 1e-12);
        assert!(at(&out, "error_untied") > 0.5 && at(&out, "above_known") == 0.0);
    }

    #[test]
    fn a_random_bank_keeps_norms_roughly() {
        let value = json!({"K": 12, "M": 32, "l": 5, "D": 12, "k": 3, "signals": 10});
        let out = trial(&value);
        assert!((at(&out, "ratio_sq") - 1.0).abs() < 0.3, "{out:?}");
        assert!(at(&out, "error_oracle") < at(&out, "error_fixed"));
        assert!(at(&out, "max_error_known") >= at(&out, "error_known"));
        assert!((0.0..=1.0).contains(&at(&out, "in_band_oracle")));
    }

    #[test]
    fn wrong_parameters_are_refused() {
        for value in [
            json!({"K": 12, "M": 2, "l": 5, "D": 12, "k": 13}),
            json!({"K": 12, "M": 2, "l": 5, "t": 2, "D": 12, "k": 3}),
            json!({"K": 12, "M": 2, "l": 5, "D": 12, "k": 3, "law": "haar"}),
            json!({"K": 12, "M": 2, "l": 5, "D": 12, "k": 3, "signals": 0}),
        ] {
            assert!((EXPERIMENT.prepare)(&value).is_err(), "{value}");
        }
    }
}
