//! Random ReLU layers run in reverse (Arora, Liang and Ma 2015): the generative model, inference, and exact laws of the error.

pub mod evolution;
pub mod moments;
pub mod orlicz;
pub mod readings;
pub mod stack;
