//! Autoencoders with weight matrices that are drawn entry by entry.

use super::weight_law::WeightLaw;
use super::weights::{Shape, Weights, add_scaled, dot};
use crate::random::Stream;

/// Networks with at most this many weights keep them between encoder and decoder (16 MB: more would be
/// paid for in page faults); larger ones draw each matrix again from its own stream, row by row, so that
/// none is ever held.
const KEPT: usize = 1 << 21;

/// Fresh matrices of independent entries.
pub struct Dense {
    shapes: Vec<Shape>,
    law: WeightLaw,
    stream: Stream,
    tied: bool,
    keep: bool,
    kept: Vec<Vec<f64>>,
}

impl Dense {
    /// Matrices of these shapes, for layers 1, …, L. With `tied: false` the decoder uses
    /// independent copies of them: the usual, untied network.
    pub fn new(shapes: Vec<Shape>, law: WeightLaw, stream: Stream, tied: bool) -> Self {
        let entries: usize = shapes.iter().map(|shape| shape.rows * shape.columns).sum();
        let kept = vec![Vec::new(); shapes.len()];
        Self { shapes, law, stream, tied, keep: tied && entries <= KEPT, kept }
    }

    /// The stream of the matrix of a layer: the same for each use, unless the decoder has its own.
    fn rows_of(&self, layer: usize, decoder: bool) -> Stream {
        self.stream.substream(2 * layer as u64 + u64::from(decoder && !self.tied))
    }
}

impl Weights for Dense {
    fn encode(&mut self, layer: usize, s: &[f64], y: &mut [f64]) {
        let shape = self.shapes[layer - 1];
        let (columns, scale) = (shape.columns, shape.entry_scale());
        let mut stream = self.rows_of(layer, false);
        let mut matrix = vec![0.0; if self.keep { shape.rows * columns } else { columns }];
        for (i, y) in y.iter_mut().enumerate() {
            let from = if self.keep { i * columns } else { 0 };
            let row = &mut matrix[from..from + columns];
            self.law.fill(&mut stream, row);
            *y = scale * dot(row, s);
        }
        if self.keep {
            self.kept[layer - 1] = matrix;
        }
    }

    fn decode(&mut self, layer: usize, a: &[f64], out: &mut [f64]) {
        let shape = self.shapes[layer - 1];
        let (columns, scale) = (shape.columns, shape.entry_scale());
        out.fill(0.0);
        if self.keep {
            let matrix = std::mem::take(&mut self.kept[layer - 1]);
            for (row, a) in matrix.chunks_exact(columns).zip(a) {
                add_scaled(out, scale * a, row);
            }
            return;
        }
        let mut stream = self.rows_of(layer, true);
        let mut row = vec![0.0; columns];
        for a in a {
            self.law.fill(&mut stream, &mut row);
            add_scaled(out, scale * a, &row);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::StreamKey;

    fn shapes(n: usize) -> Vec<Shape> {
        vec![Shape { rows: n + 1, columns: n, variance: 2.0 }]
    }

    /// ⟨W s, a⟩ = ⟨s, Wᵀ a⟩ for every s and a exactly if the two matrices are one, kept or redrawn.
    #[test]
    fn tied_matrices_are_the_same_and_untied_are_not() {
        for (law, n, tied) in [
            (WeightLaw::Gauss, 40, true),
            (WeightLaw::Sparse, 40, true),
            (WeightLaw::Laplace, 1500, true),
            (WeightLaw::Gauss, 40, false),
        ] {
            let stream = StreamKey::derive(1, "dense", "test").trial(0);
            let mut weights = Dense::new(shapes(n), law, stream, tied);
            assert_eq!(weights.keep, tied && n < 1000);
            let s: Vec<f64> = (0..n).map(|i| (i as f64).sin()).collect();
            let a: Vec<f64> = (0..=n).map(|i| (i as f64).cos()).collect();
            let (mut y, mut back) = (vec![0.0; n + 1], vec![0.0; n]);
            weights.encode(1, &s, &mut y);
            weights.decode(1, &a, &mut back);
            let gap = (dot(&y, &a) - dot(&s, &back)).abs() / n as f64;
            assert_eq!(gap < 1e-12, tied, "{law:?} {n} {gap}");
        }
    }
}
