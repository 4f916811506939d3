//! The database: connection, migrations and every query, for SQLite and PostgreSQL by one code path.

pub mod database;
pub mod entity;
pub mod error;
mod migrate;

pub use database::{Database, Tx};
pub use error::{Result, StoreError};
