//! The plan: every claim as cells to measure, and where each answer goes.

mod builder;
mod share;
mod terms;

use rayon::prelude::*;
use serde_json::Value;

pub use builder::axes_of;

use crate::claim::{Check, Control, Expect, Loaded, Profile, Suite, overlaid};
use crate::measure::{Cell, Request, uses_samples};
use crate::results::Point;
use crate::stats::Budget;
use builder::Builder;

/// What to run with.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// How much to spend.
    pub profile: Profile,
    /// Suite seed.
    pub seed: u64,
    /// False-alarm budget of the suite.
    pub budget: f64,
}

/// A whole suite, planned.
pub struct Plan {
    /// The claims, in the suite's order.
    pub claims: Vec<ClaimPlan>,
    /// Error probability of each interval.
    pub alpha: f64,
    /// Number of intervals planned.
    pub intervals: usize,
}

/// A claim, planned.
pub struct ClaimPlan {
    /// Index of the claim in the suite.
    pub claim: usize,
    /// The verdict that the file expects at this profile.
    pub expect: Expect,
    /// The checks, each followed by its controls.
    pub arms: Vec<Arm>,
    /// Why it can't be planned, in words.
    pub failure: Option<String>,
}

/// A check as it runs: the claim's own, or disturbed by a control.
pub struct Arm {
    /// Index of the check in the claim.
    pub check_index: usize,
    /// The control that disturbs it.
    pub control: Option<Control>,
    /// The check with profile and control laid over it.
    pub check: Check,
    /// What is measured.
    pub cells: Vec<Cell>,
    /// The questions, in order: what for, and where the answer will be.
    pub asks: Vec<Ask>,
}

/// A question of an arm.
pub struct Ask {
    /// What it is for.
    pub slot: Slot,
    /// The grid point.
    pub point: Point,
    /// Whether the bound says anything here.
    pub informative: bool,
    /// Index of the cell.
    pub cell: usize,
    /// Index of the request in the cell.
    pub request: usize,
}

/// What an answer is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    /// An assertion (index in the check).
    Assertion(usize),
    /// A reported quantity (index in the check).
    Quantity(usize),
    /// The condition of a reported quantity: its value counts where this is not zero.
    Condition(usize),
    /// A series of a plot.
    Plot {
        /// Index of the plot.
        plot: usize,
        /// Index of the series.
        series: usize,
    },
    /// The abscissa of the preceding plot answer.
    Abscissa {
        /// Index of the plot.
        plot: usize,
        /// Index of the series.
        series: usize,
    },
    /// The colour of a field's cell (index of the plot).
    Field(usize),
    /// A picture of a gallery.
    Picture {
        /// Index of the gallery.
        gallery: usize,
        /// Index of the row.
        row: usize,
    },
    /// The number under the preceding picture.
    Note {
        /// Index of the gallery.
        gallery: usize,
        /// Index of the row.
        row: usize,
    },
}

impl Plan {
    /// Plans every claim of a suite. Claims that can't be planned carry the reason.
    pub fn new(suite: &Suite, settings: Settings) -> Self {
        let mut claims: Vec<ClaimPlan> = (0..suite.claims.len())
            .into_par_iter()
            .map(|index| {
                let loaded = &suite.claims[index];
                let (arms, failure) = match arms(loaded, settings) {
                    Ok(arms) => (arms, None),
                    Err(message) => (Vec::new(), Some(message)),
                };
                let expect = loaded.claim.expected(settings.profile);
                ClaimPlan { claim: index, expect, arms, failure }
            })
            .collect();
        let cells = || claims.iter().flat_map(|claim| &claim.arms).flat_map(|arm| &arm.cells);
        let intervals = cells().flat_map(|cell| &cell.requests).filter(|r| asks_samples(r)).count();
        let alpha = Budget::new(settings.budget, intervals).share();
        claims.iter_mut().for_each(|claim| share::share(&mut claim.arms));
        for cell in claims.iter_mut().flat_map(|c| &mut c.arms).flat_map(|arm| &mut arm.cells) {
            cell.alpha = alpha;
        }
        Self { claims, alpha, intervals }
    }
}

fn asks_samples(request: &Request) -> bool {
    let goal = request.goal.as_ref();
    uses_samples(&request.value) || goal.is_some_and(|goal| uses_samples(&goal.bound))
}

/// The arms of a claim: each check, then its controls.
///
/// # Errors
/// What makes the claim impossible to plan, in words.
pub fn arms(loaded: &Loaded, settings: Settings) -> Result<Vec<Arm>, String> {
    let mut arms = Vec::new();
    for (index, check) in loaded.claim.checks.iter().enumerate() {
        let raw = with_profile(&loaded.raw["checks"][index], settings.profile)?;
        arms.push(Builder::new(loaded, index, None, &raw, settings)?.build()?);
        for (position, control) in check.controls.iter().enumerate() {
            let overlay = &loaded.raw["checks"][index]["controls"][position];
            let raw = overlaid(&raw, overlay)?;
            arms.push(Builder::new(loaded, index, Some(control.clone()), &raw, settings)?.build()?);
        }
    }
    Ok(arms)
}

fn with_profile(check: &Value, profile: Profile) -> Result<Value, String> {
    match check.get("profiles").and_then(|profiles| profiles.get(profile.name())) {
        Some(overlay) => overlaid(check, overlay),
        None => Ok(check.clone()),
    }
}
