//! Two records held side by side.

use std::collections::BTreeMap;

use serde::Serialize;

use super::record::{ClaimMark, QuantityMark, Record, RunMark};
use crate::results::Verdict;

/// A claim's time is told if it changed by this factor …
const FACTOR: f64 = 2.0;
/// … and by this many seconds.
const SECONDS: f64 = 1.0;
/// Intervals of exact values may miss each other by rounding, relative to their size.
const ROUNDING: f64 = 1e-9;

/// What changed from one run to another.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Changes {
    /// The earlier run.
    pub before: RunMark,
    /// The later run.
    pub after: RunMark,
    /// Claims that both have.
    pub common: usize,
    /// Claims of the earlier run only.
    pub gone: Vec<String>,
    /// Claims of the later run only.
    pub fresh: Vec<String>,
    /// Claims with another verdict.
    pub verdicts: Vec<VerdictChange>,
    /// Claims with the same verdict on another statement, grid or profile.
    pub restated: Vec<String>,
    /// Quantities whose two intervals exclude each other.
    pub moved: Vec<Moved>,
    /// Claims that take another time.
    pub times: Vec<Times>,
}

/// A claim with another verdict.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct VerdictChange {
    /// Id.
    pub id: String,
    /// Verdict before.
    pub before: Verdict,
    /// Verdict after.
    pub after: Verdict,
    /// Whether what was tested changed as well.
    pub restated: bool,
}

/// A quantity that moved beyond its interval.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Moved {
    /// The claim.
    pub id: String,
    /// The quantity before.
    pub before: QuantityMark,
    /// The quantity after.
    pub after: QuantityMark,
}

/// A claim that takes another time.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Times {
    /// Id.
    pub id: String,
    /// Seconds before.
    pub before: f64,
    /// Seconds after.
    pub after: f64,
}

impl Changes {
    /// Whether verdicts, claims and quantities are the same; times may differ.
    pub fn is_quiet(&self) -> bool {
        self.verdicts.is_empty()
            && self.moved.is_empty()
            && self.gone.is_empty()
            && self.fresh.is_empty()
    }

    /// The changes in one sentence.
    pub fn sentence(&self) -> String {
        let mut parts = Vec::new();
        let mut say = |n: usize, one: &str, many: &str| {
            if n > 0 {
                parts.push(format!("{n} {}", if n == 1 { one } else { many }));
            }
        };
        say(self.verdicts.len(), "verdict changed", "verdicts changed");
        say(
            self.moved.len(),
            "quantity moved beyond its interval",
            "quantities moved beyond their intervals",
        );
        say(self.fresh.len(), "claim is new", "claims are new");
        say(self.gone.len(), "claim is not in this run", "claims are not in this run");
        if parts.is_empty() {
            "no verdict and no quantity changed".into()
        } else {
            parts.join(", ")
        }
    }
}

/// Compares two runs.
pub fn compare(before: &Record, after: &Record) -> Changes {
    let old: BTreeMap<&str, &ClaimMark> =
        before.claims.iter().map(|claim| (claim.id.as_str(), claim)).collect();
    let new: BTreeMap<&str, &ClaimMark> =
        after.claims.iter().map(|claim| (claim.id.as_str(), claim)).collect();
    let only = |here: &Record, there: &BTreeMap<&str, &ClaimMark>| -> Vec<String> {
        let ids = here.claims.iter().map(|claim| &claim.id);
        ids.filter(|id| !there.contains_key(id.as_str())).cloned().collect()
    };
    let mut changes = Changes {
        before: before.run.clone(),
        after: after.run.clone(),
        common: 0,
        gone: only(before, &new),
        fresh: only(after, &old),
        verdicts: Vec::new(),
        restated: Vec::new(),
        moved: Vec::new(),
        times: Vec::new(),
    };
    for claim in &after.claims {
        if let Some(old) = old.get(claim.id.as_str()) {
            changes.common += 1;
            changes.claim(old, claim);
        }
    }
    changes.times.sort_by(|a, b| (b.after - b.before).abs().total_cmp(&(a.after - a.before).abs()));
    changes
}

impl Changes {
    fn claim(&mut self, old: &ClaimMark, new: &ClaimMark) {
        let id = || new.id.clone();
        let restated = old.digest != new.digest;
        if old.verdict != new.verdict {
            let (before, after) = (old.verdict, new.verdict);
            self.verdicts.push(VerdictChange { id: id(), before, after, restated });
        } else if restated {
            self.restated.push(id());
        }
        // A reused claim has no time of its own.
        let (before, after) = (old.seconds, new.seconds);
        let (short, long) = (before.min(after), before.max(after));
        if short > 0.0 && long > FACTOR * short && long - short > SECONDS {
            self.times.push(Times { id: id(), before, after });
        }
        let place = |q: &QuantityMark| (q.name.clone(), q.at.clone());
        let known: BTreeMap<_, &QuantityMark> =
            old.quantities.iter().map(|quantity| (place(quantity), quantity)).collect();
        for after in &new.quantities {
            let before = known.get(&place(after)).copied();
            if let Some(before) = before.filter(|before| moved(before, after)) {
                let (before, after) = (before.clone(), after.clone());
                self.moved.push(Moved { id: id(), before, after });
            }
        }
    }
}

/// Whether two enclosures of one number exclude each other.
fn moved(before: &QuantityMark, after: &QuantityMark) -> bool {
    let (Some(old), Some(new)) = (before.value, after.value) else {
        return before.value.is_some() != after.value.is_some();
    };
    let room = ROUNDING * old.abs().max(new.abs());
    let above = |low: &QuantityMark, high: &QuantityMark| {
        low.hi.zip(high.lo).is_some_and(|(hi, lo)| hi + room < lo)
    };
    above(before, after) || above(after, before)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quantity(value: f64, lo: f64, hi: f64) -> QuantityMark {
        let at = "m = 10".to_string();
        QuantityMark { name: "q".into(), at, value: Some(value), lo: Some(lo), hi: Some(hi) }
    }

    fn claim(id: &str, verdict: Verdict, seconds: f64, q: QuantityMark) -> ClaimMark {
        let digest = "b3:1".to_string();
        let (id, quantities) = (id.to_string(), vec![q]);
        ClaimMark { id, verdict, as_expected: true, digest, seconds, quantities }
    }

    fn record(claims: Vec<ClaimMark>) -> Record {
        let (started, profile) = ("2026-01-02T03:04:05Z".into(), "quick".into());
        let run = RunMark { started, profile, seed: 1, commit: "c".into(), seconds: 1.0 };
        Record { schema: 1, run, claims }
    }

    #[test]
    fn what_changed_is_named_and_nothing_else() {
        let before = record(vec![
            claim("a/x", Verdict::Holds, 1.0, quantity(1.0, 0.9, 1.1)),
            claim("a/y", Verdict::Holds, 1.0, quantity(1.0, 1.0, 1.0)),
            claim("a/gone", Verdict::Holds, 1.0, quantity(1.0, 1.0, 1.0)),
        ]);
        let after = record(vec![
            claim("a/x", Verdict::Refuted, 9.0, quantity(1.15, 1.05, 1.2)),
            claim("a/y", Verdict::Holds, 1.5, quantity(1.1, 1.1, 1.1)),
            claim("a/new", Verdict::Holds, 1.0, quantity(1.0, 1.0, 1.0)),
        ]);
        let changes = compare(&before, &after);
        assert_eq!((changes.gone, changes.fresh), (vec!["a/gone".into()], vec!["a/new".into()]));
        assert_eq!(changes.verdicts.len(), 1);
        let moved: Vec<&str> = changes.moved.iter().map(|moved| moved.id.as_str()).collect();
        assert_eq!(moved, ["a/y"], "overlapping intervals have not moved");
        assert_eq!(changes.times.len(), 1);
        assert!(compare(&before, &before).is_quiet());
    }

    #[test]
    fn rounding_and_missing_ends_are_no_move() {
        let exact = quantity(1.0, 1.0, 1.0);
        assert!(!moved(&exact, &quantity(1.0 + 1e-15, 1.0 + 1e-15, 1.0 + 1e-15)));
        let open = QuantityMark { hi: None, ..quantity(0.5, 0.4, 0.0) };
        assert!(!moved(&open, &exact));
        assert!(moved(&exact, &QuantityMark { value: None, ..exact.clone() }));
    }
}
