//! The database: connection, migrations and every query, for SQLite and PostgreSQL by one code path.

pub mod account;
pub mod database;
pub mod entity;
pub mod entry;
pub mod error;
pub mod key;
mod migrate;
pub mod one_time_token;
pub mod provider;
pub mod rate_limit;
pub mod revocation;
pub mod secret;
pub mod session;
pub mod ticket;

pub use database::{Database, Tx};
pub use error::{Result, StoreError};
