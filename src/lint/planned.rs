//! A suite with its plan, made once for all lints that look at it.

use rayon::prelude::*;

use crate::claim::{Loaded, Profile, Suite};
use crate::run::Settings;
use crate::run::plan::{Arm, arms};
use crate::stats::budget;

/// Settings that plans are made with for linting.
const SETTINGS: Settings =
    Settings { profile: Profile::Standard, seed: 1, budget: budget::DEFAULT_TOTAL };

/// A suite with the arms of every claim, or why it has none.
pub struct Planned<'a> {
    claims: Vec<(&'a Loaded, Result<Vec<Arm>, String>)>,
}

impl<'a> Planned<'a> {
    /// Plans every claim at the standard profile.
    pub fn new(suite: &'a Suite) -> Self {
        let plan = |loaded: &'a Loaded| (loaded, arms(loaded, SETTINGS));
        Self { claims: suite.claims.par_iter().map(plan).collect() }
    }

    /// The claims that could be planned, with their arms.
    pub fn claims(&self) -> impl Iterator<Item = (&'a Loaded, &[Arm])> {
        self.claims.iter().filter_map(|(loaded, arms)| Some((*loaded, arms.as_deref().ok()?)))
    }

    /// The claims that could not be planned, with the reason.
    pub fn failures(&self) -> impl Iterator<Item = (&'a Loaded, &str)> {
        self.claims
            .iter()
            .filter_map(|(loaded, arms)| Some((*loaded, arms.as_ref().err()?.as_str())))
    }
}
