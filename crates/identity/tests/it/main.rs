//! Signing in by real providers: Keycloak with the realm of `deploy/identity/keycloak`, and Dex.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic too")]

mod browser;
mod dex;
mod down;
mod keycloak;
mod services;
