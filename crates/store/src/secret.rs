//! Sealed secrets, by owner and name.

use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter,
    sea_query::OnConflict,
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

/// Stores secrets, but none of a name that is there already; returns how many were stored.
///
/// # Errors
/// When the database fails.
pub async fn insert_absent(db: &impl ConnectionTrait, rows: Vec<sealed_secret::Model>) -> Result<usize> {
    let rows = rows.into_iter().map(IntoActiveModel::into_active_model);
    let written = sealed_secret::Entity::insert_many(rows)
        .on_conflict(
            OnConflict::columns([sealed_secret::Column::Owner, sealed_secret::Column::Name])
                .do_nothing()
                .to_owned(),
        )
        .exec_without_returning(db)
        .await;
    match written {
        Ok(rows) => Ok(usize::try_from(rows).unwrap_or(usize::MAX)),
        Err(sea_orm::DbErr::RecordNotInserted) => Ok(0),
        Err(error) => Err(error.into()),
    }
}

/// Seals a secret that is there with another key.
///
/// # Errors
/// When the database fails.
pub async fn replace(db: &impl ConnectionTrait, row: sealed_secret::Model) -> Result<()> {
    sealed_secret::Entity::update_many()
        .set(row.clone().into_active_model().reset_all())
        .filter(sealed_secret::Column::Owner.eq(row.owner))
        .filter(sealed_secret::Column::Name.eq(row.name))
        .exec(db)
        .await?;
    Ok(())
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
