//! Training with libtorch.

pub mod autoencoder;
pub mod cnn;
pub mod denormals;
mod doctor;
pub mod mlp;
pub mod photos;
pub mod ridge;
pub mod session;
pub mod train;

pub use doctor::{doctor, engine};
pub use session::Session;
pub use train::{Trainable, train};

use tch::Device;

/// Where the nets of this run live: the first CUDA device if `cuda` is wanted and there, else the processor.
pub fn device(cuda: bool) -> Device {
    if cuda { Device::cuda_if_available() } else { Device::Cpu }
}
