//! All claims of a run with the links between them.

use std::collections::{BTreeMap, BTreeSet};

use crate::results::{ClaimResult, Results, Verdict};

/// Results with an index by id and the reverse of `uses`.
pub struct Site<'a> {
    /// The results.
    pub results: &'a Results,
    by_id: BTreeMap<&'a str, &'a ClaimResult>,
    used_by: BTreeMap<&'a str, Vec<&'a ClaimResult>>,
}

/// What a claim's ancestors make of it: the second channel beside its own verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Footing {
    /// Every claim it leans on, at any remove, holds.
    Firm,
    /// One of them is not decided, or not in this run.
    Open,
    /// One of them is refuted, toothless or failed.
    Shaken,
}

impl Footing {
    /// Class of the stylesheet.
    pub const fn class(self) -> &'static str {
        match self {
            Self::Firm => "firm",
            Self::Open => "open",
            Self::Shaken => "shaken",
        }
    }

    const fn of(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Holds => Self::Firm,
            Verdict::Vacuous | Verdict::Inconclusive | Verdict::Skipped => Self::Open,
            Verdict::Refuted | Verdict::Toothless | Verdict::Error => Self::Shaken,
        }
    }
}

impl<'a> Site<'a> {
    /// Indexes results.
    pub fn new(results: &'a Results) -> Self {
        let by_id = results.claims.iter().map(|claim| (claim.id.as_str(), claim)).collect();
        let mut used_by: BTreeMap<&str, Vec<&ClaimResult>> = BTreeMap::new();
        for claim in &results.claims {
            for id in &claim.uses {
                used_by.entry(id).or_default().push(claim);
            }
        }
        Self { results, by_id, used_by }
    }

    /// The claim with this id, if the run has it.
    pub fn claim(&self, id: &str) -> Option<&'a ClaimResult> {
        self.by_id.get(id).copied()
    }

    /// Claims of a paper, in its order.
    pub fn of_paper(&self, paper: &str) -> Vec<&'a ClaimResult> {
        self.results.claims.iter().filter(|claim| claim.paper == paper).collect()
    }

    /// A claim's page seen from a page with this `root` (`../../`, say).
    pub fn href(&self, root: &str, id: &str) -> Option<String> {
        self.claim(id).map(|claim| format!("{root}claims/{}.html", claim.id))
    }

    /// Claims that use this one directly.
    pub fn users(&self, id: &str) -> &[&'a ClaimResult] {
        self.used_by.get(id).map_or(&[], Vec::as_slice)
    }

    /// All claims this one leans on, at any remove, in the order they are met.
    pub fn ancestors(&self, claim: &ClaimResult) -> Vec<&'a ClaimResult> {
        self.closure(claim, |claim| claim.uses.iter().filter_map(|id| self.claim(id)).collect())
    }

    /// All claims that lean on this one, at any remove.
    pub fn descendants(&self, claim: &ClaimResult) -> Vec<&'a ClaimResult> {
        self.closure(claim, |claim| self.users(&claim.id).to_vec())
    }

    fn closure(
        &self,
        start: &ClaimResult,
        next: impl Fn(&ClaimResult) -> Vec<&'a ClaimResult>,
    ) -> Vec<&'a ClaimResult> {
        let mut seen = BTreeSet::from([start.id.as_str()]);
        let mut found = Vec::new();
        let mut queue = std::collections::VecDeque::from(next(start));
        while let Some(claim) = queue.pop_front() {
            if seen.insert(claim.id.as_str()) {
                found.push(claim);
                queue.extend(next(claim));
            }
        }
        found
    }

    /// Worst of what the claim leans on.
    pub fn footing(&self, claim: &ClaimResult) -> Footing {
        let ancestors = self.ancestors(claim);
        let missing = |claim: &ClaimResult| claim.uses.iter().any(|id| self.claim(id).is_none());
        let gap = missing(claim) || ancestors.iter().any(|ancestor| missing(ancestor));
        let worst = ancestors.iter().map(|ancestor| Footing::of(ancestor.verdict)).max();
        worst.unwrap_or(Footing::Firm).max(if gap { Footing::Open } else { Footing::Firm })
    }
}
