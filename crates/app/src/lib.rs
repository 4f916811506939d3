//! The use cases: who may do what, in one transaction each, and what the dispatcher decides.

pub mod actor;
pub mod context;
pub mod error;
pub mod seal;
pub mod settings;
pub mod token;

pub use actor::Actor;
pub use context::App;
pub use error::{AppError, Result};
