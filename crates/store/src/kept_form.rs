//! Forms that were sent after the session had ended, until they are sent again.

use jhaas_domain::time::Timestamp;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, sea_query::OnConflict,
};

use crate::{
    entity::kept_form::{Column, Entity, Model},
    error::Result,
};

/// Keeps a form in place of what the same browser sent from the same page before.
///
/// # Errors
/// When the database fails.
pub async fn put(db: &impl ConnectionTrait, row: Model) -> Result<()> {
    let newer = [Column::Person, Column::KeyId, Column::Sealed, Column::ExpiresAt];
    Entity::insert(row.into_active_model())
        .on_conflict(OnConflict::columns([Column::Hash, Column::Page]).update_columns(newer).to_owned())
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// # Errors
/// When the database fails.
pub async fn get(db: &impl ConnectionTrait, hash: &str, page: &str, now: Timestamp) -> Result<Option<Model>> {
    Ok(Entity::find_by_id((hash.to_owned(), page.to_owned()))
        .filter(Column::ExpiresAt.gt(now.as_millis()))
        .one(db)
        .await?)
}

/// # Errors
/// When the database fails.
pub async fn delete(db: &impl ConnectionTrait, hash: &str, page: &str) -> Result<()> {
    Entity::delete_by_id((hash.to_owned(), page.to_owned())).exec(db).await?;
    Ok(())
}

/// # Errors
/// When the database fails.
pub async fn delete_expired(db: &impl ConnectionTrait, now: Timestamp) -> Result<u64> {
    let expired = Entity::delete_many().filter(Column::ExpiresAt.lte(now.as_millis()));
    Ok(expired.exec(db).await?.rows_affected)
}
