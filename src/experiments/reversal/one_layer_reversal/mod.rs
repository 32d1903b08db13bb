//! A hidden vector through one random layer and back.
//!
//! `x = s(r(α W h))`, `ĥ = W′ᵀ x`, `h̃ = r(ĥ + b)` (arora2015, model (1) and Theorem 2.3): W is n × m with independent
//! entries of mean 0 and variance 1, `s` keeps each coordinate with probability ρ, `t = ρn`, `α = 2/t` with ReLU. `h` has k
//! non-zero entries among m. `W′ = W` unless `tie_correlation` is below 1. Without ReLU, with ρ = 1 and α = 1/n this is
//! the linear model of Proposition 2.2. Offsets are common to all entries: `b = −λ √(2/t) ‖h‖`.
//!
//! Exact observables (Gaussian weights): an entry's moment generating function has a closed form, and every tail and
//! truncated moment is one Bromwich integral (`src/models/reversal/law.rs`; relative error about 1e-12, also of
//! probabilities like 1e-40). The expected loss is a sum of such moments; its best offset is a root of the derivative.
//! Mean, variance and covariance hold for every symmetric law of the weights.
//!
//! A trial draws fresh weights and dropping, and `h` where it is random: with `method: full` every weight of the rows that
//! reach the inference pass, with `method: reduced` the estimate's exact joint law (`src/models/reversal/simulate.rs`).

mod observables;

use std::sync::OnceLock;

use observables::OBSERVABLES;

use crate::experiment::{Column, Definition, Enclosure, Failure, Parameters, Prepared, Tail};
use crate::maths::NumericalError;
use crate::models::reversal::loss::{Loss, Minimum};
use crate::models::reversal::parameters::{Described, LayerParams, Offset, Values};
use crate::models::reversal::simulate::{Method, draw, summary};
use crate::random::Stream;

/// A hidden vector through one random layer and back.
pub static EXPERIMENT: Definition = Definition::of::<LayerParams>(
    "a hidden vector through one random layer and back: exact laws, and draws of the weights",
    "fresh weights and dropping (and values of h, where they are random)",
    OBSERVABLES,
);

impl Parameters for LayerParams {
    fn prepare(self) -> Result<Box<dyn Prepared>, Failure> {
        let described = self.describe()?;
        Ok(Box::new(Reversal { described, best: OnceLock::new(), lambda: OnceLock::new() }))
    }
}

struct Reversal {
    described: Described,
    best: OnceLock<Result<Minimum, NumericalError>>,
    lambda: OnceLock<f64>,
}

fn lost(name: &str) -> impl Fn(NumericalError) -> Failure + '_ {
    move |error| Failure::domain(format!("{name}: {error}"))
}

/// A closed form, correct to rounding.
fn rounded(x: f64) -> Enclosure {
    Enclosure::with_relative_error(x, 32.0 * f64::EPSILON)
}

fn divided(e: Enclosure, by: f64) -> Enclosure {
    Enclosure::with_error(
        e.value / by,
        (e.radius() / by).abs() + f64::EPSILON * (e.value / by).abs(),
    )
}

impl Prepared for Reversal {
    fn exact(&self, name: &str, arguments: &[f64]) -> Result<Enclosure, Failure> {
        let d = &self.described;
        let norm = d.square().sqrt();
        if let Some(value) = self.moment(name, arguments, norm)? {
            return Ok(rounded(value));
        }
        let loss = d.loss()?;
        let unit = d.unit();
        let entry = |h: f64| d.layer.entry(h, norm);
        let found = match (name, arguments) {
            ("upper_rate", [h]) => return Ok(rounded(entry(*h).upper_rate())),
            ("above", [h, x]) => entry(*h).above(0, *x),
            ("below", [h, x]) => entry(*h).ln_below(*x).map(|p| p.number()),
            ("ln_above", [h, x]) => entry(*h).ln_above(0, *x).map(|p| p.logarithm()),
            ("outside", [h, r]) => entry(*h).ln_outside(*h, *r).map(|p| p.number()),
            ("ln_outside", [h, r]) => entry(*h).ln_outside(*h, *r).map(|p| p.logarithm()),
            ("outside_distance", [h, ln_p]) => entry(*h).outside_distance(*h, *ln_p),
            ("union_delta", [ln_p]) => loss.union_distance(*ln_p).map(|e| divided(e, norm)),
            ("independent_median_sup", []) => {
                loss.independent_median_sup().map(|e| divided(e, norm))
            }
            ("expected_rel_error", [lambda]) => loss.at(lambda * unit),
            ("min_expected_rel_error", []) => self.best(&loss).map(|best| best.loss),
            ("argmin_lambda", []) => self.best(&loss).map(|best| divided(best.offset, unit)),
            ("zero_loss", [lambda]) => d.split(1.0, 0.0).at(lambda * unit),
            ("one_loss", [lambda]) => d.split(0.0, 1.0).at(lambda * unit),
            ("best_split_loss", [zeros, ones]) => {
                d.split(*zeros, *ones).minimum().map(|best| best.loss)
            }
            ("undropped_min_rel_error", []) => d.undropped().minimum().map(|best| best.loss),
            ("rows_for_bit_error", [p]) => d.rows_for_bit_error(*p),
            ("minmax_rel_error", [ratio]) => loss.minmax(*ratio),
            _ => return Err(Failure::no_such_observable(name)),
        };
        found.map_err(lost(name))
    }

    fn columns(&self) -> Vec<Column> {
        let d = &self.described;
        let norm = d.square().sqrt() * d.factor;
        let known = d.layer.has_moments() && d.values == Values::Ones;
        let variance = |value: f64| match known {
            true => Tail::Variance(d.layer.variance(value * d.factor, norm) * (1.0 + 1e-12)),
            false => Tail::Unknown,
        };
        let (rows, active) = d.layer.rows_and_activity();
        let spread = rows * active * (1.0 - active) / d.layer.t().powi(2);
        // Rademacher sums can vanish, skewed ones need not be positive half of the time: nothing is claimed there.
        let nonzeros = if d.layer.has_law() && spread > 0.0 {
            Tail::Variance(spread * (1.0 + 1e-12))
        } else {
            Tail::Unknown
        };
        vec![
            Column::plain("rel_error", Tail::Unknown),
            Column::plain("linear_error", Tail::Unknown),
            Column::plain("sup_error", Tail::Unknown),
            Column::plain("gain", self.gain_tail(known)),
            Column::plain("cosine", Tail::Unknown),
            Column::plain("entry_on", variance(d.h[0])),
            Column::plain("entry_off", variance(d.h[d.m - 1])),
            Column::plain("on_square", Tail::Unknown),
            Column::plain("off_square", Tail::Unknown),
            Column::plain("off_mean", Tail::Unknown),
            Column::plain("nnz_fraction", nonzeros),
        ]
    }

    fn trial(&self, stream: &mut Stream, out: &mut [f64]) -> Result<(), Failure> {
        let d = &self.described;
        let lambda = *self.lambda.get_or_init(|| d.chosen_lambda());
        let h = d.hidden(stream);
        let estimate = draw(&d.layer, &h, d.method, stream);
        let offset = match d.offset {
            Offset::Fixed => lambda * d.unit(),
            Offset::Input => lambda * estimate.square.sqrt(),
        };
        out[..10].copy_from_slice(&summary(&h, &estimate.values, offset, d.k));
        out[10] = estimate.nonzeros as f64 / d.layer.t();
        Ok(())
    }

    fn cost(&self) -> f64 {
        let d = &self.described;
        let (rows, active) = d.layer.rows_and_activity();
        match d.method {
            Method::Reduced => 20.0 * d.m as f64,
            Method::Full => 12.0 * (rows * d.layer.rho * d.k as f64 + rows * active * d.m as f64),
        }
    }
}

impl Reversal {
    /// Closed forms; nothing if `name` is none of them.
    fn moment(&self, name: &str, arguments: &[f64], norm: f64) -> Result<Option<f64>, Failure> {
        let layer = &self.described.layer;
        let (rows, active) = layer.rows_and_activity();
        let value = match (name, arguments) {
            ("exact_gain", []) => layer.gain(),
            ("mean_entry", [h]) => layer.gain() * h,
            ("variance_entry", [h]) => layer.variance(*h, norm),
            ("covariance_entries", [g, h]) => layer.covariance(*g, *h),
            ("nnz_expected", []) => rows * active / layer.t(),
            _ => return Ok(None),
        };
        if !layer.has_moments() {
            return Err(Failure::domain(format!(
                "`{name}` needs symmetric weights and blind dropping"
            )));
        }
        Ok(Some(value))
    }

    fn best(&self, loss: &Loss) -> Result<Minimum, NumericalError> {
        self.best.get_or_init(|| loss.minimum()).clone()
    }

    /// ⟨ĥ, h⟩/‖h‖² is the estimate of a vector's only entry: variance rows a² q (1 + 2c² − q c²) for Gaussian weights.
    fn gain_tail(&self, known: bool) -> Tail {
        let layer = &self.described.layer;
        match known && layer.has_law() {
            true => Tail::Variance(layer.variance(1.0, 1.0) * (1.0 + 1e-12)),
            false => Tail::Unknown,
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
            json!({"rho": 0.5, "m": 10, "k": 2}),
            json!({"n": 10, "t": 6, "rho": 0.5, "m": 10, "k": 2}),
            json!({"n": 10, "rho": 0, "m": 10, "k": 2}),
            json!({"n": 10, "rho": 0.5, "m": 10, "k": 20}),
            json!({"n": 10, "rho": 0.5, "m": 10, "k": 2, "weights": "laplace", "method": "reduced"}),
            json!({"n": 10, "rho": 0.5, "m": 10, "k": 2, "extra_drop": 1}),
            json!({"t": 7, "rho": 0.3, "m": 10, "k": 2}),
        ] {
            assert!((EXPERIMENT.prepare)(&value).is_err(), "{value}");
        }
    }
}
