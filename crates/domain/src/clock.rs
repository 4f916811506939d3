//! The clock and the random source as arguments, so that rules and tests decide what "now" is.

use crate::time::Timestamp;

/// Tells the present instant.
pub trait Clock: Send + Sync {
    fn now(&self) -> Timestamp;
}

/// Gives bytes that nobody can guess.
pub trait Random: Send + Sync {
    fn fill(&self, bytes: &mut [u8]);
}
