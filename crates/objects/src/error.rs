//! What can go wrong with the object store.

use jhaas_domain::deployment::ErrorClass;

/// An operation on the object store failed. The text is for operators and holds no secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ObjectsError {
    /// The settings or a key cannot be used at all.
    #[error("the settings of the object store do not work: {detail}")]
    Config { detail: String },
    /// Network, service or folder are not there now.
    #[error("the object store cannot be reached: {detail}")]
    Unreachable { detail: String },
    /// The keys or the file permissions do not allow it.
    #[error("the object store refuses access: {detail}")]
    Denied { detail: String },
    /// No space or no quota left.
    #[error("the object store is full: {detail}")]
    Full { detail: String },
    /// An object that must be there is not.
    #[error("there is no object {key}")]
    Missing { key: String },
    /// An object that must be new is there, from somebody who is not known here.
    #[error("there is an object {key} already")]
    Taken { key: String },
    /// The object is not what its key promises.
    #[error("the object {key} is damaged: {detail}")]
    Corrupt { key: String, detail: String },
    /// The object exceeds what is ever read or written.
    #[error("the object {key} is larger than {limit} bytes")]
    TooLarge { key: String, limit: u64 },
}

impl ObjectsError {
    /// Whether trying again can help.
    #[must_use]
    pub const fn class(&self) -> ErrorClass {
        match self {
            Self::Unreachable { .. } | Self::Full { .. } | Self::Taken { .. } => ErrorClass::Transient,
            Self::Config { .. }
            | Self::Denied { .. }
            | Self::Missing { .. }
            | Self::Corrupt { .. }
            | Self::TooLarge { .. } => ErrorClass::Permanent,
        }
    }
}
