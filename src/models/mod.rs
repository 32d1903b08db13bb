//! Models: layers, nets and the exact laws of what they compute.

pub mod function;
