//! Models: layers, nets and the exact laws of what they compute.

pub mod backward;
mod chi_mixture;
pub mod cosine;
pub mod deep_norm;
pub mod exponents;
pub mod function;
mod lattice;
pub mod relu_layer;
pub mod relu_net;
pub mod sphere;
pub mod subspace;
