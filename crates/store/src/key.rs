//! Signing keys of the OpenID provider: the public halves.

use jhaas_domain::time::Timestamp;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, sea_query::Expr,
};

use crate::{entity::oidc_key, error::Result};

/// Every key, the oldest first.
///
/// # Errors
/// When the database fails.
pub async fn all(db: &impl ConnectionTrait) -> Result<Vec<oidc_key::Model>> {
    Ok(oidc_key::Entity::find()
        .order_by_asc(oidc_key::Column::SignsFrom)
        .order_by_asc(oidc_key::Column::Kid)
        .all(db)
        .await?)
}

/// # Errors
/// When the database fails.
pub async fn insert(db: &impl ConnectionTrait, row: oidc_key::Model) -> Result<()> {
    oidc_key::Entity::insert(row.into_active_model()).exec_without_returning(db).await?;
    Ok(())
}

/// # Errors
/// When the database fails.
pub async fn retire(db: &impl ConnectionTrait, kid: &str, at: Timestamp) -> Result<()> {
    oidc_key::Entity::update_many()
        .col_expr(oidc_key::Column::RetiresAt, Expr::value(at.as_millis()))
        .filter(oidc_key::Column::Kid.eq(kid))
        .filter(oidc_key::Column::RetiresAt.is_null())
        .exec(db)
        .await?;
    Ok(())
}

/// # Errors
/// When the database fails.
pub async fn delete(db: &impl ConnectionTrait, kid: &str) -> Result<()> {
    oidc_key::Entity::delete_by_id(kid.to_owned()).exec(db).await?;
    Ok(())
}
