//! Verdict statistics: confidence sequences, exact tests, fits, error budget.
//!
//! Pure functions from numbers to intervals; nothing here knows of claims. A confidence level is
//! given as an error probability `alpha`, which may be as small as 10⁻¹⁵: all tails are worked in
//! logarithms. Intervals whose validity is a theorem say so and give the proof's source; the ones that
//! are asymptotic say that, and `tests/calibration.rs` measures what they really deliver.
//!
//! | what is estimated | interval | valid |
//! |---|---|---|
//! | probability | [`clopper_pearson`], [`robbins_mixture`] | fixed n; any n, any stopping |
//! | mean, values in a known range | [`mean_interval`] with `Tail::Bounded` | at all planned looks |
//! | mean, variance bounded | [`mean_interval`] with `Tail::Variance` | at all planned looks |
//! | mean, nothing proven | [`mean_interval`] with `Tail::Unknown` | asymptotically |
//! | variance | [`variance_interval`] | asymptotically |
//! | quantile | [`quantile_interval`] | any law, fixed n |
//! | distance of laws | [`ks_distance`], [`ks_two_samples`] | any law, fixed n |
//! | slope of a line | [`slope()`] | whenever the points' intervals hold |

pub mod budget;
pub mod chi_square;
pub mod decide;
pub mod ks;
pub mod looks;
pub mod mean;
pub mod planning;
pub mod proportion;
pub mod quantile;
pub mod sign_test;
pub mod slope;
pub mod variance;

mod bernstein;
mod catoni;
mod solve;
mod student;
mod tails;

pub use budget::Budget;
pub use chi_square::{PearsonTest, pearson_test};
pub use decide::{Decision, Goal, Relation, decide, detectable};
pub use ks::{Step, ks_distance, ks_two_samples};
pub use looks::{Look, Schedule};
pub use mean::{MeanInterval, mean_interval};
pub use planning::{Method, half_width, needed_trials};
pub use proportion::{Counts, clopper_pearson, robbins_mixture};
pub use quantile::quantile_interval;
pub use sign_test::{SignTest, sign_test};
pub use slope::{Slope, slope};
pub use variance::variance_interval;
