//! What outside providers said of the people of sessions. The rows go with their sessions.

use jhaas_domain::{id::AccountId, time::Timestamp};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect, sea_query::Expr,
};

use crate::{entity::identity_session, error::Result};

/// # Errors
/// When the database fails.
pub async fn insert(db: &impl ConnectionTrait, row: identity_session::Model) -> Result<()> {
    identity_session::Entity::insert(row.into_active_model()).exec_without_returning(db).await?;
    Ok(())
}

/// # Errors
/// When the database fails.
pub async fn by_session(db: &impl ConnectionTrait, hash: &str) -> Result<Option<identity_session::Model>> {
    Ok(identity_session::Entity::find_by_id(hash.to_owned()).one(db).await?)
}

/// # Errors
/// When the database fails.
pub async fn of_account(
    db: &impl ConnectionTrait,
    account: AccountId,
) -> Result<Vec<identity_session::Model>> {
    Ok(identity_session::Entity::find()
        .filter(identity_session::Column::AccountId.eq(account.0))
        .all(db)
        .await?)
}

/// The other sessions of the identity that this one is of.
///
/// # Errors
/// When the database fails.
pub async fn siblings(
    db: &impl ConnectionTrait,
    of: &identity_session::Model,
) -> Result<Vec<identity_session::Model>> {
    Ok(identity_session::Entity::find()
        .filter(identity_session::Column::Issuer.eq(of.issuer.as_str()))
        .filter(identity_session::Column::Subject.eq(of.subject.as_str()))
        .filter(identity_session::Column::SessionHash.ne(of.session_hash.as_str()))
        .all(db)
        .await?)
}

/// The session whose provider must be asked for the longest time, and that nobody works on.
///
/// # Errors
/// When the database fails.
pub async fn first_due(db: &impl ConnectionTrait, now: Timestamp) -> Result<Option<identity_session::Model>> {
    Ok(identity_session::Entity::find()
        .filter(identity_session::Column::DueAt.lte(now.as_millis()))
        .filter(free(now))
        .order_by_asc(identity_session::Column::DueAt)
        .limit(1)
        .one(db)
        .await?)
}

/// Takes a session for a while; only one of two at the same time gets `true`.
///
/// # Errors
/// When the database fails.
pub async fn lease(
    db: &impl ConnectionTrait,
    hash: &str,
    token: &str,
    until: Timestamp,
    now: Timestamp,
) -> Result<bool> {
    let leased = identity_session::Entity::update_many()
        .col_expr(identity_session::Column::LeaseToken, Expr::value(token))
        .col_expr(identity_session::Column::LeaseUntil, Expr::value(until.as_millis()))
        .filter(identity_session::Column::SessionHash.eq(hash))
        .filter(free(now))
        .exec(db)
        .await?;
    Ok(leased.rows_affected == 1)
}

/// Writes what the provider said, and gives the lease back. The caller has made sure that it holds it.
///
/// # Errors
/// When the database fails.
pub async fn refreshed(db: &impl ConnectionTrait, row: &identity_session::Model) -> Result<()> {
    identity_session::Entity::update_many()
        .col_expr(identity_session::Column::KeyId, Expr::value(row.key_id.as_str()))
        .col_expr(identity_session::Column::Tokens, Expr::value(row.tokens.as_str()))
        .col_expr(identity_session::Column::RefreshedAt, Expr::value(row.refreshed_at))
        .col_expr(identity_session::Column::DueAt, Expr::value(row.due_at))
        .col_expr(identity_session::Column::LeaseToken, Expr::value(Option::<String>::None))
        .col_expr(identity_session::Column::LeaseUntil, Expr::value(Option::<i64>::None))
        .col_expr(identity_session::Column::LastError, Expr::value(Option::<String>::None))
        .filter(identity_session::Column::SessionHash.eq(row.session_hash.as_str()))
        .exec(db)
        .await?;
    Ok(())
}

/// Keeps other tokens with a session, whoever works on it. What went wrong with those before is forgotten.
///
/// # Errors
/// When the database fails.
pub async fn set_tokens(db: &impl ConnectionTrait, hash: &str, key_id: &str, tokens: &str) -> Result<()> {
    identity_session::Entity::update_many()
        .col_expr(identity_session::Column::KeyId, Expr::value(key_id))
        .col_expr(identity_session::Column::Tokens, Expr::value(tokens))
        .col_expr(identity_session::Column::LastError, Expr::value(Option::<String>::None))
        .filter(identity_session::Column::SessionHash.eq(hash))
        .exec(db)
        .await?;
    Ok(())
}

/// A session is due at this instant, whoever works on it.
///
/// # Errors
/// When the database fails.
pub async fn set_due(db: &impl ConnectionTrait, hash: &str, due_at: i64) -> Result<()> {
    identity_session::Entity::update_many()
        .col_expr(identity_session::Column::DueAt, Expr::value(due_at))
        .filter(identity_session::Column::SessionHash.eq(hash))
        .exec(db)
        .await?;
    Ok(())
}

/// Gives the lease back without an answer; the session is due again at `until`.
///
/// # Errors
/// When the database fails.
pub async fn put_off(db: &impl ConnectionTrait, hash: &str, error: &str, until: Timestamp) -> Result<()> {
    identity_session::Entity::update_many()
        .col_expr(identity_session::Column::DueAt, Expr::value(until.as_millis()))
        .col_expr(identity_session::Column::LastError, Expr::value(error))
        .col_expr(identity_session::Column::LeaseToken, Expr::value(Option::<String>::None))
        .col_expr(identity_session::Column::LeaseUntil, Expr::value(Option::<i64>::None))
        .filter(identity_session::Column::SessionHash.eq(hash))
        .exec(db)
        .await?;
    Ok(())
}

/// Leaves a provider alone until `until`: none of its sessions that nobody works on is due before.
///
/// # Errors
/// When the database fails.
pub async fn put_off_issuer(db: &impl ConnectionTrait, issuer: &str, until: Timestamp) -> Result<()> {
    identity_session::Entity::update_many()
        .col_expr(identity_session::Column::DueAt, Expr::value(until.as_millis()))
        .filter(identity_session::Column::Issuer.eq(issuer))
        .filter(identity_session::Column::DueAt.lt(until.as_millis()))
        .filter(identity_session::Column::LeaseToken.is_null())
        .exec(db)
        .await?;
    Ok(())
}

/// The roles that an identity has by now, in all its sessions.
///
/// # Errors
/// When the database fails.
pub async fn set_roles(db: &impl ConnectionTrait, issuer: &str, subject: &str, roles: &str) -> Result<()> {
    identity_session::Entity::update_many()
        .col_expr(identity_session::Column::Roles, Expr::value(roles))
        .filter(identity_session::Column::Issuer.eq(issuer))
        .filter(identity_session::Column::Subject.eq(subject))
        .exec(db)
        .await?;
    Ok(())
}

/// Lets the other sessions of an identity be asked about at once.
///
/// # Errors
/// When the database fails.
pub async fn hurry(db: &impl ConnectionTrait, issuer: &str, subject: &str, now: Timestamp) -> Result<()> {
    identity_session::Entity::update_many()
        .col_expr(identity_session::Column::DueAt, Expr::value(now.as_millis()))
        .filter(identity_session::Column::Issuer.eq(issuer))
        .filter(identity_session::Column::Subject.eq(subject))
        .filter(identity_session::Column::DueAt.gt(now.as_millis()))
        .exec(db)
        .await?;
    Ok(())
}

fn free(now: Timestamp) -> Condition {
    Condition::any()
        .add(identity_session::Column::LeaseUntil.is_null())
        .add(identity_session::Column::LeaseUntil.lte(now.as_millis()))
}
