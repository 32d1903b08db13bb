//! Models: layers, nets and the exact laws of what they compute.

mod chi_mixture;
pub mod deep_norm;
pub mod mlp;
pub mod net_description;
pub mod relu_layer;
pub mod relu_net;
