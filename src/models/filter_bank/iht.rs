//! Model-based iterative hard thresholding (gilbert2017, Algorithm 1).

use super::bank::Bank;
use super::codes::{Code, Pooling, project};

/// The algorithm's settings; the paper's are step 1 and max-abs pooling.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Iht {
    /// Entries of the code, k.
    pub k: usize,
    /// Factor of the residual.
    pub step: f64,
    /// How a block becomes one number.
    pub pooling: Pooling,
}

impl Iht {
    /// The paper's algorithm.
    pub const fn new(k: usize) -> Self {
        Self { k, step: 1.0, pooling: Pooling::MaxAbs }
    }

    /// One pass through the loop from the code `z`: b = z + Φᵀd with the residual d = x − Φz, Φ = Wᵀ, then
    /// the projection of b.
    pub fn improve(&self, bank: &Bank, x: &[f64], z: &Code) -> Code {
        let residual = residual(bank, x, z);
        let mut b = bank.apply(&residual);
        b.iter_mut().for_each(|b| *b *= self.step);
        z.entries().iter().for_each(|&(row, value)| b[row] += value);
        project(&b, bank.shape.shifts(), self.k, self.pooling)
    }

    /// The codes after 1, …, `iterations` passes from 0.
    pub fn run(&self, bank: &Bank, x: &[f64], iterations: usize) -> Vec<Code> {
        let mut codes: Vec<Code> = Vec::with_capacity(iterations);
        for _ in 0..iterations {
            let start = codes.last().cloned().unwrap_or_default();
            codes.push(self.improve(bank, x, &start));
        }
        codes
    }
}

/// x − Wᵀz.
pub fn residual(bank: &Bank, x: &[f64], z: &Code) -> Vec<f64> {
    bank.synthesise(z).iter().zip(x).map(|(own, x)| x - own).collect()
}

/// ‖x − Wᵀz‖/‖x‖.
pub fn relative_error(bank: &Bank, x: &[f64], z: &Code) -> f64 {
    norm(&residual(bank, x, z)) / norm(x)
}

/// Euclidean norm.
pub fn norm(x: &[f64]) -> f64 {
    x.iter().map(|x| x * x).sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::filter_bank::{Law, Scaling, Shape};

    #[test]
    fn one_pass_from_zero_is_one_layer() {
        let bank = Law::Dfb.bank(Shape::line(6, 40, 8, 1, 10), Scaling::Unit).unwrap();
        let x: Vec<f64> = (0..400).map(|i| f64::from(i).sin()).collect();
        let layer = project(&bank.apply(&x), 3, 2, Pooling::MaxAbs);
        assert_eq!(Iht::new(2).run(&bank, &x, 1), [layer]);
    }

    #[test]
    fn an_orthonormal_bank_recovers_at_once() {
        let bank = Law::Dct.bank(Shape::line(8, 1, 8, 8, 24), Scaling::Raw).unwrap();
        let code = Code::new(vec![(1, 2.0), (9, -1.0), (22, 0.5)]);
        let x = bank.synthesise(&code);
        let found = &Iht::new(3).run(&bank, &x, 1)[0];
        assert!(found.distance_square(&code) < 1e-28);
        assert!(relative_error(&bank, &x, found) < 1e-14);
    }
}
