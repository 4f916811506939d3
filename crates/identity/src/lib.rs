//! Signing in by the institution's OpenID providers: the client side of OpenID Connect, behind
//! [`jhaas_app::identity::Providers`]. The protocol is the library's; what is decided here is when a provider is asked,
//! what its answers mean, and that one which does not answer is nobody's end.

mod claims;
mod http;
mod provider;

pub use claims::{ClaimNames, Mapping};
pub use provider::{Clients, ProviderSettings};
