//! Models: layers, nets and the exact laws of what they compute.

mod chi_mixture;
pub mod function;
pub mod relu_layer;
pub mod subspace;
