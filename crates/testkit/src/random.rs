//! Randomness that is the same in every run.

use std::sync::Mutex;

use jhaas_domain::clock::Random;
use rand::{Rng as _, SeedableRng, rngs::StdRng};

/// Seeded: two of the same seed give the same bytes.
pub struct TestRandom(Mutex<StdRng>);

impl TestRandom {
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self(Mutex::new(StdRng::seed_from_u64(seed)))
    }
}

impl Random for TestRandom {
    fn fill(&self, bytes: &mut [u8]) {
        self.0.lock().unwrap().fill_bytes(bytes);
    }
}
