//! Which claims to run: ids, globs, papers, kinds, shards.

use std::collections::{BTreeMap, BTreeSet};

use globset::Glob;
use serde::{Deserialize, Serialize};

use super::plan::Plan;
use super::work::expected_seconds;
use crate::assertion::Plan as AssertionPlan;
use crate::claim::{Suite, nearest};

/// Longer patterns are refused: compiling them may take any time.
const MAX_PATTERN: usize = 256;

/// What a person asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Selection {
    /// Ids or globs (`arpit2019/lemma-*`); all claims if empty.
    pub patterns: Vec<String>,
    /// Papers; all if empty.
    pub papers: Vec<String>,
    /// Kinds; all if empty.
    pub kinds: Vec<String>,
    /// Shard `i` of `n`, from 1.
    pub shard: Option<(usize, usize)>,
}

impl Selection {
    /// The claims asked for, shards aside.
    ///
    /// # Errors
    /// A pattern that is no glob, or that names nothing, in words.
    pub fn wanted(&self, suite: &Suite) -> Result<Vec<bool>, String> {
        let mut wanted = vec![self.patterns.is_empty(); suite.claims.len()];
        for pattern in &self.patterns {
            if pattern.len() > MAX_PATTERN {
                let message = format!("a pattern of {} bytes is too long", pattern.len());
                return Err(format!("{message}, {MAX_PATTERN} are allowed"));
            }
            let glob = Glob::new(pattern)
                .map_err(|error| format!("`{pattern}` is no pattern: {error}"))?;
            let matcher = glob.compile_matcher();
            let mut hit = false;
            for (index, id) in suite.ids().enumerate() {
                if matcher.is_match(id) {
                    wanted[index] = true;
                    hit = true;
                }
            }
            if !hit {
                let near = nearest(pattern, suite.ids());
                let hint = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
                return Err(format!("no claim matches `{pattern}`{hint}"));
            }
        }
        for (index, loaded) in suite.claims.iter().enumerate() {
            let paper = loaded.claim.id.split('/').next().unwrap_or_default().to_string();
            let kind = loaded.claim.kind.name();
            wanted[index] &= self.papers.is_empty() || self.papers.contains(&paper);
            wanted[index] &= self.kinds.is_empty() || self.kinds.contains(&kind);
        }
        Ok(wanted)
    }

    /// The claims of this shard among those wanted: dealt out by cost, heaviest first, to the
    /// lightest shard, so that every shard of the same suite knows its own.
    pub fn sharded(&self, plan: &Plan, wanted: &[bool]) -> Vec<bool> {
        let Some((shard, of)) = self.shard else { return wanted.to_vec() };
        let cost = |index: usize| -> f64 {
            // Arms may share measurements.
            let mut seen = BTreeSet::new();
            let cells = plan.claims[index].arms.iter().flat_map(|arm| &arm.cells);
            cells.filter(|cell| seen.insert(cell.key_parts().key())).map(expected_seconds).sum()
        };
        let mut claims: Vec<(f64, usize)> = (0..wanted.len())
            .filter(|&index| wanted[index])
            .map(|index| (cost(index), index))
            .collect();
        claims.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let mut loads = vec![0.0; of];
        let mut mine = vec![false; wanted.len()];
        for (cost, index) in claims {
            let lightest =
                (0..of).min_by(|&a, &b| f64::total_cmp(&loads[a], &loads[b])).unwrap_or(0);
            loads[lightest] += cost + 1e-6;
            mine[index] = lightest + 1 == shard;
        }
        mine
    }
}

/// Ids that a claim's `all-of` assertions name, in its checks and controls.
pub fn all_of_targets(plan: &Plan, index: usize) -> BTreeSet<String> {
    let arms = plan.claims[index].arms.iter();
    arms.flat_map(|arm| &arm.check.assert)
        .filter_map(|assertion| match assertion.plan() {
            Ok(AssertionPlan::Claims(ids)) => Some(ids),
            _ => None,
        })
        .flatten()
        .collect()
}

/// Adds the claims that selected `all-of` claims speak of, until nothing is missing.
pub fn with_targets(suite: &Suite, plan: &Plan, mut selected: Vec<bool>) -> Vec<bool> {
    let index_of: BTreeMap<&str, usize> = suite.ids().enumerate().map(|(i, id)| (id, i)).collect();
    let mut open: Vec<usize> = (0..selected.len()).filter(|&index| selected[index]).collect();
    while let Some(index) = open.pop() {
        for target in all_of_targets(plan, index) {
            if let Some(&target) = index_of.get(target.as_str())
                && !selected[target]
            {
                selected[target] = true;
                open.push(target);
            }
        }
    }
    selected
}
