//! Streams of random numbers, one a trial: keys, bits, normals.

use std::convert::Infallible;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng, TryRng};

use super::normals::{FillF32, FillF64, GROUP_F32, GROUP_F64, Seed};
use super::queue::Queue;
use crate::simd;

/// Key of a family of streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamKey([u8; 32]);

impl StreamKey {
    /// Key from the suite seed, the experiment's name and its canonical parameters (JSON text).
    pub fn derive(seed: u64, experiment: &str, parameters: &str) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key("claimcheck stream v1");
        hasher.update(&seed.to_le_bytes());
        hasher.update(experiment.as_bytes());
        hasher.update(&[0]);
        hasher.update(parameters.as_bytes());
        Self(*hasher.finalize().as_bytes())
    }

    /// The stream of one trial.
    pub fn trial(&self, index: u64) -> Stream {
        let mut generator = ChaCha8Rng::from_seed(self.0);
        generator.set_stream(index);
        let seed = Seed::new(&self.0, index);
        Stream { key: *self, index, generator, seed, doubles: Queue::new(), singles: Queue::new() }
    }

    /// Key of the child numbered `label` of the stream `index` of this key.
    fn child(&self, index: u64, label: u64) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key("claimcheck substream v1");
        hasher.update(&self.0);
        hasher.update(&index.to_le_bytes());
        hasher.update(&label.to_le_bytes());
        Self(*hasher.finalize().as_bytes())
    }
}

/// Random numbers of one trial: the ChaCha8 keystream of the key, with the trial's number as nonce.
///
/// It is a generator of the `rand` family, so everything in `rand` and `rand_distr` can draw from it.
#[derive(Debug)]
pub struct Stream {
    key: StreamKey,
    index: u64,
    generator: ChaCha8Rng,
    seed: Seed,
    doubles: Queue<f64, GROUP_F64>,
    singles: Queue<f32, GROUP_F32>,
}

impl Stream {
    /// 64 random bits.
    #[inline]
    pub fn bits(&mut self) -> u64 {
        self.generator.next_u64()
    }

    /// Fills the slice with the next of the stream's standard normals: a sequence of its own, which no
    /// other draw moves. How it is cut into slices makes no difference.
    pub fn fill_normal(&mut self, out: &mut [f64]) {
        let seed = self.seed;
        self.doubles.fill(out, |group, out| simd::run(FillF64 { seed, group, out }));
    }

    /// As [`Self::fill_normal`], in single precision: another sequence.
    pub fn fill_normal_f32(&mut self, out: &mut [f32]) {
        let seed = self.seed;
        self.singles.fill(out, |group, out| simd::run(FillF32 { seed, group, out }));
    }

    /// An independent stream for one part of the trial (weights, inputs, labels …).
    ///
    /// It depends on the key, the trial and `label` only, not on how much was drawn before: adding a
    /// draw to one part leaves the other parts' numbers as they were.
    pub fn substream(&self, label: u64) -> Self {
        self.key.child(self.index, label).trial(0)
    }
}

impl TryRng for Stream {
    type Error = Infallible;

    #[inline]
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.generator.try_next_u32()
    }

    #[inline]
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.generator.try_next_u64()
    }

    #[inline]
    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.generator.try_fill_bytes(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(mut stream: Stream) -> [u64; 4] {
        std::array::from_fn(|_| stream.bits())
    }

    /// From a separate implementation, in Python, of BLAKE3's `derive_key` and of ChaCha8.
    #[test]
    fn a_stream_is_the_chacha8_keystream_of_the_blake3_key() {
        let mut stream = StreamKey::derive(1, "golden", "{\"m\":50}").trial(7);
        let child = stream.substream(3);
        let expected = [
            0xf77d_92b2_6f79_452a,
            0x4bc5_bcae_56c9_edd0,
            0x9ee8_79c2_b9e4_61f3,
            0x8476_2521_18f1_338e,
        ];
        let drawn: Vec<u64> = (0..40).map(|_| stream.bits()).collect();
        assert_eq!(drawn[..4], expected);
        assert_eq!(drawn[39], 0x8573_6710_b37d_4694);
        assert_eq!(first(child)[..2], [0x91c0_e939_fc7e_1e46, 0x01b0_c084_aa66_aa0c]);
    }

    #[test]
    fn key_trial_and_label_each_change_every_number() {
        let key = StreamKey::derive(1, "e", "{}");
        let mut all: Vec<u64> = Vec::new();
        for other in [(2, "e", "{}"), (1, "f", "{}"), (1, "e", "{\"m\":1}"), (1, "e\u{1}", "")] {
            all.extend(first(StreamKey::derive(other.0, other.1, other.2).trial(0)));
        }
        for trial in [0, 1, 2, 1 << 40, u64::MAX] {
            let stream = key.trial(trial);
            for label in [0, 1, u64::MAX] {
                all.extend(first(stream.substream(label)));
            }
            all.extend(first(stream.substream(0).substream(0)));
            all.extend(first(stream));
        }
        let distinct: std::collections::HashSet<u64> = all.iter().copied().collect();
        assert_eq!(distinct.len(), all.len());
    }

    #[test]
    fn a_trial_does_not_depend_on_the_others() {
        let key = StreamKey::derive(5, "e", "{}");
        let mut long = key.trial(7);
        for _ in 0..1000 {
            long.bits();
        }
        assert_eq!(first(key.trial(8)), first(StreamKey::derive(5, "e", "{}").trial(8)));
    }

    #[test]
    fn a_substream_does_not_depend_on_what_was_drawn() {
        let fresh = StreamKey::derive(5, "e", "{}").trial(3);
        let mut used = StreamKey::derive(5, "e", "{}").trial(3);
        used.bits();
        assert_eq!(first(fresh.substream(9)), first(used.substream(9)));
    }
}
