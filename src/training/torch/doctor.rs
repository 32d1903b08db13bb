//! What `doctor` says of libtorch.

use std::time::Instant;

use tch::{Cuda, Kind, Tensor};

/// libtorch's version and what it was built for, as part of a run's name: other builds give other bits.
pub fn engine() -> String {
    format!("libtorch {} tch {} mkl {}", version(), tch_version(), tch::utils::has_mkl())
}

/// Version of libtorch; `tch` accepts only the one that it was made for.
pub const fn version() -> &'static str {
    env!("CLAIMCHECK_LIBTORCH")
}

const fn tch_version() -> &'static str {
    "0.24"
}

/// Version, speed of products, GPU.
pub fn doctor() -> Vec<(&'static str, String)> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let speed = |threads: usize| {
        tch::set_num_threads(i32::try_from(threads).unwrap_or(1));
        gigaflops()
    };
    let (all, one) = (speed(threads), speed(1));
    let products =
        format!("{one:.0} GFLOP/s on one thread, {all:.0} on {threads} (float32 products)");
    let gpu = if Cuda::is_available() {
        format!("{} CUDA device(s); the paper profile trains on the first", Cuda::device_count())
    } else {
        "none found; the paper profile trains on the processor (LIBTORCH_USE_PYTORCH=1 uses a CUDA build)"
            .into()
    };
    vec![("libtorch", version().into()), ("libtorch speed", products), ("GPU", gpu)]
}

/// Best of three float32 products of 1024 × 1024 matrices.
fn gigaflops() -> f64 {
    let size = 1024;
    let a = Tensor::ones([size, size], (Kind::Float, tch::Device::Cpu));
    let once = || {
        let start = Instant::now();
        let product = a.mm(&a);
        let seconds = start.elapsed().as_secs_f64();
        drop(product);
        2e-9 * (size as f64).powi(3) / seconds
    };
    once();
    (0..3).map(|_| once()).fold(0.0, f64::max)
}
