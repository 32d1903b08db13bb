//! ℓ1 recovery of codes: FISTA with a duality gap, and the two stages of gilbert2017's Algorithm 2.
//!
//! Both stages minimise P(z) = ‖x − Wᵀz‖² + λ‖z‖₁, the second one over codes on the support that pooling leaves
//! of the first. For every z the residual r = x − Wᵀz, shrunk by s ≤ 1 until 2s‖Wr‖_∞ ≤ λ, is dual feasible,
//! and P(z) − min P ≤ P(z) − 2s⟨x, r⟩ + s²‖r‖².

use nalgebra::{DMatrix, DVector};

use super::bank::Bank;

/// W and Wᵀ of a filter bank.
pub trait Analysis {
    /// h = Wx.
    fn analyse(&self, x: &[f64]) -> Vec<f64>;
    /// Wᵀz.
    fn synthesise(&self, z: &[f64]) -> Vec<f64>;
    /// Number of rows of W: entries of a code.
    fn rows(&self) -> usize;
}

impl Analysis for Bank {
    fn analyse(&self, x: &[f64]) -> Vec<f64> {
        self.apply(x)
    }

    fn synthesise(&self, z: &[f64]) -> Vec<f64> {
        self.adjoint(z)
    }

    fn rows(&self) -> usize {
        self.shape.rows()
    }
}

/// A few rows of W as a matrix: what the second stage needs of a bank.
#[derive(Clone, Debug)]
pub struct Rows(pub DMatrix<f64>);

impl Rows {
    /// The rows of a bank at the given places.
    pub fn of(bank: &Bank, rows: &[usize]) -> Self {
        let (n, wide) = (bank.shape.shifts(), bank.shape.positions()[1]);
        let mut matrix = DMatrix::zeros(rows.len(), bank.shape.columns());
        for (index, &row) in rows.iter().enumerate() {
            let shift = row % n;
            bank.fill_row(row / n, [shift / wide, shift % wide], |column, weight| {
                matrix[(index, column)] = weight;
            });
        }
        Self(matrix)
    }
}

impl Analysis for Rows {
    fn analyse(&self, x: &[f64]) -> Vec<f64> {
        (&self.0 * DVector::from_column_slice(x)).as_slice().to_vec()
    }

    fn synthesise(&self, z: &[f64]) -> Vec<f64> {
        let mut x = DVector::zeros(self.0.ncols());
        x.gemv_tr(1.0, &self.0, &DVector::from_column_slice(z), 0.0);
        x.as_slice().to_vec()
    }

    fn rows(&self) -> usize {
        self.0.nrows()
    }
}

/// Settings of the solver.
#[derive(Clone, Copy, Debug)]
pub struct Fista {
    /// Weight λ of the ℓ1 norm.
    pub lambda: f64,
    /// Steps.
    pub steps: usize,
    /// An upper bound of λ_max(WWᵀ), for the step size.
    pub largest: f64,
}

/// A code with what is known of it.
#[derive(Clone, Debug)]
pub struct Recovered {
    /// The code.
    pub z: Vec<f64>,
    /// Wᵀz.
    pub x: Vec<f64>,
    /// Proven bound of P(z) − min P, over the codes that were allowed.
    pub gap: f64,
}

impl Fista {
    /// Minimises P over the codes that vanish outside `support` (all codes if there is none).
    ///
    /// Beck & Teboulle (2009), with a restart of the momentum where the objective grows.
    pub fn solve(&self, bank: &impl Analysis, x: &[f64], support: Option<&[bool]>) -> Recovered {
        let step = 0.5 / self.largest;
        let mut z = vec![0.0; bank.rows()];
        let mut image = vec![0.0; x.len()];
        let (mut ahead, mut ahead_image) = (z.clone(), image.clone());
        let mut momentum = 1.0_f64;
        let mut value = f64::INFINITY;
        for _ in 0..self.steps {
            let residual: Vec<f64> = x.iter().zip(&ahead_image).map(|(x, y)| x - y).collect();
            let gradient = bank.analyse(&residual);
            let next: Vec<f64> = (0..z.len())
                .map(|i| match support {
                    Some(allowed) if !allowed[i] => 0.0,
                    _ => shrink(ahead[i] + 2.0 * step * gradient[i], step * self.lambda),
                })
                .collect();
            let next_image = bank.synthesise(&next);
            let next_value = self.objective(x, &next, &next_image);
            if next_value > value {
                // The momentum has overshot: take the step again from where it was left.
                (momentum, ahead, ahead_image) = (1.0, z.clone(), image.clone());
                value = f64::INFINITY;
                continue;
            }
            let grown = 0.5 * (1.0 + (1.0 + 4.0 * momentum * momentum).sqrt());
            let push = (momentum - 1.0) / grown;
            ahead = extrapolate(&next, &z, push);
            ahead_image = extrapolate(&next_image, &image, push);
            (z, image, momentum, value) = (next, next_image, grown, next_value);
        }
        let gap = self.gap(bank, x, &z, &image, support);
        Recovered { z, x: image, gap }
    }

    fn objective(&self, x: &[f64], z: &[f64], image: &[f64]) -> f64 {
        let square: f64 = x.iter().zip(image).map(|(x, y)| (x - y) * (x - y)).sum();
        square + self.lambda * z.iter().map(|z| z.abs()).sum::<f64>()
    }

    fn gap(
        &self,
        bank: &impl Analysis,
        x: &[f64],
        z: &[f64],
        image: &[f64],
        support: Option<&[bool]>,
    ) -> f64 {
        let residual: Vec<f64> = x.iter().zip(image).map(|(x, y)| x - y).collect();
        let products = bank.analyse(&residual);
        let allowed = |i: usize| support.is_none_or(|support| support[i]);
        let largest = (0..z.len()).filter(|&i| allowed(i)).map(|i| products[i].abs());
        let largest = largest.fold(0.0, f64::max);
        let scale = if largest > 0.0 { (0.5 * self.lambda / largest).min(1.0) } else { 1.0 };
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let dual = 2.0 * scale * dot(x, &residual) - scale * scale * dot(&residual, &residual);
        self.objective(x, z, image) - dual
    }
}

fn shrink(x: f64, threshold: f64) -> f64 {
    x.signum() * (x.abs() - threshold).max(0.0)
}

fn extrapolate(next: &[f64], last: &[f64], push: f64) -> Vec<f64> {
    next.iter().zip(last).map(|(next, last)| next + push * (next - last)).collect()
}

/// λ_max(WWᵀ) by power iteration, enlarged by a tenth. The start is fixed.
pub fn largest_eigenvalue(bank: &impl Analysis, columns: usize, steps: usize) -> f64 {
    // Any vector with no symmetry will do.
    let mut x: Vec<f64> = (0..columns).map(|i| ((i * i) as f64).sin()).collect();
    let mut value = 0.0;
    for _ in 0..steps {
        let norm = x.iter().map(|x| x * x).sum::<f64>().sqrt();
        x.iter_mut().for_each(|x| *x /= norm);
        x = bank.synthesise(&bank.analyse(&x));
        value = x.iter().map(|x| x * x).sum::<f64>().sqrt();
    }
    1.1 * value
}

/// Algorithm 2: ℓ1 recovery, pooling by `pool` (which says which rows remain), ℓ1 recovery on what remains.
pub fn two_stages(
    bank: &impl Analysis,
    x: &[f64],
    fista: &Fista,
    pool: impl Fn(&[f64]) -> Vec<bool>,
) -> Recovered {
    let first = fista.solve(bank, x, None);
    let support = pool(&first.z);
    fista.solve(bank, x, Some(&support))
}

/// Relative departure from what stationarity says: ‖Wᵀz‖² = ⟨x, Wᵀz⟩ − (λ/2)‖z‖₁, over ‖x‖². (Multiply the
/// condition 2W(x − Wᵀz) ∈ λ∂‖z‖₁ by z.)
pub fn stationarity_gap(x: &[f64], recovered: &Recovered, lambda: f64) -> f64 {
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let own = dot(&recovered.x, &recovered.x);
    let sum: f64 = recovered.z.iter().map(|z| z.abs()).sum();
    (own - dot(x, &recovered.x) + 0.5 * lambda * sum).abs() / dot(x, x)
}

#[cfg(test)]
mod tests {
    use super::*;
    #[test]
    fn an_orthonormal_bank_is_shrunk() {
        // argmin (x − z)² + λ|z| = shrink(x, λ/2).
        let bank = Rows(DMatrix::identity(3, 3));
        let fista = Fista { lambda: 0.4, steps: 200, largest: 1.5 };
        let found = fista.solve(&bank, &[1.0, -0.1, -2.0], None);
        for (z, exact) in found.z.iter().zip([0.8, 0.0, -1.8]) {
            assert!((z - exact).abs() < 1e-9, "{found:?}");
        }
        assert!(found.gap >= -1e-12 && found.gap < 1e-8);
        assert!(stationarity_gap(&[1.0, -0.1, -2.0], &found, 0.4) < 1e-9);
        let half = fista.solve(&bank, &[1.0, -0.1, -2.0], Some(&[true, true, false]));
        assert!((half.z[0] - 0.8).abs() < 1e-9 && half.z[2] == 0.0 && half.gap < 1e-8);
    }

    #[test]
    fn the_gap_bounds_the_distance_to_the_minimum() {
        let bank = Rows(DMatrix::from_fn(6, 4, |i, j| ((3 * i * i + 5 * j + 1) as f64).sin()));
        let x = [1.0, 0.5, -0.3, 2.0];
        let largest = largest_eigenvalue(&bank, 4, 50);
        let eigen = (&bank.0 * bank.0.transpose()).symmetric_eigenvalues().max();
        assert!(largest >= eigen && largest < 1.2 * eigen);
        let run = |steps| {
            let fista = Fista { lambda: 0.3, steps, largest };
            let found = fista.solve(&bank, &x, None);
            (fista.objective(&x, &found.z, &found.x), found.gap)
        };
        let best = run(20_000).0;
        for steps in [1, 3, 10, 100] {
            let (value, gap) = run(steps);
            assert!(value - best <= gap + 1e-12, "{steps}: {value} {best} {gap}");
        }
        assert!(run(20_000).1 < 1e-6);
    }

    #[test]
    fn rows_are_those_of_the_bank() {
        use crate::models::filter_bank::{Law, Scaling, Shape};
        let bank = Law::Dfb.bank(Shape::line(3, 2, 3, 1, 6), Scaling::Unit).unwrap();
        let rows = Rows::of(&bank, &[1, 6, 11]);
        let x: Vec<f64> = (0..12).map(|i| f64::from(i).cos()).collect();
        let all = bank.apply(&x);
        for (own, row) in rows.analyse(&x).iter().zip([1, 6, 11]) {
            assert!((own - all[row]).abs() < 1e-13);
        }
        let mut z = vec![0.0; 12];
        (z[1], z[6], z[11]) = (1.0, -2.0, 0.5);
        let close = |(a, b): (&f64, &f64)| (a - b).abs() < 1e-13;
        assert!(rows.synthesise(&[1.0, -2.0, 0.5]).iter().zip(&bank.adjoint(&z)).all(close));
    }

    #[test]
    fn a_large_penalty_gives_nothing() {
        let bank = Rows(DMatrix::identity(2, 2));
        let fista = Fista { lambda: 2.0, steps: 5, largest: 1.0 };
        assert_eq!(fista.solve(&bank, &[1.0, 0.5], None).z, [0.0, 0.0]);
    }
}
