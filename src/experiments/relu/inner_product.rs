//! What one random layer does to the inner product of two vectors.
//!
//! R is an m × n matrix of independent N(0, `variance`) entries, u₁ and u₂ unit vectors with inner
//! product ρ = `rho`, and vᵢ = (Ruᵢ) ⊙ zᵢ. The masks are absent (`mask: none`, a linear projection), one
//! vector of independent Bernoulli(p) for both (`mask: shared`), or each layer's own activation 1(Ruᵢ > 0)
//! (`mask: relu`). `inner` is ⟨v₁, v₂⟩, `both_active` the share of units active for both.
//!
//! Exact laws. Linear and shared masks (arpit2019, Lemmas 6, 7): with s = `variance` and B ~ Bin(m, p)
//! (B = m without a mask), inner = s(1+ρ)/2 · χ²_B − s(1−ρ)/2 · χ′²_B, the two chi-squares independent given
//! B; mean s m p ρ, variance s² m p (1 + (2 − p) ρ²). `outside(eps)` integrates this law over the second
//! chi: adaptive Gauss–Kronrod (10, 21) on pieces of its root, error bar from the two rules. At ρ = ±1 one
//! chi-square is left. ReLU (arc-cosine kernel of order 1, Cho & Saul 2009): mean
//! (s m/2π)(sin θ + (π − θ) cos θ) with cos θ = ρ, P(both active) = (π − θ)/(2π) for each unit.

use std::f64::consts::PI;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::experiment::{
    Column, Definition, Enclosure, Failure, Observable, Parameters, Prepared, Tail,
};
use crate::maths::dot::dot;
use crate::models::function::Limit;
use crate::models::relu::inner_product::InnerProductLaw;
use crate::models::relu::relu_layer::LayerLaw;
use crate::random::Stream;

/// What one random layer does to the inner product of two vectors.
pub static EXPERIMENT: Definition = Definition::of::<Params>(
    "what one random layer, masked or not, does to the inner product of two unit vectors",
    "fresh weights (and mask); the inputs are fixed",
    OBSERVABLES,
);

const OBSERVABLES: &[Observable] = &[
    Observable::sampled(
        "inner",
        &[],
        r"\langle v_1, v_2\rangle",
        "inner product of the two outputs",
    ),
    Observable::sampled(
        "both_active",
        &[],
        r"\tfrac1m\textstyle\sum_i z_{1i} z_{2i}",
        "share of the units that are active for both inputs",
    ),
    Observable::quadrature(
        "outside",
        &["eps"],
        r"\mathbb{P}\left(|\langle v_1, v_2\rangle - \langle u_1, u_2\rangle| > #1\right)",
        "probability that the inner product changes by more than eps (masks `none` and `shared`)",
    ),
    Observable::exact(
        "mean_inner",
        &[],
        r"\mathbb{E}\langle v_1, v_2\rangle",
        "mean of the inner product of the outputs",
    ),
    Observable::exact(
        "variance_inner",
        &[],
        r"\mathrm{Var}\langle v_1, v_2\rangle",
        "variance of the inner product of the outputs (masks `none` and `shared`)",
    ),
    Observable::exact(
        "both_active_probability",
        &[],
        r"\mathbb{P}(z_{1i} = z_{2i} = 1)",
        "probability that a unit is active for both inputs",
    ),
];

/// Layer, mask, and the angle of the inputs.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Width of the layer: rows of the matrix, at most 100 000.
    m: u64,
    /// Number of inputs, at least 2: columns of the matrix. The law does not depend on it.
    #[serde(default = "default_inputs")]
    n: u64,
    /// Inner product of the two unit vectors.
    #[schemars(extend("format" = "formula"))]
    rho: Limit,
    /// Where the masks come from.
    mask: Mask,
    /// Density of a shared mask.
    #[serde(default = "default_density")]
    p: f64,
    /// Variance of the weights; 1/m without a mask, 1/(p m) with a shared one, 2/m for ReLU, if left out.
    #[serde(default)]
    #[schemars(extend("format" = "formula"))]
    variance: Option<Limit>,
}

/// Where the masks come from.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Mask {
    /// No mask: a linear map.
    None,
    /// One mask for both inputs, independent of the weights.
    Shared,
    /// Each input's own activation.
    Relu,
}

fn default_inputs() -> u64 {
    8
}

fn default_density() -> f64 {
    0.5
}

impl Parameters for Params {
    fn prepare(self) -> Result<Box<dyn Prepared>, Failure> {
        let refuse = |message: String, hint: &str| Err(Failure::parameter(message, hint));
        if !(1..=100_000).contains(&self.m) || !(2..=100_000).contains(&self.n) {
            let message = format!("m = {} or n = {} is out of range", self.m, self.n);
            return refuse(message, "1 to 100 000, at least 2 inputs");
        }
        let rho = self.rho.value("rho")?.0;
        if rho.is_nan() || rho.abs() > 1.0 {
            return refuse(format!("rho = {rho} is no cosine"), "−1 ≤ rho ≤ 1");
        }
        let p = if self.mask == Mask::None { 1.0 } else { self.p };
        if !(p > 0.0 && p <= 1.0) || (self.mask == Mask::Relu && p != 0.5) {
            return refuse(format!("p = {p} is out of range"), "0 < p ≤ 1; leave it out for ReLU");
        }
        let variance = match &self.variance {
            None => 1.0 / (p * self.m as f64),
            Some(variance) => variance.value("variance")?.0,
        };
        if !(variance > 0.0 && variance.is_finite()) {
            return refuse(format!("variance = {variance} is not positive"), "give 1/m, say");
        }
        Ok(Box::new(Pair { m: self.m, n: self.n as usize, rho, mask: self.mask, p, variance }))
    }
}

struct Pair {
    m: u64,
    n: usize,
    rho: f64,
    mask: Mask,
    p: f64,
    variance: f64,
}

impl Prepared for Pair {
    fn exact(&self, name: &str, arguments: &[f64]) -> Result<Enclosure, Failure> {
        let rounded = |x: f64| Ok(Enclosure::with_relative_error(x, 32.0 * f64::EPSILON));
        match (name, arguments) {
            ("outside" | "variance_inner", _) if self.mask == Mask::Relu => {
                Err(Failure::domain(format!("`{name}` is not known for ReLU masks")))
            }
            ("outside", [eps]) => self.outside(*eps),
            ("mean_inner", []) => {
                let mean = self.variance * self.m as f64 * self.unit_mean();
                // sin θ + (π − θ) cos θ cancels towards ρ = −1, to an absolute error of some u.
                Ok(Enclosure::with_error(mean, self.variance * self.m as f64 * 16.0 * f64::EPSILON))
            }
            ("variance_inner", []) => {
                let unit = self.p * (1.0 + (2.0 - self.p) * self.rho * self.rho);
                rounded(self.variance * self.variance * self.m as f64 * unit)
            }
            ("both_active_probability", []) => rounded(match self.mask {
                Mask::Relu => (PI - self.rho.acos()) / (2.0 * PI),
                _ => self.p,
            }),
            _ => Err(Failure::no_such_observable(name)),
        }
    }

    fn columns(&self) -> Vec<Column> {
        // E (ab)² ≤ √(E a⁴ E b⁴) = 3s²: a bound of the variance of a unit's term whatever the mask.
        let variance = match self.mask {
            Mask::Relu => 1.5 * self.variance * self.variance * self.m as f64,
            _ => self.exact("variance_inner", &[]).map_or(f64::INFINITY, |v| v.hi),
        };
        vec![
            Column::plain("inner", Tail::Variance(variance)),
            Column::plain("both_active", Tail::Bounded { lo: 0.0, hi: 1.0 }),
        ]
    }

    fn trial(&self, stream: &mut Stream, out: &mut [f64]) -> Result<(), Failure> {
        let (first, second) = self.inputs();
        let mut row = vec![0.0; self.n];
        let (mut inner, mut active) = (0.0, 0.0);
        for _ in 0..self.m {
            stream.fill_normal(&mut row);
            let (a, b) = (dot(&row, &first), dot(&row, &second));
            let on = match self.mask {
                Mask::None => true,
                Mask::Shared => stream.bernoulli(self.p),
                Mask::Relu => a > 0.0 && b > 0.0,
            };
            if on {
                inner += a * b;
                active += 1.0;
            }
        }
        out[0] = self.variance * inner;
        out[1] = active / self.m as f64;
        Ok(())
    }

    fn cost(&self) -> f64 {
        10.0 * self.m as f64 * self.n as f64
    }
}

impl Pair {
    /// Two unit vectors with inner product ρ and no small entries: a constant vector and one turned
    /// away from it towards an alternating one (made orthogonal).
    fn inputs(&self) -> (Vec<f64>, Vec<f64>) {
        let n = self.n as f64;
        let first = vec![1.0 / n.sqrt(); self.n];
        let ramp: Vec<f64> = (0..self.n).map(|j| j as f64 - 0.5 * (n - 1.0)).collect();
        let norm = ramp.iter().map(|x| x * x).sum::<f64>().sqrt();
        let sine = (1.0 - self.rho * self.rho).sqrt();
        let second = first.iter().zip(&ramp).map(|(a, b)| self.rho * a + sine * b / norm).collect();
        (first, second)
    }

    /// Mean of a unit's term, for weights of variance 1.
    fn unit_mean(&self) -> f64 {
        match self.mask {
            Mask::Relu => {
                let theta = self.rho.acos();
                (theta.sin() + (PI - theta) * self.rho) / (2.0 * PI)
            }
            _ => self.p * self.rho,
        }
    }

    fn outside(&self, eps: f64) -> Result<Enclosure, Failure> {
        if eps.is_nan() || eps < 0.0 {
            return Err(Failure::domain(format!("eps = {eps} is negative")));
        }
        if self.rho.abs() == 1.0 {
            // ⟨v₁, v₂⟩ = ρ ‖v₁‖².
            return Ok(LayerLaw::with_variance(self.m, self.variance)
                .with_mask(self.p)
                .outside(eps));
        }
        let law = InnerProductLaw { m: self.m, p: self.p, scale: self.variance, rho: self.rho };
        law.outside(eps).map_err(|error| Failure::domain(format!("outside({eps}): {error}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::StreamKey;
    use serde_json::{Value, json};

    fn prepare(value: Value) -> Box<dyn Prepared> {
        (EXPERIMENT.prepare)(&value).unwrap()
    }

    fn at(pair: &dyn Prepared, name: &str, arguments: &[f64]) -> Enclosure {
        pair.exact(name, arguments).unwrap()
    }

    #[test]
    fn matrices_obey_the_exact_law() {
        for value in [
            json!({"m": 30, "n": 5, "rho": 0.5, "mask": "none"}),
            json!({"m": 30, "n": 5, "rho": -0.4, "mask": "shared"}),
            json!({"m": 30, "n": 5, "rho": 0.5, "mask": "shared", "p": 0.25}),
            json!({"m": 30, "n": 5, "rho": "cos(1)", "mask": "relu"}),
        ] {
            let pair = prepare(value.clone());
            let key = StreamKey::derive(5, "inner-product", "test");
            let n = 20_000;
            let rows: Vec<[f64; 2]> = (0..n)
                .map(|trial| {
                    let mut out = [0.0; 2];
                    pair.trial(&mut key.trial(trial), &mut out).unwrap();
                    out
                })
                .collect();
            let deviation = |f: &dyn Fn(&[f64; 2]) -> f64, exact: f64| {
                let n = n as f64;
                let mean = rows.iter().map(f).sum::<f64>() / n;
                let spread = rows.iter().map(|row| (f(row) - mean).powi(2)).sum::<f64>() / n;
                (mean - exact) / (spread / n).sqrt().max(1e-12)
            };
            let mean = at(pair.as_ref(), "mean_inner", &[]).value;
            let active = at(pair.as_ref(), "both_active_probability", &[]).value;
            let mut checks = vec![deviation(&|row| row[0], mean), deviation(&|row| row[1], active)];
            if let Ok(variance) = pair.exact("variance_inner", &[]) {
                checks.push(deviation(&|row| (row[0] - mean).powi(2), variance.value));
                let rho = value["rho"].as_f64().unwrap();
                let outside = at(pair.as_ref(), "outside", &[0.3]).value;
                checks.push(deviation(&|row| f64::from((row[0] - rho).abs() > 0.3), outside));
            }
            assert!(checks.iter().all(|z| z.abs() < 5.0), "{value}: {checks:?}");
        }
    }

    #[test]
    fn nearly_parallel_vectors_approach_the_one_vector_law() {
        for mask in ["none", "shared"] {
            let near = prepare(json!({"m": 60, "rho": 1.0 - 1e-9, "mask": mask}));
            let same = prepare(json!({"m": 60, "rho": 1, "mask": mask}));
            let (near, same) =
                (at(near.as_ref(), "outside", &[0.4]), at(same.as_ref(), "outside", &[0.4]));
            assert!((near.value / same.value - 1.0).abs() < 1e-5, "{mask}: {near:?} {same:?}");
        }
    }

    #[test]
    fn widths_of_one_and_two_by_hand() {
        // m = 1, ρ = 0: a product of two normals; P(|ab| > x) = (2/π)∫_x^∞ K₀.
        let pair = prepare(json!({"m": 1, "n": 2, "rho": 0, "mask": "none"}));
        // mpmath: 2/π ∫_{0.7}^∞ K₀ = 0.31016010…
        let found = at(pair.as_ref(), "outside", &[0.7]);
        assert!((found.value - 0.310_160_100_5).abs() < 1e-7, "{found:?}");
        // m = 2, ρ = 0: (χ²₂ − χ′²₂)/4 is Laplace with scale ½: P(|X| > x) = e^(−2x).
        let pair = prepare(json!({"m": 2, "n": 2, "rho": 0, "mask": "none"}));
        let found = at(pair.as_ref(), "outside", &[1.5]);
        let exact = (-3.0_f64).exp();
        assert!(found.lo <= exact && exact <= found.hi && found.radius() < 1e-9, "{found:?}");
    }

    #[test]
    fn wrong_parameters_are_refused() {
        for value in [
            json!({"m": 10, "rho": 1.5, "mask": "none"}),
            json!({"m": 10, "n": 1, "rho": 0.5, "mask": "none"}),
            json!({"m": 10, "rho": 0.5, "mask": "relu", "p": 0.3}),
            json!({"m": 10, "rho": 0.5, "mask": "shared", "p": 0}),
            json!({"m": 10, "rho": 0.5, "mask": "none", "variance": 0}),
        ] {
            assert!((EXPERIMENT.prepare)(&value).is_err(), "{value}");
        }
        let relu = prepare(json!({"m": 10, "rho": 0.5, "mask": "relu"}));
        assert!(relu.exact("outside", &[0.1]).is_err());
    }
}
