//! Signal and noise of the linear model `ĥ = Wᵀ W h`, summed over the rows.
//!
//! `ĥ_i = Σ_j w_j² h_i + R`, `R = Σ_j w_j η_j`, `η_j = Σ_{l ≠ i} W_jl h_l` (arora2015, equations (4), (5)); `h` has `ones` entries 1
//! among m, `i` is one of them, and the weights are standard normal. Given h the rows are independent, so
//! `Var R = n (‖h‖² − h_i²)`, `Var Σ w_j² = 2n`, and the noises of two rows have covariance 0. A trial draws all weights
//! of the support; `repeated: true` draws one row and uses it n times.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::experiment::{
    Column, Definition, Enclosure, Failure, Observable, Parameters, Prepared, Tail,
};
use crate::random::Stream;

/// Signal and noise of the linear model.
pub static EXPERIMENT: Definition = Definition::of::<Params>(
    "signal and noise of one entry of WᵀWh, summed over the rows",
    "fresh weights",
    OBSERVABLES,
);

const OBSERVABLES: &[Observable] = &[
    Observable::exact("variance_noise", &[], r"\mathrm{Var}\,R", "variance of the summed noise"),
    Observable::exact(
        "noise_correlation",
        &[],
        r"\mathrm{corr}(w_1\eta_1, w_2\eta_2)",
        "correlation of the noise terms of two rows given h",
    ),
    Observable::sampled("noise", &[], "R", "summed noise"),
    Observable::sampled("signal", &[], r"\sum_j W_{ji}^2", "summed squares of the weights"),
    Observable::sampled(
        "row_product",
        &[],
        r"w_1\eta_1 w_2\eta_2",
        "product of the noise terms of the first two rows",
    ),
    Observable::sampled("row_square", &[], r"(w_1\eta_1)^2", "squared noise term of the first row"),
];

/// Sizes.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Rows, at least 2.
    n: u64,
    /// Hidden units.
    m: u64,
    /// Entries 1 of h, at least 2.
    ones: u64,
    /// All rows are the same one.
    #[serde(default)]
    repeated: bool,
}

impl Parameters for Params {
    fn prepare(self) -> Result<Box<dyn Prepared>, Failure> {
        if !(2..=10_000_000).contains(&self.n) {
            return Err(Failure::parameter(
                format!("n = {} is out of range", self.n),
                "2 to 10 million",
            ));
        }
        if !(2..=self.m).contains(&self.ones) {
            return Err(Failure::parameter(
                format!("ones = {} is out of range", self.ones),
                "2 to m",
            ));
        }
        Ok(Box::new(self))
    }
}

impl Prepared for Params {
    fn exact(&self, name: &str, _: &[f64]) -> Result<Enclosure, Failure> {
        let (n, others) = (self.n as f64, self.ones as f64 - 1.0);
        let value = match name {
            "variance_noise" => {
                if self.repeated {
                    n * n * others
                } else {
                    n * others
                }
            }
            "noise_correlation" => f64::from(self.repeated),
            _ => return Err(Failure::no_such_observable(name)),
        };
        Ok(Enclosure::point(value))
    }

    fn columns(&self) -> Vec<Column> {
        let (n, others) = (self.n as f64, self.ones as f64 - 1.0);
        let copies = if self.repeated { n } else { 1.0 };
        vec![
            Column::plain("noise", Tail::Variance(copies * n * others)),
            Column::plain("signal", Tail::Variance(copies * 2.0 * n)),
            Column::plain("row_product", Tail::Unknown),
            Column::plain("row_square", Tail::Unknown),
        ]
    }

    fn trial(&self, stream: &mut Stream, out: &mut [f64]) -> Result<(), Failure> {
        let mut others = vec![0.0; self.ones as usize - 1];
        let (mut noise, mut signal) = (0.0, 0.0);
        let mut first = [0.0; 2];
        let rows = if self.repeated { 1 } else { self.n as usize };
        for j in 0..rows {
            let w = stream.normal();
            stream.fill_normal(&mut others);
            let term = w * others.iter().sum::<f64>();
            noise += term;
            signal += w * w;
            if j < 2 {
                first[j] = term;
            }
        }
        if self.repeated {
            (noise, signal, first[1]) = (noise * self.n as f64, signal * self.n as f64, first[0]);
        }
        out.copy_from_slice(&[noise, signal, first[0] * first[1], first[0] * first[0]]);
        Ok(())
    }

    fn cost(&self) -> f64 {
        10.0 * self.n as f64 * self.ones as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::StreamKey;

    #[test]
    fn the_noise_has_the_stated_variance() {
        for (repeated, trials) in [(false, 4000), (true, 20_000)] {
            let model = Params { n: 20, m: 9, ones: 5, repeated };
            let exact = model.exact("variance_noise", &[]).unwrap().value;
            let key = StreamKey::derive(2, "linear-noise", "test");
            let square = |trial| {
                let mut out = [0.0; 4];
                model.trial(&mut key.trial(trial), &mut out).unwrap();
                out[0] * out[0] / exact
            };
            let values: Vec<f64> = (0..trials).map(square).collect();
            let mean = values.iter().sum::<f64>() / trials as f64;
            let spread = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / trials as f64;
            assert!(
                (mean - 1.0).abs() < 5.0 * (spread / trials as f64).sqrt(),
                "{repeated}: {mean}"
            );
        }
    }
}
