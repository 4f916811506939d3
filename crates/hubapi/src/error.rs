//! What can go wrong with a hub's API.

use jhaas_domain::deployment::ErrorClass;

/// A call of a hub's API failed. The text is for operators and holds no token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HubError {
    /// The hub's address cannot be used.
    #[error("the hub's address does not work: {detail}")]
    Address { detail: String },
    /// Nobody answers, or not in time.
    #[error("the hub cannot be reached: {detail}")]
    Unreachable { detail: String },
    /// Somebody else answers in the hub's place, for instance a proxy while the hub is down. What it says about users
    /// and servers, "not found" above all, means nothing.
    #[error("at the hub's address answers something that is no JupyterHub (status {status})")]
    NotTheHub { status: u16 },
    /// The hub answers that it cannot now: 5xx, or 429 while too many servers start.
    #[error("the hub is busy or ill (status {status}): {message}")]
    Unavailable { status: u16, message: String },
    /// The token is not known or lacks a scope.
    #[error("the hub refuses the token (status {status}): {message}")]
    Denied { status: u16, message: String },
    /// There is no such user.
    #[error("the hub does not know {what}")]
    NotFound { what: String },
    /// Any other 4xx.
    #[error("the hub refuses (status {status}): {message}")]
    Refused { status: u16, message: String },
    /// A server did not come up.
    #[error("the server of {user} did not start: {message}")]
    StartFailed { user: String, message: String },
    /// What was awaited did not happen.
    #[error("{what} took longer than {seconds} s")]
    TimedOut { what: String, seconds: u64 },
    /// The answer is not what JupyterHub's API promises.
    #[error("the hub's answer cannot be read: {detail}")]
    BadAnswer { detail: String },
}

impl HubError {
    /// Whether trying again can help.
    #[must_use]
    pub const fn class(&self) -> ErrorClass {
        match self {
            Self::Unreachable { .. }
            | Self::NotTheHub { .. }
            | Self::Unavailable { .. }
            | Self::StartFailed { .. }
            | Self::TimedOut { .. } => ErrorClass::Transient,
            Self::Address { .. }
            | Self::Denied { .. }
            | Self::NotFound { .. }
            | Self::Refused { .. }
            | Self::BadAnswer { .. } => ErrorClass::Permanent,
        }
    }

    pub(crate) const fn is_transient(&self) -> bool {
        matches!(self.class(), ErrorClass::Transient)
    }
}
