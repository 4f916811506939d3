//! The rules by the thousand: each against a model that is written another way.
#![expect(clippy::unwrap_used, reason = "helpers of tests may panic too")]

mod calendar;
mod entry;
mod image;
mod policy;
mod resources;
mod right;
mod schedule;
mod slug;
mod start_url;
mod state;
