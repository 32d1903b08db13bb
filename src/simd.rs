//! Loops compiled several times, for the vector units that a processor may have, and chosen at run time.
//!
//! A [`Kernel`] is plain Rust that the compiler turns into vector instructions. Rust never fuses,
//! reassociates or approximates floating-point operations, so all versions of a kernel give the same
//! bytes; they differ in speed only. This is the one room of the crate with `unsafe` in it: calling a
//! function compiled for a vector unit is sound because the processor was asked first.

#![allow(unsafe_code)]

/// A loop worth compiling for each vector unit. Its `run` and all that it calls must be
/// `#[inline(always)]`, or the copies share code that was compiled for the least of them.
pub trait Kernel {
    /// What the loop returns.
    type Output;
    /// The loop.
    fn run(self) -> Self::Output;
}

/// A vector unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// What every processor of the architecture has.
    Baseline,
    /// 256 bits.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// 512 bits.
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

impl Unit {
    /// The best unit of this processor.
    #[inline]
    pub fn best() -> Self {
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512dq")
                && is_x86_feature_detected!("avx512vl")
            {
                return Self::Avx512;
            }
            if is_x86_feature_detected!("avx2") {
                return Self::Avx2;
            }
        }
        Self::Baseline
    }

    /// All units of this processor, the least first.
    pub fn available() -> Vec<Self> {
        #[cfg(target_arch = "x86_64")]
        return match Self::best() {
            Self::Avx512 => vec![Self::Baseline, Self::Avx2, Self::Avx512],
            Self::Avx2 => vec![Self::Baseline, Self::Avx2],
            Self::Baseline => vec![Self::Baseline],
        };
        #[cfg(not(target_arch = "x86_64"))]
        vec![Self::Baseline]
    }
}

/// Runs a kernel on the best unit.
#[inline]
pub fn run<K: Kernel>(kernel: K) -> K::Output {
    match Unit::best() {
        Unit::Baseline => kernel.run(),
        // SAFETY: `best` returns only what the processor has.
        #[cfg(target_arch = "x86_64")]
        Unit::Avx2 => unsafe { avx2(kernel) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Unit::Avx512 => unsafe { avx512(kernel) },
    }
}

/// Runs a kernel on one unit; `None` if the processor does not have it.
pub fn run_on<K: Kernel>(unit: Unit, kernel: K) -> Option<K::Output> {
    if !Unit::available().contains(&unit) {
        return None;
    }
    Some(match unit {
        Unit::Baseline => kernel.run(),
        // SAFETY: the unit is available.
        #[cfg(target_arch = "x86_64")]
        Unit::Avx2 => unsafe { avx2(kernel) },
        // SAFETY: the unit is available.
        #[cfg(target_arch = "x86_64")]
        Unit::Avx512 => unsafe { avx512(kernel) },
    })
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn avx2<K: Kernel>(kernel: K) -> K::Output {
    kernel.run()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
fn avx512<K: Kernel>(kernel: K) -> K::Output {
    kernel.run()
}
