//! Supports of model-sparse codes: 𝓜_k has at most one entry a block, 𝓜_{2k} at most two.

/// A model of sparsity: at most `per_block` entries in a block and `size` in all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Model {
    /// Number of blocks, K.
    pub blocks: usize,
    /// Length of a block, n.
    pub shifts: usize,
    /// Entries in a block, at most.
    pub per_block: usize,
    /// Entries in all, at most.
    pub size: usize,
}

impl Model {
    /// 𝓜_k.
    pub const fn single(blocks: usize, shifts: usize, k: usize) -> Self {
        Self { blocks, shifts, per_block: 1, size: k }
    }

    /// 𝓜_{2k}, the sums of two codes of 𝓜_k: supports with at most two entries a block and 2k in all.
    pub const fn double(blocks: usize, shifts: usize, k: usize) -> Self {
        Self { blocks, shifts, per_block: 2, size: 2 * k }
    }

    /// Plain sparsity: any `size` entries.
    pub const fn plain(blocks: usize, shifts: usize, size: usize) -> Self {
        Self { blocks, shifts, per_block: shifts, size }
    }

    /// Entries of the largest supports: `size`, or all that fit.
    pub fn largest(&self) -> usize {
        self.size.min(self.blocks * self.per_block.min(self.shifts))
    }

    /// Number of supports of the largest size, the coefficient of u^size in (Σ_b C(n, b) u^b)^K.
    pub fn count(&self) -> f64 {
        let size = self.largest();
        let mut block = vec![1.0];
        for b in 1..=self.per_block.min(self.shifts) {
            block.push(block[b - 1] * (self.shifts - b + 1) as f64 / b as f64);
        }
        let mut total = vec![0.0; size + 1];
        total[0] = 1.0;
        for _ in 0..self.blocks {
            let mut next = vec![0.0; size + 1];
            for (taken, ways) in total.iter().enumerate() {
                for (b, choose) in block.iter().enumerate().take(size - taken + 1) {
                    next[taken + b] += ways * choose;
                }
            }
            total = next;
        }
        total[size]
    }

    /// Calls `visit` with every support of the largest size: row indices in increasing order. Larger
    /// supports hold the smaller ones, and eigenvalues interlace, so the largest size suffices for isometry
    /// constants.
    pub fn each(&self, visit: &mut impl FnMut(&[usize])) {
        let mut support = Vec::with_capacity(self.largest());
        self.extend(0, self.largest(), &mut support, visit);
    }

    fn extend(
        &self,
        block: usize,
        missing: usize,
        support: &mut Vec<usize>,
        visit: &mut impl FnMut(&[usize]),
    ) {
        if missing == 0 {
            return visit(support);
        }
        let per_block = self.per_block.min(self.shifts);
        if (self.blocks - block) * per_block < missing {
            return;
        }
        self.within(block, 0, per_block.min(missing), missing, support, visit);
    }

    /// Chooses entries of `block` from shift `from` on, at most `room` more, then goes on to the next block.
    fn within(
        &self,
        block: usize,
        from: usize,
        room: usize,
        missing: usize,
        support: &mut Vec<usize>,
        visit: &mut impl FnMut(&[usize]),
    ) {
        if room > 0 {
            for shift in from..self.shifts {
                support.push(block * self.shifts + shift);
                self.within(block, shift + 1, room - 1, missing - 1, support, visit);
                support.pop();
            }
        }
        self.extend(block + 1, missing, support, visit);
    }
}

/// Splits a support of 2k entries, at most two a block, into two of k entries, at most one a block:
/// double blocks give one entry to each half, single ones go to the halves in turn. `None` if a block holds
/// more than two entries or the number is odd.
pub fn split(support: &[usize], shifts: usize) -> Option<(Vec<usize>, Vec<usize>)> {
    let (mut first, mut second) = (Vec::new(), Vec::new());
    for block in support.chunk_by(|a, b| a / shifts == b / shifts) {
        match *block {
            [a, b] => {
                first.push(a);
                second.push(b);
            }
            [a] if first.len() <= second.len() => first.push(a),
            [a] => second.push(a),
            _ => return None,
        }
    }
    (first.len() == second.len()).then_some((first, second))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(model: Model) -> Vec<Vec<usize>> {
        let mut found = Vec::new();
        model.each(&mut |support| found.push(support.to_vec()));
        found
    }

    #[test]
    fn counts_of_the_paper() {
        // n^k C(K, k) and the coefficients of (1 + 3u + 3u²)^6, (1 + 4u + 6u²)^5 at u⁴, by hand.
        assert_eq!(all(Model::single(6, 3, 2)).len(), 135);
        assert_eq!(all(Model::double(6, 3, 2)).len(), 2970);
        assert_eq!(all(Model::double(5, 4, 2)).len(), 4520);
        assert_eq!(Model::single(96, 28, 10).count().ln().round(), 63.0);
    }

    #[test]
    fn models_that_do_not_fit_are_cut() {
        assert_eq!(all(Model::double(1, 3, 2)), [[0, 1], [0, 2], [1, 2]]);
        assert_eq!(all(Model::single(2, 1, 5)), [[0, 1]]);
    }

    proptest! {
        #[test]
        fn enumeration_counts_and_splits(blocks in 1usize..5, shifts in 1usize..4, k in 1usize..4) {
            for model in [Model::single(blocks, shifts, k), Model::double(blocks, shifts, k), Model::plain(blocks, shifts, k)] {
                let mut found = all(model);
                prop_assert_eq!(found.len() as f64, model.count());
                found.sort();
                found.dedup();
                prop_assert_eq!(found.len() as f64, model.count());
            }
            let double = Model::double(blocks, shifts, k);
            if double.largest() == 2 * k && k <= blocks {
                for support in all(double) {
                    let (a, b) = split(&support, shifts).unwrap();
                    let mut union = [a.clone(), b.clone()].concat();
                    union.sort_unstable();
                    prop_assert_eq!(&union, &support);
                    for half in [a, b] {
                        prop_assert_eq!(half.len(), k);
                        prop_assert!(half.windows(2).all(|w| w[0] / shifts != w[1] / shifts));
                    }
                }
            }
        }
    }
}
