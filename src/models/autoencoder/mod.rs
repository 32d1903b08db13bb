//! Deep weight-tied autoencoders with random weights (Li and Nguyen 2019): simulation, state evolution, infinite depth.

pub mod activation;
pub mod activation_study;
pub mod battery;
pub mod chain;
pub mod channel;
pub mod dense;
pub mod description;
pub mod edge;
mod elementary;
pub mod explicit;
pub mod fixed_points;
pub mod infinite_depth;
pub mod limits;
pub mod orbit;
pub mod orbit_errors;
pub mod pair;
pub mod residual;
pub mod simulation;
mod smoothing;
pub mod stability;
pub mod state_evolution;
pub mod tied_layer;
pub mod transitions;
pub mod weight_law;
pub mod weights;
