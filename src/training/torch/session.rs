//! The state that a training run works in.

use super::denormals::Flushed;

/// The state a training run works in, for as long as it lives: libtorch on one thread (runs go in
/// parallel instead), denormals flushed, no gradients recorded.
pub struct Session {
    _flushed: Flushed,
    _no_grad: tch::NoGradGuard,
}

impl Session {
    /// Enters the state on this thread.
    pub fn enter() -> Self {
        tch::set_num_threads(1);
        Self { _flushed: Flushed::enter(), _no_grad: tch::no_grad_guard() }
    }
}
