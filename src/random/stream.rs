//! Streams of random numbers, one a trial.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

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
        Stream { generator }
    }
}

/// Random numbers of one trial.
pub struct Stream {
    generator: ChaCha8Rng,
}

impl Stream {
    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.generator.next_u64()
    }
}
