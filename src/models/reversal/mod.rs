//! Random ReLU layers run in reverse (Arora, Liang and Ma 2015): the generative model, inference, and exact laws of the error.

pub mod evolution;
pub mod law;
pub mod layer;
pub mod ln_value;
pub mod loss;
pub mod moments;
pub mod orlicz;
pub mod parameters;
pub mod readings;
pub mod simulate;
pub mod stack;
