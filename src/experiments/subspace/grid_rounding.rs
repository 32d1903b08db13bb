//! Rounding unit vectors to a grid through the origin.
//!
//! The grid has spacing Δ = min{ε/√d, √ε/d}. A trial draws a unit vector of ℝᵈ, uniform on the sphere of a
//! random coordinate subspace (so that axes and faces are met), and rounds its coordinates towards 0
//! (inward), away from 0 (outward) and to the nearest multiple of Δ (arpit2019, text before Eqs. 75 and 95).
//! Norms carry rounding errors of 1e-15.
//!
//! `points` and `outward_points` count the grid points that the two roundings can use, by walking along an
//! axis from 0: multiples of Δ up to 1, and up to the first one that reaches 1. Where a multiple comes
//! within 1e-12 of 1 the comparison is left open and the enclosure holds both counts.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::experiment::{
    Column, Definition, Enclosure, Failure, Nature, Observable, Parameters, Prepared, Tail,
};
use crate::models::subspace::widths::spacing;
use crate::random::Stream;

/// Norms and distances of unit vectors rounded to a grid.
pub static EXPERIMENT: Definition = Definition::of::<Params>(
    "norms of unit vectors rounded to a grid, and how far they move",
    "a fresh unit vector",
    OBSERVABLES,
);

const OBSERVABLES: &[Observable] = &[
    Observable::exact(
        "points",
        &[],
        r"N_{\text{in}}",
        "number of grid points in [−1, 1]ᵈ, those of inward rounding",
    ),
    Observable::exact(
        "outward_points",
        &[],
        r"N_{\text{out}}",
        "number of grid points that outward rounding can reach",
    ),
    Observable::sampled(
        "inward_norm",
        &[],
        r"\|g_{\text{in}}\|",
        "norm after rounding each coordinate towards 0",
    ),
    Observable::sampled(
        "outward_norm",
        &[],
        r"\|g_{\text{out}}\|",
        "norm after rounding each coordinate away from 0",
    ),
    Observable::sampled(
        "nearest_norm",
        &[],
        r"\|g_{\text{near}}\|",
        "norm after rounding to the nearest grid point",
    ),
    Observable::sampled(
        "inward_step",
        &[],
        r"\|u-g_{\text{in}}\|_\infty/\Delta",
        "largest move of a coordinate by inward rounding, in units of the spacing",
    ),
    Observable::sampled(
        "outward_step",
        &[],
        r"\|u-g_{\text{out}}\|_\infty/\Delta",
        "largest move of a coordinate by outward rounding, in units of the spacing",
    ),
    Observable::sampled(
        "outward_reach",
        &[],
        r"\|g_{\text{out}}\|_\infty",
        "largest coordinate after outward rounding: beyond 1 it has left the cube",
    ),
];

/// Dimension and ε of the grid.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Dimension, 1 to 10⁴.
    d: usize,
    /// ε of the spacing, in (0, 1).
    eps: f64,
}

impl Parameters for Params {
    fn prepare(self) -> Result<Box<dyn Prepared>, Failure> {
        if !((1..=10_000).contains(&self.d) && self.eps > 0.0 && self.eps < 1.0) {
            let message = format!("d = {} or eps = {} is out of range", self.d, self.eps);
            return Err(Failure::parameter(message, "1 ≤ d ≤ 10^4 and 0 < eps < 1"));
        }
        Ok(Box::new(self))
    }
}

/// The record of one unit vector, in the order of the observables.
fn record(u: &[f64], spacing: f64) -> [f64; 6] {
    let round = |how: fn(f64) -> f64| -> Vec<f64> {
        u.iter().map(|x| (how((x / spacing).abs()) * spacing).copysign(*x)).collect()
    };
    let norm = |g: &[f64]| g.iter().map(|x| x * x).sum::<f64>().sqrt();
    let step = |g: &[f64]| {
        let moves = u.iter().zip(g).map(|(u, g)| (u - g).abs() / spacing);
        moves.fold(0.0, f64::max)
    };
    let (inward, outward, nearest) = (round(f64::floor), round(f64::ceil), round(f64::round));
    let reach = outward.iter().map(|x| x.abs()).fold(0.0, f64::max);
    [norm(&inward), norm(&outward), norm(&nearest), step(&inward), step(&outward), reach]
}

/// Multiples of Δ in (0, 1), and whether one is 1 itself: `None` if rounding could decide.
fn walk(spacing: f64) -> (u64, Option<bool>) {
    let mut inside = 0_u64;
    loop {
        let next = (inside + 1) as f64 * spacing;
        match next {
            // Exactly 1 where 1/Δ is a whole number in doubles: Δ = 0.1 is meant as a tenth.
            next if (next - 1.0).abs() <= 1e-12 => {
                let exact = (1.0 / spacing).fract() == 0.0 && (1.0 / spacing) * spacing == 1.0;
                return (inside, exact.then_some(true));
            }
            next if next > 1.0 => return (inside, Some(false)),
            _ => inside += 1,
        }
    }
}

/// Points on an axis with `inside` multiples on either side below 1: the inward and the outward count
/// are 2k + 1 for k = `inside` or one more.
fn points(inside: u64, one_more: Option<bool>, d: usize) -> Enclosure {
    let power = |k: u64| (2.0 * k as f64 + 1.0).powi(d as i32);
    let (few, many) = (power(inside), power(inside + 1));
    let exact = |count: f64| match count {
        count if count < 9e15 => Enclosure::point(count),
        count => Enclosure::with_relative_error(count, 1e-15 * d as f64),
    };
    match one_more {
        Some(true) => exact(many),
        Some(false) => exact(few),
        None => Enclosure { value: many, lo: exact(few).lo, hi: exact(many).hi },
    }
}

impl Prepared for Params {
    fn exact(&self, name: &str, _: &[f64]) -> Result<Enclosure, Failure> {
        let (inside, reaches) = walk(spacing(self.eps, self.d as u64));
        match name {
            "points" => Ok(points(inside, reaches, self.d)),
            // The first multiple at or beyond 1 is always used.
            "outward_points" => Ok(points(inside, Some(true), self.d)),
            _ => Err(Failure::no_such_observable(name)),
        }
    }

    fn columns(&self) -> Vec<Column> {
        let sampled = OBSERVABLES.iter().filter(|observable| observable.nature == Nature::Sampled);
        sampled.map(|observable| Column::plain(observable.name, Tail::Unknown)).collect()
    }

    fn trial(&self, stream: &mut Stream, out: &mut [f64]) -> Result<(), Failure> {
        let support = 1 + stream.below(self.d as u64) as usize;
        let mut u = vec![0.0; self.d];
        stream.unit_vector(&mut u[..support]);
        stream.shuffle(&mut u);
        out.copy_from_slice(&record(&u, spacing(self.eps, self.d as u64)));
        Ok(())
    }

    fn cost(&self) -> f64 {
        60.0 * self.d as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::StreamKey;
    use serde_json::json;

    #[test]
    fn a_hand_made_vector() {
        // (0.6, −0.8) on spacing ½: inward (0.5, −0.5), outward (1, −1), nearest (0.5, −1).
        let found = record(&[0.6, -0.8], 0.5);
        let expected = [0.5_f64.sqrt(), 2.0_f64.sqrt(), 1.25_f64.sqrt(), 0.6, 0.8, 1.0];
        assert!(found.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-12), "{found:?}");
    }

    /// d = 1: −1, −½, 0, ½, 1. d = 2, ε = ½: 1/Δ = 2√2, so 5² inside and 7² with the ring beyond.
    /// d = 3, ε = ½: 1/Δ = 3√2. d = 2, ε = 1/6: 1/Δ = 6√2.
    #[test]
    fn points_are_counted() {
        for (d, eps, inward, outward) in [
            (1, 0.5, 5.0, 5.0),
            (2, 0.5, 25.0, 49.0),
            (3, 0.5, 729.0, 1331.0),
            (2, 1.0 / 6.0, 289.0, 361.0),
        ] {
            let grid = (EXPERIMENT.prepare)(&json!({"d": d, "eps": eps})).unwrap();
            assert_eq!(grid.exact("points", &[]).unwrap(), Enclosure::point(inward));
            assert_eq!(grid.exact("outward_points", &[]).unwrap(), Enclosure::point(outward));
        }
        // 0.1 is meant as a tenth: nine multiples below 1, and 1 itself.
        let (inside, reaches) = walk(0.1);
        assert_eq!((inside, reaches), (9, Some(true)));
        assert_eq!(walk(1.0 / 3.0).0, 2);
    }

    #[test]
    fn inward_shortens_and_outward_lengthens() {
        let grid = (EXPERIMENT.prepare)(&json!({"d": 3, "eps": 0.5})).unwrap();
        let key = StreamKey::derive(1, "grid-rounding", "{}");
        let mut out = [0.0; 6];
        let mut nearest_longer = 0;
        for trial in 0..2000 {
            grid.trial(&mut key.trial(trial), &mut out).unwrap();
            assert!(
                out[0] <= 1.0 + 1e-12 && out[1] >= 1.0 - 1e-12 && out[3].max(out[4]) <= 1.0 + 1e-12
            );
            nearest_longer += u32::from(out[2] > 1.0 + 1e-9);
        }
        assert!(nearest_longer > 100);
    }

    #[test]
    fn parameters_out_of_range_are_refused() {
        for value in
            [json!({"d": 0, "eps": 0.5}), json!({"d": 2, "eps": 0.0}), json!({"d": 2, "eps": 1.0})]
        {
            assert!((EXPERIMENT.prepare)(&value).is_err(), "{value}");
        }
    }
}
