//! Codes with few entries, and pooling: the best code of 𝓜_k, and what takes its place.

use schemars::JsonSchema;
use serde::Deserialize;

use super::shape::Shape;
use crate::random::Stream;

/// A sparse code: rows and values, by increasing row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Code {
    entries: Vec<(usize, f64)>,
}

/// How a block becomes one number at one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Pooling {
    /// The entry of largest modulus stays where it is: 𝐌, the projection on 𝓜_k.
    MaxAbs,
    /// The largest entry stays where it is, blocks ranked by modulus (ordinary max pooling).
    Signed,
    /// Negative entries are set to 0 first.
    Relu,
    /// The entry of largest modulus is put at the first place of its block: fixed switches.
    Fixed,
}

impl Code {
    /// From rows and values, each row at most once.
    pub fn new(mut entries: Vec<(usize, f64)>) -> Self {
        entries.sort_by_key(|entry| entry.0);
        Self { entries }
    }

    /// Rows and values, by increasing row.
    pub fn entries(&self) -> &[(usize, f64)] {
        &self.entries
    }

    /// The rows.
    pub fn support(&self) -> Vec<usize> {
        self.entries.iter().map(|entry| entry.0).collect()
    }

    /// ‖z‖².
    pub fn square(&self) -> f64 {
        self.entries.iter().map(|entry| entry.1 * entry.1).sum()
    }

    /// The value in a row, 0 if there is none.
    pub fn get(&self, row: usize) -> f64 {
        self.entries
            .binary_search_by_key(&row, |entry| entry.0)
            .map_or(0.0, |index| self.entries[index].1)
    }

    /// All entries of the vector of length `rows`.
    pub fn dense(&self, rows: usize) -> Vec<f64> {
        let mut dense = vec![0.0; rows];
        self.entries.iter().for_each(|&(row, value)| dense[row] = value);
        dense
    }

    /// ‖z − z′‖².
    pub fn distance_square(&self, other: &Self) -> f64 {
        let own = self.entries.iter().map(|&(row, value)| (value - other.get(row)).powi(2));
        let theirs = other.entries.iter().filter(|(row, _)| self.position(*row).is_none());
        own.sum::<f64>() + theirs.map(|entry| entry.1 * entry.1).sum::<f64>()
    }

    /// ‖z restricted to rows outside the other's support‖².
    pub fn square_outside(&self, other: &Self) -> f64 {
        let outside = self.entries.iter().filter(|(row, _)| other.position(*row).is_none());
        outside.map(|entry| entry.1 * entry.1).sum()
    }

    fn position(&self, row: usize) -> Option<usize> {
        self.entries.binary_search_by_key(&row, |entry| entry.0).ok()
    }

    /// The code multiplied by a number.
    pub fn times(&self, factor: f64) -> Self {
        Self { entries: self.entries.iter().map(|&(row, value)| (row, factor * value)).collect() }
    }

    /// A random code of 𝓜_k: blocks a uniform subset, shifts uniform, values from `value`.
    pub fn random(
        shape: &Shape,
        k: usize,
        stream: &mut Stream,
        mut value: impl FnMut(&mut Stream) -> f64,
    ) -> Self {
        let n = shape.shifts();
        let mut blocks: Vec<usize> = (0..shape.filters).collect();
        stream.shuffle(&mut blocks);
        let mut entry = |block: &usize| {
            let row = block * n + stream.below(n as u64) as usize;
            (row, value(stream))
        };
        Self::new(blocks.iter().take(k).map(&mut entry).collect())
    }

    /// The fixed code of 10 entries: block i = 0, …, 9, shift 3i mod n, value 1 − i/10.
    pub fn fixed(shifts: usize) -> Self {
        Self::new((0..10).map(|i| (i * shifts + 3 * i % shifts, 1.0 - i as f64 / 10.0)).collect())
    }
}

/// The pooled entry of a block: where it is put and where it comes from, within the block.
fn pool(block: &[f64], pooling: Pooling) -> (usize, usize) {
    let key = |x: f64| match pooling {
        Pooling::MaxAbs | Pooling::Fixed => x.abs(),
        Pooling::Signed => x,
        Pooling::Relu => x.max(0.0),
    };
    let mut source = 0;
    for (j, x) in block.iter().enumerate() {
        if key(*x) > key(block[source]) {
            source = j;
        }
    }
    (if pooling == Pooling::Fixed { 0 } else { source }, source)
}

/// What pooling and ranking keep: (row where the value is put, row whose value it is), by increasing row.
/// Ties go to the first. Zeros are left out.
pub fn select(h: &[f64], shifts: usize, k: usize, pooling: Pooling) -> Vec<(usize, usize)> {
    let clipped = |x: f64| if pooling == Pooling::Relu { x.max(0.0) } else { x };
    let size = |entry: &(usize, usize)| clipped(h[entry.1]).abs();
    let blocks = h.chunks(shifts).enumerate();
    let mut kept: Vec<(usize, usize)> = blocks
        .map(|(i, block)| {
            let (place, source) = pool(block, pooling);
            (i * shifts + place, i * shifts + source)
        })
        .filter(|entry| size(entry) > 0.0)
        .collect();
    if k < kept.len() {
        kept.sort_by(|a, b| size(b).total_cmp(&size(a)).then(a.0.cmp(&b.0)));
        kept.truncate(k);
        kept.sort_unstable();
    }
    kept
}

/// 𝐌(h, k): one value a block by `pooling`, then the k blocks of largest modulus (gilbert2017, Eqs. 2, 3).
pub fn project(h: &[f64], shifts: usize, k: usize, pooling: Pooling) -> Code {
    let kept = select(h, shifts, k, pooling);
    Code { entries: kept.into_iter().map(|(place, source)| (place, h[source])).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::filter_bank::supports::Model;
    use proptest::prelude::*;

    #[test]
    fn pooling_by_hand() {
        let h = [1.0, -3.0, 2.0, 0.5, -0.5, 0.25];
        let all = |pooling| project(&h, 3, 2, pooling).entries().to_vec();
        assert_eq!(all(Pooling::MaxAbs), [(1, -3.0), (3, 0.5)]);
        assert_eq!(all(Pooling::Signed), [(2, 2.0), (3, 0.5)]);
        assert_eq!(all(Pooling::Relu), [(2, 2.0), (3, 0.5)]);
        assert_eq!(all(Pooling::Fixed), [(0, -3.0), (3, 0.5)]);
        assert_eq!(project(&h, 3, 1, Pooling::MaxAbs).entries(), [(1, -3.0)]);
        assert!(project(&[-1.0, -2.0], 2, 1, Pooling::Relu).entries().is_empty());
    }

    #[test]
    fn distances() {
        let (a, b) = (Code::new(vec![(4, 2.0), (1, 1.0)]), Code::new(vec![(4, 1.0), (6, 3.0)]));
        assert_eq!((a.distance_square(&b), b.distance_square(&a)), (11.0, 11.0));
        assert_eq!((a.square_outside(&b), b.square_outside(&a)), (1.0, 9.0));
    }

    proptest! {
        #[test]
        fn the_projection_is_the_best_code(h in prop::collection::vec(-3.0f64..3.0, 12), k in 1usize..4) {
            let code = project(&h, 3, k, Pooling::MaxAbs);
            let mut best = 0.0f64;
            Model::single(4, 3, k).each(&mut |support| {
                best = best.max(support.iter().map(|&row| h[row] * h[row]).sum());
            });
            prop_assert!((code.square() - best).abs() < 1e-12);
        }
    }
}
