//! Rank correlation of two printed columns of numbers, with its exact permutation law.
//!
//! Spearman's ρ is the correlation of the ranks (ties share their mean rank). `p_at_most` and `p_at_least` are
//! the shares of all orders of `y` whose ρ is at most, or at least, that of the given one: exact p-values
//! if every order were equally likely. Up to 9 numbers.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::experiment::{Definition, Enclosure, Failure, Observable, Parameters, Prepared};

/// Rank correlation of two columns.
pub static EXPERIMENT: Definition = Definition::of::<Params>(
    "Spearman's rank correlation of two columns of numbers, with exact permutation p-values",
    "",
    OBSERVABLES,
);

const OBSERVABLES: &[Observable] = &[
    Observable::exact("spearman", &[], r"\rho_S", "correlation of the ranks"),
    Observable::exact(
        "p_at_most",
        &[],
        r"\mathbb{P}(\rho \le \rho_S)",
        "share of the orders with a rank correlation at most this one",
    ),
    Observable::exact(
        "p_at_least",
        &[],
        r"\mathbb{P}(\rho \ge \rho_S)",
        "share of the orders with a rank correlation at least this one",
    ),
];

/// Two columns.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// First column.
    x: Vec<f64>,
    /// Second column, of the same length.
    y: Vec<f64>,
}

impl Parameters for Params {
    fn prepare(self) -> Result<Box<dyn Prepared>, Failure> {
        let count = self.x.len();
        if !(3..=9).contains(&count) || self.y.len() != count {
            let message = format!("{count} and {} numbers", self.y.len());
            return Err(Failure::parameter(message, "give two lists of one length, 3 to 9"));
        }
        let centred = |values: &[f64]| {
            let mean = 0.5 * (count as f64 + 1.0);
            ranks(values).into_iter().map(|rank| rank - mean).collect::<Vec<f64>>()
        };
        let (x, y) = (centred(&self.x), centred(&self.y));
        let square = |ranks: &[f64]| ranks.iter().map(|rank| rank * rank).sum::<f64>();
        let scale = (square(&x) * square(&y)).sqrt();
        if scale.is_nan() || scale <= 0.0 {
            let message = "a column has no two different numbers";
            return Err(Failure::parameter(message, "ranks need an order"));
        }
        let found = dot(&x, &y);
        let (mut at_most, mut at_least, mut all) = (0.0, 0.0, 0.0);
        each_order(&mut y.clone(), 0, &mut |order| {
            // Sums of products of half-integers are exact: no tolerance is needed.
            let product = dot(&x, order);
            all += 1.0;
            at_most += f64::from(product <= found);
            at_least += f64::from(product >= found);
        });
        let shares = [at_most / all, at_least / all];
        Ok(Box::new(Correlation { spearman: found / scale, shares }))
    }
}

fn dot(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(x, y)| x * y).sum()
}

/// Ranks from 1; equal numbers share their mean rank.
fn ranks(values: &[f64]) -> Vec<f64> {
    let rank = |x: &f64| {
        let below = values.iter().filter(|y| *y < x).count() as f64;
        let equal = values.iter().filter(|y| *y == x).count() as f64;
        below + 0.5 * (equal + 1.0)
    };
    values.iter().map(rank).collect()
}

/// Visits all orders of the numbers from `from` on.
fn each_order(values: &mut [f64], from: usize, visit: &mut impl FnMut(&[f64])) {
    if from == values.len() {
        return visit(values);
    }
    for index in from..values.len() {
        values.swap(from, index);
        each_order(values, from + 1, visit);
        values.swap(from, index);
    }
}

struct Correlation {
    spearman: f64,
    shares: [f64; 2],
}

impl Prepared for Correlation {
    fn exact(&self, name: &str, _: &[f64]) -> Result<Enclosure, Failure> {
        let value = match name {
            "spearman" => self.spearman,
            "p_at_most" => self.shares[0],
            "p_at_least" => self.shares[1],
            _ => return Err(Failure::no_such_observable(name)),
        };
        Ok(Enclosure::with_relative_error(value, 8.0 * f64::EPSILON))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn value(columns: &Value, name: &str) -> f64 {
        (EXPERIMENT.prepare)(columns).unwrap().exact(name, &[]).unwrap().value
    }

    #[test]
    fn correlations_by_hand() {
        // Ranks 1 2 3 4 against 4 1 2 3: ρ = 1 − 6·(9 + 1 + 1 + 1)/(4·15) = −0.2.
        let columns = json!({"x": [1, 2, 5, 9], "y": [8, 1, 2, 3]});
        assert!((value(&columns, "spearman") + 0.2).abs() < 1e-15);
        let reverse = json!({"x": [1, 2, 3, 4], "y": [4, 3, 2, 1]});
        assert_eq!(value(&reverse, "spearman"), -1.0);
        assert!((value(&reverse, "p_at_most") - 1.0 / 24.0).abs() < 1e-15);
        assert_eq!(value(&reverse, "p_at_least"), 1.0);
        // scipy.stats.spearmanr with ties: mean ranks.
        let ties = json!({"x": [1, 2, 2, 3], "y": [1, 2, 3, 4]});
        assert!((value(&ties, "spearman") - 0.948_683_298_050_513_8).abs() < 1e-15);
    }

    #[test]
    fn columns_without_an_order_are_refused() {
        for columns in [
            json!({"x": [1, 2], "y": [1, 2]}),
            json!({"x": [1, 1, 1], "y": [1, 2, 3]}),
            json!({"x": [1, 2, 3], "y": [1, 2]}),
        ] {
            assert!((EXPERIMENT.prepare)(&columns).is_err(), "{columns}");
        }
    }
}
