//! Settings made in the portal.

use jhaas_domain::time::Timestamp;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, TryInsertResult,
    sea_query::{Expr, ExprTrait, OnConflict},
};

use crate::{
    entity::setting::{Column, Entity, Model},
    error::{Result, StoreError},
    read::at,
};

/// One setting, its value in JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    pub key: String,
    pub value: String,
    pub updated_at: Timestamp,
    /// 0 when it was never made.
    pub version: i64,
}

/// # Errors
/// When the database cannot be asked.
pub async fn get(db: &impl ConnectionTrait, key: &str) -> Result<Option<Setting>> {
    Ok(Entity::find_by_id(key.to_owned()).one(db).await?.map(from_model))
}

/// # Errors
/// When the database cannot be asked.
pub async fn all(db: &impl ConnectionTrait) -> Result<Vec<Setting>> {
    let rows = Entity::find().order_by_asc(Column::Key).all(db).await?;
    Ok(rows.into_iter().map(from_model).collect())
}

/// Writes a setting if nobody wrote it since it was read with that version.
///
/// # Errors
/// [`StoreError::Stale`] when somebody did.
pub async fn put(db: &impl ConnectionTrait, setting: &Setting) -> Result<()> {
    let won = if setting.version == 0 {
        let row = Model {
            key: setting.key.clone(),
            value: setting.value.clone(),
            updated_at: setting.updated_at.as_millis(),
            version: 1,
        };
        let done = Entity::insert(row.into_active_model())
            .on_conflict(OnConflict::column(Column::Key).do_nothing().to_owned())
            .try_insert()
            .exec_without_returning(db)
            .await?;
        matches!(done, TryInsertResult::Inserted(rows) if rows > 0)
    } else {
        let done = Entity::update_many()
            .col_expr(Column::Value, Expr::value(setting.value.as_str()))
            .col_expr(Column::UpdatedAt, Expr::value(setting.updated_at.as_millis()))
            .col_expr(Column::Version, Expr::col(Column::Version).add(1))
            .filter(Column::Key.eq(setting.key.as_str()))
            .filter(Column::Version.eq(setting.version))
            .exec(db)
            .await?;
        done.rows_affected > 0
    };
    if won { Ok(()) } else { Err(StoreError::Stale) }
}

fn from_model(row: Model) -> Setting {
    Setting { key: row.key, value: row.value, updated_at: at(row.updated_at), version: row.version }
}

/// Waits until no other transaction holds this name, and holds it until this one ends.
///
/// # Errors
/// When the database refuses.
pub async fn hold(db: &impl ConnectionTrait, name: &str, now: Timestamp) -> Result<()> {
    let row = Model {
        key: format!("lock.{name}"),
        value: "null".to_owned(),
        updated_at: now.as_millis(),
        version: 1,
    };
    Entity::insert(row.into_active_model())
        .on_conflict(OnConflict::column(Column::Key).update_column(Column::UpdatedAt).to_owned())
        .exec_without_returning(db)
        .await?;
    Ok(())
}
