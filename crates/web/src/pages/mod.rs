//! One module per group of pages.

pub mod account;
pub mod admin;
pub mod calendar;
pub mod course;
mod csv;
pub mod deployment;
pub mod governance;
mod listing;
pub mod public;
pub(crate) mod terms;
