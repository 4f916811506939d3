//! Connections and transactions.

use std::time::Duration;

use jhaas_domain::time::Timestamp;
use sea_orm::{
    AccessMode, ConnectOptions, ConnectionTrait, DatabaseBackend, DatabaseConnection, DatabaseTransaction,
    IsolationLevel, SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait, TryGetable,
    sqlx::Executor as _,
};

use crate::{
    error::{Result, StoreError},
    migrate,
    read::at,
};

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
        Self::open(url, max_connections, false).await
    }

    /// The same for programs that work with the rows: as long as one of them is connected, wherever it runs, nobody
    /// replaces all rows under it ([`Database::replace`]). On PostgreSQL each connection holds a lock for that; whoever
    /// connects meanwhile waits.
    ///
    /// # Errors
    /// When the database cannot be reached or opened.
    pub async fn join(url: &str, max_connections: u32) -> Result<Self> {
        Self::open(url, max_connections, true).await
    }

    async fn open(url: &str, max_connections: u32, joins: bool) -> Result<Self> {
        if ![DatabaseBackend::Sqlite, DatabaseBackend::Postgres].iter().any(|kind| kind.is_prefix_of(url)) {
            // The library's own words would repeat the address, and with it the password.
            let detail = "its address must begin with sqlite: or postgres:";
            return Err(StoreError::Unavailable(detail.to_owned()));
        }
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
        if joins {
            options.map_sqlx_postgres_pool_opts(|pool| {
                pool.after_connect(|connection, _| {
                    Box::pin(async move { connection.execute(migrate::WORK).await.map(|_| ()) })
                })
            });
        }
        Ok(Self { pool: sea_orm::Database::connect(options).await? })
    }

    /// Brings the tables to this version. Safe to run twice and at the same time.
    ///
    /// # Errors
    /// When a migration fails; nothing of any stays.
    pub async fn migrate(&self) -> Result<()> {
        migrate::up(self).await
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

    /// A transaction in which all rows may be replaced: nobody has joined the database, and nobody joins it until the end.
    /// On SQLite nobody else can write meanwhile; that no portal runs is for the caller to see.
    ///
    /// # Errors
    /// [`StoreError::InUse`] when somebody is connected.
    pub async fn replace(&self) -> Result<Tx> {
        let tx = self.begin().await?;
        migrate::hold_alone(&tx).await?;
        Ok(tx)
    }

    /// A transaction for reading alone. What others write meanwhile is not seen, and nobody waits for it.
    ///
    /// # Errors
    /// When no connection is to be had in time.
    pub async fn snapshot(&self) -> Result<Tx> {
        // SQLite sees it so in every transaction, and its driver knows no levels.
        let levels = self.is_postgres();
        let options = TransactionOptions {
            isolation_level: levels.then_some(IsolationLevel::RepeatableRead),
            access_mode: levels.then_some(AccessMode::ReadOnly),
            sqlite_transaction_mode: Some(SqliteTransactionMode::Deferred),
        };
        Ok(self.pool.begin_with_options(options).await?)
    }

    /// The database's own clock.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn now(&self) -> Result<Timestamp> {
        let sql = if self.is_postgres() {
            "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT) AS answer"
        } else {
            "SELECT CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER) AS answer"
        };
        self.ask(sql).await.map(at)
    }

    /// How SQLite keeps its journal, for instance `wal`; `None` on PostgreSQL.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn journal_mode(&self) -> Result<Option<String>> {
        if self.is_postgres() {
            return Ok(None);
        }
        self.ask("SELECT journal_mode AS answer FROM pragma_journal_mode").await.map(Some)
    }

    async fn ask<T: TryGetable>(&self, sql: &str) -> Result<T> {
        let question = Statement::from_string(self.pool.get_database_backend(), sql);
        let row = self.pool.query_one_raw(question).await?;
        let row = row.ok_or(StoreError::Corrupt("answer"))?;
        Ok(row.try_get("", "answer")?)
    }
}
