//! A database of its own for each test: SQLite in a folder of its own, or one of the PostgreSQL that the environment
//! names; both are gone when the test ends.
#![expect(clippy::disallowed_methods, reason = "the one place that reads the tests' environment")]

use std::sync::atomic::{AtomicU32, Ordering};

use jhaas_store::{Connection as _, Database};
use tempfile::TempDir;

static NUMBER: AtomicU32 = AtomicU32::new(0);

/// The PostgreSQL server to test with, if there is one; its user may make databases.
#[must_use]
pub fn postgres_url() -> Option<String> {
    std::env::var("JHAAS_TEST_POSTGRES_URL").ok().filter(|url| !url.is_empty())
}

/// A migrated database.
pub struct TestDatabase {
    pub db: Database,
    pub url: String,
    kept: Kept,
}

enum Kept {
    Folder(#[expect(dead_code, reason = "removed when dropped")] TempDir),
    Postgres { server: String, name: String },
}

impl TestDatabase {
    /// # Panics
    /// When no file can be made.
    pub async fn sqlite() -> Self {
        Self::empty_sqlite().await.migrated().await
    }

    /// Without any table.
    ///
    /// # Panics
    /// When no file can be made.
    pub async fn empty_sqlite() -> Self {
        let folder = tempfile::Builder::new().prefix("jhaas-test-").tempdir().unwrap();
        let url = format!("sqlite://{}?mode=rwc", folder.path().join("test.sqlite").display());
        Self::open(url, Kept::Folder(folder)).await
    }

    /// # Panics
    /// When the server makes no database.
    pub async fn postgres(server: &str) -> Self {
        Self::empty_postgres(server).await.migrated().await
    }

    /// Without any table.
    ///
    /// # Panics
    /// When the server makes no database.
    pub async fn empty_postgres(server: &str) -> Self {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("jhaas_test_{}_{number}", std::process::id());
        let (address, _) = server.rsplit_once('/').unwrap();
        let url = format!("{address}/{name}");
        admin(server, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
        admin(server, &format!("CREATE DATABASE {name}")).await;
        Self::open(url, Kept::Postgres { server: server.to_owned(), name }).await
    }

    /// Whoever is connected is thrown out, and nobody gets in until [`Self::let_in`]; on PostgreSQL.
    ///
    /// # Panics
    /// On SQLite, and when the server does not do it.
    pub async fn cut_off(&self) {
        let (server, name) = self.on_server();
        admin(server, &format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false")).await;
        let end = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
        admin(server, &end).await;
    }

    /// # Panics
    /// As [`Self::cut_off`].
    pub async fn let_in(&self) {
        let (server, name) = self.on_server();
        admin(server, &format!("ALTER DATABASE {name} ALLOW_CONNECTIONS true")).await;
    }

    fn on_server(&self) -> (&str, &str) {
        match &self.kept {
            Kept::Postgres { server, name } => (server, name),
            Kept::Folder(_) => panic!("a file has no connections"),
        }
    }

    async fn open(url: String, kept: Kept) -> Self {
        let db = Database::connect(&url, 5).await.unwrap();
        Self { db, url, kept }
    }

    async fn migrated(self) -> Self {
        self.db.migrate().await.unwrap();
        self
    }
}

async fn admin(server: &str, statement: &str) {
    let db = Database::connect(server, 1).await.unwrap();
    db.pool().execute_unprepared(statement).await.unwrap();
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let Kept::Postgres { server, name } = &self.kept else { return };
        let (server, statement) = (server.clone(), format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        // The test's own runtime may be ending: use another one.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(admin(&server, &statement));
        });
        if dropping.join().is_err() {
            eprintln!("the test database {name} could not be dropped");
        }
    }
}
