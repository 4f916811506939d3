//! Access tokens: found by their hash, listed for their owner.

use jhaas_domain::{
    access_token::Scope,
    id::{AccessTokenId, AccountId},
    time::Timestamp,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, sea_query::Expr,
};

use crate::{
    entity::{
        access_token::{Column, Entity, Model},
        event,
    },
    error::Result,
    read::{at, json, to_json},
};

/// A token without its text, which nobody but its owner has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessToken {
    pub id: AccessTokenId,
    pub account: AccountId,
    pub name: String,
    pub scopes: Vec<Scope>,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    /// To the minute.
    pub used_at: Option<Timestamp>,
}

impl AccessToken {
    fn from_model(row: Model) -> Result<Self> {
        let scopes: Vec<String> = json(&row.scopes, "access_tokens.scopes")?;
        Ok(Self {
            id: AccessTokenId(row.id),
            account: AccountId(row.account_id),
            name: row.name,
            // One that a newer version knows allows nothing here.
            scopes: scopes.iter().filter_map(|scope| Scope::parse(scope)).collect(),
            created_at: at(row.created_at),
            expires_at: at(row.expires_at),
            used_at: row.used_at.map(at),
        })
    }
}

/// # Errors
/// When the database fails.
pub async fn insert(db: &impl ConnectionTrait, token: &AccessToken, hash: &str) -> Result<()> {
    let scopes: Vec<&str> = token.scopes.iter().map(|scope| scope.as_str()).collect();
    let row = Model {
        id: token.id.0,
        account_id: token.account.0,
        hash: hash.to_owned(),
        name: token.name.clone(),
        scopes: to_json(&scopes, "access_tokens.scopes")?,
        created_at: token.created_at.as_millis(),
        expires_at: token.expires_at.as_millis(),
        used_at: token.used_at.map(Timestamp::as_millis),
    };
    Entity::insert(row.into_active_model()).exec_without_returning(db).await?;
    Ok(())
}

/// # Errors
/// When the database fails.
pub async fn by_hash(db: &impl ConnectionTrait, hash: &str) -> Result<Option<AccessToken>> {
    let row = Entity::find().filter(Column::Hash.eq(hash)).one(db).await?;
    row.map(AccessToken::from_model).transpose()
}

/// The newest first.
///
/// # Errors
/// When the database fails.
pub async fn of_account(db: &impl ConnectionTrait, account: AccountId) -> Result<Vec<AccessToken>> {
    let rows = Entity::find()
        .filter(Column::AccountId.eq(account.0))
        .order_by_desc(Column::CreatedAt)
        .order_by_desc(Column::Id)
        .all(db)
        .await?;
    rows.into_iter().map(AccessToken::from_model).collect()
}

/// # Errors
/// When the database fails.
pub async fn count(db: &impl ConnectionTrait, account: AccountId) -> Result<u64> {
    Ok(Entity::find().filter(Column::AccountId.eq(account.0)).count(db).await?)
}

/// # Errors
/// When the database fails.
pub async fn touch(db: &impl ConnectionTrait, id: AccessTokenId, now: Timestamp) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::UsedAt, Expr::value(now.as_millis()))
        .filter(Column::Id.eq(id.0))
        .exec(db)
        .await?;
    Ok(())
}

/// Takes a token of this person away; nothing when there is none.
///
/// # Errors
/// When the database fails.
pub async fn take(
    db: &impl ConnectionTrait,
    id: AccessTokenId,
    account: AccountId,
) -> Result<Option<AccessToken>> {
    let own = Entity::find_by_id(id.0).filter(Column::AccountId.eq(account.0));
    let Some(row) = own.one(db).await? else { return Ok(None) };
    Entity::delete_by_id(id.0).exec(db).await?;
    AccessToken::from_model(row).map(Some)
}

/// # Errors
/// When the database fails.
pub async fn delete_of_account(db: &impl ConnectionTrait, account: AccountId) -> Result<u64> {
    let gone = Entity::delete_many().filter(Column::AccountId.eq(account.0)).exec(db).await?;
    Ok(gone.rows_affected)
}

/// Tokens that expired before.
///
/// # Errors
/// When the database fails.
pub async fn delete_expired(db: &impl ConnectionTrait, before: Timestamp) -> Result<u64> {
    let old = Entity::delete_many().filter(Column::ExpiresAt.lt(before.as_millis()));
    Ok(old.exec(db).await?.rows_affected)
}

/// # Errors
/// When the database fails.
pub async fn delete_all(db: &impl ConnectionTrait) -> Result<u64> {
    Ok(Entity::delete_many().exec(db).await?.rows_affected)
}

/// Whether the person has signed in since.
///
/// # Errors
/// When the database fails.
pub async fn has_signed_in(db: &impl ConnectionTrait, account: AccountId, since: Timestamp) -> Result<bool> {
    let found = event::Entity::find()
        .select_only()
        .column(event::Column::Id)
        .filter(event::Column::AccountId.eq(account.0))
        .filter(event::Column::At.gte(since.as_millis()))
        .filter(event::Column::Kind.eq("session.started"))
        .limit(1)
        .into_tuple::<sea_orm::prelude::Uuid>()
        .one(db)
        .await?;
    Ok(found.is_some())
}
