//! One module per group of pages.

pub mod account;
pub mod course;
pub mod public;
