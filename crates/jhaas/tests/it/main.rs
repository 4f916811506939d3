//! The program as an operator meets it: its configuration, its doctor and its reference, by the real binary.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod admin;
mod backup;
mod client;
mod config;
mod doctor;
mod failover;
mod metrics;
mod migrate;
mod place;
mod python;
mod reference;
mod sweep;
