//! The dispatcher's own way to the outside, tried with real processes.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic too")]

mod crowd;
mod faults;
mod housekeeping;
mod identity;
mod kubernetes;
mod launcher;
mod mail_room;
mod revocation;
mod stage;
