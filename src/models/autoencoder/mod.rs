//! Deep weight-tied autoencoders with random weights (Li and Nguyen 2019): simulation, state evolution, infinite depth.
