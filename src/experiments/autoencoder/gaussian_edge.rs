//! Largest singular value of a random matrix.
//!
//! W is m × n with entries of variance `sigma_w2/n`. For normal entries `method: bidiagonal` draws the singular values' exact law
//! in O(n) numbers (`src/models/autoencoder/edge.rs`), `method: dense` draws the matrix, with entries of any law. For normal entries
//! `‖W‖ → σ_W(1 + √(m/n))` and `P(‖W‖ > σ_W(1 + √(m/n) + t)) ≤ e^{−nt²/2}` (Davidson & Szarek 2001, Theorem II.13).

use schemars::JsonSchema;
use serde::Deserialize;

use crate::experiment::{Column, Definition, Failure, Observable, Parameters, Prepared, Tail};
use crate::models::autoencoder::edge::{top_square, top_square_of_normal};
use crate::models::autoencoder::weight_law::WeightLaw;
use crate::random::Stream;

/// Largest singular value of a random matrix.
pub static EXPERIMENT: Definition = Definition::of::<Params>(
    "largest singular value of a random matrix",
    "a fresh matrix",
    OBSERVABLES,
);

const OBSERVABLES: &[Observable] =
    &[Observable::sampled("top_sq", &[], r"\|W\|^2", "squared largest singular value")];

/// The matrix.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Rows.
    m: usize,
    /// Columns.
    n: usize,
    /// n times the variance of an entry.
    #[serde(default = "one")]
    sigma_w2: f64,
    /// Law of the entries (`method: dense`).
    #[serde(default)]
    dist: WeightLaw,
    /// How it is drawn.
    #[serde(default)]
    method: Method,
}

/// How the singular value is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Method {
    /// From the bidiagonal matrix of the same law.
    #[default]
    Bidiagonal,
    /// From the matrix.
    Dense,
}

const fn one() -> f64 {
    1.0
}

/// Most entries of a dense matrix.
const MOST_ENTRIES: usize = 4_000_000;
/// Longest side.
const LONGEST: usize = 1_000_000;

impl Parameters for Params {
    fn prepare(self) -> Result<Box<dyn Prepared>, Failure> {
        let sides = [self.m, self.n];
        let dense = self.method == Method::Dense;
        if sides.iter().any(|side| !(1..=LONGEST).contains(side))
            || (dense && self.m * self.n > MOST_ENTRIES)
        {
            let message = format!("a matrix of {} by {} is out of range", self.m, self.n);
            let hint = format!("sides of 1 to {LONGEST}, {MOST_ENTRIES} entries if dense");
            return Err(Failure::parameter(message, hint));
        }
        if !(self.sigma_w2 > 0.0 && self.sigma_w2.is_finite()) {
            let message = format!("sigma_w2 = {} is not positive", self.sigma_w2);
            return Err(Failure::parameter(message, ""));
        }
        if !dense && self.dist != WeightLaw::Gauss {
            let message = "the bidiagonal law is that of normal entries";
            return Err(Failure::parameter(message, "use `method: dense`"));
        }
        Ok(Box::new(Edge { parameters: self }))
    }
}

struct Edge {
    parameters: Params,
}

impl Prepared for Edge {
    fn columns(&self) -> Vec<Column> {
        vec![Column::plain("top_sq", Tail::Unknown)]
    }

    fn trial(&self, stream: &mut Stream, out: &mut [f64]) -> Result<(), Failure> {
        let Params { m, n, sigma_w2, dist, method } = self.parameters;
        let square = match method {
            Method::Bidiagonal => top_square_of_normal(m, n, stream),
            Method::Dense => top_square(dist, m, n, stream),
        };
        out[0] = sigma_w2 / n as f64 * square;
        Ok(())
    }

    fn cost(&self) -> f64 {
        let Params { m, n, method, .. } = self.parameters;
        match method {
            Method::Bidiagonal => 400.0 * m.min(n) as f64,
            Method::Dense => 2000.0 * m as f64 * n as f64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn wrong_parameters_are_refused() {
        for value in [
            json!({"m": 0, "n": 3}),
            json!({"m": 3, "n": 3, "sigma_w2": 0}),
            json!({"m": 3, "n": 3, "dist": "cauchy"}),
            json!({"m": 100_000, "n": 1000, "method": "dense"}),
        ] {
            assert!((EXPERIMENT.prepare)(&value).is_err(), "{value}");
        }
    }
}
