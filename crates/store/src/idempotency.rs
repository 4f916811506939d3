//! Requests of programs that came with a key, and which course they made.

use jhaas_domain::{id::AccountId, time::Timestamp};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter};

use crate::{
    entity::idempotency_key::{Column, Entity, Model},
    error::Result,
};

/// # Errors
/// [`crate::StoreError::Duplicate`] when the person used the key before.
pub async fn insert(db: &impl ConnectionTrait, row: Model) -> Result<()> {
    Entity::insert(row.into_active_model()).exec_without_returning(db).await?;
    Ok(())
}

/// # Errors
/// When the database fails.
pub async fn get(db: &impl ConnectionTrait, account: AccountId, key: &str) -> Result<Option<Model>> {
    Ok(Entity::find_by_id((account.0, key.to_owned())).one(db).await?)
}

/// # Errors
/// When the database fails.
pub async fn delete_before(db: &impl ConnectionTrait, before: Timestamp) -> Result<u64> {
    let old = Entity::delete_many().filter(Column::CreatedAt.lt(before.as_millis()));
    Ok(old.exec(db).await?.rows_affected)
}
