//! Models: layers, nets and the exact laws of what they compute.

pub mod backward;
pub mod backward_full;
pub mod backward_moments;
mod chi_mixture;
pub mod cosine;
pub mod deep_norm;
pub mod exponents;
pub mod function;
pub mod inner_product;
mod lattice;
pub mod mlp;
pub mod net_description;
pub mod net_law;
pub mod relu_layer;
pub mod relu_net;
pub mod stepwise_gradient;
pub mod subspace;
