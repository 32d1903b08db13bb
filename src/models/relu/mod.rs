//! Deep ReLU nets with random weights: forward and backward norms, and their exact laws.

pub mod backward;
pub mod backward_full;
pub mod backward_moments;
mod chi_mixture;
pub mod cosine;
pub mod deep_norm;
pub mod exponents;
pub mod inner_product;
mod lattice;
pub mod layers;
pub mod mlp;
pub mod net;
pub mod net_description;
pub mod net_law;
pub mod relu_layer;
pub mod stepwise_gradient;
