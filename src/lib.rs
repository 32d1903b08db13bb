//! `claimcheck` verifies what scientific papers claim.
//!
//! A claim file (YAML) joins an **experiment** (what is measured) with **assertions** (what is
//! concluded); running it yields a verdict that is held against the file's expectation.
//!
//! Arrows between the rooms run one way:
//!
//! ```text
//! cli → run → (claim, assertion, experiment) → (stats, models, formula) → (maths, random)
//!        ↘ results ← report
//! ```

pub mod assertion;
pub mod claim;
pub mod cli;
pub mod data;
pub mod experiment;
pub mod experiments;
pub mod formula;
pub mod lint;
pub mod markup;
pub mod maths;
pub mod measure;
pub mod models;
pub mod random;
pub mod report;
pub mod results;
pub mod run;
pub mod simd;
pub mod stats;
pub mod training;
