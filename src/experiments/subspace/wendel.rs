//! Does a Gaussian layer map some input to zero?
//!
//! For an m × d matrix G with independent standard normal entries (any common variance does), the
//! probability that some u ≠ 0 has ReLU(Gu) = 0 is exactly 2^{1−m} Σ_{k<d} C(m−1, k) (Wendel 1962; Cover
//! 1965): ½ at m = 2d. By the symmetry G → −G it is also the probability that the image of G meets the
//! non-negative orthant outside 0.
//!
//! A trial draws G and decides with a certificate: a direction with Gu < 0 in every row, or weights
//! λ ≥ 0 with Gᵀλ = 0 (`models::subspace::kernel`); `killed` is NaN in the rare trial where rounding
//! leaves neither certain. For d = 2, 3 (m ≤ 128) `regions_found` counts the activation regions of the
//! layer by enumeration. Exact values are whole numbers over powers of 2 for m ≤ 120, and
//! accurate to 1e-12 relatively beyond.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::experiment::{
    Column, Definition, Enclosure, Failure, Observable, Parameters, Prepared, Tail,
};
use crate::models::subspace::counting::{
    enumerate_regions, ln_kill_probability, ln_regions, regions,
};
use crate::models::subspace::kernel::{Kernel, decide};
use crate::random::Stream;

/// Inputs that a Gaussian layer maps to zero, and its activation regions.
pub static EXPERIMENT: Definition = Definition::of::<Params>(
    "inputs that a Gaussian ReLU layer maps to zero, and its activation regions",
    "a fresh Gaussian matrix",
    OBSERVABLES,
);

const OBSERVABLES: &[Observable] = &[
    Observable::exact(
        "kill_probability",
        &[],
        r"2^{1-m}\sum_{k<d}\tbinom{m-1}{k}",
        "probability that some u ≠ 0 has ReLU(Gu) = 0",
    ),
    Observable::exact(
        "regions",
        &[],
        "R(m,d)",
        "number of activation regions, 2 Σ_{k<d} C(m−1, k)",
    ),
    Observable::sampled(
        "killed",
        &[],
        r"\mathbf{1}[\exists u\neq0:\mathrm{ReLU}(Gu)=0]",
        "1 if the drawn matrix maps some input to zero, 0 if not, by a checked certificate",
    ),
    Observable::sampled(
        "regions_found",
        &[],
        r"\#\{\text{sign patterns of }Gu\}",
        "activation regions of the drawn matrix, counted by enumeration; only for d = 2 or 3 and d ≤ m ≤ 128",
    ),
];

/// Size of the matrix.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Rows: width of the layer, 1 to 10⁷.
    m: u64,
    /// Columns: dimension of the subspace of inputs, 1 to 10⁶.
    d: u64,
}

impl Parameters for Params {
    fn prepare(self) -> Result<Box<dyn Prepared>, Failure> {
        if !((1..=10_000_000).contains(&self.m) && (1..=1_000_000).contains(&self.d)) {
            let message = format!("m = {} or d = {} is out of range", self.m, self.d);
            return Err(Failure::parameter(message, "1 ≤ m ≤ 10^7 and 1 ≤ d ≤ 10^6"));
        }
        Ok(Box::new(self))
    }
}

/// Relative error of the probability: rounding of a sum of at most 10⁶ logarithms, far below this.
const RELATIVE: f64 = 1e-12;

impl Params {
    /// Whether a trial enumerates the regions.
    fn countable(&self) -> bool {
        (2..=3).contains(&self.d) && (self.d..=128).contains(&self.m)
    }
}

impl Prepared for Params {
    fn exact(&self, name: &str, _: &[f64]) -> Result<Enclosure, Failure> {
        match name {
            "kill_probability" => {
                // R(m, d)/2ᵐ, from the whole number where it fits.
                if let Some(count) = regions(self.m, self.d) {
                    let value = count as f64 * 0.5_f64.powi(self.m as i32);
                    let exact = count < 1 << 53;
                    return Ok(Enclosure::with_relative_error(
                        value,
                        if exact { 0.0 } else { f64::EPSILON },
                    ));
                }
                let ln = ln_kill_probability(self.m, self.d);
                let error = RELATIVE + 1e-15 * self.d.min(self.m) as f64;
                Ok(Enclosure::with_relative_error(libm::exp(ln), error * (1.0 + ln.abs())))
            }
            "regions" => match regions(self.m, self.d) {
                // Below 2⁵³ a double holds the count itself.
                Some(count) if count < 1 << 53 => Ok(Enclosure::point(count as f64)),
                Some(count) => Ok(Enclosure::with_relative_error(count as f64, f64::EPSILON)),
                None => {
                    let ln = ln_regions(self.m, self.d);
                    let error = 1e-12 * (1.0 + self.m as f64 * std::f64::consts::LN_2);
                    Ok(Enclosure::with_relative_error(libm::exp(ln), error))
                }
            },
            _ => Err(Failure::no_such_observable(name)),
        }
    }

    fn columns(&self) -> Vec<Column> {
        let killed = Column::plain("killed", Tail::Bounded { lo: 0.0, hi: 1.0 });
        let found = Column::plain("regions_found", Tail::Unknown);
        if self.countable() { vec![killed, found] } else { vec![killed] }
    }

    fn trial(&self, stream: &mut Stream, out: &mut [f64]) -> Result<(), Failure> {
        let (m, d) = (self.m as usize, self.d as usize);
        let mut rows = vec![0.0; m * d];
        stream.fill_normal(&mut rows);
        out[0] = match decide(&rows, d) {
            Kernel::Killed(_) => 1.0,
            Kernel::Alive(_) => 0.0,
            Kernel::Undecided => f64::NAN,
        };
        if let Some(slot) = out.get_mut(1) {
            *slot = enumerate_regions(&rows, d).map_or(f64::NAN, |count| count as f64);
        }
        Ok(())
    }

    fn cost(&self) -> f64 {
        let (m, d) = (self.m as f64, self.d as f64);
        40.0 * m * d + 20.0 * d * (m * d + d.powi(3))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::StreamKey;
    use serde_json::json;

    fn prepare(m: u64, d: u64) -> Box<dyn Prepared> {
        (EXPERIMENT.prepare)(&json!({"m": m, "d": d})).unwrap()
    }

    /// Fractions of whole numbers: Σ_{k<d} C(m−1, k) / 2^{m−1}.
    #[test]
    fn probabilities_of_small_layers() {
        for (m, d, expected) in [
            (4, 2, 0.5),
            (20, 10, 0.5),
            (20, 5, 5036.0 / 524_288.0),
            (12, 3, 67.0 / 2048.0),
            (3, 4, 1.0),
        ] {
            let found = prepare(m, d).exact("kill_probability", &[]).unwrap();
            assert!(found.lo <= expected && expected <= found.hi, "{m} {d}: {found:?}");
            assert!(found.hi - found.lo <= 1e-10);
        }
    }

    #[test]
    fn a_trial_counts_the_regions_that_the_formula_says() {
        let layer = prepare(30, 3);
        let mut out = [0.0; 2];
        for trial in 0..20 {
            layer.trial(&mut StreamKey::derive(1, "wendel", "{}").trial(trial), &mut out).unwrap();
            assert_eq!(out[1], layer.exact("regions", &[]).unwrap().value);
            assert!(out[0] == 0.0 || out[0] == 1.0);
        }
    }

    #[test]
    fn sizes_out_of_range_are_refused() {
        for value in [json!({"m": 0, "d": 1}), json!({"m": 3, "d": 0}), json!({"m": 3})] {
            assert!((EXPERIMENT.prepare)(&value).is_err(), "{value}");
        }
    }
}
