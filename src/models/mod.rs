//! Models: layers, nets and the exact laws of what they compute.

pub mod net_description;
pub mod relu_net;
