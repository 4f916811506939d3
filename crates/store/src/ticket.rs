//! Single-use sign-ins of synthetic students.

use jhaas_domain::time::Timestamp;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, sea_query::Expr};

use crate::{entity::ticket, error::Result};

/// # Errors
/// When the database fails.
pub async fn insert(db: &impl ConnectionTrait, row: ticket::Model) -> Result<()> {
    ticket::Entity::insert(row.into_active_model()).exec_without_returning(db).await?;
    Ok(())
}

/// Uses a ticket up; only one of two at the same time gets it.
///
/// # Errors
/// When the database fails.
pub async fn take(db: &impl ConnectionTrait, hash: &str, now: Timestamp) -> Result<Option<ticket::Model>> {
    let taken = ticket::Entity::update_many()
        .col_expr(ticket::Column::UsedAt, Expr::value(now.as_millis()))
        .filter(ticket::Column::Hash.eq(hash))
        .filter(ticket::Column::UsedAt.is_null())
        .filter(ticket::Column::ExpiresAt.gt(now.as_millis()))
        .exec(db)
        .await?;
    if taken.rows_affected == 0 {
        return Ok(None);
    }
    Ok(ticket::Entity::find_by_id(hash.to_owned()).one(db).await?)
}

/// # Errors
/// When the database fails.
pub async fn delete_expired(db: &impl ConnectionTrait, before: Timestamp) -> Result<u64> {
    Ok(ticket::Entity::delete_many()
        .filter(ticket::Column::ExpiresAt.lt(before.as_millis()))
        .exec(db)
        .await?
        .rows_affected)
}

/// # Errors
/// When the database fails.
pub async fn delete_all(db: &impl ConnectionTrait) -> Result<u64> {
    Ok(ticket::Entity::delete_many().exec(db).await?.rows_affected)
}
