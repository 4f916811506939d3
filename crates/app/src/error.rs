//! How a use case refuses.

use jhaas_domain::message::{FieldError, Message};
use jhaas_store::StoreError;

/// The result of every use case.
pub type Result<T> = std::result::Result<T, AppError>;

#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// It does not exist, or the person may not know that it does: 404 either way.
    #[error("not found")]
    NotFound,
    /// The person may know of it, but not do this: 403.
    #[error("not allowed")]
    Forbidden,
    /// It does not fit the present state, or somebody else was first: 409, with words.
    #[error("conflict: {}", .0.key)]
    Conflict(Message),
    /// The input is wrong: 422, one entry per field.
    #[error("invalid: {}", .0.iter().map(|error| format!("{} ({})", error.field, error.message.key)).collect::<Vec<_>>().join(", "))]
    Invalid(Vec<FieldError>),
    /// Too often: 429, try again after so many seconds.
    #[error("too many requests")]
    TooMany { retry_after_seconds: i64 },
    /// Not possible right now: 503.
    #[error("not available: {0}")]
    Unavailable(String),
    /// A fault of ours: 500; the detail goes to the log.
    #[error("internal: {0}")]
    Internal(String),
}

impl AppError {
    #[must_use]
    pub fn conflict(key: &str) -> Self {
        Self::Conflict(Message::new(key))
    }

    #[must_use]
    pub fn invalid(field: &str, message: Message) -> Self {
        Self::Invalid(vec![FieldError::new(field, message)])
    }
}

impl From<StoreError> for AppError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Stale => Self::conflict("error-changed-meanwhile"),
            StoreError::Duplicate(_) => Self::conflict("error-already-there"),
            StoreError::Unavailable(detail) => Self::Unavailable(detail),
            other => Self::Internal(other.to_string()),
        }
    }
}
