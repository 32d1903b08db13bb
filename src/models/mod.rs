//! Models: what is simulated and predicted, one folder a subject. A description of a model gives both
//! its simulation and its exact law, and tests hold the two against each other.

pub mod autoencoder;
pub mod filter_bank;
pub mod function;
pub mod precision;
pub mod relu;
pub mod reversal;
pub mod single;
pub mod subspace;
