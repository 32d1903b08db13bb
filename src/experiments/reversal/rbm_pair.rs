//! Two stacked restricted Boltzmann machines, by enumeration of all states.
//!
//! The first has `p(x, h) ∝ exp(−hᵀAx − c h_0 h_1)` on binary vectors, the second `p′(h, g) ∝ exp(−gᵀBh)`, with
//! `A_ij` (i hidden, j visible) and `B_ij` (i of g, j of h) given as formulas in `i` and `j`, counted from 0 (arora2015, Section 1.1).
//! For c = 0 both conditionals of the first are products of logistic factors, `p(h_i = 1 | x) = 1/(1 + e^{(Ax)_i})`. All
//! sums run over at most 2¹⁶ states; rounding 1e-14.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::experiment::{Definition, Enclosure, Failure, Observable, Parameters, Prepared};
use crate::models::function::Function;

/// Two stacked restricted Boltzmann machines.
pub static EXPERIMENT: Definition = Definition::of::<Params>(
    "conditionals and marginals of two stacked restricted Boltzmann machines, by enumeration",
    "",
    OBSERVABLES,
);

const OBSERVABLES: &[Observable] = &[
    Observable::exact(
        "factorisation_gap",
        &[],
        r"\max|p(h|x) - \prod_i p(h_i|x)|",
        "largest difference between an enumerated conditional, of h given x or of x given h, and the product of logistic factors",
    ),
    Observable::exact(
        "marginal_distance",
        &[],
        r"\mathrm{TV}(p_h, p'_h)",
        "total variation between the marginals of h under the two machines",
    ),
    Observable::exact(
        "lower_marginal",
        &["state"],
        r"p_h(#1)",
        "probability of the state of h, bits from h_0 up, under the first machine",
    ),
    Observable::exact(
        "upper_marginal",
        &["state"],
        r"p'_h(#1)",
        "the same under the second machine",
    ),
];

/// Energies.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Units of each layer, 2 to 8.
    units: usize,
    /// A_ij as a formula in `i` and `j`.
    #[schemars(extend("format" = "formula"))]
    lower: String,
    /// B_ij as a formula in `i` and `j`.
    #[schemars(extend("format" = "formula"))]
    upper: String,
    /// The coupling c of h_0 and h_1.
    #[serde(default)]
    coupling: f64,
}

impl Parameters for Params {
    fn prepare(self) -> Result<Box<dyn Prepared>, Failure> {
        if !(2..=8).contains(&self.units) {
            return Err(Failure::parameter(
                format!("units = {} is out of range", self.units),
                "2 to 8",
            ));
        }
        let matrix = |name: &str, text: &str| -> Result<Vec<f64>, Failure> {
            let formula = Function::parse(name, text, &["i", "j"])?;
            let at = |index: usize| {
                formula.value(&[(index / self.units) as f64, (index % self.units) as f64])
            };
            let entries: Vec<f64> = (0..self.units * self.units).map(at).collect();
            match entries.iter().all(|x| x.is_finite()) && self.coupling.is_finite() {
                true => Ok(entries),
                false => Err(Failure::parameter(
                    format!("{name} has an infinite entry"),
                    "finite energies",
                )),
            }
        };
        let (lower, upper) = (matrix("lower", &self.lower)?, matrix("upper", &self.upper)?);
        Ok(Box::new(Pair { units: self.units, lower, upper, coupling: self.coupling }))
    }
}

struct Pair {
    units: usize,
    lower: Vec<f64>,
    upper: Vec<f64>,
    coupling: f64,
}

fn bit(state: usize, i: usize) -> f64 {
    ((state >> i) & 1) as f64
}

impl Pair {
    fn states(&self) -> usize {
        1 << self.units
    }

    /// `(M v)_i` or, transposed, `(Mᵀ v)_i`.
    fn field(&self, matrix: &[f64], state: usize, i: usize, transposed: bool) -> f64 {
        let at = |j: usize| if transposed { j * self.units + i } else { i * self.units + j };
        (0..self.units).map(|j| matrix[at(j)] * bit(state, j)).sum()
    }

    /// Weight of the pair of states under the machine with that matrix: `row` indexes the matrix's rows.
    fn weight(&self, matrix: &[f64], row: usize, column: usize) -> f64 {
        let energy: f64 =
            (0..self.units).map(|i| bit(row, i) * self.field(matrix, column, i, false)).sum();
        (-energy).exp()
    }

    /// Weight of (h, x) under the first machine.
    fn first(&self, h: usize, x: usize) -> f64 {
        self.weight(&self.lower, h, x) * (-self.coupling * bit(h, 0) * bit(h, 1)).exp()
    }

    fn normalised(weights: Vec<f64>) -> Vec<f64> {
        let total: f64 = weights.iter().sum();
        weights.into_iter().map(|w| w / total).collect()
    }

    fn lower_marginal(&self) -> Vec<f64> {
        let sum = |h| (0..self.states()).map(|x| self.first(h, x)).sum();
        Self::normalised((0..self.states()).map(sum).collect())
    }

    fn upper_marginal(&self) -> Vec<f64> {
        let sum = |h| (0..self.states()).map(|g| self.weight(&self.upper, g, h)).sum();
        Self::normalised((0..self.states()).map(sum).collect())
    }

    fn factorisation_gap(&self) -> f64 {
        let mut gap = 0.0_f64;
        for given in 0..self.states() {
            let hidden = (0..self.states()).map(|h| self.first(h, given)).collect();
            let visible = (0..self.states()).map(|x| self.first(given, x)).collect();
            for (weights, transposed) in [(hidden, false), (visible, true)] {
                for (state, p) in Self::normalised(weights).into_iter().enumerate() {
                    gap = gap.max((p - self.product(state, given, transposed)).abs());
                }
            }
        }
        gap
    }

    /// Product of the logistic factors of the state, given the other layer's.
    fn product(&self, state: usize, given: usize, transposed: bool) -> f64 {
        let factor = |i: usize| {
            let on = 1.0 / (1.0 + self.field(&self.lower, given, i, transposed).exp());
            if bit(state, i) == 1.0 { on } else { 1.0 - on }
        };
        (0..self.units).map(factor).product()
    }
}

impl Prepared for Pair {
    fn exact(&self, name: &str, arguments: &[f64]) -> Result<Enclosure, Failure> {
        let marginal = |marginal: Vec<f64>, state: f64| {
            let found = if state >= 0.0 && state.fract() == 0.0 {
                marginal.get(state as usize)
            } else {
                None
            };
            found.copied().ok_or_else(|| Failure::domain(format!("there is no state {state}")))
        };
        let value = match (name, arguments) {
            ("factorisation_gap", []) => self.factorisation_gap(),
            ("marginal_distance", []) => {
                let (a, b) = (self.lower_marginal(), self.upper_marginal());
                0.5 * a.iter().zip(&b).map(|(p, q)| (p - q).abs()).sum::<f64>()
            }
            ("lower_marginal", [state]) => marginal(self.lower_marginal(), *state)?,
            ("upper_marginal", [state]) => marginal(self.upper_marginal(), *state)?,
            _ => return Err(Failure::no_such_observable(name)),
        };
        Ok(Enclosure::with_error(value, 1e-14))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn at(value: serde_json::Value, name: &str) -> f64 {
        (EXPERIMENT.prepare)(&value).unwrap().exact(name, &[]).unwrap().value
    }

    #[test]
    fn two_units_by_hand() {
        // A = B = 0: everything uniform; a coupling c multiplies the weight of h = (1, 1).
        let free = json!({"units": 2, "lower": "0", "upper": "0"});
        assert!(
            at(free.clone(), "factorisation_gap") < 1e-15 && at(free, "marginal_distance") < 1e-15
        );
        let coupled = json!({"units": 2, "lower": "0", "upper": "0", "coupling": -0.5});
        let p = 0.5f64.exp() / (3.0 + 0.5f64.exp());
        assert!((at(coupled.clone(), "marginal_distance") - (p - 0.25)).abs() < 1e-14);
        assert!((at(coupled, "factorisation_gap") - (p - 0.25)).abs() < 1e-14);
    }

    #[test]
    fn wrong_parameters_are_refused() {
        for value in [
            json!({"units": 1, "lower": "0", "upper": "0"}),
            json!({"units": 3, "lower": "k", "upper": "0"}),
            json!({"units": 3, "lower": "1/i", "upper": "0"}),
        ] {
            assert!((EXPERIMENT.prepare)(&value).is_err(), "{value}");
        }
    }
}
