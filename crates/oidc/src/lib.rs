#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

pub mod address;
pub mod authorize;
pub mod bearer;
pub mod client;
pub mod code;
pub mod discovery;
pub mod end_session;
pub mod handle;
pub mod id_token;
pub mod keys;
pub mod params;
pub mod pkce;
pub mod refresh;
pub mod revocation;
pub mod rotation;
pub mod scope;
pub mod secret;
pub mod token;
pub mod userinfo;

/// The realm named in `WWW-Authenticate` challenges (RFC 9110 §11.5).
pub const REALM: &str = "jhaas";

/// Headers that every answer with a token or a person's data carries
/// (RFC 6749 §5.1, OpenID Connect Core 1.0 §3.1.3.3).
pub const NO_STORE: [(&str, &str); 2] = [("cache-control", "no-store"), ("pragma", "no-cache")];
