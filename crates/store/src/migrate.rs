//! Migrations: forward only, one SQL text for both databases, all or nothing.

use sea_orm::{ConnectionTrait, DatabaseConnection};
use sea_orm_migration::prelude::*;

use crate::{Database, error::Result};

/// The migrations in order: name and text. A released one is never edited.
const MIGRATIONS: [(&str, &str); 3] = [
    ("0001_life", include_str!("../migrations/0001_life.sql")),
    ("0002_visit", include_str!("../migrations/0002_visit.sql")),
    ("0003_cluster", include_str!("../migrations/0003_cluster.sql")),
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

/// Arbitrary, but the same in every version: the advisory lock that lets one migration run at a time on PostgreSQL.
const LOCK: i64 = 0x006a_6861_6173;

/// All in one transaction, which nobody else can be in at the same time: on SQLite because it may write from the
/// beginning, on PostgreSQL because of the lock.
pub(crate) async fn up(database: &Database) -> Result<()> {
    let tx = database.begin().await?;
    if database.is_postgres() {
        tx.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({LOCK})")).await?;
    }
    Migrator::up(&tx, None).await?;
    Ok(tx.commit().await?)
}

/// Whether all migrations of this version are made. Later ones may be too: while a new version is rolled out, the one
/// before it serves on.
pub(crate) async fn is_current(pool: &DatabaseConnection) -> Result<bool> {
    let made = Migrator::get_migration_models(pool).await?;
    Ok(MIGRATIONS.iter().all(|(name, _)| made.iter().any(|one| one.version == *name)))
}
