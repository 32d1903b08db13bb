//! A smooth activation seen through Gaussian noise of one variance at many places: `E F(a_i + bz)` for all a_i together.
//!
//! The trapezoidal rule in `u = a + bz` on a grid `u_k = kh` that all places share: φ is evaluated once a node, not once a
//! node and place, and what is left are sums of products at vector speed. Around the node next to a, at distance δ
//! from it, the Gaussian weight of the m-th neighbour is `e^{−(δ+mh)²/2b²} = e^{−δ²/2b²} e^{−m²h²/2b²} ρ^m` with `ρ = e^{−δh/b²}`: the
//! second factor is the same everywhere, the third a power.

use super::activation::Activation;
use super::elementary;
use crate::maths::gaussian::{CUT, Rule, Smoothed};
use crate::simd::{self, Kernel};

/// Numbers in a vector.
const LANES: usize = 8;
/// Functions of φ whose means are taken: φ, φ², φ′, φφ′, φ′² + φφ″, φ″.
const FUNCTIONS: usize = 6;

/// [`Activation::smoothed`] at all places `a`, by a rule of step `step` in z; `b > 0`. Nothing where the shared grid does not
/// pay: places far apart seen through little noise, or functions that are not [`Activation::is_smooth_built_in`].
pub fn at_all(phi: &Activation, a: &[f64], b: f64, step: f64) -> Option<Vec<Smoothed>> {
    let (least, most) = a
        .iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &a| (low.min(a), high.max(a)));
    let h = step * b;
    let neighbours = (CUT / step).floor();
    let nodes = (most - least) / h + 2.0 * neighbours;
    let pays = (0.0..0.5 * a.len() as f64 * neighbours).contains(&nodes);
    let finite = b > 0.0 && a.iter().all(|a| a.is_finite());
    if !(finite && pays && phi.is_smooth_built_in()) {
        return None;
    }
    let neighbours = neighbours as i64;
    let first = (least / h).round() as i64 - neighbours;
    let last = (most / h).round() as i64 + neighbours;
    let table = Table::new(phi, h, first, last);
    let weights = weights(step, neighbours);
    let places = places(a, h, b, first, neighbours);
    let mut sums = vec![Lanes::default(); a.len()];
    simd::run(Sums { table: &table, weights: &weights, places: &places, out: &mut sums });
    Some(sums.iter().map(smoothed).collect())
}

/// [`Rule::of`] with weights made at vector speed, on the positive side only (for even functions) if `folded`.
pub fn rule(splits: &[f64], step: f64, folded: bool) -> Rule {
    match splits.is_empty() {
        true => trapezoid(step, folded),
        false if folded => Rule::of(splits, step).folded(),
        false => Rule::of(splits, step),
    }
}

/// The trapezoidal rule of the given step.
fn trapezoid(step: f64, folded: bool) -> Rule {
    let reach = (CUT / step).floor() as i64;
    let from = if folded { 0 } else { -reach };
    let nodes = (from..=reach).map(|k| k as f64 * step);
    let mut weights: Vec<f64> = nodes.clone().map(|z| -0.5 * z * z).collect();
    elementary::exp(&mut weights);
    let density = step / std::f64::consts::TAU.sqrt();
    let times = |z: f64| if folded && z > 0.0 { 2.0 * density } else { density };
    Rule { points: nodes.zip(weights).map(|(z, w)| (z, times(z) * w)).collect() }
}

/// The functions of φ at the nodes of a grid, with room for a vector behind the last.
struct Table {
    values: [Vec<f64>; FUNCTIONS],
}

impl Table {
    fn new(phi: &Activation, h: f64, first: i64, last: i64) -> Self {
        let nodes: Vec<f64> = (first..=last + LANES as i64).map(|k| k as f64 * h).collect();
        let (values, slopes) = phi.values_and_slopes(&nodes);
        let mut out = Self { values: std::array::from_fn(|_| Vec::with_capacity(nodes.len())) };
        for ((&u, &value), &slope) in nodes.iter().zip(&values).zip(&slopes) {
            let curvature = phi.curvature(u, value, slope);
            let all = [
                value,
                value * value,
                slope,
                value * slope,
                slope * slope + value * curvature,
                curvature,
            ];
            out.values.iter_mut().zip(all).for_each(|(column, value)| column.push(value));
        }
        out
    }
}

/// `h/(b√2π) e^{−m²h²/2b²}` for m = −M, …, M, and zeros to fill a vector; h/b is the step.
fn weights(step: f64, neighbours: i64) -> Vec<f64> {
    let mut weights: Vec<f64> =
        (-neighbours..=neighbours).map(|m| -0.5 * (m as f64 * step).powi(2)).collect();
    elementary::exp(&mut weights);
    let density = step / std::f64::consts::TAU.sqrt();
    weights.iter_mut().for_each(|w| *w *= density);
    weights.resize(weights.len().next_multiple_of(LANES), 0.0);
    weights
}

/// Where the sums of a place begin, the factor of the first weight, and that from each to the next.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    start: usize,
    factor: f64,
    ratio: f64,
}

fn places(a: &[f64], h: f64, b: f64, first: i64, neighbours: i64) -> Vec<Place> {
    let nearest: Vec<i64> = a.iter().map(|a| (a / h).round() as i64).collect();
    // In units of b.
    let off: Vec<f64> = a.iter().zip(&nearest).map(|(a, &k)| (k as f64 * h - a) / b).collect();
    let reach = neighbours as f64 * h / b;
    let mut factors: Vec<f64> = off.iter().map(|d| d * (reach - 0.5 * d)).collect();
    let mut ratios: Vec<f64> = off.iter().map(|d| -d * (h / b)).collect();
    elementary::exp(&mut factors);
    elementary::exp(&mut ratios);
    let all = nearest.iter().zip(factors).zip(ratios);
    all.map(|((&k, factor), ratio)| Place {
        start: (k - neighbours - first) as usize,
        factor,
        ratio,
    })
    .collect()
}

/// Partial sums of each function.
type Lanes = [[f64; LANES]; FUNCTIONS];

struct Sums<'a> {
    table: &'a Table,
    weights: &'a [f64],
    places: &'a [Place],
    out: &'a mut [Lanes],
}

impl Kernel for Sums<'_> {
    type Output = ();

    /// The partial sums are stored, not added up here: sums across a vector would lead the compiler to narrow vectors throughout.
    #[inline(always)]
    fn run(self) {
        let (weights, _) = self.weights.as_chunks::<LANES>();
        for (place, out) in self.places.iter().zip(self.out) {
            let window = |column: usize| {
                let values = &self.table.values[column][place.start..];
                &values.as_chunks::<LANES>().0[..weights.len()]
            };
            let columns: [&[[f64; LANES]]; FUNCTIONS] =
                [window(0), window(1), window(2), window(3), window(4), window(5)];
            let mut powers = [place.factor; LANES];
            for lane in 1..LANES {
                powers[lane] = powers[lane - 1] * place.ratio;
            }
            let second = place.ratio * place.ratio;
            let eighth = (second * second) * (second * second);
            let mut sums = [[0.0; LANES]; FUNCTIONS];
            for (i, weights) in weights.iter().enumerate() {
                let mut w = [0.0; LANES];
                for lane in 0..LANES {
                    w[lane] = powers[lane] * weights[lane];
                    powers[lane] *= eighth;
                }
                for column in 0..FUNCTIONS {
                    for lane in 0..LANES {
                        sums[column][lane] += w[lane] * columns[column][i][lane];
                    }
                }
            }
            *out = sums;
        }
    }
}

fn smoothed(sums: &Lanes) -> Smoothed {
    let total =
        |x: &[f64; LANES]| ((x[0] + x[4]) + (x[2] + x[6])) + ((x[1] + x[5]) + (x[3] + x[7]));
    let [mean, square, slope, cross, square_rate, curvature] = sums.each_ref().map(total);
    Smoothed { mean, square, slope, cross, square_rate, curvature }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simd::{Unit, run_on};

    /// Against the rule that is laid around each place anew, at a step where both have all digits.
    #[test]
    fn a_shared_grid_has_the_moments_of_one_for_each_place() {
        for name in ["tanh", "erf", "sigmoid", "sin"] {
            let phi = Activation::parse(name).unwrap();
            for (b, reach) in [(0.05_f64, 0.3), (0.7, 1.5), (1.3, 2.0), (9.0, 40.0)] {
                let step = (0.1 / b).min(0.2);
                let a: Vec<f64> = (0..90).map(|i| reach * (f64::from(i) / 50.0 - 0.6)).collect();
                let found = at_all(&phi, &a, b, step).expect("the grid pays");
                let rule = Rule::trapezoid(step);
                for (a, found) in a.iter().zip(found) {
                    let one = phi.smoothed(*a, b, &rule, step);
                    let apart = [
                        found.mean - one.mean,
                        found.square - one.square,
                        found.slope - one.slope,
                        found.cross - one.cross,
                        found.square_rate - one.square_rate,
                        found.curvature - one.curvature,
                    ];
                    assert!(apart.iter().all(|d| d.abs() < 1e-13), "{name} {a} {b}: {apart:?}");
                }
            }
        }
    }

    #[test]
    fn the_rule_is_the_trapezoidal_rule() {
        for step in [0.07, 0.4] {
            let whole = Rule::trapezoid(step);
            for (found, expected) in
                [(trapezoid(step, false), whole.clone()), (trapezoid(step, true), whole.folded())]
            {
                assert_eq!(found.points.len(), expected.points.len());
                for ((z, w), (at, weight)) in found.points.into_iter().zip(expected.points) {
                    assert!(z == at && (w / weight - 1.0).abs() < 2e-14, "{z}: {w} {weight}");
                }
            }
        }
    }

    #[test]
    fn a_grid_that_does_not_pay_is_not_made() {
        let tanh = Activation::parse("tanh").unwrap();
        assert!(at_all(&tanh, &[-3.0, 3.0], 1e-3, 0.3).is_none());
        assert!(at_all(&tanh, &[], 1.0, 0.3).is_none());
        assert!(at_all(&tanh, &[f64::NAN; 50], 1.0, 0.3).is_none());
        assert!(at_all(&tanh, &[0.1; 50], 0.0, 0.3).is_none());
        assert!(at_all(&Activation::parse("relu").unwrap(), &[0.1; 50], 1.0, 0.3).is_none());
    }

    #[test]
    fn every_vector_unit_gives_the_same_bytes() {
        let phi = Activation::parse("tanh").unwrap();
        let (h, b, first, neighbours) = (0.2, 0.9, -60, 41);
        let a: Vec<f64> = (0..17).map(|i| f64::from(i) / 6.0 - 1.0).collect();
        let table = Table::new(&phi, h, first, 60);
        let weights = weights(h / b, neighbours);
        let places = places(&a, h, b, first, neighbours);
        let at = |unit| {
            let mut out = vec![Lanes::default(); a.len()];
            let sums = Sums { table: &table, weights: &weights, places: &places, out: &mut out };
            run_on(unit, sums).unwrap();
            out
        };
        let expected = at(Unit::Baseline);
        assert!(Unit::available().into_iter().all(|unit| at(unit) == expected));
    }
}
