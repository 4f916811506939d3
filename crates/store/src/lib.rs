//! The database: connection, migrations and every query, for SQLite and PostgreSQL by one code path.

pub mod access_token;
pub mod account;
pub mod announcement;
pub mod calendar;
pub mod change;
pub mod course;
pub mod database;
pub mod deployment;
pub mod draft;
pub mod dump;
pub mod entity;
pub mod entry;
pub mod error;
pub mod event;
pub mod idempotency;
pub mod identity_session;
pub mod kept_form;
pub mod key;
mod migrate;
pub mod one_time_token;
pub mod outbox;
pub mod page;
pub mod participation;
pub mod person;
pub mod provider;
pub mod rate_limit;
mod read;
pub mod revocation;
pub mod roster;
pub mod secret;
pub mod session;
pub mod setting;
pub mod staff;
pub mod terms;
pub mod ticket;
pub mod visit;

pub use database::{Database, Tx};
pub use error::{Result, StoreError};
pub use page::{After, Listed, Page, Part};
pub use sea_orm::ConnectionTrait;

/// The pool or a transaction: where a query runs.
pub use sea_orm::ConnectionTrait as Connection;
