//! The portal: pages, sign-in, and the interface for programs.

pub mod api;
pub mod assets;
pub mod brand;
pub mod client_address;
pub mod components;
pub mod error;
pub mod extract;
pub mod icons;
pub mod kept_form;
pub mod markdown;
pub mod oidc;
pub mod pages;
pub mod problem;
pub mod router;
pub mod security_headers;
pub mod session_layer;
pub mod state;
pub mod view;

pub use router::router;
pub use state::{WebOptions, WebState};
