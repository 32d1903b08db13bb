//! Deep weight-tied autoencoders with random weights (Li and Nguyen 2019): simulation, state evolution, infinite depth.

pub mod activation;
pub mod channel;
pub mod description;
pub mod fixed_points;
pub mod infinite_depth;
pub mod orbit;
pub mod state_evolution;
