//! Numbers below 10⁻³⁸ count as zero while a net is trained on this thread.
//!
//! Activations of a deep net that is stuck fall below the smallest normal float32, where processors are
//! many times slower. libtorch has a switch for this, but `tch` does not reach it, and it would stay on
//! for the exact computations that share the thread; so the control register is set here, and set back.
#![allow(unsafe_code)]

/// Flushes denormals on this thread until it is dropped (which must happen on the same thread: not `Send`).
pub struct Flushed {
    #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
    before: u64,
    _here: std::marker::PhantomData<*const ()>,
}

impl Flushed {
    /// Starts flushing; on processors other than x86-64 and AArch64 nothing changes but speed.
    pub fn enter() -> Self {
        #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
        {
            let before = register::read();
            register::write(before | register::FLUSH);
            Self { before, _here: std::marker::PhantomData }
        }
        #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
        Self { _here: std::marker::PhantomData }
    }
}

impl Drop for Flushed {
    fn drop(&mut self) {
        #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
        register::write(self.before);
    }
}

#[cfg(target_arch = "x86_64")]
mod register {
    use std::arch::asm;

    /// MXCSR: flush to zero (bit 15), denormals are zero (bit 6).
    pub const FLUSH: u64 = 1 << 15 | 1 << 6;

    pub fn read() -> u64 {
        let mut value = 0_u32;
        // SAFETY: stores MXCSR into four writable bytes; nothing else is touched.
        unsafe { asm!("stmxcsr [{}]", in(reg) &raw mut value, options(nostack, preserves_flags)) };
        u64::from(value)
    }

    pub fn write(value: u64) {
        let value = value as u32;
        // SAFETY: loads MXCSR from four readable bytes. Only values read before, with rounding of denormals
        // changed, are written: exceptions stay masked and results of normal numbers stay the same.
        unsafe {
            asm!("ldmxcsr [{}]", in(reg) &raw const value, options(nostack, preserves_flags))
        };
    }
}

#[cfg(target_arch = "aarch64")]
mod register {
    use std::arch::asm;

    /// FPCR: flush to zero (bit 24).
    pub const FLUSH: u64 = 1 << 24;

    pub fn read() -> u64 {
        let value: u64;
        // SAFETY: reads the floating-point control register; nothing else is touched.
        unsafe { asm!("mrs {}, fpcr", out(reg) value, options(nostack, nomem, preserves_flags)) };
        value
    }

    pub fn write(value: u64) {
        // SAFETY: writes the control register with a value read before, at most with flushing added.
        unsafe { asm!("msr fpcr, {}", in(reg) value, options(nostack, nomem, preserves_flags)) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::hint::black_box;

    #[test]
    #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
    fn denormals_are_zero_inside_and_only_there() {
        let halved = || black_box(black_box(f32::MIN_POSITIVE) * black_box(0.5));
        assert!(halved() > 0.0);
        let flushed = Flushed::enter();
        assert_eq!(halved(), 0.0);
        drop(flushed);
        assert!(halved() > 0.0);
    }
}
