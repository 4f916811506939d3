//! HTTP to the outside: the one constructor of clients, and the client of JupyterHub's REST API.
//!
//! [`http::client`] makes every client of the product, [`http::GuardedClient`] those for addresses that users give.
//! [`HubApi`] speaks to one hub; its [`HubError`] says whether trying again can help. [`Home`] reads the
//! files of one server.

mod error;
mod home;
pub mod http;
mod hub;
mod model;

pub use error::HubError;
pub use home::{Entry, File, Home};
pub use hub::HubApi;
pub use model::{Info, Server, User, UserServer};
