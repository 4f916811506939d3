//! The languages of the product: texts by key, and dates, times and numbers as people write them.
//!
//! A language is one folder in `locales/`. Keys are read with [`text`]; a [`Message`] made
//! elsewhere is put into words with [`message`]. Names of states and roles are in [`names`].

pub mod format;
mod lang;
pub mod names;
mod text;

pub use jhaas_domain::message::{Message, Value};
pub use lang::Lang;
pub use text::{keys, message, text};
