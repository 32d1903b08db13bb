//! How far a cost model is off.

use std::collections::BTreeMap;

use super::paper_of;

/// How far estimates are from what was recorded.
#[derive(Clone, Debug, serde::Serialize)]
pub struct ModelError {
    /// Claims compared.
    pub claims: usize,
    /// Measurements that nothing could be said of, left out.
    pub guessed: usize,
    /// Seconds estimated, all claims together.
    pub estimated: f64,
    /// Seconds recorded.
    pub recorded: f64,
    /// By paper: estimated and recorded.
    pub papers: BTreeMap<String, (f64, f64)>,
    /// Half of the claims that took a second or more are within this factor.
    pub median_factor: f64,
    /// Nine of ten are within this factor.
    pub wide_factor: f64,
}

impl ModelError {
    /// From estimated and recorded seconds by claim; `None` if there is nothing to compare.
    pub(super) fn of(claims: &BTreeMap<&str, (f64, f64)>, guessed: usize) -> Option<Self> {
        let mut papers: BTreeMap<String, (f64, f64)> = BTreeMap::new();
        for (id, (estimated, recorded)) in claims {
            let slot = papers.entry(paper_of(id).into()).or_default();
            *slot = (slot.0 + estimated, slot.1 + recorded);
        }
        let (estimated, recorded) =
            papers.values().fold((0.0, 0.0), |sum, it| (sum.0 + it.0, sum.1 + it.1));
        let mut factors: Vec<f64> = claims
            .values()
            .filter(|(_, recorded)| *recorded >= 1.0)
            .map(|(estimated, recorded)| {
                let ratio = estimated.max(1e-9) / recorded;
                ratio.max(1.0 / ratio)
            })
            .collect();
        factors.sort_by(f64::total_cmp);
        let at = |share: f64| {
            let place = (share * factors.len() as f64).ceil() as usize;
            factors.get(place.saturating_sub(1)).copied().unwrap_or(f64::NAN)
        };
        let (median_factor, wide_factor) = (at(0.5), at(0.9));
        (!claims.is_empty()).then_some(Self {
            claims: claims.len(),
            guessed,
            estimated,
            recorded,
            papers,
            median_factor,
            wide_factor,
        })
    }
}
