//! What can go wrong at the database, as callers need to tell it apart.

/// The result of every query.
pub type Result<T> = std::result::Result<T, StoreError>;

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Somebody else changed the row since it was read; read again and decide again.
    #[error("the row was changed by somebody else")]
    Stale,
    /// A unique index refused the row. Names the index or column as the database does.
    #[error("already there: {0}")]
    Duplicate(String),
    /// A value in the database that this version cannot read.
    #[error("unreadable value in {0}")]
    Corrupt(&'static str),
    /// Locked for too long or not reachable; trying again can help.
    #[error("the database is busy or not reachable: {0}")]
    Unavailable(String),
    /// A dump that this version cannot read.
    #[error("{0}")]
    Dump(String),
    /// A dump is for an empty database. Names a table that is not.
    #[error("the database is not empty: there is something in {0}")]
    NotEmpty(String),
    /// All rows can be replaced only while no program works with them.
    #[error("a portal or another jhaas is connected to the database")]
    InUse,
    #[error("database: {0}")]
    Other(sea_orm::DbErr),
}

impl From<sea_orm::DbErr> for StoreError {
    fn from(error: sea_orm::DbErr) -> Self {
        use sea_orm::{DbErr, SqlErr};
        if let Some(SqlErr::UniqueConstraintViolation(what)) = error.sql_err() {
            return Self::Duplicate(what);
        }
        let text = error.to_string();
        match error {
            DbErr::RecordNotUpdated => Self::Stale,
            DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => Self::Unavailable(text),
            _ if text.contains("database is locked") => Self::Unavailable(text),
            other => Self::Other(other),
        }
    }
}
