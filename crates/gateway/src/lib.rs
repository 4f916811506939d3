//! Reverse proxy for the hubs on one machine. It speaks configurable-http-proxy's REST API, so that JupyterHub
//! drives it with its stock `ConfigurableHTTPProxy` class.
//!
//! - [`Tables`]: one routing table per hub, each with its own token and host, kept over restarts.
//! - [`api_router`]: the REST API, to be served on loopback with [`serve_api`].
//! - [`Gateway`]: forwards one request; [`serve_public`] puts it and the portal behind one port.
//! - [`cli`]: stands in for `configurable-http-proxy` itself.

mod api;
mod body;
pub mod cli;
mod clock;
mod headers;
mod host;
mod live;
mod page;
mod persist;
mod proxy;
mod route;
mod serve;
mod steady;
mod stream;
mod table;
mod tls;
mod token;
mod tunnel;

pub use api::api_router;
pub use page::Language;
pub use proxy::{Gateway, GatewayOptions, Limits};
pub use route::TargetError;
pub use serve::{serve_api, serve_public};
pub use table::{HubPage, TableError, Tables};
