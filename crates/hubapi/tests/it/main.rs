//! HTTP clients against real servers, and the hub's client against a real JupyterHub.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic too")]

mod broken_hub;
mod clients;
mod guarded;
mod hub;
mod real_hub;
mod server;
