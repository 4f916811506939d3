//! The use cases: who may do what, in one transaction each, and what the dispatcher decides.

pub mod account;
pub mod actor;
pub mod context;
pub mod error;
pub mod key;
mod notice;
pub mod one_time_token;
pub mod password;
pub mod provider;
pub mod rate_limit;
pub mod revocation;
pub mod seal;
pub mod secret;
pub mod session;
pub mod settings;
pub mod sign_in;
pub mod ticket;
pub mod token;

pub use actor::Actor;
pub use context::App;
pub use error::{AppError, Result};
