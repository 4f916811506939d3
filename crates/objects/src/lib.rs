//! Where dispatcher and workers exchange objects: a folder or an S3 bucket, and the contract's reading and writing.
//!
//! [`Objects`] stores bytes and JSON under keys. Its methods for the contract read and write the request and the
//! status of one attempt, [`LogWriter`] and [`LogReader`] its log. Everything read has a size limit, every
//! wait has an end, and an [`ObjectsError`] says whether trying again can help.

mod classify;
mod config;
mod contract;
mod error;
mod folder;
mod log;
mod objects;

pub use config::{FolderConfig, ObjectsConfig, S3Config};
pub use error::ObjectsError;
pub use log::{LogReader, LogWriter};
pub use objects::{Entry, Index, MAX_JSON_BYTES, MAX_OBJECT_BYTES, Objects};
