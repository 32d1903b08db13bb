//! Expectations of a function of one random number: variance, slope, Stein's and Poincaré's two sides.
//!
//! z is normal with standard deviation `scale`, or Laplace with density `e^{−|z|/scale}/(2 scale)`. `f` and its
//! derivative are formulas in z; for a weakly differentiable f give the derivative almost everywhere.
//! Expectations are integrals over |z| ≤ 38 `scale` (normal; the mass beyond is below 1e-315) or
//! 120 `scale` (Laplace, 1e-52), in pieces between 0 and the points of `split`, by two rules that agree.
//!
//! `noisy_overlap` is `E[z f(z + b)]` with an independent normal b of standard deviation `noise`: a double
//! integral, by the trapezoidal rule in both directions, error bar from half the step; f must be
//! analytic near the real line for it.
//!
//! A trial draws a random polynomial p of degree at most 8 (its first coefficient is sometimes much the
//! largest) and compares the two sides of Poincaré's inequality, from the exact moments of z.

mod observables;

use schemars::JsonSchema;
use serde::Deserialize;

use observables::OBSERVABLES;

use crate::experiment::{Column, Definition, Enclosure, Failure, Parameters, Prepared, Tail};
use crate::maths::gaussian::expect;
use crate::maths::quadrature::integrate;
use crate::models::function::{Function, Limit};
use crate::random::Stream;

/// Expectations of a function of one random number.
pub static EXPERIMENT: Definition = Definition::of::<Params>(
    "expectations of a function of a normal or Laplace number: the sides of Stein's and Poincaré's statements",
    "a random polynomial",
    OBSERVABLES,
);

/// Law, function and derivative.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Law of z.
    #[serde(default)]
    law: Law,
    /// Scale of the law: standard deviation of the normal.
    #[serde(default = "default_scale")]
    #[schemars(extend("format" = "formula"))]
    scale: Limit,
    /// The function, in `z`.
    #[serde(default = "default_function")]
    #[schemars(extend("format" = "formula"))]
    f: String,
    /// Its derivative, in `z`, almost everywhere.
    #[serde(default = "default_derivative")]
    #[schemars(extend("format" = "formula"))]
    derivative: String,
    /// Points where f or its derivative has kinks or jumps, in increasing order; 0 is always one.
    #[serde(default)]
    split: Vec<f64>,
    /// Standard deviation of b in `noisy_overlap`.
    #[serde(default = "default_scale")]
    #[schemars(extend("format" = "formula"))]
    noise: Limit,
}

fn default_scale() -> Limit {
    Limit::Number(1.0)
}

fn default_function() -> String {
    "z".into()
}

fn default_derivative() -> String {
    "1".into()
}

/// Laws of z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Law {
    /// Normal.
    #[default]
    Normal,
    /// Laplace (two-sided exponential).
    Laplace,
}

impl Law {
    /// Density at `z` for scale 1.
    fn density(self, z: f64) -> f64 {
        match self {
            Self::Normal => libm::exp(-0.5 * z * z) / (2.0 * std::f64::consts::PI).sqrt(),
            Self::Laplace => 0.5 * libm::exp(-z.abs()),
        }
    }

    /// Where the integrals end, for scale 1.
    const fn reach(self) -> f64 {
        match self {
            Self::Normal => 38.0,
            Self::Laplace => 120.0,
        }
    }

    /// E z^k for scale 1: (k − 1)!! and k! for even k.
    fn moment(self, k: usize) -> f64 {
        match (self, k % 2) {
            (_, 1) => 0.0,
            (Self::Normal, _) => (1..k).step_by(2).map(|i| i as f64).product(),
            (Self::Laplace, _) => (1..=k).map(|i| i as f64).product(),
        }
    }
}

/// Relative accuracy that is asked of an integral, before cancellation.
const ACCURACY: f64 = 1e-13;
/// Largest degree of a random polynomial.
const DEGREE: usize = 8;

impl Parameters for Params {
    fn prepare(self) -> Result<Box<dyn Prepared>, Failure> {
        let scale = self.scale.value("scale")?.0;
        let noise = self.noise.value("noise")?.0;
        if !(scale > 0.0 && scale.is_finite() && noise >= 0.0 && noise.is_finite()) {
            let message = format!("scale = {scale}, noise = {noise} is out of range");
            return Err(Failure::parameter(message, "a positive and a non-negative number"));
        }
        if self.split.windows(2).any(|pair| pair[0] >= pair[1])
            || self.split.iter().any(|x| !x.is_finite())
        {
            let message = format!("the splits {:?} do not increase", self.split);
            return Err(Failure::parameter(message, "give finite numbers in increasing order"));
        }
        let mut ends = self.split;
        ends.push(0.0);
        ends.extend([-1.0, 1.0].map(|side| side * self.law.reach() * scale));
        ends.retain(|x| x.abs() <= self.law.reach() * scale);
        ends.sort_by(f64::total_cmp);
        ends.dedup();
        let f = Function::parse("f", &self.f, &["z"])?;
        let derivative = Function::parse("derivative", &self.derivative, &["z"])?;
        Ok(Box::new(ScalarLaw { law: self.law, scale, noise, ends, f, derivative }))
    }
}

struct ScalarLaw {
    law: Law,
    scale: f64,
    noise: f64,
    ends: Vec<f64>,
    f: Function,
    derivative: Function,
}

impl Prepared for ScalarLaw {
    fn exact(&self, name: &str, _: &[f64]) -> Result<Enclosure, Failure> {
        let f = |z: f64| self.f.value(&[z]);
        let slope = |z: f64| self.derivative.value(&[z]);
        match name {
            "mean" => self.expectation(f),
            "second_moment" => self.expectation(|z| f(z) * f(z)),
            "variance_of_f" => {
                // About the mean, so that nothing cancels; a rounded mean enters squared.
                let mean = self.expectation(f)?.value;
                self.expectation(|z| (f(z) - mean) * (f(z) - mean))
            }
            "mean_slope" => self.expectation(slope),
            "mean_sq_slope" => self.expectation(|z| slope(z) * slope(z)),
            "overlap" => self.expectation(|z| z * f(z)),
            "noisy_overlap" => self.noisy_overlap(),
            "sum_overlap" => self.sum_overlap(),
            "law_variance" => {
                let value = self.law.moment(2) * self.scale * self.scale;
                Ok(Enclosure::with_relative_error(value, 4.0 * f64::EPSILON))
            }
            _ => Err(Failure::no_such_observable(name)),
        }
    }

    fn columns(&self) -> Vec<Column> {
        vec![Column::plain("polynomial_ratio", Tail::Unknown)]
    }

    fn trial(&self, stream: &mut Stream, out: &mut [f64]) -> Result<(), Failure> {
        let degree = 1 + stream.below(DEGREE as u64) as usize;
        let linear = if stream.bernoulli(0.5) { 1.0 } else { 1e3 * stream.uniform() };
        let mut coefficients = vec![0.0; degree + 1];
        let mut factorial = 1.0;
        for (k, c) in coefficients.iter_mut().enumerate() {
            factorial *= k.max(1) as f64;
            *c = stream.normal() / factorial * if k == 1 { linear } else { 1.0 };
        }
        out[0] = self.polynomial_ratio(&coefficients);
        Ok(())
    }
}

impl ScalarLaw {
    /// E g(z), piece by piece.
    fn expectation(&self, g: impl Fn(f64) -> f64) -> Result<Enclosure, Failure> {
        let weighted = |z: f64| {
            let density = self.law.density(z / self.scale) / self.scale;
            // Beyond the smallest double the density is nothing, whatever g.
            if density == 0.0 { 0.0 } else { density * g(z) }
        };
        let size: f64 = [0.1, 0.5, 1.0, 2.0]
            .iter()
            .flat_map(|z| [g(z * self.scale).abs(), g(-z * self.scale).abs()])
            .fold(0.0, f64::max);
        let tolerance = ACCURACY * size.max(1e-3);
        let mut total = Enclosure::point(0.0);
        for pair in self.ends.windows(2) {
            let piece = integrate(weighted, pair[0], pair[1], tolerance)
                .map_err(|error| Failure::domain(error.to_string()))?;
            total = Enclosure {
                value: total.value + piece.value,
                lo: total.lo + piece.lo,
                hi: total.hi + piece.hi,
            };
        }
        Ok(total)
    }

    /// E[z f(z + b)] by the trapezoidal rule at two steps.
    fn noisy_overlap(&self) -> Result<Enclosure, Failure> {
        if self.law != Law::Normal {
            return Err(Failure::domain("`noisy_overlap` is offered for normal z only"));
        }
        let rule = |step: f64| {
            let reach = (9.0 / step).round() as i32;
            let mut total = 0.0;
            for i in -reach..=reach {
                let z = step * f64::from(i);
                let inner: f64 = (-reach..=reach)
                    .map(|j| {
                        let b = step * f64::from(j);
                        self.law.density(b) * self.f.value(&[self.scale * z + self.noise * b])
                    })
                    .sum();
                total += self.law.density(z) * self.scale * z * inner;
            }
            total * step * step
        };
        let (coarse, fine) = (rule(0.1), rule(0.05));
        Ok(Enclosure::with_error(fine, (fine - coarse).abs() + 1e-14 * fine.abs().max(1.0)))
    }

    /// E[w f(w)] with w normal of variance `scale² + noise²`.
    fn sum_overlap(&self) -> Result<Enclosure, Failure> {
        if self.law != Law::Normal {
            return Err(Failure::domain("`sum_overlap` is offered for normal z only"));
        }
        let deviation = self.scale.hypot(self.noise);
        let g = |z: f64| deviation * z * self.f.value(&[deviation * z]);
        let kinks: Vec<f64> = self.ends.iter().map(|end| end / deviation).collect();
        expect(g, &kinks).map_err(|error| Failure::domain(error.to_string()))
    }

    /// Var p / (Var z · E p′²) from the moments of z.
    fn polynomial_ratio(&self, coefficients: &[f64]) -> f64 {
        let moment = |k: usize| self.law.moment(k);
        let (mut variance, mut slope) = (0.0, 0.0);
        for (i, a) in coefficients.iter().enumerate().skip(1) {
            for (j, b) in coefficients.iter().enumerate().skip(1) {
                variance += a * b * (moment(i + j) - moment(i) * moment(j));
                slope += a * b * (i * j) as f64 * moment(i + j - 2);
            }
        }
        variance / (moment(2) * slope)
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

    /// mpmath, 30 digits.
    #[test]
    fn expectations_of_tanh() {
        let law = prepare(json!({"f": "tanh(z)", "derivative": "1 - tanh(z)^2"}));
        for (name, expected) in [
            ("second_moment", MEAN_SQUARE_TANH),
            ("variance_of_f", MEAN_SQUARE_TANH),
            ("mean_slope", 1.0 - MEAN_SQUARE_TANH),
            ("overlap", 1.0 - MEAN_SQUARE_TANH),
            ("mean_sq_slope", MEAN_SECH4),
        ] {
            let found = law.exact(name, &[]).unwrap();
            assert!((found.value - expected).abs() < 1e-12, "{name} {found:?} {expected}");
            assert!(found.lo <= expected && expected <= found.hi, "{name} {found:?}");
            assert!(found.hi - found.lo < 1e-11);
        }
    }

    const MEAN_SQUARE_TANH: f64 = 0.394_294_490_397_841_17;
    const MEAN_SECH4: f64 = 0.464_402_902_448_268_24;

    #[test]
    fn laplace_moments_and_kinks() {
        let law = prepare(json!({"law": "laplace", "f": "z*abs(z)", "derivative": "2*abs(z)"}));
        for (name, expected) in
            [("variance_of_f", 24.0), ("mean_sq_slope", 8.0), ("law_variance", 2.0)]
        {
            let found = law.exact(name, &[]).unwrap();
            assert!((found.value / expected - 1.0).abs() < 1e-11, "{name} {found:?}");
        }
        let relu =
            prepare(json!({"f": "max(z - 1, 0)", "derivative": "step(z - 1)", "split": [1]}));
        let overlap = relu.exact("overlap", &[]).unwrap();
        // P(z > 1), mpmath.
        assert!((overlap.value - 0.158_655_253_931_457_05).abs() < 1e-13, "{overlap:?}");
    }

    /// Gaussian integration by parts in two variables: E[z f(z + b)] = Var z · E f′(√(Var z + Var b) ξ).
    #[test]
    fn the_double_integral_obeys_integration_by_parts() {
        let both = prepare(json!({"f": "tanh(z)", "scale": "sqrt(0.6)", "noise": "sqrt(0.4)"}));
        let found = both.exact("noisy_overlap", &[]).unwrap();
        assert!((found.value - 0.6 * (1.0 - MEAN_SQUARE_TANH)).abs() < 1e-12, "{found:?}");
        let sum = both.exact("sum_overlap", &[]).unwrap();
        assert!((sum.value - (1.0 - MEAN_SQUARE_TANH)).abs() < 1e-12, "{sum:?}");
    }

    /// By Hermite polynomials the ratio is Σ c_k²/Σ k c_k²: z³ − 3z has 1/3, z³ = H₃ + 3H₁ has 15/27.
    #[test]
    fn ratios_of_polynomials() {
        let ratio = |coefficients: &[f64], law| {
            let parameters = Params { law, ..serde_json::from_value(json!({})).unwrap() };
            let instance = ScalarLaw {
                law: parameters.law,
                scale: 1.0,
                noise: 1.0,
                ends: Vec::new(),
                f: Function::parse("f", "z", &["z"]).unwrap(),
                derivative: Function::parse("derivative", "1", &["z"]).unwrap(),
            };
            instance.polynomial_ratio(coefficients)
        };
        assert!((ratio(&[5.0, 2.0], Law::Normal) - 1.0).abs() < 1e-15);
        assert!((ratio(&[0.0, -3.0, 0.0, 1.0], Law::Normal) - 1.0 / 3.0).abs() < 1e-15);
        assert!((ratio(&[0.0, 0.0, 0.0, 1.0], Law::Normal) - 15.0 / 27.0).abs() < 1e-15);
        // Laplace z²: Var = 24 − 4 = 20, E(2z)² = 8, Var z = 2.
        assert!((ratio(&[0.0, 0.0, 1.0], Law::Laplace) - 20.0 / 16.0).abs() < 1e-15);
    }

    #[test]
    fn random_polynomials_obey_the_inequality() {
        let law = prepare(json!({}));
        let key = StreamKey::derive(1, "scalar-law", "test");
        for trial in 0..200 {
            let mut out = [0.0];
            law.trial(&mut key.trial(trial), &mut out).unwrap();
            assert!(out[0] > 0.0 && out[0] <= 1.0 + 1e-12, "{out:?}");
        }
    }

    #[test]
    fn wrong_parameters_are_refused() {
        for value in [
            json!({"scale": 0}),
            json!({"noise": -1}),
            json!({"split": [1, 1]}),
            json!({"f": "x"}),
            json!({"law": "cauchy"}),
        ] {
            assert!((EXPERIMENT.prepare)(&value).is_err(), "{value}");
        }
        let laplace = prepare(json!({"law": "laplace"}));
        assert!(laplace.exact("noisy_overlap", &[]).is_err());
    }
}
