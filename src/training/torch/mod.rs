//! Training with libtorch.

pub mod autoencoder;
mod denormals;
mod doctor;
mod train;

pub use doctor::{doctor, engine};
pub use train::{Trainable, train};

use tch::Device;

use denormals::Flushed;

/// Where the nets of this run live: the first CUDA device if `cuda` is wanted and there, else the processor.
pub fn device(cuda: bool) -> Device {
    if cuda { Device::cuda_if_available() } else { Device::Cpu }
}

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
