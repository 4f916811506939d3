//! Connections and transactions.

use std::time::Duration;

use sea_orm::{
    ConnectOptions, DatabaseBackend, DatabaseConnection, DatabaseTransaction, SqliteTransactionMode,
    TransactionOptions, TransactionTrait,
};

use crate::{error::Result, migrate};

/// A transaction; dropped without [`Tx::commit`] it changes nothing.
pub type Tx = DatabaseTransaction;

/// The pool of connections.
#[derive(Clone, Debug)]
pub struct Database {
    pool: DatabaseConnection,
}

impl Database {
    /// Connects to `sqlite://…?mode=rwc` or `postgres://…`. Does not migrate.
    ///
    /// # Errors
    /// When the database cannot be reached or opened.
    pub async fn connect(url: &str, max_connections: u32) -> Result<Self> {
        let mut options = ConnectOptions::new(url);
        options
            .max_connections(max_connections)
            .acquire_timeout(Duration::from_secs(10))
            .connect_timeout(Duration::from_secs(10))
            .sqlx_logging(false)
            .map_sqlx_sqlite_opts(|sqlite| {
                sqlite
                    .pragma("journal_mode", "WAL")
                    .pragma("synchronous", "NORMAL")
                    .pragma("busy_timeout", "10000")
                    .pragma("foreign_keys", "ON")
            });
        Ok(Self { pool: sea_orm::Database::connect(options).await? })
    }

    /// Brings the tables to this version. Safe to run twice and at the same time.
    ///
    /// # Errors
    /// When a migration fails; nothing of that migration stays.
    pub async fn migrate(&self) -> Result<()> {
        migrate::up(&self.pool).await
    }

    /// Whether every migration of this version has run.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn is_current(&self) -> Result<bool> {
        migrate::is_current(&self.pool).await
    }

    /// For reading outside a transaction.
    #[must_use]
    pub fn pool(&self) -> &DatabaseConnection {
        &self.pool
    }

    #[must_use]
    pub fn is_postgres(&self) -> bool {
        self.pool.get_database_backend() == DatabaseBackend::Postgres
    }

    /// A transaction that may write. On SQLite it takes the write lock at once: a later upgrade of a read lock would
    /// fail without waiting.
    ///
    /// # Errors
    /// When no connection or lock is to be had in time.
    pub async fn begin(&self) -> Result<Tx> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        Ok(self.pool.begin_with_options(options).await?)
    }
}
