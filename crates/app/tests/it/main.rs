//! The use cases on both databases.

mod lifetime;
