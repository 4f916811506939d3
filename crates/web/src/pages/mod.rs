//! One module per group of pages.

pub mod public;
