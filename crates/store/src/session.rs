//! Sessions of browsers.

use jhaas_domain::{id::AccountId, time::Timestamp};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, sea_query::Expr,
};

use crate::{entity::session, error::Result};

/// # Errors
/// When the database fails.
pub async fn insert(db: &impl ConnectionTrait, row: session::Model) -> Result<()> {
    session::Entity::insert(row.into_active_model()).exec_without_returning(db).await?;
    Ok(())
}

/// # Errors
/// When the database fails.
pub async fn by_hash(db: &impl ConnectionTrait, hash: &str) -> Result<Option<session::Model>> {
    Ok(session::Entity::find_by_id(hash.to_owned()).one(db).await?)
}

/// # Errors
/// When the database fails.
pub async fn of_account(db: &impl ConnectionTrait, account: AccountId) -> Result<Vec<session::Model>> {
    Ok(session::Entity::find()
        .filter(session::Column::AccountId.eq(account.0))
        .order_by_desc(session::Column::SeenAt)
        .all(db)
        .await?)
}

/// # Errors
/// When the database fails.
pub async fn touch(db: &impl ConnectionTrait, hash: &str, now: Timestamp) -> Result<()> {
    session::Entity::update_many()
        .col_expr(session::Column::SeenAt, Expr::value(now.as_millis()))
        .filter(session::Column::Hash.eq(hash))
        .filter(session::Column::SeenAt.lt(now.as_millis()))
        .exec(db)
        .await?;
    Ok(())
}

/// Lets a session end no later than at `end`.
///
/// # Errors
/// When the database fails.
pub async fn end_by(db: &impl ConnectionTrait, hash: &str, end: Timestamp) -> Result<()> {
    session::Entity::update_many()
        .col_expr(session::Column::ExpiresAt, Expr::value(end.as_millis()))
        .filter(session::Column::Hash.eq(hash))
        .filter(session::Column::ExpiresAt.gt(end.as_millis()))
        .exec(db)
        .await?;
    Ok(())
}

/// # Errors
/// When the database fails.
pub async fn delete(db: &impl ConnectionTrait, hash: &str) -> Result<bool> {
    Ok(session::Entity::delete_by_id(hash.to_owned()).exec(db).await?.rows_affected > 0)
}

/// All sessions of an account but `keep`; returns their hashes.
///
/// # Errors
/// When the database fails.
pub async fn delete_of_account(
    db: &impl ConnectionTrait,
    account: AccountId,
    keep: Option<&str>,
) -> Result<Vec<String>> {
    let hashes: Vec<String> = of_account(db, account)
        .await?
        .into_iter()
        .map(|row| row.hash)
        .filter(|hash| Some(hash.as_str()) != keep)
        .collect();
    session::Entity::delete_many().filter(session::Column::Hash.is_in(hashes.clone())).exec(db).await?;
    Ok(hashes)
}

/// Sessions that are over: past their end, or idle since `idle_since`.
///
/// # Errors
/// When the database fails.
pub async fn delete_over(db: &impl ConnectionTrait, now: Timestamp, idle_since: Timestamp) -> Result<u64> {
    let over = sea_orm::Condition::any()
        .add(session::Column::ExpiresAt.lte(now.as_millis()))
        .add(session::Column::SeenAt.lt(idle_since.as_millis()));
    Ok(session::Entity::delete_many().filter(over).exec(db).await?.rows_affected)
}

/// Signs everybody out.
///
/// # Errors
/// When the database fails.
pub async fn delete_all(db: &impl ConnectionTrait) -> Result<u64> {
    Ok(session::Entity::delete_many().exec(db).await?.rows_affected)
}
