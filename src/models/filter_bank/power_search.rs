//! Supports with a large eigenvalue, by truncated power iteration, and what they prove.
//!
//! The isometry constant of a bank of realistic size can't be enumerated, but one support bounds it from
//! below, and one code bounds the eigenvalue of its support: λ_max(W_S W_Sᵀ) ≥ ‖Wᵀz‖²/‖z‖² for every z on S.

use nalgebra::SymmetricEigen;

use super::bank::Bank;
use super::codes::Code;
use super::gram::{Correlations, Products};
use crate::maths::Interval;
use crate::random::Stream;

/// A search for a support of a model with a large eigenvalue.
#[derive(Clone, Copy, Debug)]
pub struct PowerSearch {
    /// Entries that a block may have: 1 for 𝓜_k, 2 for 𝓜_{2k}.
    pub per_block: usize,
    /// Entries in all.
    pub size: usize,
    /// Random starts.
    pub starts: usize,
    /// Power steps from each start.
    pub steps: usize,
    /// Rounds of exchanging single entries, from the best support.
    pub exchanges: usize,
}

impl PowerSearch {
    /// The best code that is found: an eigenvector of its own support. Empty if the model is empty.
    pub fn run(&self, gram: &Correlations, stream: &mut Stream) -> Code {
        let mut best = (f64::NEG_INFINITY, Code::default());
        for _ in 0..self.starts {
            let found = self.climb(gram, self.start(gram, stream));
            if found.0 > best.0 {
                best = found;
            }
        }
        for _ in 0..self.exchanges {
            let before = best.0;
            best = self.exchange(gram, best);
            if best.0 <= before {
                break;
            }
        }
        best.1
    }

    fn start(&self, gram: &Correlations, stream: &mut Stream) -> Vec<f64> {
        let mut start = vec![0.0; gram.rows()];
        // Windows must coincide for a large eigenvalue: half of the rows near one shift get more weight.
        let centre = stream.below(gram.shifts() as u64) as usize;
        for (row, value) in start.iter_mut().enumerate() {
            let far = (row % gram.shifts()).abs_diff(centre) as f64;
            *value = stream.normal() / (1.0 + far);
        }
        start
    }

    /// Truncate, multiply by the Gram matrix, and so on; at the end the eigenvector of the support.
    fn climb(&self, gram: &Correlations, start: Vec<f64>) -> (f64, Code) {
        let mut support = self.truncate(&start, gram.shifts());
        let mut found = top(gram, &support);
        for _ in 0..self.steps {
            let product = multiply(gram, &found.1);
            let next = self.truncate(&product, gram.shifts());
            if next == support {
                break;
            }
            support = next;
            found = top(gram, &support);
        }
        found
    }

    /// Rows of the model with the largest moduli.
    fn truncate(&self, b: &[f64], shifts: usize) -> Vec<usize> {
        let mut rows = Vec::new();
        for block in 0..b.len() / shifts {
            let mut own: Vec<usize> = (block * shifts..(block + 1) * shifts).collect();
            own.sort_by(|x, y| b[*y].abs().total_cmp(&b[*x].abs()));
            rows.extend(own.into_iter().take(self.per_block));
        }
        rows.sort_by(|x, y| b[*y].abs().total_cmp(&b[*x].abs()).then(x.cmp(y)));
        rows.truncate(self.size);
        rows.sort_unstable();
        rows
    }

    /// One round: every entry in turn goes to the row that raises the eigenvalue most, to first order.
    fn exchange(&self, gram: &Correlations, mut best: (f64, Code)) -> (f64, Code) {
        for slot in 0..best.1.entries().len() {
            let mut rest = best.1.entries().to_vec();
            rest.remove(slot);
            let product = multiply(gram, &Code::new(rest.clone()));
            let kept: Vec<usize> = rest.iter().map(|entry| entry.0).collect();
            let allowed = |row: &usize| {
                let own = kept.iter().filter(|other| *other / gram.shifts() == row / gram.shifts());
                !kept.contains(row) && own.count() < self.per_block
            };
            let rows = (0..gram.rows()).filter(allowed);
            let Some(row) = rows.max_by(|a, b| product[*a].abs().total_cmp(&product[*b].abs()))
            else {
                continue;
            };
            let found = top(gram, &[kept, vec![row]].concat());
            if found.0 > best.0 {
                best = found;
            }
        }
        best
    }
}

/// Largest eigenvalue of a support and its eigenvector as a code.
fn top(gram: &impl Products, support: &[usize]) -> (f64, Code) {
    if support.is_empty() {
        return (f64::NEG_INFINITY, Code::default());
    }
    let eigen = SymmetricEigen::new(gram.block(support));
    let index = eigen.eigenvalues.imax();
    let vector = eigen.eigenvectors.column(index);
    let code = support.iter().copied().zip(vector.iter().copied()).collect();
    (eigen.eigenvalues[index], Code::new(code))
}

/// W Wᵀ z for a code.
fn multiply(gram: &impl Products, code: &Code) -> Vec<f64> {
    let row = |row| code.entries().iter().map(|&(other, value)| gram.dot(row, other) * value).sum();
    (0..gram.rows()).map(row).collect()
}

/// ‖Wᵀz‖²/‖z‖² in interval arithmetic: what the code proves of λ_max, and of λ_min from above.
pub fn certified_ratio(bank: &Bank, code: &Code) -> Interval {
    let shape = &bank.shape;
    let wide = shape.positions()[1];
    let mut x = vec![Interval::point(0.0); shape.columns()];
    for &(row, value) in code.entries() {
        let shift = row % shape.shifts();
        bank.fill_row(row / shape.shifts(), [shift / wide, shift % wide], |column, weight| {
            x[column] = x[column] + Interval::point(weight) * Interval::point(value);
        });
    }
    let square = |total: Interval, x: &Interval| total + x.powi(2);
    let signal = x.iter().fold(Interval::point(0.0), square);
    let values = code.entries().iter().map(|entry| Interval::point(entry.1)).collect::<Vec<_>>();
    signal / values.iter().fold(Interval::point(0.0), square)
}

/// The largest eigenvalue of a random support of the model 𝓜_k.
pub fn random_support(gram: &Correlations, size: usize, stream: &mut Stream) -> f64 {
    let n = gram.shifts();
    let mut blocks: Vec<usize> = (0..gram.blocks()).collect();
    stream.shuffle(&mut blocks);
    let support: Vec<usize> =
        blocks.iter().take(size).map(|b| b * n + stream.below(n as u64) as usize).collect();
    top(gram, &support).0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::filter_bank::rip::spectrum;
    use crate::models::filter_bank::supports::Model;
    use crate::models::filter_bank::{Gram, Law, Scaling, Shape};
    use crate::random::StreamKey;

    fn search(per_block: usize, size: usize) -> PowerSearch {
        PowerSearch { per_block, size, starts: 20, steps: 30, exchanges: 5 }
    }

    #[test]
    fn the_enumerated_maximum_is_found_and_certified() {
        let bank = Law::Dfb.bank(Shape::line(5, 3, 3, 1, 6), Scaling::Unit).unwrap();
        let gram = Correlations::of(&bank).unwrap();
        let mut stream = StreamKey::derive(1, "power", "{}").trial(0);
        for (per_block, size, model) in
            [(1, 3, Model::single(5, 4, 3)), (2, 4, Model::double(5, 4, 2))]
        {
            let exact = spectrum(&Gram::of(&bank), &model, 9).unwrap().max;
            let code = search(per_block, size).run(&gram, &mut stream);
            let ratio = certified_ratio(&bank, &code);
            assert!(ratio.width() < 1e-12 && ratio.hi <= exact + 1e-9, "{ratio:?} {exact}");
            assert!(ratio.lo > 0.98 * exact, "{ratio:?} {exact}");
            let own = gram.block(&code.support()).symmetric_eigenvalues().max();
            assert!((own - ratio.lo).abs() < 1e-9);
        }
    }

    #[test]
    fn single_entries_of_unit_rows_prove_nothing() {
        let bank = Law::Dfb.bank(Shape::line(5, 3, 3, 1, 6), Scaling::Unit).unwrap();
        let mut stream = StreamKey::derive(2, "power", "{}").trial(0);
        let code = search(1, 1).run(&Correlations::of(&bank).unwrap(), &mut stream);
        assert!(
            certified_ratio(&bank, &code).contains(1.0)
                || (certified_ratio(&bank, &code).lo - 1.0).abs() < 1e-15
        );
    }
}
