//! The provider seen from outside: a whole sign-in, and parsers against arbitrary input.

#![expect(clippy::unwrap_used, reason = "helpers of tests stop the test")]

mod never_panics;
mod sign_in;
