//! The gateway in front of real servers, and of a real JupyterHub where one is at hand.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod api;
mod hub;
mod keeping;
mod limits;
mod pages;
mod proxying;
mod standalone;
mod streams;
mod support;
