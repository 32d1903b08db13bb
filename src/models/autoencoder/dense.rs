//! Autoencoders with weight matrices that are drawn entry by entry.

use super::weight_law::WeightLaw;
use super::weights::{Shape, Weights, add_scaled, dot};
use crate::models::precision::MOST_DOUBLES;
use crate::models::single;
use crate::random::Stream;

mod kept;

use kept::Kept;

/// Rows that are drawn together in single precision.
const TOGETHER: usize = 8;

/// Fresh matrices of independent entries.
///
/// Networks with at most [`MOST_DOUBLES`] weights draw them in double precision and keep them between encoder and decoder.
/// Larger ones draw each matrix again from its own stream, row by row, or, if they are Gaussian, draw them in single
/// precision, rounded to multiples of 2⁻¹² ([`single::to_lattice`]), and keep the multiples where [`kept`] has room for them.
/// The rounding adds 5e-9 to the entries' variance and products are good to 1e-7, where a mean over the width of such a net and
/// over 10⁵ passes varies by 1e-5 and more; kept or drawn again, the numbers are the same.
pub struct Dense {
    shapes: Vec<Shape>,
    law: WeightLaw,
    stream: Stream,
    tied: bool,
    kind: Kind,
}

/// How the entries are drawn and kept.
enum Kind {
    /// In double precision, row by row, twice.
    Redrawn,
    /// In double precision, the matrices of the encoder kept.
    Small(Vec<Vec<f64>>),
    /// In single precision.
    Single(Option<Kept>),
}

impl Dense {
    /// Matrices of these shapes, for layers 1, …, L. With `tied: false` the decoder uses
    /// independent copies of them: the usual, untied network.
    pub fn new(shapes: Vec<Shape>, law: WeightLaw, stream: Stream, tied: bool) -> Self {
        let entries: usize = shapes.iter().map(|shape| shape.rows * shape.columns).sum();
        let kind = match (entries <= MOST_DOUBLES, law) {
            (true, _) if tied => Kind::Small(vec![Vec::new(); shapes.len()]),
            (false, WeightLaw::Gauss) => Kind::Single(tied.then(|| Kept::new(entries)).flatten()),
            _ => Kind::Redrawn,
        };
        Self { shapes, law, stream, tied, kind }
    }

    /// The stream of the matrix of a layer: the same for each use, unless the decoder has its own.
    fn rows_of(&self, layer: usize, decoder: bool) -> Stream {
        self.stream.substream(2 * layer as u64 + u64::from(decoder && !self.tied))
    }

    /// Where the kept entries of a layer are.
    fn range(&self, layer: usize) -> std::ops::Range<usize> {
        let entries = |shape: &Shape| shape.rows * shape.columns;
        let first: usize = self.shapes[..layer - 1].iter().map(entries).sum();
        first..first + entries(&self.shapes[layer - 1])
    }

    fn encode_single(&mut self, layer: usize, s: &[f64], y: &mut [f64]) {
        let (columns, range) = (self.shapes[layer - 1].columns, self.range(layer));
        let mut stream = self.rows_of(layer, false);
        let s = single::rounded(s);
        let mut rows = vec![0.0; TOGETHER * columns];
        let mut spare = vec![0; TOGETHER * columns];
        let mut kept = match &mut self.kind {
            Kind::Single(Some(kept)) => &mut kept.all()[range],
            _ => &mut [],
        };
        for y in y.chunks_mut(TOGETHER) {
            let count = y.len() * columns;
            let (now, later) = kept.split_at_mut(count.min(kept.len()));
            kept = later;
            let now = if now.is_empty() { &mut spare[..count] } else { now };
            stream.fill_normal_f32(&mut rows[..count]);
            single::to_lattice(&mut rows[..count], now);
            single::products(&rows[..count], &s, y);
        }
    }

    fn decode_single(&mut self, layer: usize, a: &[f64], out: &mut [f64]) {
        let (columns, range) = (self.shapes[layer - 1].columns, self.range(layer));
        let a = single::rounded(a);
        if let Kind::Single(Some(kept)) = &mut self.kind {
            single::combine(&kept.all()[range], &a, out);
            return;
        }
        let mut stream = self.rows_of(layer, true);
        let mut rows = vec![0.0; TOGETHER * columns];
        let mut kept = vec![0; TOGETHER * columns];
        for a in a.chunks(TOGETHER) {
            let count = a.len() * columns;
            stream.fill_normal_f32(&mut rows[..count]);
            single::to_lattice(&mut rows[..count], &mut kept[..count]);
            single::combine(&kept[..count], a, out);
        }
    }
}

impl Weights for Dense {
    fn encode(&mut self, layer: usize, s: &[f64], y: &mut [f64]) {
        let shape = self.shapes[layer - 1];
        let (columns, scale) = (shape.columns, shape.entry_scale());
        if matches!(self.kind, Kind::Single(_)) {
            self.encode_single(layer, s, y);
            y.iter_mut().for_each(|y| *y *= scale / f64::from(single::LATTICE));
            return;
        }
        let mut stream = self.rows_of(layer, false);
        let keep = matches!(self.kind, Kind::Small(_));
        let mut matrix = vec![0.0; if keep { shape.rows * columns } else { columns }];
        for (i, y) in y.iter_mut().enumerate() {
            let from = if keep { i * columns } else { 0 };
            let row = &mut matrix[from..from + columns];
            self.law.fill(&mut stream, row);
            *y = scale * dot(row, s);
        }
        if let Kind::Small(kept) = &mut self.kind {
            kept[layer - 1] = matrix;
        }
    }

    fn decode(&mut self, layer: usize, a: &[f64], out: &mut [f64]) {
        let shape = self.shapes[layer - 1];
        let (columns, scale) = (shape.columns, shape.entry_scale());
        out.fill(0.0);
        match &mut self.kind {
            Kind::Single(_) => {
                self.decode_single(layer, a, out);
                out.iter_mut().for_each(|x| *x *= scale / f64::from(single::LATTICE));
            }
            Kind::Small(kept) => {
                let matrix = std::mem::take(&mut kept[layer - 1]);
                for (row, a) in matrix.chunks_exact(columns).zip(a) {
                    add_scaled(out, scale * a, row);
                }
            }
            Kind::Redrawn => {
                let mut stream = self.rows_of(layer, true);
                let mut row = vec![0.0; columns];
                for a in a {
                    self.law.fill(&mut stream, &mut row);
                    add_scaled(out, scale * a, &row);
                }
            }
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

    fn dense(n: usize, law: WeightLaw, tied: bool) -> Dense {
        Dense::new(shapes(n), law, StreamKey::derive(1, "dense", "test").trial(0), tied)
    }

    /// `W s` and `Wᵀ a` for fixed s and a.
    fn pass(weights: &mut Dense, n: usize) -> [Vec<f64>; 4] {
        let s: Vec<f64> = (0..n).map(|i| (i as f64).sin()).collect();
        let a: Vec<f64> = (0..=n).map(|i| (i as f64).cos()).collect();
        let (mut y, mut back) = (vec![0.0; n + 1], vec![0.0; n]);
        weights.encode(1, &s, &mut y);
        weights.decode(1, &a, &mut back);
        [s, a, y, back]
    }

    /// ⟨W s, a⟩ = ⟨s, Wᵀ a⟩ for every s and a exactly if the two matrices are one, kept or redrawn.
    #[test]
    fn tied_matrices_are_the_same_and_untied_are_not() {
        for (law, n, tied) in [
            (WeightLaw::Gauss, 40, true),
            (WeightLaw::Sparse, 40, true),
            (WeightLaw::Laplace, 1500, true),
            (WeightLaw::Gauss, 1500, true),
            (WeightLaw::Gauss, 40, false),
            (WeightLaw::Gauss, 1500, false),
        ] {
            let mut weights = dense(n, law, tied);
            assert_eq!(matches!(weights.kind, Kind::Small(_)), tied && n < 1000);
            let single = matches!(weights.kind, Kind::Single(_));
            assert_eq!(single, law == WeightLaw::Gauss && n > 1000);
            let [s, a, y, back] = pass(&mut weights, n);
            let gap = (dot(&y, &a) - dot(&s, &back)).abs() / n as f64;
            // Without ties it is of order 1/√n.
            let room = if single { 1e-7 } else { 1e-12 };
            assert_eq!(gap < room, tied, "{law:?} {n} {gap}");
        }
    }

    #[test]
    fn kept_or_drawn_again_is_the_same() {
        let n = 1453;
        let (mut kept, mut redrawn) =
            (dense(n, WeightLaw::Gauss, true), dense(n, WeightLaw::Gauss, true));
        assert!(matches!(kept.kind, Kind::Single(Some(_))));
        redrawn.kind = Kind::Single(None);
        assert_eq!(pass(&mut kept, n), pass(&mut redrawn, n));
    }

    /// Given s and an independent a, entries of W s are N(0, 2‖s‖²/n) and those of Wᵀ a are N(0, 2‖a‖²/n), independent:
    /// moments in single precision within five standard errors.
    #[test]
    fn single_precision_has_the_law_of_normals() {
        let n = 1500;
        let [s, a, y, back] = pass(&mut dense(n, WeightLaw::Gauss, false), n);
        for (input, output) in [(s, y), (a, back)] {
            let scale = (2.0 * dot(&input, &input) / n as f64).sqrt();
            let unit: Vec<f64> = output.iter().map(|x| x / scale).collect();
            let count = unit.len() as f64;
            for (power, mean, variance) in
                [(1, 0.0, 1.0), (2, 1.0, 2.0), (3, 0.0, 15.0), (4, 3.0, 96.0)]
            {
                let found = unit.iter().map(|x| x.powi(power)).sum::<f64>() / count;
                let error = (variance / count).sqrt();
                assert!((found - mean).abs() < 5.0 * error, "{power}: {found} ± {error}");
            }
        }
    }
}
