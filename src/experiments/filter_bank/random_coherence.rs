//! Coherence of Gaussian filters: the largest inner product of two of `K` random unit vectors in `d`
//! dimensions.
//!
//! `cdf_abs(mu)` and `cdf_signed(mu)` are P(max |⟨w_i, w_j⟩| ≤ μ) and P(max ⟨w_i, w_j⟩ ≤ μ): the value
//! takes the pairs for independent, the ends are proven (`src/models/filter_bank/coherence.rs`).
//! `cdf_abs_shifts(mu)` counts products with shifted 3 × 3 filters too; its value is a Gaussian
//! approximation, of which only the upper end is proven.
//!
//! A trial draws all filters, in single precision but where shifts are counted (or, with `method: reduced`, their Gram matrix by Bartlett's
//! decomposition, which has the same law and needs `d ≥ K`).

use schemars::JsonSchema;
use serde::Deserialize;

use crate::experiment::{
    Column, Definition, Enclosure, Failure, Observable, Parameters, Prepared, Tail,
};
use crate::models::filter_bank::coherence::{
    CoherenceLaw, Product, draw_columns, draw_gram, draw_rows, of_columns, of_gram, of_rows,
    with_shifts,
};
use crate::random::Stream;

/// Coherence of Gaussian filters.
pub static EXPERIMENT: Definition = Definition::of::<Params>(
    "largest inner product of two of K random unit vectors in d dimensions",
    "fresh filters",
    OBSERVABLES,
);

const OBSERVABLES: &[Observable] = &[
    Observable::sampled(
        "coherence_abs",
        &[],
        r"\max_{i\ne j}|\langle w_i, w_j\rangle|",
        "largest absolute inner product of two filters",
    ),
    Observable::sampled(
        "coherence_signed",
        &[],
        r"\max_{i\ne j}\langle w_i, w_j\rangle",
        "largest inner product of two filters",
    ),
    Observable::sampled(
        "coherence_shifts",
        &[],
        r"\max|\langle w_i, S w_j\rangle|",
        "largest absolute inner product of two columns of Wᵀ, all shifts of 3 × 3 filters counted; needs `shifts: true`",
    ),
    Observable::exact(
        "cdf_abs",
        &["mu"],
        r"\mathbb{P}\left(\max|\langle w_i, w_j\rangle| \le #1\right)",
        "distribution function of the largest absolute product",
    ),
    Observable::exact(
        "cdf_signed",
        &["mu"],
        r"\mathbb{P}\left(\max\langle w_i, w_j\rangle \le #1\right)",
        "distribution function of the largest product",
    ),
    Observable::exact(
        "pairs_cdf_abs",
        &["mu"],
        r"F_{|\cdot|}\left(#1\right)",
        "distribution function of the largest absolute product if all pairs were independent (quick; no error of that)",
    ),
    Observable::exact(
        "pairs_cdf_signed",
        &["mu"],
        r"F\left(#1\right)",
        "distribution function of the largest product if all pairs were independent",
    ),
    Observable::exact(
        "cdf_abs_shifts",
        &["mu"],
        r"\mathbb{P}\left(\max|\langle w_i, S w_j\rangle| \le #1\right)",
        "distribution function of the largest absolute product, all shifts counted (approximation from above)",
    ),
    Observable::exact(
        "density_abs",
        &["mu"],
        r"f_{|\cdot|}\left(#1\right)",
        "density of the largest absolute product, for independent pairs",
    ),
    Observable::exact(
        "density_signed",
        &["mu"],
        r"f\left(#1\right)",
        "density of the largest product, for independent pairs",
    ),
    Observable::exact(
        "quantile_abs",
        &["level"],
        r"q_{#1}\left(\max|\langle w_i, w_j\rangle|\right)",
        "quantile of the largest absolute product",
    ),
    Observable::exact(
        "quantile_signed",
        &["level"],
        r"q_{#1}\left(\max\langle w_i, w_j\rangle\right)",
        "quantile of the largest product",
    ),
];

/// A bank of filters.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Fan-in of a filter: its number of weights, 3 to 10⁶.
    d: u64,
    /// Number of filters, 2 to 4096.
    #[serde(rename = "K")]
    k: u64,
    /// Sample the coherence over all shifts of 3 × 3 filters too (`d` must be a multiple of 9).
    #[serde(default)]
    shifts: bool,
    /// How trials are drawn.
    #[serde(default)]
    method: Method,
}

/// How trials are drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Method {
    /// All weights of all filters.
    #[default]
    Full,
    /// The Gram matrix by its own law.
    Reduced,
}

/// Side of a filter, where shifts are counted.
const SIDE: u64 = 3;

impl Parameters for Params {
    fn prepare(self) -> Result<Box<dyn Prepared>, Failure> {
        if !(3..=1_000_000).contains(&self.d) || !(2..=4096).contains(&self.k) {
            let message = format!("d = {}, K = {} is out of range", self.d, self.k);
            return Err(Failure::parameter(message, "3 ≤ d ≤ 10⁶ and 2 ≤ K ≤ 4096"));
        }
        if self.shifts && (!self.d.is_multiple_of(SIDE * SIDE) || self.method == Method::Reduced) {
            let message = "shifts need all weights of 3 × 3 filters";
            return Err(Failure::parameter(message, "d a multiple of 9, and `method: full`"));
        }
        if self.method == Method::Reduced && self.d < self.k {
            let message = format!("`method: reduced` needs d ≥ K, not {} < {}", self.d, self.k);
            return Err(Failure::parameter(message, "use `method: full`"));
        }
        let law = CoherenceLaw { fan_in: self.d, filters: self.k };
        Ok(Box::new(Bank { law, shifts: self.shifts, method: self.method }))
    }
}

struct Bank {
    law: CoherenceLaw,
    shifts: bool,
    method: Method,
}

impl Prepared for Bank {
    fn exact(&self, name: &str, arguments: &[f64]) -> Result<Enclosure, Failure> {
        use Product::{Absolute, Signed};
        let &[x] = arguments else { return Err(Failure::no_such_observable(name)) };
        let law = &self.law;
        let rounded = |ln: f64| Ok(Enclosure::with_relative_error(ln.exp(), 1e-8));
        let pairs = |product| Ok(Enclosure::with_relative_error(law.independent(x, product), 1e-8));
        if !(0.0..=1.0).contains(&x) {
            return Err(Failure::domain(format!("{name}({x}): the argument is not in [0, 1]")));
        }
        match name {
            "cdf_abs" => Ok(law.cdf(x, Absolute)),
            "cdf_signed" => Ok(law.cdf(x, Signed)),
            "pairs_cdf_abs" => pairs(Absolute),
            "pairs_cdf_signed" => pairs(Signed),
            "cdf_abs_shifts" => Ok(law.cdf_with_shifts(x, SIDE)),
            "density_abs" => rounded(law.ln_density(x, Absolute)),
            "density_signed" => rounded(law.ln_density(x, Signed)),
            "quantile_abs" => Ok(law.quantile(x, Absolute)),
            "quantile_signed" => Ok(law.quantile(x, Signed)),
            _ => Err(Failure::no_such_observable(name)),
        }
    }

    fn columns(&self) -> Vec<Column> {
        let mut columns = vec![
            Column::plain("coherence_abs", Tail::Bounded { lo: 0.0, hi: 1.0 }),
            Column::plain("coherence_signed", Tail::Bounded { lo: -1.0, hi: 1.0 }),
        ];
        if self.shifts {
            columns.push(Column::plain("coherence_shifts", Tail::Bounded { lo: 0.0, hi: 1.0 }));
        }
        columns
    }

    fn trial(&self, stream: &mut Stream, out: &mut [f64]) -> Result<(), Failure> {
        (out[0], out[1]) = match self.method {
            Method::Reduced => of_gram(&draw_gram(&self.law, stream)),
            Method::Full if self.shifts => {
                let rows = draw_rows(&self.law, stream);
                out[2] = with_shifts(&rows, SIDE);
                of_rows(&rows)
            }
            Method::Full => of_columns(&draw_columns(&self.law, stream)),
        };
        Ok(())
    }

    fn cost(&self) -> f64 {
        let (d, k) = (self.law.fan_in as f64, self.law.filters as f64);
        let inner = if self.method == Method::Reduced { k } else { d };
        let shifts = if self.shifts { 13.0 } else { 1.0 };
        20.0 * k * inner + 2.0 * k * k * inner * shifts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::StreamKey;
    use serde_json::json;

    #[test]
    fn values_and_draws() {
        let bank = (EXPERIMENT.prepare)(&json!({"d": 27, "K": 5, "shifts": true})).unwrap();
        let median = bank.exact("quantile_abs", &[0.5]).unwrap();
        assert!((bank.exact("cdf_abs", &[median.value]).unwrap().value - 0.5).abs() < 1e-9);
        let mut out = [0.0; 3];
        bank.trial(&mut StreamKey::derive(1, "random-coherence", "test").trial(0), &mut out)
            .unwrap();
        assert!(out[1] <= out[0] && out[0] <= out[2] && out[2] < 1.0, "{out:?}");
        assert!(bank.exact("cdf_abs", &[1.5]).is_err());
    }

    #[test]
    fn wrong_parameters_are_refused() {
        for value in [
            json!({"d": 2, "K": 5}),
            json!({"d": 27, "K": 1}),
            json!({"d": 28, "K": 5, "shifts": true}),
            json!({"d": 27, "K": 30, "method": "reduced"}),
        ] {
            assert!((EXPERIMENT.prepare)(&value).is_err(), "{value}");
        }
    }
}
