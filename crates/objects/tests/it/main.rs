//! The object store on a real folder and, where one is given, on a real S3 service.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic too")]

mod contract;
mod log;
mod place;
mod store;
