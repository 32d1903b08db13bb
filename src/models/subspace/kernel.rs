//! Is there an input u ≠ 0 that a layer maps to zero, ReLU(Gu) = 0? Decided with a certificate.
//!
//! By Gordan's theorem exactly one of the two holds: some u has Gu < 0 in every row, or some λ ≥ 0,
//! λ ≠ 0, has Gᵀλ = 0 (for rows in general position, which Gaussian rows are). Both are found by one
//! non-negative least squares problem, min ‖Aλ − b‖ over λ ≥ 0 with columns (gᵢ, 1) and b = (0, 1)
//! (Lawson and Hanson, Solving Least Squares Problems, 1974, ch. 23): if the residual r is not zero,
//! optimality says gᵢ·r_{1..d} ≤ −r_{d+1} < 0 for all i; if it is zero, λ itself is the certificate.

use nalgebra::{DMatrix, DVector};

/// The decision, each with a certificate that was checked.
#[derive(Clone, Debug, PartialEq)]
pub enum Kernel {
    /// A direction with Gu < 0 in every row: the layer kills it.
    Killed(Vec<f64>),
    /// Weights λ ≥ 0 of sum 1 on the unit rows with Σλᵢgᵢ/‖gᵢ‖ = 0, positive on d + 1 independent
    /// rows: no direction is killed.
    Alive(Vec<f64>),
    /// Neither certificate passed its check in floating point.
    Undecided,
}

/// Smallest |cosine| with a row that counts as a sign, and smallest weight that counts as positive.
const CLEAR: f64 = 1e-9;
/// Largest residual of Σλᵢgᵢ that counts as zero.
const ZERO: f64 = 1e-13;

/// Decides for the rows of an m × d matrix, `rows` holding d numbers each.
pub fn decide(rows: &[f64], d: usize) -> Kernel {
    if d == 0 || rows.is_empty() || !rows.len().is_multiple_of(d) {
        return Kernel::Undecided;
    }
    let m = rows.len() / d;
    let mut columns = DMatrix::from_fn(d + 1, m, |i, j| if i < d { rows[j * d + i] } else { 1.0 });
    for mut column in columns.column_iter_mut() {
        let norm = column.rows(0, d).norm();
        if norm.is_nan() || norm == 0.0 {
            return Kernel::Undecided;
        }
        column.rows_mut(0, d).scale_mut(1.0 / norm);
    }
    let mut target = DVector::zeros(d + 1);
    target[d] = 1.0;
    let Some(weights) = non_negative_least_squares(&columns, &target) else {
        return Kernel::Undecided;
    };
    certify(&columns, &target, &weights, d)
}

fn certify(
    columns: &DMatrix<f64>,
    target: &DVector<f64>,
    weights: &DVector<f64>,
    d: usize,
) -> Kernel {
    let residual = target - columns * weights;
    let direction = residual.rows(0, d).into_owned();
    let norm = direction.norm();
    if norm > 0.0 {
        let unit = direction / norm;
        let largest = columns.rows(0, d).tr_mul(&unit).max();
        if largest < -CLEAR {
            return Kernel::Killed(unit.iter().copied().collect());
        }
    }
    let positive = weights.iter().filter(|weight| **weight > CLEAR).count();
    let exact = weights.iter().all(|weight| *weight == 0.0 || *weight > CLEAR);
    if residual.norm() <= ZERO && positive == d + 1 && exact {
        return Kernel::Alive(weights.iter().copied().collect());
    }
    Kernel::Undecided
}

/// Lawson and Hanson's active-set method; `None` if it does not end in 20·m steps.
fn non_negative_least_squares(a: &DMatrix<f64>, b: &DVector<f64>) -> Option<DVector<f64>> {
    let m = a.ncols();
    let mut x = DVector::zeros(m);
    let mut passive: Vec<usize> = Vec::new();
    for _ in 0..20 * m {
        let gradient = a.tr_mul(&(b - a * &x));
        let open = (0..m).filter(|j| !passive.contains(j));
        let best = open.max_by(|i, j| gradient[*i].total_cmp(&gradient[*j]));
        // A gradient of rounding size is zero: the target has length 1, the columns √2.
        let Some(entering) = best.filter(|j| gradient[*j] > 1e-14) else { return Some(x) };
        passive.push(entering);
        loop {
            let solution = least_squares(a, b, &passive)?;
            if solution.iter().all(|value| *value > 0.0) {
                x.fill(0.0);
                passive.iter().zip(solution.iter()).for_each(|(j, value)| x[*j] = *value);
                break;
            }
            // As far towards the solution as all stay non-negative; those that reach zero leave.
            let blocked = passive.iter().zip(solution.iter()).filter(|(_, value)| **value <= 0.0);
            let step = blocked.map(|(j, value)| x[*j] / (x[*j] - value)).fold(1.0, f64::min);
            for (j, value) in passive.iter().zip(solution.iter()) {
                x[*j] += step * (value - x[*j]);
            }
            let before = passive.len();
            passive.retain(|j| x[*j] > 1e-15);
            if passive.len() == before || passive.is_empty() {
                return Some(x);
            }
        }
    }
    None
}

/// Least squares on the chosen columns, by QR.
fn least_squares(a: &DMatrix<f64>, b: &DVector<f64>, chosen: &[usize]) -> Option<DVector<f64>> {
    if chosen.len() > a.nrows() {
        return None;
    }
    let qr = a.select_columns(chosen).qr();
    qr.r().solve_upper_triangular(&qr.q().tr_mul(b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::subspace::counting::ln_kill_probability;
    use crate::random::StreamKey;

    #[test]
    fn hand_made_cases() {
        // One row: −g is killed. The plane with three rows at 120°: nothing is killed.
        assert!(matches!(decide(&[3.0, 4.0], 2), Kernel::Killed(_)));
        let third = 3.0_f64.sqrt() / 2.0;
        let star = [1.0, 0.0, -0.5, third, -0.5, -third];
        assert!(matches!(decide(&star, 2), Kernel::Alive(_)));
        // The same with one row reversed: the other two and it leave an open half-plane.
        let open = [1.0, 0.0, 0.5, -third, -0.5, -third];
        let Kernel::Killed(u) = decide(&open, 2) else { panic!("not killed") };
        assert!(open.chunks(2).all(|g| g[0] * u[0] + g[1] * u[1] < 0.0));
        assert_eq!(decide(&[], 2), Kernel::Undecided);
        assert_eq!(decide(&[f64::NAN, 1.0], 2), Kernel::Undecided);
    }

    /// In the plane a direction is killed iff the largest gap between neighbouring row angles exceeds π.
    #[test]
    fn agrees_with_the_angles_in_the_plane() {
        let key = StreamKey::derive(1, "kernel", "{}");
        for trial in 0..2000 {
            let mut rows = [0.0; 10];
            key.trial(trial).fill_normal(&mut rows);
            let mut angles: Vec<f64> = rows.chunks(2).map(|g| g[1].atan2(g[0])).collect();
            angles.sort_by(f64::total_cmp);
            let wrap = angles[0] + std::f64::consts::TAU - angles[4];
            let gap = angles.windows(2).map(|pair| pair[1] - pair[0]).fold(wrap, f64::max);
            let killed = matches!(decide(&rows, 2), Kernel::Killed(_));
            assert_eq!(killed, gap > std::f64::consts::PI, "{trial}");
        }
    }

    /// Wendel's probability within 6.5 standard errors (two-sided error 8e-11) and few undecided.
    #[test]
    fn frequencies_are_those_of_wendel() {
        let n = 4000;
        for (m, d) in [(4, 2), (20, 10), (12, 3), (24, 12)] {
            let key = StreamKey::derive(2, "kernel", &format!("{m} {d}"));
            let mut rows = vec![0.0; m * d];
            let (mut killed, mut undecided) = (0, 0);
            for trial in 0..n {
                key.trial(trial).fill_normal(&mut rows);
                match decide(&rows, d) {
                    Kernel::Killed(_) => killed += 1,
                    Kernel::Alive(_) => {}
                    Kernel::Undecided => undecided += 1,
                }
            }
            let p = ln_kill_probability(m as u64, d as u64).exp();
            let se = (p * (1.0 - p) / n as f64).sqrt();
            assert!((f64::from(killed) / n as f64 - p).abs() < 6.5 * se, "{m} {d}: {killed}");
            assert!(undecided <= 2, "{m} {d}: {undecided} undecided");
        }
    }
}
