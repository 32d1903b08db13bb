//! Gram matrices that are as bad for hard thresholding as an isometry constant allows.

use nalgebra::{DMatrix, DVector};

use super::gram::Gram;
use super::sweep::{Setting, Worst, worst};
use crate::random::Stream;

/// The golden ratio.
pub const GOLDEN: f64 = 1.618_033_988_749_895;

/// Gram matrix I + δ(I − 2uuᵀ) with u ∝ z − v: its error maps z to δv. z and v are unit vectors.
fn reflection(z: [f64; 3], v: [f64; 3], delta: f64) -> Gram {
    let u = DVector::from_fn(3, |i, _| z[i] - v[i]);
    let u = u.normalize();
    let identity = DMatrix::identity(3, 3);
    Gram::from_matrix(&identity + (&identity - 2.0 * &u * u.transpose()) * delta, 3)
}

/// Three rows (K = 3, n = 1, k = 2) for which the code z = (cos ψ, sin ψ, 0) loses √2 δ of its norm by a tie
/// (gilbert2017, Lemma B.3, sharp form); δ ≤ √(2/5): beyond, the first row's own hidden value √(1 − 2δ²) falls below the
/// tied ones, δ/√2.
pub fn missed_instance(delta: f64) -> Gram {
    let sin = std::f64::consts::SQRT_2 * delta;
    let half = std::f64::consts::FRAC_1_SQRT_2;
    reflection([(1.0 - sin * sin).max(0.0).sqrt(), sin, 0.0], [0.0, -half, half], delta)
}

/// Three rows for which the code's relative error is φδ (Lemma B.4, sharp form);
/// δ ≤ 1/φ: beyond, the first row's hidden value falls below the tied ones and leaves the estimate.
pub fn code_instance(delta: f64) -> Gram {
    let scale = (1.0 + GOLDEN * GOLDEN).sqrt();
    let (s, tau) = (GOLDEN / scale, 1.0 / scale);
    let sin = delta * (s + tau);
    reflection([(1.0 - sin * sin).max(0.0).sqrt(), sin, 0.0], [0.0, -tau, s], delta)
}

/// Two rows b, a with ‖b‖² = 1 + δ, ‖a‖² = 1 − δ and ⟨a, b⟩ = 1 − δ: the code e_a ties with b, which is the
/// first (k = 1).
pub fn single_instance(delta: f64) -> Gram {
    let (a, b) = (1.0 - delta, 1.0 + delta);
    Gram::from_matrix(DMatrix::from_row_slice(2, 2, &[b, a, a, a]), 2)
}

/// Worst errors over the codes of a Gram matrix of three rows: (1 + δ)I − 2δuuᵀ.
fn tilted(delta: f64, polar: f64, azimuth: f64) -> Worst {
    let u = DVector::from_vec(vec![
        polar.sin() * azimuth.cos(),
        polar.sin() * azimuth.sin(),
        polar.cos(),
    ]);
    let matrix = DMatrix::identity(3, 3) * (1.0 + delta) - 2.0 * delta * &u * u.transpose();
    worst(&Gram::from_matrix(matrix, 3), &Setting::new(2)).unwrap_or_default()
}

/// Largest relative error of the signal over the Gram matrices (1 + δ)I − 2δuuᵀ, u ∈ S²: a grid of the
/// positive octant (signs of coordinates don't matter), then steps of shrinking length from the best points.
/// The value is attained, so it bounds the supremum over all Gram matrices from below.
pub fn sharp_signal_error(delta: f64) -> f64 {
    let quarter = 0.5 * std::f64::consts::PI;
    let cells = 16;
    let mut starts = Vec::new();
    for i in 0..cells {
        for j in 0..cells {
            let at = [i, j].map(|c| quarter * (c as f64 + 0.5) / cells as f64);
            starts.push((tilted(delta, at[0], at[1]).signal, at));
        }
    }
    starts.sort_by(|a, b| b.0.total_cmp(&a.0));
    starts
        .iter()
        .take(6)
        .map(|start| refine(delta, *start, quarter / cells as f64))
        .fold(0.0, f64::max)
}

/// Compass search on the two angles.
fn refine(delta: f64, (mut best, mut at): (f64, [f64; 2]), mut step: f64) -> f64 {
    const DIRECTIONS: [[f64; 2]; 8] = [
        [1.0, 0.0],
        [-1.0, 0.0],
        [0.0, 1.0],
        [0.0, -1.0],
        [1.0, 1.0],
        [-1.0, -1.0],
        [1.0, -1.0],
        [-1.0, 1.0],
    ];
    while step > 1e-9 {
        let tries = DIRECTIONS.map(|d| [at[0] + step * d[0], at[1] + step * d[1]]);
        let found = tries
            .map(|at| (tilted(delta, at[0], at[1]).signal, at))
            .into_iter()
            .fold((best, at), |a, b| if b.0 > a.0 { b } else { a });
        if found.0 > best {
            (best, at) = found;
        } else {
            step *= 0.5;
        }
    }
    best
}

/// Search over all Gram matrices I + E of `dimension` rows (n = 1, k = 2) with ‖E‖ = δ: E = δ Q diag(±1) Qᵀ from
/// a random rotation Q and random signs, then random changes of Q of adapted size that are kept if
/// `objective` grows. Returns the worst errors of the best matrix.
pub fn search(
    dimension: usize,
    delta: f64,
    steps: usize,
    objective: impl Fn(&Worst) -> f64,
    stream: &mut Stream,
) -> Worst {
    let normal =
        |stream: &mut Stream| DMatrix::from_fn(dimension, dimension, |_, _| stream.normal());
    let signs = DVector::from_fn(dimension, |_, _| stream.sign());
    let errors = |q: &DMatrix<f64>| {
        let error = q * DMatrix::from_diagonal(&signs) * q.transpose() * delta;
        let gram = Gram::from_matrix(DMatrix::identity(dimension, dimension) + error, dimension);
        worst(&gram, &Setting::new(2)).unwrap_or_default()
    };
    let mut q = normal(stream).qr().q();
    let mut best = errors(&q);
    let mut size = 0.5;
    for _ in 0..steps {
        let next = (&q + normal(stream) * size).qr().q();
        let found = errors(&next);
        if objective(&found) > objective(&best) {
            (q, best) = (next, found);
            size *= 1.5;
        } else {
            size *= 0.93;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::filter_bank::rip::extremes;

    #[test]
    fn the_instances_attain_the_sharp_constants() {
        for delta in [0.01, 0.1, 0.3, 0.6] {
            let missed = worst(&missed_instance(delta), &Setting::new(2)).unwrap();
            assert!((missed.missed / delta - std::f64::consts::SQRT_2).abs() < 1e-9);
            let code = worst(&code_instance(delta), &Setting::new(2)).unwrap();
            assert!((code.code / delta - GOLDEN).abs() < 1e-9);
            for gram in [missed_instance(delta), code_instance(delta), single_instance(delta)] {
                let (min, max) = extremes(gram.matrix());
                let rows = gram.matrix().nrows();
                // For two rows only the rows' own norms are constrained.
                let own = (max - 1.0).max(1.0 - min);
                assert!(rows == 2 || (own - delta).abs() < 1e-12);
            }
            let single = worst(&single_instance(delta), &Setting::new(1)).unwrap();
            assert!((single.signal - (delta * (2.0 - delta)).sqrt()).abs() < 1e-12);
        }
    }

    #[test]
    fn the_supremum_lies_between_its_bounds() {
        for delta in [0.05, 0.2, 0.5] {
            let found = sharp_signal_error(delta);
            let code = worst(&code_instance(delta), &Setting::new(2)).unwrap().signal;
            let above = GOLDEN * delta * ((1.0 + delta) / (1.0 - delta)).sqrt();
            assert!(found >= code - 1e-12 && found <= above.min((delta * (2.0 - delta)).sqrt()));
        }
    }
}
