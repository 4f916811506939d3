//! Migrations: forward only, one SQL text for both databases, all or nothing.

use sea_orm::{ConnectionTrait, DatabaseBackend, DatabaseConnection, RuntimeErr, Statement};
use sea_orm_migration::prelude::*;

use crate::{
    Database,
    database::Tx,
    error::{Result, StoreError},
};

/// The migrations in order: name and text. A released one is never edited.
const MIGRATIONS: [(&str, &str); 10] = [
    ("0001_life", include_str!("../migrations/0001_life.sql")),
    ("0002_visit", include_str!("../migrations/0002_visit.sql")),
    ("0003_cluster", include_str!("../migrations/0003_cluster.sql")),
    ("0004_identity_session", include_str!("../migrations/0004_identity_session.sql")),
    ("0005_metrics", include_str!("../migrations/0005_metrics.sql")),
    ("0006_homes", include_str!("../migrations/0006_homes.sql")),
    ("0007_access_token", include_str!("../migrations/0007_access_token.sql")),
    ("0008_invite", include_str!("../migrations/0008_invite.sql")),
    ("0009_kept_form", include_str!("../migrations/0009_kept_form.sql")),
    ("0010_lists", include_str!("../migrations/0010_lists.sql")),
];

struct Step {
    name: &'static str,
    sql: &'static str,
}

impl MigrationName for Step {
    fn name(&self) -> &str {
        self.name
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> std::result::Result<(), DbErr> {
        for statement in statements(self.sql) {
            manager.get_connection().execute_unprepared(&statement).await?;
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

/// Splits at semicolons that end a line and drops comment lines.
fn statements(sql: &str) -> Vec<String> {
    let code: Vec<&str> = sql.lines().filter(|line| !line.trim_start().starts_with("--")).collect();
    code.join("\n")
        .split(";\n")
        .map(|s| s.trim().trim_end_matches(';').to_owned())
        .filter(|s| !s.is_empty())
        .collect()
}

struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        MIGRATIONS.iter().map(|(name, sql)| Box::new(Step { name, sql }) as Box<dyn MigrationTrait>).collect()
    }
}

/// Where the library notes which migrations have run.
const BOOK: &str = "seaql_migrations";

/// Arbitrary, but the same in every version: the advisory lock that lets one migration run at a time on PostgreSQL.
const LOCK: i64 = 0x006a_6861_6173;

/// Another one: shared by all who work with the rows, exclusive for whoever replaces them all.
pub(crate) const WORK: &str = "SELECT pg_advisory_lock_shared(457017745780)";
const ALONE: &str = "SELECT pg_advisory_xact_lock(457017745780)";

/// How long a statement waits for a table. While it waits, all who come later wait behind it: better that the migration
/// fails and is tried again.
const PATIENCE: &str = "5s";

/// All in one transaction, which nobody else can be in at the same time: on SQLite because it may write from the
/// beginning, on PostgreSQL because of the lock.
pub(crate) async fn up(database: &Database) -> Result<()> {
    let tx = database.begin().await?;
    hold(&tx).await?;
    if is_postgres(&tx) {
        tx.execute_unprepared(&format!("SET LOCAL lock_timeout = '{PATIENCE}'")).await?;
    }
    to_newest(&tx).await?;
    Ok(tx.commit().await?)
}

/// Keeps everybody out who joins the database, unless somebody is in it.
pub(crate) async fn hold_alone(tx: &Tx) -> Result<()> {
    if !is_postgres(tx) {
        return Ok(());
    }
    // A program that has just ended may still be in.
    tx.execute_unprepared(&format!("SET LOCAL lock_timeout = '{PATIENCE}'")).await?;
    if let Err(error) = tx.execute_unprepared(ALONE).await {
        return Err(if is_lock_timeout(&error) { StoreError::InUse } else { error.into() });
    }
    tx.execute_unprepared("SET LOCAL lock_timeout = DEFAULT").await?;
    Ok(())
}

/// PostgreSQL's `lock_not_available`, whatever language it speaks.
fn is_lock_timeout(error: &DbErr) -> bool {
    let (DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error))) = error
    else {
        return false;
    };
    error.as_database_error().and_then(|error| error.code()).is_some_and(|code| code == "55P03")
}

/// Keeps other migrations out until the transaction ends.
pub(crate) async fn hold(tx: &Tx) -> Result<()> {
    if is_postgres(tx) {
        tx.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({LOCK})")).await?;
    }
    Ok(())
}

pub(crate) async fn to_newest(tx: &Tx) -> Result<()> {
    Ok(Migrator::up(tx, None).await?)
}

/// Whether all migrations of this version are made. Later ones may be too: while a new version is rolled out, the one
/// before it serves on.
pub(crate) async fn is_current(pool: &DatabaseConnection) -> Result<bool> {
    let made = Migrator::get_migration_models(pool).await?;
    Ok(MIGRATIONS.iter().all(|(name, _)| made.iter().any(|one| one.version == *name)))
}

pub(crate) fn is_postgres(db: &impl ConnectionTrait) -> bool {
    db.get_database_backend() == DatabaseBackend::Postgres
}

/// The migrations of this version, in order.
pub(crate) fn names() -> Vec<&'static str> {
    MIGRATIONS.iter().map(|(name, _)| *name).collect()
}

/// The tables that migrations make, in that order: what is referred to comes first.
fn tables() -> impl Iterator<Item = &'static str> {
    let lines = MIGRATIONS.iter().flat_map(|(_, sql)| sql.lines());
    lines.filter_map(|line| line.strip_prefix("CREATE TABLE ")?.split_whitespace().next())
}

/// Those of them that are there.
pub(crate) async fn present(tx: &Tx) -> Result<Vec<&'static str>> {
    let there = all_tables(tx).await?;
    Ok(tables().filter(|table| there.iter().any(|name| name == table)).collect())
}

/// Whatever table is there, others' included.
async fn all_tables(tx: &Tx) -> Result<Vec<String>> {
    let sql = if is_postgres(tx) {
        "SELECT CAST(tablename AS TEXT) AS name FROM pg_tables WHERE schemaname = current_schema()"
    } else {
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
    };
    names_by(tx, sql).await
}

/// The migrations that the database has.
pub(crate) async fn applied(tx: &Tx) -> Result<Vec<String>> {
    if !all_tables(tx).await?.iter().any(|name| name == BOOK) {
        return Ok(Vec::new());
    }
    names_by(tx, &format!("SELECT version AS name FROM {BOOK} ORDER BY version")).await
}

/// Throws all tables away and makes them as they were after so many migrations.
pub(crate) async fn make_anew(tx: &Tx, migrations: u32) -> Result<()> {
    for table in present(tx).await?.into_iter().rev() {
        tx.execute_unprepared(&format!("DROP TABLE {table}")).await?;
    }
    tx.execute_unprepared(&format!("DROP TABLE IF EXISTS {BOOK}")).await?;
    Ok(Migrator::up(tx, Some(migrations)).await?)
}

async fn names_by(tx: &Tx, sql: &str) -> Result<Vec<String>> {
    let rows = tx.query_all_raw(Statement::from_string(tx.get_database_backend(), sql)).await?;
    rows.into_iter().map(|row| Ok(row.try_get("", "name")?)).collect()
}
