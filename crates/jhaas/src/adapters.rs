//! The real clock and the real random source.
#![expect(clippy::disallowed_methods, reason = "the one place that reads the wall clock")]

use jhaas_domain::{
    clock::{Clock, Random},
    time::Timestamp,
};
use rand::{TryRng as _, rngs::SysRng};

/// The machine's clock.
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(jiff::Timestamp::now().as_millisecond())
    }
}

/// The operating system's random source.
pub(crate) struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) {
        if SysRng.try_fill_bytes(bytes).is_err() {
            // Nothing that needs a secret can go on without one.
            std::process::abort();
        }
    }
}
