//! What the OpenID provider keeps: clients, grants, codes and access tokens.

use jhaas_domain::{
    id::{AccountId, CourseId, GrantId},
    time::Timestamp,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect,
    QueryTrait,
    prelude::Uuid,
    sea_query::{Expr, OnConflict, SelectStatement},
};

use crate::{
    entity::{oidc_access_token, oidc_client, oidc_code, oidc_grant},
    error::Result,
};

/// # Errors
/// When the database fails.
pub async fn client(db: &impl ConnectionTrait, client_id: &str) -> Result<Option<oidc_client::Model>> {
    Ok(oidc_client::Entity::find_by_id(client_id.to_owned()).one(db).await?)
}

/// # Errors
/// When the database fails.
pub async fn client_of(db: &impl ConnectionTrait, course: CourseId) -> Result<Option<oidc_client::Model>> {
    Ok(oidc_client::Entity::find().filter(oidc_client::Column::CourseId.eq(course.0)).one(db).await?)
}

/// Stores a client; one that is there already only follows its hub's address.
///
/// # Errors
/// When the database fails.
pub async fn put_client(db: &impl ConnectionTrait, row: oidc_client::Model) -> Result<()> {
    let address = [oidc_client::Column::RedirectUri, oidc_client::Column::PostLogoutRedirectUri];
    oidc_client::Entity::insert(row.into_active_model())
        .on_conflict(OnConflict::column(oidc_client::Column::ClientId).update_columns(address).to_owned())
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// # Errors
/// When the database fails.
pub async fn delete_client(db: &impl ConnectionTrait, client_id: &str) -> Result<()> {
    oidc_client::Entity::delete_by_id(client_id.to_owned()).exec(db).await?;
    Ok(())
}

/// # Errors
/// When the database fails.
pub async fn insert_grant(db: &impl ConnectionTrait, row: oidc_grant::Model) -> Result<()> {
    oidc_grant::Entity::insert(row.into_active_model()).exec_without_returning(db).await?;
    Ok(())
}

/// # Errors
/// When the database fails.
pub async fn grant(db: &impl ConnectionTrait, id: GrantId) -> Result<Option<oidc_grant::Model>> {
    Ok(oidc_grant::Entity::find_by_id(id.0).one(db).await?)
}

/// Gives a grant its first refresh token, when its code is exchanged.
///
/// # Errors
/// When the database fails.
pub async fn start_family(
    db: &impl ConnectionTrait,
    id: GrantId,
    refresh_hash: &str,
    now: Timestamp,
) -> Result<bool> {
    let started = oidc_grant::Entity::update_many()
        .col_expr(oidc_grant::Column::RefreshHash, Expr::value(refresh_hash))
        .col_expr(oidc_grant::Column::RotatedAt, Expr::value(now.as_millis()))
        .filter(oidc_grant::Column::Id.eq(id.0))
        .filter(oidc_grant::Column::RefreshHash.is_null())
        .filter(oidc_grant::Column::RevokedAt.is_null())
        .exec(db)
        .await?;
    Ok(started.rows_affected == 1)
}

/// Follows a refresh token by its successor; only one of two at the same time gets `true`.
///
/// # Errors
/// When the database fails.
pub async fn rotate(
    db: &impl ConnectionTrait,
    id: GrantId,
    presented: &str,
    successor: &str,
    now: Timestamp,
) -> Result<bool> {
    let rotated = oidc_grant::Entity::update_many()
        .col_expr(oidc_grant::Column::PreviousHash, Expr::value(presented))
        .col_expr(oidc_grant::Column::RefreshHash, Expr::value(successor))
        .col_expr(oidc_grant::Column::RotatedAt, Expr::value(now.as_millis()))
        .filter(oidc_grant::Column::Id.eq(id.0))
        .filter(oidc_grant::Column::RefreshHash.eq(presented))
        .filter(oidc_grant::Column::RevokedAt.is_null())
        .exec(db)
        .await?;
    Ok(rotated.rows_affected == 1)
}

/// The people and clients that a browser session signed in at.
///
/// # Errors
/// When the database fails.
pub async fn clients_of_session(
    db: &impl ConnectionTrait,
    session_hash: &str,
) -> Result<Vec<(AccountId, String)>> {
    let found: Vec<(Uuid, String)> = oidc_grant::Entity::find()
        .select_only()
        .column(oidc_grant::Column::AccountId)
        .column(oidc_grant::Column::ClientId)
        .filter(oidc_grant::Column::SessionHash.eq(session_hash))
        .distinct()
        .into_tuple()
        .all(db)
        .await?;
    Ok(found.into_iter().map(|(account, client)| (AccountId(account), client)).collect())
}

/// Which grants to end.
#[derive(Clone, Debug)]
pub enum Which {
    One(GrantId),
    /// Of one person at one hub.
    AccountAtClient(AccountId, String),
    /// Of one person everywhere.
    Account(AccountId),
    /// Of one hub.
    Client(String),
}

/// Whether a hub exchanged a code of one of these grants since then.
///
/// # Errors
/// When the database fails.
pub async fn exchanged_since(db: &impl ConnectionTrait, which: &Which, since: Timestamp) -> Result<bool> {
    let found = oidc_code::Entity::find()
        .filter(oidc_code::Column::GrantId.in_subquery(which.grants()))
        .filter(oidc_code::Column::UsedAt.gte(since.as_millis()))
        .one(db)
        .await?;
    Ok(found.is_some())
}

/// Ends grants with their codes and access tokens; returns how many were still alive.
///
/// # Errors
/// When the database fails.
pub async fn revoke(db: &impl ConnectionTrait, which: &Which, now: Timestamp) -> Result<u64> {
    oidc_access_token::Entity::delete_many()
        .filter(oidc_access_token::Column::GrantId.in_subquery(which.grants()))
        .exec(db)
        .await?;
    // A code that was not exchanged is gone; one that was stays, so that its replay is still recognised.
    oidc_code::Entity::delete_many()
        .filter(oidc_code::Column::GrantId.in_subquery(which.grants()))
        .filter(oidc_code::Column::UsedAt.is_null())
        .exec(db)
        .await?;
    let revoked = oidc_grant::Entity::update_many()
        .col_expr(oidc_grant::Column::RevokedAt, Expr::value(now.as_millis()))
        .filter(which.condition())
        .filter(oidc_grant::Column::RevokedAt.is_null())
        .exec(db)
        .await?;
    Ok(revoked.rows_affected)
}

impl Which {
    fn grants(&self) -> SelectStatement {
        oidc_grant::Entity::find()
            .select_only()
            .column(oidc_grant::Column::Id)
            .filter(self.condition())
            .into_query()
    }

    fn condition(&self) -> sea_orm::Condition {
        let all = sea_orm::Condition::all();
        match self {
            Self::One(id) => all.add(oidc_grant::Column::Id.eq(id.0)),
            Self::AccountAtClient(account, client) => all
                .add(oidc_grant::Column::AccountId.eq(account.0))
                .add(oidc_grant::Column::ClientId.eq(client.as_str())),
            Self::Account(account) => all.add(oidc_grant::Column::AccountId.eq(account.0)),
            Self::Client(client) => all.add(oidc_grant::Column::ClientId.eq(client.as_str())),
        }
    }
}

/// # Errors
/// When the database fails.
pub async fn insert_code(db: &impl ConnectionTrait, row: oidc_code::Model) -> Result<()> {
    oidc_code::Entity::insert(row.into_active_model()).exec_without_returning(db).await?;
    Ok(())
}

/// # Errors
/// When the database fails.
pub async fn code(db: &impl ConnectionTrait, hash: &str) -> Result<Option<oidc_code::Model>> {
    Ok(oidc_code::Entity::find_by_id(hash.to_owned()).one(db).await?)
}

/// Uses a code up; only one of two at the same time gets `true`.
///
/// # Errors
/// When the database fails.
pub async fn take_code(db: &impl ConnectionTrait, hash: &str, now: Timestamp) -> Result<bool> {
    let taken = oidc_code::Entity::update_many()
        .col_expr(oidc_code::Column::UsedAt, Expr::value(now.as_millis()))
        .filter(oidc_code::Column::Hash.eq(hash))
        .filter(oidc_code::Column::UsedAt.is_null())
        .exec(db)
        .await?;
    Ok(taken.rows_affected == 1)
}

/// # Errors
/// When the database fails.
pub async fn insert_access_token(db: &impl ConnectionTrait, row: oidc_access_token::Model) -> Result<()> {
    oidc_access_token::Entity::insert(row.into_active_model()).exec_without_returning(db).await?;
    Ok(())
}

/// An access token that has not expired, with its grant.
///
/// # Errors
/// When the database fails.
pub async fn access_token(
    db: &impl ConnectionTrait,
    hash: &str,
    now: Timestamp,
) -> Result<Option<oidc_grant::Model>> {
    let token = oidc_access_token::Entity::find_by_id(hash.to_owned())
        .filter(oidc_access_token::Column::ExpiresAt.gt(now.as_millis()))
        .one(db)
        .await?;
    match token {
        Some(token) => grant(db, GrantId(token.grant_id)).await,
        None => Ok(None),
    }
}

/// # Errors
/// When the database fails.
pub async fn delete_access_token(db: &impl ConnectionTrait, hash: &str) -> Result<()> {
    oidc_access_token::Entity::delete_by_id(hash.to_owned()).exec(db).await?;
    Ok(())
}

/// Removes what nobody can use any more: access tokens past their time, and grants with all they have once past theirs.
/// Grants that were revoked, or whose code nobody took, go when that was before `dead`.
///
/// # Errors
/// When the database fails.
pub async fn delete_expired(db: &impl ConnectionTrait, now: Timestamp, dead: Timestamp) -> Result<u64> {
    let (now, dead) = (now.as_millis(), dead.as_millis());
    let tokens = oidc_access_token::Entity::delete_many()
        .filter(oidc_access_token::Column::ExpiresAt.lte(now))
        .exec(db)
        .await?;
    let never_taken = Condition::all()
        .add(oidc_grant::Column::RefreshHash.is_null())
        .add(oidc_grant::Column::CreatedAt.lte(dead));
    let is_over = Condition::any()
        .add(oidc_grant::Column::ExpiresAt.lte(now))
        .add(oidc_grant::Column::RevokedAt.lte(dead))
        .add(never_taken);
    let over = || {
        oidc_grant::Entity::find()
            .select_only()
            .column(oidc_grant::Column::Id)
            .filter(is_over.clone())
            .into_query()
    };
    oidc_access_token::Entity::delete_many()
        .filter(oidc_access_token::Column::GrantId.in_subquery(over()))
        .exec(db)
        .await?;
    oidc_code::Entity::delete_many().filter(oidc_code::Column::GrantId.in_subquery(over())).exec(db).await?;
    let grants = oidc_grant::Entity::delete_many().filter(is_over.clone()).exec(db).await?;
    Ok(tokens.rows_affected + grants.rows_affected)
}

/// Removes all grants of an account with what came of them, so that the account itself can go.
///
/// # Errors
/// When the database fails.
pub async fn delete_of_account(db: &impl ConnectionTrait, account: AccountId) -> Result<()> {
    let which = Which::Account(account);
    oidc_access_token::Entity::delete_many()
        .filter(oidc_access_token::Column::GrantId.in_subquery(which.grants()))
        .exec(db)
        .await?;
    oidc_code::Entity::delete_many()
        .filter(oidc_code::Column::GrantId.in_subquery(which.grants()))
        .exec(db)
        .await?;
    oidc_grant::Entity::delete_many().filter(which.condition()).exec(db).await?;
    Ok(())
}

/// Removes all grants, codes and tokens; clients stay.
///
/// # Errors
/// When the database fails.
pub async fn delete_all_grants(db: &impl ConnectionTrait) -> Result<u64> {
    oidc_access_token::Entity::delete_many().exec(db).await?;
    oidc_code::Entity::delete_many().exec(db).await?;
    Ok(oidc_grant::Entity::delete_many().exec(db).await?.rows_affected)
}
