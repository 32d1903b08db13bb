//! Largest and smallest norm over a whole subspace: exactly on the circle for one layer, by search on
//! the sphere otherwise.

use std::f64::consts::{PI, TAU};

use nalgebra::{DMatrix, DVector};

use super::relu_net::ReluNet;
use crate::random::Stream;

/// Smallest and largest value found, and where (unit vectors).
#[derive(Clone, Debug, PartialEq)]
pub struct Extremes {
    /// Smallest value.
    pub min: f64,
    /// Largest value.
    pub max: f64,
    /// Where the smallest value is taken.
    pub argmin: Vec<f64>,
    /// Where the largest value is taken.
    pub argmax: Vec<f64>,
}

impl Extremes {
    const fn none() -> Self {
        Self { min: f64::INFINITY, max: f64::NEG_INFINITY, argmin: Vec::new(), argmax: Vec::new() }
    }

    fn take(&mut self, value: f64, at: &[f64]) {
        if value < self.min {
            self.min = value;
            self.argmin = at.to_vec();
        }
        if value > self.max {
            self.max = value;
            self.argmax = at.to_vec();
        }
    }
}

/// Exact extremes of ‖ReLU(Ru)‖ over the unit circle, R of shape m × 2.
///
/// Between consecutive zeros of the m rows the active set is fixed and ‖ReLU(Ru)‖² =
/// a + b cos 2θ + c sin 2θ: extremes are at the 2m breakpoints or where 2θ = atan2(c, b) (mod π).
/// Rounding: a few units of the last place times m. `None` if R has not two columns or has no rows.
pub fn arc_sweep(matrix: &DMatrix<f64>) -> Option<Extremes> {
    if matrix.ncols() != 2 || matrix.nrows() == 0 {
        return None;
    }
    let mut breaks: Vec<f64> = matrix
        .row_iter()
        .flat_map(|row| {
            let normal = row[1].atan2(row[0]);
            [normal + 0.5 * PI, normal - 0.5 * PI].map(|x| x.rem_euclid(TAU))
        })
        .collect();
    breaks.sort_by(f64::total_cmp);
    let mut found = Extremes::none();
    for (i, &from) in breaks.iter().enumerate() {
        let to = breaks.get(i + 1).copied().unwrap_or(breaks[0] + TAU);
        sweep_arc(matrix, from, to, &mut found);
    }
    Some(found)
}

/// The extremes on one arc of constant activity.
fn sweep_arc(matrix: &DMatrix<f64>, from: f64, to: f64, found: &mut Extremes) {
    let (sine, cosine) = (0.5 * (from + to)).sin_cos();
    let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
    for row in matrix.row_iter().filter(|row| row[0] * cosine + row[1] * sine > 0.0) {
        xx += row[0] * row[0];
        xy += row[0] * row[1];
        yy += row[1] * row[1];
    }
    let phase = 0.5 * xy.atan2(0.5 * (xx - yy));
    // 2θ = phase (mod π): the stationary points are a quarter turn apart.
    let stationary = (0..12).map(|k| phase + 0.5 * PI * f64::from(k) - PI);
    for theta in [from, to].into_iter().chain(stationary.filter(|x| *x > from && *x < to)) {
        let (s, c) = theta.sin_cos();
        let square = xx * c * c + 2.0 * xy * s * c + yy * s * s;
        found.take(square.max(0.0).sqrt(), &[c, s]);
    }
}

/// Supremum of ‖ReLU(Ru)‖ on the unit sphere from one start, by u ← Rᵀ ReLU(Ru)/‖·‖.
///
/// Monotone: with w = ReLU(Ru)/‖ReLU(Ru)‖, ‖ReLU(Ru′)‖ ≥ wᵀRu′ = ‖Rᵀw‖ ≥ wᵀRu = ‖ReLU(Ru)‖. The result is a
/// lower bound of the supremum. Returns the value and its u.
pub fn ascend_one_layer(matrix: &DMatrix<f64>, start: &[f64], steps: usize) -> (f64, Vec<f64>) {
    let mut u = DVector::from_column_slice(start);
    let mut value = 0.0;
    for _ in 0..steps {
        let h = (matrix * &u).map(|a| a.max(0.0));
        let now = h.norm();
        if now <= value * (1.0 + 1e-14) {
            return (now.max(value), u.as_slice().to_vec());
        }
        value = now;
        let next = matrix.tr_mul(&h);
        let size = next.norm();
        if size == 0.0 {
            break;
        }
        u = next / size;
    }
    ((matrix * &u).map(|a| a.max(0.0)).norm(), u.as_slice().to_vec())
}

/// ln‖h_L‖² and its gradient ∂/∂u = 2 J ᵀh_L/‖h_L‖² at u; (−∞, 0) where the net is dead.
pub fn log_norm_sq(net: &ReluNet, u: &[f64]) -> (f64, Vec<f64>) {
    let pass = net.forward(DMatrix::from_column_slice(u.len(), 1, u));
    let last = &pass.activations[net.depth()];
    let square = last.norm_squared();
    if square == 0.0 {
        return (f64::NEG_INFINITY, vec![0.0; u.len()]);
    }
    let deltas = net.backward(&pass, net.mask_top(&pass, last));
    let gradient = net.weights[0].tr_mul(&deltas[0]) * (2.0 / square);
    (square.ln(), gradient.as_slice().to_vec())
}

/// How hard a search tries.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effort {
    /// Random starting points, each used for ascent and descent.
    pub starts: usize,
    /// Gradient steps from each.
    pub steps: usize,
    /// Random trial moves after them: kinks stop a gradient.
    pub refinements: usize,
}

impl Default for Effort {
    fn default() -> Self {
        Self { starts: 10, steps: 150, refinements: 100 }
    }
}

/// Extremes of a function on the unit sphere of ℝ^d found by Riemannian gradient ascent and descent with
/// step adaptation, then by random tangent moves of shrinking size. `objective` gives value and
/// gradient. The true extremes lie outside of what is found, or on it.
pub fn search_sphere(
    objective: impl Fn(&[f64]) -> (f64, Vec<f64>),
    d: usize,
    effort: Effort,
    stream: &mut Stream,
) -> Extremes {
    let mut found = Extremes::none();
    for _ in 0..effort.starts {
        let mut start = vec![0.0; d];
        stream.unit_vector(&mut start);
        for sign in [1.0, -1.0] {
            let (value, at) = climb(&objective, sign, start.clone(), effort, stream);
            found.take(value, &at);
        }
    }
    found
}

/// Local maximum of sign · objective from a start.
fn climb(
    objective: &impl Fn(&[f64]) -> (f64, Vec<f64>),
    sign: f64,
    start: Vec<f64>,
    effort: Effort,
    stream: &mut Stream,
) -> (f64, Vec<f64>) {
    let mut u = start;
    let (mut value, mut gradient) = objective(&u);
    let mut step = 0.2;
    for _ in 0..effort.steps {
        let tangent = tangent_direction(&u, &gradient);
        let size = norm(&tangent);
        if size < 1e-12 || step < 1e-10 {
            break;
        }
        // A geodesic step of length at most `step`, whatever the gradient's size.
        let moved = retract(&u, &tangent, sign * step / size);
        let (next, next_gradient) = objective(&moved);
        if sign * next > sign * value {
            (u, value, gradient) = (moved, next, next_gradient);
            step = (step * 1.5).min(1.0);
        } else {
            step *= 0.4;
        }
    }
    refine(objective, sign, u, value, effort, stream)
}

/// Random tangent moves, doubling the reach on success and shrinking it on failure.
fn refine(
    objective: &impl Fn(&[f64]) -> (f64, Vec<f64>),
    sign: f64,
    start: Vec<f64>,
    start_value: f64,
    effort: Effort,
    stream: &mut Stream,
) -> (f64, Vec<f64>) {
    let (mut u, mut value, mut reach) = (start, start_value, 0.05);
    let mut direction = vec![0.0; u.len()];
    for _ in 0..effort.refinements {
        stream.fill_normal(&mut direction);
        let tangent = tangent_direction(&u, &direction);
        let size = norm(&tangent);
        if size == 0.0 {
            break;
        }
        let moved = retract(&u, &tangent, reach / size);
        let next = objective(&moved).0;
        if sign * next > sign * value {
            (u, value) = (moved, next);
            reach *= 2.0;
        } else {
            reach *= 0.85;
        }
    }
    (value, u)
}

fn tangent_direction(u: &[f64], g: &[f64]) -> Vec<f64> {
    let along: f64 = u.iter().zip(g).map(|(u, g)| u * g).sum();
    u.iter().zip(g).map(|(u, g)| g - along * u).collect()
}

fn retract(u: &[f64], tangent: &[f64], factor: f64) -> Vec<f64> {
    let moved: Vec<f64> = u.iter().zip(tangent).map(|(u, t)| u + factor * t).collect();
    let size = norm(&moved);
    moved.iter().map(|x| x / size).collect()
}

fn norm(x: &[f64]) -> f64 {
    x.iter().map(|x| x * x).sum::<f64>().sqrt()
}

/// Extremes of ln‖h_L‖² over the circle (nets with two inputs): `angles` equally spaced ones, then
/// golden-section refinement beside the best and the worst. Kinks make it a search, not a proof.
pub fn sweep_circle(net: &ReluNet, angles: usize) -> Extremes {
    let mut found = Extremes::none();
    let at = |theta: f64| [theta.cos(), theta.sin()];
    let inputs = DMatrix::from_fn(2, angles, |i, j| at(TAU * j as f64 / angles as f64)[i]);
    let last = net.forward(inputs).activations.pop().unwrap_or_default();
    for (j, column) in last.column_iter().enumerate() {
        found.take(column.norm_squared().ln(), &at(TAU * j as f64 / angles as f64));
    }
    let width = TAU / angles as f64;
    for sign in [1.0, -1.0] {
        let best = if sign > 0.0 { found.argmin.clone() } else { found.argmax.clone() };
        let [x, y] = best[..] else { continue };
        let centre = y.atan2(x);
        let objective = |theta: f64| sign * log_norm_sq(net, &at(theta)).0;
        let (theta, value) =
            crate::maths::roots::minimise(objective, centre - width, centre + width, 1e-9);
        found.take(sign * value, &at(theta));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::relu_net::{Activation, Init, gaussian_matrix};
    use crate::random::StreamKey;

    fn stream(trial: u64) -> Stream {
        StreamKey::derive(3, "sphere", "").trial(trial)
    }

    fn one_layer_net(matrix: DMatrix<f64>) -> ReluNet {
        ReluNet { weights: vec![matrix], biases: vec![0.0], activation: Activation::Relu }
    }

    #[test]
    fn a_circle_by_hand() {
        // Rows e1, e2: ‖ReLU(u)‖ is 1 on the first quadrant, 0 on the third.
        let found = arc_sweep(&DMatrix::identity(2, 2)).unwrap();
        assert!((found.max - 1.0).abs() < 1e-15 && found.min == 0.0);
        // One row of length 3: between 0 and 3.
        let found = arc_sweep(&DMatrix::from_row_slice(1, 2, &[0.0, 3.0])).unwrap();
        assert!((found.max - 3.0).abs() < 1e-15 && found.min == 0.0);
        assert!((found.argmax[1] - 1.0).abs() < 1e-12);
        assert!(arc_sweep(&DMatrix::identity(3, 3)).is_none());
    }

    #[test]
    fn the_sweep_bounds_every_angle_and_search_reaches_it() {
        for trial in 0..20 {
            let matrix = gaussian_matrix(25, 2, 2.0 / 25.0, &mut stream(trial));
            let exact = arc_sweep(&matrix).unwrap();
            let mut dense = Extremes::none();
            for k in 0..20_000 {
                let theta = TAU * f64::from(k) / 20_000.0;
                let u = DVector::from_column_slice(&[theta.cos(), theta.sin()]);
                dense.take((&matrix * &u).map(|a| a.max(0.0)).norm(), u.as_slice());
            }
            assert!(dense.max <= exact.max + 1e-13 && dense.min >= exact.min - 1e-13);
            assert!(exact.max - dense.max < 1e-5 && dense.min - exact.min < 1e-3);
            let net = one_layer_net(matrix.clone());
            let objective = |u: &[f64]| log_norm_sq(&net, u);
            let effort = Effort { starts: 20, ..Effort::default() };
            let searched = search_sphere(objective, 2, effort, &mut stream(100 + trial));
            assert!((0.5 * searched.max - exact.max.ln()).abs() < 1e-4);
            assert!((0.5 * searched.min - exact.min.ln()).abs() < 1e-3);
            let swept = sweep_circle(&net, 3000);
            assert!((0.5 * swept.max - exact.max.ln()).abs() < 1e-6);
        }
    }

    #[test]
    fn ascent_is_monotone_and_stops_at_a_fixed_point() {
        let matrix = gaussian_matrix(200, 20, 0.01, &mut stream(0));
        let mut start = vec![0.0; 20];
        stream(1).unit_vector(&mut start);
        let mut last = 0.0;
        for steps in [1, 2, 4, 16, 64, 2000] {
            let (value, _) = ascend_one_layer(&matrix, &start, steps);
            assert!(value >= last);
            last = value;
        }
        let (again, _) = ascend_one_layer(&matrix, &ascend_one_layer(&matrix, &start, 2000).1, 10);
        assert!((again / last - 1.0).abs() < 1e-12);
    }

    #[test]
    fn gradient_of_a_deep_net() {
        let net = ReluNet::draw(&[4, 30, 30, 30], Init::HeFanOut, Activation::Relu, &mut stream(5));
        let mut u = vec![0.0; 4];
        stream(6).unit_vector(&mut u);
        let (_, gradient) = log_norm_sq(&net, &u);
        for i in 0..4 {
            let shifted = |h: f64| {
                let mut v = u.clone();
                v[i] += h;
                log_norm_sq(&net, &v).0
            };
            let slope = (shifted(1e-6) - shifted(-1e-6)) / 2e-6;
            assert!((slope - gradient[i]).abs() < 1e-6, "{slope} {}", gradient[i]);
        }
    }
}
