//! Models: layers, nets and the exact laws of what they compute.

mod chi_mixture;
pub mod backward;
pub mod cosine;
pub mod deep_norm;
pub mod function;
pub mod inner_product;
pub mod relu_layer;
pub mod relu_net;
