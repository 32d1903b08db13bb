//! A ReLU layer, or a net of them, on a whole subspace of inputs.
//!
//! By rotational invariance a d-dimensional subspace of ℝⁿ is replaced by ℝᵈ and the first weight
//! matrix by an m × d Gaussian one. Three kinds of answers:
//!
//! * closed forms: how many activation regions there are and how likely a layer kills an input
//!   ([`counting`]), and which widths suffice ([`widths`]);
//! * exact extremes of the norm for d = 2, where the sphere is a circle cut into arcs ([`circle`]);
//! * searches for the extremes for larger d ([`search`]), and a decision with a certificate either way
//!   of whether some input is killed ([`kernel`]).

pub mod circle;
pub mod counting;
pub mod kernel;
pub mod search;
pub mod widths;
