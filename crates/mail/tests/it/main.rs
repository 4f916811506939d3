//! Mails as people and mail servers get them.
#![expect(clippy::unwrap_used, reason = "helpers of tests may panic too")]

mod files;
mod rendering;
mod samples;
mod services;
mod smtp;
