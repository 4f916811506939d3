//! The texts themselves: complete in every language, used, and spelled as the code asks for them.
#![expect(clippy::unwrap_used, reason = "helpers of tests may panic too")]

mod catalogue;
mod formats;
mod usage;
