//! Accounts, sessions, the OpenID provider, secrets and revocations on both databases.
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may panic too")]

mod account;
mod hub;
mod provider;
mod revocation;
mod secret;
mod session;
mod ticket;
