//! How much a ReLU layer's norm changes when its input is disturbed.
//!
//! A trial draws an m × d matrix R with independent N(0, 2/m) entries, an input g uniform on the unit sphere
//! and a disturbance r of uniform direction whose length is log-uniform between 10⁻³ and 10; in one trial of
//! four r is parallel to g. With a = Rg and b = Rr it records
//! `change` = |‖ReLU(a+b)‖ − ‖ReLU(a)‖|, `shift` = ‖b‖, `distance` = ‖ReLU(a+b) − ReLU(a)‖, `one_sided` =
//! the change in excess of the half that can cause it, and `excess` = max_i(ReLU(a+b) − ReLU(a) − ReLU(b))_i
//! (arpit2019, Eqs. 76–84). Rounding: 1e-14.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::experiment::{Column, Definition, Failure, Observable, Parameters, Prepared, Tail};
use crate::maths::dot::dot;
use crate::random::Stream;

/// Change of a ReLU layer's norm under a disturbance of its input.
pub static EXPERIMENT: Definition = Definition::of::<Params>(
    "change of a ReLU layer's norm under a disturbance of its input",
    "a fresh matrix, input and disturbance",
    OBSERVABLES,
);

const OBSERVABLES: &[Observable] = &[
    Observable::sampled(
        "change",
        &[],
        r"\bigl|\|\mathrm{ReLU}(R(g+r))\|-\|\mathrm{ReLU}(Rg)\|\bigr|",
        "change of the norm",
    ),
    Observable::sampled("shift", &[], r"\|Rr\|", "norm of the disturbance after the linear map"),
    Observable::sampled(
        "distance",
        &[],
        r"\|\mathrm{ReLU}(R(g+r))-\mathrm{ReLU}(Rg)\|",
        "distance of the two outputs",
    ),
    Observable::sampled(
        "one_sided",
        &[],
        r"\Delta_\pm-\|\mathrm{ReLU}(\pm Rr)\|",
        "rise of the norm minus ‖ReLU(Rr)‖, or fall of the norm minus ‖ReLU(−Rr)‖: at most 0",
    ),
    Observable::sampled(
        "excess",
        &[],
        r"\max_i(\mathrm{ReLU}(a+b)-\mathrm{ReLU}(a)-\mathrm{ReLU}(b))_i",
        "largest excess of ReLU(a+b) over ReLU(a) + ReLU(b) in a unit, a = Rg, b = Rr: at most 0",
    ),
];

/// Size of the layer.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Width, 1 to 10⁵.
    m: usize,
    /// Dimension of the input, 1 to 10⁴.
    d: usize,
}

impl Parameters for Params {
    fn prepare(self) -> Result<Box<dyn Prepared>, Failure> {
        if !((1..=100_000).contains(&self.m) && (1..=10_000).contains(&self.d)) {
            let message = format!("m = {} or d = {} is out of range", self.m, self.d);
            return Err(Failure::parameter(message, "1 ≤ m ≤ 10^5 and 1 ≤ d ≤ 10^4"));
        }
        Ok(Box::new(self))
    }
}

fn norm(values: impl Iterator<Item = f64>) -> f64 {
    values.map(|x| x * x).sum::<f64>().sqrt()
}

/// The record of one pair a = Rg, b = Rr, in the order of the observables.
fn record(a: &[f64], b: &[f64]) -> [f64; 5] {
    let relu = |x: f64| x.max(0.0);
    let pairs = || a.iter().zip(b);
    let before = norm(a.iter().map(|a| relu(*a)));
    let after = norm(pairs().map(|(a, b)| relu(a + b)));
    let shift = norm(b.iter().copied());
    let distance = norm(pairs().map(|(a, b)| relu(a + b) - relu(*a)));
    let sign = if after >= before { 1.0 } else { -1.0 };
    let one_sided = (after - before).abs() - norm(b.iter().map(|b| relu(sign * b)));
    let excess =
        pairs().map(|(a, b)| relu(a + b) - relu(*a) - relu(*b)).fold(f64::NEG_INFINITY, f64::max);
    [(after - before).abs(), shift, distance, one_sided, excess]
}

impl Prepared for Params {
    fn columns(&self) -> Vec<Column> {
        OBSERVABLES.iter().map(|observable| Column::plain(observable.name, Tail::Unknown)).collect()
    }

    fn trial(&self, stream: &mut Stream, out: &mut [f64]) -> Result<(), Failure> {
        let mut g = vec![0.0; self.d];
        let mut r = vec![0.0; self.d];
        stream.unit_vector(&mut g);
        let length = 10_f64.powf(4.0 * stream.uniform() - 3.0);
        let parallel = stream.bernoulli(0.25).then(|| stream.sign());
        stream.unit_vector(&mut r);
        if let Some(sign) = parallel {
            r.iter_mut().zip(&g).for_each(|(r, g)| *r = sign * g);
        }
        let scale = (2.0 / self.m as f64).sqrt();
        let (mut a, mut b) = (Vec::with_capacity(self.m), Vec::with_capacity(self.m));
        let mut row = vec![0.0; self.d];
        for _ in 0..self.m {
            stream.fill_normal(&mut row);
            a.push(scale * dot(&row, &g));
            b.push(length * scale * dot(&row, &r));
        }
        out.copy_from_slice(&record(&a, &b));
        Ok(())
    }

    fn cost(&self) -> f64 {
        30.0 * self.m as f64 * self.d as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_hand_made_pair() {
        // a = (3, −1), b = (1, 5): ReLU(a+b) = (4, 4), ReLU(a) = (3, 0).
        let [change, shift, distance, one_sided, excess] = record(&[3.0, -1.0], &[1.0, 5.0]);
        assert!((change - (32.0_f64.sqrt() - 3.0)).abs() < 1e-15);
        assert!(
            (shift - 26.0_f64.sqrt()).abs() < 1e-15 && (distance - 17.0_f64.sqrt()).abs() < 1e-15
        );
        assert!((one_sided - (change - shift)).abs() < 1e-15);
        assert_eq!(excess, 0.0);
    }

    proptest! {
        #[test]
        fn the_inequalities_hold(pairs in prop::collection::vec((-5f64..5.0, -5f64..5.0), 1..20)) {
            let (a, b): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
            let [change, shift, distance, one_sided, excess] = record(&a, &b);
            prop_assert!(change <= distance + 1e-12 && distance <= shift + 1e-12);
            prop_assert!(one_sided <= 1e-12 && excess <= 1e-12);
        }
    }
}
