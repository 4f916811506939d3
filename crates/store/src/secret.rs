//! Sealed secrets, by owner and name.

use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, sea_query::OnConflict,
};

use crate::{entity::sealed_secret, error::Result};

/// # Errors
/// When the database fails.
pub async fn find(
    db: &impl ConnectionTrait,
    owner: &str,
    name: &str,
) -> Result<Option<sealed_secret::Model>> {
    Ok(sealed_secret::Entity::find_by_id((owner.to_owned(), name.to_owned())).one(db).await?)
}

/// Every secret, as it is stored.
///
/// # Errors
/// When the database fails.
pub async fn all(db: &impl ConnectionTrait) -> Result<Vec<sealed_secret::Model>> {
    Ok(sealed_secret::Entity::find().all(db).await?)
}

/// Every secret of one owner.
///
/// # Errors
/// When the database fails.
pub async fn of_owner(db: &impl ConnectionTrait, owner: &str) -> Result<Vec<sealed_secret::Model>> {
    Ok(sealed_secret::Entity::find().filter(sealed_secret::Column::Owner.eq(owner)).all(db).await?)
}

/// Stores secrets, but none of a name that is there already.
///
/// # Errors
/// When the database fails.
pub async fn insert_absent(db: &impl ConnectionTrait, rows: Vec<sealed_secret::Model>) -> Result<()> {
    sealed_secret::Entity::insert_many(rows.into_iter().map(IntoActiveModel::into_active_model))
        .on_conflict(
            OnConflict::columns([sealed_secret::Column::Owner, sealed_secret::Column::Name])
                .do_nothing()
                .to_owned(),
        )
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Stores a secret unless there is one of that name; returns whether it did.
///
/// # Errors
/// When the database fails.
pub async fn insert_if_absent(db: &impl ConnectionTrait, row: sealed_secret::Model) -> Result<bool> {
    let written = sealed_secret::Entity::insert(row.into_active_model())
        .on_conflict(
            OnConflict::columns([sealed_secret::Column::Owner, sealed_secret::Column::Name])
                .do_nothing()
                .to_owned(),
        )
        .exec_without_returning(db)
        .await;
    match written {
        Ok(rows) => Ok(rows > 0),
        Err(sea_orm::DbErr::RecordNotInserted) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// # Errors
/// When the database fails.
pub async fn delete(db: &impl ConnectionTrait, owner: &str, name: &str) -> Result<()> {
    sealed_secret::Entity::delete_by_id((owner.to_owned(), name.to_owned())).exec(db).await?;
    Ok(())
}

/// # Errors
/// When the database fails.
pub async fn delete_of_owner(db: &impl ConnectionTrait, owner: &str) -> Result<()> {
    sealed_secret::Entity::delete_many().filter(sealed_secret::Column::Owner.eq(owner)).exec(db).await?;
    Ok(())
}
