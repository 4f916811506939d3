//! The queries themselves, on both databases.
#![expect(clippy::unwrap_used, reason = "helpers of tests may panic too")]

mod dump;
mod life;
