//! Tokens in mails that work once.

use jhaas_domain::{id::AccountId, time::Timestamp};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, sea_query::Expr};

use crate::{entity::one_time_token, error::Result};

/// # Errors
/// When the database fails.
pub async fn insert(db: &impl ConnectionTrait, row: one_time_token::Model) -> Result<()> {
    one_time_token::Entity::insert(row.into_active_model()).exec_without_returning(db).await?;
    Ok(())
}

/// A token that is neither used nor expired.
///
/// # Errors
/// When the database fails.
pub async fn find(
    db: &impl ConnectionTrait,
    hash: &str,
    purpose: &str,
    now: Timestamp,
) -> Result<Option<one_time_token::Model>> {
    Ok(one_time_token::Entity::find_by_id(hash.to_owned())
        .filter(one_time_token::Column::Purpose.eq(purpose))
        .filter(one_time_token::Column::UsedAt.is_null())
        .filter(one_time_token::Column::ExpiresAt.gt(now.as_millis()))
        .one(db)
        .await?)
}

/// Uses a token up; only one of two at the same time gets `true`.
///
/// # Errors
/// When the database fails.
pub async fn take(db: &impl ConnectionTrait, hash: &str, now: Timestamp) -> Result<bool> {
    let taken = one_time_token::Entity::update_many()
        .col_expr(one_time_token::Column::UsedAt, Expr::value(now.as_millis()))
        .filter(one_time_token::Column::Hash.eq(hash))
        .filter(one_time_token::Column::UsedAt.is_null())
        .filter(one_time_token::Column::ExpiresAt.gt(now.as_millis()))
        .exec(db)
        .await?;
    Ok(taken.rows_affected == 1)
}

/// Makes all earlier tokens of this purpose worthless.
///
/// # Errors
/// When the database fails.
pub async fn void(db: &impl ConnectionTrait, account: AccountId, purpose: &str) -> Result<()> {
    one_time_token::Entity::delete_many()
        .filter(one_time_token::Column::AccountId.eq(account.0))
        .filter(one_time_token::Column::Purpose.eq(purpose))
        .exec(db)
        .await?;
    Ok(())
}

/// # Errors
/// When the database fails.
pub async fn delete_of_account(db: &impl ConnectionTrait, account: AccountId) -> Result<()> {
    one_time_token::Entity::delete_many()
        .filter(one_time_token::Column::AccountId.eq(account.0))
        .exec(db)
        .await?;
    Ok(())
}

/// # Errors
/// When the database fails.
pub async fn delete_expired(db: &impl ConnectionTrait, before: Timestamp) -> Result<u64> {
    Ok(one_time_token::Entity::delete_many()
        .filter(one_time_token::Column::ExpiresAt.lt(before.as_millis()))
        .exec(db)
        .await?
        .rows_affected)
}

/// # Errors
/// When the database fails.
pub async fn delete_all(db: &impl ConnectionTrait) -> Result<u64> {
    Ok(one_time_token::Entity::delete_many().exec(db).await?.rows_affected)
}
