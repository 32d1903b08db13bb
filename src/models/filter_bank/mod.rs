//! Convolutional filter banks as matrices (Gilbert et al. 2017): model-sparse codes, isometry constants, recovery.
//!
//! A bank of K filters over M channels is the matrix W ∈ ℝ^{Kn×MD} whose row (i, j) is filter i placed at
//! its j-th shift; block i are the n rows of filter i. 𝓜_k holds the codes with at most one non-zero a
//! block and at most k in all, 𝓜_{2k} the sums of two of them. [`Bank`] is W as matrix and as operator,
//! [`gram`] its inner products, [`rip`] its isometry constants, [`codes`] pooling and projection, [`iht`]
//! iterative hard thresholding.

pub mod bank;
pub mod codes;
pub mod coherence;
pub mod coherence_table;
pub mod conv;
pub mod energy;
pub mod extremes;
pub mod gram;
pub mod iht;
pub mod laws;
pub mod maps;
pub mod parameters;
pub mod power_search;
pub mod recovery;
pub mod rip;
pub mod shape;
pub mod stack;
pub mod supports;
pub mod sweep;
pub mod switches;

pub use bank::Bank;
pub use codes::{Code, Pooling};
pub use gram::{Correlations, Gram, Products};
pub use laws::{Law, Scaling};
pub use parameters::{Line, Weights};
pub use shape::Shape;
