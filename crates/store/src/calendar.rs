//! Addresses by which calendars read somebody's courses: one per person.

use jhaas_domain::{id::AccountId, time::Timestamp};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, sea_query::OnConflict,
};

use crate::{
    entity::calendar_feed::{Column, Entity, Model},
    error::Result,
    read::at,
};

/// Gives the person this address instead of the one before.
///
/// # Errors
/// When the database refuses.
pub async fn put(
    db: &impl ConnectionTrait,
    account: AccountId,
    token_hash: &str,
    made_at: Timestamp,
) -> Result<()> {
    let row =
        Model { account_id: account.0, token_hash: token_hash.to_owned(), made_at: made_at.as_millis() };
    let again =
        OnConflict::column(Column::AccountId).update_columns([Column::TokenHash, Column::MadeAt]).to_owned();
    Entity::insert(row.into_active_model()).on_conflict(again).exec_without_returning(db).await?;
    Ok(())
}

/// Since when the person has an address.
///
/// # Errors
/// When the database cannot be asked.
pub async fn made_at(db: &impl ConnectionTrait, account: AccountId) -> Result<Option<Timestamp>> {
    Ok(Entity::find_by_id(account.0).one(db).await?.map(|row| at(row.made_at)))
}

/// Whose address it is.
///
/// # Errors
/// When the database cannot be asked.
pub async fn account_of(db: &impl ConnectionTrait, token_hash: &str) -> Result<Option<AccountId>> {
    let row = Entity::find().filter(Column::TokenHash.eq(token_hash)).one(db).await?;
    Ok(row.map(|row| AccountId(row.account_id)))
}

/// Whether there was one.
///
/// # Errors
/// When the database refuses.
pub async fn delete(db: &impl ConnectionTrait, account: AccountId) -> Result<bool> {
    Ok(Entity::delete_by_id(account.0).exec(db).await?.rows_affected > 0)
}

/// # Errors
/// When the database refuses.
pub async fn delete_all(db: &impl ConnectionTrait) -> Result<u64> {
    Ok(Entity::delete_many().exec(db).await?.rows_affected)
}
